import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cleared, daysOf, found, historyPath, noFilter, noFound, partsOf, readFilter, totals, wireFilter, withoutPart } from '../../static/state/history.js';
import { minorUnits } from '../../static/state/money.js';
import { signedOf, storyOf } from '../../static/state/story.js';

const row = (id, more = {}) => ({ id, kind: 'payment', direction: 'out', state: 'posted', amount: '1.00', currency: 'CNY', balance: '9.00', counterparty: null, note: null, conversation: null, at: `2026-11-23T10:00:${id.padStart(2, '0')}.000Z`, ...more });
const all = { text: '茶 & cake #1', kind: 'bill', direction: 'in', state: 'held', person: '0197-ab', from: '2026-01-31', to: '2026-02-01', min: '0.50', max: '12', currency: 'USD' };

test('a filter that was put into a link is read as it was meant', () => {
  const path = historyPath(all);
  assert.deepEqual(readFilter(new URL(path, 'https://quipu.example').search), all);
  assert.equal(historyPath(noFilter()), '/wallet');
  assert.deepEqual(readFilter(''), noFilter());
});

test('what a link cannot ask for is left out, and the rest of it holds', () => {
  for (const query of ['kind=gift', 'direction=up', 'state=lost', 'person=a%20b', 'from=2026-02-30', 'from=yesterday', 'to=2026-1-1', 'min=-1', 'min=1e3', 'max=1,5', 'currency=usd', `q=${'x'.repeat(201)}`, 'q=%20'])
    assert.deepEqual(readFilter(`?${query}&kind=`), noFilter(), query);
  assert.equal(readFilter('?kind=gift&direction=in').direction, 'in');
  assert.equal(readFilter('?q=%E0%A4%A').text.length > 0, true, 'a broken escape is words like any other');
});

test('days are asked for from their beginning to their end, where the person is', () => {
  const { from, to } = wireFilter({ ...noFilter(), from: '2026-03-28', to: '2026-03-29' });
  assert.equal(new Date(from).getTime(), new Date(2026, 2, 28).getTime());
  assert.equal(new Date(to).getTime(), new Date(2026, 2, 30).getTime(), 'the last day is in it, however many hours it has');
  assert.deepEqual(wireFilter({ ...all, from: '', to: '' }), { kind: 'bill', direction: 'in', state: 'held', person: '0197-ab', min: '0.50', max: '12', text: '茶 & cake #1' });
  assert.deepEqual(wireFilter(noFilter()), {});
});

test('what is set is told part by part, and taken away as one', () => {
  assert.deepEqual(partsOf(all), ['direction', 'kind', 'state', 'person', 'dates', 'amount']);
  assert.deepEqual(partsOf({ ...noFilter(), text: 'x', currency: 'USD' }), []);
  const without = withoutPart(all, 'dates');
  assert.deepEqual([without.from, without.to, without.min], ['', '', '0.50']);
  assert.deepEqual(partsOf(withoutPart(all, 'amount')), ['direction', 'kind', 'state', 'person', 'dates']);
  assert.deepEqual(cleared(all), { ...noFilter(), currency: 'USD' });
});

test('spans of days end where they should', () => {
  assert.deepEqual(daysOf('month', new Date(2026, 2, 15)), { from: '2026-03-01', to: '2026-03-15' });
  assert.deepEqual(daysOf('last_month', new Date(2026, 2, 31)), { from: '2026-02-01', to: '2026-02-28' });
  assert.deepEqual(daysOf('last_month', new Date(2026, 0, 5)), { from: '2025-12-01', to: '2025-12-31' });
  assert.deepEqual(daysOf('days', new Date(2026, 0, 5)), { from: '2025-12-07', to: '2026-01-05' });
});

test('what was found: pages join, each row once, and an answer to an earlier question is none', () => {
  const run = (state, ...events) => events.reduce((now, event) => found(now, { key: 'a', ...event }), state);
  let s = run(noFound(), { type: 'found.asked' }, { type: 'found.page', transfers: [row('9'), row('8')], next: '8' });
  s = run(s, { type: 'found.more' }, { type: 'found.page', more: true, transfers: [row('8'), row('7')], next: null });
  assert.deepEqual([s.transfers.map((one) => one.id), s.next, s.loadingMore], [['9', '8', '7'], null, false]);
  assert.equal(run(s, { key: 'b', type: 'found.page', transfers: [row('1')], next: null }), s);
  s = run(s, { type: 'found.asked' }, { type: 'found.page', transfers: [row('10'), row('9')], next: '9' });
  assert.deepEqual([s.transfers.map((one) => one.id), s.next], [['10', '9', '8', '7'], null], 'a fresh first page moves no cursor back');
  s = run(s, { type: 'found.asked' }, { type: 'found.page', transfers: [row('50'), row('49')], next: '49' });
  assert.deepEqual([s.transfers.map((one) => one.id), s.next], [['50', '49'], '49'], 'what lies between would be missing');
  s = run(s, { key: 'b', type: 'found.asked' });
  assert.deepEqual([s.status, s.transfers], ['loading', []]);
});

