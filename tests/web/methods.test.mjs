// Cards, bank accounts, top-ups and withdrawals: what is typed, what is kept, what is asked for and heard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Quipu } from '../../static/sdk/chat.js';
import { QuipuError } from '../../static/sdk/errors.js';
import { Flows, memoryActs } from '../../static/sdk/flows.js';
import { Money } from '../../static/sdk/money.js';
import { actionHref, chosenOf, coolsUntil, funding, isUnderWay, lookOf, noFunding, usable } from '../../static/state/funding.js';
import { brandOf, cardDigits, cardText, codeFault, expiryOf, expiryText, ibanPlain, ibanText, isIban, isLuhn, judgedBank, judgedCard, judgedExpiry, regrouped } from '../../static/state/methods.js';
import { fakeClock, fakeNetwork, settle } from './fake-socket.mjs';

const NOW = Date.parse('2026-11-23T10:00:00Z');

test('a number is grouped as it stands on the card, whatever is typed between its digits', () => {
  const cases = { '': '', 4: '4', 42424: '4242 4', '4242-4242 4242.4242': '4242 4242 4242 4242', 378282246310005: '3782 822463 10005', '37828': '3782 8', '６２００００００': '6200 0000', '30569309025904': '3056 930902 5904', 'no card': '' };
  for (const [typed, shown] of Object.entries(cases)) assert.equal(cardText(typed), shown, typed);
  assert.equal(cardText('4'.repeat(40)).replaceAll(' ', '').length, 19);
  assert.equal(cardDigits('４２ 42'), '4242');
});

test('the caret stays among the same digits', () => {
  assert.deepEqual(regrouped('42424', 5, cardText), { text: '4242 4', caret: 6 });
  assert.deepEqual(regrouped('4242 14242', 6, cardText), { text: '4242 1424 2', caret: 6 });
  assert.deepEqual(regrouped('42x42', 3, cardText), { text: '4242', caret: 2 });
  assert.deepEqual(regrouped('de89370', 7, ibanText), { text: 'DE89 370', caret: 8 });
});

test('a brand shows as soon as its first digits say so', () => {
  const cases = { '': null, 4: 'visa', 5: null, 55: 'mastercard', 2: null, 2221: 'mastercard', 2720: 'mastercard', 2721: null, 37: 'amex', 35: null, 3566: 'jcb', 62: 'unionpay', 6011: 'discover', 65: 'discover', 644: 'discover', 6440: 'discover', 36: 'diners', 3: null, 1234: null };
  for (const [digits, brand] of Object.entries(cases)) assert.equal(brandOf(digits), brand, digits);
});

test('one wrong digit is always found', () => {
  for (const right of ['4242424242424242', '5555555555554444', '378282246310005', '6200000000000005', '4000056655665556', '4000000000003220']) {
    assert.ok(isLuhn(right), right);
    for (let at = 0; at < right.length; at++) {
      const wrong = right.slice(0, at) + ((Number(right[at]) + 1) % 10) + right.slice(at + 1);
      assert.ok(!isLuhn(wrong), wrong);
    }
  }
  assert.ok(!isLuhn(''));
});

test('an IBAN is known by its check digits', () => {
  for (const typed of ['DE89 3704 0044 0532 0130 00', 'at61 1904 3002 3457 3201', 'AT32 1904 3002 3547 3204', 'AT86 1904 3002 3547 3202', 'AT59 1904 3002 3547 3203', 'GB82-WEST-1234-5698-7654-32']) assert.ok(isIban(ibanPlain(typed)), typed);
  for (const typed of ['', 'DE', 'DE88 3704 0044 0532 0130 00', 'DE89 3704 0044 0532 0130 0', '8937 0400 4405 3201 3000']) assert.ok(!isIban(ibanPlain(typed)), typed);
  assert.equal(ibanText('de89370400440532013000'), 'DE89 3704 0044 0532 0130 00');
});

