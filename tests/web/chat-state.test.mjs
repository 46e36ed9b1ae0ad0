import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accepted, contacts, isBlocked, noContacts, pending, requested, standingOf } from '../../static/state/contacts.js';
import { archived, conversations, deliveredByOthers, inOrder, isMuted, may, nextSendAt, noConversations, preferencesOf, readersOf, roleOf, staleOnes, tickOf, unreadTotal, withinTime } from '../../static/state/conversations.js';
import { draftOf, drafts } from '../../static/state/drafts.js';
import { byDay, emptyThread, firstUnread, messageAt, messages, ownLast, reactionsOf, replyPreview, shown } from '../../static/state/messages.js';
import { presence, presenceOf, typersIn, typing } from '../../static/state/moment.js';
import { noSearch, search } from '../../static/state/search.js';
import { noSettings, settings } from '../../static/state/settings.js';
import { uploads, uploadsOf } from '../../static/state/uploads.js';

const at = (seq) => `2026-11-23T10:00:${String(seq).padStart(2, '0')}.000Z`;
const message = (seq, more = {}) => ({ conversation: 'c', seq, rev: seq, n: seq, sender: 'other', client_id: `k${seq}`, at: at(seq), kind: 'text', text: `m${seq}`, card: null, ...more });
const member = (id, more = {}) => ({ user: { id, handle: id, display_name: id }, role: 'member', read_seq: 0, delivered_seq: 0, ...more });
const conversation = (more = {}) => ({ id: 'c', kind: 'group', title: 'C', created_at: '2026-11-23T09:00:00.000Z', rev: 10, n: 10, member_count: 2, last_message: message(10), unread: 0, mentions: 0, read_seq: 10, from_seq: 0, my_role: 'member', members: [member('me', { read_seq: 10 }), member('other')], ...more });
const run = (reducer, state, ...events) => events.reduce((now, event) => reducer(now, { me: 'me', ...event }), state);
const listed = (more) => run(conversations, noConversations(), { type: 'conversation', conversation: conversation(more) });
const said = (seq, more) => ({ type: 'message', message: message(seq, more) });
const counts = (state) => [state.byId.c.unread, state.byId.c.mentions, staleOnes(state).length];
const read = (seq, user = 'me') => ({ type: 'read', conversation: 'c', user, seq });
const hide = (seq, value = {}) => ({ type: 'items', items: [{ kind: 'hidden', key: `c:${seq}`, rev: 1, value }] });

test('unread: what others say counts once; edits, reactions and system rows do not count again', () => {
  let s = run(conversations, listed(), said(11), said(12, { mentions: ['me'] }), said(13, { n: null, kind: 'system', system: { what: 'message_pinned', by: 'other' } }));
  assert.deepEqual(counts(s), [2, 1, 0]);
  s = run(conversations, s, said(11, { rev: 14, edited_at: at(14), text: 'edited' }), said(12, { rev: 15, mentions: ['me'], reactions: [{ emoji: '👍', count: 1, users: ['me'] }] }));
  assert.deepEqual(counts(s), [2, 1, 0]);
  s = run(conversations, s, said(11, { rev: 16, mentions: ['me'], edited_at: at(16) }), said(12, { rev: 17, edited_at: at(17) }));
  assert.deepEqual(counts(s), [2, 1, 0], 'who is mentioned may change with an edit');
});

test('unread: a recalled and a hidden message count no more', () => {
  let s = run(conversations, listed(), said(11), said(12, { mentions: ['me'] }), said(13), said(12, { rev: 14, text: null, recalled: { by: 'other', at: at(14) } }));
  assert.deepEqual(counts(s), [2, 0, 0]);
  const late = run(conversations, s, { type: 'conversation', conversation: conversation({ rev: 13, unread: 3, mentions: 1, last_message: message(13) }) });
  assert.equal(counts(late)[2], 1, 'an answer that was read before the recall is asked for again');
  s = run(conversations, s, hide(11));
  assert.deepEqual(counts(s), [1, 0, 1]);
  s = run(conversations, s, hide(16), said(16));
  assert.deepEqual(counts(s), [1, 0, 1], 'hidden on another device before it was heard of here');
});

test('unread: an own message reads all above it, wherever it was written; what came after it counts', () => {
  const s = run(conversations, listed({ unread: 4, mentions: 1, read_seq: 5 }), said(11), said(12, { sender: 'me' }), said(13));
  assert.deepEqual(counts(s), [1, 0, 0]);
  assert.equal(s.byId.c.mark_seq, 5, 'the mark itself has not moved');
  assert.deepEqual(counts(run(conversations, s, said(9, { rev: 14, sender: 'me', reactions: [] }))), [1, 0, 0], 'a change of an old own message is no reading');
});

