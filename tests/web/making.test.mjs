// Requests, packets, bills and plans while they are typed: what they come to, and what is wrong with them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOf, judgedPacket, judgedRequest, judgedSchedule, localField } from '../../static/state/making.js';
import { byLargestRemainder, judgedBill } from '../../static/state/split.js';

const shares = (judged) => judged.rows.map((row) => row.amount);
const bill = (total, split, parts, people = ['a', 'b', 'c']) => judgedBill({ total, split, people, parts: Object.fromEntries(people.map((user, i) => [user, parts[i] ?? ''])) }, 2);

test('a bill of 10.00 by three is 3.34, 3.33 and 3.33, the odd cent to the lowest id', () => {
  const judged = bill('10', 'equal', []);
  assert.deepEqual([judged.total, shares(judged), judged.fault], ['10.00', ['3.34', '3.33', '3.33'], null]);
  assert.deepEqual(shares(judgedBill({ total: '1', split: 'equal', people: ['3', '1', '2'], parts: {} }, 2)), ['0.33', '0.34', '0.33']);
  assert.deepEqual(judged.shares, [{ user: 'a' }, { user: 'b' }, { user: 'c' }]);
});

test('what does not divide goes to the largest remainders, as the server has it', () => {
  const split = (total, parts) => [...byLargestRemainder(total, parts.map((part, i) => ({ user: String(i), part }))).values()].map(Number);
  assert.deepEqual(split(9n, [1n, 5n, 4n]), [1, 4, 4]);
  assert.deepEqual(split(5n, [5000n, 5000n]), [3, 2]);
  assert.deepEqual(split(100n, [1n, 1n, 1n]), [34, 33, 33]);
});

test('amounts and per cent say what is left until they add up', () => {
  assert.deepEqual([bill('10', 'exact', ['5', '4', '0.5']).left, bill('10', 'exact', ['5', '4', '0.5']).fault], ['0.50', 'remainder']);
  assert.equal(bill('10', 'exact', ['5', '4', '1.01']).left, '-0.01');
  const fine = bill('10', 'exact', ['5', '4', '1']);
  assert.deepEqual([fine.left, fine.fault, fine.shares[2]], ['0.00', null, { user: 'c', amount: '1.00' }]);
  assert.deepEqual([bill('10', 'percent', ['50', '25', '25.01']).left, bill('10', 'percent', ['50', '25', '25.01']).fault], ['-0.01', 'remainder']);
  const percent = bill('10', 'percent', ['33.34', '33,33', '33.33%']);
  assert.deepEqual([percent.fault, shares(percent), percent.shares[1]], [null, ['3.34', '3.33', '3.33'], { user: 'b', percent: '33.33' }]);
});

test('weights begin at one each; what is no part is said beside it', () => {
  const judged = bill('10', 'weights', ['2']);
  assert.deepEqual([judged.fault, shares(judged), judged.shares[0]], [null, ['5.00', '2.50', '2.50'], { user: 'a', weight: 2 }]);
  const wrong = bill('10', 'weights', ['x']);
  assert.deepEqual([wrong.fault, wrong.rows[0].fault], ['parts', 'form']);
  assert.equal(bill('0.02', 'equal', []).fault, 'nothing');
  assert.equal(bill('10', 'weights', ['0']).fault, 'parts');
});

test('a bill needs a total and at least two people', () => {
  assert.equal(bill('', 'equal', []).fault, 'total');
  assert.equal(bill('10', 'equal', [], ['a']).fault, 'people');
});

test('a packet tells what each share holds, and is not more than there is', () => {
  const packet = (total, count, kind = 'lucky', available = '100.00') => judgedPacket({ kind, total, count, available }, 2);
  assert.deepEqual(packet('10', '3').each, { least: '0.01', most: '9.98' });
  assert.deepEqual(packet('10', '3', 'equal').each, { least: '3.33', most: '3.34' });
  assert.deepEqual(packet('9', '3', 'equal').each, { least: '3.00', most: '3.00' });
  assert.deepEqual(['', '0', '1.234'].map((total) => packet(total, '3').fault), ['total', 'total', 'total']);
  assert.equal(packet('100.01', '3').fault, 'too_little');
  assert.deepEqual(['0', '', 'x', '10001', '1.5'].map((count) => packet('10', count).fault), Array(5).fill('count'));
  assert.equal(packet('0.02', '3').fault, 'too_small');
  assert.equal(countOf('１０', 100), 10, 'full-width digits of an input method');
});

test('a request needs an amount and somebody, and says what it comes to', () => {
  assert.deepEqual(judgedRequest({ amount: '3.5', people: ['a', 'b'] }, 2), { parsed: { ok: true, amount: '3.50' }, total: '7.00', fault: null });
  assert.equal(judgedRequest({ amount: '3.5', people: [] }, 2).fault, 'people');
  assert.equal(judgedRequest({ amount: 'x', people: ['a'] }, 2).fault, 'amount');
});

test('a plan begins in the future and ends after it began', () => {
  const now = new Date(2026, 0, 1, 12, 0).getTime();
  const plan = (change) => judgedSchedule({ to: 'b', amount: '1', first: '2026-01-02T09:00', every: 'month', end: 'never', times: '12', until: '2027-01-01', ...change }, 2, now);
  assert.deepEqual([plan({}).fault, plan({}).times, plan({}).until, plan({}).first_at], [null, null, null, new Date(2026, 0, 2, 9, 0).toISOString()]);
  assert.equal(plan({ end: 'times' }).times, 12);
  assert.equal(plan({ end: 'until' }).until, new Date(2027, 0, 1, 23, 59, 59).toISOString());
  assert.deepEqual([{ to: null }, { amount: '' }, { first: '' }, { first: '2026-01-01T11:00' }, { end: 'times', times: '0' }, { end: 'until', until: '2026-01-01' }, { end: 'until', until: '' }].map((change) => plan(change).fault), ['no_payee', 'amount', 'first', 'past', 'times', 'until', 'until']);
  assert.equal(plan({ every: 'once', end: 'times', times: '0' }).fault, null, 'what is paid once needs no end');
  assert.equal(localField(new Date(2026, 8, 3, 7, 5).getTime()), '2026-09-03T07:05');
});
