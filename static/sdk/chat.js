// The door of the client library: `connect` gives a client with a call for everything a person does in a conversation.
//
//   const quipu = connect({ server: 'https://chat.example', token, client: { name: 'my-bot', version: '1' } });
//   quipu.on('message', ({ message, first }) => …);
//   await quipu.ready;
//   await quipu.send(conversation, { text: 'Hello' });
//   await quipu.money.pay({ to, amount: '12.50', currency: 'CNY' });
//
// Node 22 has a WebSocket of its own, Node 20 with --experimental-websocket; else give one in the options.
import { QuipuClient } from './client.js';
import { asQuipuError, QuipuError } from './errors.js';
import { Model } from './model.js';
import { Money } from './money.js';
import { uploads } from './uploads.js';

/** @typedef {import('./client.js').ClientEvent} ClientEvent */
/** @typedef {import('./types.js').Ack} Ack */
/**
 * @typedef {object} ConnectOptions
 * @property {string} server where it is: `https://chat.example`
 * @property {string} [token] a session's; a page has its own in a cookie
 * @property {{ name: string, version: string }} [client] @property {string} [device]
 * @property {(user: string) => import('./outbox.js').OutboxStore} [outbox] where unsent things survive the end of the program
 * @property {(user: string) => import('./payments.js').PaymentStore} [payments] where payments under way are kept
 * @property {(user: string) => import('./flows.js').ActStore} [flows] where what is asked of flows is kept
 * @property {'now' | 'read'} [since] from where messages are told: from now on, or all that the own read mark has not reached
 * @property {boolean} [model] false: no replica is kept, and the lists are left to the caller, as a page does
 * @property {import('./confirm.js').Confirm} [confirm] asks whoever pays, where payments have to be confirmed; `confirmBy` of `confirm.js` does it by a PIN
 * @property {(event: ClientEvent) => void} [onEvent]
 * @property {any} [WebSocket] @property {typeof fetch} [fetch] @property {() => number} [now] @property {() => number} [random]
 * @property {(run: () => void, ms: number) => any} [setTimeout] @property {(timer: any) => void} [clearTimeout]
 */
/** @typedef {{ text?: string, reply_to?: number | undefined, mentions?: string[] | undefined, attachments?: import('./types.js').Attachment[] | undefined, client_id?: string | undefined }} Words */

/** @param {ConnectOptions} options */
export function connect(options) {
  if (!options.WebSocket && !globalThis.WebSocket) throw new TypeError('There is no WebSocket here: give one in the options, or run Node 20 with --experimental-websocket.');
  const quipu = new Quipu(options);
  quipu.start();
  return quipu;
}

export class Quipu extends QuipuClient {
  /** @param {ConnectOptions} options */
  constructor(options) {
    const { server, token, fetch, setTimeout, random } = options;
    super({
      device: 'program',
      client: { name: 'quipu-sdk', version: '1.0.0' },
      ...options,
      url: `${server.replace(/^http/, 'ws').replace(/\/$/, '')}/ws/v1`,
      onEvent: (event) => this.told(event),
    });
    this.how = options;
    this.eager = options.since !== 'read'; // then all of it comes in order from the mark on
    this.model = new Model();
    this.money = new Money(this);
    const later = setTimeout ? { setTimeout } : {};
    this.files = uploads({ base: server.replace(/\/$/, ''), ...(token ? { token } : {}), ...(fetch ? { fetch } : {}), ...later, ...(random ? { random } : {}) });
    /** @type {Map<string, Set<(event: any) => void>>} */
    this.listeners = new Map();
    this.listed = false;
    /** @type {() => void} */
    this.isReady = () => {};
    /** @type {(error: QuipuError) => void} */
    this.isRefused = () => {};
    /** The lists are here and every log has been read to its end. @type {Promise<void>} */
    this.ready = new Promise((resolve, reject) => ([this.isReady, this.isRefused] = [resolve, reject]));
    this.ready.catch(() => {});
  }