test('what was found: a failure shows where nothing is shown, and an interruption is none', () => {
  const run = (state, ...events) => events.reduce((now, event) => found(now, { key: 'a', ...event }), state);
  const failed = { type: 'found.failed', error: { code: 'busy', message: '', reference: null } };
  assert.deepEqual([run(noFound(), { type: 'found.asked' }, failed).status, run(noFound(), { type: 'found.asked' }, failed).error.code], ['error', 'busy']);
  const ready = run(noFound(), { type: 'found.asked' }, { type: 'found.page', transfers: [row('1')], next: '1' }, { type: 'found.more' });
  assert.deepEqual([run(ready, failed).status, run(ready, failed).loadingMore], ['ready', false]);
  assert.equal(run(noFound(), { type: 'found.asked' }, { type: 'found.interrupted' }).status, 'idle');
  assert.equal(run(ready, { type: 'found.asked' }).loadingMore, false, 'asked anew, the answer to the other is dropped');
});

test('totals count what moved, both ways', () => {
  const rows = [row('1', { amount: '2.50' }), row('2', { direction: 'in', amount: '10.00' }), row('3', { state: 'held', amount: '99.00' }), row('4', { state: 'reversed', direction: 'in', amount: '0.50' }), row('5', { state: 'captured', amount: '1.00' })];
  assert.deepEqual(totals(rows, (amount) => minorUnits(amount, 2)), { in: 1050n, out: 350n });
});

test('a story: its main row, how it stands, and what of it went back', () => {
  assert.equal(storyOf([], true, 2), null);
  const paid = [row('1', { direction: 'in', amount: '10.00' }), row('2', { state: 'reversed', amount: '4.00' })];
  let s = storyOf(paid, true, 2);
  assert.deepEqual([s.main.id, s.state, s.back, s.left, s.partly, s.refundable], ['1', 'posted', '4.00', '6.00', true, true]);
  s = storyOf([...paid, row('3', { state: 'reversed', amount: '6.00' })], true, 2);
  assert.deepEqual([s.state, s.left, s.partly, s.refundable], ['reversed', '0.00', false, false]);
  assert.equal(storyOf(paid, false, 2).refundable, false, 'more may have gone back than is seen');
  const own = storyOf([row('1', { amount: '10.00' }), row('2', { kind: 'fee', amount: '0.10' }), row('3', { kind: 'fee', state: 'reversed', direction: 'in', amount: '0.10' })], true, 2);
  assert.deepEqual([own.fee, own.back, own.left, own.refundable], ['0.10', '0.00', '10.00', false], 'a fee that came back is no part of the payment');
});

test('a story of one that is accepted first stands as it ended', () => {
  const held = row('1', { direction: 'in', state: 'held', amount: '5.00' });
  const waits = storyOf([held], true, 2);
  assert.deepEqual([waits.state, waits.moved, waits.refundable, waits.left], ['held', null, false, '0.00']);
  const taken = storyOf([held, row('2', { direction: 'in', state: 'captured', amount: '5.00' }), row('3', { state: 'reversed', amount: '1.00' })], true, 2);
  assert.deepEqual([taken.state, taken.moved.id, taken.back, taken.refundable], ['captured', '2', '1.00', true]);
  assert.equal(storyOf([held, row('2', { state: 'voided' })], true, 2).state, 'voided');
  for (const kind of ['request', 'bill', 'schedule']) assert.equal(storyOf([row('1', { kind, direction: 'in' })], true, 2).refundable, true, kind);
  for (const kind of ['payment', 'request', 'bill', 'schedule']) assert.equal(storyOf([row('1', { kind, direction: 'out', counterparty: { id: 'b', handle: 'bob', display_name: 'Bob' } })], true, 2).disputable, true, kind);
  assert.equal(storyOf([row('1', { kind: 'payment', direction: 'in' })], true, 2).disputable, false, 'who was paid gives it back instead');
  for (const kind of ['packet', 'funding', 'topup', 'withdrawal', 'correction', 'claim']) assert.equal(storyOf([row('1', { kind, direction: 'in' })], true, 2).refundable, false, kind);
});

test('what came from a bank and was called back, and what went to one and came back', () => {
  const called = storyOf([row('1', { kind: 'topup', direction: 'in', amount: '5.00' }), row('2', { kind: 'topup', state: 'reversed', amount: '5.00' })], true, 2);
  assert.deepEqual([called.state, called.refundable, called.disputable], ['reversed', false, false]);
  const paid = storyOf([row('1', { kind: 'withdrawal', state: 'held', amount: '5.00' }), row('2', { kind: 'withdrawal', state: 'captured', amount: '5.00' })], true, 2);
  assert.deepEqual([paid.state, paid.moved.id, paid.disputable], ['captured', '2', false]);
  assert.deepEqual(readFilter('?kind=topup').kind, 'topup');
});

test('an amount has a sign where money moved', () => {
  assert.deepEqual(signedOf(row('1')), { amount: '-1.00', tone: 'out' });
  assert.deepEqual(signedOf(row('1', { state: 'held' })), { amount: '1.00', tone: 'idle' });
});