test('an expiry is read in the ways in which people and browsers write it', () => {
  const shown = { 1: '1', 5: '05/', 12: '12/', 1227: '12/27', '1/27': '01/27', '01/2027': '01/2027', '2027-01': '01/27', '１２２７': '12/27', '01//': '01/' };
  for (const [typed, text] of Object.entries(shown)) assert.equal(expiryText(typed), text, typed);
  for (const typed of ['01/27', '1/27', '0127', '01/2027', '01 / 27', '01-27', '０１/２７']) assert.deepEqual(judgedExpiry(typed, NOW), { month: '2027-01', fault: null }, typed);
  assert.deepEqual(judgedExpiry('11/26', NOW).month, '2026-11', 'a card is good to the end of its last month');
  const faults = { '': 'expiry_empty', 13: 'expiry_form', '13/27': 'expiry_form', '00/27': 'expiry_form', '1/2': 'expiry_form', soon: 'expiry_form', '10/26': 'expiry_passed', '12/46': 'expiry_far', '01/1999': 'expiry_passed' };
  for (const [typed, fault] of Object.entries(faults)) assert.equal(judgedExpiry(typed, NOW).fault, fault, typed);
  assert.equal(expiryOf('2027-01'), '01/27');
});

test('a security code has the digits of its brand', () => {
  assert.deepEqual([codeFault('123', 'visa'), codeFault('1234', 'amex'), codeFault('123', ''), codeFault('1234', '')], [null, null, null, null]);
  assert.deepEqual([codeFault('1234', 'visa'), codeFault('123', 'amex'), codeFault('12', ''), codeFault('', 'visa')], ['code', 'code', 'code', 'code']);
});

const typedCard = (more = {}) => ({ number: '4242 4242 4242 4242', expires: '05/29', code: '123', holder: ' Ann Larsen ', label: '', ...more });

test('a card that is typed right is what will be sent, and what is wrong is said of its field', () => {
  assert.deepEqual(judgedCard(typedCard({ label: ' daily ' }), NOW), { faults: {}, brand: 'visa', last_four: '4242', wanted: { card: { number: '4242424242424242', expires: '2029-05', code: '123', holder: 'Ann Larsen' }, label: 'daily' } });
  assert.equal(judgedCard(typedCard(), NOW).wanted.label, undefined);
  const wrong = (more) => judgedCard(typedCard(more), NOW).faults;
  assert.deepEqual(wrong({ number: '' }), { 'card.number': 'number_empty' });
  assert.deepEqual(wrong({ number: '4242 4242 4242 424' }), { 'card.number': 'number_length' });
  assert.deepEqual(wrong({ number: '4242 4242 4242 4241' }), { 'card.number': 'number_wrong' });
  assert.deepEqual(wrong({ number: '1234 5678 9012 3452' }), { 'card.number': 'number_brand' });
  assert.deepEqual(wrong({ number: '378282246310005' }), { 'card.code': 'code' });
  assert.deepEqual(wrong({ holder: ' ', expires: '1/20' }), { 'card.expires': 'expiry_passed', 'card.holder': 'holder_empty' });
  assert.deepEqual(wrong({ holder: '4242 4242' }), { 'card.holder': 'holder_number' }, 'a number in the place of a name would be shown');
  assert.equal(judgedCard(typedCard({ code: '' }), NOW).wanted, null);
});

test('the same of a bank account', () => {
  assert.deepEqual(judgedBank({ iban: 'de89 3704 0044 0532 0130 00', holder: 'Ann', label: '' }), { faults: {}, brand: 'DE', last_four: '3000', wanted: { bank: { iban: 'DE89370400440532013000', holder: 'Ann' }, label: undefined } });
  assert.deepEqual(judgedBank({ iban: '', holder: '', label: '' }).faults, { 'bank.iban': 'iban_empty', 'bank.holder': 'holder_empty' });
  assert.deepEqual(judgedBank({ iban: '1234', holder: 'Ann', label: '' }).faults, { 'bank.iban': 'iban_form' });
  assert.deepEqual(judgedBank({ iban: 'DE88370400440532013000', holder: 'Ann', label: '' }).faults, { 'bank.iban': 'iban_wrong' });
});