test('unread: read on another device, to the end and to the middle', () => {
  const s = run(conversations, listed(), said(11), said(12), said(13, { mentions: ['me'] }));
  assert.deepEqual(counts(run(conversations, s, read(12))), [1, 1, 0]);
  assert.deepEqual(counts(run(conversations, s, read(13))), [0, 0, 0]);
  assert.deepEqual(counts(run(conversations, s, read(13), read(11))), [0, 0, 0], 'a mark does not go back');
});

test('unread: of a fetched number only the server knows the parts; it is asked again, once', () => {
  const start = listed({ unread: 4, mentions: 1, read_seq: 5 });
  for (const event of [read(7), hide(8), said(8, { rev: 11, recalled: { by: 'other', at: at(11) } }), said(9, { rev: 11, edited_at: at(11) })]) {
    const s = run(conversations, start, event);
    assert.deepEqual(staleOnes(s), ['c'], event.type);
    const fresh = run(conversations, s, { type: 'conversation', conversation: conversation({ rev: 11, unread: 2, mentions: 1, read_seq: event.type === 'read' ? 7 : 5 }) });
    assert.deepEqual(counts(fresh), [2, 1, 0], event.type);
  }
  assert.deepEqual(counts(run(conversations, start, read(10))), [0, 0, 0], 'all of it read is certain');
  assert.deepEqual(counts(run(conversations, listed(), hide(8), read(9))), [0, 0, 0], 'nothing unread, nothing to ask');
});

test('unread: an own message up to the fetched rev is in its count, and does not make it uncertain for ever', () => {
  let s = run(conversations, listed(), said(11), said(12, { sender: 'me' }));
  s = run(conversations, s, { type: 'conversation', conversation: conversation({ rev: 15, unread: 2, read_seq: 10, last_message: message(15) }) });
  assert.deepEqual(counts(s), [2, 0, 0]);
});

test('unread: at most 100, and exact again below that', () => {
  let s = listed();
  for (let seq = 11; seq <= 160; seq++) s = run(conversations, s, said(seq));
  assert.equal(s.byId.c.unread, 100);
  assert.deepEqual(counts(run(conversations, s, read(130))), [30, 0, 0]);
  for (let seq = 161; seq <= 460; seq++) s = run(conversations, s, said(seq));
  assert.deepEqual(counts(run(conversations, s, read(450))), [10, 0, 0], 'the oldest are not kept one by one any more');
});

test('unread: who joins in the middle is not told of what stood before; leaving and coming back forgets', () => {
  const s = listed({ from_seq: 10, read_seq: 0, last_message: null, unread: 0 });
  assert.deepEqual(counts(run(conversations, s, said(9, { rev: 12 }), said(11))), [1, 0, 0]);
  assert.equal(run(conversations, s, said(9, { rev: 12 })).byId.c.last_message, null);
  const before = run(conversations, listed(), said(11), said(12), { type: 'floor', conversation: 'c', seq: 12 });
  assert.deepEqual([...counts(before), before.byId.c.last_message, before.byId.c.from_seq], [0, 0, 0, null, 12]);
  assert.deepEqual(counts(run(conversations, before, said(13))), [1, 0, 0]);
  const gone = run(conversations, before, { type: 'conversation.gone', id: 'c' });
  assert.deepEqual([gone.byId.c, gone.gone.c], [undefined, true]);
  const back = run(conversations, run(conversations, listed(), said(11), read(11)), { type: 'conversation', anew: true, conversation: conversation({ rev: 20, read_seq: 0, unread: 7 }) });
  assert.deepEqual([...counts(back), back.byId.c.mark_seq], [7, 0, 0, 0], 'marks of before are of before');
});

test('the last message: changes with its changes, and is asked for when it is hidden', () => {
  let s = run(conversations, listed(), said(10, { rev: 11, text: 'edited' }));
  assert.equal(s.byId.c.last_message.text, 'edited');
  s = run(conversations, s, said(8, { rev: 12, text: 'older' }));
  assert.equal(s.byId.c.last_message.seq, 10);
  s = run(conversations, s, hide(10));
  assert.deepEqual([s.byId.c.last_message, staleOnes(s)], [null, ['c']]);
  s = run(conversations, s, { type: 'conversation', conversation: conversation({ rev: 12, last_message: message(10) }) });
  assert.equal(s.byId.c.last_message, null, 'a server that shows it still');
});

