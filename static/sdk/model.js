// A replica of what the server holds for a person: conversations, the messages heard of, marks and the own items. Kept true
// by the client's events, so that after any absence it shows what the server shows. A page has its own state, made of the
// same rules; a bot has this.
import { merge, withDelivered, withFetched, withFloor, withHidden, withMessage, withRead } from './replica.js';

/** @typedef {import('./replica.js').Replica} Replica */
/** @typedef {import('./types.js').Message} Message */

/** So many messages of a conversation are kept; older ones are asked for with `message.history`. */
const KEPT = 1000;

export class Model {
  /** @param {{ kept?: number }} [options] */
  constructor(options = {}) {
    this.kept = options.kept ?? KEPT;
    this.me = '';
    /** @type {Map<string, Replica>} */
    this.conversations = new Map();
    /** @type {Map<string, Message[]>} ascending by seq */
    this.timelines = new Map();
    /** @type {Map<string, number>} of each conversation the highest seq that is not kept any more */
    this.dropped = new Map();
    /** @type {Map<string, Record<number, true>>} */
    this.hidden = new Map();
    /** @type {Map<string, Map<string, any>>} the own items by kind and key */
    this.items = new Map();
  }

  /** @param {string} conversation @returns {Message[]} without those that oneself has hidden */
  messages(conversation) {
    const hidden = this.hidden.get(conversation) ?? {};
    return (this.timelines.get(conversation) ?? []).filter((one) => !hidden[one.seq]);
  }

  /** @param {string} conversation @param {number} seq */
  message(conversation, seq) {
    return this.timelines.get(conversation)?.find((one) => one.seq === seq) ?? null;
  }

  /** @param {string} kind `contact`, `block`, `draft`, `preferences`, `settings` … @param {string} key */
  item(kind, key) {
    return this.items.get(kind)?.get(key) ?? null;
  }

  /** What is not to be counted on and has to be fetched. @returns {string[]} */
  stale() {
    return [...this.conversations.values()].filter((one) => one.tally.stale).map((one) => one.id);
  }

  /** @param {import('./client.js').ClientEvent} event @returns {{ first: boolean }} whether a message is seen for the first time */
  apply(event) {
    switch (event.type) {
      case 'hello':
        this.me = event.hello.user.id;
        break;
      case 'conversation':
        this.fetched(event.conversation, event.anew === true);
        break;
      case 'conversation.gone':
        this.conversations.delete(event.id);
        this.timelines.delete(event.id);
        this.dropped.delete(event.id);
        break;
      case 'message':
        return { first: this.heard(event.message) };
      case 'read':
        this.change(event.conversation, (one) => withRead(one, event.user, event.seq, this.me));
        break;
      case 'delivered':
        this.change(event.conversation, (one) => withDelivered(one, event.user, event.seq));
        break;
      case 'floor':
        this.floor(event.conversation, event.seq);
        break;
      case 'items':
        for (const item of event.items) this.own(item);
        break;
    }
    return { first: false };
  }

  /** @param {string} id @param {(one: Replica) => Replica} change */
  change(id, change) {
    const old = this.conversations.get(id);
    if (old) this.conversations.set(id, change(old));
  }

  /** @param {import('./types.js').Conversation} fresh @param {boolean} anew */
  fetched(fresh, anew) {
    this.conversations.set(fresh.id, withFetched(fresh, anew ? undefined : this.conversations.get(fresh.id), this.me, this.hidden.get(fresh.id)));
    if (fresh.from_seq) this.forget(fresh.id, fresh.from_seq);
  }

  /** @param {string} id @param {number} seq */
  floor(id, seq) {
    this.change(id, (one) => withFloor(one, seq));
    this.forget(id, seq);
  }

  /** @param {string} id @param {number} seq */
  forget(id, seq) {
    const timeline = this.timelines.get(id);
    if (timeline?.some((one) => one.seq <= seq)) this.timelines.set(id, timeline.filter((one) => one.seq > seq));
  }

  /** @param {Message} message */
  heard(message) {
    const { conversation, seq } = message;
    this.change(conversation, (one) => withMessage(one, message, this.me, this.hidden.get(conversation)));
    if (seq <= (this.conversations.get(conversation)?.from_seq ?? 0)) return false;
    const dropped = this.dropped.get(conversation) ?? 0;
    if (seq <= dropped) return false;
    const old = this.timelines.get(conversation) ?? [];
    const first = !old.some((one) => one.seq === seq);
    const timeline = merge(old, [message]);
    const over = timeline.length - this.kept;
    if (over > 0) this.dropped.set(conversation, timeline[over - 1]?.seq ?? dropped);
    this.timelines.set(conversation, over > 0 ? timeline.slice(over) : timeline);
    return first;
  }

  /** @param {import('./types.js').Item} item */
  own(item) {
    const { kind, key, value } = item;
    const ofKind = this.items.get(kind) ?? new Map();
    this.items.set(kind, ofKind);
    if (value === null) ofKind.delete(key);
    else ofKind.set(key, value);
    if (kind !== 'hidden' || value === null) return;
    const [conversation = '', at = ''] = key.split(':');
    const seq = Number(at);
    this.hidden.set(conversation, { ...this.hidden.get(conversation), [seq]: true });
    this.change(conversation, (one) => withHidden(one, [seq]));
  }
}
