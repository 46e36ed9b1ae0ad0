// The client library: one connection, cursors for every log, gaps repaired by `sync`, messages and payments that survive
// a lost answer. Everything it learns comes out of one callback as an event.
import { Connection } from './connection.js';
import { asQuipuError, QuipuError } from './errors.js';
import { Cursors } from './logs.js';
import { memoryStore, Outbox } from './outbox.js';
import { memoryPayments, Payments } from './payments.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Conversation} Conversation */
/** @typedef {import('./types.js').Push} Push */
/**
 * @typedef {{ type: 'connection', state: import('./connection.js').ConnectionState, code: number, retryAt: number | null }
 *   | { type: 'hello', hello: import('./types.js').Hello, first: boolean }
 *   | { type: 'message', message: Message }
 *   | { type: 'conversation', conversation: Conversation }
 *   | { type: 'conversation.gone', id: string }
 *   | { type: 'account', account: import('./types.js').Account, transfer: import('./types.js').Transfer | null }
 *   | { type: 'contacts' } | { type: 'wallet.stale' }
 *   | { type: 'read', conversation: string, user: string, seq: number }
 *   | { type: 'transfer', transfer: { id: string, client_id: string, state: string } }
 *   | { type: 'outgoing', item: import('./outbox.js').Outgoing }
 *   | { type: 'outgoing.acked', item: import('./outbox.js').Outgoing, ack: import('./outbox.js').Ack }
 *   | { type: 'outgoing.dropped', clientId: string }
 *   | { type: 'payment', payment: import('./payments.js').Payment, outcome: import('./payments.js').Outcome }} ClientEvent
 */
/**
 * @typedef {object} ClientOptions
 * @property {string} url
 * @property {(event: ClientEvent) => void} onEvent
 * @property {string} [token] outside a browser; a page has it in a cookie that no script sees
 * @property {string} device @property {{ name: string, version: string }} client
 * @property {(user: string) => import('./outbox.js').OutboxStore} [outbox]
 * @property {(user: string) => import('./payments.js').PaymentStore} [payments]
 * @property {any} [WebSocket] @property {() => number} [now] @property {() => number} [random]
 * @property {(run: () => void, ms: number) => any} [setTimeout] @property {(timer: any) => void} [clearTimeout]
 */

export class QuipuClient {
  /** @param {ClientOptions} options */
  constructor(options) {
    this.options = options;
    this.cursors = new Cursors();
    this.outbox = /** @type {Outbox | null} */ (null);
    this.payments = /** @type {Payments | null} */ (null);
    this.user = /** @type {import('./types.js').User | null} */ (null);
    this.syncPositions = 100;
    /** @type {Map<string, number>} how far each log is said to reach, where that is beyond the cursor */
    this.heads = new Map();
    this.repairing = false;
    this.clockSkew = 0;
    const { url, WebSocket, now, random, setTimeout, clearTimeout } = options;
    const given = Object.fromEntries(Object.entries({ WebSocket, now, random, setTimeout, clearTimeout }).filter(([, value]) => value !== undefined));
    this.connection = new Connection({
      url,
      ...given,
      hello: () => this.introduction(),
      onState: (state, { code, retryAt }) => this.emit({ type: 'connection', state, code, retryAt }),
      onHello: (hello) => this.greeted(hello),
      onPush: (push) => this.pushed(push),
    });
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
    return (this.options.now ?? Date.now)() + this.clockSkew;
  }

  /** What was fetched by a list: pushes are measured against it from here on. @param {string} log @param {number} rev */
  follow(log, rev) {
    this.cursors.advance(log, rev);
    const head = this.heads.get(log);
    if (head !== undefined) this.hole(log, head);
  }

  /** @param {ClientEvent} event */
  emit(event) {
    if (event.type === 'message' && event.message.client_id) this.outbox?.seen(event.message.client_id);
    this.options.onEvent(event);
  }

