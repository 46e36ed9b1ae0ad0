// What waits for a person: requests to them, bills they have a share of, payments they may accept, disputes that they may
// answer. Kept by the card, whichever way it came: in a conversation that was read, in a push, in the list of chats, in the
// server's own list.
import { isOpen, movesOf } from './cards.js';

/** @typedef {{ id: string, kind: 'request' | 'bill' | 'transfer' | 'dispute', conversation: string, seq: number, rev: number, data: any }} Waiting */
/** @typedef {Record<string, Waiting>} WaitingState */

const KINDS = new Set(['request', 'bill', 'transfer', 'dispute']);
/** So many are kept. */
const MOST = 500;

/** @param {WaitingState} state @param {{ type: string } & Record<string, any>} event @returns {WaitingState} */
export function waiting(state, event) {
  switch (event.type) {
    case 'session.in':
    case 'session.out':
      return {};
    case 'message':
      return taken(state, [event['message']], event['me']);
    case 'thread.page':
    case 'thread.window':
      return taken(state, event['messages'], event['me']);
    case 'conversations.page':
      return taken(state, event['conversations'].map((/** @type {any} */ one) => one.last_message), event['me']);
    case 'conversation':
      return taken(state, [event['conversation'].last_message], event['me']);
    case 'conversation.gone':
      return Object.fromEntries(Object.entries(state).filter(([, one]) => one.conversation !== event['id']));
    case 'flow':
      return withFlow(state, event['flow'], event['me']);
    case 'waiting.page':
      return event['flows'].reduce((/** @type {WaitingState} */ all, /** @type {any} */ flow) => withFlow(all, flow, event['me']), state);
    case 'act':
      return event['outcome'].kind === 'done' && event['outcome'].answer?.flow ? withFlow(state, event['outcome'].answer.flow, event['me']) : state;
    default:
      return state;
  }
}

/** @param {WaitingState} state @param {Array<import('../sdk/types.js').Message | null>} messages @param {string} me @returns {WaitingState} */
function taken(state, messages, me) {
  let next = state;
  for (const message of messages) {
    const card = message?.card;
    if (!message || !card || !KINDS.has(card.kind)) {
      if (message?.recalled) next = withoutMessage(next, message);
      continue;
    }
    const old = next[card.id];
    if (old && old.rev >= message.rev) continue;
    next = put(next, { id: card.id, kind: /** @type {Waiting['kind']} */ (card.kind), conversation: message.conversation, seq: message.seq, rev: message.rev, data: card.data }, me);
  }
  return next;
}

/** @param {WaitingState} state @param {import('../sdk/types.js').Message} message @returns {WaitingState} */
function withoutMessage(state, message) {
  const found = Object.values(state).find((one) => one.conversation === message.conversation && one.seq === message.seq);
  if (!found) return state;
  const { [found.id]: _, ...rest } = state;
  return rest;
}

/** A push of the flow itself says no rev of its card: what it closes is closed, what it opens the card says too. @param {WaitingState} state @param {import('../sdk/types.js').FlowView} flow @param {string} me @returns {WaitingState} */
function withFlow(state, flow, me) {
  if (!KINDS.has(flow.kind)) return state;
  const old = state[flow.id];
  if (old && !forMe(old.kind, old.data, me) && !isOwn(old.kind, old.data, me)) return state;
  return put(state, { id: flow.id, kind: /** @type {Waiting['kind']} */ (flow.kind), conversation: flow.conversation, seq: flow.seq, rev: old?.rev ?? 0, data: flow.data }, me);
}

/** What is over stays known for a while, so that an old copy of its card does not bring it back. @param {WaitingState} state @param {Waiting} one @param {string} me @returns {WaitingState} */
function put(state, one, me) {
  if (!state[one.id] && !concerns(one.data, me) && !isOwn(one.kind, one.data, me)) return state;
  const all = { ...state, [one.id]: one };
  const ids = Object.keys(all);
  if (ids.length <= MOST) return all;
  const over = ids.find((id) => !forMe(all[id]?.kind ?? '', all[id]?.data, me)) ?? ids[0];
  delete all[/** @type {string} */ (over)];
  return all;
}

/** @param {any} data @param {string} me */
function concerns(data, me) {
  return data.to === me || [...(data.payers ?? []), ...(data.shares ?? [])].some((/** @type {any} */ one) => one.user === me);
}

/** A dispute that one has opened oneself: it is no question to oneself, but its payment shows that there is one. @param {string} kind @param {any} data @param {string} me */
function isOwn(kind, data, me) {
  return kind === 'dispute' && data.from === me;
}

/** @param {string} kind @param {any} data @param {string} me */
function forMe(kind, data, me) {
  if (!data || !isOpen(data, -Infinity)) return false;
  return movesOf(kind, data, me, -Infinity).some((move) => move === 'pay' || move === 'accept' || move === 'answer');
}

/** What waits, what ends last first: those were asked last. @param {WaitingState} state @param {string} me @param {number} now @returns {Waiting[]} */
export function waitingFor(state, me, now) {
  return Object.values(state).filter((one) => isOpen(one.data, now) && forMe(one.kind, one.data, me)).sort((a, b) => ((a.data.expires_at ?? '') < (b.data.expires_at ?? '') ? 1 : -1));
}

/** The dispute of a payment, if this page has heard of one. @param {WaitingState} state @param {string} transfer @returns {Waiting | null} */
export function disputeOf(state, transfer) {
  return Object.values(state).find((one) => one.kind === 'dispute' && one.data.transfer === transfer) ?? null;
}
