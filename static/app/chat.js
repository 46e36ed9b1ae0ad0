// What a person does in a conversation: words, changes to them, who is in it, how they want it.
import { asQuipuError } from '../sdk/errors.js';
import { preferencesOf } from '../state/conversations.js';
import { keepDraft } from './drafts.js';
import { plainError } from './fault.js';
import { filesSent } from './files.js';
import { ask, askAnew, link, linked } from './link.js';
import { dispatch, state } from './store.js';
import { jumpToEnd } from './threads.js';

/** @typedef {import('../sdk/types.js').Message} Message */

/** Muted until then is muted for ever. */
export const FOREVER = '9999-01-01T00:00:00Z';

/** @param {string} conversation @param {string} text */
export function sendText(conversation, text) {
  sendMessage(conversation, { text });
}

/**
 * On its way at once, and kept until it has arrived.
 * @param {string} conversation
 * @param {{ text?: string, replyTo?: number | null, mentions?: string[], attachments?: import('../sdk/types.js').Attachment[] }} words
 */
export function sendMessage(conversation, { text = '', replyTo = null, mentions = [], attachments = [] }) {
  const done = link().send(conversation, { text, reply_to: replyTo ?? undefined, mentions, attachments });
  filesSent(attachments);
  jumpToEnd(conversation).catch(() => {}); // what was written stands at the end, wherever one has read; if that is not to be had, reading on leads there
  // A refusal stands at the bubble; only what could not even be kept is for the caller.
  return done.catch((thrown) => {
    if (['too_many', 'offline'].includes(asQuipuError(thrown).code)) throw thrown;
  });
}

/** @param {string} to @param {Message} message */
export function forwardMessage(to, message) {
  return link().forward(to, message);
}

/** @param {string} clientId */
export function retryMessage(clientId) {
  link().outbox?.retry(clientId);
}

/** @param {string} clientId */
export function dropMessage(clientId) {
  link().outbox?.drop(clientId);
}

/** @param {string} conversation @param {number} seq @param {string} text @param {string[]} [mentions] */
export function editMessage(conversation, seq, text, mentions = []) {
  return link().edit(conversation, seq, text, mentions);
}

/** For everybody. @param {string} conversation @param {number} seq */
export function recallMessage(conversation, seq) {
  return link().recall(conversation, seq);
}

/** For oneself. They are gone from view at once, and come back if the server refuses. @param {string} conversation @param {number[]} seqs */
export async function hideMessages(conversation, seqs) {
  const items = (/** @type {any} */ value) => seqs.map((seq) => ({ kind: 'hidden', key: `${conversation}:${seq}`, rev: 0, value }));
  dispatch({ type: 'items', items: items({}), initial: false });
  try {
    await link().hide(conversation, seqs);
  } catch (thrown) {
    dispatch({ type: 'items', items: items(null), initial: false });
    throw thrown;
  }
}

/** @param {string} conversation @param {number} seq @param {boolean} on */
export function pinMessage(conversation, seq, on) {
  return link().pin(conversation, seq, on);
}

/** Seen at once; taken back if it is refused. @param {string} conversation @param {number} seq @param {string} emoji @param {boolean} on */
export async function react(conversation, seq, emoji, on) {
  dispatch({ type: 'reaction.wished', conversation, seq, emoji, on });
  try {
    const { rev } = await link().react(conversation, seq, emoji, on);
    dispatch({ type: 'reaction.told', conversation, seq, emoji, on, rev });
  } catch (thrown) {
    dispatch({ type: 'reaction.told', conversation, seq, emoji, on, rev: null });
    throw thrown;
  }
}

/** @param {string} conversation @param {number} seq @param {{ emoji?: string, cursor?: string }} [how] @returns {Promise<{ reactions: Array<{ user: import('../sdk/types.js').User, emoji: string, at: string }>, next: string | null }>} */
export function listReactions(conversation, seq, how = {}) {
  return ask('reaction.list', { conversation, seq, ...how });
}

/** @param {string} conversation @param {{ title?: string, avatar?: string | null, history?: 'all' | 'from_join', slow_mode_seconds?: number }} change */
export function updateConversation(conversation, change) {
  return link().update(conversation, change);
}

/** @param {string} conversation */
export function leaveConversation(conversation) {
  return link().leave(conversation);
}

/** @param {string} conversation @param {string[]} users */
export function addMembers(conversation, users) {
  return link().addMembers(conversation, users);
}