test('system rows change the conversation at once; an answer that was read before them takes nothing back', () => {
  const row = (rev, system) => said(rev, { n: null, kind: 'system', text: null, system: { by: 'other', ...system } });
  let s = run(conversations, listed({ my_role: 'owner', members: [member('me', { role: 'owner' }), member('other'), member('third')], member_count: 3 }),
    row(11, { what: 'title_changed', title: 'New' }), row(12, { what: 'slow_mode_changed', seconds: 30 }), row(13, { what: 'member_left', users: ['third'] }), row(14, { what: 'role_changed', users: ['other'], role: 'owner' }), row(15, { what: 'history_changed', history: 'from_join' }));
  const one = s.byId.c;
  assert.deepEqual([one.title, one.slow_mode_seconds, one.member_count, one.my_role, one.history], ['New', 30, 2, 'admin', 'from_join']);
  assert.deepEqual(one.members.map(({ user, role }) => [user.id, role]), [['me', 'admin'], ['other', 'owner']]);
  s = run(conversations, s, { type: 'conversation', conversation: conversation({ rev: 12, title: 'New', slow_mode_seconds: 30, my_role: 'owner', members: [member('me', { role: 'owner' }), member('other'), member('third'), member('fourth')], member_count: 4 }) });
  assert.deepEqual(s.byId.c.members.map(({ user, role }) => [user.id, role]), [['me', 'admin'], ['other', 'owner'], ['fourth', 'member']], 'what was fetched, with what was told since');
  s = run(conversations, s, { type: 'conversation', conversation: conversation({ rev: 15, title: 'Newest', member_count: 2 }) });
  assert.deepEqual([s.byId.c.title, s.byId.c.members.length], ['Newest', 2]);
});

test('ticks: stored, delivered to all, read by all; of a group that is not listed whole nothing is said', () => {
  const three = [member('me'), member('a', { read_seq: 3, delivered_seq: 0 }), member('b', { delivered_seq: 5 })];
  let s = listed({ members: three, member_count: 3 });
  assert.deepEqual([tickOf(s.byId.c, 'me', 3), tickOf(s.byId.c, 'me', 4)], ['delivered', 'stored'], 'what was read has arrived');
  s = run(conversations, s, { type: 'delivered', conversation: 'c', user: 'a', seq: 5 }, read(4, 'a'), read(3, 'b'), { type: 'delivered', conversation: 'c', user: 'b', seq: 2 });
  assert.deepEqual([3, 4, 5, 6].map((seq) => tickOf(s.byId.c, 'me', seq)), ['read', 'delivered', 'delivered', 'stored']);
  assert.deepEqual([deliveredByOthers(s.byId.c, 'me'), readersOf(s.byId.c, 'me', 4).map((one) => one.user.id)], [5, ['a']]);
  assert.equal(tickOf({ ...s.byId.c, member_count: 500 }, 'me', 1), 'stored');
});

test('preferences: pinned first, archived apart, muted only calls by mention', () => {
  const set = (id, value) => ({ type: 'items', items: [{ kind: 'preferences', key: id, rev: 1, value }] });
  const page = ['c', 'd', 'e'].map((id, i) => conversation({ id, unread: 2, mentions: 1, last_message: message(10 + i, { conversation: id }) }));
  let s = run(conversations, noConversations(), { type: 'conversations.page', conversations: page, next: null });
  assert.deepEqual([inOrder(s).map((one) => one.id), unreadTotal(s)], [['e', 'd', 'c'], 6]);
  s = run(conversations, s, set('c', { muted_until: null, archived: false, pinned: true }), set('d', { muted_until: null, archived: true, pinned: false }), set('e', { muted_until: '2026-11-24T00:00:00Z', archived: false, pinned: false }));
  assert.deepEqual([inOrder(s).map((one) => one.id), archived(s).map((one) => one.id)], [['c', 'e'], ['d']]);
  const [before, after] = [Date.parse('2026-11-23T12:00:00Z'), Date.parse('2026-11-25T00:00:00Z')];
  assert.deepEqual([isMuted(s, 'e', before), isMuted(s, 'e', after), unreadTotal(s, before), unreadTotal(s, after)], [true, false, 3, 4]);
  s = run(conversations, s, { type: 'preferences.wished', conversation: 'd', preferences: { ...preferencesOf(s, 'd'), archived: false } }, set('c', null));
  assert.deepEqual(inOrder(s).map((one) => one.id), ['e', 'd', 'c']);
});

