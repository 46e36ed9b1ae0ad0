// What is on its way: messages, edits, recalls, memberships, everything that has an id of its own. Each stays in the
// store until the server has answered it: a reload, a crash or a lost answer sends it again with the same client_id, and
// the server carries it out once.
import { asQuipuError, QuipuError } from './errors.js';
import { uuidv7 } from './uuid.js';

/** @typedef {import('./types.js').Ack} Ack */
/**
 * @typedef {object} Outgoing
 * @property {string} client_id
 * @property {string} op
 * @property {string} conversation '' for what makes one
 * @property {Record<string, any>} d what is sent beside the id and the conversation
 * @property {string} text of a message, to show it
 * @property {{ attachments?: import('./types.js').Attachment[], forwarded?: { sender: string, at: string } }} [show] what a bubble shows beside
 * @property {string} made_at
 * @property {'waiting' | 'failed'} state
 * @property {string | null} code why it failed
 * @property {number} [retryAt] told to wait until then
 */
/** @typedef {{ all: () => Outgoing[], put: (item: Outgoing) => void, drop: (clientId: string) => void }} OutboxStore */

/** How much may be on its way at once. */
const MOST = 1000;
const LONGEST_WAIT_MS = 30_000;
/** Refused, these stay for a person to send again or take back; anything else is only told to be refused. */
const KEPT = new Set(['message.send', 'message.forward']);

/** @returns {OutboxStore} For tests, and for a program that need not remember. */
export function memoryStore() {
  /** @type {Map<string, Outgoing>} */
  const items = new Map();
  return { all: () => [...items.values()], put: (item) => void items.set(item.client_id, item), drop: (id) => void items.delete(id) };
}

/**
 * One entry a message, so that two tabs of one person never overwrite each other's list.
 * @param {string} user @param {Storage} storage @returns {OutboxStore}
 */
export function browserStore(user, storage) {
  const prefix = `quipu.outbox.${user}.`;
  return {
    all() {
      /** @type {Outgoing[]} */
      const found = [];
      for (let i = 0; i < storage.length; i++) {
        const key = storage.key(i);
        if (!key?.startsWith(prefix)) continue;
        try {
          found.push(JSON.parse(storage.getItem(key) ?? ''));
        } catch {
          // not ours, or cut short: nothing that could be sent
        }
      }
      return found;
    },
    put: (item) => storage.setItem(prefix + item.client_id, JSON.stringify(item)),
    drop: (id) => storage.removeItem(prefix + id),
  };
}

export class Outbox {
  /**
   * @param {object} options
   * @param {OutboxStore} options.store
   * @param {(op: string, d: Record<string, any>) => Promise<any>} options.request
   * @param {(item: Outgoing) => void} options.onChange
   * @param {(item: Outgoing, ack: Ack) => void} options.onAck
   * @param {(clientId: string) => void} [options.onDrop]
   * @param {(item: Outgoing, error: QuipuError) => void} [options.onRefused] of what is not kept
   * @param {(run: () => void, ms: number) => any} [options.setTimeout]
   * @param {() => number} [options.now]
   */
  constructor(options) {
    this.options = options;
    this.later = options.setTimeout ?? ((run, ms) => globalThis.setTimeout(run, ms));
    this.now = options.now ?? Date.now;
    /** @type {Map<string, Outgoing>} in the order they were written */
    this.items = new Map();
    /** @type {Set<string>} conversations with something on the wire */
    this.busy = new Set();
    /** @type {Map<string, { done: Promise<any>, resolve: (ack: any) => void, reject: (error: QuipuError) => void, seen?: Ack }>} */
    this.waiting = new Map();
    /** @type {Map<string, number>} how often each was told to come again */
    this.tries = new Map();
    // An entry of an earlier version says no op: it is a message.
    const kept = options.store.all().map((one) => (one.op ? one : { ...one, op: 'message.send', d: { text: one.text } }));
    // By time, not by id: an id that a caller made itself says nothing of the order.
    kept.sort((a, b) => (a.made_at < b.made_at ? -1 : a.made_at > b.made_at ? 1 : a.client_id < b.client_id ? -1 : 1));
    for (const item of kept) this.items.set(item.client_id, item);
  }

  /** @param {string} conversation @param {string} text @returns {Outgoing} */
  add(conversation, text) {
    return this.put('message.send', conversation, { text }).item;
  }

  /**
   * @param {string} op @param {string} conversation @param {Record<string, any>} d
   * @param {{ client_id?: string, show?: Outgoing['show'] }} [how]
   * @returns {{ item: Outgoing, done: Promise<any> }} `done` ends with the answer, or with the refusal
   */
  put(op, conversation, d, how = {}) {
    const client_id = how.client_id ?? uuidv7();
    const known = this.items.get(client_id);
    if (known) return { item: known, done: this.answerOf(client_id) };
    if (this.items.size >= MOST) throw new QuipuError({ code: 'too_many' });
    const show = how.show ? { show: how.show } : {};
    const made_at = new Date(this.now()).toISOString();
    const item = /** @type {Outgoing} */ ({ client_id, op, conversation, d, text: d['text'] ?? '', ...show, made_at, state: 'waiting', code: null });
    const done = this.answerOf(client_id);
    this.keep(item);
    this.pump(conversation);
    return { item, done };
  }

