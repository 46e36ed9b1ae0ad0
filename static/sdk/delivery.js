// Tells the others that their messages have arrived here: the highest of each conversation, many arrivals as one mark.

const COALESCE_MS = 250;

export class Delivery {
  /**
   * @param {object} options
   * @param {() => string} options.me
   * @param {import('./wishes.js').Wishes} options.wishes
   */
  constructor(options) {
    this.options = options;
    /** @type {Map<string, number>} the highest that was told of each conversation */
    this.told = new Map();
    this.off = false;
  }

  /** @param {import('./client.js').ClientEvent} event */
  heard(event) {
    if (event.type === 'message') this.arrived(event.message);
    else if (event.type === 'conversation') this.listed(event.conversation);
    else if (event.type === 'conversation.gone') this.told.delete(event.id);
    else if ((event.type === 'read' || event.type === 'delivered') && event.user === this.options.me()) this.known(event.conversation, event.seq);
  }

  /** @param {import('./types.js').Message} message */
  arrived(message) {
    if (message.sender !== this.options.me() && message.n !== null) this.mark(message.conversation, message.seq);
  }

  /** What stands in a list has arrived too. @param {import('./types.js').Conversation} one */
  listed(one) {
    const mine = one.members?.find((member) => member.user.id === this.options.me());
    this.known(one.id, Math.max(one.read_seq ?? 0, mine?.delivered_seq ?? 0));
    if (one.last_message) this.arrived(one.last_message);
  }

  /** What was read has arrived. @param {string} conversation @param {number} seq */
  known(conversation, seq) {
    this.told.set(conversation, Math.max(seq, this.told.get(conversation) ?? 0));
  }

  /** @param {string} conversation @param {number} seq */
  mark(conversation, seq) {
    if (this.off || seq <= (this.told.get(conversation) ?? 0)) return;
    this.told.set(conversation, seq);
    this.options.wishes.set(`delivered ${conversation}`, 'delivered.mark', { conversation, seq }, COALESCE_MS).catch((error) => {
      if (error.code === 'unknown_op') this.off = true;
    });
  }
}