test('what a person may do', () => {
  const group = (role, other = 'member') => conversation({ my_role: role, members: [member('me', { role }), member('other', { role: other })] });
  const own = message(1, { sender: 'me' });
  assert.deepEqual(['owner', 'admin', 'member'].map((role) => may(group(role), 'me', 'recall', message(1))), [true, true, false]);
  assert.ok(may(group('member'), 'me', 'recall', own) && may(group('member'), 'me', 'edit', own) && !may(group('owner'), 'me', 'edit', message(1)));
  assert.ok(!may(group('member'), 'me', 'pin', own) && may(conversation({ kind: 'direct' }), 'me', 'pin', own));
  for (const dead of [{ recalled: { by: 'me', at: '' } }, { kind: 'system' }]) for (const deed of ['edit', 'recall', 'reply', 'react', 'forward', 'pin']) assert.equal(may(group('owner'), 'me', deed, { ...own, ...dead }), false, deed);
  assert.ok(!may(group('owner'), 'me', 'forward', { ...own, kind: 'card' }) && !may(group('owner'), 'me', 'edit', { ...own, forwarded: { sender: 'x', at: '' } }));
  const removes = (mine, theirs) => may(group(mine, theirs), 'me', 'remove', member('other', { role: theirs }));
  assert.deepEqual([removes('owner', 'admin'), removes('admin', 'admin'), removes('admin', 'member'), removes('member', 'member')], [true, false, true, false]);
  assert.ok(!may(conversation({ kind: 'direct', blocked: 'by_them' }), 'me', 'write') && !may(conversation({ kind: 'direct', blocked: 'by_me' }), 'me', 'reply', own));
  assert.deepEqual([roleOf(conversation({ my_role: undefined }), 'me'), may(group('admin'), 'me', 'role'), may(group('owner'), 'me', 'role')], ['member', false, true]);
  const now = Date.parse(at(30));
  assert.deepEqual([withinTime(own, 60, now), withinTime(own, 20, now), withinTime(own, undefined, now)], [true, false, true]);
  const slow = (role) => nextSendAt({ ...group(role), slow_mode_seconds: 40 }, 'me', own, now);
  assert.deepEqual([slow('member'), slow('admin'), nextSendAt({ ...group('member'), slow_mode_seconds: 10 }, 'me', own, now)], [Date.parse(at(1)) + 40_000, 0, 0]);
});

const page = (messages, more = {}) => ({ type: 'thread.page', conversation: 'c', messages, next: null, ...more });
const seqs = (s) => s.c.items.map((one) => one.seq);
const rows = (s) => byDay(s.c, 'me', (when) => when.slice(0, 10)).flatMap((day) => day.rows);
const ready = (items, more = {}) => run(messages, {}, { type: 'thread.loading', conversation: 'c' }, page(items, more));

test('a change far above what is shown makes no hole', () => {
  let s = run(messages, {}, { type: 'thread.loading', conversation: 'c' }, said(2, { rev: 30 }), said(31), page([message(29), message(30)], { next: 29 }));
  assert.deepEqual(seqs(s), [29, 30, 31]);
  s = run(messages, s, said(3, { rev: 32 }), said(30, { rev: 33, text: 'changed' }));
  assert.deepEqual([seqs(s), s.c.items[1].text], [[29, 30, 31], 'changed']);
});

test('a jump shows another part; what is said at the end is not put behind it, and is found when the end is reached', () => {
  let s = ready([message(98), message(99)], { next: 98 });
  s = run(messages, s, { type: 'thread.loading', conversation: 'c' }, said(9, { rev: 100, text: 'changed' }), { type: 'thread.window', conversation: 'c', messages: [message(9), message(10)], older: 9, newer: 10, focus: 10 });
  assert.deepEqual([seqs(s), s.c.focus, s.c.items[0].text], [[9, 10], 10, 'changed'], 'the answer was read before the change');
  s = run(messages, s, said(101), said(10, { rev: 102, text: 'also' }));
  assert.deepEqual([seqs(s), s.c.items[1].text], [[9, 10], 'also']);
  s = run(messages, s, { type: 'thread.loading', conversation: 'c', newer: true }, page([message(99)], { newer: true, after: 10 }));
  assert.deepEqual([seqs(s), s.c.newer], [[9, 10, 99], 99], 'one was said while the last page was on its way');
  s = run(messages, s, { type: 'thread.loading', conversation: 'c', newer: true }, page([message(101)], { newer: true, after: 99 }), said(103));
  assert.deepEqual([seqs(s), s.c.newer], [[9, 10, 99, 101, 103], null]);
});

