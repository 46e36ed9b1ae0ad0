// What is known of each conversation's messages, and what is on its way there.
/** @typedef {import('../sdk/types.js').Message} Message */
/** @typedef {import('../sdk/outbox.js').Outgoing} Outgoing */
/**
 * @typedef {object} Thread
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {Message[]} items ascending by seq, without holes from the first one on
 * @property {number | null} older the seq to ask for what stands before, null when nothing does
 * @property {boolean} loadingOlder
 * @property {{ code: string, message: string, reference: string | null } | null} error
 * @property {Outgoing[]} outgoing in the order they were written
 */
/** @typedef {Record<string, Thread>} MessagesState */

/** @returns {Thread} */
export function emptyThread() {
  return { status: 'idle', items: [], older: null, loadingOlder: false, error: null, outgoing: [] };
}

/** @param {MessagesState} state @param {{ type: string } & Record<string, any>} event @returns {MessagesState} */
export function messages(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return {};
    case 'thread.loading':
      return put(state, event['conversation'], (thread) => (event['older'] ? { ...thread, loadingOlder: true } : { ...thread, status: 'loading', error: null }));
    case 'thread.failed':
      return put(state, event['conversation'], (thread) =>
        event['older'] ? { ...thread, loadingOlder: false } : { ...thread, status: 'error', error: event['error'] });
    case 'thread.page':
      return put(state, event['conversation'], (thread) => paged(thread, event['messages'], event['next']));
    case 'message':
      return put(state, event['message'].conversation, (thread) => posted(thread, event['message']));
    case 'outgoing':
      return put(state, event['item'].conversation, (thread) =>
        has(thread.items, event['item'].client_id) ? thread : { ...thread, outgoing: withOutgoing(thread.outgoing, event['item']) });
    case 'outgoing.acked':
      return put(state, event['item'].conversation, (thread) => acked(thread, event['item'], event['ack'], event['me']));
    case 'outgoing.dropped':
      return Object.fromEntries(Object.entries(state).map(([id, thread]) => [id, without(thread, event['clientId'])]));
    case 'conversation.gone': {
      const { [event['id']]: _, ...rest } = state;
      return rest;
    }
    default:
      return state;
  }
}

/** @param {MessagesState} state @param {string} id @param {(thread: Thread) => Thread} change @returns {MessagesState} */
function put(state, id, change) {
  const old = state[id] ?? emptyThread();
  const thread = change(old);
  return thread === old ? state : { ...state, [id]: thread };
}

/** @param {Thread} thread @param {Message[]} page @param {number | null} next @returns {Thread} */
function paged(thread, page, next) {
  const lowest = thread.items[0]?.seq ?? Infinity;
  const first = page[0]?.seq ?? lowest;
  const older = first <= lowest ? next : thread.older;
  const outgoing = thread.outgoing.filter((one) => !has(page, one.client_id));
  return { ...thread, status: 'ready', error: null, loadingOlder: false, older, outgoing, items: merge(thread.items, page) };
}

/** Before the first page is here, a message alone would look like the whole thread. @param {Thread} thread @param {Message} message @returns {Thread} */
function posted(thread, message) {
  const clean = without(thread, message.client_id ?? null);
  if (thread.status === 'idle' || thread.status === 'error') return clean;
  return { ...clean, items: merge(clean.items, [message]) };
}

/** @param {Thread} thread @param {Outgoing} item @param {import('../sdk/outbox.js').Ack} ack @param {string} me @returns {Thread} */
function acked(thread, item, ack, me) {
  /** @type {Message} */
  const message = {
    conversation: item.conversation, seq: ack.seq, rev: ack.rev, n: ack.n, sender: me,
    client_id: item.client_id, at: ack.at, kind: 'text', text: item.text, card: null,
  };
  return posted(without(thread, item.client_id), message);
}

/** @param {Thread} thread @param {string | null} clientId @returns {Thread} */
function without(thread, clientId) {
  if (clientId === null || !thread.outgoing.some((one) => one.client_id === clientId)) return thread;
  return { ...thread, outgoing: thread.outgoing.filter((one) => one.client_id !== clientId) };
}

/** @param {Message[]} items @param {string} clientId */
function has(items, clientId) {
  return items.some((message) => message.client_id === clientId);
}

/** @param {Outgoing[]} list @param {Outgoing} item */
function withOutgoing(list, item) {
  return list.some((one) => one.client_id === item.client_id)
    ? list.map((one) => (one.client_id === item.client_id ? item : one))
    : [...list, item];
}

/** Both ascending by seq; of one seq the higher rev stays. @param {Message[]} a @param {Message[]} b @returns {Message[]} */
export function merge(a, b) {
  const last = a.at(-1);
  if (b.length === 1 && b[0] && (!last || b[0].seq > last.seq)) return [...a, b[0]];
  /** @type {Map<number, Message>} */
  const bySeq = new Map();
  let changed = false;
  for (const one of a) bySeq.set(one.seq, one);
  for (const one of b) {
    const old = bySeq.get(one.seq);
    if (old && old.rev >= one.rev) continue;
    bySeq.set(one.seq, one);
    changed = true;
  }
  return changed ? [...bySeq.values()].sort((x, y) => x.seq - y.seq) : a;
}

/**
 * @typedef {{ key: string, message: Message | null, outgoing: Outgoing | null, sender: string | null, at: string, first: boolean, last: boolean }} Row
 * @typedef {{ day: string, rows: Row[] }} Day
 */

const CLOSE_MS = 5 * 60_000;

/**
 * The thread as it is shown: by local day, neighbours of one sender grouped, the unsent at the end.
 * A row's key is its client_id where it has one, so that a bubble keeps its place when it is acknowledged.
 * @param {Thread} thread @param {string} me @param {(at: string) => string} dayOf @returns {Day[]}
 */
export function byDay(thread, me, dayOf) {
  /** @type {Row[]} */
  const rows = [
    ...thread.items.map((message) => ({ key: message.client_id ?? `s${message.seq}`, message, outgoing: null, sender: message.kind === 'system' ? null : message.sender, at: message.at, first: true, last: true })),
    ...thread.outgoing.map((outgoing) => ({ key: outgoing.client_id, message: null, outgoing, sender: me, at: outgoing.made_at, first: true, last: true })),
  ];
  /** @type {Day[]} */
  const days = [];
  rows.forEach((row, i) => {
    const before = rows[i - 1];
    const day = row.outgoing ? (days.at(-1)?.day ?? dayOf(row.at)) : dayOf(row.at);
    const joined = before !== undefined && before.sender !== null && before.sender === row.sender && days.at(-1)?.day === day && Date.parse(row.at) - Date.parse(before.at) < CLOSE_MS;
    if (joined) {
      row.first = false;
      before.last = false;
    }
    const open = days.at(-1);
    if (open && open.day === day) open.rows.push(row);
    else days.push({ day, rows: [row] });
  });
  return days;
}

/** Rows that say the same stay the same object, so that only what changed is drawn again. @param {Day[]} before @param {Day[]} after @returns {Day[]} */
export function keepEqual(before, after) {
  const rows = new Map(before.flatMap((day) => day.rows.map((row) => [row.key, row])));
  const days = new Map(before.map((day) => [day.day, day]));
  return after.map((day) => {
    const kept = day.rows.map((row) => {
      const old = rows.get(row.key);
      return old && old.message === row.message && old.outgoing === row.outgoing && old.first === row.first && old.last === row.last ? old : row;
    });
    const old = days.get(day.day);
    return old && old.rows.length === kept.length && old.rows.every((row, i) => row === kept[i]) ? old : { day: day.day, rows: kept };
  });
}
