// What is known of each conversation's messages, and what is on its way there.
import { merge } from '../sdk/replica.js';
import { withHiddenItems } from './hidden.js';
import { acknowledged, changing, givenUp, noOverlay, reacted, settled, unreacted } from './overlay.js';

/** @typedef {import('../sdk/types.js').Message} Message */
/** @typedef {import('../sdk/outbox.js').Outgoing} Outgoing */
/**
 * @typedef {object} Thread
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {Message[]} items ascending by seq, a part of the whole without holes
 * @property {number | null} older the seq to ask for what stands before, null when nothing does
 * @property {number | null} newer the seq to ask for what stands after, null when the end is here
 * @property {number} heard the highest seq that was heard of
 * @property {number} reading how many pages are asked for
 * @property {Message[]} meanwhile what was heard while they are: an answer that was read before does not know it
 * @property {number} floor what stands up to it is not to be had
 * @property {boolean} loadingOlder @property {boolean} loadingNewer
 * @property {{ code: string, message: string, reference: string | null } | null} error
 * @property {Outgoing[]} outgoing messages on their way, in the order they were written
 * @property {Record<number, true>} hidden
 * @property {import('./overlay.js').Overlay} overlay edits and reactions that the server has not confirmed yet
 * @property {Message[] | null} pinned the latest first; null before they were asked for
 * @property {Record<number, Message | null>} replies messages answered to that stand elsewhere; null is not to be had
 * @property {number | null} focus where the last jump went
 */
/** @typedef {Record<string, Thread>} MessagesState */
/** @typedef {import('./rows.js').Row} Row */
/** @typedef {import('./rows.js').Day} Day */
/** @typedef {{ type: string } & Record<string, any>} Event */

/** @returns {Thread} */
export function emptyThread() {
  return {
    status: 'idle', items: [], older: null, newer: null, heard: 0, reading: 0, meanwhile: [], floor: 0, loadingOlder: false, loadingNewer: false, error: null,
    outgoing: [], hidden: {}, overlay: noOverlay(), pinned: null, replies: {}, focus: null,
  };
}

/** @param {MessagesState} state @param {Event} event @returns {MessagesState} */
export function messages(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return {};
    case 'message':
      return put(state, event['message'].conversation, (thread) => posted(thread, event['message'], event['me']));
    case 'floor':
      return state[event['conversation']] ? put(state, event['conversation'], (thread) => floored(thread, event['seq'])) : state;
    case 'conversation': {
      const { id, from_seq } = event['conversation'];
      return from_seq && state[id] ? put(state, id, (thread) => floored(thread, from_seq)) : state;
    }
    case 'conversation.gone':
      return gone(state, event['id']);
    case 'items':
      return withItems(state, event['items']);
    case 'outgoing':
    case 'outgoing.acked':
    case 'outgoing.refused':
      return put(state, event['item'].conversation, (thread) => outgoing(thread, event));
    case 'outgoing.dropped':
      return Object.fromEntries(Object.entries(state).map(([id, thread]) => [id, givenUp(without(thread, event['clientId']), event['clientId'])]));
    default:
      return event['conversation'] && /^(thread|reaction|pinned|reply)\./.test(event.type) ? put(state, event['conversation'], (thread) => asked(thread, event)) : state;
  }
}

/** @param {MessagesState} state @param {string} id @param {(thread: Thread) => Thread} change @returns {MessagesState} */
function put(state, id, change) {
  const old = state[id] ?? emptyThread();
  const thread = change(old);
  return thread === old ? state : { ...state, [id]: thread };
}

/** What was asked for one conversation, and what came of it. @param {Thread} thread @param {Event} event @returns {Thread} */
function asked(thread, event) {
  switch (event.type) {
    case 'thread.loading':
      return { ...thread, ...loading(thread, event), reading: thread.reading + 1 };
    case 'thread.failed':
      return read(thread.status === 'loading' ? { ...thread, status: 'error', error: event['error'] } : { ...thread, loadingOlder: false, loadingNewer: false });
    case 'thread.page':
      return read(continues(thread, event) ? (event['newer'] ? pagedOn(thread, event['messages'], event['next']) : paged(thread, event['messages'], event['next'], event['me'])) : { ...thread, loadingOlder: false, loadingNewer: false });
    case 'thread.focus':
      return { ...thread, focus: event['seq'] };
    case 'thread.window':
      return read(windowed(thread, event));
    case 'reaction.wished':
      return reacted(thread, event['seq'], event['emoji'], event['on']);
    case 'reaction.told':
      return unreacted(thread, event['seq'], event['emoji'], event['on'], event['rev']);
    case 'pinned.page':
      return { ...thread, pinned: event['messages'] };
    case 'reply.loaded':
      return { ...thread, replies: { ...thread.replies, [event['seq']]: event['message'] } };
    default:
      return thread;
  }
}