test('a page that continues what is not shown any more is for nothing', () => {
  let s = ready([message(50), message(51)], { next: 50 });
  s = run(messages, s, { type: 'thread.loading', conversation: 'c', older: true }, { type: 'thread.loading', conversation: 'c' }, { type: 'thread.window', conversation: 'c', messages: [message(9)], older: 9, newer: 9, focus: 9 }, page([message(48), message(49)], { before: 50, next: 48 }));
  assert.deepEqual([seqs(s), s.c.older, s.c.loadingOlder], [[9], 9, false]);
});

test('a floor takes away what stands at or below it, wherever it is held', () => {
  const pinned = { type: 'pinned.page', conversation: 'c', messages: [message(3), message(1)] };
  let s = run(messages, ready([message(2), message(3), message(4)], { next: 2 }), pinned, { type: 'reply.loaded', conversation: 'c', seq: 1, message: message(1) }, { type: 'floor', conversation: 'c', seq: 3 }, said(2, { rev: 9 }));
  assert.deepEqual([seqs(s), s.c.older, s.c.pinned.map((one) => one.seq), replyPreview(s.c, 1)], [[4], null, [], null]);
  s = run(messages, s, page([message(3), message(4)], { next: null }));
  assert.deepEqual(seqs(s), [4], 'a page that was read before');
  s = run(messages, s, { type: 'conversation', conversation: { id: 'c', from_seq: 4 } });
  assert.deepEqual(seqs(s), []);
});

test('hidden rows are not shown, come back with a refusal, and stay hidden for who comes back', () => {
  let s = run(messages, ready([message(1), message(2), message(3)]), hide(2));
  assert.deepEqual(rows(s).map((row) => row.key), ['s1', 's3']);
  assert.equal(replyPreview(s.c, 2), null);
  assert.deepEqual(rows(run(messages, s, hide(2, null))).map((row) => row.key), ['s1', 's2', 's3']);
  s = run(messages, s, { type: 'conversation.gone', id: 'c' }, page([message(1), message(2)]));
  assert.deepEqual(rows(s).map((row) => row.key), ['s1']);
});

const edit = (more = {}) => ({ client_id: 'e1', op: 'message.edit', conversation: 'c', d: { seq: 1, text: 'new', mentions: ['x'] }, text: 'new', made_at: '', state: 'waiting', code: null, ...more });

test('an edit is seen at once, until the message itself says it, or it is refused', () => {
  const mine = message(1, { sender: 'me' });
  const s = run(messages, ready([mine]), { type: 'outgoing', item: edit() });
  assert.deepEqual([rows(s)[0].message.text, rows(s)[0].message.pending, rows(s)[0].key, s.c.outgoing], ['new', true, 'k1', []]);
  const pushed = { type: 'message', message: { ...mine, rev: 5, text: 'new', edited_at: at(5) } };
  const acked = { type: 'outgoing.acked', item: edit(), ack: { seq: 1, rev: 5 } };
  for (const order of [[pushed, acked], [acked, pushed]]) {
    const after = run(messages, s, ...order);
    assert.deepEqual([after.c.overlay.edits, rows(after)[0].message.text, rows(after)[0].message.pending], [{}, 'new', undefined]);
  }
  assert.equal(rows(run(messages, s, acked, { type: 'message', message: { ...mine, rev: 4, text: 'm1' } }))[0].message.text, 'new', 'an earlier change does not end it');
  assert.equal(rows(run(messages, s, { type: 'outgoing.refused', item: edit(), error: {} }))[0].message.text, 'm1');
  const second = run(messages, s, { type: 'outgoing', item: edit({ client_id: 'e2', d: { seq: 1, text: 'newer' } }) }, acked);
  assert.equal(shown(second.c, mine, 'me').text, 'newer', 'a later edit is not ended by the answer to an earlier one');
  assert.equal(rows(run(messages, s, { type: 'message', message: { ...mine, rev: 6, text: null, recalled: { by: 'me', at: at(6) } } }))[0].message.recalled.by, 'me');
});