  /**
   * @template {ClientEvent['type']} T
   * @param {T} type @param {(event: Extract<ClientEvent, { type: T }> & { first?: boolean }) => void} listener
   * @returns {() => void} takes it away again
   */
  on(type, listener) {
    const those = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, those.add(listener));
    return () => void those.delete(listener);
  }

  close() {
    this.stop();
  }

  /** @override @param {import('./types.js').Conversation} conversation */
  beginning(conversation) {
    return this.how.since === 'read' ? Math.max(conversation.read_seq, conversation.from_seq ?? 0) : conversation.rev;
  }

  /** @param {ClientEvent} event */
  told(event) {
    const kept = this.how.model !== false;
    const { first } = kept ? this.model.apply(event) : { first: false };
    this.how.onEvent?.(event);
    for (const listener of this.listeners.get(event.type) ?? []) listener(event.type === 'message' ? { ...event, first } : event);
    if (event.type === 'connection' && event.state === 'ended') this.isRefused(new QuipuError({ code: event.code === 4502 ? 'client_too_old' : event.code === 4503 ? 'too_many_connections' : 'unauthenticated' }));
    if (!kept) return;
    // After the own log: a conversation that was joined meanwhile stands in one of the two.
    const known = this.user !== null && this.cursors.get(`u:${this.user.id}`) !== undefined;
    if (!this.listed && (event.type === 'learned' || (event.type === 'hello' && known))) this.list();
    if (['message', 'items', 'read', 'conversation', 'floor'].includes(event.type)) for (const id of this.model.stale()) this.logs.want(id);
    if (event.type === 'caught_up' && this.listed) this.isReady();
  }

  /** Every conversation, page by page. */
  async list() {
    const { socket } = this.connection;
    try {
      for (let cursor = /** @type {string | null} */ (null), more = true; more; ) {
        const page = await this.request('conversation.list', cursor ? { cursor } : {});
        for (const conversation of page.conversations) {
          this.emit({ type: 'conversation', conversation });
          this.follow(`c:${conversation.id}`, conversation.rev, this.beginning(conversation));
        }
        cursor = page.next;
        more = cursor !== null && page.conversations.length > 0;
      }
      this.listed = true;
      this.logs.repair();
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (!error.again) this.isRefused(error);
      else this.later(() => this.connection.socket === socket && this.connection.state === 'online' && !this.listed && this.list(), error.retryAfterMs ?? 1000);
    }
  }

  /**
   * Carried out once, however often the connection or the program ends before the answer.
   * @param {string} op @param {string} conversation @param {Record<string, any>} d @param {{ client_id?: string | undefined, show?: any }} [how]
   * @returns {Promise<any>}
   */
  act(op, conversation, d, how = {}) {
    if (!this.outbox) return Promise.reject(new QuipuError({ code: 'offline' }));
    const plain = Object.fromEntries(Object.entries(d).filter(([, value]) => value !== undefined));
    const given = how.client_id === undefined ? {} : { client_id: how.client_id };
    try {
      return this.outbox.put(op, conversation, plain, { ...given, ...(how.show ? { show: how.show } : {}) }).done;
    } catch (thrown) {
      return Promise.reject(asQuipuError(thrown));
    }
  }

  /** @param {string} conversation @param {Words} words @returns {Promise<Ack>} */
  send(conversation, words) {
    this.ephemeral.sent(conversation);
    const { text, reply_to, client_id } = words;
    const mentions = words.mentions?.length ? words.mentions : undefined;
    const attachments = words.attachments?.length ? words.attachments.map((one) => one.id) : undefined;
    const show = words.attachments?.length ? { attachments: words.attachments } : undefined;
    return this.act('message.send', conversation, { text: text || undefined, reply_to, mentions, attachments }, { client_id, show });
  }

  /** @param {string} to @param {import('./types.js').Message} message @returns {Promise<Ack>} */
  forward(to, message) {
    const { conversation, seq, text, attachments, sender, at } = message;
    const show = { text, forwarded: message.forwarded ?? { sender: sender ?? '', at }, ...(attachments ? { attachments } : {}) };
    return this.act('message.forward', to, { from: { conversation, seq } }, { show });
  }

  /** @param {string} conversation @param {number} seq @param {string} text @param {string[]} [mentions] @returns {Promise<Ack>} */
  edit(conversation, seq, text, mentions) {
    return this.act('message.edit', conversation, { seq, text, mentions: mentions?.length ? mentions : undefined });
  }

  /** @param {string} conversation @param {number} seq @returns {Promise<Ack>} */
  recall(conversation, seq) {
    return this.act('message.recall', conversation, { seq });
  }

  /** @param {string} conversation @param {number} seq @param {boolean} on @returns {Promise<Ack>} */
  pin(conversation, seq, on) {
    return this.act('message.pin', conversation, { seq, on });
  }

  /** @param {string} conversation @param {number[]} seqs */
  hide(conversation, seqs) {
    return this.wishes.set(`hide ${conversation} ${seqs.join()}`, 'message.hide', { conversation, seqs });
  }

  /** @param {string} conversation @param {number} seq @param {string} emoji @param {boolean} on @returns {Promise<{ rev: number }>} */
  react(conversation, seq, emoji, on) {
    return this.wishes.set(`react ${conversation} ${seq} ${emoji}`, 'reaction.set', { conversation, seq, emoji, on });
  }

  /** @param {string} conversation @param {{ title?: string, avatar?: string | null, history?: 'all' | 'from_join', slow_mode_seconds?: number }} change @returns {Promise<Ack>} */
  update(conversation, change) {
    return this.act('conversation.update', conversation, change);
  }

  /** @param {string} conversation @returns {Promise<Ack>} */
  leave(conversation) {
    return this.act('conversation.leave', conversation, {});
  }

  /** @param {string} conversation @param {string[]} users @returns {Promise<Ack>} */
  addMembers(conversation, users) {
    return this.act('member.add', conversation, { users });
  }

  /** @param {string} conversation @param {string} user @returns {Promise<Ack>} */
  removeMember(conversation, user) {
    return this.act('member.remove', conversation, { user });
  }

  /** @param {string} conversation @param {string} user @param {import('./types.js').Role} role @returns {Promise<Ack>} */
  setRole(conversation, user, role) {
    return this.act('member.role', conversation, { user, role });
  }

  /** @param {'direct' | 'group'} kind @param {string[]} members @param {string} [title] @param {string} [client_id] @returns {Promise<{ conversation: import('./types.js').Conversation, duplicate: boolean }>} */
  async create(kind, members, title, client_id) {
    const answer = await this.act('conversation.create', '', { kind, members, title }, { client_id });
    this.emit({ type: 'conversation', conversation: answer.conversation });
    this.follow(`c:${answer.conversation.id}`, answer.conversation.rev, this.beginning(answer.conversation));
    return answer;
  }

  /** @param {string} conversation @param {import('./types.js').Preferences} preferences */
  setPreferences(conversation, preferences) {
    return this.wishes.set(`preferences ${conversation}`, 'conversation.set', { conversation, ...preferences });
  }

  /** @param {string} conversation @param {string} text @param {number | null} [reply_to] */
  setDraft(conversation, text, reply_to) {
    return this.wishes.set(`draft ${conversation}`, 'draft.set', { conversation, text, ...(reply_to ? { reply_to } : {}) });
  }

  /** Who has this handle; asked until it is answered. @param {string} handle @returns {Promise<{ user: import('./types.js').User }>} */
  find(handle) {
    return this.wishes.set(`find ${handle}`, 'user.find', { handle });
  }

  /** What was read is for the caller to say; what has arrived is told by itself. @param {string} conversation @param {number} seq */
  async markRead(conversation, seq) {
    const answer = await this.wishes.set(`read ${conversation}`, 'read.mark', { conversation, seq });
    if (this.user) this.emit({ type: 'read', conversation, user: this.user.id, seq: answer.seq ?? seq });
    return answer;
  }

  /** @param {Blob} blob @param {import('./uploads.js').UploadHow} [how] */
  upload(blob, how) {
    return this.files.upload(blob, how);
  }
}
