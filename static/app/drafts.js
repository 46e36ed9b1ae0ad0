// What was typed and not sent, per person and chat, on this device.

/** @param {string} user @param {string} conversation */
const keyOf = (user, conversation) => `quipu.draft.${user}.${conversation}`;

/** @param {string} user @param {string} conversation */
export function draft(user, conversation) {
  return localStorage.getItem(keyOf(user, conversation)) ?? '';
}

/** @param {string} user @param {string} conversation @param {string} text */
export function keepDraft(user, conversation, text) {
  try {
    if (text.trim() === '') localStorage.removeItem(keyOf(user, conversation));
    else localStorage.setItem(keyOf(user, conversation), text);
  } catch {
    // a full storage loses a draft, never a message
  }
}

/** Signing out leaves nothing of the person's words behind. @param {string} user */
export function dropDrafts(user) {
  for (const key of Object.keys(localStorage)) if (key.startsWith(`quipu.draft.${user}.`)) localStorage.removeItem(key);
}
