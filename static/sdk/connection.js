// One socket that comes back by itself: hello first, then requests and their answers, and pushes in their order.
import { backoff, isFinal } from './backoff.js';
import { QuipuError } from './errors.js';

/** @typedef {import('./types.js').Hello} Hello */
/** @typedef {import('./types.js').Push} Push */
/** @typedef {'stopped' | 'connecting' | 'online' | 'waiting' | 'ended'} ConnectionState */
/**
 * @typedef {object} ConnectionOptions
 * @property {string} url
 * @property {() => Record<string, any>} hello what to say first, asked anew at each attempt
 * @property {(state: ConnectionState, why: { code: number, retryAt: number | null }) => void} onState
 * @property {(hello: Hello) => void} onHello before any push or answer of that socket
 * @property {(push: Push) => void} onPush
 * @property {any} [WebSocket] @property {() => number} [now] @property {() => number} [random]
 * @property {(run: () => void, ms: number) => any} [setTimeout] @property {(timer: any) => void} [clearTimeout]
 */

const ANSWER_MS = 15_000;

export class Connection {
  /** @param {ConnectionOptions} options */
  constructor(options) {
    this.options = options;
    this.later = options.setTimeout ?? ((run, ms) => globalThis.setTimeout(run, ms));
    this.cancel = options.clearTimeout ?? ((timer) => globalThis.clearTimeout(timer));
    this.now = options.now ?? Date.now;
    /** @type {ConnectionState} */
    this.state = 'stopped';
    this.socket = /** @type {any} */ (null);
    /** @type {Map<number, { resolve: (ok: any) => void, reject: (error: QuipuError) => void, timer: any }>} */
    this.pending = new Map();
    this.nextId = 1;
    this.attempt = 0;
    this.retryTimer = /** @type {any} */ (null);
    this.pulseTimer = /** @type {any} */ (null);
    this.heardAt = 0;
    this.drainAfter = /** @type {number | null} */ (null);
    this.frameBytes = Infinity;
  }

  start() {
    if (this.state !== 'stopped' && this.state !== 'ended') return;
    this.attempt = 0;
    this.open();
  }

  stop() {
    this.cancel(this.retryTimer);
    this.drop(1000, new QuipuError({ code: 'connection_lost' }));
    this.become('stopped', 1000, null);
  }

  /** Try at once instead of waiting: the network or the page came back. */
  nudge() {
    if (this.state === 'waiting') {
      this.cancel(this.retryTimer);
      this.open();
    } else if (this.state === 'online') this.pulse(0);
  }

  /** @param {string} op @param {Record<string, any>} [d] @param {{ timeout?: number }} [how] @returns {Promise<any>} */
  request(op, d = {}, how = {}) {
    if (this.state !== 'online') return Promise.reject(new QuipuError({ code: 'offline' }));
    return this.ask(op, d, how.timeout ?? ANSWER_MS);
  }

  /** @param {string} op @param {Record<string, any>} d @param {number} timeout @returns {Promise<any>} */
  ask(op, d, timeout) {
    return new Promise((resolve, reject) => this.send(op, d, timeout, resolve, reject));
  }

  /** @param {string} op @param {any} d @param {number} timeout @param {(ok: any) => void} resolve @param {(error: QuipuError) => void} reject */
  send(op, d, timeout, resolve, reject) {
    const id = this.nextId++;
    const frame = JSON.stringify({ id, op, d });
    // The server would close the socket over it, and over and over again when it is sent anew.
    if (frame.length * 3 > this.frameBytes && new TextEncoder().encode(frame).length > this.frameBytes) {
      reject(new QuipuError({ code: 'frame_too_large' }));
      return;
    }
    const timer = this.later(() => {
      this.pending.delete(id);
      reject(new QuipuError({ code: 'timeout' }));
    }, timeout);
    this.pending.set(id, { resolve, reject, timer });
    this.socket.send(frame);
  }

