// Money, as calls: each ends when the server has said what became of it, over lost answers, lost connections and, where the
// stores of the client outlive the program, restarts. Each has an id of its own, or the one that is given: the same id again
// is the same act, and is answered with what it did. An amount is a decimal string.
import { asQuipuError, QuipuError } from './errors.js';
import { uuidv7 } from './uuid.js';

/** @typedef {import('./types.js').FlowDone} FlowDone */
/**
 * @typedef {object} How
 * @property {string} [client_id] the same again is answered with what it did
 * @property {boolean} [patient] without a connection it waits for one; false: it is refused at once
 * @property {any} [show] what a page says about it
 */
/** @typedef {{ fee?: string | undefined, currency?: string | undefined, not_after?: string | undefined }} Terms the fee that was agreed to, and until when it may still be paid */
/** @typedef {{ user: string, amount?: string | undefined, percent?: string | undefined, weight?: number | undefined }} WantedShare */
/** @typedef {{ kind: string, total: string, currency: string, count: number, greeting?: string | undefined, conversation: string }} WantedPacket */
/** @typedef {{ conversation: string, to: string, amount: string, currency: string, note?: string | undefined, first_at: string, every: string, times?: number | undefined, until?: string | undefined }} WantedSchedule */
/** @typedef {{ user: string, amount: string, place: number, at: string }} Claim */
/** @typedef {{ flow: import('./types.js').FlowView, mine: Claim | null, claims: Claim[], next: string | null }} ShownPacket */

/** @typedef {{ currencies: Array<{ currency: string, bills: number, shares: number, payments: Array<{ from: string, to: string, amount: string }> }>, more: boolean }} Netting */

/**
 * What is used of the client.
 * @typedef {{ flows: import('./flows.js').Flows | null, payments: import('./payments.js').Payments | null, request: (op: string, d: Record<string, any>) => Promise<any>, options?: { confirm?: import('./confirm.js').Confirm }, later?: (run: () => void, ms: number) => any }} Door
 */

export class Money {
  /** @param {Door} door */
  constructor(door) {
    this.door = door;
  }

  /**
   * Pays somebody: where its outcome is unknown it is asked for until it is known.
   * @param {Omit<import('./types.js').TransferOrder, 'client_id'> & { client_id?: string }} order @param {{ patient?: boolean, payee?: string }} [how]
   * @returns {Promise<import('./types.js').TransferAnswer>}
   */
  pay(order, how = {}) {
    const { payments } = this.door;
    if (!payments) return Promise.reject(new QuipuError({ code: 'offline' }));
    return payments.paid({ order: { ...order, client_id: order.client_id ?? uuidv7() }, payee: how.payee ?? '', patient: how.patient ?? true });
  }

  /** Asks people for money, the same of each. @param {{ conversation: string, payers: string[], amount: string, currency: string, note?: string | undefined }} wanted @param {How} [how] @returns {Promise<FlowDone>} */
  request(wanted, how) {
    return this.act('request.create', wanted, null, how);
  }

  /** @param {string} request @param {Terms} [terms] @param {How} [how] @returns {Promise<FlowDone>} */
  payRequest(request, terms, how) {
    return this.act('request.pay', { request, ...terms }, request, how);
  }

  /** @param {string} request @param {How} [how] @returns {Promise<FlowDone>} */
  declineRequest(request, how) {
    return this.act('request.decline', { request }, request, how);
  }

  /** @param {string} request @param {How} [how] @returns {Promise<FlowDone>} */
  cancelRequest(request, how) {
    return this.act('request.cancel', { request }, request, how);
  }

  /** Makes a red packet. @param {WantedPacket} wanted @param {How} [how] @returns {Promise<FlowDone>} */
  packet(wanted, how) {
    return this.act('packet.create', wanted, null, how);
  }

  /** Takes a share of a red packet. @param {string} packet @param {How} [how] @returns {Promise<FlowDone>} */
  claim(packet, how) {
    return this.act('packet.claim', { packet }, packet, how);
  }

  /** @param {string} packet @param {{ cursor?: string | undefined, limit?: number | undefined }} [page] @returns {Promise<ShownPacket>} */
  showPacket(packet, page = {}) {
    return this.door.request('packet.show', plain({ packet, ...page }));
  }

  /** Splits a bill. @param {{ conversation: string, total: string, currency: string, split: string, shares: WantedShare[], note?: string | undefined }} wanted @param {How} [how] @returns {Promise<FlowDone>} */
  bill(wanted, how) {
    return this.act('bill.create', { ...wanted, shares: wanted.shares.map(plain) }, null, how);
  }

  /** @param {string} bill @param {Terms} [terms] @param {How} [how] @returns {Promise<FlowDone>} */
  payBill(bill, terms, how) {
    return this.act('bill.pay', { bill, ...terms }, bill, how);
  }

  /** @param {string} bill @param {How} [how] @returns {Promise<FlowDone>} */
  cancelBill(bill, how) {
    return this.act('bill.cancel', { bill }, bill, how);
  }

  /** Few payments that would settle the open bills of a conversation; nothing is changed by it. @param {string} conversation @returns {Promise<Netting>} */
  netting(conversation) {
    return this.door.request('bill.netting', { conversation });
  }