/** @param {Thread} thread @param {Event} event @returns {Partial<Thread>} */
function loading(thread, event) {
  if (event['older']) return { loadingOlder: true };
  if (event['newer']) return { loadingNewer: true };
  return thread.status === 'ready' ? {} : { status: 'loading', error: null };
}

/** A page continues what was shown when it was asked for: after a jump elsewhere it is for nothing. @param {Thread} thread @param {Event} event */
function continues(thread, event) {
  if (event['before'] !== undefined) return thread.older === event['before'];
  return event['after'] === undefined || thread.newer === event['after'];
}

/** One page less is asked for; what was heard meanwhile is put to what it brought. @param {Thread} thread @returns {Thread} */
function read(thread) {
  const reading = Math.max(0, thread.reading - 1);
  const next = { ...thread, reading, meanwhile: reading === 0 ? [] : thread.meanwhile };
  if (thread.status !== 'ready') return next;
  const known = thread.meanwhile.filter((one) => one.seq > thread.floor && belongs(thread, one.seq));
  const items = merge(thread.items, known);
  return { ...next, items, newer: thread.newer ?? unreached(items, thread.heard) };
}

/** A page of what stands before, or the newest. @param {Thread} thread @param {Message[]} page @param {number | null} next @param {string} me @returns {Thread} */
function paged(thread, page, next, me) {
  const lowest = thread.items[0]?.seq ?? Infinity;
  const older = (page[0]?.seq ?? lowest) <= lowest ? next : thread.older;
  const outgoing = thread.outgoing.filter((one) => !has(page, one.client_id, me));
  return { ...thread, status: 'ready', error: null, loadingOlder: false, older, outgoing, items: merge(thread.items, above(page, thread.floor)) };
}

/** A page of what stands after. @param {Thread} thread @param {Message[]} page @param {number | null} next @returns {Thread} */
function pagedOn(thread, page, next) {
  return { ...thread, loadingNewer: false, items: merge(thread.items, above(page, thread.floor)), newer: next };
}

/** A part around another place, or the end, takes the place of what was shown. @param {Thread} thread @param {Event} event @returns {Thread} */
function windowed(thread, event) {
  const items = merge([], above(event['messages'], thread.floor));
  const outgoing = thread.outgoing.filter((one) => !has(items, one.client_id, event['me']));
  return { ...thread, status: 'ready', error: null, loadingOlder: false, loadingNewer: false, items, outgoing, older: event['older'], newer: event['newer'] ?? null, focus: event['focus'] ?? null };
}

/** A message is known to stand below, and is not here: it is asked for. @param {Message[]} items @param {number} heard @returns {number | null} */
function unreached(items, heard) {
  const last = items.at(-1)?.seq ?? 0;
  return heard > last ? last : null;
}

/** @param {Message[]} page @param {number} floor */
function above(page, floor) {
  return page.some((one) => one.seq <= floor) ? page.filter((one) => one.seq > floor) : page;
}

/** Before the first page is here, a message alone would look like the whole thread. @param {Thread} thread @param {Message} message @param {string} me @returns {Thread} */
function posted(thread, message, me) {
  if (message.seq <= thread.floor) return thread;
  let next = message.sender === me ? without(thread, message.client_id ?? null) : thread;
  next = settled(withPinned(next, message), message);
  if (message.seq in next.replies) next = { ...next, replies: { ...next.replies, [message.seq]: message } };
  if (next.status === 'idle' || next.status === 'error') return next;
  if (message.seq > next.heard) next = { ...next, heard: message.seq };
  if (next.reading > 0) next = { ...next, meanwhile: [...next.meanwhile, message] };
  return next.status === 'ready' && belongs(next, message.seq) ? { ...next, items: merge(next.items, [message]) } : next;
}

/** Whether a seq lies within what is shown, or continues it. @param {Thread} thread @param {number} seq */
function belongs({ items, older, newer }, seq) {
  const [first, last] = [items[0]?.seq, items.at(-1)?.seq];
  if (first === undefined || last === undefined) return newer === null;
  if (seq < first) return older === null;
  return seq <= last || newer === null;
}

/** @param {Thread} thread @param {Message} message @returns {Thread} */
function withPinned(thread, message) {
  const { pinned } = thread;
  if (pinned === null || (!message.pinned && !pinned.some((one) => one.seq === message.seq))) return thread;
  const others = pinned.filter((one) => one.seq !== message.seq);
  return { ...thread, pinned: message.pinned ? [...others, message].sort((a, b) => b.seq - a.seq) : others };
}

/** What may not be read any more is forgotten. @param {Thread} thread @param {number} seq @returns {Thread} */
function floored(thread, seq) {
  if (seq <= thread.floor) return thread;
  const items = above(thread.items, seq);
  // Of what may still be read, the part that is shown begins where it began; with nothing left of it, all is asked for anew.
  const cut = items.length < thread.items.length;
  const status = cut && items.length === 0 && thread.status === 'ready' && thread.newer !== null ? 'idle' : thread.status;
  return { ...thread, status, floor: seq, items, older: cut ? null : thread.older, pinned: thread.pinned ? above(thread.pinned, seq) : null, replies: {} };
}

