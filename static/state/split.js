// A bill as it is being split: whose part is how much, and what is still missing. The server splits it again by the same
// rule; what is shown here before is what it will say.
import { fromMinorUnits, minorUnits, parseAmount } from './money.js';

/** @typedef {'equal' | 'exact' | 'percent' | 'weights'} Split */
export const SPLITS = /** @type {Split[]} */ (['equal', 'exact', 'percent', 'weights']);
/** People of one bill. */
export const LEAST_PEOPLE = 2;
export const MOST_PEOPLE = 100;
const MOST_WEIGHT = 1_000_000n;
const WHOLE = 10_000n;

/**
 * What was typed.
 * @typedef {object} BillDraft
 * @property {string} total
 * @property {Split} split
 * @property {readonly string[]} people who shares it, by their ids
 * @property {Readonly<Record<string, string>>} parts what was typed for each, as the split has it
 */
/**
 * @typedef {object} JudgedBill
 * @property {string | null} total
 * @property {Array<{ user: string, amount: string | null, fault: 'form' | 'nothing' | null }>} rows each person's share, as far as it can be told
 * @property {'total' | 'people' | 'parts' | 'remainder' | 'nothing' | null} fault why it cannot be made yet
 * @property {import('./money.js').ParsedAmount} parsed
 * @property {string | null} left what is not spoken for: an amount for `exact`, per cent for `percent`; below zero when it is too much
 * @property {import('../sdk/money.js').WantedShare[]} shares
 */

/** @param {BillDraft} draft @param {number} exponent @returns {JudgedBill} */
export function judgedBill(draft, exponent) {
  const parsed = parseAmount(draft.total, exponent);
  const total = parsed.ok ? minorUnits(parsed.amount, exponent) : null;
  const typed = draft.people.map((user) => ({ user, part: partOf(draft, user, exponent) }));
  const bad = typed.some(({ part }) => part === null || part === 0n);
  const sum = typed.reduce((all, { part }) => all + (part ?? 0n), 0n);
  const whole = draft.split === 'percent' ? WHOLE : draft.split === 'exact' ? total : null;
  const units = shared(draft, total, typed, sum, bad);
  const rows = typed.map(({ user, part }) => {
    const unit = units?.get(user) ?? null;
    const fault = part === null && (draft.parts[user] ?? '') !== '' ? /** @type {const} */ ('form') : unit === 0n ? /** @type {const} */ ('nothing') : null;
    return { user, amount: unit === null ? null : fromMinorUnits(unit, exponent), fault };
  });
  const fine = { total: parsed.ok ? parsed.amount : null, parsed, rows, left: whole === null ? null : fromMinorUnits(whole - sum, draft.split === 'percent' ? 2 : exponent), shares: sharesOf(draft, exponent) };
  if (total === null) return { ...fine, fault: 'total' };
  if (draft.people.length < LEAST_PEOPLE || draft.people.length > MOST_PEOPLE) return { ...fine, fault: 'people' };
  if (whole !== null && sum !== whole) return { ...fine, fault: 'remainder' };
  if (bad) return { ...fine, fault: 'parts' };
  return { ...fine, fault: rows.some((row) => row.fault === 'nothing') ? 'nothing' : null };
}

/** What was typed for somebody, as a whole number; none when it cannot be read. @param {BillDraft} draft @param {string} user @param {number} exponent @returns {bigint | null} */
function partOf(draft, user, exponent) {
  const text = (draft.parts[user] ?? '').normalize('NFKC').trim();
  switch (draft.split) {
    case 'equal':
      return 1n;
    case 'exact': {
      const parsed = parseAmount(text, exponent);
      return parsed.ok ? minorUnits(parsed.amount, exponent) : null;
    }
    case 'percent': {
      const plain = text.replace(/%$/, '').replace(',', '.');
      return /^\d{1,3}(\.\d{1,2})?$/.test(plain) && minorUnits(plain, 2) <= WHOLE ? minorUnits(plain, 2) : null;
    }
    case 'weights':
      return text === '' ? 1n : /^\d{1,7}$/.test(text) && BigInt(text) <= MOST_WEIGHT ? BigInt(text) : null;
  }
}

/** @param {BillDraft} draft @param {bigint | null} total @param {Array<{ user: string, part: bigint | null }>} typed @param {bigint} sum @param {boolean} bad @returns {Map<string, bigint> | null} */
function shared(draft, total, typed, sum, bad) {
  if (draft.split === 'exact') return new Map(typed.flatMap(({ user, part }) => (part === null ? [] : [[user, part]])));
  if (total === null || bad || sum === 0n || (draft.split === 'percent' && sum !== WHOLE)) return null;
  return byLargestRemainder(total, typed.map(({ user, part }) => ({ user, part: part ?? 0n })));
}

/**
 * What does not divide goes, one minor unit each, to those who lost most by being rounded down, among equals to the lower id.
 * @param {bigint} total @param {ReadonlyArray<{ user: string, part: bigint }>} parts @returns {Map<string, bigint>}
 */
export function byLargestRemainder(total, parts) {
  const sorted = [...parts].sort((a, b) => (a.user < b.user ? -1 : 1));
  const whole = sorted.reduce((sum, { part }) => sum + part, 0n);
  const rows = sorted.map(({ user, part }, place) => ({ user, place, units: (total * part) / whole, rest: (total * part) % whole }));
  let left = total - rows.reduce((sum, row) => sum + row.units, 0n);
  for (const row of [...rows].sort((a, b) => (a.rest === b.rest ? a.place - b.place : a.rest > b.rest ? -1 : 1))) {
    if (left === 0n) break;
    row.units++;
    left--;
  }
  return new Map(rows.map(({ user, units }) => [user, units]));
}

/** As the server wants them. @param {BillDraft} draft @param {number} exponent @returns {import('../sdk/money.js').WantedShare[]} */
function sharesOf(draft, exponent) {
  return draft.people.map((user) => {
    const part = partOf(draft, user, exponent) ?? 0n;
    switch (draft.split) {
      case 'exact':
        return { user, amount: fromMinorUnits(part, exponent) };
      case 'percent':
        return { user, percent: fromMinorUnits(part, 2) };
      case 'weights':
        return { user, weight: Number(part) };
      default:
        return { user };
    }
  });
}
