// A conversation as it is kept here: what was fetched, and everything that was heard since, put together so that it says
// what the server would say. Pure: each function takes a conversation and gives the next one.
import { counted, hiddenAt, markAt, mentionsOf, refetched, tallyOf, unreadOf } from './tally.js';

/** @typedef {import('./types.js').Message} Message */
/** @typedef {import('./types.js').Conversation} Conversation */
/**
 * @typedef {Conversation & { tally: import('./tally.js').Tally, mark_seq: number, facts: Array<{ rev: number, fact: import('./types.js').SystemFact }> }} Replica
 * `read_seq` also covers what stands above an own message; `mark_seq` is where the own mark itself stands; `facts` are what
 * system rows have told since it was fetched.
 */
/** @typedef {Record<number, true>} Hidden the seqs that a person has deleted for themselves */

/** @param {Conversation} fresh @param {Replica | undefined} old @param {string} me @param {Hidden} [hidden] @returns {Replica} */
export function withFetched(fresh, old, me, hidden = {}) {
  if (old && fresh.rev < old.rev && fresh.rev < old.tally.upTo) return withMarksOf(old, fresh);
  const counts = tallyOf(fresh);
  const tally = old ? refetched(old.tally, counts) : counts;
  const lasts = [fresh.last_message, old?.last_message ?? null].filter((one) => one !== null && one.seq > (fresh.from_seq ?? 0) && !hidden[one.seq]);
  const last_message = lasts.reduce((a, b) => (a && b && !replaces(b, a) ? a : b), null);
  const mark_seq = Math.max(old?.mark_seq ?? 0, fresh.read_seq);
  const next = { ...fresh, last_message, n: Math.max(old?.n ?? 0, fresh.n), mark_seq, tally, facts: [] };
  return told(old ? withMarksOf(since(next, old, me), old) : next);
}

/** A fetched conversation never takes back what a push has told since. @param {Replica} fresh @param {Replica} old @param {string} me @returns {Replica} */
function since(fresh, old, me) {
  if (fresh.rev >= old.rev) return fresh;
  const from = Math.max(fresh.from_seq ?? 0, old.from_seq ?? 0);
  const later = { ...fresh, rev: old.rev, ...(from > 0 ? { from_seq: from } : {}) };
  return old.facts.filter((one) => one.rev > fresh.rev).reduce((one, { rev, fact }) => withFact(one, rev, fact, me), later);
}

/** Marks only grow. @param {Replica} one @param {Conversation} other @returns {Replica} */
function withMarksOf(one, other) {
  const theirs = new Map((other.members ?? []).map((member) => [member.user.id, member]));
  const members = one.members?.map((member) => {
    const more = theirs.get(member.user.id);
    const [read, delivered] = [more?.read_seq ?? 0, more?.delivered_seq ?? 0];
    if (read <= member.read_seq && delivered <= (member.delivered_seq ?? 0)) return member;
    return { ...member, read_seq: Math.max(read, member.read_seq), delivered_seq: Math.max(delivered, member.delivered_seq ?? 0) };
  });
  return { ...one, members };
}

/** Whether one takes the place of another, as the last message or under the same seq. @param {Message} one @param {Message} other */
export function replaces(one, other) {
  if (one.seq !== other.seq) return one.seq > other.seq;
  return one.rev > other.rev || (one.rev === other.rev && other.local === true && !one.local);
}

/** @param {Replica} old @param {Message} message @param {string} me @param {Hidden} [hidden] @returns {Replica} */
export function withMessage(old, message, me, hidden = {}) {
  if (message.seq <= (old.from_seq ?? 0)) return old;
  const last = old.last_message;
  const shown = !hidden[message.seq];
  const tally = counted(old.tally, message, me, !shown);
  const later = message.rev > old.rev;
  const last_message = shown && (last === null || replaces(message, last)) ? message : last;
  if (tally === old.tally && !later && last_message === last) return old;
  const next = { ...old, last_message, tally, rev: Math.max(old.rev, message.rev), n: Math.max(old.n, message.n ?? 0) };
  return told(later && message.system && message.seq === message.rev ? withFact(next, message.rev, message.system, me) : next);
}

