// What a person means to spend. How it stands is asked for when it is looked at; that a budget is nearly or wholly spent comes
// through the own log, and is known at once.
import { minorUnits } from './money.js';

/** @typedef {import('../sdk/types.js').Budget} Budget */
/** @typedef {import('../sdk/types.js').BudgetItem} Meant as the own log has it */
/**
 * @typedef {object} BudgetsState
 * @property {'idle' | 'ready' | 'error'} status of the list
 * @property {boolean} loading
 * @property {boolean} stale something came that the list does not say
 * @property {Budget[]} list
 * @property {Record<string, { rev: number, meant: Meant }>} log by key, as far as the own log was read
 * @property {{ code: string, message: string, reference: string | null } | null} error
 */

/** What people spend on, and all of it together. */
export const BUDGET_KINDS = ['all', 'payment', 'request', 'packet', 'bill', 'schedule', 'fee'];

/** @returns {BudgetsState} */
export function noBudgets() {
  return { status: 'idle', loading: false, stale: false, list: [], log: {}, error: null };
}

/** @param {BudgetsState} state @param {{ type: string } & Record<string, any>} event @returns {BudgetsState} */
export function budgets(state, event) {
  switch (event.type) {
    case 'session.in':
    case 'session.out':
      return noBudgets();
    case 'items':
      return withItems(state, event['items']);
    case 'account':
    case 'hello':
      return state.status === 'ready' ? { ...state, stale: true } : state;
    case 'budgets.loading':
      return { ...state, loading: true, stale: false, error: null };
    case 'budgets.list':
      return { ...state, status: 'ready', list: event['budgets'] };
    case 'budgets.loaded':
      return { ...state, loading: false };
    case 'budgets.failed':
      return { ...state, loading: false, status: state.status === 'ready' ? 'ready' : 'error', error: event['error'] };
    default:
      return state;
  }
}

/** @param {BudgetsState} state @param {import('../sdk/types.js').Item[]} items @returns {BudgetsState} */
function withItems(state, items) {
  let log = state.log;
  for (const { kind, key, rev, value } of items) {
    if (kind !== 'budget' || (log[key]?.rev ?? -1) >= rev) continue;
    const { [key]: _, ...rest } = log;
    log = value === null ? rest : { ...rest, [key]: { rev, meant: value } };
  }
  return log === state.log ? state : { ...state, log, stale: true };
}

/** What these items tell of budgets that was not told before. @param {BudgetsState} state before them @param {import('../sdk/types.js').Item[]} items @returns {Meant[]} */
export function freshNotices(state, items) {
  return items
    .filter(({ kind, key, rev, value }) => kind === 'budget' && value?.notice && (state.log[key]?.rev ?? -1) < rev && state.log[key]?.meant.notice?.at !== value.notice.at)
    .map((one) => one.value);
}

/** What was noticed in this month, the most spent first. @param {BudgetsState} state @param {string} month @returns {Meant[]} */
export function noticesOf(state, month) {
  const percent = (/** @type {Meant} */ one) => one.notice?.percent ?? 0;
  return Object.values(state.log).map((one) => one.meant).filter((one) => one.notice?.month === month).sort((a, b) => percent(b) - percent(a));
}

/** By what a budget is known; there is one of each. @param {{ currency: string, kind: string, month: string | null }} budget */
export function budgetKey({ currency, kind, month }) {
  return `${currency}.${kind}.${month ?? 'every'}`;
}

/**
 * How far a budget is spent: in thousandths for its bar, in whole percent for words, and what is left of it, below zero when
 * it is exceeded.
 * @param {string} spent @param {string} amount @param {number} exponent @returns {{ bar: number, percent: bigint, left: bigint, look: 'fine' | 'near' | 'over' }}
 */
export function standing(spent, amount, exponent) {
  const [gone, of] = [minorUnits(spent, exponent), minorUnits(amount, exponent)];
  const used = gone < 0n ? 0n : gone;
  const [bar, percent] = of > 0n ? [(used * 1000n) / of, (used * 100n) / of] : [0n, 0n];
  return { bar: Number(bar > 1000n ? 1000n : bar), percent, left: of - gone, look: percent >= 100n ? 'over' : percent >= 80n ? 'near' : 'fine' };
}