  introduction() {
    const positions = this.cursors.positions().slice(0, this.syncPositions);
    const { token, device, client } = this.options;
    return { ...(token ? { token } : {}), device, client, ...(positions.length > 0 ? { resume: { positions } } : {}) };
  }

  /** @param {import('./types.js').Hello} hello */
  greeted(hello) {
    const first = this.user === null;
    this.clockSkew = Date.parse(hello.now) - (this.options.now ?? Date.now)() || 0;
    this.syncPositions = hello.limits['sync_positions'] || this.syncPositions;
    if (this.user && this.user.id !== hello.user.id) throw new QuipuError({ code: 'session_expired' });
    this.user = hello.user;
    if (first) this.unpack(hello.user.id);
    this.emit({ type: 'hello', hello, first });
    const resumed = this.cursors.positions();
    if (hello.resume) this.absorb(hello.resume);
    // What did not fit into hello, and whatever was cut off in its answer, is asked for now.
    const rest = resumed.slice(hello.resume ? this.syncPositions : 0);
    for (const { log, rev } of rest) this.heads.set(log, Math.max(rev + 1, this.heads.get(log) ?? 0));
    queueMicrotask(() => {
      this.repair();
      if (first) this.learnOwnLog(hello.user.id);
      this.outbox?.resume();
      this.payments?.resume();
    });
  }

  /** @param {string} user */
  unpack(user) {
    const later = this.options.setTimeout ? { setTimeout: this.options.setTimeout } : {};
    this.outbox = new Outbox({
      ...later,
      store: this.options.outbox?.(user) ?? memoryStore(),
      request: (op, d) => this.request(op, d),
      onChange: (item) => this.emit({ type: 'outgoing', item }),
      onAck: (item, ack) => this.emit({ type: 'outgoing.acked', item, ack }),
      onDrop: (clientId) => this.emit({ type: 'outgoing.dropped', clientId }),
    });
    for (const item of this.outbox.items.values()) this.emit({ type: 'outgoing', item });
    this.payments = new Payments({
      ...later,
      store: this.options.payments?.(user) ?? memoryPayments(),
      request: (op, d) => this.request(op, d, { timeout: 10_000 }),
      onOutcome: (payment, outcome) => this.emit({ type: 'payment', payment, outcome }),
    });
  }

  /** The own log is only followed from its present end: the lists that are fetched at the start hold what came before. @param {string} user */
  async learnOwnLog(user) {
    const log = `u:${user}`;
    try {
      for (let rev = 0, more = true; more; ) {
        const answer = /** @type {import('./types.js').SyncAnswer} */ (await this.request('sync', { positions: [{ log, rev }] }));
        const own = answer.logs.find((one) => one.log === log);
        more = own?.more === true && own.through > rev;
        rev = own?.through ?? 0;
        if (!more) this.follow(log, rev);
      }
    } catch (thrown) {
      if (!asQuipuError(thrown).again) throw thrown;
      (this.options.setTimeout ?? globalThis.setTimeout)(() => this.connection.state === 'online' && this.learnOwnLog(user), 2000);
    }
  }

  /** @param {Push} push */
  pushed(push) {
    const { log, rev, prev } = push;
    if (log === undefined || rev === undefined) {
      this.apply(push);
      return;
    }
    if (push.ev === 'head') {
      if (rev > (this.cursors.get(log) ?? -1)) this.hole(log, rev);
      return;
    }
    const verdict = this.cursors.judge(log, prev ?? rev - 1, rev);
    if (verdict === 'known') return;
    if (verdict === 'hole') {
      // Of a log without a cursor nothing is missing that this client ever had: it is shown, and its rest is fetched.
      const fresh = this.cursors.get(log) === undefined;
      if (fresh) this.apply(push);
      // An account's push carries the whole account: a new one needs no more than that.
      if (fresh && push.ev === 'account.changed') this.cursors.advance(log, rev);
      else this.hole(log, rev);
      return;
    }
    this.cursors.advance(log, rev);
    this.apply(push);
  }

