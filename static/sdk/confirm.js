// Confirming a request: what is confirmed is what is sent. The server binds it to everything that the request says.
import { asQuipuError, QuipuError } from './errors.js';

/** Asks whoever pays, and ends with the fields that the request is sent with beside its own; thrown is why it was not confirmed. @typedef {(op: string, d: Record<string, any>) => Promise<{ step_up: string, not_after?: string }>} Confirm */

/** How long an unanswered question keeps what it is about from other pages: as long as a challenge lives. */
export const ASKED_MS = 5 * 60_000;

/** Confirms a request by the PIN. @param {(op: string, d: Record<string, any>) => Promise<any>} request @param {string} op @param {Record<string, any>} d as it will be sent @param {string} pin @returns {Promise<{ step_up: string }>} */
export async function confirmBy(request, op, d, pin) {
  const { challenge } = await request('step_up.begin', { op, d });
  const { step_up } = await request('step_up.confirm', { challenge, factor: 'pin', code: pin });
  return { step_up };
}

/** Whatever went wrong with the question, what it is about was not carried out. @param {Confirm} confirm @param {string} op @param {Record<string, any>} d */
export async function confirmed(confirm, op, d) {
  try {
    return await confirm(op, d);
  } catch (thrown) {
    const { code, message, reference } = asQuipuError(thrown);
    throw new QuipuError({ code, message, reference, detail: { money: 'not_moved' } });
  }
}
