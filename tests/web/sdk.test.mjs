import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoff, isFinal } from '../../static/sdk/backoff.js';
import { QuipuClient } from '../../static/sdk/client.js';
import { Cursors } from '../../static/sdk/logs.js';
import { memoryStore, browserStore } from '../../static/sdk/outbox.js';
import { uuidv7 } from '../../static/sdk/uuid.js';
import { fakeClock, fakeNetwork, settle } from './fake-socket.mjs';

function client(more = {}) {
  const network = fakeNetwork();
  const clock = fakeClock();
  const events = [];
  const one = new QuipuClient({
    url: 'ws://x/ws/v1', device: 'test', client: { name: 'test', version: '1' }, WebSocket: network.FakeSocket,
    now: clock.now, random: () => 0.5, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
    onEvent: (event) => events.push(event), ...more,
  });
  one.start();
  const of = (type) => events.filter((event) => event.type === type);
  return { one, network, clock, events, of };
}
const posted = (prev, rev, text = `m${rev}`) => ({ ev: 'message.posted', log: 'c:1', prev, rev, d: { conversation: '1', seq: rev, rev, text } });
const seqs = (of) => of('message').map((event) => event.message.seq);

test('a uuid is version 7, sorts by its making, and is never the same twice', () => {
  const ids = Array.from({ length: 5000 }, () => uuidv7());
  assert.match(ids[0], /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(new Set(ids).size, ids.length);
  const later = Date.now() + 1e6;
  assert.equal(Number.parseInt(uuidv7(() => later).replaceAll('-', '').slice(0, 12), 16), later);
  assert.ok(uuidv7(() => later - 5e5) > uuidv7(() => later - 6e5).slice(0, 0), 'a clock set back');
});

test('the way back waits longer each time, by chance, up to half a minute', () => {
  assert.deepEqual([0, 1, 2, 20].map((n) => backoff(n, () => 1)), [500, 1000, 2000, 30000]);
  assert.equal(backoff(5, () => 0), 100);
  assert.ok(isFinal(4500) && isFinal(4503) && !isFinal(4499) && !isFinal(1006));
});

test('cursors tell apply, known and hole', () => {
  const cursors = new Cursors();
  assert.equal(cursors.judge('a', 0, 1), 'hole');
  cursors.advance('a', 5);
  assert.equal(cursors.judge('a', 5, 6), 'apply');
  assert.equal(cursors.judge('a', 3, 6), 'apply');
  assert.equal(cursors.judge('a', 4, 5), 'known');
  assert.equal(cursors.judge('a', 6, 7), 'hole');
  cursors.advance('a', 2);
  assert.equal(cursors.get('a'), 5);
});

test('hello comes first, with the subprotocol; requests before it are refused as offline', async () => {
  const { one, network, of } = client();
  await assert.rejects(one.request('ping'), { code: 'offline' });
  const socket = network.last();
  assert.deepEqual(socket.protocols, ['quipu.v1']);
  socket.open();
  assert.deepEqual(socket.sent.map((frame) => frame.op), ['hello']);
  assert.equal(socket.sent[0].d.token, undefined);
  socket.answer('hello', { ...(await import('./fake-socket.mjs')).HELLO });
  assert.equal(of('hello').length, 1);
  assert.equal(of('connection').at(-1).state, 'online');
});

test('answers find their requests in any order; a refusal is an error with its code', async () => {
  const { one, network } = client();
  network.last().greet();
  const [a, b] = [one.request('a'), one.request('b')];
  network.last().answer('b', { n: 2 });
  network.last().refuse('a', 'rate_limited', { retryable: true, retry_after_ms: 70 });
  assert.deepEqual(await b, { n: 2 });
  await assert.rejects(a, { code: 'rate_limited', retryAfterMs: 70, again: true });
});

test('no answer in time is a timeout; a late answer is nobody’s', async () => {
  const { one, network, clock } = client();
  network.last().greet();
  const asked = one.request('slow', {}, { timeout: 1000 });
  asked.catch(() => {});
  await clock.pass(1001);
  await assert.rejects(asked, { code: 'timeout', unanswered: true });
  network.last().answer('slow', {});
});

test('a lost socket comes back after a while and resumes from its cursors; a final code does not', async () => {
  const { one, network, clock, of } = client();
  network.last().greet();
  one.follow('c:1', 4);
  const lost = one.request('x');
  lost.catch(() => {});
  network.last().drop();
  await assert.rejects(lost, { code: 'connection_lost' });
  assert.equal(network.sockets.length, 1);
  await clock.pass(400);
  assert.equal(network.sockets.length, 2);
  network.last().open();
  assert.deepEqual(network.last().asked('hello').d.resume, { positions: [{ log: 'c:1', rev: 4 }] });
  network.last().drop(4501);
  await clock.pass(100_000);
  assert.equal(network.sockets.length, 2);
  assert.deepEqual([of('connection').at(-1).state, of('connection').at(-1).code], ['ended', 4501]);
});

test('a hello that is refused for good ends it; one that is refused for now does not', async () => {
  const first = client();
  first.network.last().open();
  first.network.last().refuse('hello', 'client_too_old');
  assert.equal(first.of('connection').at(-1).code, 4502);
  const second = client();
  second.network.last().open();
  second.network.last().refuse('hello', 'busy', { retryable: true, retry_after_ms: 3000 });
  await second.clock.pass(2999);
  assert.equal(second.network.sockets.length, 1);
  await second.clock.pass(2);
  assert.equal(second.network.sockets.length, 2);
});

test('another person’s session in the same browser ends this one, and nothing is sent in its name', async () => {
  const { one, network, clock, of } = client();
  network.last().greet();
  await settle();
  network.last().drop();
  one.outbox.add('1', 'mine');
  await clock.pass(400);
  network.last().greet({ user: { id: 'other', handle: 'o', display_name: 'O' } });
  await settle();
  assert.equal(of('user.changed').length, 1);
  assert.deepEqual(network.last().sent.map((frame) => frame.op), ['hello']);
  assert.equal(of('connection').at(-1).state, 'stopped');
});

test('silence asks for a sign of life, and none is a lost connection', async () => {
  const { network, clock } = client();
  network.last().greet();
  await clock.pass(20_001);
  assert.ok(network.last().asked('ping'));
  await clock.pass(10_500);
  assert.equal(network.sockets.length, 2);
});

test('a drain comes back when it says', async () => {
  const { network, clock } = client();
  network.last().greet();
  network.last().say({ ev: 'drain', d: { reconnect_after_ms: 5000 } });
  await clock.pass(1501);
  assert.equal(network.sockets.length, 1);
  await clock.pass(5001);
  assert.equal(network.sockets.length, 2);
});

test('pushes: applied once, in order; what is known is dropped', async () => {
  const { one, network, of } = client();
  network.last().greet();
  one.follow('c:1', 4);
  for (const push of [posted(4, 5), posted(4, 5), posted(5, 6), posted(3, 4)]) network.last().say(push);
  assert.deepEqual(seqs(of), [5, 6]);
});

test('a hole is filled by sync from the cursor, page by page, and what came meanwhile is not lost', async () => {
  const { one, network, of } = client();
  network.last().greet();
  await settle();
  network.last().answer('sync', { logs: [{ log: 'u:me', through: 0, more: false }], gone: [] });
  one.follow('c:1', 4);
  network.last().say(posted(7, 8));
  await settle();
  assert.deepEqual(network.last().asked('sync').d.positions, [{ log: 'c:1', rev: 4 }]);
  network.last().say(posted(8, 9));
  network.last().answer('sync', { logs: [{ log: 'c:1', through: 6, more: true, messages: [posted(4, 5).d, posted(5, 6).d] }], gone: [] });
  await settle();
  assert.deepEqual(network.last().asked('sync').d.positions, [{ log: 'c:1', rev: 6 }]);
  network.last().answer('sync', { logs: [{ log: 'c:1', through: 9, more: false, messages: [7, 8, 9].map((n) => posted(n - 1, n).d) }], gone: [] });
  await settle();
  assert.deepEqual(seqs(of), [5, 6, 7, 8, 9]);
  assert.equal(one.cursors.get('c:1'), 9);
  network.last().say(posted(9, 10));
  assert.equal(seqs(of).at(-1), 10);
});

test('a head beyond the cursor is asked for, one that is reached is not', async () => {
  const { one, network } = client();
  network.last().greet();
  await settle();
  one.follow('c:1', 4);
  const before = network.last().sent.length;
  network.last().say({ ev: 'head', log: 'c:1', rev: 4 });
  await settle();
  assert.equal(network.last().sent.length, before);
  network.last().say({ ev: 'head', log: 'c:1', rev: 6 });
  await settle();
  assert.deepEqual(network.last().asked('sync').d.positions, [{ log: 'c:1', rev: 4 }]);
});

test('after a reconnect the answer of resume counts, and positions beyond the limit are asked for', async () => {
  const { one, network, clock, of } = client();
  network.last().greet();
  for (const n of [1, 2, 3]) one.follow(`c:${n}`, 4);
  network.last().drop();
  await clock.pass(400);
  network.last().open();
  assert.equal(network.last().asked('hello').d.resume.positions.length, 2);
  const { HELLO } = await import('./fake-socket.mjs');
  network.last().answer('hello', { ...HELLO, resume: { logs: [{ log: 'c:1', through: 6, more: false, messages: [posted(4, 5).d, posted(5, 6).d], marks: [{ user: 'u', seq: 5 }] }], gone: ['c:2'] } });
  await settle();
  assert.deepEqual(seqs(of), [5, 6]);
  assert.deepEqual(of('read'), [{ type: 'read', conversation: '1', user: 'u', seq: 5 }]);
  assert.deepEqual(of('conversation.gone').map((event) => event.id), ['2']);
  const asked = network.last().sent.filter((frame) => frame.op === 'sync').map((frame) => frame.d.positions);
  assert.deepEqual(asked, [[{ log: 'c:3', rev: 4 }], [{ log: 'u:me', rev: 0 }]]);
});

test('a push of a conversation never seen fetches it, and shows what it brought', async () => {
  const { network, of, one } = client();
  network.last().greet();
  network.last().say(posted(0, 1));
  await settle();
  network.last().answer('conversation.get', { conversation: { id: '1', rev: 1 } });
  await settle();
  assert.deepEqual(seqs(of), [1]);
  assert.equal(of('conversation').length, 1);
  assert.equal(one.cursors.get('c:1'), 1);
});

test('an account’s first credit opens its log', async () => {
  const { network, of, one } = client();
  network.last().greet();
  network.last().say({ ev: 'account.changed', log: 'a:9', prev: 0, rev: 1, d: { account: { currency: 'CNY', rev: 1 }, transfer: { id: 't' } } });
  assert.equal(of('account').length, 1);
  assert.equal(one.cursors.get('a:9'), 1);
});

test('every kind of flow is told of in one way', () => {
  const { network, of } = client();
  network.last().greet();
  const kinds = ['request', 'packet', 'bill', 'schedule', 'dispute'];
  for (const kind of kinds) network.last().say({ ev: `${kind}.changed`, d: { id: kind, kind, state: 'open', conversation: 'c', seq: 1, data: {} } });
  assert.deepEqual(of('flow').map((event) => event.flow.kind), kinds);
});

test('frames nobody can read, and pushes nobody knows, do no harm', () => {
  const { network, of } = client();
  network.last().greet();
  for (const frame of ['{', 'null', '[]', '7', '{"id":99,"ok":{}}', '{"ev":"weather.changed","d":{}}', '{"ev":"item.changed","d":{}}']) network.last().say(frame);
  assert.equal(of('connection').at(-1).state, 'online');
});

test('a message stays in the outbox until acknowledged, and goes again with the same id', async () => {
  const store = memoryStore();
  const { one, network, clock, of } = client({ outbox: () => store });
  network.last().greet();
  await settle();
  one.outbox.add('1', 'hello');
  const { client_id } = network.last().asked('message.send').d;
  assert.equal(store.all().length, 1);
  network.last().drop();
  await clock.pass(400);
  network.last().greet();
  await settle();
  assert.equal(network.last().asked('message.send').d.client_id, client_id);
  network.last().answer('message.send', { conversation: '1', seq: 5, n: 5, rev: 5, at: 'now', duplicate: true });
  await settle();
  assert.equal(store.all().length, 0);
  assert.equal(of('outgoing.acked').length, 1);
});

test('the message itself, come back by a push, is acknowledgement enough', async () => {
  const store = memoryStore();
  const { one, network, clock } = client({ outbox: () => store });
  network.last().greet();
  await settle();
  one.follow('c:1', 4);
  const { client_id } = one.outbox.add('1', 'hello');
  network.last().say({ ev: 'message.posted', log: 'c:1', prev: 4, rev: 5, d: { ...posted(4, 5).d, sender: 'me', client_id } });
  assert.equal(store.all().length, 0);
  network.last().drop();
  await clock.pass(400);
  network.last().greet();
  await settle();
  assert.equal(network.last().asked('message.send'), undefined);
});

test('messages of one conversation go one after the other; a refused one does not hold the next', async () => {
  const { one, network, of } = client();
  network.last().greet();
  await settle();
  one.outbox.add('1', 'a');
  one.outbox.add('1', 'b');
  one.outbox.add('2', 'c');
  const sent = () => network.last().sent.filter((frame) => frame.op === 'message.send').map((frame) => frame.d.text);
  assert.deepEqual(sent(), ['a', 'c']);
  network.last().say({ id: network.last().sent.find((frame) => frame.d.text === 'a').id, err: { code: 'text_too_long', message: '' } });
  await settle();
  assert.deepEqual(sent(), ['a', 'c', 'b']);
  const [failed] = of('outgoing').filter((event) => event.item.state === 'failed');
  assert.equal(failed.item.code, 'text_too_long');
  one.outbox.retry(failed.item.client_id);
  one.outbox.drop(failed.item.client_id);
  assert.deepEqual(of('outgoing.dropped').map((event) => event.clientId), [failed.item.client_id]);
});

test('busy waits and sends again by itself', async () => {
  const { one, network, clock } = client();
  network.last().greet();
  await settle();
  one.outbox.add('1', 'a');
  network.last().refuse('message.send', 'busy', { retryable: true, retry_after_ms: 800 });
  await settle();
  await clock.pass(801);
  assert.equal(network.last().sent.filter((frame) => frame.op === 'message.send').length, 2);
});

test('the browser’s store keeps one entry a message, apart for each person, and skips what is broken', () => {
  const map = new Map([['quipu.outbox.u1.broken', '{'], ['other', 'x']]);
  const storage = { get length() { return map.size; }, key: (i) => [...map.keys()][i], getItem: (k) => map.get(k) ?? null, setItem: (k, v) => map.set(k, v), removeItem: (k) => map.delete(k) };
  const [one, two] = [browserStore('u1', storage), browserStore('u2', storage)];
  one.put({ client_id: 'a', conversation: '1', text: 't', made_at: '', state: 'waiting', code: null });
  assert.deepEqual(one.all().map((item) => item.client_id), ['a']);
  assert.deepEqual(two.all(), []);
  one.drop('a');
  assert.deepEqual(one.all(), []);
});
