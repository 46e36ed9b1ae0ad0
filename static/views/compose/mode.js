// What the composer of a conversation is about: a new message, an answer to one, or a change to one.
import { signal } from '../../kernel/signals.js';
import { setDraft } from '../../app/actions.js';
import { state } from '../../app/store.js';
import { draftOf } from '../../state/drafts.js';

/** @typedef {import('../../sdk/types.js').Message} Message */

/** @type {import('../../kernel/signals.js').Signal<Readonly<Record<string, Message>>>} the message that is being changed, by conversation */
const edits = signal(/** @type {Readonly<Record<string, Message>>} */ ({}));
/** Counts wishes to write: the composer takes the focus. */
export const writing = signal(0);

/** @param {string} id @returns {Message | null} */
export function editOf(id) {
  return edits.value[id] ?? null;
}

/** @param {string} id @param {Message} message */
export function editing(id, message) {
  edits.update((old) => ({ ...old, [id]: message }));
  writing.update((n) => n + 1);
}

/** @param {string} id */
export function stopEditing(id) {
  const { [id]: gone, ...others } = edits.peek();
  if (gone) edits.value = others;
}

/** The answer belongs to the draft: it follows the person to other devices. @param {string} id @param {number} seq */
export function replyTo(id, seq) {
  stopEditing(id);
  setDraft(id, draftOf(state.drafts.peek(), id).text, seq);
  writing.update((n) => n + 1);
}

/** @param {string} id */
export function stopReplying(id) {
  setDraft(id, draftOf(state.drafts.peek(), id).text, null);
}