/** @param {MessagesState} state @param {string} id @returns {MessagesState} */
function gone(state, id) {
  const { [id]: left, ...rest } = state;
  // Who comes back does not see again what they had deleted.
  return left && Object.keys(left.hidden).length > 0 ? { ...rest, [id]: { ...emptyThread(), hidden: left.hidden } } : rest;
}

/** @param {MessagesState} state @param {import('../sdk/types.js').Item[]} items @returns {MessagesState} */
function withItems(state, items) {
  const ids = new Set(items.filter((item) => item.kind === 'hidden').map((item) => item.key.split(':')[0] ?? ''));
  let next = state;
  for (const id of ids) {
    const { hidden } = withHiddenItems({ [id]: state[id]?.hidden ?? {} }, items.filter((item) => item.key.startsWith(`${id}:`)));
    next = put(next, id, (thread) => ({ ...thread, hidden: hidden[id] ?? {} }));
  }
  return next;
}

/** @param {Thread} thread @param {Event} event @returns {Thread} */
function outgoing(thread, event) {
  const item = /** @type {Outgoing} */ (event['item']);
  if (item.op === 'message.edit') return event.type === 'outgoing' ? changing(thread, item) : event.type === 'outgoing.acked' ? acknowledged(thread, item, event['ack'].rev) : givenUp(thread, item.client_id);
  if (item.op !== undefined && item.op !== 'message.send' && item.op !== 'message.forward') return thread;
  if (event.type === 'outgoing') return has(thread.items, item.client_id, event['me']) ? thread : { ...thread, outgoing: withOutgoing(thread.outgoing, item) };
  return event.type === 'outgoing.acked' ? acked(thread, item, event['ack'], event['me']) : without(thread, item.client_id);
}

/** @param {Thread} thread @param {Outgoing} item @param {import('../sdk/types.js').Ack} ack @param {string} me @returns {Thread} */
function acked(thread, item, ack, me) {
  const { reply_to, mentions } = item.d ?? {};
  /** @type {Message} */
  const message = {
    conversation: item.conversation, seq: ack.seq, rev: ack.rev, n: ack.n ?? null, sender: me,
    client_id: item.client_id, at: ack.at ?? item.made_at, kind: 'text', text: item.text, card: null, local: true,
    ...(reply_to ? { reply_to } : {}), ...(mentions ? { mentions } : {}), ...item.show,
  };
  return posted(without(thread, item.client_id), message, me);
}

/** @param {Thread} thread @param {string | null} clientId @returns {Thread} */
function without(thread, clientId) {
  if (clientId === null || !thread.outgoing.some((one) => one.client_id === clientId)) return thread;
  return { ...thread, outgoing: thread.outgoing.filter((one) => one.client_id !== clientId) };
}

/** A client_id names a message only together with its sender: others may have chosen the same. @param {Message[]} items @param {string} clientId @param {string} me */
function has(items, clientId, me) {
  return items.some((message) => message.client_id === clientId && message.sender === me);
}

/** @param {Outgoing[]} list @param {Outgoing} item */
function withOutgoing(list, item) {
  return list.some((one) => one.client_id === item.client_id)
    ? list.map((one) => (one.client_id === item.client_id ? item : one))
    : [...list, item];
}

/** @param {Thread} thread @param {number} seq @returns {Message | null} */
export function messageAt(thread, seq) {
  return thread.items.find((one) => one.seq === seq) ?? thread.pinned?.find((one) => one.seq === seq) ?? null;
}

/** What was answered to: null says that it is not to be had, undefined that it has to be asked for. @param {Thread} thread @param {number} seq @returns {Message | null | undefined} */
export function replyPreview(thread, seq) {
  if (seq <= thread.floor || thread.hidden[seq]) return null;
  return messageAt(thread, seq) ?? thread.replies[seq];
}

/** The own last message that is here, for slow mode and for the key that edits it. @param {Thread} thread @param {string} me @returns {Message | null} */
export function ownLast(thread, me) {
  return thread.items.findLast((one) => one.sender === me && one.kind !== 'system' && !one.recalled && !thread.hidden[one.seq]) ?? null;
}

/** Where the unread begin, among what is here. @param {Thread} thread @param {{ read_seq: number, unread: number }} conversation @param {string} me @returns {number | null} */
export function firstUnread(thread, conversation, me) {
  if (conversation.unread === 0) return null;
  const own = thread.items.findLast((one) => one.sender === me && one.n !== null)?.seq ?? 0;
  const bound = Math.max(conversation.read_seq, own);
  return thread.items.find((one) => one.seq > bound && one.n !== null && one.sender !== me && !one.recalled && !thread.hidden[one.seq])?.seq ?? null;
}

export { merge };
export { reactionsOf, shown } from './overlay.js';
export { byDay, keepEqual } from './rows.js';
