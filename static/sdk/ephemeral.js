// What is only of the moment: who types, who is there, what this socket looks at. None of it is kept by the server beyond
// the socket, so it is told anew after each hello; an op that the server does not know is not asked for again.
import { asQuipuError } from './errors.js';

/** Somebody who says nothing more has stopped typing. */
const TYPING_MS = 6000;
/** While one types, it is told this often. */
const TELL_TYPING_MS = 3000;
/** How many typists are kept in mind. */
const MOST_TYPISTS = 500;

export class Ephemeral {
  /**
   * @param {object} options
   * @param {(op: string, d: Record<string, any>) => Promise<any>} options.request
   * @param {(event: import('./client.js').ClientEvent) => void} options.emit
   * @param {(conversation: string | null) => void} options.looked
   * @param {() => number} options.now
   * @param {(run: () => void, ms: number) => any} options.later @param {(timer: any) => void} options.cancel
   */
  constructor(options) {
    this.options = options;
    this.focused = /** @type {string | null} */ (null);
    /** @type {string[]} */
    this.watched = [];
    /** @type {Map<string, any>} who types where, with the timer that ends it */
    this.typists = new Map();
    this.mine = /** @type {{ conversation: string, toldAt: number, timer: any } | null} */ (null);
    /** @type {Set<string>} what this server does not know */
    this.unknown = new Set();
  }

  /** @param {string} op @param {Record<string, any>} d @returns {Promise<any>} null when it came to nothing: there is always a next time */
  async tell(op, d) {
    if (this.unknown.has(op)) return null;
    try {
      return await this.options.request(op, d);
    } catch (thrown) {
      if (asQuipuError(thrown).code === 'unknown_op') this.unknown.add(op);
      return null;
    }
  }

  /** After hello: a new socket knows none of it. */
  resume() {
    this.unknown.clear();
    if (this.focused !== null) this.tell('conversation.focus', { conversation: this.focused });
    if (this.watched.length > 0) this.askPresence();
    if (this.mine) this.mine.toldAt = -Infinity;
  }

  /** Said of every conversation: which of them are large is the server's to know. @param {string | null} conversation */
  focus(conversation) {
    if (this.focused === conversation) return;
    this.focused = conversation;
    this.options.looked(conversation);
    this.tell('conversation.focus', { conversation });
  }

  /** Replaces what was watched. @param {string[]} users @param {boolean} [anew] asks also when they are the same: of who was hidden nothing is told */
  watch(users, anew = false) {
    const fresh = [...new Set(users)].slice(0, 200).sort();
    if (!anew && fresh.join() === this.watched.join()) return;
    this.watched = fresh;
    this.askPresence();
  }

  async askPresence() {
    const asked = this.watched;
    const answer = await this.tell('presence.watch', { users: asked });
    if (answer?.presence && asked === this.watched) this.options.emit({ type: 'presence', presence: answer.presence });
  }

  /** Called with each key that is struck; told now and then. @param {string} conversation */
  typing(conversation) {
    const { now, later, cancel } = this.options;
    if (this.mine && this.mine.conversation !== conversation) this.stopTyping();
    const mine = this.mine ?? { conversation, toldAt: -Infinity, timer: null };
    this.mine = mine;
    cancel(mine.timer);
    mine.timer = later(() => this.stopTyping(), TYPING_MS - 1000);
    if (now() - mine.toldAt < TELL_TYPING_MS) return;
    mine.toldAt = now();
    this.tell('typing.set', { conversation, on: true });
  }

  /** @param {string} [conversation] */
  stopTyping(conversation) {
    const mine = this.mine;
    if (!mine || (conversation !== undefined && mine.conversation !== conversation)) return;
    this.mine = null;
    this.options.cancel(mine.timer);
    if (mine.toldAt > -Infinity) this.tell('typing.set', { conversation: mine.conversation, on: false });
  }

  /** Sent: the message itself says that the typing is over. @param {string} conversation */
  sent(conversation) {
    if (this.mine?.conversation !== conversation) return;
    this.options.cancel(this.mine.timer);
    this.mine = null;
  }

  /** Seen on every event, so that nobody types for ever. @param {import('./client.js').ClientEvent} event */
  heard(event) {
    if (event.type === 'typing') this.typed(event.conversation, event.user, event.on);
    else if (event.type === 'message' && event.message.sender && event.message.rev === event.message.seq) {
      const { conversation, sender } = event.message;
      if (this.typists.has(`${conversation} ${sender}`)) this.options.emit({ type: 'typing', conversation, user: sender, on: false });
    }
  }

  /** @param {string} conversation @param {string} user @param {boolean} on */
  typed(conversation, user, on) {
    const { later, cancel, emit } = this.options;
    const key = `${conversation} ${user}`;
    cancel(this.typists.get(key));
    this.typists.delete(key);
    if (!on) return;
    const [oldest] = this.typists.keys();
    if (this.typists.size >= MOST_TYPISTS && oldest) {
      const [where = '', who = ''] = oldest.split(' ');
      emit({ type: 'typing', conversation: where, user: who, on: false });
    }
    this.typists.set(key, later(() => emit({ type: 'typing', conversation, user, on: false }), TYPING_MS));
  }

  /** The socket is gone, and with it all that it told of the moment. */
  ended() {
    for (const key of [...this.typists.keys()]) {
      const [conversation = '', user = ''] = key.split(' ');
      this.options.emit({ type: 'typing', conversation, user, on: false });
    }
  }
}
