// Reading: which part of a conversation is here, and how the rest is fetched.
import { asQuipuError } from '../sdk/errors.js';
import { messageAt } from '../state/messages.js';
import { plainError } from './fault.js';
import { ask, interrupted, link } from './link.js';
import { dispatch, state } from './store.js';

const PAGE = 50;

/** @param {string} id */
export async function loadThread(id) {
  const status = state.messages.peek()[id]?.status;
  if (status === 'loading' || status === 'ready') return;
  dispatch({ type: 'thread.loading', conversation: id });
  try {
    const page = await ask('message.history', { conversation: id, limit: PAGE });
    const stopped = readingStopped(id, page.messages);
    if (stopped === null) dispatch({ type: 'thread.page', conversation: id, messages: page.messages, next: page.next });
    else dispatch({ type: 'thread.window', conversation: id, ...(await around(id, stopped)), focus: null });
  } catch (thrown) {
    dispatch({ type: 'thread.failed', conversation: id, error: plainError(thrown) });
  }
}

/** Where reading stopped, if that is before the newest page: it is read on from there. @param {string} id @param {import('../sdk/types.js').Message[]} page @returns {number | null} */
function readingStopped(id, page) {
  const one = state.conversations.peek().byId[id];
  const first = page[0];
  if (!one || !first || one.unread === 0 || first.seq <= one.read_seq + 1) return null;
  const me = state.session.peek().user?.id;
  return page.some((message) => message.sender === me && message.n !== null) ? null : one.read_seq;
}

/** @param {string} id @param {number} seq */
async function around(id, seq) {
  const half = { conversation: id, limit: PAGE / 2 };
  const [before, after] = await Promise.all([seq > 0 ? ask('message.history', { ...half, before: seq + 1 }) : { messages: [], next: null }, ask('message.history', { ...half, after: seq })]);
  return { messages: [...before.messages, ...after.messages], older: before.next, newer: after.next };
}

/** @param {string} id */
export async function loadOlder(id) {
  const thread = state.messages.peek()[id];
  if (!thread || thread.older === null || thread.loadingOlder || thread.status !== 'ready') return;
  dispatch({ type: 'thread.loading', conversation: id, older: true });
  try {
    const page = await ask('message.history', { conversation: id, before: thread.older, limit: PAGE });
    dispatch({ type: 'thread.page', conversation: id, before: thread.older, messages: page.messages, next: page.next });
  } catch (thrown) {
    dispatch({ type: 'thread.failed', conversation: id, older: true, error: plainError(thrown) });
  }
}

/** After a jump far up: what stands below. @param {string} id */
export async function loadNewer(id) {
  const thread = state.messages.peek()[id];
  if (!thread || thread.newer === null || thread.loadingNewer || thread.status !== 'ready') return;
  dispatch({ type: 'thread.loading', conversation: id, newer: true });
  try {
    const page = await ask('message.history', { conversation: id, after: thread.newer, limit: PAGE });
    dispatch({ type: 'thread.page', conversation: id, newer: true, after: thread.newer, messages: page.messages, next: page.next });
  } catch (thrown) {
    dispatch({ type: 'thread.failed', conversation: id, newer: true, error: plainError(thrown) });
  }
}

/** Brings a message into view, with what stands around it. @param {string} id @param {number} seq @returns {Promise<boolean>} whether it is there */
export async function jumpTo(id, seq) {
  const thread = state.messages.peek()[id];
  if (thread?.items.some((one) => one.seq === seq)) {
    dispatch({ type: 'thread.focus', conversation: id, seq });
    return true;
  }
  return windowOf(id, seq, () => around(id, seq));
}

/** @param {string} id */
export async function jumpToEnd(id) {
  if ((state.messages.peek()[id]?.newer ?? null) === null) return;
  await windowOf(id, null, async () => {
    const page = await ask('message.history', { conversation: id, limit: PAGE });
    return { messages: page.messages, older: page.next, newer: null };
  });
}

/** @param {string} id @param {number | null} focus @param {() => Promise<{ messages: import('../sdk/types.js').Message[], older: number | null, newer: number | null }>} fetch @returns {Promise<boolean>} */
async function windowOf(id, focus, fetch) {
  dispatch({ type: 'thread.loading', conversation: id });
  try {
    const part = await fetch();
    const there = focus === null || part.messages.some((one) => one.seq === focus);
    dispatch(there ? { type: 'thread.window', conversation: id, ...part, focus } : { type: 'thread.failed', conversation: id, error: null });
    return there;
  } catch (thrown) {
    dispatch({ type: 'thread.failed', conversation: id, error: plainError(thrown) });
    throw thrown;
  }
}

/** The look of a jump is over. @param {string} id */
export function jumped(id) {
  dispatch({ type: 'thread.focus', conversation: id, seq: null });
}

/** @param {string} id */
export async function loadPinned(id) {
  const { messages } = await ask('message.pinned', { conversation: id });
  dispatch({ type: 'pinned.page', conversation: id, messages });
}

/** @type {Set<string>} */
const replies = new Set();

/** The one message that was answered to, for its preview. @param {string} id @param {number} seq */
export async function loadReply(id, seq) {
  const thread = state.messages.peek()[id];
  if ((thread && (messageAt(thread, seq) || seq in thread.replies)) || replies.has(`${id} ${seq}`)) return;
  replies.add(`${id} ${seq}`);
  try {
    const page = await ask('message.history', { conversation: id, before: seq + 1, limit: 1 });
    const message = page.messages.find((/** @type {import('../sdk/types.js').Message} */ one) => one.seq === seq) ?? null;
    dispatch({ type: 'reply.loaded', conversation: id, seq, message });
  } catch {
    // the next look asks again
  } finally {
    replies.delete(`${id} ${seq}`);
  }
}

/** A link to a conversation beyond the first pages of the list, or to none of ours. @param {string} id */
export async function openConversation(id) {
  const { byId } = state.conversations.peek();
  if (byId[id]) return;
  try {
    const { conversation } = await ask('conversation.get', { conversation: id });
    dispatch({ type: 'conversation', conversation });
    link().follow(`c:${id}`, conversation.rev);
  } catch (thrown) {
    const { code } = asQuipuError(thrown);
    if (!interrupted(thrown)) dispatch(code === 'not_a_member' || code === 'invalid_field' ? { type: 'conversation.gone', id } : { type: 'conversations.failed', error: plainError(thrown) });
  }
}

/** @type {Map<string, number>} what was told already, so that scrolling does not tell it again */
const marked = new Map();

/** @param {string} conversation @param {number} seq */
export async function markRead(conversation, seq) {
  const one = state.conversations.peek().byId[conversation];
  if (!one || seq <= one.mark_seq || seq <= (marked.get(conversation) ?? 0)) return;
  if (!othersWrote(conversation, one.mark_seq, seq)) return;
  marked.set(conversation, seq);
  try {
    await link().markRead(conversation, seq);
  } catch {
    marked.delete(conversation); // the next look tries again
  }
}

/** Own words alone need no mark. @param {string} id @param {number} from @param {number} to */
function othersWrote(id, from, to) {
  const thread = state.messages.peek()[id];
  const first = thread?.items[0];
  if (!thread || !first || (first.seq > from + 1 && thread.older !== null)) return true;
  const me = state.session.peek().user?.id;
  return thread.items.some((one) => one.seq > from && one.seq <= to && one.sender !== me);
}
