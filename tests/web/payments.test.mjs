import assert from 'node:assert/strict';
import { test } from 'node:test';
import { confirmBy } from '../../static/sdk/confirm.js';
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
  for (const code of ['connection_lost', 'timeout', 'outcome_unknown', 'outcome_lost', 'storage_unavailable', 'internal']) assert.equal(says(code), 'unknown', code);
  for (const code of ['offline', 'insufficient_funds', 'busy', 'rate_limited', 'amount_invalid']) assert.equal(says(code), 'not_moved', code);
  assert.equal(says('busy', { money: 'unknown' }), 'unknown');
  assert.equal(says('internal', { money: 'not_moved' }), 'not_moved');
});

/** The same with somebody who confirms. */
function asked(plan, confirm, store = memoryPayments()) {
  const outcomes = [];
  const sent = [];
  const payments = new Payments({
    store,
    onOutcome: (_, outcome) => outcomes.push(outcome),
    confirm,
    setTimeout: () => 0,
    request: async (op, d) => {
      sent.push([op, d.step_up]);
      const next = plan.shift();
      if (next instanceof Error) throw next;
      return next;
    },
  });
  return { payments, outcomes, sent, store };
}

test('a payment that has to be confirmed is sent once more with what whoever pays said', async () => {
  const questions = [];
  const { payments, outcomes, sent } = asked([refusal('step_up_required'), posted], async (op, d) => (questions.push([op, d.amount]), { step_up: 'yes' }));
  await payments.pay({ ...payment, order: { ...payment.order } });
  assert.deepEqual(questions, [['transfer.send', '12.50']]);
  assert.deepEqual(sent, [['transfer.send', undefined], ['transfer.send', 'yes']]);
  assert.deepEqual(outcomes.map((one) => one.kind), ['sending', 'asking', 'sending', 'posted']);
});

test('what was confirmed stays confirmed when its answer is lost', async () => {
  const { payments, sent, store } = asked([refusal('step_up_required'), new QuipuError({ code: 'connection_lost' }), new QuipuError({ code: 'transfer_not_found' }), posted], async () => ({ step_up: 'yes' }));
  await payments.pay({ ...payment, order: { ...payment.order } });
  await settle();
  assert.deepEqual(sent, [['transfer.send', undefined], ['transfer.send', 'yes'], ['transfer.status', undefined], ['transfer.send', 'yes']]);
  assert.deepEqual(store.all(), []);
});

test('nothing is paid that was not confirmed, and an earlier page asks nobody', async () => {
  const closed = asked([refusal('step_up_required')], async () => Promise.reject(refusal('not_confirmed')));
  await closed.payments.pay({ ...payment, order: { ...payment.order } });
  assert.deepEqual(closed.outcomes.map((one) => one.error?.code ?? one.kind), ['sending', 'asking', 'not_confirmed']);
  assert.deepEqual(closed.store.all(), []);
  const store = memoryPayments();
  store.put({ ...payment, order: { ...payment.order } });
  const left = asked([new QuipuError({ code: 'transfer_not_found' }), refusal('step_up_required')], async () => assert.fail('nobody is there to be asked'), store);
  left.payments.resume();
  await settle();
  assert.deepEqual(left.outcomes.map((one) => one.error?.code), [undefined, 'step_up_required']);
});

test('what another page asks about is left to it, and forgotten when nobody has answered', async () => {
  const store = memoryPayments();
  const { payments, sent, outcomes } = asked([], async () => assert.fail('another page asks'), store);
  store.put({ ...payment, order: { ...payment.order }, asked: Date.now() });
  payments.resume();
  await settle();
  assert.equal(store.all().length, 1);
  store.put({ ...payment, order: { ...payment.order }, asked: Date.now() - 6 * 60_000 });
  payments.resume();
  await settle();
  assert.deepEqual([store.all(), sent, outcomes], [[], [], []]);
});

test('a question that breaks off says that nothing was paid', async () => {
  const { payments, outcomes } = asked([refusal('step_up_required')], async () => Promise.reject(new QuipuError({ code: 'timeout' })));
  await payments.pay({ ...payment, order: { ...payment.order } });
  assert.deepEqual(outcomes.map((one) => one.error?.code ?? one.kind), ['sending', 'asking', 'timeout']);
});

test('a program confirms by its PIN exactly what it will send', async () => {
  const asked = [];
  const request = async (op, d) => {
    asked.push([op, d]);
    return op === 'step_up.begin' ? { challenge: 'c' } : { step_up: 'yes' };
  };
  const d = { client_id: 'k', amount: '1.00' };
  assert.deepEqual(await confirmBy(request, 'transfer.send', d, '246813'), { step_up: 'yes' });
  assert.deepEqual(asked, [['step_up.begin', { op: 'transfer.send', d }], ['step_up.confirm', { challenge: 'c', factor: 'pin', code: '246813' }]]);
});