  open() {
    this.become('connecting', 0, null);
    const Socket = this.options.WebSocket ?? globalThis.WebSocket;
    const socket = new Socket(this.options.url, ['quipu.v1']);
    this.socket = socket;
    this.drainAfter = null;
    // A handshake that never ends must not hold the client for ever.
    const opening = this.later(() => this.lost(socket, 0), ANSWER_MS);
    socket.onopen = () => {
      this.cancel(opening);
      // Not through a promise: a push may follow the answer within the same turn, and must find the client greeted.
      const answered = (/** @type {Hello} */ hello) => this.socket === socket && this.greeted(hello);
      this.send('hello', this.options.hello(), ANSWER_MS, answered, (error) => this.refused(socket, error));
    };
    socket.onmessage = (/** @type {{ data: any }} */ event) => this.socket === socket && this.receive(event.data);
    socket.onclose = (/** @type {{ code: number }} */ event) => {
      this.cancel(opening);
      this.lost(socket, event.code);
    };
    socket.onerror = () => {};
  }

  /** @param {Hello} hello */
  greeted(hello) {
    this.attempt = 0;
    this.heardAt = this.now();
    this.heartbeat = Math.max(5000, hello.heartbeat_ms || 25_000);
    this.frameBytes = hello.limits?.['frame_bytes'] || Infinity;
    this.state = 'online'; // what is done about the hello may ask at once
    this.options.onHello(hello);
    if (!this.socket) return; // it was stopped over what the hello said
    this.become('online', 0, null);
    this.pulse(this.heartbeat);
  }

  /** @param {any} socket @param {QuipuError} error */
  refused(socket, error) {
    const final = { unauthenticated: 4501, session_expired: 4501, client_too_old: 4502, too_many_connections: 4503 };
    this.lost(socket, final[/** @type {keyof typeof final} */ (error.code)] ?? 0, error.retryAfterMs);
  }

  /** @param {any} data */
  receive(data) {
    this.heardAt = this.now();
    /** @type {any} */
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return; // a frame this version cannot read is skipped, like any unknown push
    }
    if (typeof frame?.ev === 'string') {
      if (frame.ev === 'drain') this.drain(frame.d?.reconnect_after_ms);
      else this.options.onPush(frame);
      return;
    }
    const waiting = this.pending.get(frame?.id);
    if (!waiting) return;
    this.pending.delete(frame.id);
    this.cancel(waiting.timer);
    if (frame.err) waiting.reject(new QuipuError(frame.err));
    else waiting.resolve(frame.ok);
  }

  /** The node stops: answers already on their way are waited for, then the client leaves by itself. @param {number | undefined} after */
  drain(after) {
    this.drainAfter = after ?? 1000;
    const socket = this.socket;
    this.later(() => this.lost(socket, 4000), 1500);
  }

  /** Silence for a heartbeat's length asks for a sign of life; no sign is a lost connection. @param {number} delay */
  pulse(delay) {
    this.cancel(this.pulseTimer);
    const socket = this.socket;
    this.pulseTimer = this.later(() => {
      if (this.socket !== socket || this.state !== 'online') return;
      const silent = this.now() - this.heardAt;
      const beat = this.heartbeat ?? 25_000;
      if (delay > 0 && silent < beat) return this.pulse(beat - silent);
      this.ask('ping', {}, 10_000).then(
        () => this.pulse(beat),
        (error) => (error.unanswered ? this.lost(socket, 0) : this.pulse(beat)),
      );
    }, delay);
  }

  /** @param {any} socket @param {number} code @param {number | null} [after] */
  lost(socket, code, after = null) {
    if (this.socket !== socket) return;
    const delay = after ?? this.drainAfter ?? backoff(this.attempt, this.options.random);
    this.attempt++;
    this.drop(1000, new QuipuError({ code: 'connection_lost' }));
    if (isFinal(code)) {
      this.become('ended', code, null);
      return;
    }
    this.become('waiting', code, this.now() + delay);
    this.retryTimer = this.later(() => this.open(), delay);
  }

  /** @param {number} code @param {QuipuError} error */
  drop(code, error) {
    const socket = this.socket;
    this.socket = null;
    this.cancel(this.pulseTimer);
    const pending = [...this.pending.values()];
    this.pending.clear();
    for (const one of pending) {
      this.cancel(one.timer);
      one.reject(error);
    }
    try {
      socket?.close(code);
    } catch {
      // closed already
    }
  }

  /** @param {ConnectionState} state @param {number} code @param {number | null} retryAt */
  become(state, code, retryAt) {
    this.state = state;
    this.options.onState(state, { code, retryAt });
  }
}
