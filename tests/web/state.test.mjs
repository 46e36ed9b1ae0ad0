import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conversations, inOrder, noConversations, peerOf, readByOthers, unreadTotal } from '../../static/state/conversations.js';
import { byDay, emptyThread, keepEqual, merge, messages } from '../../static/state/messages.js';
import { exceeds, feeOn, minorUnits, parseAmount, plus } from '../../static/state/money.js';
import { judged, noPayment, pay } from '../../static/state/pay.js';
import { exponentOf, noSession, session } from '../../static/state/session.js';
import { noWallet, paidBefore, wallet } from '../../static/state/wallet.js';
import { HELLO } from './fake-socket.mjs';

const message = (seq, more = {}) => ({ conversation: 'c', seq, rev: seq, n: seq, sender: 'other', client_id: `k${seq}`, at: `2026-11-23T10:00:${String(seq).padStart(2, '0')}.000Z`, kind: 'text', text: `m${seq}`, card: null, ...more });
const conversation = (more = {}) => ({ id: 'c', kind: 'direct', title: null, created_at: '2026-11-23T09:00:00.000Z', rev: 1, n: 1, member_count: 2, last_message: message(1), unread: 0, read_seq: 1, members: [{ user: { id: 'me', handle: 'me', display_name: 'Me' }, role: 'member', read_seq: 1 }, { user: { id: 'other', handle: 'o', display_name: 'O' }, role: 'member', read_seq: 0 }], ...more });
const run = (reducer, state, ...events) => events.reduce((now, event) => reducer(now, { me: 'me', ...event }), state);

test('session: in, hello, offline, back, ended, out', () => {
  let s = run(session, noSession(), { type: 'session.in', user: HELLO.user }, { type: 'hello', hello: HELLO }, { type: 'connection', state: 'online', code: 0 });
  assert.deepEqual([s.status, s.link, exponentOf(s, 'CNY')], ['in', 'online', 2]);
  s = run(session, s, { type: 'connection', state: 'waiting', code: 1006, retryAt: 5 });
  s = run(session, s, { type: 'connection', state: 'connecting', code: 0 });
  assert.equal(s.link, 'offline', 'an attempt is not yet a connection');
  s = run(session, s, { type: 'connection', state: 'ended', code: 4502 });
  assert.deepEqual([s.link, s.closeCode], ['ended', 4502]);
  assert.equal(run(session, s, { type: 'session.out' }).user, null);
});

test('conversations: the latest first, unread counted once, own words are read', () => {
  let s = run(conversations, noConversations(), { type: 'conversations.page', next: null, conversations: [conversation(), conversation({ id: 'd', last_message: message(9, { conversation: 'd' }) })] });
  assert.deepEqual(inOrder(s).map((one) => one.id), ['d', 'c']);
  s = run(conversations, s, { type: 'message', message: message(20) }, { type: 'message', message: message(20) }, { type: 'message', message: message(20, { rev: 21, text: 'edited' }) });
  assert.deepEqual([inOrder(s)[0].id, s.byId.c.unread, unreadTotal(s)], ['c', 1, 1]);
  s = run(conversations, s, { type: 'message', message: message(22, { n: null, kind: 'system', sender: null }) });
  assert.equal(s.byId.c.unread, 1, 'a system line is not an unread message');
  assert.equal(run(conversations, s, { type: 'message', message: message(23, { sender: 'me' }) }).byId.c.unread, 0);
});

test('conversations: read marks only grow, and count for whom they are', () => {
  let s = run(conversations, noConversations(), { type: 'conversation', conversation: conversation({ unread: 1, last_message: message(5) }) });
  s = run(conversations, s, { type: 'read', conversation: 'c', user: 'other', seq: 5 }, { type: 'read', conversation: 'c', user: 'other', seq: 3 });
  assert.deepEqual([readByOthers(s.byId.c, 'me'), s.byId.c.unread], [5, 1]);
  s = run(conversations, s, { type: 'read', conversation: 'c', user: 'me', seq: 5 }, { type: 'read', conversation: 'zzz', user: 'me', seq: 5 });
  assert.deepEqual([s.byId.c.read_seq, s.byId.c.unread], [5, 0]);
  assert.equal(peerOf(s.byId.c, 'me').id, 'other');
});

