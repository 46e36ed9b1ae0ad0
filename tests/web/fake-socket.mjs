// A socket and a clock in the test's hands: nothing happens but what the test makes happen.

export function fakeNetwork() {
  /** every socket ever opened, the latest last */
  const sockets = [];
  class FakeSocket {
    constructor(url, protocols) {
      Object.assign(this, { url, protocols, sent: [], closed: null });
      sockets.push(this);
    }
    send(text) {
      this.sent.push(JSON.parse(text));
    }
    close(code) {
      this.closed = code;
    }
    open() {
      this.onopen();
    }
    say(frame) {
      this.onmessage({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
    }
    drop(code = 1006) {
      this.onclose({ code });
    }
    /** The latest request of this op. */
    asked(op) {
      return this.sent.findLast((frame) => frame.op === op);
    }
    answer(op, ok) {
      this.say({ id: this.asked(op).id, ok });
    }
    refuse(op, code, more = {}) {
      this.say({ id: this.asked(op).id, err: { code, message: code, retryable: false, retry_after_ms: null, param: null, detail: null, ...more } });
    }
    greet(more = {}) {
      this.open();
      this.answer('hello', { ...HELLO, ...more });
    }
  }
  return { FakeSocket, sockets, last: () => sockets.at(-1) };
}

export const HELLO = {
  user: { id: 'me', handle: 'me', display_name: 'Me' },
  session: 's',
  now: '2026-11-23T10:00:00.000Z',
  limits: { sync_positions: 2 },
  heartbeat_ms: 20000,
  server: { name: 'quipu', version: '0.1.0', min_client: '0.1.0' },
  wallet: { currencies: [{ code: 'CNY', exponent: 2 }], default_currency: 'CNY' },
};

export function fakeClock(start = Date.parse('2026-11-23T10:00:00.000Z')) {
  let time = start;
  let made = 0;
  const timers = new Map();
  return {
    now: () => time,
    setTimeout: (run, ms) => (timers.set(++made, { run, at: time + ms }), made),
    clearTimeout: (id) => timers.delete(id),
    /** Runs what falls due, in its order, letting promises settle in between. */
    async pass(ms) {
      const until = time + ms;
      for (;;) {
        const due = [...timers].filter(([, timer]) => timer.at <= until).sort((a, b) => a[1].at - b[1].at)[0];
        if (!due) break;
        timers.delete(due[0]);
        time = Math.max(time, due[1].at);
        due[1].run();
        await settle();
      }
      time = until;
    },
  };
}

/** Lets every promise that can settle do so. */
export async function settle() {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
