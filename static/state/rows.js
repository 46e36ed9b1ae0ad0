// The rows of a thread as they are shown: by day, neighbours of one sender together, the unsent last.
import { shown } from './overlay.js';

/** @typedef {import('../sdk/types.js').Message} Message */
/** @typedef {import('../sdk/outbox.js').Outgoing} Outgoing */
/** @typedef {import('./messages.js').Thread} Thread */
/**
 * @typedef {{ key: string, message: Message | null, outgoing: Outgoing | null, sender: string | null, at: string, first: boolean, last: boolean }} Row
 * @typedef {{ day: string, rows: Row[] }} Day
 */

const CLOSE_MS = 5 * 60_000;

/**
 * The thread as it is shown: by local day, neighbours of one sender grouped, the unsent at the end.
 * The key of one's own row is its client_id, so that a bubble keeps its place when it is acknowledged.
 * @param {Thread} thread @param {string} me @param {(at: string) => string} dayOf @returns {Day[]}
 */
export function byDay(thread, me, dayOf) {
  const items = thread.items.filter((message) => !thread.hidden[message.seq]).map((message) => shown(thread, message, me));
  /** @type {Row[]} */
  const rows = [
    ...items.map((message) => ({ key: message.sender === me && message.client_id ? message.client_id : `s${message.seq}`, message, outgoing: null, sender: message.kind === 'system' ? null : message.sender, at: message.at, first: true, last: true })),
    ...thread.outgoing.map((outgoing) => ({ key: outgoing.client_id, message: null, outgoing, sender: me, at: outgoing.made_at, first: true, last: true })),
  ];
  /** @type {Day[]} */
  const days = [];
  rows.forEach((row, i) => {
    const before = rows[i - 1];
    const day = row.outgoing ? (days.at(-1)?.day ?? dayOf(row.at)) : dayOf(row.at);
    const joined = before !== undefined && before.sender !== null && before.sender === row.sender && days.at(-1)?.day === day && Date.parse(row.at) - Date.parse(before.at) < CLOSE_MS;
    if (joined) {
      row.first = false;
      before.last = false;
    }
    const open = days.at(-1);
    if (open && open.day === day) open.rows.push(row);
    else days.push({ day, rows: [row] });
  });
  return days;
}

/** Rows that say the same stay the same object, so that only what changed is drawn again. @param {Day[]} before @param {Day[]} after @returns {Day[]} */
export function keepEqual(before, after) {
  const rows = new Map(before.flatMap((day) => day.rows.map((row) => [row.key, row])));
  const days = new Map(before.map((day) => [day.day, day]));
  return after.map((day) => {
    const kept = day.rows.map((row) => {
      const old = rows.get(row.key);
      return old && old.message === row.message && old.outgoing === row.outgoing && old.first === row.first && old.last === row.last ? old : row;
    });
    const old = days.get(day.day);
    return old && old.rows.length === kept.length && old.rows.every((row, i) => row === kept[i]) ? old : { day: day.day, rows: kept };
  });
}