test('conversations: a list that answers late takes nothing back', () => {
  const s = run(conversations, noConversations(), { type: 'conversation', conversation: conversation() }, { type: 'message', message: message(7) }, { type: 'conversations.page', next: null, conversations: [conversation()] });
  assert.deepEqual([s.byId.c.last_message.seq, s.byId.c.unread], [7, 1]);
  assert.equal(run(conversations, s, { type: 'conversation.gone', id: 'c' }).byId.c, undefined);
});

test('messages: pages, pushes and acknowledgements make one list, each once', () => {
  let s = run(messages, {}, { type: 'message', message: message(3) });
  assert.equal(s.c, undefined, 'before the first page a push alone would look like the whole thread');
  const item = { client_id: 'k5', conversation: 'c', text: 'mine', made_at: '2026-11-23T10:01:00.000Z', state: 'waiting', code: null };
  s = run(messages, s, { type: 'thread.loading', conversation: 'c' }, { type: 'outgoing', item }, { type: 'message', message: message(4) }, { type: 'thread.page', conversation: 'c', messages: [message(2), message(3)], next: 2 });
  assert.deepEqual([s.c.items.map((one) => one.seq), s.c.older, s.c.outgoing.length], [[2, 3, 4], 2, 1]);
  const ack = { conversation: 'c', seq: 5, n: 5, rev: 5, at: '2026-11-23T10:01:01.000Z', duplicate: false };
  const pushFirst = run(messages, s, { type: 'message', message: message(5, { sender: 'me' }) }, { type: 'outgoing.acked', item, ack });
  const ackFirst = run(messages, s, { type: 'outgoing.acked', item, ack }, { type: 'message', message: message(5, { sender: 'me' }) });
  for (const state of [pushFirst, ackFirst]) assert.deepEqual([state.c.items.map((one) => one.seq), state.c.outgoing], [[2, 3, 4, 5], []]);
  s = run(messages, s, { type: 'thread.loading', conversation: 'c', older: true }, { type: 'thread.page', conversation: 'c', messages: [message(1)], next: null });
  assert.deepEqual([s.c.items[0].seq, s.c.older, s.c.loadingOlder], [1, null, false]);
});

test('messages: of one seq the higher rev stays, whichever came first', () => {
  const changed = message(2, { rev: 9, text: 'changed' });
  assert.equal(merge([message(1), message(2)], [changed])[1].text, 'changed');
  assert.equal(merge([message(1), changed], [message(2)])[1].text, 'changed');
  const same = [message(1)];
  assert.equal(merge(same, [message(1)]), same, 'nothing new is the same list');
});

test('messages: another member’s message under the same client_id hides nothing', () => {
  const item = { client_id: 'same', conversation: 'c', text: 'mine', made_at: '2026-11-23T10:01:00.000Z', state: 'waiting', code: null };
  const s = run(messages, {}, { type: 'thread.page', conversation: 'c', messages: [], next: null }, { type: 'outgoing', item }, { type: 'message', message: message(5, { client_id: 'same' }) }, { type: 'message', message: message(6, { client_id: 'same', sender: 'me' }) });
  assert.deepEqual(s.c.outgoing, []);
  assert.deepEqual(byDay(s.c, 'me', (at) => at.slice(0, 10))[0].rows.map((row) => row.key), ['s5', 'same']);
});

test('messages: a dropped one is gone, a failed one keeps its text', () => {
  const item = { client_id: 'x', conversation: 'c', text: 't', made_at: '', state: 'waiting', code: null };
  const s = run(messages, {}, { type: 'outgoing', item }, { type: 'outgoing', item: { ...item, state: 'failed', code: 'text_too_long' } });
  assert.deepEqual([s.c.outgoing.length, s.c.outgoing[0].text, s.c.outgoing[0].state], [1, 't', 'failed']);
  assert.equal(run(messages, s, { type: 'outgoing.dropped', clientId: 'x' }).c.outgoing.length, 0);
});

