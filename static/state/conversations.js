// The list of conversations: what each is, what was last said in it, what is unread.
/** @typedef {import('../sdk/types.js').Conversation} Conversation */
/** @typedef {import('../sdk/types.js').Message} Message */
/**
 * @typedef {object} ConversationsState
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {Record<string, Conversation>} byId
 * @property {string | null} next cursor of the list's next page
 * @property {{ code: string, message: string, reference: string | null } | null} error
 * @property {Record<string, true>} gone asked for, and not ours
 */

/** @returns {ConversationsState} */
export function noConversations() {
  return { status: 'idle', byId: {}, next: null, error: null, gone: {} };
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
      return { ...state, status: 'ready', error: null, next: event['next'], byId: page.reduce(withConversation, state.byId) };
    }
    case 'conversation': {
      const { [event['conversation'].id]: _, ...gone } = state.gone;
      return { ...state, gone, byId: withConversation(state.byId, event['conversation']) };
    }
    case 'conversation.gone': {
      const { [event['id']]: _, ...byId } = state.byId;
      return { ...state, byId, gone: { ...state.gone, [event['id']]: true } };
    }
    case 'message':
      return withMessage(state, event['message'], event['me']);
    case 'read':
      return withRead(state, event['conversation'], event['user'], event['seq'], event['me']);
    default:
      return state;
  }
}

/** A fetched conversation never takes back what a push has told since. @param {Record<string, Conversation>} byId @param {Conversation} fresh */
function withConversation(byId, fresh) {
  const old = byId[fresh.id];
  if (!old) return { ...byId, [fresh.id]: fresh };
  const newer = lastOf(old) > lastOf(fresh) ? old : fresh;
  const read_seq = Math.max(old.read_seq, fresh.read_seq);
  return { ...byId, [fresh.id]: { ...fresh, last_message: newer.last_message, unread: newer.unread, n: Math.max(old.n, fresh.n), read_seq } };
}

/** @param {Conversation} conversation */
function lastOf(conversation) {
  return conversation.last_message?.seq ?? 0;
}

/** @param {ConversationsState} state @param {Message} message @param {string} me @returns {ConversationsState} */
function withMessage(state, message, me) {
  const old = state.byId[message.conversation];
  if (!old) return state;
  const last = lastOf(old);
  if (message.seq < last) return state;
  if (message.seq === last) return put(state, { ...old, last_message: message });
  const counts = message.n !== null && message.sender !== me && message.seq > old.read_seq;
  // Who writes has read what stands above.
  const own = message.sender === me;
  return put(state, {
    ...old,
    last_message: message,
    n: message.n ?? old.n,
    unread: own ? 0 : counts ? Math.min(100, old.unread + 1) : old.unread,
    read_seq: own ? Math.max(old.read_seq, message.seq) : old.read_seq,
  });
}

/** @param {ConversationsState} state @param {string} id @param {string} user @param {number} seq @param {string} me @returns {ConversationsState} */
function withRead(state, id, user, seq, me) {
  const old = state.byId[id];
  if (!old) return state;
  const members = old.members.map((one) => (one.user.id === user && seq > one.read_seq ? { ...one, read_seq: seq } : one));
  if (user !== me || seq <= old.read_seq) return put(state, { ...old, members });
  return put(state, { ...old, members, read_seq: seq, unread: seq >= lastOf(old) ? 0 : old.unread });
}

/** @param {ConversationsState} state @param {Conversation} one @returns {ConversationsState} */
function put(state, one) {
  return { ...state, byId: { ...state.byId, [one.id]: one } };
}

/** Latest activity first. @param {ConversationsState} state @returns {Conversation[]} */
export function inOrder(state) {
  const at = (/** @type {Conversation} */ one) => one.last_message?.at ?? one.created_at;
  return Object.values(state.byId).sort((a, b) => (at(a) < at(b) ? 1 : at(a) > at(b) ? -1 : a.id < b.id ? 1 : -1));
}

/** The other person of a direct conversation. @param {Conversation} one @param {string} me */
export function peerOf(one, me) {
  if (one.kind !== 'direct') return null;
  return (one.members.find((member) => member.user.id !== me) ?? one.members[0])?.user ?? null;
}

/** How far everybody else has read. @param {Conversation} one @param {string} me */
export function readByOthers(one, me) {
  const others = one.members.filter((member) => member.user.id !== me);
  return others.length === 0 ? 0 : Math.min(...others.map((member) => member.read_seq));
}

/** @param {ConversationsState} state */
export function unreadTotal(state) {
  return Object.values(state.byId).reduce((sum, one) => sum + one.unread, 0);
}
