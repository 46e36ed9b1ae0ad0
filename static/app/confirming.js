// Who asks a person to confirm what they pay: a view, which is told here, since what asks for it knows no views.
import { QuipuError } from '../sdk/errors.js';

/** As long as a question may be open, and what was confirmed counts afterwards. */
const ANSWER_MS = 7 * 60_000;

/** @type {((op: string, d: Record<string, any>) => Promise<string>) | null} */
let asker = null;

/** @param {(op: string, d: Record<string, any>) => Promise<string>} ask */
export function confirmWith(ask) {
  asker = ask;
}

/** What may be paid only for a while may be paid as long as it is asked about. @param {string} op @param {Record<string, any>} d @param {number} now by the server's clock @returns {Promise<{ step_up: string, not_after?: string }>} */
export async function confirm(op, d, now) {
  if (!asker) throw new QuipuError({ code: 'not_confirmed' });
  const more = d['not_after'] ? { not_after: new Date(now + ANSWER_MS).toISOString() } : {};
  return { ...more, step_up: await asker(op, { ...d, ...more }) };
}