  /** What waits for oneself, the newest first. @param {{ cursor?: string | undefined, limit?: number | undefined }} [page] @returns {Promise<{ flows: import('./types.js').FlowView[], next: string | null }>} */
  waiting(page = {}) {
    return this.door.request('wallet.waiting', plain(page));
  }

  /** Plans payments. @param {WantedSchedule} wanted @param {How} [how] @returns {Promise<FlowDone>} */
  schedule(wanted, how) {
    return this.act('schedule.create', wanted, null, how);
  }

  /** @param {string} schedule @param {How} [how] @returns {Promise<FlowDone>} */
  cancelSchedule(schedule, how) {
    return this.act('schedule.cancel', { schedule }, schedule, how);
  }

  /** Takes a payment that waits to be accepted. @param {string} transfer @param {How} [how] @returns {Promise<FlowDone>} */
  accept(transfer, how) {
    return this.act('transfer.accept', { transfer }, transfer, how);
  }

  /** Does not take it: the money is the payer's again. @param {string} transfer @param {How} [how] @returns {Promise<FlowDone>} */
  decline(transfer, how) {
    return this.act('transfer.decline', { transfer }, transfer, how);
  }

  /** Takes an own payment back that was not accepted yet. @param {string} transfer @param {How} [how] @returns {Promise<FlowDone>} */
  cancel(transfer, how) {
    return this.act('transfer.cancel', { transfer }, transfer, how);
  }

  /** Gives a payment back, or a part of it. @param {string} transfer @param {{ amount?: string | undefined, note?: string | undefined }} [back] @param {How} [how] @returns {Promise<import('./types.js').RefundDone>} */
  refund(transfer, back, how) {
    return this.act('transfer.refund', { transfer, ...back }, transfer, how);
  }

  /** Says that something is wrong with an own payment: who was paid is asked, and an operator decides. @param {string} transfer @param {string} reason @param {How} [how] @returns {Promise<FlowDone>} */
  dispute(transfer, reason, how) {
    return this.act('dispute.open', { transfer, reason }, null, how);
  }

  /** Says what who was paid has to say, once. @param {string} dispute @param {string} text @param {How} [how] @returns {Promise<FlowDone>} */
  answerDispute(dispute, text, how) {
    return this.act('dispute.answer', { dispute, text }, dispute, how);
  }

  /** Gives an own dispute up. @param {string} dispute @param {How} [how] @returns {Promise<FlowDone>} */
  withdrawDispute(dispute, how) {
    return this.act('dispute.withdraw', { dispute }, dispute, how);
  }

  /** The own cards and bank accounts. @returns {Promise<import('./types.js').Methods>} */
  methods() {
    return this.door.request('method.list', {});
  }

  /** What is said of it is written down nowhere. @param {import('./types.js').WantedMethod} wanted @param {How} [how] @returns {Promise<import('./types.js').MethodDone>} */
  async addMethod(wanted, how) {
    return (await import('./unkept.js')).sendUnkept(this.door, 'method.add', plain(wanted), how);
  }

  /** @param {string} method @param {import('./types.js').MethodChange} change @returns {Promise<import('./types.js').MethodDone>} */
  updateMethod(method, change) {
    return this.door.request('method.update', plain({ method, ...change }));
  }

  /** @param {string} method @returns {Promise<import('./types.js').Methods>} */
  defaultMethod(method) {
    return this.door.request('method.default', { method });
  }

  /** @param {string} method @returns {Promise<{ method: string, unfinished: number }>} */
  removeMethod(method) {
    return this.door.request('method.remove', { method });
  }

  /** Brings money in. @param {import('./types.js').WantedFunding} wanted @param {How} [how] @returns {Promise<import('./types.js').FundingDone>} */
  topUp(wanted, how) {
    return this.act('topup.create', wanted, null, how);
  }

  /** Takes money out. @param {import('./types.js').WantedFunding} wanted @param {How} [how] @returns {Promise<import('./types.js').FundingDone>} */
  withdraw(wanted, how) {
    return this.act('withdraw.create', wanted, null, how);
  }

  /** The own top-ups and withdrawals, the newest first. @param {{ cursor?: string | undefined, limit?: number | undefined }} [page] @returns {Promise<import('./types.js').Fundings>} */
  fundings(page = {}) {
    return this.door.request('funding.list', plain(page));
  }

  /**
   * @param {string} op @param {Record<string, any>} d @param {string | null} about the flow; none for what makes one
   * @param {How} [how] @returns {Promise<any>}
   */
  act(op, d, about, how = {}) {
    const { flows } = this.door;
    if (!flows) return Promise.reject(new QuipuError({ code: 'offline' }));
    const client_id = how.client_id ?? uuidv7();
    const show = how.show === undefined ? {} : { show: how.show };
    return flows.carry({ client_id, op, d: plain(d), about: about ?? client_id, patient: how.patient ?? true, ...show }).catch((thrown) => {
      throw asQuipuError(thrown);
    });
  }
}

/** Without what says nothing. @template {Record<string, any>} T @param {T} d @returns {T} */
function plain(d) {
  return /** @type {T} */ (Object.fromEntries(Object.entries(d).filter(([, value]) => value !== undefined)));
}
