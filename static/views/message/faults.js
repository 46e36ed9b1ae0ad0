// What was refused of an act on a message stands at that message, until it is tried again or waved away.
import { signal } from '../../kernel/signals.js';
import { asQuipuError } from '../../sdk/errors.js';

/** @typedef {{ error: import('../../sdk/errors.js').QuipuError, again: () => void }} Fault */

/** @type {import('../../kernel/signals.js').Signal<Readonly<Record<string, Fault>>>} */
const faults = signal(/** @type {Readonly<Record<string, Fault>>} */ ({}));

const keyOf = (/** @type {string} */ conversation, /** @type {number} */ seq) => `${conversation}:${seq}`;

/** @param {string} conversation @param {number} seq */
export function faultAt(conversation, seq) {
  return faults.value[keyOf(conversation, seq)] ?? null;
}

/** @param {string} conversation @param {number} seq */
export function dropFault(conversation, seq) {
  const { [keyOf(conversation, seq)]: gone, ...others } = faults.peek();
  if (gone) faults.value = others;
}

/** @param {string} conversation @param {number} seq @param {() => Promise<any>} work @returns {Promise<boolean>} whether it was done */
export async function atMessage(conversation, seq, work) {
  dropFault(conversation, seq);
  try {
    await work();
    return true;
  } catch (thrown) {
    const error = asQuipuError(thrown);
    if (error.code === 'dropped') return false; // taken back by the person themselves
    faults.update((old) => ({ ...old, [keyOf(conversation, seq)]: { error, again: () => atMessage(conversation, seq, work) } }));
    return false;
  }
}
