"""A load of Quipu by Locust: pairs of people write to each other, and one message in ten is a payment.

    quipu admin seed --users 200 --fund 1000.00 --out people.jsonl      (of a server started with --load-test)
    pip install locust websocket-client
    QUIPU_USERS=people.jsonl locust -f docs/examples/locustfile.py --host http://127.0.0.1:8080 \
        --headless --users 100 --spawn-rate 50 --run-time 30s

Every simulated user is one of the people of the file, on a socket of their own. What is counted is the time from a
request to its answer, which follows the commit.
"""

import itertools
import json
import os
import secrets
import time
import uuid

import gevent
import websocket
from locust import User, between, events, task
from locust.exception import StopUser

with open(os.environ.get("QUIPU_USERS", "people.jsonl"), encoding="utf-8") as lines:
    PEOPLE = [json.loads(line) for line in lines]
PLACES = itertools.count()


class Refused(Exception):
    """The server refused a request, by its code."""


def fresh_id():
    """A UUID of version 7, which begins with the time: ids of requests must be of it."""
    millis = int(time.time() * 1000)
    return str(uuid.UUID(int=(millis << 80) | (7 << 76) | (secrets.randbits(12) << 64) | (2 << 62) | secrets.randbits(62)))


class Messenger(User):
    """Writes to a neighbour in the file, and pays them now and then."""

    wait_time = between(0.1, 0.5)

    def on_start(self):
        place = next(PLACES)
        if place >= len(PEOPLE):
            raise StopUser()
        # The first and the second, the third and the fourth are contacts.
        self.own, self.other = PEOPLE[place], PEOPLE[place ^ 1]
        url = self.host.replace("http", "ws", 1) + "/ws/v1"
        self.socket = websocket.create_connection(url, subprotocols=["quipu.v1"], timeout=10)
        self.numbers = itertools.count(1)
        self.waiting = {}
        self.reader = gevent.spawn(self.read)
        client = {"name": "locust", "version": "1"}
        welcome = self.ask("hello", {"token": self.own["token"], "device": "load", "client": client})
        self.currency = welcome["wallet"]["default_currency"]
        wanted = {"client_id": fresh_id(), "kind": "direct", "members": [self.other["id"]]}
        self.conversation = self.ask("conversation.create", wanted)["conversation"]["id"]

    def on_stop(self):
        self.reader.kill()
        self.socket.close()

    def read(self):
        """Answers go to whoever waits for them; reading also answers the heartbeat."""
        while True:
            frame = json.loads(self.socket.recv())
            waiting = self.waiting.pop(frame.get("id"), None)
            if waiting is not None:
                waiting.set(frame)

    def ask(self, op, content):
        """One request and its answer, as a figure of Locust's."""
        number = next(self.numbers)
        answer = self.waiting[number] = gevent.event.AsyncResult()
        began, fault, frame, text = time.perf_counter(), None, {}, ""
        try:
            self.socket.send(json.dumps({"id": number, "op": op, "d": content}))
            frame = answer.get(timeout=10)
            text = json.dumps(frame)
            if "err" in frame:
                raise Refused(frame["err"]["code"], frame["err"]["param"])
        except Exception as error:  # what went wrong is a figure too
            fault = error
        events.request.fire(
            request_type="WS",
            name=op,
            response_time=(time.perf_counter() - began) * 1000,
            response_length=len(text),
            exception=fault,
        )
        if fault is not None:
            raise StopUser() if op in ("hello", "conversation.create") else fault
        return frame["ok"]

    @task(9)
    def write(self):
        text = {"client_id": fresh_id(), "conversation": self.conversation, "text": "knots on a cord " * 12}
        self.ask("message.send", text)

    @task(1)
    def pay(self):
        payment = {"client_id": fresh_id(), "conversation": self.conversation, "to": self.other["id"]}
        self.ask("transfer.send", payment | {"amount": "0.01", "currency": self.currency})
