// What is asked of flows: written down, sent, asked for again by the same id, and what a page makes of the answers.
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { paymentId } from '../../docs/examples/pay-once.mjs';
import { QuipuError } from '../../static/sdk/errors.js';
import { fileActs, filePayments } from '../../static/sdk/file-store.js';
import { browserActs, Flows, memoryActs } from '../../static/sdk/flows.js';
import { Money } from '../../static/sdk/money.js';
import { memoryPayments, Payments } from '../../static/sdk/payments.js';
import { acts, underWay } from '../../static/state/acts.js';
import { isOpen, luckiest, movesOf, progress, shownState, timeLeft } from '../../static/state/cards.js';
import { packets } from '../../static/state/packets.js';
import { waiting, waitingFor } from '../../static/state/waiting.js';
import { fakeClock, settle } from './fake-socket.mjs';

const act = { client_id: 'k', op: 'request.pay', d: { request: 'r' }, about: 'r' };
const done = { flow: { id: 'r', kind: 'request', state: 'paid', conversation: 'c', seq: 1, data: {} }, transfer: null, duplicate: false };
const refusal = (code, more = {}) => new QuipuError({ code, detail: { money: 'not_moved' }, ...more });
const lost = () => new QuipuError({ code: 'connection_lost' });
const offline = () => new QuipuError({ code: 'offline' });

