// The logs that are followed: pushes measured against their cursors, holes read, conversations fetched that are new or
// have changed in their members. Nothing that was heard of is let go until it has been read.
import { asQuipuError } from './errors.js';
import { Cursors } from './logs.js';

/** @typedef {import('./types.js').Push} Push */
/**
 * @typedef {object} LogsOptions
 * @property {(op: string, d: Record<string, any>) => Promise<any>} request
 * @property {(event: import('./client.js').ClientEvent) => void} emit
 * @property {() => boolean} online
 * @property {() => string | null} focused the conversation looked at
 * @property {(conversation: import('./types.js').Conversation) => number} from where reading begins of a conversation that is new here
 * @property {() => boolean} eager whether a message of a conversation that is new here is told before what stands above it
 * @property {() => number} now
 * @property {(run: () => void, ms: number) => any} later
 */

/** Heads of one conversation that nobody looks at are read at most this often. */
const HEAD_MS = 1000;
const AGAIN_MS = 1000;
const FLOW_CHANGES = new Set(['request.changed', 'packet.changed', 'bill.changed', 'schedule.changed', 'dispute.changed']);
/** After these, the conversation as a whole is asked for: who is in it, as what, under which name. */
const CHANGES_CONVERSATION = new Set(['members_added', 'member_removed', 'member_left', 'role_changed', 'title_changed', 'avatar_changed', 'history_changed', 'slow_mode_changed']);

export class Logs {
  /** @param {LogsOptions} options */
  constructor(options) {
    this.options = options;
    this.cursors = new Cursors();
    /** @type {Map<string, number>} how far each log is said to reach, where that is beyond the cursor */
    this.heads = new Map();
    /** @type {Map<string, number>} when a head of a log was last acted on */
    this.headAt = new Map();
    /** @type {Map<string, number>} the first rev that was shown of a log before it was followed */
    this.shown = new Map();
    /** @type {Set<string>} conversations to fetch */
    this.wanted = new Set();
    /** @type {Set<string>} conversations that oneself has come into, or back to: what is held of their marks and counts is of before */
    this.joined = new Set();
    /** @type {Map<string, number>} the rev at which each conversation was last fetched */
    this.fetched = new Map();
    this.syncPositions = 100;
    this.repairing = false;
    this.fetching = false;
  }

  /** What hello asks for: the own log and what is looked at first, as many as one answer takes. */
  resumePositions() {
    const focused = `c:${this.options.focused() ?? ''}`;
    const weight = (/** @type {string} */ log) => (log.startsWith('u:') ? 0 : log === focused ? 1 : log.startsWith('a:') ? 2 : 3);
    return this.cursors.positions().sort((a, b) => weight(a.log) - weight(b.log));
  }

  /** What did not fit into hello is asked for afterwards. @param {import('./types.js').Position[]} positions */
  askFor(positions) {
    for (const { log, rev } of positions) this.heads.set(log, Math.max(rev + 1, this.heads.get(log) ?? 0));
  }

  /** What was fetched by a list: pushes are measured against it from here on. @param {string} log @param {number} rev @param {number} [from] where reading is to begin, when that lies before */
  follow(log, rev, from = rev) {
    if (log.startsWith('c:')) this.fetched.set(log, Math.max(rev, this.fetched.get(log) ?? 0));
    // A cursor that is there already is behind for a reason: what lies between was not read yet.
    if (this.cursors.get(log) === undefined) this.cursors.advance(log, Math.min(rev, from, this.shown.get(log) ?? rev));
    this.shown.delete(log);
    const head = Math.max(rev, this.heads.get(log) ?? 0);
    if (head > (this.cursors.get(log) ?? 0)) this.hole(log, head);
    else this.heads.delete(log);
  }

