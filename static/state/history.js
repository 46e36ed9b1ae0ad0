// A history by what is asked for: the filter as it stands in the link and as it is asked for, and what was found so far.
/** @typedef {import('../sdk/types.js').Transfer} Transfer */
/** @typedef {{ text: string, kind: string, direction: string, state: string, person: string, from: string, to: string, min: string, max: string, currency: string }} HistoryFilter days are local ones, both in it */
/** @typedef {'kind' | 'direction' | 'state' | 'person' | 'dates' | 'amount'} FilterPart what is shown, and taken away, as one */
/**
 * @typedef {object} FoundState
 * @property {string} key what was asked for
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {Transfer[]} transfers newest first
 * @property {string | null} next
 * @property {boolean} loadingMore
 * @property {{ code: string, message: string, reference: string | null } | null} error
 */

export const KINDS = ['payment', 'request', 'bill', 'packet', 'schedule', 'fee', 'topup', 'withdrawal', 'funding', 'claim', 'correction'];
export const DIRECTIONS = ['in', 'out'];
export const STATES = ['posted', 'held', 'captured', 'voided', 'expired', 'reversed'];
/** Of money that is only held, or free again, nothing has moved. */
export const IDLE = new Set(['held', 'voided', 'expired']);
const TEXT_CHARS = 200;

/** The field of the filter, its name in a link, and what may stand there. @type {Array<[keyof HistoryFilter, string, (value: string) => boolean]>} */
const PARTS = [
  ['text', 'q', (value) => [...value].length <= TEXT_CHARS],
  ['kind', 'kind', (value) => KINDS.includes(value)],
  ['direction', 'direction', (value) => DIRECTIONS.includes(value)],
  ['state', 'state', (value) => STATES.includes(value)],
  ['person', 'person', (value) => /^[\w-]{1,64}$/.test(value)],
  ['from', 'from', isDay],
  ['to', 'to', isDay],
  ['min', 'min', isAmount],
  ['max', 'max', isAmount],
  ['currency', 'currency', (value) => /^[A-Z]{3,8}$/.test(value)],
];
/** @type {Record<FilterPart, Array<keyof HistoryFilter>>} */
const FIELDS = { direction: ['direction'], kind: ['kind'], state: ['state'], person: ['person'], dates: ['from', 'to'], amount: ['min', 'max'] };

/** @param {string} value */
function isDay(value) {
  return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value);
}

/** @param {string} value */
function isAmount(value) {
  return /^\d{1,12}(\.\d{1,8})?$/.test(value);
}

/** @returns {HistoryFilter} */
export function noFilter() {
  return { text: '', kind: '', direction: '', state: '', person: '', from: '', to: '', min: '', max: '', currency: '' };
}

/** What a link asks for; what cannot be is left out. @param {string} search @returns {HistoryFilter} */
export function readFilter(search) {
  const query = new URLSearchParams(search);
  const filter = noFilter();
  for (const [field, name, fits] of PARTS) {
    const value = query.get(name)?.trim() ?? '';
    if (value !== '' && fits(value)) filter[field] = value;
  }
  return filter;
}

/** @param {Partial<HistoryFilter>} filter @returns {string} */
export function historyPath(filter) {
  const query = new URLSearchParams();
  for (const [field, name] of PARTS) if (filter[field]) query.set(name, filter[field]);
  const asked = query.toString();
  return asked === '' ? '/wallet' : `/wallet?${asked}`;
}

/** As the server is asked; a day begins and ends where the person is. @param {HistoryFilter} filter @returns {Record<string, string>} */
export function wireFilter(filter) {
  /** @type {Record<string, string>} */
  const asked = {};
  for (const field of /** @type {const} */ (['kind', 'direction', 'state', 'person', 'min', 'max', 'text'])) if (filter[field]) asked[field] = filter[field];
  if (filter.from) asked['from'] = midnight(filter.from, 0);
  if (filter.to) asked['to'] = midnight(filter.to, 1);
  return asked;
}

