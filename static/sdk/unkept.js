// Requests that say what nobody may keep, such as the number of a card: sent again under their id as long as an answer is
// owed, and written down nowhere. Should the program end before, what became of one is seen where it would have its effect.
import { confirmed } from './confirm.js';
import { asQuipuError } from './errors.js';
import { uuidv7 } from './uuid.js';

const LONGEST_WAIT_MS = 15_000;
/** About ten minutes: a number of a card is held in memory no longer than that. */
const MOST_TRIES = 40;
/** Without an answer these leave it open whether it was done; the same again is answered with what it did. */
const OPEN = new Set(['outcome_unknown', 'outcome_lost']);

/**
 * @param {import('./money.js').Door} door @param {string} op @param {Record<string, any>} d
 * @param {import('./money.js').How} [how] a patient one waits for a connection @returns {Promise<any>}
 */
export async function sendUnkept(door, op, d, { client_id = uuidv7(), patient = true } = {}) {
  const confirm = door.options?.confirm;
  const later = door.later ?? ((run, ms) => globalThis.setTimeout(run, ms));
  let said = /** @type {Record<string, any>} */ ({ client_id, ...d });
  let owed = false;
  let asked = false;
  for (let tries = 1; ; tries++) {
    try {
      return await door.request(op, said);
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (error.code === 'step_up_required' && confirm && !asked) {
        asked = true;
        said = { ...said, ...(await confirmed(confirm, op, said)) };
        continue;
      }
      owed ||= error.unanswered || OPEN.has(error.code);
      // Once it was sent, a refusal that may pass says nothing of what the first one did.
      if (!error.again || !(owed || patient) || tries === MOST_TRIES) throw error;
      const wait = error.retryAfterMs ?? Math.min(LONGEST_WAIT_MS, 500 * 2 ** tries);
      await new Promise((resolve) => later(() => resolve(undefined), wait));
    }
  }
}
