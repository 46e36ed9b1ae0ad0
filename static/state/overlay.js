// What a person did a moment ago, laid over what the server has said so far: an edit and a reaction are seen at once, and
// go away when the message itself says the same, or when they were refused.
/** @typedef {import('../sdk/types.js').Message} Message */
/** @typedef {import('../sdk/types.js').Reaction} Reaction */
/** @typedef {{ client_id: string, text: string, mentions?: string[], rev: number | null }} Edit rev: at which the message will say it */
/** @typedef {{ on: boolean, rev: number | null }} Wish */
/** @typedef {Record<number, Record<string, Wish>>} Wishes */
/** @typedef {{ edits: Record<number, Edit>, wishes: Wishes, mine: Record<number, Record<string, boolean>> }} Overlay mine: own reactions as they were last answered */
/** @typedef {import('./messages.js').Thread} Thread */

/** @returns {Overlay} */
export function noOverlay() {
  return { edits: {}, wishes: {}, mine: {} };
}

/** @param {Thread} thread @param {import('../sdk/outbox.js').Outgoing} item @returns {Thread} */
export function changing(thread, item) {
  const { seq, text, mentions } = item.d;
  const edit = { client_id: item.client_id, text, ...(mentions ? { mentions } : {}), rev: null };
  return { ...thread, overlay: { ...thread.overlay, edits: { ...thread.overlay.edits, [seq]: edit } } };
}

/** @param {Thread} thread @param {import('../sdk/outbox.js').Outgoing} item @param {number} rev @returns {Thread} */
export function acknowledged(thread, item, rev) {
  const seq = /** @type {number} */ (item.d['seq']);
  const edit = thread.overlay.edits[seq];
  if (edit?.client_id !== item.client_id) return thread; // a later edit is on its way
  const known = thread.items.find((one) => one.seq === seq);
  if (!known || known.rev >= rev) return withoutEdit(thread, seq);
  return { ...thread, overlay: { ...thread.overlay, edits: { ...thread.overlay.edits, [seq]: { ...edit, rev } } } };
}

/** @param {Thread} thread @param {string} clientId @returns {Thread} */
export function givenUp(thread, clientId) {
  const found = Object.entries(thread.overlay.edits).find(([, edit]) => edit.client_id === clientId);
  return found ? withoutEdit(thread, Number(found[0])) : thread;
}

/** @param {Thread} thread @param {number} seq @returns {Thread} */
function withoutEdit(thread, seq) {
  const { [seq]: _, ...edits } = thread.overlay.edits;
  return { ...thread, overlay: { ...thread.overlay, edits } };
}

/** @param {Thread} thread @param {number} seq @param {string} emoji @param {boolean} on @returns {Thread} */
export function reacted(thread, seq, emoji, on) {
  const wishes = { ...thread.overlay.wishes, [seq]: { ...thread.overlay.wishes[seq], [emoji]: { on, rev: null } } };
  return { ...thread, overlay: { ...thread.overlay, wishes } };
}

/** The answer to a reaction: from which rev on the message says it, or null when it was refused. @param {Thread} thread @param {number} seq @param {string} emoji @param {boolean} on @param {number | null} rev @returns {Thread} */
export function unreacted(thread, seq, emoji, on, rev) {
  const wish = thread.overlay.wishes[seq]?.[emoji];
  if (!wish || wish.on !== on) return thread; // another wish has taken its place
  const known = thread.items.find((one) => one.seq === seq);
  const sure = rev === null ? thread : { ...thread, overlay: { ...thread.overlay, mine: { ...thread.overlay.mine, [seq]: { ...thread.overlay.mine[seq], [emoji]: on } } } };
  if (rev === null || !known || known.rev >= rev) return withoutWish(sure, seq, emoji);
  const wishes = { ...thread.overlay.wishes, [seq]: { ...thread.overlay.wishes[seq], [emoji]: { on, rev } } };
  return { ...sure, overlay: { ...sure.overlay, wishes } };
}

/** @param {Thread} thread @param {number} seq @param {string} emoji @returns {Thread} */
function withoutWish(thread, seq, emoji) {
  const { [emoji]: _, ...rest } = thread.overlay.wishes[seq] ?? {};
  const { [seq]: __, ...others } = thread.overlay.wishes;
  return { ...thread, overlay: { ...thread.overlay, wishes: Object.keys(rest).length > 0 ? { ...others, [seq]: rest } : others } };
}

/** The message has come: what it says itself need not be laid over it. @param {Thread} thread @param {Message} message @returns {Thread} */
export function settled(thread, message) {
  const { seq, rev, recalled } = message;
  let next = thread;
  const edit = thread.overlay.edits[seq];
  if (edit && (recalled || (edit.rev !== null && rev >= edit.rev))) next = withoutEdit(next, seq);
  for (const [emoji, wish] of Object.entries(next.overlay.wishes[seq] ?? {})) if (recalled || (wish.rev !== null && rev >= wish.rev)) next = withoutWish(next, seq, emoji);
  return next;
}

/** A message as it is to be shown. @param {Thread} thread @param {Message} message @param {string} me @returns {Message & { pending?: boolean }} */
export function shown(thread, message, me) {
  const edit = thread.overlay.edits[message.seq];
  const wishes = thread.overlay.wishes[message.seq];
  if ((!edit && !wishes) || message.recalled) return message;
  const worded = edit ? { ...message, text: edit.text, mentions: edit.mentions ?? [], edited_at: message.edited_at ?? message.at, pending: true } : message;
  return wishes ? { ...worded, reactions: Object.entries(wishes).reduce((all, [emoji, { on }]) => withReaction(all, emoji, on, me), message.reactions ?? []) } : worded;
}

/** @param {Reaction[]} reactions @param {string} emoji @param {boolean} on @param {string} me @returns {Reaction[]} */
function withReaction(reactions, emoji, on, me) {
  const old = reactions.find((one) => one.emoji === emoji);
  const had = old?.users.includes(me) ?? false;
  if (on === had) return reactions;
  if (!old) return [...reactions, { emoji, count: 1, users: [me] }];
  if (!on && old.count <= 1) return reactions.filter((one) => one !== old);
  const users = on ? [...old.users, me] : old.users.filter((user) => user !== me);
  return reactions.map((one) => (one === old ? { ...one, users, count: old.count + (on ? 1 : -1) } : one));
}

/**
 * Only the first few who reacted stand in a message: of an own reaction beyond them is known what was done on this page.
 * @param {Message} message @param {string} me @param {Thread} [thread] @returns {Array<Reaction & { mine: boolean }>}
 */
export function reactionsOf(message, me, thread) {
  const done = thread?.overlay.mine[message.seq] ?? {};
  return (message.reactions ?? []).map((one) => ({ ...one, mine: one.users.includes(me) || (one.count > one.users.length && done[one.emoji] === true) }));
}