/** What a system row changes; who was added is fetched, a name does not stand in the row. @param {Replica} old @param {number} rev @param {import('./types.js').SystemFact} fact @param {string} me @returns {Replica} */
function withFact(old, rev, fact, me) {
  const one = { ...old, facts: [...old.facts, { rev, fact }] };
  const users = fact.users ?? [];
  switch (fact.what) {
    case 'title_changed':
      return { ...one, title: fact.title ?? one.title };
    case 'history_changed':
      return fact.history ? { ...one, history: fact.history } : one;
    case 'slow_mode_changed':
      return { ...one, slow_mode_seconds: fact.seconds ?? 0 };
    case 'member_removed':
    case 'member_left': {
      const members = one.members.filter((member) => !users.includes(member.user.id));
      return { ...one, members, member_count: Math.max(0, one.member_count - users.length) };
    }
    case 'members_added':
      return { ...one, member_count: one.member_count + users.length };
    case 'role_changed': {
      const role = fact.role ?? 'member';
      // Who hands a group over stays as an admin.
      const roleOf = (/** @type {string} */ user, /** @type {string} */ had) => (users.includes(user) ? role : role === 'owner' && had === 'owner' ? 'admin' : had);
      const members = one.members.map((member) => ({ ...member, role: roleOf(member.user.id, member.role) }));
      return { ...one, members, ...(one.my_role ? { my_role: roleOf(me, one.my_role) } : {}) };
    }
    default:
      return old;
  }
}

/** @param {Replica} old @param {string} user @param {number} seq @param {string} me @returns {Replica} */
export function withRead(old, user, seq, me) {
  const members = marked(old.members, user, 'read_seq', seq);
  if (user !== me) return members === old.members ? old : { ...old, members };
  return told({ ...old, members, mark_seq: Math.max(seq, old.mark_seq), tally: markAt(old.tally, seq) });
}

/** @param {Replica} old @param {string} user @param {number} seq @returns {Replica} */
export function withDelivered(old, user, seq) {
  const members = marked(old.members, user, 'delivered_seq', seq);
  return members === old.members ? old : { ...old, members };
}

/** @param {import('./types.js').Member[]} members @param {string} user @param {'read_seq' | 'delivered_seq'} which @param {number} seq */
function marked(members, user, which, seq) {
  if (!members?.some((one) => one.user.id === user && seq > (one[which] ?? 0))) return members;
  return members.map((one) => (one.user.id === user ? { ...one, [which]: Math.max(seq, one[which] ?? 0) } : one));
}

/** What stands at or below it is not to be had any more. @param {Replica} old @param {number} seq @returns {Replica} */
export function withFloor(old, seq) {
  if (seq <= (old.from_seq ?? 0)) return old;
  const last = old.last_message;
  return told({ ...old, from_seq: seq, last_message: last && last.seq <= seq ? null : last, tally: markAt(old.tally, seq) });
}

/** @param {Replica} old @param {number[]} seqs @returns {Replica} */
export function withHidden(old, seqs) {
  const tally = seqs.reduce(hiddenAt, old.tally);
  const last = old.last_message;
  // What stood before the last one is only known to the server.
  if (last && seqs.includes(last.seq)) return told({ ...old, last_message: null, tally: { ...tally, stale: true } });
  return tally === old.tally ? old : told({ ...old, tally });
}

/** The counts as everybody reads them. @param {Replica} one @returns {Replica} */
function told(one) {
  const [unread, mentions] = [unreadOf(one.tally), mentionsOf(one.tally)];
  const read_seq = Math.max(one.read_seq, one.tally.bound);
  return one.unread === unread && one.mentions === mentions && one.read_seq === read_seq ? one : { ...one, unread, mentions, read_seq };
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
    if (old && !replaces(one, old)) continue;
    bySeq.set(one.seq, one);
    changed = true;
  }
  return changed ? [...bySeq.values()].sort((x, y) => x.seq - y.seq) : a;
}
