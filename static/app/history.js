// The history by a filter: asked for page after page, kept while one looks at what is in it, and asked anew when the account moves.
import { signal } from '../kernel/signals.js';
import { asQuipuError } from '../sdk/errors.js';
import { found, historyPath, noFound, wireFilter } from '../state/history.js';
import { plainError } from './fault.js';
import { ask, interrupted } from './link.js';
import { state } from './store.js';

/** @typedef {import('../state/history.js').HistoryFilter} HistoryFilter */
/** @typedef {import('../sdk/types.js').Transfer} Transfer */

const PAGE = 30;
/** A page may be short and go on: so many are asked for at one wish. */
const PAGES = 6;
const AGAIN_MS = 1000;

/** What was found last; whoever comes back from one payment finds the list where it was. */
export const foundHistory = signal(noFound());
let turn = 0;

/** @param {{ type: string, key: string } & Record<string, any>} event */
function tell(event) {
  foundHistory.update((old) => found(old, event));
}

/** @param {HistoryFilter} filter @returns {string} */
export function keyOf(filter) {
  return `${state.session.peek().user?.id ?? ''} ${historyPath(filter)}`;
}

/** @param {HistoryFilter} filter @param {{ more?: boolean }} [how] @returns {Promise<void>} */
export async function loadFound(filter, how = {}) {
  const key = keyOf(filter);
  const { next, loadingMore, key: old } = foundHistory.peek();
  const more = how.more === true;
  if (more && (loadingMore || !next || key !== old)) return;
  const mine = ++turn;
  tell({ type: more ? 'found.more' : 'found.asked', key });
  try {
    const page = await pages(filter, more ? next : null, mine);
    if (page) tell({ type: 'found.page', key, more, ...page });
  } catch (thrown) {
    if (mine !== turn) return;
    const { code, retryAfterMs } = asQuipuError(thrown);
    if (code === 'rate_limited') setTimeout(() => mine === turn && (tell({ type: 'found.interrupted', key }), loadFound(filter, how)), retryAfterMs ?? AGAIN_MS);
    else if (interrupted(thrown)) tell({ type: 'found.interrupted', key });
    else tell({ type: 'found.failed', key, error: plainError(thrown) });
  }
}

/** Until there is a page of them, or there are no more, or enough was looked at. @param {HistoryFilter} filter @param {string | null} from @param {number} mine */
async function pages(filter, from, mine) {
  const asked = wireFilter(filter);
  const of = { limit: PAGE, ...(filter.currency ? { currency: filter.currency } : {}), ...(Object.keys(asked).length > 0 ? { filter: asked } : {}) };
  const transfers = /** @type {Transfer[]} */ ([]);
  let next = from;
  for (let left = PAGES; left > 0; left -= 1) {
    const page = await ask('wallet.history', { ...of, ...(next ? { cursor: next } : {}) });
    if (mine !== turn) return null;
    transfers.push(...page.transfers);
    next = page.next;
    if (next === null || transfers.length >= PAGE) break;
  }
  return { transfers, next };
}

/** Payments by their note, the other's name or the amount: a few for a list of everything. @param {string} text @param {number} limit @returns {Promise<{ transfers: Transfer[], more: boolean }>} */
export async function findPayments(text, limit) {
  const accounts = state.wallet.peek().accounts.filter((one) => one.id !== null);
  const all = await Promise.all(accounts.map((one) => ask('wallet.history', { currency: one.currency, filter: { text }, limit })));
  const transfers = all.flatMap((page) => /** @type {Transfer[]} */ (page.transfers)).sort((a, b) => (a.at < b.at ? 1 : -1));
  return { transfers: transfers.slice(0, limit), more: transfers.length > limit || all.some((page) => page.next !== null) };
}

/** All rows of one transaction that are one's own. @param {string} transfer @returns {Promise<{ transfers: Transfer[], complete: boolean }>} */
export function loadTransaction(transfer) {
  return ask('wallet.transaction', { transfer });
}

/** Where the wallet was left, and how far it was scrolled. */
const left = { path: '/wallet', top: 0 };

/** @param {string} path @param {number} top */
export function leaveHistory(path, top) {
  Object.assign(left, { path, top });
}

export function leftHistory() {
  return { ...left };
}