/** @param {string} conversation @param {string} user */
export function removeMember(conversation, user) {
  return link().removeMember(conversation, user);
}

/** @param {string} conversation @param {string} user @param {import('../sdk/types.js').Role} role */
export function setRole(conversation, user, role) {
  return link().setRole(conversation, user, role);
}

/** @param {string} conversation @param {string | null} [cursor] @returns {Promise<{ members: import('../sdk/types.js').Member[], next: string | null }>} */
export function listMembers(conversation, cursor = null) {
  return ask('member.list', { conversation, ...(cursor ? { cursor } : {}) });
}

/** Muted, archived, pinned: as wished at once. @param {string} conversation @param {Partial<import('../sdk/types.js').Preferences>} change */
export async function setPreferences(conversation, change) {
  const before = preferencesOf(state.conversations.peek(), conversation);
  const preferences = { ...before, ...change };
  dispatch({ type: 'preferences.wished', conversation, preferences });
  try {
    await link().setPreferences(conversation, preferences);
  } catch (thrown) {
    dispatch({ type: 'preferences.wished', conversation, preferences: before });
    throw thrown;
  }
}

export { askAnew };

/** What this page looks at, or null. @param {string | null} conversation */
export function look(conversation) {
  linked()?.ephemeral.focus(conversation);
}

/** A key was struck in the composer. @param {string} conversation */
export function typing(conversation) {
  linked()?.ephemeral.typing(conversation);
}

/** @param {string} conversation */
export function typingStopped(conversation) {
  linked()?.ephemeral.stopTyping(conversation);
}

/** Here at once, told to the server after a pause. @param {string} conversation @param {string} text @param {number | null} [replyTo] */
export function setDraft(conversation, text, replyTo) {
  const user = state.session.peek().user?.id;
  if (user) keepDraft(user, conversation, text, replyTo);
}

/** Pages without a hit that one wish looks through at most. */
const EMPTY_PAGES = 5;
let turn = 0;
/** How long after a refusal for haste, where none is named. */
const AGAIN_MS = 1000;

/**
 * Everything of one's own that fits: messages, people, conversations.
 * @param {string} query @param {{ conversation?: string | null }} [how]
 */
export async function search(query, { conversation = null } = {}) {
  const mine = ++turn;
  const wanted = query.trim();
  dispatch({ type: 'search.asked', query: wanted, conversation, turn: mine });
  if (wanted === '') return;
  try {
    const [found, people, conversations] = await Promise.all([
      firstHits(wanted, conversation, mine),
      conversation ? [] : findPeople(wanted),
      conversation ? { conversations: [] } : ask('search.conversations', { query: wanted }),
    ]);
    dispatch({ type: 'search.found', turn: mine, messages: found.messages, next: found.next, behind: found.behind, people, conversations: conversations.conversations });
  } catch (thrown) {
    const { code, retryAfterMs } = asQuipuError(thrown);
    // Who types on and on has asked for nothing wrong: it is asked again when it may be, unless something else is wanted by then.
    if (code === 'rate_limited') setTimeout(() => mine === turn && search(query, { conversation }), retryAfterMs ?? AGAIN_MS);
    else dispatch({ type: 'search.failed', turn: mine, error: plainError(thrown) });
  }
}

/**
 * A page may be empty and go on: asked further until something is found, or enough was looked at for one wish.
 * @param {string} query @param {string | null} conversation @param {number} mine which wish
 */
async function firstHits(query, conversation, mine) {
  const within = conversation ? { conversation } : {};
  let page = await ask('search.messages', { query, ...within });
  for (let left = EMPTY_PAGES; left > 0 && page.next && page.messages.length === 0 && mine === turn; left -= 1) page = await ask('search.messages', { query, ...within, cursor: page.next });
  return page;
}

export async function searchMore() {
  const { query, conversation, next, loadingMore, turn: mine } = state.search.peek();
  if (!next || loadingMore) return;
  dispatch({ type: 'search.more', turn: mine });
  try {
    const page = await ask('search.messages', { query, ...(conversation ? { conversation } : {}), cursor: next });
    dispatch({ type: 'search.page', turn: mine, messages: page.messages, next: page.next, behind: page.behind });
  } catch (thrown) {
    dispatch({ type: 'search.failed', turn: mine, more: true, error: plainError(thrown) });
  }
}

export function clearSearch() {
  search('');
}

/** By handle or name. @param {string} query @returns {Promise<import('../sdk/types.js').User[]>} */
export async function findPeople(query) {
  return (await ask('search.people', { query })).users;
}