  /** @param {Push} push */
  pushed(push) {
    const { log, rev, prev } = push;
    if (log === undefined || rev === undefined) {
      this.apply(push);
      return;
    }
    if (push.ev === 'head') {
      this.head(log, rev);
      return;
    }
    const verdict = this.cursors.judge(log, prev ?? rev - 1, rev);
    if (verdict === 'known') return;
    if (verdict === 'hole') {
      // Of a log without a cursor nothing is missing that this client ever had: it is shown, and its rest is fetched.
      const fresh = this.cursors.get(log) === undefined;
      if (fresh) this.early(push, log, rev);
      // An account's push carries the whole account: a new one needs no more than that.
      if (fresh && push.ev === 'account.changed') this.cursors.advance(log, rev);
      else this.hole(log, rev);
      return;
    }
    this.cursors.advance(log, rev);
    this.apply(push); // a `tick` moves the cursor, and that is all
  }

  /** @param {Push} push @param {string} log @param {number} rev */
  early(push, log, rev) {
    if (log.startsWith('u:') || (log.startsWith('c:') && !this.options.eager())) return;
    // What changes it until the conversation is here is not to be missed.
    if (!this.shown.has(log)) this.shown.set(log, rev);
    this.apply(push);
  }

  /** @param {string} log @param {number} rev */
  head(log, rev) {
    if (rev <= (this.cursors.get(log) ?? -1)) return;
    const { now, later, focused } = this.options;
    const waited = now() - (this.headAt.get(log) ?? -Infinity);
    if (waited >= HEAD_MS || log === `c:${focused()}`) {
      this.headAt.set(log, now());
      this.hole(log, rev);
      return;
    }
    const pending = this.headAt.has(`${log}?`);
    this.headAt.set(`${log}?`, Math.max(rev, this.headAt.get(`${log}?`) ?? 0));
    if (pending) return;
    later(() => (this.headAt.set(log, now()), this.late(log)), HEAD_MS - waited);
  }

  /** Acts on the head that waits, if one does: its time has come, or it is looked at now. @param {string} log */
  late(log) {
    const reached = this.headAt.get(`${log}?`);
    this.headAt.delete(`${log}?`);
    if (reached !== undefined && this.cursors.get(log) !== undefined) this.hole(log, reached);
  }

  /** @param {Push} push */
  apply(push) {
    const { emit } = this.options;
    const { d } = push;
    switch (push.ev) {
      case 'message.posted':
      case 'message.changed':
        return this.message(d);
      case 'account.changed':
        return emit({ type: 'account', account: d.account, transfer: d.transfer ?? null });
      case 'item.changed':
        return this.items(d.items ?? []);
      case 'read.marked':
        return emit({ type: 'read', ...d });
      case 'delivered.marked':
        return emit({ type: 'delivered', ...d });
      case 'transfer.changed':
        return emit({ type: 'transfer', transfer: d });
      case 'typing':
        return emit({ type: 'typing', conversation: d.conversation, user: d.user, on: d.on === true });
      case 'presence.changed':
        return emit({ type: 'presence', presence: [d] });
      default:
        if (FLOW_CHANGES.has(push.ev)) emit({ type: 'flow', flow: d });
    }
  }

  /** @param {import('./types.js').Message} message */
  message(message) {
    this.options.emit({ type: 'message', message });
    const log = `c:${message.conversation}`;
    if (CHANGES_CONVERSATION.has(message.system?.what ?? '') && message.rev > (this.fetched.get(log) ?? 0)) this.want(message.conversation);
  }

  /** @param {import('./types.js').Item[]} items @param {boolean} [initial] the lists that are fetched at the start hold these conversations */
  items(items, initial = false) {
    this.options.emit({ type: 'items', items, initial });
    for (const item of items) {
      if (item.kind === 'funding' && !initial) this.options.emit({ type: 'funding', funding: item.value });
      if (item.kind !== 'conversation' || initial) continue;
      if (item.value === null || item.value?.state) this.left(`c:${item.key}`, item.value?.state ?? 'left');
      else {
        this.joined.add(item.key);
        this.want(item.key);
      }
    }
    if (items.some((item) => item.kind === 'contact' || item.kind === 'block')) this.options.emit({ type: 'contacts' });
  }

