//! A device: it connects, resumes, acts, and sends again what it has no answer to, until it has one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use tokio::io::DuplexStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::STEP_LIMIT;
use crate::acts::{Actor, Request};
use crate::answers::Answered;
use crate::model::{Asked, Model};
use crate::world::World;

/// Acts of one device without an answer, at most.
const WINDOW: usize = 4;
/// Between two acts of a device, in milliseconds.
const PACE_MS: u64 = 30;
/// Before a device that lost its connection comes back, in milliseconds.
const BACK_MS: u64 = 40;
/// Before something refused with "later" is sent again.
const LATER: Duration = Duration::from_millis(10);
/// Before a server that does not listen is tried again.
const AGAIN: Duration = Duration::from_millis(5);

/// What all devices are told.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Order {
    /// Whoever has a connection of an earlier one connects again.
    pub(crate) epoch: u32,
    /// It is over.
    pub(crate) over: bool,
}

/// What others see of a device.
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) person: usize,
    pub(crate) model: Mutex<Model>,
    /// The epoch, counted from 1, in which it is done with everything; 0 while it is not.
    pub(crate) done_in: AtomicU32,
}

/// A request of which the answer is missing.
struct Pending {
    number: usize,
    request: Request,
    is_sent: bool,
    not_before: Instant,
}

/// What a request asked for.
enum Question {
    Hello(Asked),
    Sync(Asked),
    View(String, u64, u64),
    History(String, u64),
    Act(usize),
}

/// A device.
pub(crate) struct Device {
    world: Arc<World>,
    seen: Arc<Seen>,
    token: String,
    orders: watch::Receiver<Order>,
    random: StdRng,
    actor: Actor,
    acts_left: usize,
    next_act: Instant,
    outbox: Vec<Pending>,
    acted: usize,
    questions: HashMap<u64, Question>,
    asked: u64,
    signed_in: bool,
    /// The network leaves the pushes of this connection as they are.
    is_orderly: bool,
}

type Socket = WebSocketStream<DuplexStream>;

impl Device {
    pub(crate) fn new(
        world: &Arc<World>,
        seen: &Arc<Seen>,
        seed: u64,
        acts: usize,
        orders: watch::Receiver<Order>,
    ) -> Self {
        Self {
            token: world.people[seen.person].token.clone(),
            world: Arc::clone(world),
            seen: Arc::clone(seen),
            orders,
            random: StdRng::seed_from_u64(seed),
            actor: Actor::new(!seed, &seen.name),
            acts_left: acts,
            next_act: Instant::now(),
            outbox: Vec::new(),
            acted: 0,
            questions: HashMap::new(),
            asked: 0,
            signed_in: false,
            is_orderly: false,
        }
    }