/** Each request takes the next planned answer; an error is thrown. */
function bench(plan, store = memoryActs()) {
  const clock = fakeClock();
  const [asked, outcomes] = [[], []];
  const request = async (op, d) => {
    asked.push([op, d]);
    const next = plan.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const flows = new Flows({ store, request, setTimeout: clock.setTimeout, onOutcome: (_, outcome) => outcomes.push(outcome.kind) });
  return { flows, clock, asked, outcomes, store, request };
}

test('an act is written down before it is sent, and forgotten with its answer', async () => {
  const { flows, asked, outcomes, store } = bench([done]);
  const answer = flows.carry(act);
  assert.deepEqual(store.all(), [act]);
  assert.equal(await answer, done);
  assert.deepEqual([asked, outcomes, store.all()], [[['request.pay', { client_id: 'k', request: 'r' }]], ['sending', 'done'], []]);
});

test('two presses are one request, and both are answered', async () => {
  const { flows, asked } = bench([done, done]);
  assert.deepEqual(await Promise.all([flows.carry(act), flows.carry(act)]), [done, done]);
  assert.equal(asked.length, 1);
});

test('what cannot be written down is not sent', async () => {
  const { flows, asked, outcomes } = bench([done], { ...memoryActs(), put: () => { throw new Error('full'); } });
  await assert.rejects(flows.carry(act), { code: 'not_kept' });
  assert.deepEqual([asked, outcomes], [[], ['sending', 'refused']]);
});

test('a lost answer is asked for with the same id when the connection is back', async () => {
  const { flows, asked, outcomes } = bench([lost(), { ...done, duplicate: true }]);
  const answer = flows.carry(act);
  await settle();
  assert.deepEqual(outcomes, ['sending', 'checking']);
  flows.resume();
  assert.equal((await answer).duplicate, true);
  assert.deepEqual(asked.map(([, d]) => d.client_id), ['k', 'k']);
});

test('an unknown outcome is asked for until it is known, ever more slowly; a refusal that may pass says nothing of the first', async () => {
  const { flows, clock, asked, outcomes, store } = bench([new QuipuError({ code: 'outcome_unknown', detail: { money: 'unknown' } }), refusal('busy', { retryable: true }), refusal('request_not_open')]);
  const answer = flows.carry(act);
  for (const _ of [1, 2]) {
    await settle();
    assert.equal(store.all().length, 1);
    clock.pass(15_000);
  }
  await assert.rejects(answer, { code: 'request_not_open' });
  assert.deepEqual([asked.length, outcomes.at(-1), store.all()], [3, 'refused', []]);
});

test('without a connection a page is refused at once, and a program waits', async () => {
  const page = bench([offline()]);
  await assert.rejects(page.flows.carry(act), { code: 'offline' });
  assert.deepEqual(page.store.all(), []);
  const program = bench([offline(), refusal('busy', { retryable: true, retry_after_ms: 70 }), done]);
  const answer = program.flows.carry({ ...act, patient: true });
  await settle();
  program.flows.resume();
  await settle();
  program.clock.pass(70);
  assert.equal(await answer, done);
});

test('after a restart the store alone carries on', async () => {
  const store = memoryActs();
  const before = bench([lost()], store);
  before.flows.carry(act);
  await settle();
  const after = bench([{ ...done, duplicate: true }], store);
  after.flows.resume();
  await settle();
  assert.deepEqual([after.outcomes, store.all()], [['checking', 'done'], []]);
});

test('acts and payments of a program are kept in files, each by its own id', () => {
  const dir = fs.mkdtempSync(join(tmpdir(), 'quipu-acts-'));
  const payment = { order: { client_id: 'p', to: 'u', amount: '1.00', currency: 'CNY' }, payee: 'U' };
  fileActs(fs, join(dir, 'acts')).put(act);
  filePayments(fs, join(dir, 'payments')).put(payment);
  assert.deepEqual([fileActs(fs, join(dir, 'acts')).all(), filePayments(fs, join(dir, 'payments')).all()], [[act], [payment]]);
  filePayments(fs, join(dir, 'payments')).drop('p');
  assert.deepEqual(filePayments(fs, join(dir, 'payments')).all(), []);
  fs.rmSync(dir, { recursive: true });
});

test('a browser keeps each act under a key of its own, and reads over what is not one', () => {
  const map = new Map([['quipu.flow.me.x', '{cut'], ['other', '1']]);
  const storage = { get length() { return map.size; }, key: (i) => [...map.keys()][i] ?? null, getItem: (key) => map.get(key) ?? null, setItem: (key, value) => map.set(key, value), removeItem: (key) => map.delete(key) };
  const store = browserActs('me', storage);
  store.put(act);
  assert.deepEqual([store.all(), browserActs('you', storage).all()], [[act], []]);
  store.drop('k');
  assert.deepEqual(store.all(), []);
});

test('every call of money has its op, its fields and an id; what says nothing is left out', async () => {
  const { flows, asked, request } = bench(Array.from({ length: 20 }, () => done));
  const money = new Money({ flows, payments: null, request });
  await money.request({ conversation: 'c', payers: ['u'], amount: '1.00', currency: 'CNY', note: undefined });
  await money.payRequest('r', { fee: '0.00', currency: 'CNY', not_after: undefined }, { client_id: 'mine' });
  await money.claim('p');
  await money.bill({ conversation: 'c', total: '3.00', currency: 'CNY', split: 'weights', shares: [{ user: 'u', weight: 2, amount: undefined }, { user: 'v', weight: 1 }] });
  await money.accept('t');
  await money.refund('t', { amount: undefined, note: 'sorry' });
  await money.dispute('t', 'nothing came');
  await money.answerDispute('d', 'it is on its way');
  await money.withdrawDispute('d');
  await money.showPacket('p', { cursor: undefined });
  assert.deepEqual(asked.map(([op, { client_id: _, ...d }]) => [op, d]), [
    ['request.create', { conversation: 'c', payers: ['u'], amount: '1.00', currency: 'CNY' }],
    ['request.pay', { request: 'r', fee: '0.00', currency: 'CNY' }],
    ['packet.claim', { packet: 'p' }],
    ['bill.create', { conversation: 'c', total: '3.00', currency: 'CNY', split: 'weights', shares: [{ user: 'u', weight: 2 }, { user: 'v', weight: 1 }] }],
    ['transfer.accept', { transfer: 't' }],
    ['transfer.refund', { transfer: 't', note: 'sorry' }],
    ['dispute.open', { transfer: 't', reason: 'nothing came' }],
    ['dispute.answer', { dispute: 'd', text: 'it is on its way' }],
    ['dispute.withdraw', { dispute: 'd' }],
    ['packet.show', { packet: 'p' }],
  ]);
  assert.equal(asked[1][1].client_id, 'mine');
  assert.match(asked[0][1].client_id, /^[0-9a-f-]{36}$/);
  await assert.rejects(new Money({ flows: null, payments: null, request }).claim('p'), { code: 'offline' });
});

test('a payment of a program waits for a connection and ends as the payment does', async () => {
  const plan = [offline(), refusal('transfer_not_found'), { id: 't', state: 'posted', at: 'now', balance: '1.00', conversation: 'c', seq: 1 }];
  const payments = new Payments({ store: memoryPayments(), setTimeout: fakeClock().setTimeout, onOutcome: () => {}, request: async () => {
    const next = plan.shift();
    if (next instanceof Error) throw next;
    return next;
  } });
  const money = new Money({ flows: null, payments, request: async () => {} });
  const answer = money.pay({ client_id: 'k', to: 'u', amount: '1.00', currency: 'CNY' });
  await settle();
  payments.resume();
  assert.equal((await answer).state, 'posted');
  plan.push(refusal('insufficient_funds'));
  await assert.rejects(money.pay({ to: 'u', amount: '1.00', currency: 'CNY' }), { code: 'insufficient_funds' });
});

test('the example pays an invoice under an id that is always the same, and another one under another', () => {
  assert.match(paymentId('invoice-17'), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(paymentId('invoice-17'), paymentId('invoice-17'));
  assert.notEqual(paymentId('invoice-17'), paymentId('invoice-18'));
});

test('a page knows what is under way with a flow, and forgets what nobody looks at', () => {
  const event = (kind, show) => ({ type: 'act', act: { ...act, show }, outcome: { kind } });
  let state = acts({}, event('sending'));
  assert.equal(underWay(state, 'r'), 'sending');
  state = acts(state, event('checking'));
  assert.equal(underWay(state, 'r'), 'checking');
  assert.deepEqual(acts(state, event('done')), {});
  const looked = acts(acts({}, event('sending', { watched: true })), event('refused', { watched: true }));
  assert.equal(looked['k'].outcome.kind, 'refused');
  assert.equal(underWay(looked, 'r'), null);
  assert.deepEqual(acts(looked, { type: 'act.left', clientId: 'k' }), {});
  // What an earlier page began nobody watches in this one.
  assert.deepEqual(acts(acts({}, event('checking', { watched: true })), event('done', { watched: true })), {});
});

const NOW = Date.parse('2026-01-01T00:00:00Z');
const LATER = '2026-01-08T00:00:00Z';

test('a card lets each do what is theirs, while it is open', () => {
  const request = { from: 'a', state: 'open', expires_at: LATER, payers: [{ user: 'b', state: 'open', amount: '1.00' }, { user: 'c', state: 'paid', amount: '1.00' }] };
  assert.deepEqual(['a', 'b', 'c', 'd'].map((me) => movesOf('request', request, me, NOW)), [['cancel'], ['pay', 'decline'], [], []]);
  assert.deepEqual(movesOf('request', request, 'b', Date.parse(LATER)), []);
  assert.deepEqual(movesOf('request', { ...request, state: 'cancelled' }, 'b', NOW), []);
  const bill = { from: 'a', state: 'partly_paid', expires_at: LATER, shares: [{ user: 'a', state: 'own' }, { user: 'b', state: 'open' }] };
  assert.deepEqual(['a', 'b', 'c'].map((me) => movesOf('bill', bill, me, NOW)), [['cancel'], ['pay'], []]);
  const offer = { from: 'a', to: 'b', state: 'held', amount: '1.00', expires_at: LATER };
  assert.deepEqual(['a', 'b', 'c'].map((me) => movesOf('transfer', offer, me, NOW)), [['cancel'], ['accept', 'decline'], []]);
  assert.deepEqual(['a', 'b'].map((me) => movesOf('transfer', { ...offer, state: 'accepted' }, me, NOW)), [['dispute'], ['refund']]);
  assert.deepEqual(movesOf('transfer', { ...offer, state: 'posted', refunded: '1.00' }, 'b', NOW), []);
  assert.deepEqual(['a', 'b'].map((me) => movesOf('schedule', { from: 'a', to: 'b', state: 'open' }, me, NOW)), [['cancel'], []]);
  assert.deepEqual(movesOf('reminder', { state: 'open' }, 'a', NOW), []);
});

test('what has passed its time is over, whether or not it was said', () => {
  assert.equal(shownState({ state: 'held', expires_at: LATER }, NOW), 'held');
  assert.equal(shownState({ state: 'held', expires_at: LATER }, Date.parse(LATER)), 'expired');
  assert.equal(shownState({ state: 'paid', expires_at: LATER }, Date.parse(LATER)), 'paid');
  assert.equal(isOpen({ state: 'open', expires_at: null }, NOW), true);
  const left = (minutes) => timeLeft(new Date(NOW + minutes * 60_000).toISOString(), NOW);
  assert.deepEqual([0.5, 59, 60, 47 * 60, 48 * 60, 0].map(left), [{ unit: 'minute', n: 1 }, { unit: 'minute', n: 59 }, { unit: 'hour', n: 1 }, { unit: 'hour', n: 47 }, { unit: 'day', n: 2 }, null]);
  assert.deepEqual(progress([{ user: 'a', state: 'own', amount: '1' }, { user: 'b', state: 'paid', amount: '1' }, { user: 'c', state: 'open', amount: '1' }]), { paid: 1, of: 2 });
  assert.equal(luckiest([{ user: 'a', amount: '1.10' }, { user: 'b', amount: '10.00' }, { user: 'c', amount: '10.00' }], (amount) => BigInt(amount.replace('.', ''))), 'b');
});

test('the own part of a packet is known from its answer, and asked for again after an absence', () => {
  const flow = (claimed) => ({ id: 'p', kind: 'packet', state: 'open', conversation: 'c', seq: 1, data: { claimed } });
  let state = packets({}, { type: 'packet.shown', id: 'p', shown: { flow: flow(1), mine: null, claims: [], next: null } });
  assert.deepEqual([state['p'].mine, state['p'].claimed], [null, 1]);
  assert.equal(packets(state, { type: 'hello', first: false })['p'].mine, undefined);
  assert.equal(packets(state, { type: 'flow', flow: flow(2) })['p'].mine, undefined);
  const claim = { type: 'act', me: 'me', act: { op: 'packet.claim' }, outcome: { kind: 'done', answer: { flow: flow(2), transfer: { amount: '3.34', at: 'now' } } } };
  state = packets(state, claim);
  assert.deepEqual([state['p'].mine.amount, state['p'].mine.user, state['p'].claimed], ['3.34', 'me', 2]);
  assert.equal(packets(state, { type: 'hello', first: false })['p'].mine.amount, '3.34');
  const page = (places, next) => ({ claims: places.map((place) => ({ user: `u${place}`, amount: '1.00', place, at: '' })), next, mine: null, flow: flow(4) });
  state = packets(state, { type: 'packet.shown', id: 'p', shown: page([0, 1], '1') });
  state = packets(state, { type: 'packet.shown', id: 'p', more: true, shown: page([1, 2, 3], null) });
  assert.deepEqual([state['p'].claims.map((one) => one.place), state['p'].mine.amount, state['p'].claimed], [[0, 1, 2, 3], '3.34', 4]);
});

test('what waits for a person comes with its card and goes with it', () => {
  const message = (rev, state, mine = 'open') => ({ type: 'message', me: 'me', message: { conversation: 'c', seq: 3, rev, card: { kind: 'request', id: 'r', data: { from: 'a', amount: '1.00', currency: 'CNY', note: '', state, expires_at: LATER, payers: [{ user: 'me', state: mine, amount: '1.00' }] } } } });
  const ids = (state, now = NOW) => waitingFor(state, 'me', now).map((one) => one.id);
  let state = waiting({}, message(3, 'open'));
  assert.deepEqual([ids(state), ids(state, Date.parse(LATER))], [['r'], []]);
  state = waiting(state, message(5, 'paid', 'paid'));
  assert.deepEqual(ids(state), []);
  assert.deepEqual(ids(waiting(state, message(3, 'open'))), [], 'an old copy does not bring it back');
  assert.deepEqual(ids(waiting({}, { ...message(3, 'open'), me: 'other' })), []);
  const push = { type: 'flow', me: 'me', flow: { id: 'r', kind: 'request', state: 'cancelled', conversation: 'c', seq: 3, data: { ...message(3, 'cancelled').message.card.data } } };
  assert.deepEqual(ids(waiting(waiting({}, message(3, 'open')), push)), []);
  const told = { type: 'waiting.page', me: 'me', flows: [push.flow, { ...push.flow, id: 'q', data: message(3, 'open').message.card.data }, { ...push.flow, id: 's', kind: 'schedule' }] };
  assert.deepEqual(ids(waiting({}, told)), ['q'], 'what the server lists, of cards that were never seen');
  assert.deepEqual(ids(waiting(waiting({}, message(5, 'paid', 'paid')), { ...told, flows: [{ ...push.flow, data: message(3, 'open').message.card.data }] })), [], 'a list that is older than a card does not bring it back');
  const listed = waiting({}, { type: 'conversations.page', me: 'me', conversations: [{ last_message: message(3, 'open').message }, { last_message: null }] });
  assert.deepEqual(ids(listed), ['r']);
  assert.deepEqual(ids(waiting(listed, { type: 'conversation.gone', id: 'c' })), []);
  assert.deepEqual(ids(waiting(listed, { type: 'message', me: 'me', message: { conversation: 'c', seq: 3, rev: 9, card: null, recalled: { by: 'a', at: '' } } })), []);
});

test('an act that has to be confirmed is sent once more with it, and after a lost answer too', async () => {
  const { flows, asked, outcomes } = bench([refusal('step_up_required'), lost(), { ...done, duplicate: true }]);
  const questions = [];
  flows.options.confirm = async (op, d) => (questions.push([op, d]), { step_up: 'yes' });
  const answer = flows.carry({ ...act });
  await settle();
  flows.resume();
  assert.equal((await answer).duplicate, true);
  assert.deepEqual(questions, [['request.pay', { client_id: 'k', request: 'r' }]]);
  assert.deepEqual(asked.map(([, d]) => d.step_up), [undefined, 'yes', 'yes']);
  assert.deepEqual(outcomes, ['sending', 'checking', 'checking', 'done']);
});

test('nobody is asked to confirm what an earlier page left', async () => {
  const store = memoryActs();
  store.put({ ...act });
  const { flows, outcomes } = bench([refusal('step_up_required')], store);
  flows.options.confirm = async () => assert.fail('nobody is there to be asked');
  flows.resume();
  await settle();
  assert.deepEqual([outcomes, store.all()], [['checking', 'refused'], []]);
});
