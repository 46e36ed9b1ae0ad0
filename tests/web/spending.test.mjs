// Months, budgets and disputes as a page keeps them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetKey, budgets, freshNotices, noBudgets, noticesOf, standing } from '../../static/state/budgets.js';
import { isOpen, movesOf, shownState } from '../../static/state/cards.js';
import { noSettings, settings } from '../../static/state/settings.js';
import { chartOf, monthBy, monthIn, monthOf, monthsUpTo, sumsOf } from '../../static/state/spending.js';
import { disputeOf, waiting, waitingFor } from '../../static/state/waiting.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

test('months are those of the server, over the turn of a year', () => {
  assert.equal(monthOf(Date.parse('2026-01-31T23:59:59.999Z')), '2026-01');
  assert.deepEqual(monthsUpTo('2026-02', 4), ['2025-11', '2025-12', '2026-01', '2026-02']);
  assert.deepEqual([monthBy('2026-01', -1), monthBy('2026-12', 1), monthBy('2026-01', 0)], ['2025-12', '2027-01', '2026-01']);
  assert.deepEqual(['2026-01', '2026-13', '2026-1', 'now', '', null, '0026-01'].map(monthIn), ['2026-01', null, null, null, null, null, null]);
});

test('bars are as high as their amounts, exactly, and what is something is seen', () => {
  const month = (came, went) => ({ in: came, out: went });
  const { most, bars } = chartOf([month('0.00', '0.01'), null, month('90071992547409.93', '45035996273704.96')], 2, 100);
  assert.equal(most, '90071992547409.93');
  assert.deepEqual(bars, [{ in: 0, out: 3 }, null, { in: 100, out: 49 }]);
  assert.deepEqual(chartOf([month('0', '0')], 0, 100), { most: '0', bars: [{ in: 0, out: 0 }] });
  assert.deepEqual(chartOf([], 2, 100), { most: '0.00', bars: [] });
});

test('what a month was for comes with the largest first, each with its share', () => {
  const sum = (kind, direction, amount, returned = false) => ({ kind, direction, returned, amount, count: 1 });
  const month = { currency: 'CNY', month: '2026-01', complete: true, opening: '0.00', closing: '0.00', in: '0.00', out: '0.00', count: 3, sums: [sum('fee', 'out', '9.00'), sum('payment', 'out', '10.00'), sum('payment', 'in', '5.00', true), sum('bill', 'out', '1.00')] };
  assert.deepEqual(sumsOf(month, 'out', 2).map((one) => [one.kind, one.share]), [['payment', 500], ['fee', 450], ['bill', 50]]);
  assert.deepEqual(sumsOf(month, 'in', 2).map((one) => [one.kind, one.returned, one.share]), [['payment', true, 1000]]);
});

test('a budget stands by whole units: fine, near, over, and no bar beyond its end', () => {
  const of = (spent) => standing(spent, '25.00', 2);
  assert.deepEqual(of('19.99'), { bar: 799, percent: 79n, left: 501n, look: 'fine' });
  assert.deepEqual(of('20.00'), { bar: 800, percent: 80n, left: 500n, look: 'near' });
  assert.deepEqual(of('24.99').look, 'near');
  assert.deepEqual(of('25.00'), { bar: 1000, percent: 100n, left: 0n, look: 'over' });
  assert.deepEqual(of('30.00'), { bar: 1000, percent: 120n, left: -500n, look: 'over' });
  // More came back this month than went out.
  assert.deepEqual(of('-5.00'), { bar: 0, percent: 0n, left: 3000n, look: 'fine' });
});

const meant = (amount, notice = null, month = null) => ({ currency: 'CNY', kind: 'all', month, amount, notice });
const told = (percent, at, month = '2026-01') => ({ month, percent, spent: '20.00', at });
const item = (rev, value, key = 'CNY.all.every') => ({ kind: 'budget', key, rev, value });
const after = (...items) => items.reduce((state, one) => budgets(state, { type: 'items', items: [one] }), noBudgets());

test('a notice is told once, whichever way and however often it comes', () => {
  const before = after(item(1, meant('25.00')));
  const near = item(2, meant('25.00', told(80, 't1')));
  assert.deepEqual(freshNotices(before, [near, { kind: 'draft', key: 'c', rev: 3, value: {} }]), [near.value]);
  const known = budgets(before, { type: 'items', items: [near] });
  assert.deepEqual(freshNotices(known, [near]), []);
  assert.deepEqual(freshNotices(known, [item(5, { ...near.value })]), [], 'the same notice in a later row');
  assert.deepEqual(freshNotices(known, [item(6, meant('25.00', told(100, 't2')))]).length, 1);
  assert.deepEqual(freshNotices(known, [item(7, null)]), []);
});

test('what was noticed this month stands in the wallet, the most spent first, until another amount forgets it', () => {
  const state = after(item(1, meant('25.00', told(80, 't'))), item(2, { ...meant('9.00', told(100, 't')), kind: 'fee' }, 'CNY.fee.every'), item(3, meant('5.00', told(100, 't', '2025-12'), '2025-12'), 'CNY.all.2025-12'));
  assert.deepEqual(noticesOf(state, '2026-01').map((one) => one.kind), ['fee', 'all']);
  assert.deepEqual(noticesOf(state, '2026-02'), []);
  assert.deepEqual(noticesOf(budgets(state, { type: 'items', items: [item(1, meant('1.00', told(80, 'old')))] }), '2026-01').at(-1)?.amount, '25.00', 'an old row says nothing');
  const changed = budgets(state, { type: 'items', items: [item(8, meant('99.00')), item(9, null, 'CNY.fee.every')] });
  assert.deepEqual(noticesOf(changed, '2026-01'), []);
  assert.deepEqual(noticesOf(budgets(state, { type: 'session.out' }), '2026-01'), []);
});