const method = (id, more = {}) => ({ id, kind: 'card', brand: 'visa', funding: 'debit', last_four: '4242', holder: 'Ann', label: '', expires: '2029-05', state: 'active', default: false, top_up: true, withdraw: true, withdraw_from: null, unfinished: 0, added_at: '2026-11-23T10:00:00.000Z', ...more });
const one = (id, more = {}) => ({ id, client_id: `c${id}`, kind: 'topup', state: 'created', method: 'm', brand: 'visa', last_four: '4242', amount: '5.00', currency: 'CNY', reason: null, action: null, late: false, review: false, at: `2026-11-23T10:00:0${id}.000Z`, changed_at: `2026-11-23T10:00:0${id}.000Z`, ...more });
const run = (...events) => events.reduce(funding, noFunding());
const ids = (state) => state.fundings.map((each) => each.id);

test('methods: one is the default, a new one stands behind it, and one that is gone is gone', () => {
  let state = run({ type: 'methods.loading' }, { type: 'methods.list', methods: [method('a', { default: true }), method('b')], sandbox: true });
  assert.deepEqual([state.status, state.sandbox], ['ready', true]);
  state = funding(state, { type: 'method', method: method('c') });
  assert.deepEqual(state.methods.map((each) => each.id), ['a', 'c', 'b']);
  state = funding(state, { type: 'method', method: method('b', { default: true, label: 'new' }) });
  assert.deepEqual(state.methods.map((each) => [each.id, each.default]), [['a', false], ['c', false], ['b', true]]);
  state = funding(state, { type: 'method.gone', id: 'c' });
  assert.deepEqual(state.methods.map((each) => each.id), ['a', 'b']);
  const error = { code: 'busy', message: '', reference: null };
  assert.deepEqual([funding(state, { type: 'methods.failed', error }).status, run({ type: 'methods.failed', error }).status, run({ type: 'methods.loading' }, { type: 'methods.failed', error: null }).status], ['ready', 'error', 'idle']);
  assert.deepEqual(funding(state, { type: 'anew' }), noFunding());
});

test('top-ups and withdrawals: the newest first, each as it was told last, whichever way it comes', () => {
  let state = run({ type: 'list.loading' }, { type: 'funding', funding: one('3') }, { type: 'list.page', fundings: [one('2'), one('1')], next: 'more' });
  assert.deepEqual([ids(state), state.next, state.listStatus], [['3', '2', '1'], 'more', 'ready']);
  const settled = one('2', { state: 'settled', changed_at: '2026-11-23T10:01:00.000Z' });
  state = funding(state, { type: 'funding', funding: settled });
  assert.equal(state.fundings[1], settled);
  state = funding(state, { type: 'list.page', fundings: [one('2', { state: 'processing', changed_at: '2026-11-23T10:00:30.000Z' })], next: null });
  assert.equal(state.fundings[1].state, 'settled', 'an answer that is older than a push says nothing');
  // Within one moment the further one is the later one, and what is told of the same state anew counts.
  state = funding(state, { type: 'funding', funding: one('1', { state: 'failed' }) });
  assert.equal(funding(state, { type: 'funding', funding: one('1') }).fundings[2].state, 'failed');
  assert.equal(funding(state, { type: 'funding', funding: one('1', { state: 'settled', late: true }) }).fundings[2].late, true);
  assert.equal(funding(state, { type: 'funding', funding: one('3', { review: true }) }).fundings[0].review, true);
  state = funding(state, { type: 'list.loading', more: true });
  assert.equal(state.loadingMore, true);
  assert.deepEqual([funding(state, { type: 'list.failed', more: true, error: null }).listStatus, funding(state, { type: 'list.failed', more: true, error: null }).loadingMore], ['ready', false]);
});

test('how it looks: under way, well, or not', () => {
  const looks = (...states) => states.map((state) => lookOf({ state }));
  assert.deepEqual(looks('created', 'requires_action', 'processing', 'settled', 'failed', 'reversed'), ['wait', 'wait', 'wait', 'good', 'bad', 'bad']);
  assert.deepEqual(looks('held', 'submitted', 'paid', 'returned'), ['wait', 'wait', 'good', 'bad']);
  assert.ok(isUnderWay({ state: 'held' }) && !isUnderWay({ state: 'paid' }));
});

