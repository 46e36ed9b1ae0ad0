// The list of conversations: what each is, what was last said in it, what is unread, and how one wants it.
import { withDelivered, withFetched, withFloor, withHidden, withMessage, withRead } from '../sdk/replica.js';
import { withHiddenItems } from './hidden.js';

/** @typedef {import('../sdk/types.js').Conversation} Conversation */
/** @typedef {import('../sdk/types.js').Message} Message */
/** @typedef {import('../sdk/types.js').Preferences} Preferences */
/** @typedef {import('../sdk/replica.js').Replica} Replica */
/**
 * @typedef {object} ConversationsState
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {Record<string, Replica>} byId
 * @property {string | null} next cursor of the list's next page
 * @property {{ code: string, message: string, reference: string | null } | null} error
 * @property {Record<string, true>} gone asked for, and not ours
 * @property {Record<string, Preferences>} preferences
 * @property {Record<string, Record<number, true>>} hidden by conversation and seq: what oneself has deleted for oneself
 */

/** @type {Preferences} */
const PLAIN = { muted_until: null, archived: false, pinned: false };

/** @returns {ConversationsState} */
export function noConversations() {
  return { status: 'idle', byId: {}, next: null, error: null, gone: {}, preferences: {}, hidden: {} };
}

/** @param {ConversationsState} state @param {{ type: string } & Record<string, any>} event @returns {ConversationsState} */
export function conversations(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return noConversations();
    case 'conversations.loading':
      return { ...state, status: state.status === 'ready' ? 'ready' : 'loading', error: null };
    case 'conversations.failed':
      return { ...state, status: state.status === 'ready' ? 'ready' : 'error', error: event['error'] };
    case 'conversations.page': {
      const page = /** @type {Conversation[]} */ (event['conversations']);
      return page.reduce((/** @type {ConversationsState} */ now, one) => fetched(now, one, event['me']), { ...state, status: 'ready', error: null, next: event['next'] });
    }
    case 'conversation':
      return fetched(event['anew'] ? without(state, event['conversation'].id) : state, event['conversation'], event['me']);
    case 'conversation.gone': {
      return { ...without(state, event['id']), gone: { ...state.gone, [event['id']]: true } };
    }
    case 'message':
      return change(state, event['message'].conversation, (one) => withMessage(one, event['message'], event['me'], state.hidden[one.id]));
    case 'read':
      return change(state, event['conversation'], (one) => withRead(one, event['user'], event['seq'], event['me']));
    case 'delivered':
      return change(state, event['conversation'], (one) => withDelivered(one, event['user'], event['seq']));
    case 'floor':
      return change(state, event['conversation'], (one) => withFloor(one, event['seq']));
    case 'items':
      return withItems(state, event['items']);
    case 'preferences.wished':
      return { ...state, preferences: { ...state.preferences, [event['conversation']]: event['preferences'] } };
    default:
      return state;
  }
}

/** @param {ConversationsState} state @param {string} id @returns {ConversationsState} */
function without(state, id) {
  const { [id]: _, ...byId } = state.byId;
  return { ...state, byId };
}

/** @param {ConversationsState} state @param {Conversation} fresh @param {string} me @returns {ConversationsState} */
function fetched(state, fresh, me) {
  const { [fresh.id]: was, ...gone } = state.gone;
  const byId = { ...state.byId, [fresh.id]: withFetched(fresh, state.byId[fresh.id], me, state.hidden[fresh.id]) };
  return was ? { ...state, gone, byId } : { ...state, byId };
}

/** @param {ConversationsState} state @param {string} id @param {(one: Replica) => Replica} how @returns {ConversationsState} */
function change(state, id, how) {
  const old = state.byId[id];
  if (!old) return state;
  const one = how(old);
  return one === old ? state : { ...state, byId: { ...state.byId, [id]: one } };
}

/** @param {ConversationsState} state @param {import('../sdk/types.js').Item[]} items @returns {ConversationsState} */
function withItems(state, items) {
  let next = state;
  for (const { kind, key, value } of items) {
    if (kind !== 'preferences') continue;
    const { [key]: _, ...others } = next.preferences;
    next = { ...next, preferences: value === null ? others : { ...others, [key]: { ...PLAIN, ...value } } };
  }
  const { hidden, fresh, back } = withHiddenItems(next.hidden, items);
  if (hidden !== next.hidden) next = { ...next, hidden };
  for (const [id, seqs] of fresh) next = change(next, id, (one) => withHidden(one, seqs));
  for (const id of back) next = change(next, id, (one) => ({ ...one, tally: { ...one.tally, stale: true } }));
  return next;
}

/** @param {ConversationsState} state @param {string} id @returns {Preferences} */
export function preferencesOf(state, id) {
  return state.preferences[id] ?? PLAIN;
}

/** @param {ConversationsState} state @param {string} id @param {number} [now] */
export function isMuted(state, id, now = Date.now()) {
  const until = preferencesOf(state, id).muted_until;
  return until !== null && until !== undefined && Date.parse(until) > now;
}

/** Pinned first, then the latest activity; without what is archived. @param {ConversationsState} state @returns {Conversation[]} */
export function inOrder(state) {
  const pinned = (/** @type {Conversation} */ one) => Number(preferencesOf(state, one.id).pinned);
  return Object.values(state.byId).filter((one) => !preferencesOf(state, one.id).archived).sort((a, b) => pinned(b) - pinned(a) || byActivity(a, b));
}

/** @param {ConversationsState} state @returns {Conversation[]} */
export function archived(state) {
  return Object.values(state.byId).filter((one) => preferencesOf(state, one.id).archived).sort(byActivity);
}

/** @param {Conversation} a @param {Conversation} b */
function byActivity(a, b) {
  const at = (/** @type {Conversation} */ one) => one.last_message?.at ?? one.created_at;
  return at(a) < at(b) ? 1 : at(a) > at(b) ? -1 : a.id < b.id ? 1 : -1;
}

/** What calls for attention: of what is muted, only what mentions oneself. @param {ConversationsState} state @param {number} [now] */
export function unreadTotal(state, now = Date.now()) {
  return Object.values(state.byId).reduce((sum, one) => {
    if (preferencesOf(state, one.id).archived) return sum;
    return sum + (isMuted(state, one.id, now) ? (one.mentions ?? 0) : one.unread);
  }, 0);
}

/** The conversations whose counts are not certain and are to be fetched again. @param {ConversationsState} state */
export function staleOnes(state) {
  return Object.values(state.byId).filter((one) => one.tally.stale).map((one) => one.id);
}

export { deliveredByOthers, may, nextSendAt, peerOf, readByOthers, readersOf, roleOf, tickOf, withinTime } from './members.js';
