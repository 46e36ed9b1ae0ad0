// The payment dialog, step by step. Nothing here moves money: it decides what may be shown and what may be pressed.
import { exceeds, feeOn, parseAmount, plus } from './money.js';

/** @typedef {{ id: string, handle: string, display_name: string }} Payee */
/** @typedef {{ code: string, message: string, reference: string | null, detail: any, retryable: boolean }} Refusal */
/**
 * @typedef {object} PayState
 * @property {'closed' | 'amount' | 'confirm' | 'sending' | 'checking' | 'done' | 'refused'} step
 * @property {string | null} conversation
 * @property {Payee | null} payee
 * @property {Payee[]} choices more than one in a group
 * @property {string} typed
 * @property {string} note
 * @property {string} currency
 * @property {number} exponent
 * @property {string} available
 * @property {string | null} acceptAbove a payment of more is accepted by its payee first
 * @property {number} feeBasisPoints what a payment costs on top, in hundredths of a per cent
 * @property {Array<'amount' | 'note'>} left what a link said and is left out
 * @property {boolean} acceptFirst the payee has to accept it before it is theirs
 * @property {boolean} shown whether the amount's fault may be shown: not while it is first typed
 * @property {import('../sdk/types.js').TransferOrder | null} order made at confirm; its client_id never changes after
 * @property {import('../sdk/types.js').TransferAnswer | null} answer
 * @property {Refusal | null} refusal
 */
/** @typedef {'empty' | 'form' | 'decimals' | 'zero' | 'large' | 'too_little' | 'no_payee'} Fault */

/** @returns {PayState} */
export function noPayment() {
  return {
    step: 'closed', conversation: null, payee: null, choices: [], typed: '', note: '', currency: 'CNY', exponent: 2,
    available: '0', acceptAbove: null, feeBasisPoints: 0, left: [], acceptFirst: false, shown: false, order: null, answer: null, refusal: null,
  };
}

/** @param {PayState} state @returns {{ amount: string, fault: null } | { amount: null, fault: Fault }} */
export function judged(state) {
  const parsed = parseAmount(state.typed, state.exponent);
  if (!parsed.ok) return { amount: null, fault: parsed.why };
  const fee = feeOn(parsed.amount, state.feeBasisPoints, state.exponent);
  if (exceeds(plus(parsed.amount, fee, state.exponent), state.available, state.exponent)) return { amount: null, fault: 'too_little' };
  if (!state.payee) return { amount: null, fault: 'no_payee' };
  return { amount: parsed.amount, fault: null };
}

/** @param {PayState} state @param {{ type: string } & Record<string, any>} event @returns {PayState} */
export function pay(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'pay.closed':
      return noPayment();
    case 'pay.opened': {
      const choices = /** @type {Payee[]} */ (event['choices']);
      const { conversation, currency, exponent, available, acceptAbove = null, feeBasisPoints = 0, typed = '', note = '', left = [] } = event;
      return { ...noPayment(), step: 'amount', conversation, choices, payee: choices.length === 1 ? (choices[0] ?? null) : null, currency, exponent, available, acceptAbove, feeBasisPoints, typed, note, left, shown: typed !== '' };
    }
    case 'pay.payee':
      return { ...state, payee: state.choices.find((one) => one.id === event['id']) ?? null };
    case 'pay.typed':
      return state.step === 'amount' ? { ...state, typed: event['typed'], shown: state.shown && event['typed'] !== '' } : state;
    case 'pay.noted':
      return state.step === 'amount' ? { ...state, note: event['note'] } : state;
    case 'pay.accept_first':
      return state.step === 'amount' ? { ...state, acceptFirst: event['on'] } : state;
    case 'pay.next':
      return next(state, event['clientId']);
    case 'pay.back':
      return state.step === 'confirm' || (state.step === 'refused' && state.order) ? { ...state, step: 'amount', order: null, refusal: null } : state;
    case 'account':
      return event['account'].currency === state.currency && state.step !== 'closed' ? { ...state, available: event['account'].available } : state;
    case 'payment':
      return state.order && event['payment'].order.client_id === state.order.client_id ? outcome(state, event['outcome']) : state;
    default:
      return state;
  }
}

/** Whether the server wants a payment of so much accepted first, whatever is wished. @param {PayState} state @param {string} amount */
export function isAcceptedFirst(state, amount) {
  return state.acceptAbove !== null && exceeds(amount, state.acceptAbove, state.exponent);
}

/** From amount to confirm: the order is fixed here, with its id, and what is confirmed is what is sent. @param {PayState} state @param {string} clientId @returns {PayState} */
function next(state, clientId) {
  if (state.step !== 'amount') return state;
  const { amount, fault } = judged(state);
  if (fault !== null || !state.payee) return { ...state, shown: true };
  /** @type {import('../sdk/types.js').TransferOrder} */
  const order = { client_id: clientId, to: state.payee.id, amount, currency: state.currency, fee: feeOn(amount, state.feeBasisPoints, state.exponent) };
  if (state.conversation) order.conversation = state.conversation;
  if (state.acceptFirst || isAcceptedFirst(state, amount)) order.accept_first = true;
  if (state.note.trim() !== '') order.note = state.note.trim();
  return { ...state, step: 'confirm', order };
}

/** @param {PayState} state @param {import('../sdk/payments.js').Outcome} result @returns {PayState} */
function outcome(state, result) {
  switch (result.kind) {
    case 'sending':
      return { ...state, step: 'sending', refusal: null };
    case 'asking':
      // What is asked about stands behind the question.
      return { ...state, step: 'confirm' };
    case 'checking':
      return { ...state, step: 'checking' };
    case 'posted':
      return { ...state, step: 'done', answer: result.answer };
    case 'refused': {
      const { code, message, reference, detail, retryable } = result.error;
      // Whoever closed the question stands where they were asked, with the amount as it was.
      if (code === 'not_confirmed') return { ...state, step: 'confirm' };
      return { ...state, step: 'refused', refusal: { code, message, reference, detail, retryable } };
    }
  }
}