test('what can be used which way, and from when on', () => {
  const all = [method('credit', { withdraw: false }), method('old', { state: 'expired' }), method('new', { withdraw_from: '2026-11-23T22:00:00.000Z' }), method('bank', { kind: 'bank', default: true })];
  assert.deepEqual(usable(all, 'topup').map((each) => each.id), ['credit', 'new', 'bank']);
  assert.deepEqual(usable(all, 'withdrawal').map((each) => each.id), ['new', 'bank']);
  assert.equal(chosenOf(all, 'new').id, 'new');
  assert.equal(chosenOf(all, 'gone').id, 'bank');
  assert.equal(chosenOf([all[0]], '').id, 'credit');
  assert.equal(chosenOf([], ''), null);
  assert.equal(coolsUntil(all[2], NOW), '2026-11-23T22:00:00.000Z');
  assert.deepEqual([coolsUntil(all[2], Date.parse('2026-11-23T22:00:00Z')), coolsUntil(all[3], NOW)], [null, null]);
});

test('an owner is sent to this server or to a page under https, and nowhere else', () => {
  for (const fine of ['/sandbox/0197', 'https://bank.example/3ds?x=1']) assert.equal(actionHref(fine), fine);
  for (const bad of [null, '', 'sandbox', '//evil.example', '/\\evil.example', '/\t/evil.example', '\\\\evil', 'http://bank.example', 'javascript:alert(1)', 'data:text/html,x', 'https://bank@evil.example', ' https://bank.example', '/a b']) assert.equal(actionHref(bad), null, String(bad));
});

/** Each request takes the next planned answer; an error is thrown. */
function bench(plan, options = {}) {
  const clock = fakeClock();
  const asked = [];
  const store = memoryActs();
  const request = async (op, d) => {
    asked.push([op, d]);
    const next = plan.shift();
    if (next instanceof Error) throw next;
    return next;
  };
  const flows = new Flows({ store, request, setTimeout: clock.setTimeout, onOutcome: () => {}, ...options });
  return { money: new Money({ flows, payments: null, request, options, later: clock.setTimeout }), asked, clock, store };
}
const refusal = (code, more = {}) => new QuipuError({ code, detail: { money: 'not_moved' }, ...more });
const lost = () => new QuipuError({ code: 'connection_lost' });
const added = { method: method('a'), duplicate: false };
const wanted = { card: { number: '4242424242424242', expires: '2029-05', code: '123', holder: 'Ann' }, label: undefined };

