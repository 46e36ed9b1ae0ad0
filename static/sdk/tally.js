// What is unread, counted exactly as the server counts it: another person's countable message beyond the own read mark,
// the own last message and what may not be read; not recalled, not hidden; at most 100. Pure.
//
// A fetched conversation brings the count up to its rev. What comes after it is kept one by one. Of what the fetched count
// holds only the number is known: when some of it is read, recalled or hidden, the tally is `stale` and is to be fetched.

/** @typedef {import('./types.js').Message} Message */
/**
 * @typedef {object} Tally
 * @property {number} upTo the rev at which the count was fetched
 * @property {number} unread @property {number} mentions of what stands up to it
 * @property {number} mark how far the own read mark is known to stand; at least what may not be read
 * @property {number} bound what stands up to this seq is read: by the mark, or because oneself has written since
 * @property {Record<number, boolean>} later what came after and is unread, by seq; whether it mentions oneself
 * @property {number} changed the rev of the last recall or edit: an answer that was read before it counts otherwise
 * @property {boolean} stale
 */

const MOST = 100;
/** So many are kept one by one; older ones are only counted. */
const KEPT = 300;

/** @param {{ rev: number, unread: number, mentions?: number, read_seq: number, from_seq?: number }} fetched @returns {Tally} */
export function tallyOf(fetched) {
  const mark = Math.max(fetched.read_seq, fetched.from_seq ?? 0);
  return { upTo: fetched.rev, unread: fetched.unread, mentions: fetched.mentions ?? 0, mark, bound: mark, later: {}, changed: 0, stale: false };
}

/** @param {Tally} tally */
export function unreadOf(tally) {
  return Math.min(MOST, tally.unread + Object.keys(tally.later).length);
}

/** @param {Tally} tally */
export function mentionsOf(tally) {
  return Math.min(MOST, tally.mentions + Object.values(tally.later).filter(Boolean).length);
}

/** Whether a message is one that counts at all. @param {Message} message @param {string} me */
export function countable(message, me) {
  return message.n !== null && message.n !== undefined && message.sender !== me && !message.recalled;
}

/** A message that was posted or changed. @param {Tally} tally @param {Message} message @param {string} me @param {boolean} hidden @returns {Tally} */
export function counted(tally, message, me, hidden) {
  const { seq, rev, sender } = message;
  if (rev <= tally.upTo) return tally;
  // Who writes has read what stands above; a message that the fetched count knows of is in it already.
  if (sender === me) return message.n === null || seq <= tally.upTo ? tally : boundAt(tally, seq);
  if (seq <= tally.bound) return tally;
  // A recall takes one away, and an edit may mention, or mention no more.
  const matters = message.recalled !== undefined || message.edited_at !== undefined;
  const next = matters ? { ...tally, changed: rev } : tally;
  if (seq <= tally.upTo) return matters && !hidden && tally.unread > 0 ? { ...next, stale: true } : next;
  if (!countable(message, me) || hidden) return uncounted(next, seq);
  const later = { ...next.later, [seq]: mentions(message, me) };
  return folded({ ...next, later });
}

/** @param {Tally} tally @param {number} seq @returns {Tally} */
function uncounted(tally, seq) {
  if (!(seq in tally.later)) return tally;
  const { [seq]: _, ...later } = tally.later;
  return { ...tally, later };
}

/** Hidden for oneself: it counts no more; whether an answer on its way knows of it cannot be told. @param {Tally} tally @param {number} seq @returns {Tally} */
export function hiddenAt(tally, seq) {
  if (seq <= tally.bound) return tally;
  if (seq <= tally.upTo) return tally.unread > 0 ? { ...tally, stale: true } : tally;
  return seq in tally.later ? { ...uncounted(tally, seq), stale: true } : tally;
}

/** The own mark stands here. @param {Tally} tally @param {number} seq @returns {Tally} */
export function markAt(tally, seq) {
  return seq <= tally.mark ? tally : { ...boundAt(tally, seq), mark: seq };
}

/** Read up to here. @param {Tally} tally @param {number} seq @returns {Tally} */
function boundAt(tally, seq) {
  if (seq <= tally.bound) return tally;
  const later = Object.fromEntries(Object.entries(tally.later).filter(([at]) => Number(at) > seq));
  if (seq >= tally.upTo) return { ...tally, later, bound: seq, unread: 0, mentions: 0, stale: false };
  return { ...tally, later, bound: seq, stale: tally.stale || tally.unread > 0 };
}

/** A count that was fetched anew. An older answer than what is known is no news. @param {Tally} old @param {Tally} fresh @returns {Tally} */
export function refetched(old, fresh) {
  if (fresh.upTo < old.upTo) return old;
  const later = Object.fromEntries(Object.entries(old.later).filter(([at]) => Number(at) > Math.max(fresh.upTo, fresh.bound)));
  // A mark that moved while the answer was on its way; own messages up to its rev are in the fetched count already.
  const stale = old.changed > fresh.upTo && fresh.unread > 0;
  const marked = markAt({ ...fresh, later, changed: old.changed, stale }, old.mark);
  return old.bound > marked.upTo ? boundAt(marked, old.bound) : { ...marked, bound: Math.max(marked.bound, old.bound) };
}

/** @param {Message} message @param {string} me */
export function mentions(message, me) {
  return message.mentions?.includes(me) === true;
}

/** The oldest of too many join the number. @param {Tally} tally @returns {Tally} */
function folded(tally) {
  const seqs = Object.keys(tally.later).map(Number);
  if (seqs.length <= KEPT) return tally;
  const seq = Math.min(...seqs);
  const { [seq]: mention = false, ...later } = tally.later;
  return { ...tally, later, upTo: Math.max(seq, tally.upTo), unread: tally.unread + 1, mentions: tally.mentions + (mention ? 1 : 0) };
}