    /// Lives until it is over.
    pub(crate) async fn live(mut self) {
        while !self.orders.borrow().over {
            if let Some(socket) = self.connect().await {
                self.talk(socket).await;
                self.lost();
                if !self.world.network.is_healed() {
                    let pause = self.random.random_range(0..BACK_MS);
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            } else {
                tokio::time::sleep(AGAIN).await;
            }
        }
    }

    async fn connect(&mut self) -> Option<Socket> {
        let (stream, is_orderly) = self
            .world
            .network
            .connect(self.world.address, self.random.random())
            .await
            .ok()?;
        self.is_orderly = is_orderly;
        let order = if is_orderly { "connects in order" } else { "connects" };
        self.world.trace(&self.seen.name, order);
        let mut request = format!("ws://{}/ws/v1", self.world.address)
            .into_client_request()
            .unwrap();
        let protocol = "quipu.v1".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let opening = tokio_tungstenite::client_async(request, stream);
        let opened = tokio::time::timeout(STEP_LIMIT, opening)
            .await
            .expect("the upgrade is answered");
        Some(opened.ok()?.0)
    }

    /// The connection is gone, and with it every answer that was to come.
    fn lost(&mut self) {
        self.signed_in = false;
        self.questions.clear();
        for pending in &mut self.outbox {
            pending.is_sent = false;
        }
    }

    async fn talk(&mut self, socket: Socket) {
        let epoch = self.orders.borrow_and_update().epoch;
        let (mut writer, mut reader) = socket.split();
        if self.hello(&mut writer).await.is_err() {
            return;
        }
        loop {
            self.seen
                .done_in
                .store(if self.is_done() { epoch + 1 } else { 0 }, Ordering::SeqCst);
            let wake = self.wakes_at();
            tokio::select! {
                text = next_text(&mut reader) => {
                    let Some(text) = text else { break };
                    let frame: Value = serde_json::from_str(&text).expect("a frame is JSON");
                    if frame.get("ev").is_some() {
                        self.push(&frame);
                    } else if !self.answered(&frame) {
                        break;
                    }
                }
                () = sleep_until(wake) => {}
                _ = self.orders.changed() => {
                    let order = *self.orders.borrow();
                    if order.over || order.epoch != epoch {
                        break;
                    }
                }
            }
            if self.signed_in && self.ask(&mut writer).await.is_err() {
                break;
            }
        }
        self.seen.done_in.store(0, Ordering::SeqCst);
    }

    fn push(&self, push: &Value) {
        self.world.trace(
            &self.seen.name,
            &format!("hears {} {} {}-{}", push["ev"], push["log"], push["prev"], push["rev"]),
        );
        let mut model = self.seen.model.lock().unwrap();
        let reads = |question: &Question| matches!(question, Question::Hello(_) | Question::Sync(_));
        if self.is_orderly && !self.questions.values().any(reads) {
            model.watch(push);
        }
        model.push(push);
    }

    fn is_done(&self) -> bool {
        self.signed_in
            && self.acts_left == 0
            && self.outbox.is_empty()
            && self.questions.is_empty()
            && self.seen.model.lock().unwrap().is_settled()
    }

    fn wakes_at(&self) -> Option<Instant> {
        let act = (self.signed_in && self.acts_left > 0).then_some(self.next_act);
        let waiting = self
            .outbox
            .iter()
            .filter(|pending| !pending.is_sent)
            .map(|pending| pending.not_before);
        act.into_iter().chain(waiting.filter(|at| *at > Instant::now())).min()
    }

    async fn hello(&mut self, writer: &mut Writer) -> Result<(), ()> {
        self.seen.model.lock().unwrap().reconnected();
        let mut d = json!({ "token": self.token, "device": self.seen.name,
            "client": { "name": "convergence", "version": "1.0.0" } });
        let mut asked = Asked::new();
        if self.random.random_bool(0.7) {
            let (positions, asks) = self.seen.model.lock().unwrap().positions();
            d["resume"] = json!({ "positions": positions, "limit": self.random.random_range(1..20) });
            asked = asks;
        }
        self.send(writer, "hello", d, Question::Hello(asked)).await
    }

    async fn send(&mut self, writer: &mut Writer, op: &str, d: Value, question: Question) -> Result<(), ()> {
        self.asked += 1;
        self.questions.insert(self.asked, question);
        let text = json!({ "id": self.asked, "op": op, "d": d }).to_string();
        writer.send(Message::text(text)).await.map_err(drop)
    }

    /// Acts, and asks for everything that is missing.
    async fn ask(&mut self, writer: &mut Writer) -> Result<(), ()> {
        self.act();
        if !self
            .questions
            .values()
            .any(|question| matches!(question, Question::Hello(_) | Question::Sync(_)))
        {
            let (positions, asked) = self.seen.model.lock().unwrap().positions();
            if !positions.is_empty() {
                let d = json!({ "positions": positions, "limit": self.random.random_range(1..20) });
                self.send(writer, "sync", d, Question::Sync(asked)).await?;
            }
        }
        for (op, d, question) in self.missing() {
            self.send(writer, op, d, question).await?;
        }
        let under_way = self.outbox.iter().filter(|pending| pending.is_sent).count();
        let now = Instant::now();
        let waiting = self
            .outbox
            .iter_mut()
            .filter(|pending| !pending.is_sent && pending.not_before <= now);
        let mut next = Vec::new();
        for pending in waiting.take(WINDOW.saturating_sub(under_way)) {
            pending.is_sent = true;
            next.push((pending.number, pending.request.clone()));
        }
        for (number, (op, d)) in next {
            self.send(writer, op, d, Question::Act(number)).await?;
        }
        Ok(())
    }

    fn act(&mut self) {
        if self.acts_left == 0 || Instant::now() < self.next_act || self.outbox.len() >= WINDOW {
            return;
        }
        self.next_act = Instant::now() + Duration::from_millis(self.random.random_range(1..PACE_MS));
        let request = self.actor.next(&self.seen.model.lock().unwrap(), &self.world.ids);
        // Whoever has nothing to act upon lets the time pass.
        self.acts_left -= 1;
        if request.is_none() {
            self.world.act_is_over();
        }
        if let Some(request) = request {
            self.acted += 1;
            self.world
                .trace(&self.seen.name, &format!("{} {}", request.0, request.1));
            self.outbox.push(Pending {
                number: self.acted,
                request,
                is_sent: false,
                not_before: Instant::now(),
            });
        }
    }

    /// Questions about conversations whose view or history is to be read.
    fn missing(&self) -> Vec<(&'static str, Value, Question)> {
        let model = self.seen.model.lock().unwrap();
        let mut missing = Vec::new();
        for (id, one) in &model.conversations {
            let asks_view = |q: &Question| matches!(q, Question::View(of, generation, _) if of == id && *generation == one.generation);
            let asks_history = |q: &Question| matches!(q, Question::History(of, generation) if of == id && *generation == one.generation);
            if one.wants_view() && !self.questions.values().any(asks_view) {
                let question = Question::View(id.clone(), one.generation, one.wanted());
                missing.push(("conversation.get", json!({ "conversation": id }), question));
            }
            if let Some(before) = one.wants_history()
                && !self.questions.values().any(asks_history)
            {
                let d = json!({ "conversation": id, "before": before, "limit": 7 });
                missing.push(("message.history", d, Question::History(id.clone(), one.generation)));
            }
        }
        missing
    }

    /// Takes an answer. False when this connection is of no use.
    fn answered(&mut self, answer: &Value) -> bool {
        let id = answer["id"].as_u64().expect("what was sent was a request");
        // The second answer to a request that reached the server twice.
        let Some(question) = self.questions.remove(&id) else {
            return true;
        };
        let ok = answer.get("ok");
        let code = answer["err"]["code"].as_str().unwrap_or_default();
        let is_later = answer["err"]["retryable"] == true && code != "slow_mode";
        let mut model = self.seen.model.lock().unwrap();
        match question {
            Question::Hello(asked) => {
                let Some(ok) = ok else {
                    assert!(is_later, "{}: hello is refused: {answer}", self.seen.name);
                    return false;
                };
                if let Some(resume) = ok.get("resume") {
                    self.world.trace(&self.seen.name, &read_line("resumes", resume));
                    model.synced(resume, &asked);
                }
                self.signed_in = true;
            }
            Question::Sync(asked) => match ok {
                Some(ok) => {
                    self.world.trace(&self.seen.name, &read_line("reads", ok));
                    model.synced(ok, &asked);
                }
                None => assert!(is_later, "{}: sync is refused: {answer}", self.seen.name),
            },
            Question::View(of, generation, wanted) => {
                if !is_later {
                    model.got(&of, generation, wanted, ok.map(|ok| &ok["conversation"]));
                }
            }
            Question::History(of, generation) => {
                if !is_later {
                    model.read(&of, generation, ok);
                }
            }
            Question::Act(number) => {
                drop(model);
                self.settle(number, ok, code, is_later);
            }
        }
        true
    }

    fn settle(&mut self, number: usize, ok: Option<&Value>, code: &str, is_later: bool) {
        let place = self.outbox.iter().position(|pending| pending.number == number);
        let place = place.expect("what was asked is in the outbox");
        if is_later {
            let pending = &mut self.outbox[place];
            (pending.is_sent, pending.not_before) = (false, Instant::now() + LATER);
            return;
        }
        let (op, d) = self.outbox.remove(place).request;
        let outcome = ok.cloned().ok_or_else(|| code.to_owned());
        self.world.trace(
            &self.seen.name,
            &format!("{op} {} -> {}", d["client_id"], outcome_line(&outcome)),
        );
        self.world.answered(Answered {
            person: self.seen.person,
            op,
            d,
            outcome,
        });
    }
}

/// How far the logs of a sync go.
fn read_line(how: &str, synced: &Value) -> String {
    let logs = synced["logs"].as_array().into_iter().flatten();
    let logs = logs.map(|log| {
        format!(
            "{} {}{}",
            log["log"],
            log["through"],
            if log["more"] == true { "…" } else { "" }
        )
    });
    format!("{how} {}; gone {}", logs.collect::<Vec<_>>().join(", "), synced["gone"])
}

fn outcome_line(outcome: &Result<Value, String>) -> String {
    outcome.as_ref().map_or_else(Clone::clone, Value::to_string)
}

type Writer = SplitSink<Socket, Message>;

async fn next_text(reader: &mut SplitStream<Socket>) -> Option<String> {
    loop {
        match reader.next().await? {
            Ok(Message::Text(text)) => return Some(text.to_string()),
            Ok(Message::Close(frame)) => {
                let code = frame.map_or(0, |frame| u16::from(frame.code));
                assert!(!(4500..5000).contains(&code), "closed for good: {code}");
                return None;
            }
            Ok(_) => {}
            Err(_) => return None,
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