test('a reaction is seen at once, and taken back when it is refused', () => {
  const wished = (on) => ({ type: 'reaction.wished', conversation: 'c', seq: 1, emoji: '👍', on });
  const told = (on, rev) => ({ type: 'reaction.told', conversation: 'c', seq: 1, emoji: '👍', on, rev });
  const one = (s) => reactionsOf(rows(s)[0].message, 'me', s.c).map(({ count, mine }) => [count, mine]);
  const start = ready([message(1, { reactions: [{ emoji: '👍', count: 2, users: ['a', 'b'] }] })]);
  let s = run(messages, start, wished(true));
  assert.deepEqual(one(s), [[3, true]]);
  assert.deepEqual(one(run(messages, s, told(true, null))), [[2, false]]);
  s = run(messages, s, told(true, 5), said(1, { rev: 5, reactions: [{ emoji: '👍', count: 3, users: ['a', 'b', 'me'] }] }));
  assert.deepEqual([one(s), s.c.overlay.wishes], [[[3, true]], {}]);
  s = run(messages, s, wished(false), told(true, 5));
  assert.deepEqual(one(s), [[2, false]], 'the answer to the wish before is not the answer to this one');
  s = run(messages, ready([message(1)]), wished(true));
  assert.deepEqual(one(s), [[1, true]]);
  assert.deepEqual(one(run(messages, s, wished(false))), []);
  const many = run(messages, start, wished(true), told(true, 5), said(1, { rev: 5, reactions: [{ emoji: '👍', count: 20, users: ['a', 'b'] }] }));
  assert.deepEqual(one(many), [[20, true]], 'beyond those that are named, what was done here is known');
});

test('an answered message stands with all it has, and what the server says replaces it', () => {
  const item = { client_id: 'k9', op: 'message.send', conversation: 'c', d: { text: 'hi', reply_to: 1, attachments: ['f'] }, text: 'hi', show: { attachments: [{ id: 'f', kind: 'file' }] }, made_at: '', state: 'waiting', code: null };
  let s = run(messages, ready([message(1)]), { type: 'outgoing', item }, { type: 'outgoing.acked', item, ack: { seq: 2, rev: 2, n: 2, at: at(2) } });
  assert.deepEqual([s.c.items[1].reply_to, s.c.items[1].attachments.length, s.c.outgoing], [1, 1, []]);
  s = run(messages, s, said(2, { sender: 'me', client_id: 'k9', attachments: [{ id: 'f', kind: 'image', width: 5 }] }));
  assert.deepEqual([s.c.items[1].attachments[0].width, s.c.items[1].local], [5, undefined]);
  assert.equal(run(messages, s, { type: 'outgoing.acked', item, ack: { seq: 2, rev: 2, n: 2, at: at(2) } }).c.items[1].attachments[0].width, 5);
});

test('pinned messages follow their changes; replies find what they answer', () => {
  let s = run(messages, ready([message(5)]), { type: 'pinned.page', conversation: 'c', messages: [message(3, { pinned: true })] }, said(5, { rev: 8, pinned: true }));
  assert.deepEqual(s.c.pinned.map((one) => one.seq), [5, 3]);
  s = run(messages, s, said(3, { rev: 9 }));
  assert.deepEqual([s.c.pinned.map((one) => one.seq), messageAt(s.c, 5).rev], [[5], 8]);
  assert.deepEqual([replyPreview(s.c, 5).seq, replyPreview(s.c, 2)], [5, undefined]);
  s = run(messages, s, { type: 'reply.loaded', conversation: 'c', seq: 2, message: message(2) }, { type: 'reply.loaded', conversation: 'c', seq: 1, message: null }, said(2, { rev: 11, text: 'edited' }));
  assert.deepEqual([replyPreview(s.c, 2).text, replyPreview(s.c, 1)], ['edited', null]);
});

test('the unread line and the own last message are found among what is here', () => {
  const s = run(messages, ready([message(1), message(2, { sender: 'me' }), message(3, { n: null, kind: 'system' }), message(4, { recalled: { by: 'o', at: '' } }), message(5), message(6)]), hide(5));
  assert.equal(firstUnread(s.c, { read_seq: 0, unread: 1 }, 'me'), 6);
  assert.equal(firstUnread(s.c, { read_seq: 0, unread: 0 }, 'me'), null);
  assert.deepEqual([ownLast(s.c, 'me').seq, ownLast(emptyThread(), 'me')], [2, null]);
});

