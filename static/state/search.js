// What was searched for, and what was found so far. An answer to an earlier question is no answer to this one.
/**
 * @typedef {object} SearchState
 * @property {string} query
 * @property {string | null} conversation only in this one
 * @property {number} turn which question this is
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {import('../sdk/types.js').Message[]} messages newest first
 * @property {string | null} next
 * @property {boolean} loadingMore
 * @property {number} behind messages that the index does not hold yet
 * @property {import('../sdk/types.js').User[]} people
 * @property {import('../sdk/types.js').Conversation[]} conversations
 * @property {{ code: string, message: string, reference: string | null } | null} error
 */

/** @returns {SearchState} */
export function noSearch() {
  return { query: '', conversation: null, turn: 0, status: 'idle', messages: [], next: null, loadingMore: false, behind: 0, people: [], conversations: [], error: null };
}

/** @param {SearchState} state @param {{ type: string } & Record<string, any>} event @returns {SearchState} */
export function search(state, event) {
  if (event.type === 'session.out' || event.type === 'session.in') return noSearch();
  if (event.type === 'search.asked') return { ...noSearch(), query: event['query'], conversation: event['conversation'], turn: event['turn'], status: event['query'] === '' ? 'idle' : 'loading' };
  if (event.type === 'message') return withMessage(state, event['message']);
  if (event.type === 'items') return withoutHidden(state, event['items']);
  if (event.type === 'conversation.gone') return without(state, (one) => one.conversation === event['id']);
  if (!event.type.startsWith('search.') || event['turn'] !== state.turn) return state;
  switch (event.type) {
    case 'search.found':
      return { ...state, status: 'ready', messages: event['messages'], next: event['next'], behind: event['behind'] ?? 0, people: event['people'], conversations: event['conversations'] };
    case 'search.failed':
      return event['more'] ? { ...state, loadingMore: false } : { ...state, status: 'error', error: event['error'] };
    case 'search.more':
      return { ...state, loadingMore: true };
    case 'search.page': {
      const known = new Set(state.messages.map((one) => `${one.conversation} ${one.seq}`));
      const fresh = event['messages'].filter((/** @type {import('../sdk/types.js').Message} */ one) => !known.has(`${one.conversation} ${one.seq}`));
      return { ...state, loadingMore: false, messages: [...state.messages, ...fresh], next: event['next'], behind: event['behind'] ?? state.behind };
    }
    default:
      return state;
  }
}

/** What was found may change, or be recalled, while it is looked at. @param {SearchState} state @param {import('../sdk/types.js').Message} message @returns {SearchState} */
function withMessage(state, message) {
  const same = (/** @type {import('../sdk/types.js').Message} */ one) => one.conversation === message.conversation && one.seq === message.seq;
  if (message.recalled) return without(state, same);
  if (!state.messages.some((one) => same(one) && message.rev > one.rev)) return state;
  return { ...state, messages: state.messages.map((one) => (same(one) ? message : one)) };
}

/** @param {SearchState} state @param {import('../sdk/types.js').Item[]} items @returns {SearchState} */
function withoutHidden(state, items) {
  const keys = new Set(items.filter((item) => item.kind === 'hidden' && item.value !== null).map((item) => item.key));
  return keys.size > 0 ? without(state, (one) => keys.has(`${one.conversation}:${one.seq}`)) : state;
}

/** @param {SearchState} state @param {(one: import('../sdk/types.js').Message) => boolean} which @returns {SearchState} */
function without(state, which) {
  return state.messages.some(which) ? { ...state, messages: state.messages.filter((one) => !which(one)) } : state;
}