  /** @param {string} id */
  want(id) {
    this.wanted.add(id);
    this.fetchWanted();
  }

  /** One after the other; what is wanted again meanwhile is fetched again. */
  async fetchWanted() {
    if (this.fetching || !this.options.online()) return;
    this.fetching = true;
    try {
      for (const [id] of iterate(this.wanted)) {
        this.wanted.delete(id);
        if (!(await this.fetchConversation(id))) break;
      }
    } finally {
      this.fetching = false;
    }
  }

  /** @param {string} id @returns {Promise<boolean>} whether there is sense in asking on */
  async fetchConversation(id) {
    const joined = this.joined.delete(id);
    try {
      const { conversation } = await this.options.request('conversation.get', { conversation: id });
      this.options.emit({ type: 'conversation', conversation, ...(joined ? { anew: true } : {}) });
      // With what was held went what had come since the answer was read.
      if (joined && (this.cursors.get(`c:${id}`) ?? 0) > conversation.rev) this.wanted.add(id);
      this.follow(`c:${id}`, conversation.rev, this.options.from(conversation));
      return true;
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (!error.again) {
        if (error.code === 'not_a_member' || error.code === 'not_found') this.left(`c:${id}`, null);
        return true;
      }
      this.wanted.add(id);
      if (joined) this.joined.add(id);
      if (error.code !== 'offline' && error.code !== 'connection_lost') this.options.later(() => this.fetchWanted(), error.retryAfterMs ?? AGAIN_MS);
      return false;
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
      if (log.startsWith('c:') && !this.wanted.has(log.slice(2)) && (known === 0 || !this.fetching)) this.want(log.slice(2));
      if (log.startsWith('a:') && known === 0) this.options.emit({ type: 'wallet.stale' });
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
        const positions = this.resumePositions().filter(({ log }) => this.heads.has(log)).slice(0, this.syncPositions);
        if (positions.length === 0) break;
        const asked = positions.map(({ log }) => this.heads.get(log) ?? 0);
        const answer = /** @type {import('./types.js').SyncAnswer} */ (await this.options.request('sync', { positions }));
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
      this.options.emit({ type: 'caught_up' });
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (error.again && error.code !== 'offline' && error.code !== 'connection_lost') this.options.later(() => this.repair(), error.retryAfterMs ?? AGAIN_MS);
    } finally {
      this.repairing = false;
    }
  }

  /** @param {import('./types.js').SyncAnswer} answer */
  absorb(answer) {
    const { emit } = this.options;
    for (const one of answer.logs) {
      if (this.cursors.get(one.log) === undefined) continue; // left while it was asked
      const conversation = one.log.slice(2);
      if (one.floor) emit({ type: 'floor', conversation, seq: one.floor });
      for (const message of one.messages ?? []) this.message(message);
      for (const { user, seq, delivered_seq } of one.marks ?? []) {
        emit({ type: 'read', conversation, user, seq });
        if (delivered_seq) emit({ type: 'delivered', conversation, user, seq: delivered_seq });
      }
      if (one.account) emit({ type: 'account', account: one.account, transfer: null });
      if (one.items) this.items(one.items);
      this.cursors.advance(one.log, one.through, one.mark_rev);
      if (one.more) this.heads.set(one.log, Math.max(one.through + 1, this.heads.get(one.log) ?? 0));
    }
    for (const log of answer.gone) this.left(log, null);
  }

  /** @param {string} log @param {string | null} why */
  left(log, why) {
    this.cursors.forget(log);
    for (const known of [this.heads, this.fetched, this.shown, this.headAt]) known.delete(log);
    if (!log.startsWith('c:')) return;
    this.wanted.delete(log.slice(2));
    this.joined.delete(log.slice(2));
    this.options.emit({ type: 'conversation.gone', id: log.slice(2), why });
  }
}

/** A set as it changes: what is taken out and put in again comes again. @param {Set<string>} set @returns {Generator<[string]>} */
function* iterate(set) {
  for (let [next] = set; next !== undefined; [next] = set) yield [next];
}
