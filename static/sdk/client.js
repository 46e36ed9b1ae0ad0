// The client library: one connection, cursors for every log, gaps repaired by `sync`, messages and payments that survive
// a lost answer. Everything it learns comes out of one callback as an event. `chat.js` has the calls for what a person does.
import { Connection } from './connection.js';
import { Delivery } from './delivery.js';
import { Ephemeral } from './ephemeral.js';
import { asQuipuError } from './errors.js';
import { Flows, memoryActs } from './flows.js';
import { memoryStore, Outbox } from './outbox.js';
import { memoryPayments, Payments } from './payments.js';
import { Logs } from './sync.js';
import { Wishes } from './wishes.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Conversation} Conversation */
/**
 * @typedef {{ type: 'connection', state: import('./connection.js').ConnectionState, code: number, retryAt: number | null }
 *   | { type: 'hello', hello: import('./types.js').Hello, first: boolean }
 *   | { type: 'caught_up' } | { type: 'learned' }
 *   | { type: 'message', message: Message }
 *   | { type: 'conversation', conversation: Conversation, anew?: boolean }
 *   | { type: 'conversation.gone', id: string, why: string | null }
 *   | { type: 'floor', conversation: string, seq: number }
 *   | { type: 'items', items: import('./types.js').Item[], initial: boolean }
 *   | { type: 'account', account: import('./types.js').Account, transfer: import('./types.js').Transfer | null }
 *   | { type: 'user.changed' } | { type: 'contacts' } | { type: 'wallet.stale' }
 *   | { type: 'read' | 'delivered', conversation: string, user: string, seq: number }
 *   | { type: 'typing', conversation: string, user: string, on: boolean }
 *   | { type: 'presence', presence: import('./types.js').Presence[] }
 *   | { type: 'transfer', transfer: { id: string, client_id: string, state: string } }
 *   | { type: 'outgoing', item: import('./outbox.js').Outgoing }
 *   | { type: 'outgoing.acked', item: import('./outbox.js').Outgoing, ack: import('./outbox.js').Ack }
 *   | { type: 'outgoing.dropped', clientId: string }
 *   | { type: 'outgoing.refused', item: import('./outbox.js').Outgoing, error: import('./errors.js').QuipuError }
 *   | { type: 'flow', flow: import('./types.js').FlowView }
 *   | { type: 'funding', funding: import('./types.js').Funding }
 *   | { type: 'act', act: import('./flows.js').Act, outcome: import('./flows.js').ActOutcome }
 *   | { type: 'payment', payment: import('./payments.js').Payment, outcome: import('./payments.js').Outcome }} ClientEvent
 */
/**
 * @typedef {object} ClientOptions
 * @property {string} url of the socket
 * @property {(event: ClientEvent) => void} onEvent
 * @property {string} [token] outside a browser; a page has it in a cookie that no script sees
 * @property {string} device @property {{ name: string, version: string }} client
 * @property {(user: string) => import('./outbox.js').OutboxStore} [outbox]
 * @property {(user: string) => import('./payments.js').PaymentStore} [payments]
 * @property {(user: string) => import('./flows.js').ActStore} [flows]
 * @property {import('./confirm.js').Confirm} [confirm] asks whoever pays, where payments have to be confirmed
 * @property {any} [WebSocket] @property {() => number} [now] @property {() => number} [random]
 * @property {(run: () => void, ms: number) => any} [setTimeout] @property {(timer: any) => void} [clearTimeout]
 */

export class QuipuClient {
  /** @param {ClientOptions} options */
  constructor(options) {
    this.options = options;
    this.outbox = /** @type {Outbox | null} */ (null);
    this.payments = /** @type {Payments | null} */ (null);
    this.flows = /** @type {Flows | null} */ (null);
    this.user = /** @type {import('./types.js').User | null} */ (null);
    this.clockSkew = 0;
    this.eager = true;
    this.now = options.now ?? Date.now;
    this.later = options.setTimeout ?? ((/** @type {() => void} */ run, /** @type {number} */ ms) => globalThis.setTimeout(run, ms));
    const cancel = options.clearTimeout ?? ((/** @type {any} */ timer) => globalThis.clearTimeout(timer));
    const request = (/** @type {string} */ op, /** @type {Record<string, any>} */ d) => this.request(op, d);
    const emit = (/** @type {ClientEvent} */ event) => this.emit(event);
    this.wishes = new Wishes({ request, setTimeout: this.later });
    this.delivery = new Delivery({ me: () => this.user?.id ?? '', wishes: this.wishes });
    this.ephemeral = new Ephemeral({ request, emit, looked: (conversation) => this.logs.late(`c:${conversation}`), now: this.now, later: this.later, cancel });
    this.logs = new Logs({ request, emit, now: this.now, later: this.later, online: () => this.connection.state === 'online', focused: () => this.ephemeral.focused, eager: () => this.eager, from: (conversation) => this.beginning(conversation) });
    const { url, WebSocket, now, random, setTimeout, clearTimeout } = options;
    const given = Object.fromEntries(Object.entries({ WebSocket, now, random, setTimeout, clearTimeout }).filter(([, value]) => value !== undefined));
    this.connection = new Connection({
      url,
      ...given,
      hello: () => this.introduction(),
      onState: (state, { code, retryAt }) => this.changed(state, code, retryAt),
      onHello: (hello) => this.greeted(hello),
      onPush: (push) => this.logs.pushed(push),
    });
  }

  get cursors() {
    return this.logs.cursors;
  }

  start() {
    this.connection.start();
  }

  stop() {
    this.connection.stop();
  }

