// Months as they are charted: which ones, how high their bars are, and what they were spent on. Heights are proportions of
// whole minor units; what is shown as an amount is the server's own string.
import { fromMinorUnits, minorUnits } from './money.js';

/** @typedef {import('../sdk/types.js').Summary} Summary */
/** @typedef {import('../sdk/types.js').SummarySum} Sum */

/** The month of a time, as the server counts them: by UTC. @param {number} now in milliseconds @returns {string} */
export function monthOf(now) {
  return new Date(now).toISOString().slice(0, 7);
}

/** @param {string} month @param {number} by @returns {string} */
export function monthBy(month, by) {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  return monthOf(Date.UTC(year, number - 1 + by, 1));
}

/** So many months up to this one, the oldest first. @param {string} last @param {number} n @returns {string[]} */
export function monthsUpTo(last, n) {
  return Array.from({ length: n }, (_, i) => monthBy(last, i + 1 - n));
}

/** A month that somebody may have typed. @param {string | null} text @returns {string | null} */
export function monthIn(text) {
  return text !== null && /^[1-9]\d{3}-(0[1-9]|1[0-2])$/.test(text) ? text : null;
}

/**
 * The bars of some months, by the highest of them. What is something has a height that is seen.
 * @param {ReadonlyArray<Pick<Summary, 'in' | 'out'> | null>} months @param {number} exponent @param {number} height
 * @returns {{ most: string, bars: Array<{ in: number, out: number } | null> }}
 */
export function chartOf(months, exponent, height) {
  const units = months.map((one) => one && { in: minorUnits(one.in, exponent), out: minorUnits(one.out, exponent) });
  const most = units.reduce((top, one) => [top, one?.in ?? 0n, one?.out ?? 0n].reduce((a, b) => (b > a ? b : a)), 0n);
  const tall = (/** @type {bigint} */ one) => (one <= 0n || most === 0n ? 0 : Math.max(3, Number((one * BigInt(height)) / most)));
  return { most: fromMinorUnits(most, exponent), bars: units.map((one) => one && { in: tall(one.in), out: tall(one.out) }) };
}

/** The sums of a month in one direction, the largest first, each with its share of them in thousandths. @param {Summary} summary @param {'in' | 'out'} direction @param {number} exponent @returns {Array<Sum & { share: number }>} */
export function sumsOf(summary, direction, exponent) {
  const units = (/** @type {Sum} */ one) => minorUnits(one.amount, exponent);
  const those = summary.sums.filter((one) => one.direction === direction).sort((a, b) => (units(b) > units(a) ? 1 : units(b) < units(a) ? -1 : 0));
  const all = those.reduce((sum, one) => sum + units(one), 0n);
  return those.map((one) => ({ ...one, share: all > 0n ? Number((units(one) * 1000n) / all) : 0 }));
}