test('days: grouped by sender and time, the unsent last, equal rows kept', () => {
  const items = [message(1), message(2), message(3, { sender: 'me' }), message(4, { at: '2026-11-24T10:00:00.000Z' })];
  const thread = { ...emptyThread(), status: 'ready', items, outgoing: [{ client_id: 'x', conversation: 'c', text: 't', made_at: '2026-11-24T10:00:05.000Z', state: 'waiting', code: null }] };
  const days = byDay(thread, 'me', (at) => at.slice(0, 10));
  assert.deepEqual(days.map((day) => day.rows.map((row) => [row.key, row.first, row.last])), [[['s1', true, false], ['s2', false, true], ['k3', true, true]], [['s4', true, true], ['x', true, true]]]);
  const again = keepEqual(days, byDay({ ...thread, items: [...items, message(5, { at: '2026-11-24T10:00:06.000Z', sender: 'other' })] }, 'me', (at) => at.slice(0, 10)));
  assert.equal(again[0], days[0]);
  assert.equal(again[1].rows[0].message, days[1].rows[0].message);
});

test('wallet: the higher rev is the later truth; transfers come once, newest first', () => {
  const account = (rev, balance) => ({ id: 'a', log: 'a:a', rev, currency: 'CNY', balance, available: balance, held: '0.00', status: 'open' });
  const transfer = (id, at, more = {}) => ({ id, at, kind: 'payment', state: 'posted', direction: 'out', counterparty: { id: 'u' }, ...more });
  let s = run(wallet, noWallet(), { type: 'account', account: account(3, '3.00'), transfer: transfer('t3', '3') }, { type: 'wallet.accounts', accounts: [account(2, '2.00')] });
  assert.equal(s.accounts[0].balance, '3.00');
  s = run(wallet, s, { type: 'history.page', more: false, transfers: [transfer('t3', '3'), transfer('t2', '2')], next: 'n' });
  assert.deepEqual([s.transfers.map((one) => one.id), paidBefore(s, 'u')], [['t3', 't2'], { times: 2, certain: false }]);
  s = run(wallet, s, { type: 'history.page', more: true, transfers: [transfer('t1', '1', { direction: 'in' }), transfer('t0', '0', { state: 'reversed' })], next: null });
  assert.deepEqual([s.next, paidBefore(s, 'u')], [null, { times: 2, certain: true }]);
  s = run(wallet, s, { type: 'history.page', more: false, transfers: [transfer('t4', '4')], next: 'again' });
  assert.equal(s.next, null, 'a fresh first page does not reopen what was read to its end');
});

test('amounts: what people type, as exact strings', () => {
  const good = { 12: '12.00', 12.5: '12.50', '0012.5': '12.50', '.5': '0.50', '12.': '12.00', '１２．５': '12.50', '1,234.56': '1234.56', '1,234': '1234.00', '12,5': '12.50', '12,50': '12.50', '¥ 8': '8.00', '12。5': '12.50', '999999999999.99': '999999999999.99' };
  for (const [typed, amount] of Object.entries(good)) assert.deepEqual(parseAmount(typed, 2), { ok: true, amount }, typed);
  const bad = { '': 'empty', ' ': 'empty', '-1': 'form', '1e3': 'form', NaN: 'form', '1.2.3': 'form', '.': 'form', '0x10': 'form', 0: 'zero', '0.00': 'zero', 0.001: 'decimals', 9999999999999: 'large', '1,2,3': 'form' };
  for (const [typed, why] of Object.entries(bad)) assert.deepEqual(parseAmount(typed, 2), { ok: false, why }, typed);
  assert.deepEqual(parseAmount('500', 0), { ok: true, amount: '500' });
  assert.equal(minorUnits('90071992547409.93', 2), 9007199254740993n);
  assert.equal(minorUnits('-0.05', 2), -5n);
  assert.ok(exceeds('90071992547409.93', '90071992547409.92', 2) && !exceeds('1.00', '1.00', 2));
});

const opened = { type: 'pay.opened', conversation: 'c', choices: [{ id: 'u', handle: 'u', display_name: 'U' }], currency: 'CNY', exponent: 2, available: '100.00' };
const confirmed = [opened, { type: 'pay.typed', typed: '12.5' }, { type: 'pay.noted', note: ' lunch ' }, { type: 'pay.next', clientId: 'k' }];
const outcome = (kind, more = {}) => ({ type: 'payment', payment: { order: { client_id: 'k' } }, outcome: { kind, ...more } });