test('every call has its op and its fields, and what makes something an id', async () => {
  const { money, asked } = bench(Array.from({ length: 8 }, () => added));
  await money.methods();
  await money.addMethod(wanted);
  await money.updateMethod('a', { label: 'daily', code: undefined });
  await money.defaultMethod('a');
  await money.removeMethod('a');
  await money.topUp({ method: 'a', amount: '5.00', currency: 'CNY', not_after: undefined });
  await money.withdraw({ method: 'a', amount: '5.00', currency: 'CNY' }, { client_id: 'mine' });
  await money.fundings({ cursor: undefined, limit: 20 });
  assert.deepEqual(asked.map(([op, { client_id: _, ...d }]) => [op, d]), [
    ['method.list', {}],
    ['method.add', { card: wanted.card }],
    ['method.update', { method: 'a', label: 'daily' }],
    ['method.default', { method: 'a' }],
    ['method.remove', { method: 'a' }],
    ['topup.create', { method: 'a', amount: '5.00', currency: 'CNY' }],
    ['withdraw.create', { method: 'a', amount: '5.00', currency: 'CNY' }],
    ['funding.list', { limit: 20 }],
  ]);
  for (const at of [1, 5]) assert.match(asked[at][1].client_id, /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  assert.equal(asked[6][1].client_id, 'mine');
});

/** Lets an answer of a module that is fetched come, too. @param {() => boolean} holds */
async function comes(holds) {
  for (let n = 0; n < 100 && !holds(); n++) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(holds());
}

test('a card whose answer was lost is sent again under the same id, and written down nowhere', async () => {
  const { money, asked, clock, store } = bench([lost(), new QuipuError({ code: 'offline' }), { ...added, duplicate: true }]);
  const answer = money.addMethod(wanted, { patient: false });
  await comes(() => asked.length === 1);
  for (const [n, wait] of [[2, 1000], [3, 2000]]) {
    await settle();
    await clock.pass(wait);
    assert.equal(asked.length, n);
  }
  assert.equal((await answer).duplicate, true);
  assert.deepEqual(new Set(asked.map(([, d]) => d.client_id)).size, 1);
  assert.deepEqual(store.all(), []);
});

test('a page is refused at once without a connection, and a program waits for one', async () => {
  await assert.rejects(bench([new QuipuError({ code: 'offline' })]).money.addMethod(wanted, { patient: false }), { code: 'offline' });
  const { money, asked, clock } = bench([new QuipuError({ code: 'offline' }), added]);
  const answer = money.addMethod(wanted);
  await comes(() => asked.length === 1);
  await settle();
  await clock.pass(1000);
  assert.equal(await answer, added);
});

test('what is refused is refused once, and no card is asked about for ever', async () => {
  const { money, asked } = bench([refusal('method_invalid', { param: 'card.number' })]);
  await assert.rejects(money.addMethod(wanted), { code: 'method_invalid', param: 'card.number' });
  assert.equal(asked.length, 1);
  const { money: other, asked: tries, clock } = bench(Array.from({ length: 60 }, lost));
  const answer = other.addMethod(wanted);
  answer.catch(() => {});
  await comes(() => tries.length === 1);
  await settle();
  await clock.pass(20 * 60_000);
  await assert.rejects(answer, { code: 'connection_lost' });
  assert.equal(tries.length, 40);
});

test('a card is confirmed exactly as it is sent, once, also where an answer was lost', async () => {
  const questions = [];
  const confirm = async (op, d) => (questions.push([op, d]), { step_up: 'yes' });
  const { money, asked, clock } = bench([refusal('step_up_required'), lost(), added], { confirm });
  const answer = money.addMethod(wanted, { client_id: 'k', patient: false });
  await comes(() => asked.length === 2);
  await settle();
  await clock.pass(15_000);
  assert.equal(await answer, added);
  assert.deepEqual(questions, [['method.add', { client_id: 'k', card: wanted.card }]]);
  assert.deepEqual(asked.map(([, d]) => d.step_up), [undefined, 'yes', 'yes']);
  const closed = bench([refusal('step_up_required')], { confirm: async () => Promise.reject(refusal('not_confirmed')) });
  await assert.rejects(closed.money.addMethod(wanted), { code: 'not_confirmed' });
  await assert.rejects(bench([refusal('step_up_required')]).money.addMethod(wanted), { code: 'step_up_required' });
});

test('a top-up is written down until it is answered, and asked for again by its id', async () => {
  const { money, asked, store } = bench([lost(), { ...one('1'), duplicate: true }]);
  const answer = money.topUp({ method: 'a', amount: '5.00', currency: 'CNY' }, { client_id: 'k' });
  await settle();
  assert.deepEqual(store.all().map((act) => act.op), ['topup.create']);
  money.door.flows.resume();
  assert.equal((await answer).duplicate, true);
  assert.deepEqual([asked.map(([, d]) => d.client_id), store.all()], [['k', 'k'], []]);
});

test('what becomes of one is heard by a row of the own log', async () => {
  const network = fakeNetwork();
  const clock = fakeClock();
  const quipu = new Quipu({ server: 'http://x', model: false, WebSocket: network.FakeSocket, now: clock.now, random: () => 0.5, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout });
  const heard = [];
  quipu.on('funding', (event) => heard.push(event.funding));
  quipu.start();
  network.last().greet();
  await settle();
  network.last().answer('sync', { logs: [{ log: 'u:me', through: 0, more: false, items: [] }], gone: [] });
  await settle();
  const value = one('1', { state: 'settled' });
  network.last().say({ ev: 'item.changed', log: 'u:me', prev: 0, rev: 1, d: { items: [{ kind: 'funding', key: 'last', rev: 1, value }] } });
  assert.deepEqual(heard, [one('1', { state: 'settled' })]);
  quipu.close();
});
