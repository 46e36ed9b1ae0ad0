// Messages on their way. Each stays in the store until the server has acknowledged it: a reload, a crash or a lost answer
// sends it again with the same client_id, and the server keeps one copy.
import { asQuipuError } from './errors.js';
import { uuidv7 } from './uuid.js';

/** @typedef {{ client_id: string, conversation: string, text: string, made_at: string, state: 'waiting' | 'failed', code: string | null }} Outgoing */
/** @typedef {{ all: () => Outgoing[], put: (item: Outgoing) => void, drop: (clientId: string) => void }} OutboxStore */
/** @typedef {{ seq: number, n: number, rev: number, at: string, conversation: string, duplicate: boolean }} Ack */

/** @returns {OutboxStore} For Node, and for tests. */
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
   * @param {(run: () => void, ms: number) => any} [options.setTimeout]
   * @param {() => number} [options.now]
   */
  constructor(options) {
    this.options = options;
    this.later = options.setTimeout ?? ((run, ms) => globalThis.setTimeout(run, ms));
    /** @type {Map<string, Outgoing>} in the order they were written */
    this.items = new Map();
    /** @type {Set<string>} conversations with a message on the wire */
    this.busy = new Set();
    const kept = [...options.store.all()].sort((a, b) => (a.client_id < b.client_id ? -1 : 1));
    for (const item of kept) this.items.set(item.client_id, item);
  }

  /** @param {string} conversation @param {string} text @returns {Outgoing} */
  add(conversation, text) {
    const made_at = new Date(this.options.now?.() ?? Date.now()).toISOString();
    const item = /** @type {Outgoing} */ ({ client_id: uuidv7(), conversation, text, made_at, state: 'waiting', code: null });
    this.keep(item);
    this.pump(conversation);
    return item;
  }

  /** @param {string} clientId */
  retry(clientId) {
    const item = this.items.get(clientId);
    if (!item) return;
    this.keep({ ...item, state: 'waiting', code: null });
    this.pump(item.conversation);
  }

  /** @param {string} clientId */
  drop(clientId) {
    if (!this.items.delete(clientId)) return;
    this.options.store.drop(clientId);
    this.options.onDrop?.(clientId);
  }

  /** The message itself has come back: that is an acknowledgement too, even if its answer is lost. @param {string} clientId */
  seen(clientId) {
    if (this.items.delete(clientId)) this.options.store.drop(clientId);
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
      const { client_id, text } = item;
      const ack = await this.options.request('message.send', { client_id, conversation, text });
      this.items.delete(client_id);
      this.options.store.drop(client_id);
      this.options.onAck(item, ack);
    } catch (thrown) {
      this.busy.delete(conversation);
      this.stumbled(item, asQuipuError(thrown));
      return;
    }
    this.busy.delete(conversation);
    this.pump(conversation);
  }

  /** @param {Outgoing} item @param {import('./errors.js').QuipuError} error */
  stumbled(item, error) {
    if (!this.items.has(item.client_id)) return;
    if (error.code === 'offline' || error.code === 'connection_lost') return; // resume() sends it again
    if (error.again) {
      this.later(() => this.pump(item.conversation), Math.max(50, error.retryAfterMs ?? 1000));
      return;
    }
    this.keep({ ...item, state: 'failed', code: error.code });
    this.pump(item.conversation); // the next one is not held up by one that was refused
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