test('pay: amount, confirm, sending, result', () => {
  let s = run(pay, noPayment(), ...confirmed);
  assert.deepEqual([s.step, s.order], ['confirm', { client_id: 'k', to: 'u', amount: '12.50', currency: 'CNY', fee: '0.00', conversation: 'c', note: 'lunch' }]);
  s = run(pay, s, { type: 'pay.typed', typed: '99' }, { type: 'pay.next', clientId: 'other' });
  assert.deepEqual([s.typed, s.order.client_id], ['12.5', 'k'], 'what is confirmed does not change any more');
  s = run(pay, s, outcome('sending'));
  assert.equal(run(pay, s, { type: 'pay.back' }).step, 'sending', 'no way back once it is sent');
  assert.equal(run(pay, s, outcome('posted', { answer: { id: 't' } })).step, 'done');
});

test('pay: the fee is part of what must be there, and of what is agreed to', () => {
  const costly = { ...opened, feeBasisPoints: 50, available: '10.04' };
  const typed = (amount) => run(pay, noPayment(), costly, { type: 'pay.typed', typed: amount });
  assert.equal(judged(typed('10')).fault, 'too_little', '0.05 on top');
  assert.equal(run(pay, typed('9.99'), { type: 'pay.next', clientId: 'k' }).order?.fee, '0.04', 'rounded down');
  assert.deepEqual([feeOn('1.99', 50, 2), feeOn('1999', 50, 0), feeOn('0.001', 10_000, 3)], ['0.00', '9', '0.001']);
  assert.deepEqual([plus('0.95', '0.05', 2), plus('7', '8', 0)], ['1.00', '15']);
});

test('pay: above the bound of a currency the payee accepts first, whatever was wished', () => {
  const order = (/** @type {string} */ amount, more = {}) => run(pay, noPayment(), { ...opened, acceptAbove: '10.00', ...more }, { type: 'pay.typed', typed: amount }, { type: 'pay.next', clientId: 'k' }).order;
  assert.deepEqual([order('10').accept_first, order('10.01').accept_first, order('99', { acceptAbove: null }).accept_first], [undefined, true, undefined]);
  assert.equal(order('0.01', { acceptAbove: '0.00' }).accept_first, true, 'a bound of nothing is every payment');
});

test('pay: a wrong amount stays where it is and says why', () => {
  for (const [typed, fault] of [['', 'empty'], ['abc', 'form'], ['100.01', 'too_little'], ['1.001', 'decimals']]) {
    const s = run(pay, noPayment(), opened, { type: 'pay.typed', typed }, { type: 'pay.next', clientId: 'k' });
    assert.deepEqual([s.step, s.shown, judged(s).fault], ['amount', true, fault]);
  }
  const group = run(pay, noPayment(), { ...opened, choices: [...opened.choices, { id: 'v' }] }, { type: 'pay.typed', typed: '1' });
  assert.equal(judged(group).fault, 'no_payee');
  assert.equal(judged(run(pay, group, { type: 'pay.payee', id: 'v' })).amount, '1.00');
});

test('pay: unknown is checked, resolves, and a refusal leads back to the amount with a new order', () => {
  let s = run(pay, noPayment(), ...confirmed, outcome('sending'), outcome('checking'));
  assert.equal(s.step, 'checking');
  assert.equal(run(pay, s, { type: 'payment', payment: { order: { client_id: 'another' } }, outcome: { kind: 'posted' } }).step, 'checking');
  s = run(pay, s, outcome('refused', { error: { code: 'wallet_busy', message: '', reference: 'R1', detail: null, retryable: true } }));
  assert.deepEqual([s.step, s.refusal.reference], ['refused', 'R1']);
  s = run(pay, s, { type: 'pay.back' }, { type: 'pay.next', clientId: 'k2' });
  assert.deepEqual([s.step, s.order.client_id, s.order.amount], ['confirm', 'k2', '12.50']);
});

test('pay: a balance that changes while the dialog is open counts at once', () => {
  const s = run(pay, noPayment(), opened, { type: 'pay.typed', typed: '50' }, { type: 'account', account: { currency: 'CNY', available: '20.00' } });
  assert.equal(judged(s).fault, 'too_little');
});
