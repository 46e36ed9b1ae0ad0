// One transaction, told by its rows in the order of the ledger: what it is, how it stands, what of it went back.
import { IDLE } from './history.js';
import { fromMinorUnits, minorUnits } from './money.js';

/** @typedef {import('../sdk/types.js').Transfer} Transfer */
/**
 * @typedef {object} Story
 * @property {Transfer} main the row that it is known by: its payment, and not what was posted beside it
 * @property {Transfer | null} moved the row by which its money moved, if it did
 * @property {string} state how it stands
 * @property {Transfer[]} rows
 * @property {string} back what of it went back
 * @property {boolean} partly whether some of it went back, and not all
 * @property {string} left what of it could still go back
 * @property {string | null} fee what it cost on top
 * @property {boolean} refundable whether the person whose rows these are may give it back
 * @property {boolean} disputable whether they may say that something is wrong with it
 */

/** What people give to people, and may give back; what lies in a packet belongs to whoever takes it. */
const GIVEN = new Set(['payment', 'request', 'bill', 'schedule']);
const MOVED = new Set(['posted', 'captured']);

/** @param {readonly Transfer[]} rows @param {boolean} complete whether these are all @param {number} exponent @returns {Story | null} */
export function storyOf(rows, complete, exponent) {
  const main = rows.find((row) => row.kind !== 'fee') ?? rows[0];
  if (!main) return null;
  const own = rows.filter((row) => row.kind === main.kind);
  const moved = own.find((row) => MOVED.has(row.state)) ?? null;
  const ended = own.find((row) => row.state !== 'reversed' && row.id !== main.id);
  const sum = (/** @type {Transfer[]} */ some) => some.reduce((all, row) => all + minorUnits(row.amount, exponent), 0n);
  const back = sum(own.filter((row) => row.state === 'reversed'));
  const left = moved ? minorUnits(moved.amount, exponent) - back : 0n;
  const fees = main.kind === 'fee' ? [] : rows.filter((row) => row.kind === 'fee' && MOVED.has(row.state));
  return {
    main, moved, rows: [...rows],
    state: moved && back > 0n && left <= 0n ? 'reversed' : (ended ?? main).state,
    back: fromMinorUnits(back, exponent),
    partly: back > 0n && left > 0n,
    left: fromMinorUnits(left, exponent),
    fee: fees.length > 0 ? fromMinorUnits(sum(fees), exponent) : null,
    refundable: complete && moved?.direction === 'in' && GIVEN.has(main.kind) && left > 0n,
    disputable: moved?.direction === 'out' && GIVEN.has(main.kind) && left > 0n && main.counterparty !== null,
  };
}

/** An amount as it is shown: what moved has its sign. @param {Transfer} row */
export function signedOf(row) {
  if (IDLE.has(row.state)) return { amount: row.amount, tone: 'idle' };
  return { amount: row.direction === 'in' ? row.amount : `-${row.amount}`, tone: row.direction };
}
