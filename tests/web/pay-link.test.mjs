import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpPath } from '../../static/app/fault.js';
import { judged, noPayment, pay } from '../../static/state/pay.js';
import { ownLink, payPath, readPayLink } from '../../static/state/pay-link.js';

const NOTE_CHARS = 140;
const read = (query) => readPayLink(query, NOTE_CHARS);

test('a link that was made is read as it was meant', () => {
  const path = payPath({ handle: 'ana.b', amount: '12.50', currency: 'CNY', note: '茶 & cake #1 + more' });
  const url = new URL(path, 'https://quipu.example');
  assert.equal(url.pathname, '/pay/ana.b');
  assert.deepEqual(read(url.search), { typed: '12.50', currency: 'CNY', note: '茶 & cake #1 + more', left: [] });
  assert.equal(payPath({ handle: 'ana', note: '  ' }), '/pay/ana');
  assert.equal(payPath({ handle: 'a/../b' }), '/pay/a%2F..%2Fb', 'a handle stays one part of the path');
  assert.equal(payPath({ handle: 'ana', currency: 'CNY' }), '/pay/ana', 'a currency of nothing is not asked for');
});

test('what a link says is text for the fields, never cut into something else', () => {
  assert.deepEqual(read(''), { typed: '', currency: null, note: '', left: [] });
  assert.equal(read('?amount=1e9').typed, '1e9', 'wrong, and shown as it is');
  assert.equal(read('?note=%3Cscript%3Ealert(1)%3C/script%3E').note, '<script>alert(1)</script>');
  assert.deepEqual(read('?amount=1&amount=1000').typed, '1', 'the first, which is what is shown');
  assert.equal(read('?currency=usd').currency, 'USD');
  assert.deepEqual(read(`?amount=${'1'.repeat(17)}&note=x`), { typed: '', currency: null, note: 'x', left: ['amount'] });
  assert.deepEqual(read(`?note=${'n'.repeat(NOTE_CHARS + 1)}&amount=1`), { typed: '1', currency: null, note: '', left: ['note'] });
  assert.equal(read(`?note=${'🍜'.repeat(NOTE_CHARS)}`).left.length, 0, 'characters are counted, not their halves');
  assert.deepEqual(read('?amount=%E0%A4%A&note=%').left, [], 'a broken escape breaks nothing');
});

test('the fields of a link begin with its fault shown, and go no further by themselves', () => {
  const opened = { type: 'pay.opened', conversation: null, choices: [{ id: 'u', handle: 'u', display_name: 'U' }], currency: 'CNY', exponent: 2, available: '100.00' };
  for (const [typed, fault] of [['1e9', 'form'], ['1000000000', 'too_little'], ['1.001', 'decimals'], ['-5', 'form'], ['0', 'zero']]) {
    const state = pay(noPayment(), { ...opened, typed, note: 'tea', left: [] });
    assert.deepEqual([state.step, state.shown, judged(state).fault, state.order], ['amount', true, fault, null]);
    assert.equal(pay(state, { type: 'pay.next', clientId: 'k' }).step, 'amount');
  }
  const good = pay(noPayment(), { ...opened, typed: '12.5', note: 'tea', left: [] });
  assert.deepEqual([good.step, good.order], ['amount', null]);
  assert.deepEqual(pay(good, { type: 'pay.next', clientId: 'k' }).order, { client_id: 'k', to: 'u', amount: '12.50', currency: 'CNY', fee: '0.00', note: 'tea' });
  assert.equal(pay(noPayment(), { ...opened, typed: '', note: '', left: [] }).shown, false, 'an empty field is no fault yet');
});

test('the own link has the amount in the wire’s form, and there is none while it is wrong', () => {
  const of = (typed, note = '') => ownLink({ handle: 'ana', typed, note, currency: 'CNY', exponent: 2 });
  assert.deepEqual(of(''), { path: '/pay/ana', fault: null });
  assert.deepEqual(of('１2.5', 'tea'), { path: '/pay/ana?amount=12.50&currency=CNY&note=tea', fault: null });
  for (const [typed, fault] of [['abc', 'form'], ['1.234', 'decimals'], ['0', 'zero'], ['1'.repeat(13), 'large']]) assert.deepEqual(of(typed), { path: null, fault });
});

test('a refusal leads to its page with its reference, and what only this client says leads nowhere', () => {
  assert.equal(helpPath({ code: 'insufficient_funds', reference: '0197-ab' }), '/help/insufficient_funds?lang=en&ref=0197-ab');
  assert.equal(helpPath({ code: 'busy', reference: null }), '/help/busy?lang=en');
  assert.equal(helpPath({ code: 'of_a_later_version' }), '/help/of_a_later_version?lang=en');
  for (const code of ['offline', 'timeout', '../x', 'a?b', '']) assert.equal(helpPath({ code }), null, code);
});