/** @param {string} day @param {number} later in days @returns {string} */
function midnight(day, later) {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

/** What is set, beside the text and the currency, which show themselves. @param {HistoryFilter} filter @returns {FilterPart[]} */
export function partsOf(filter) {
  return /** @type {FilterPart[]} */ (Object.keys(FIELDS)).filter((part) => FIELDS[part].some((field) => filter[field] !== ''));
}

/** @param {HistoryFilter} filter @param {FilterPart} part @returns {HistoryFilter} */
export function withoutPart(filter, part) {
  return { ...filter, ...Object.fromEntries(FIELDS[part].map((field) => [field, ''])) };
}

/** All of it gone but the currency. @param {HistoryFilter} filter @returns {HistoryFilter} */
export function cleared(filter) {
  return { ...noFilter(), currency: filter.currency };
}

/** What a span of days is called that is often asked for. @param {'month' | 'last_month' | 'days'} span @param {Date} now @returns {{ from: string, to: string }} */
export function daysOf(span, now) {
  const [year, month, date] = [now.getFullYear(), now.getMonth(), now.getDate()];
  if (span === 'month') return { from: dayOf(new Date(year, month, 1)), to: dayOf(now) };
  if (span === 'last_month') return { from: dayOf(new Date(year, month - 1, 1)), to: dayOf(new Date(year, month, 0)) };
  return { from: dayOf(new Date(year, month, date - 29)), to: dayOf(now) };
}

/** @param {Date} at */
function dayOf(at) {
  return `${String(at.getFullYear()).padStart(4, '0')}-${String(at.getMonth() + 1).padStart(2, '0')}-${String(at.getDate()).padStart(2, '0')}`;
}

/** What came in and went out by these rows, in minor units. @param {readonly Transfer[]} transfers @param {(amount: string) => bigint} units */
export function totals(transfers, units) {
  const sum = { in: 0n, out: 0n };
  for (const one of transfers) if (!IDLE.has(one.state)) sum[one.direction] += units(one.amount);
  return sum;
}

/** @returns {FoundState} */
export function noFound() {
  return { key: '', status: 'idle', transfers: [], next: null, loadingMore: false, error: null };
}

/** @param {FoundState} state @param {{ type: string, key: string } & Record<string, any>} event @returns {FoundState} */
export function found(state, event) {
  if (event.type === 'found.asked' && event.key !== state.key) return { ...noFound(), key: event.key, status: 'loading' };
  if (event.key !== state.key) return state;
  switch (event.type) {
    case 'found.asked':
      return state.status === 'ready' ? { ...state, loadingMore: false } : { ...state, status: 'loading', error: null };
    case 'found.more':
      return { ...state, loadingMore: true };
    case 'found.interrupted':
      return { ...state, loadingMore: false, status: state.status === 'ready' ? 'ready' : 'idle' };
    case 'found.failed':
      return state.status === 'ready' ? { ...state, loadingMore: false } : { ...state, status: 'error', error: event['error'] };
    case 'found.page':
      return { ...state, status: 'ready', loadingMore: false, error: null, ...joined(state, event['transfers'], event['next'], event['more'] === true) };
    default:
      return state;
  }
}

/**
 * Rows never change, so a page joins what is there. A fresh first page that does not reach what is there begins anew: what
 * lies between would be missing.
 * @param {FoundState} state @param {Transfer[]} fresh @param {string | null} next @param {boolean} more
 */
function joined(state, fresh, next, more) {
  const known = new Set(state.transfers.map((one) => one.id));
  const added = fresh.filter((one) => !known.has(one.id));
  if (more) return { transfers: [...state.transfers, ...added], next };
  if (state.status !== 'ready' || (next !== null && added.length === fresh.length)) return { transfers: fresh, next };
  return { transfers: [...added, ...state.transfers], next: state.next };
}