test('contacts: three kinds, changed by items, names asked for when they are new', () => {
  const user = (id) => ({ id, handle: id, display_name: id.toUpperCase() });
  const item = (kind, key, value) => ({ type: 'items', items: [{ kind, key, rev: 1, value }] });
  let s = run(contacts, noContacts(), { type: 'contacts.page', contacts: [{ user: user('b'), since: '1' }, { user: user('a'), state: 'accepted', since: '2' }, { user: user('p'), state: 'pending', since: '3' }, { user: user('r'), state: 'requested', since: '4' }] });
  const ids = (list) => list.map((one) => one.user.id);
  assert.deepEqual([ids(accepted(s)), ids(pending(s)), ids(requested(s))], [['a', 'b'], ['p'], ['r']]);
  s = run(contacts, s, item('contact', 'p', { state: 'accepted', since: '5' }), item('contact', 'b', null));
  assert.deepEqual([ids(accepted(s)), s.stale, standingOf(s, 'b')], [['a', 'p'], false, null]);
  assert.equal(run(contacts, s, item('contact', 'new', { state: 'pending', since: '6' })).stale, true);
  s = run(contacts, s, item('block', 'z', { since: '7' }), { type: 'contact.set', user: user('q'), state: 'requested', since: '8' });
  assert.deepEqual([isBlocked(s, 'z'), isBlocked(s, 'a'), ids(requested(s))], [true, false, ['q', 'r']]);
  s = run(contacts, s, { type: 'contacts.blocked', users: [{ user: user('y'), since: '' }] }, item('block', 'y', null));
  assert.equal(isBlocked(s, 'y'), false);
});

test('contacts: a list is asked for once, and does not undo what changed while it was read', () => {
  const user = (id) => ({ id, handle: id, display_name: id });
  const item = (key, value) => ({ type: 'items', items: [{ kind: 'contact', key, rev: 1, value }] });
  const page = (...ids) => ({ type: 'contacts.page', contacts: ids.map((id) => ({ user: user(id), state: 'accepted', since: '' })) });
  const all = (s) => Object.values(s.people).map((one) => `${one.user.id} ${one.state}`).sort();
  const ready = run(contacts, noContacts(), { type: 'contacts.loading' }, page('a', 'b'));
  const asked = run(contacts, ready, item('new', { state: 'pending' }), { type: 'contacts.loading' });
  assert.equal(asked.stale, false, 'it is on its way');
  const changed = run(contacts, asked, { type: 'contact.set', user: user('q'), state: 'requested', since: '' }, item('a', null), item('b', { state: 'pending' }));
  assert.deepEqual(all(run(contacts, changed, page('a', 'b', 'new'))), ['b pending', 'new accepted', 'q requested']);
  const twice = run(contacts, changed, { type: 'contacts.loading' }, page('a', 'b'));
  assert.deepEqual(all(twice), ['b pending', 'q requested'], 'nor does the first of two answers');
  assert.deepEqual(all(run(contacts, twice, page('c'), { type: 'contacts.loading' }, page('c'))), ['c accepted'], 'a later one counts for all');
  assert.equal(run(contacts, asked, item('other', { state: 'pending' }), page('a', 'b', 'new')).stale, true, 'who became known since is asked for');
  assert.deepEqual([run(contacts, asked, { type: 'contacts.interrupted' }).stale, run(contacts, noContacts(), { type: 'contacts.loading' }, { type: 'contacts.interrupted' }).status], [true, 'idle'], 'what was interrupted is asked for again');
});

test('drafts: what is typed here wins over what comes; afterwards the server’s is everybody’s', () => {
  const typed = (text, reply_to = null) => ({ type: 'draft.typed', conversation: 'c', text, reply_to });
  const told = (text, reply_to = null) => ({ type: 'draft.told', conversation: 'c', text, reply_to });
  const theirs = (text) => ({ type: 'items', items: [{ kind: 'draft', key: 'c', rev: 1, value: text === null ? null : { text, reply_to: null, at: '' } }] });
  const settle = { type: 'draft.settled', conversation: 'c' };
  let s = run(drafts, {}, theirs('from the phone'));
  assert.deepEqual([draftOf(s, 'c').text, s.c.mine], ['from the phone', 'same']);
  s = run(drafts, s, typed('here'), theirs('from the phone again'));
  assert.equal(draftOf(s, 'c').text, 'here');
  assert.equal(run(drafts, s, told('her')).c.mine, 'typing', 'typed on meanwhile');
  s = run(drafts, s, told('here'), theirs('late echo of before'));
  assert.deepEqual([draftOf(s, 'c').text, s.c.mine], ['here', 'told']);
  assert.deepEqual(run(drafts, s, theirs('here'), theirs('next')).c.text, 'next');
  assert.equal(draftOf(run(drafts, s, theirs('another device, later'), settle), 'c').text, 'another device, later');
  assert.equal(draftOf(run(drafts, run(drafts, s, theirs('here')), settle), 'c').text, 'here');
  assert.deepEqual(run(drafts, s, theirs('here'), theirs(null)), {});
  assert.deepEqual(run(drafts, {}, { type: 'drafts.kept', drafts: { c: { text: 'kept', reply_to: 3, mine: 'typing' } } }, theirs('old')).c.text, 'kept');
  assert.deepEqual(draftOf({}, 'nowhere'), { text: '', reply_to: null });
});

