// Links that ask for money: made from what a person typed, read as what anybody may have written. Nothing here is believed:
// what a link says is put into the fields of the dialog, where it is checked and confirmed like what is typed there.
import { parseAmount } from './money.js';

/** An amount that the field has room for. */
const AMOUNT_CHARS = 16;

/**
 * What a link asks for.
 * @typedef {object} PayWish
 * @property {string} typed the amount as it is written there; empty when there is none
 * @property {string | null} currency
 * @property {string} note
 * @property {Array<'amount' | 'note'>} left what was in the link and is left out, because no field could hold it
 */

/** @param {{ handle: string, amount?: string, currency?: string, note?: string }} of an amount in the wire's form @returns {string} */
export function payPath({ handle, amount = '', currency = '', note = '' }) {
  const query = new URLSearchParams();
  if (amount !== '') query.set('amount', amount);
  if (amount !== '' && currency !== '') query.set('currency', currency);
  if (note.trim() !== '') query.set('note', note.trim());
  const asked = query.toString();
  return `/pay/${encodeURIComponent(handle)}${asked === '' ? '' : `?${asked}`}`;
}

/** @param {string} search the query of the link @param {number} noteChars the most that a note may have @returns {PayWish} */
export function readPayLink(search, noteChars) {
  const query = new URLSearchParams(search);
  const [amount, currency, note] = ['amount', 'currency', 'note'].map((name) => query.get(name)?.trim() ?? '');
  /** @type {PayWish} */
  const wish = { typed: amount ?? '', currency: currency ? currency.toUpperCase() : null, note: note ?? '', left: [] };
  // Cut off it might read as another amount, and as other words.
  if (wish.typed.length > AMOUNT_CHARS) Object.assign(wish, { typed: '', left: ['amount'] });
  if ([...wish.note].length > noteChars) Object.assign(wish, { note: '', left: [...wish.left, 'note'] });
  return wish;
}

/**
 * The path of the link that a person makes of what they typed, or why there is none.
 * @param {{ handle: string, typed: string, note: string, currency: string, exponent: number }} of
 * @returns {{ path: string, fault: null } | { path: null, fault: 'form' | 'decimals' | 'zero' | 'large' }}
 */
export function ownLink({ handle, typed, note, currency, exponent }) {
  const parsed = parseAmount(typed, exponent);
  if (parsed.ok) return { path: payPath({ handle, amount: parsed.amount, currency, note }), fault: null };
  return parsed.why === 'empty' ? { path: payPath({ handle, note }), fault: null } : { path: null, fault: parsed.why };
}