  /** @param {Push} push */
  apply(push) {
    const { d } = push;
    if (push.ev === 'message.posted' || push.ev === 'message.changed') this.emit({ type: 'message', message: d });
    else if (push.ev === 'account.changed') this.emit({ type: 'account', account: d.account, transfer: d.transfer ?? null });
    else if (push.ev === 'item.changed') this.items(d.items ?? []);
    else if (push.ev === 'read.marked') this.emit({ type: 'read', ...d });
    else if (push.ev === 'transfer.changed') this.emit({ type: 'transfer', transfer: d });
  }

  /** @param {import('./types.js').Item[]} items */
  items(items) {
    for (const item of items) if (item.kind === 'conversation') this.fetchConversation(item.key);
    if (items.some((item) => item.kind === 'contact')) this.emit({ type: 'contacts' });
  }

  /** @param {string} id @returns {Promise<void>} */
  async fetchConversation(id) {
    try {
      const { conversation } = await this.request('conversation.get', { conversation: id });
      this.heads.delete(`c:${id}`);
      this.emit({ type: 'conversation', conversation });
      this.follow(`c:${id}`, conversation.rev);
    } catch (thrown) {
      if (asQuipuError(thrown).code === 'not_a_member') this.left(`c:${id}`);
    }
  }

  /** @param {string} log @param {number} rev */
  hole(log, rev) {
    if (rev <= (this.cursors.get(log) ?? -1)) {
      this.heads.delete(log);
      return;
    }
    const known = this.heads.get(log) ?? 0;
    this.heads.set(log, Math.max(known, rev));
    if (this.cursors.get(log) === undefined) {
      if (log.startsWith('c:') && known === 0) this.fetchConversation(log.slice(2));
      if (log.startsWith('a:') && known === 0) this.emit({ type: 'wallet.stale' });
      return;
    }
    this.repair();
  }

  /** One repair at a time, until every log has reached what was heard of it. */
  async repair() {
    if (this.repairing) return;
    this.repairing = true;
    try {
      for (;;) {
        const positions = this.cursors.positions().filter(({ log }) => this.heads.has(log)).slice(0, this.syncPositions);
        if (positions.length === 0) return;
        const asked = positions.map(({ log }) => this.heads.get(log) ?? 0);
        const answer = /** @type {import('./types.js').SyncAnswer} */ (await this.request('sync', { positions }));
        const heard = positions.map(({ log }) => this.heads.get(log) ?? 0);
        for (const { log } of positions) this.heads.delete(log);
        this.absorb(answer);
        positions.forEach(({ log, rev }, i) => {
          const cursor = this.cursors.get(log);
          const head = heard[i] ?? 0;
          // Asked again while it moves, or when more was heard during the question; a head that no answer reaches is let go.
          if (cursor !== undefined && head > cursor && (cursor > rev || head > (asked[i] ?? 0))) this.heads.set(log, head);
        });
      }
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (error.again && error.code !== 'offline' && error.code !== 'connection_lost') {
        (this.options.setTimeout ?? globalThis.setTimeout)(() => this.repair(), error.retryAfterMs ?? 1000);
      }
    } finally {
      this.repairing = false;
    }
  }

  /** @param {import('./types.js').SyncAnswer} answer */
  absorb(answer) {
    for (const one of answer.logs) {
      for (const message of one.messages ?? []) this.emit({ type: 'message', message });
      for (const mark of one.marks ?? []) this.emit({ type: 'read', conversation: one.log.slice(2), ...mark });
      if (one.account) this.emit({ type: 'account', account: one.account, transfer: null });
      if (one.items) this.items(one.items);
      this.cursors.advance(one.log, one.through);
      if (one.more) this.heads.set(one.log, Math.max(one.through + 1, this.heads.get(one.log) ?? 0));
    }
    for (const log of answer.gone) this.left(log);
  }

  /** @param {string} log */
  left(log) {
    this.cursors.forget(log);
    this.heads.delete(log);
    if (log.startsWith('c:')) this.emit({ type: 'conversation.gone', id: log.slice(2) });
  }
}