test('typing and presence are of the moment', () => {
  const types = (user, on) => ({ type: 'typing', conversation: 'c', user, on });
  let s = run(typing, {}, types('a', true), types('b', true), types('a', true), types('me', true), types('a', false));
  assert.deepEqual([typersIn(s, 'c'), typersIn(s, 'd')], [['b'], []]);
  assert.deepEqual(run(typing, s, types('b', false)), {});
  s = run(presence, {}, { type: 'presence', presence: [{ user: 'a', state: 'online', last_seen: null }, { user: 'b', state: 'offline', last_seen: '1' }] });
  assert.deepEqual([presenceOf(s, 'a').state, presenceOf(s, 'b').last_seen, presenceOf(s, 'x')], ['online', '1', null]);
  assert.equal(presenceOf(run(presence, s, { type: 'connection', state: 'waiting' }), 'a'), null);
});

test('search: only the last question is answered; what is found follows its changes', () => {
  const asked = (turn, query) => ({ type: 'search.asked', turn, query, conversation: null });
  const found = (turn, more = {}) => ({ type: 'search.found', turn, messages: [message(9), message(8)], next: 'n', behind: 3, people: [], conversations: [], ...more });
  let s = run(search, noSearch(), asked(1, 'a'), asked(2, 'ab'), found(1, { messages: [message(1)] }));
  assert.equal(s.status, 'loading');
  s = run(search, s, found(2), { type: 'search.more', turn: 2 }, { type: 'search.page', turn: 2, messages: [message(8), message(7)], next: null });
  assert.deepEqual([s.messages.map((one) => one.seq), s.next, s.behind, s.loadingMore], [[9, 8, 7], null, 3, false]);
  s = run(search, s, said(8, { rev: 12, text: 'edited' }), said(9, { rev: 13, recalled: { by: 'me', at: '' } }), hide(7));
  assert.deepEqual(s.messages.map((one) => [one.seq, one.text]), [[8, 'edited']]);
  assert.deepEqual(run(search, s, { type: 'conversation.gone', id: 'c' }).messages, []);
  assert.equal(run(search, s, asked(3, '')).status, 'idle');
  assert.equal(run(search, s, asked(4, 'x'), { type: 'search.failed', turn: 4, error: { code: 'busy' } }).error.code, 'busy');
});

test('uploads: on their way, there, failed, taken back, sent', () => {
  const added = (id) => ({ type: 'upload.added', upload: { id, conversation: 'c', name: id, bytes: 10, media_type: '', sent: 0, state: 'uploading', attachment: null, error: null } });
  let s = run(uploads, {}, added('1'), added('2'), added('3'), { type: 'upload.progress', id: '1', sent: 4 }, { type: 'upload.done', id: '2', attachment: { id: 'f', bytes: 10 } }, { type: 'upload.failed', id: '3', error: { code: 'offline' } }, { type: 'upload.progress', id: 'gone', sent: 1 });
  assert.deepEqual(uploadsOf(s, 'c').map((one) => [one.sent, one.state]), [[4, 'uploading'], [10, 'done'], [0, 'failed']]);
  s = run(uploads, s, { type: 'upload.retried', id: '3' }, { type: 'upload.dropped', id: '1' }, { type: 'uploads.sent', ids: ['f'] });
  assert.deepEqual(uploadsOf(s, 'c').map((one) => [one.id, one.state]), [['3', 'uploading']]);
});

test('settings are the same on every device', () => {
  assert.deepEqual([noSettings().presence, run(settings, noSettings(), { type: 'learned' }).presence], [null, 'everybody'], 'nothing is said before it is known');
  const s = run(settings, noSettings(), { type: 'settings.wished', presence: 'nobody' });
  assert.equal(s.presence, 'nobody');
  assert.equal(run(settings, s, { type: 'items', items: [{ kind: 'settings', key: 'presence', rev: 1, value: { presence: 'contacts' } }] }).presence, 'contacts');
});

test('signing out leaves nothing of a person behind', () => {
  for (const [reducer, empty] of [[conversations, noConversations()], [messages, {}], [contacts, noContacts()], [drafts, {}], [typing, {}], [presence, {}], [search, noSearch()], [uploads, {}], [settings, noSettings()]]) {
    assert.deepEqual(reducer({ left: 'something' }, { type: 'session.out', me: '' }), empty);
  }
});