test('the list of budgets is asked for anew when money moved or a budget changed, and an old list outlives a failure', () => {
  const list = [{ ...meant('25.00'), in_month: '2026-01', spent: '1.00' }];
  assert.equal(budgetKey(list[0]), 'CNY.all.every');
  assert.equal(budgetKey({ currency: 'CNY', kind: 'fee', month: '2026-01' }), 'CNY.fee.2026-01');
  assert.equal(budgets(noBudgets(), { type: 'account' }).stale, false, 'nobody looks at it');
  let state = [{ type: 'budgets.loading' }, { type: 'budgets.list', budgets: list }, { type: 'budgets.loaded' }].reduce(budgets, noBudgets());
  assert.deepEqual([state.status, state.loading, state.stale, state.list], ['ready', false, false, list]);
  for (const event of [{ type: 'account' }, { type: 'hello' }, { type: 'items', items: [item(1, meant('2.00'))] }]) assert.equal(budgets(state, event).stale, true, event.type);
  assert.equal(budgets(state, { type: 'items', items: [{ kind: 'draft', key: 'c', rev: 1, value: {} }] }), state);
  state = [{ type: 'budgets.loading' }, { type: 'budgets.failed', error: { code: 'internal', message: '', reference: null } }].reduce(budgets, state);
  assert.deepEqual([state.status, state.list, state.stale, state.error?.code], ['ready', list, false, 'internal']);
  assert.equal(budgets(noBudgets(), { type: 'budgets.failed', error: null }).status, 'error');
});

const dispute = (more = {}) => ({ from: 'a', to: 'b', transfer: 't', amount: '1.00', currency: 'CNY', reason: 'nothing came', answer: '', decision: '', state: 'open', ...more });

test('a dispute is answered once by who was paid, and given up by who opened it, until it is decided', () => {
  const moves = (data) => ['a', 'b', 'c'].map((me) => movesOf('dispute', data, me, NOW));
  assert.deepEqual(moves(dispute()), [['withdraw'], ['answer'], []]);
  assert.deepEqual(moves(dispute({ state: 'review' })), [['withdraw'], ['answer'], []]);
  assert.deepEqual(moves(dispute({ state: 'evidence', answer: 'it is on its way' })), [['withdraw'], [], []]);
  for (const state of ['won', 'lost', 'withdrawn']) {
    assert.deepEqual(moves(dispute({ state })), [[], [], []]);
    assert.deepEqual([isOpen({ state }, NOW), shownState({ state }, NOW)], [false, state]);
  }
  const paid = { from: 'a', to: 'b', state: 'posted', amount: '1.00' };
  assert.deepEqual(['a', 'b', 'c'].map((me) => movesOf('transfer', paid, me, NOW)), [['dispute'], ['refund'], []]);
  assert.deepEqual(movesOf('transfer', { ...paid, refunded: '0.40' }, 'a', NOW), ['dispute']);
  assert.deepEqual(movesOf('transfer', { ...paid, refunded: '1.00' }, 'a', NOW), [], 'nothing is left to come back');
});

test('a dispute waits for the answer of who was paid; its payment knows of it for who opened it', () => {
  const message = (rev, me, more) => ({ type: 'message', me, message: { conversation: 'c', seq: 4, rev, card: { kind: 'dispute', id: 'd', data: dispute(more) } } });
  const of = (me, ...changes) => changes.reduce((state, [rev, more]) => waiting(state, message(rev, me, more)), {});
  const ids = (state, me) => waitingFor(state, me, NOW).map((one) => one.id);
  assert.deepEqual(ids(of('b', [1, {}]), 'b'), ['d']);
  assert.deepEqual(ids(of('b', [1, {}], [2, { state: 'evidence', answer: 'x' }]), 'b'), []);
  assert.deepEqual(ids(of('a', [1, {}]), 'a'), []);
  assert.equal(disputeOf(of('a', [1, {}], [3, { state: 'won' }]), 't')?.data.state, 'won');
  assert.deepEqual([disputeOf(of('a', [1, {}]), 'other'), disputeOf(of('c', [1, {}]), 't')], [null, null]);
  const push = { type: 'flow', me: 'a', flow: { id: 'd', kind: 'dispute', state: 'open', conversation: 'c', seq: 4, data: dispute() } };
  assert.equal(disputeOf(waiting({}, push), 't')?.seq, 4);
});

test('receipts by e-mail are sent until it is said otherwise, and each setting keeps the other', () => {
  const set = (key, value) => ({ type: 'items', items: [{ kind: 'settings', key, rev: 1, value }] });
  const events = (...all) => all.reduce(settings, noSettings());
  assert.equal(noSettings().receiptMail, null);
  assert.deepEqual(events({ type: 'learned' }), { presence: 'everybody', receiptMail: true });
  assert.deepEqual(events(set('receipt_mail', { receipt_mail: false }), { type: 'learned' }), { presence: 'everybody', receiptMail: false });
  assert.deepEqual(events({ type: 'learned' }, { type: 'settings.wished', receiptMail: false }, { type: 'settings.wished', presence: 'nobody' }), { presence: 'nobody', receiptMail: false });
  assert.deepEqual(events({ type: 'learned' }, set('presence', { presence: 'contacts' }), set('receipt_mail', { receipt_mail: false }), set('receipt_mail', { receipt_mail: true })), { presence: 'contacts', receiptMail: true });
});
