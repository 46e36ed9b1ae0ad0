// What was typed and not sent, per person and chat. It is kept on this device until the server has it; then it is the
// server's, and the same on every device.
import { draftOf } from '../state/drafts.js';
import { dispatch, state } from './store.js';

/** A pause in typing, after which the draft is told. */
const PAUSE_MS = 1000;
/** How long the echo of what was told may take. */
const ECHO_MS = 2000;

/** @typedef {{ setDraft: (conversation: string, text: string, reply_to?: number | null) => Promise<any> }} Teller */

let teller = /** @type {Teller | null} */ (null);
/** @type {Map<string, ReturnType<typeof setTimeout>>} */
const pauses = new Map();

const prefixOf = (/** @type {string} */ user) => `quipu.draft.${user}.`;

/** The drafts of who has come in, and whom to tell of them from now on. @param {string} user @param {Teller} client */
export function takeUpDrafts(user, client) {
  teller = client;
  const drafts = Object.fromEntries(keptOf(user).map(([id, kept]) => [id, { ...kept, mine: 'typing' }]));
  if (Object.keys(drafts).length > 0) dispatch({ type: 'drafts.kept', drafts });
}

/** The link stands: what was not told yet is told. @param {string} user */
export function tellDrafts(user) {
  for (const [id, one] of Object.entries(state.drafts.peek())) if (one.mine === 'typing' && !pauses.has(id)) tell(user, id);
}

/** @param {string} user @returns {Array<[string, { text: string, reply_to: number | null }]>} */
function keptOf(user) {
  return Object.keys(localStorage).filter((key) => key.startsWith(prefixOf(user))).map((key) => {
    const kept = localStorage.getItem(key) ?? '';
    try {
      const { text, reply_to } = JSON.parse(kept);
      if (typeof text === 'string') return [key.slice(prefixOf(user).length), { text, reply_to: reply_to ?? null }];
    } catch {
      // the bare text of an earlier version
    }
    return [key.slice(prefixOf(user).length), { text: kept, reply_to: null }];
  });
}

/** @param {string} _user @param {string} conversation */
export function draft(_user, conversation) {
  return draftOf(state.drafts.peek(), conversation).text;
}

/** @param {string} user @param {string} conversation @param {string} text @param {number | null} [reply_to] as it was, if not given */
export function keepDraft(user, conversation, text, reply_to) {
  const old = draftOf(state.drafts.peek(), conversation);
  const fresh = { text: text.trim() === '' ? '' : text, reply_to: reply_to === undefined ? old.reply_to : reply_to };
  if (fresh.text === old.text && fresh.reply_to === old.reply_to) return;
  dispatch({ type: 'draft.typed', conversation, ...fresh });
  try {
    localStorage.setItem(prefixOf(user) + conversation, JSON.stringify(fresh));
  } catch {
    // a full storage loses a draft, never a message
  }
  clearTimeout(pauses.get(conversation));
  const empty = fresh.text === '' && fresh.reply_to === null;
  pauses.set(conversation, setTimeout(() => tell(user, conversation), empty ? 0 : PAUSE_MS));
}

/** @param {string} user @param {string} conversation */
async function tell(user, conversation) {
  pauses.delete(conversation);
  const told = draftOf(state.drafts.peek(), conversation);
  const { text, reply_to } = told;
  try {
    await teller?.setDraft(conversation, text, reply_to);
  } catch {
    return; // a server that keeps no drafts: this device does
  }
  if (state.session.peek().user?.id !== user) return;
  dispatch({ type: 'draft.told', conversation, text, reply_to });
  if (state.drafts.peek()[conversation]?.mine !== 'told') return; // typed on meanwhile
  localStorage.removeItem(prefixOf(user) + conversation);
  setTimeout(() => dispatch({ type: 'draft.settled', conversation }), ECHO_MS);
}

/** Signing out leaves nothing of the person's words behind. @param {string} user */
export function dropDrafts(user) {
  for (const pause of pauses.values()) clearTimeout(pause);
  pauses.clear();
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefixOf(user))) localStorage.removeItem(key);
}
