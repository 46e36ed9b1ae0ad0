// Requests, red packets and plans as they are being made: what was typed, judged. Pure: nothing here is sent.
import { fromMinorUnits, minorUnits, parseAmount } from './money.js';

/** People who are asked at once, at most. */
export const MOST_PAYERS = 100;
/** Shares of a packet, at most. */
export const MOST_SHARES = 10_000;
/** Due times of one plan, at most. */
export const MOST_TIMES = 10_000;
export const RHYTHMS = ['once', 'day', 'week', 'month', 'year'];

/** @typedef {import('./money.js').ParsedAmount} ParsedAmount */

/** @param {string} typed @param {number} most @returns {number | null} a whole number of 1 to most */
export function countOf(typed, most) {
  const plain = typed.normalize('NFKC').trim();
  if (!/^\d{1,6}$/.test(plain)) return null;
  const n = Number(plain);
  return n >= 1 && n <= most ? n : null;
}

/**
 * @param {{ kind: 'equal' | 'lucky', total: string, count: string, available: string }} draft @param {number} exponent
 * @returns {{ parsed: ParsedAmount, count: number | null, each: { least: string, most: string } | null, fault: 'total' | 'too_little' | 'count' | 'too_small' | null }}
 */
export function judgedPacket(draft, exponent) {
  const parsed = parseAmount(draft.total, exponent);
  const count = countOf(draft.count, MOST_SHARES);
  if (!parsed.ok) return { parsed, count, each: null, fault: 'total' };
  const total = minorUnits(parsed.amount, exponent);
  if (total > minorUnits(draft.available, exponent)) return { parsed, count, each: null, fault: 'too_little' };
  if (count === null) return { parsed, count, each: null, fault: 'count' };
  if (total < BigInt(count)) return { parsed, count, each: null, fault: 'too_small' };
  const [base, more] = [total / BigInt(count), total % BigInt(count)];
  const each = draft.kind === 'equal' ? [base, more > 0n ? base + 1n : base] : [1n, total - BigInt(count - 1)];
  return { parsed, count, each: { least: fromMinorUnits(/** @type {bigint} */ (each[0]), exponent), most: fromMinorUnits(/** @type {bigint} */ (each[1]), exponent) }, fault: null };
}

/**
 * @param {{ amount: string, people: readonly string[] }} draft @param {number} exponent
 * @returns {{ parsed: ParsedAmount, total: string | null, fault: 'amount' | 'people' | null }} the total is what all of them are asked for
 */
export function judgedRequest(draft, exponent) {
  const parsed = parseAmount(draft.amount, exponent);
  if (!parsed.ok) return { parsed, total: null, fault: 'amount' };
  const total = fromMinorUnits(minorUnits(parsed.amount, exponent) * BigInt(draft.people.length), exponent);
  const some = draft.people.length >= 1 && draft.people.length <= MOST_PAYERS;
  return { parsed, total, fault: some ? null : 'people' };
}

/**
 * @param {{ to: string | null, amount: string, first: string, every: string, end: 'never' | 'times' | 'until', times: string, until: string }} draft `first` and `until` as a field has them, in local time
 * @param {number} exponent @param {number} now in milliseconds
 * @returns {{ parsed: ParsedAmount, first_at: string | null, times: number | null, until: string | null, fault: 'amount' | 'no_payee' | 'first' | 'past' | 'times' | 'until' | null }}
 */
export function judgedSchedule(draft, exponent, now) {
  const parsed = parseAmount(draft.amount, exponent);
  const first = Date.parse(draft.first);
  const first_at = Number.isNaN(first) ? null : new Date(first).toISOString();
  const ends = draft.every === 'once' ? 'never' : draft.end;
  const times = ends === 'times' ? countOf(draft.times, MOST_TIMES) : null;
  // To the end of that day.
  const last = ends === 'until' ? Date.parse(`${draft.until}T23:59:59`) : Number.NaN;
  const until = Number.isNaN(last) ? null : new Date(last).toISOString();
  const all = { parsed, first_at, times, until };
  if (!parsed.ok) return { ...all, fault: 'amount' };
  if (!draft.to) return { ...all, fault: 'no_payee' };
  if (first_at === null) return { ...all, fault: 'first' };
  if (first <= now) return { ...all, fault: 'past' };
  if (ends === 'times' && times === null) return { ...all, fault: 'times' };
  if (ends === 'until' && (until === null || last < first)) return { ...all, fault: 'until' };
  return { ...all, fault: null };
}

/** A moment as a field of date and time has it, in local time. @param {number} at in milliseconds */
export function localField(at) {
  const date = new Date(at);
  const two = (/** @type {number} */ n) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