  /** @param {string} clientId @returns {Promise<any>} */
  answerOf(clientId) {
    const known = this.waiting.get(clientId);
    if (known) return known.done;
    const { promise: done, resolve, reject } = withResolvers();
    done.catch(() => {}); // whoever does not wait for it is told by the events
    this.waiting.set(clientId, { done, resolve, reject });
    return done;
  }

  /** @param {string} clientId */
  retry(clientId) {
    const item = this.items.get(clientId);
    if (!item) return;
    const { retryAt: _, ...plain } = item;
    this.keep({ ...plain, state: 'waiting', code: null });
    this.pump(item.conversation);
  }

  /** @param {string} clientId */
  drop(clientId) {
    if (!this.forget(clientId)) return;
    this.waiting.get(clientId)?.reject(new QuipuError({ code: 'dropped' }));
    this.waiting.delete(clientId);
    this.options.onDrop?.(clientId);
  }

  /** The message itself has come back: that is an acknowledgement too, even if its answer is lost. @param {string} clientId @param {Ack} [ack] */
  seen(clientId, ack) {
    const item = this.items.get(clientId);
    if (!item || item.op === 'message.edit' || item.op === 'message.recall') return;
    this.forget(clientId);
    const waiting = this.waiting.get(clientId);
    if (!ack || !waiting) return;
    // On the wire, its own answer says more, if it comes.
    if (this.busy.has(item.conversation)) waiting.seen = ack;
    else this.settle(clientId, ack);
  }

  /** The socket is back: everything unacknowledged goes again. */
  resume() {
    for (const conversation of new Set([...this.items.values()].map((item) => item.conversation))) this.pump(conversation);
  }

  /** One at a time in each conversation, so that what was written first is first. @param {string} conversation */
  async pump(conversation) {
    if (this.busy.has(conversation)) return;
    const item = [...this.items.values()].find((one) => one.conversation === conversation && one.state === 'waiting');
    if (!item) return;
    this.busy.add(conversation);
    try {
      const where = conversation === '' ? {} : { conversation };
      const ack = await this.options.request(item.op, { client_id: item.client_id, ...where, ...item.d });
      this.busy.delete(conversation);
      this.forget(item.client_id);
      this.options.onAck(item, ack);
      this.settle(item.client_id, ack);
    } catch (thrown) {
      this.busy.delete(conversation);
      this.stumbled(item, asQuipuError(thrown));
      return;
    }
    this.pump(conversation);
  }

  /** @param {Outgoing} item @param {QuipuError} error */
  stumbled(item, error) {
    if (!this.items.has(item.client_id)) {
      // Dropped, or seen in the log, while its question was lost.
      const seen = this.waiting.get(item.client_id)?.seen;
      if (seen) this.settle(item.client_id, seen);
      this.pump(item.conversation);
      return;
    }
    if (error.code === 'offline' || error.code === 'connection_lost') return; // resume() sends it again
    if (error.again) {
      const tries = this.tries.get(item.client_id) ?? 0;
      this.tries.set(item.client_id, tries + 1);
      const wait = Math.max(50, error.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries));
      if (error.code === 'slow_mode') this.keep({ ...item, code: error.code, retryAt: this.now() + wait });
      this.later(() => this.pump(item.conversation), wait);
      return;
    }
    if (KEPT.has(item.op)) this.keep({ ...item, state: 'failed', code: error.code });
    else {
      this.forget(item.client_id);
      this.options.onRefused?.(item, error);
    }
    this.waiting.get(item.client_id)?.reject(error);
    this.waiting.delete(item.client_id);
    this.pump(item.conversation); // the next one is not held up by one that was refused
  }

  /** @param {string} clientId @param {Ack} ack */
  settle(clientId, ack) {
    this.waiting.get(clientId)?.resolve(ack);
    this.waiting.delete(clientId);
  }

  /** @param {string} clientId */
  forget(clientId) {
    this.tries.delete(clientId);
    if (!this.items.delete(clientId)) return false;
    try {
      this.options.store.drop(clientId);
    } catch {
      // a storage that refuses: it goes once more after a reload, and the server knows its id
    }
    return true;
  }

  /** @param {Outgoing} item */
  keep(item) {
    this.items.set(item.client_id, item);
    try {
      this.options.store.put(item);
    } catch {
      // a full or forbidden storage: the message still goes, it only does not survive a reload
    }
    this.options.onChange(item);
  }
}

function withResolvers() {
  /** @type {(ack: any) => void} */
  let resolve = () => {};
  /** @type {(error: QuipuError) => void} */
  let reject = () => {};
  /** @type {Promise<any>} */
  const promise = new Promise((yes, no) => ([resolve, reject] = [yes, no]));
  return { promise, resolve, reject };
}