  /** @param {string} op @param {Record<string, any>} [d] @param {{ timeout?: number }} [how] @returns {Promise<any>} */
  request(op, d, how) {
    return this.connection.request(op, d, how);
  }

  /** Now, by the server's clock. */
  serverNow() {
    return this.now() + this.clockSkew;
  }

  /** What was fetched by a list: pushes are measured against it from here on. @param {string} log @param {number} rev @param {number} [from] */
  follow(log, rev, from) {
    this.logs.follow(log, rev, from);
  }

  /** From which rev on a conversation is read that is new here: its lists and pages hold what stands before. @param {Conversation} conversation */
  beginning(conversation) {
    return conversation.rev;
  }

  /** @param {ClientEvent} event */
  emit(event) {
    if (event.type === 'message') this.own(event.message);
    this.delivery.heard(event);
    this.ephemeral.heard(event);
    this.options.onEvent(event);
  }

  /** Only one's own: another member may have chosen the same client_id. @param {Message} message */
  own(message) {
    if (!message.client_id || message.sender !== this.user?.id) return;
    const { conversation, seq, rev, n, at } = message;
    this.outbox?.seen(message.client_id, { conversation, seq, rev, n, at, duplicate: true });
  }

  /** @param {import('./connection.js').ConnectionState} state @param {number} code @param {number | null} retryAt */
  changed(state, code, retryAt) {
    if (state === 'waiting' || state === 'ended' || state === 'stopped') this.ephemeral.ended();
    this.emit({ type: 'connection', state, code, retryAt });
  }

  introduction() {
    const positions = this.logs.resumePositions().slice(0, this.logs.syncPositions);
    const { token, device, client } = this.options;
    return { ...(token ? { token } : {}), device, client, ...(positions.length > 0 ? { resume: { positions } } : {}) };
  }

  /** @param {import('./types.js').Hello} hello */
  greeted(hello) {
    const first = this.user === null;
    this.clockSkew = Date.parse(hello.now) - this.now() || 0;
    const resumed = this.logs.resumePositions().slice(hello.resume ? this.logs.syncPositions : 0);
    this.logs.syncPositions = hello.limits['sync_positions'] || this.logs.syncPositions;
    if (this.user && this.user.id !== hello.user.id) {
      // Somebody else has signed in here meanwhile: nothing of the one may reach the other.
      this.stop();
      this.emit({ type: 'user.changed' });
      return;
    }
    this.user = hello.user;
    if (first) this.unpack(hello.user.id);
    this.emit({ type: 'hello', hello, first });
    // What did not fit into hello, and whatever was cut off in its answer, is asked for now.
    this.logs.askFor(resumed);
    if (hello.resume) this.logs.absorb(hello.resume);
    queueMicrotask(() => {
      this.ephemeral.resume();
      this.logs.repair();
      this.logs.fetchWanted();
      if (this.cursors.get(`u:${hello.user.id}`) === undefined) this.learnOwnLog(hello.user.id);
      this.outbox?.resume();
      this.wishes.resume();
      this.payments?.resume();
      this.flows?.resume();
    });
  }

  /** @param {string} user */
  unpack(user) {
    const later = { setTimeout: this.later };
    this.outbox = new Outbox({
      ...later,
      now: this.now,
      store: this.options.outbox?.(user) ?? memoryStore(),
      request: (op, d) => this.request(op, d),
      onChange: (item) => this.emit({ type: 'outgoing', item }),
      onAck: (item, ack) => this.emit({ type: 'outgoing.acked', item, ack }),
      onDrop: (clientId) => this.emit({ type: 'outgoing.dropped', clientId }),
      onRefused: (item, error) => this.emit({ type: 'outgoing.refused', item, error }),
    });
    for (const item of this.outbox.items.values()) this.emit({ type: 'outgoing', item });
    this.payments = new Payments({
      ...later,
      store: this.options.payments?.(user) ?? memoryPayments(),
      request: (op, d) => this.request(op, d, { timeout: 10_000 }),
      ...this.asking(),
      onOutcome: (payment, outcome) => this.emit({ type: 'payment', payment, outcome }),
    });
    this.flows = new Flows({
      ...later,
      store: this.options.flows?.(user) ?? memoryActs(),
      request: (op, d) => this.request(op, d, { timeout: 10_000 }),
      ...this.asking(),
      onOutcome: (act, outcome) => this.emit({ type: 'act', act, outcome }),
    });
  }

  /** @returns {{ confirm?: import('./confirm.js').Confirm }} */
  asking() {
    const { confirm } = this.options;
    return confirm ? { confirm } : {};
  }

  /** The own log is read from its beginning once: contacts, drafts, preferences, each in its last state. @param {string} user */
  async learnOwnLog(user) {
    const log = `u:${user}`;
    const socket = this.connection.socket;
    try {
      let rev = 0;
      for (let more = true; more; ) {
        const answer = /** @type {import('./types.js').SyncAnswer} */ (await this.request('sync', { positions: [{ log, rev }] }));
        const own = answer.logs.find((one) => one.log === log);
        if (own?.items?.length) this.logs.items(own.items, true);
        more = own?.more === true && own.through > rev;
        rev = own?.through ?? 0;
      }
      this.learned(log, rev);
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (!error.again) return this.learned(log, 0); // a server without such a log
      // After a lost connection the next hello begins it anew.
      this.later(() => this.connection.socket === socket && this.connection.state === 'online' && this.learnOwnLog(user), error.retryAfterMs ?? 2000);
    }
  }

  /** @param {string} log @param {number} rev */
  learned(log, rev) {
    this.follow(log, rev);
    this.emit({ type: 'learned' });
  }
}
