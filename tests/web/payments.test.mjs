import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QuipuError } from '../../static/sdk/errors.js';
import { memoryPayments, moneyAfter, Payments } from '../../static/sdk/payments.js';
import { fakeClock, settle } from './fake-socket.mjs';

const payment = { order: { client_id: 'k', to: 'u', amount: '12.50', currency: 'CNY', not_after: 'later' }, payee: 'U' };
const posted = { id: 't', state: 'posted', at: 'now', balance: '1.00', conversation: 'c', seq: 1 };
const refusal = (code, more = {}) => new QuipuError({ code, detail: { money: 'not_moved' }, ...more });

/** Each request takes the next planned answer; an error is thrown. */
function bench(plan, store = memoryPayments()) {
  const clock = fakeClock();
  const asked = [];
  const outcomes = [];
  const payments = new Payments({
    store,
    setTimeout: clock.setTimeout,
    onOutcome: (_, outcome) => outcomes.push(outcome.kind),
    request: async (op, d) => {
      asked.push([op, d.client_id]);
      const next = plan.shift();
      if (next instanceof Error) throw next;
      return next;
    },
  });
  return { payments, clock, asked, outcomes, store };
}

test('a payment is written down before it is sent, and forgotten when it is posted', async () => {
  const { payments, outcomes, store, asked } = bench([posted]);
  const done = payments.pay(payment);
  assert.equal(store.all().length, 1);
  await done;
  assert.deepEqual([outcomes, asked, store.all()], [['sending', 'posted'], [['transfer.send', 'k']], []]);
});

test('two presses are one request', async () => {
  const { payments, asked } = bench([posted, posted]);
  await Promise.all([payments.pay(payment), payments.pay(payment)]);
  assert.equal(asked.length, 1);
});

test('a refusal is final, and the money has not moved', async () => {
  const { payments, outcomes, store } = bench([refusal('insufficient_funds')]);
  await payments.pay(payment);
  assert.deepEqual(outcomes, ['sending', 'refused']);
  assert.equal(store.all().length, 0);
});

test('a lost answer is checked by its id, not paid again', async () => {
  const { payments, outcomes, asked } = bench([new QuipuError({ code: 'connection_lost' }), new QuipuError({ code: 'offline' }), posted]);
  await payments.pay(payment);
  await settle();
  assert.deepEqual(outcomes, ['sending', 'checking']);
  payments.resume(); // hello again
  await settle();
  assert.deepEqual(outcomes, ['sending', 'checking', 'checking', 'posted']);
  assert.deepEqual(asked, [['transfer.send', 'k'], ['transfer.status', 'k'], ['transfer.status', 'k']]);
});

test('nothing found under the id: the same order again, with the same id', async () => {
  const { payments, outcomes, asked } = bench([new QuipuError({ code: 'timeout' }), new QuipuError({ code: 'transfer_not_found' }), posted]);
  await payments.pay(payment);
  await settle();
  assert.deepEqual(asked.map(([op]) => op), ['transfer.send', 'transfer.status', 'transfer.send']);
  assert.equal(outcomes.at(-1), 'posted');
});

test('found too late to be posted: refused, and nothing moved', async () => {
  const { payments, outcomes } = bench([new QuipuError({ code: 'outcome_unknown', detail: { money: 'unknown' } }), new QuipuError({ code: 'transfer_not_found' }), refusal('not_after_passed')]);
  await payments.pay(payment);
  await settle();
  assert.equal(outcomes.at(-1), 'refused');
});

test('while it cannot be known it is asked again, ever more slowly', async () => {
  const { payments, clock, asked, outcomes } = bench([new QuipuError({ code: 'timeout' }), new QuipuError({ code: 'busy', retryable: true }), new QuipuError({ code: 'timeout' }), posted]);
  await payments.pay(payment);
  await settle();
  assert.equal(asked.length, 2);
  await clock.pass(1000);
  assert.equal(asked.length, 3);
  await clock.pass(2000);
  assert.deepEqual([asked.length, outcomes.at(-1)], [4, 'posted']);
});

test('a refusal that is on record is told as one', async () => {
  const { payments, outcomes } = bench([new QuipuError({ code: 'timeout' }), { state: 'refused', error: { code: 'insufficient_funds' } }]);
  await payments.pay(payment);
  await settle();
  assert.equal(outcomes.at(-1), 'refused');
});

test('after a reload, what was open is asked for', async () => {
  const store = memoryPayments();
  store.put(payment);
  const { payments, outcomes, asked } = bench([posted], store);
  payments.resume();
  await settle();
  assert.deepEqual([outcomes, asked], [['checking', 'posted'], [['transfer.status', 'k']]]);
});

test('only a clear refusal says that no money moved', () => {
  const says = (code, detail = null) => moneyAfter(new QuipuError({ code, detail }));
  for (const code of ['connection_lost', 'timeout', 'outcome_unknown', 'internal']) assert.equal(says(code), 'unknown', code);
  for (const code of ['offline', 'insufficient_funds', 'busy', 'rate_limited', 'amount_invalid']) assert.equal(says(code), 'not_moved', code);
  assert.equal(says('busy', { money: 'unknown' }), 'unknown');
  assert.equal(says('internal', { money: 'not_moved' }), 'not_moved');
});
