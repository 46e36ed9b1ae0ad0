// Which walk reaches which operation of the protocol by clicks. Each walk is held to its list; that the lists hold the whole
// catalogue is looked after by tests/web/walked.test.mjs.
import assert from 'node:assert/strict';

/** @type {Record<string, string[]>} */
export const WALKS = {
  messenger: ['hello', 'ping', 'sync', 'conversation.create', 'conversation.list', 'conversation.set', 'message.send', 'message.forward', 'message.edit', 'message.recall', 'message.hide', 'message.pin', 'message.pinned', 'message.history', 'reaction.set', 'reaction.list', 'draft.set', 'typing.set', 'conversation.focus', 'presence.watch', 'read.mark', 'delivered.mark', 'wallet.accounts'],
  groups: ['user.get', 'contact.list', 'contact.request', 'contact.answer', 'contact.remove', 'contact.block', 'contact.blocked', 'conversation.get', 'conversation.update', 'conversation.leave', 'member.list', 'member.add', 'member.remove', 'member.role', 'presence.count', 'settings.set'],
  search: ['search.messages', 'search.people', 'search.conversations'],
  flows: ['transfer.send', 'transfer.accept', 'transfer.decline', 'transfer.cancel', 'transfer.refund', 'request.create', 'request.pay', 'request.decline', 'request.cancel', 'packet.create', 'packet.claim', 'packet.show', 'bill.create', 'bill.pay', 'bill.cancel', 'bill.netting', 'schedule.create', 'schedule.cancel', 'wallet.waiting'],
  spending: ['dispute.open', 'dispute.answer', 'dispute.withdraw', 'wallet.summary', 'budget.set', 'budget.list', 'settings.set'],
  history: ['wallet.history', 'wallet.transaction', 'transfer.refund'],
  links: ['user.find', 'transfer.send'],
  pin: ['device.list', 'device.revoke', 'limits.show', 'factor.list', 'pin.set', 'pin.change', 'step_up.begin', 'step_up.confirm', 'wallet.freeze', 'wallet.unfreeze', 'transfer.send'],
  methods: ['method.list', 'method.add', 'method.update', 'method.default', 'method.remove', 'topup.create', 'withdraw.create', 'funding.list'],
  'chat-and-pay': ['wallet.history', 'transfer.send', 'transfer.status'],
};

/** What no click asks for, and why. @type {Record<string, string>} */
export const ELSEWHERE = {
};

/** What the people of one file asked for. */
export class Walked {
  /** @param {string} name */
  constructor(name) {
    this.name = name;
    this.sent = /** @type {Set<string>} */ (new Set());
  }

  /** They have finished, and nothing broke a rule. @param {Array<{ wire: { sent: string[] }, done: () => Promise<void> }>} people */
  async by(...people) {
    for (const one of people) {
      for (const op of one.wire.sent) this.sent.add(op);
      await one.done();
    }
  }

  all() {
    assert.deepEqual((WALKS[this.name] ?? []).filter((op) => !this.sent.has(op)), [], 'not asked for by any click');
  }
}
