import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Quipu } from '../../static/sdk/chat.js';
import { QuipuError } from '../../static/sdk/errors.js';
import { browserStore, memoryStore, Outbox } from '../../static/sdk/outbox.js';
import { attachmentPath, uploads } from '../../static/sdk/uploads.js';
import { Wishes } from '../../static/sdk/wishes.js';
import { fakeClock, fakeNetwork, HELLO, settle } from './fake-socket.mjs';

function quipu(more = {}) {
  const network = fakeNetwork();
  const clock = fakeClock();
  const events = [];
  const one = new Quipu({
    server: 'http://x', model: false, WebSocket: network.FakeSocket, now: clock.now, random: () => 0.5, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
    onEvent: (event) => events.push(event), ...more,
  });
  one.start();
  const asked = (op) => network.last().sent.filter((frame) => frame.op === op).map((frame) => frame.d);
  const again = async (more = {}) => {
    network.last().drop();
    await clock.pass(400);
    network.last().greet(more);
    await settle();
  };
  /** The own log has been read: what is asked from here on is the test's. */
  const ready = async (through = 0, items = []) => {
    network.last().greet();
    await settle();
    network.last().answer('sync', { logs: [{ log: 'u:me', through, more: false, items }], gone: [] });
    await settle();
  };
  return { one, network, clock, events, asked, again, ready, of: (type) => events.filter((event) => event.type === type) };
}
const said = (rev, more = {}) => ({ ev: 'message.posted', log: 'c:1', prev: rev - 1, rev, d: { conversation: '1', seq: rev, rev, n: rev, sender: 'other', text: `m${rev}`, ...more } });
const sent = (network, op) => network.last().sent.findLast((frame) => frame.op === op)?.d;

test('a tick moves the cursor and says nothing; a tick behind a hole is a hole', async () => {
  const { one, network, of, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  network.last().say({ ev: 'tick', log: 'c:1', prev: 4, rev: 5 });
  assert.deepEqual([one.cursors.get('c:1'), of('message').length], [5, 0]);
  network.last().say({ ev: 'tick', log: 'c:1', prev: 8, rev: 9 });
  await settle();
  assert.deepEqual(sent(network, 'sync').positions, [{ log: 'c:1', rev: 5 }]);
  network.last().answer('sync', { logs: [{ log: 'c:1', through: 9, more: false, messages: [] }], gone: [] });
  await settle();
  assert.equal(one.cursors.get('c:1'), 9);
});

test('all orders of pushes end as one: each once, none missing', async () => {
  const pushes = [5, 6, 7, 8].map((rev) => said(rev));
  const orders = [[]];
  for (const _ of pushes) orders.push(...orders.splice(0).flatMap((order) => pushes.filter((one) => !order.includes(one)).map((one) => [...order, one])));
  for (const order of orders) {
    const { one, network, of, ready } = quipu();
    await ready();
    one.follow('c:1', 4);
    for (const push of order) {
      network.last().say(push);
      await settle();
      const open = sent(network, 'sync').positions.find((position) => position.log === 'c:1');
      if (open) network.last().answer('sync', { logs: [{ log: 'c:1', through: 8, more: false, messages: pushes.map((each) => each.d).filter((d) => d.rev > open.rev) }], gone: [] });
      await settle();
    }
    assert.deepEqual(of('message').map((event) => event.message.seq), [5, 6, 7, 8], order.map((push) => push.rev).join());
    assert.equal(one.cursors.get('c:1'), 8);
  }
});

test('heads of a conversation that is not looked at are read once a second, of one that is at once', async () => {
  const { one, network, clock, asked, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  const head = async (rev) => {
    network.last().say({ ev: 'head', log: 'c:1', rev });
    await settle();
  };
  const upTo = async (through) => {
    network.last().answer('sync', { logs: [{ log: 'c:1', through, more: false, messages: [] }], gone: [] });
    await settle();
  };
  await head(5);
  await upTo(5);
  for (const rev of [6, 7, 8]) await head(rev);
  assert.equal(asked('sync').length, 2);
  await clock.pass(1001);
  assert.deepEqual(asked('sync').at(-1).positions, [{ log: 'c:1', rev: 5 }]);
  await upTo(8);
  assert.equal(asked('sync').length, 3);
  one.ephemeral.focus('1');
  await head(9);
  assert.equal(asked('sync').length, 4);
});

test('a large group is read as soon as it is looked at, and every socket is told what that is', async () => {
  const { one, asked, again, network, ready, of } = quipu();
  await ready();
  one.follow('c:1', 4);
  const head = async (rev) => {
    network.last().say({ ev: 'head', log: 'c:1', rev });
    await settle();
  };
  const read = async (rev) => {
    network.last().answer('sync', { logs: [{ log: 'c:1', through: rev, more: false, messages: [said(rev).d] }], gone: [] });
    await settle();
  };
  await head(5);
  await read(5);
  await head(6);
  assert.deepEqual(asked('sync').at(-1).positions, [{ log: 'c:1', rev: 4 }], 'nobody looks: it is read later');
  one.ephemeral.focus('1');
  await settle();
  assert.deepEqual([asked('conversation.focus'), asked('sync').at(-1).positions], [[{ conversation: '1' }], [{ log: 'c:1', rev: 5 }]]);
  await read(6);
  network.last().say(said(7));
  assert.deepEqual(of('message').map((event) => event.message.seq), [5, 6, 7], 'whole from now on');
  await again();
  assert.deepEqual(asked('conversation.focus'), [{ conversation: '1' }], 'a new socket looks at nothing by itself');
  one.ephemeral.focus(null);
  assert.deepEqual(asked('conversation.focus').at(-1), { conversation: null });
});

test('a floor is told before the rows, marks with both their heights, and their count comes back with the position', async () => {
  const { one, events, again, network, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  const from = events.length;
  await again({ resume: { logs: [{ log: 'c:1', through: 9, more: false, floor: 7, messages: [said(8).d], marks: [{ user: 'other', seq: 3, delivered_seq: 6 }], mark_rev: 12 }], gone: [] } });
  const heard = events.slice(from).filter((event) => ['floor', 'message', 'read', 'delivered'].includes(event.type));
  assert.deepEqual(heard.map((event) => [event.type, event.seq ?? event.message.seq]), [['floor', 7], ['message', 8], ['read', 3], ['delivered', 6]]);
  await again();
  assert.deepEqual(network.last().asked('hello').d.resume.positions, [{ log: 'u:me', rev: 0 }, { log: 'c:1', rev: 9, mark_rev: 12 }]);
});

test('what is looked at is resumed first; what has no room in hello is asked for page by page', async () => {
  const { one, network, again, asked, ready } = quipu();
  await ready();
  for (const id of ['1', '2', '3', '4']) one.follow(`c:${id}`, 4);
  one.ephemeral.focus('4');
  const through = (positions) => ({ logs: positions.map(({ log, rev }) => ({ log, through: rev, more: false })), gone: [] });
  await again({ resume: { logs: [{ log: 'u:me', through: 0, more: false }, { log: 'c:4', through: 7, more: true, messages: [said(7).d] }], gone: [] } });
  assert.deepEqual(network.last().asked('hello').d.resume.positions.map((one) => one.log), ['u:me', 'c:4']);
  const logs = [];
  for (let i = 0; i < 3; i++) {
    const positions = asked('sync').at(-1).positions;
    logs.push(...positions.map((one) => one.log));
    network.last().answer('sync', through(positions));
    await settle();
  }
  assert.deepEqual([...new Set(logs)].sort(), ['c:1', 'c:2', 'c:3', 'c:4']);
});

test('a lost membership is gone; a new one is fetched, and fetched again until it is here', async () => {
  const { one, network, clock, of, asked, again, ready } = quipu();
  await ready(3, [{ kind: 'conversation', key: '9', rev: 2, value: { kind: 'group' } }]);
  assert.deepEqual(asked('conversation.get'), [], 'the lists have what was there before');
  one.follow('c:1', 4);
  const item = (rev, key, value) => network.last().say({ ev: 'item.changed', log: 'u:me', prev: rev - 1, rev, d: { items: [{ kind: 'conversation', key, rev, value }] } });
  item(4, '1', { kind: 'group', state: 'removed' });
  assert.deepEqual([of('conversation.gone').at(-1), one.cursors.get('c:1')], [{ type: 'conversation.gone', id: '1', why: 'removed' }, undefined]);
  item(5, '2', { kind: 'group' });
  await settle();
  network.last().refuse('conversation.get', 'busy', { retryable: true, retry_after_ms: 500 });
  await settle();
  await clock.pass(501);
  assert.equal(asked('conversation.get').length, 2);
  await again();
  assert.deepEqual(asked('conversation.get'), [{ conversation: '2' }], 'the link broke before the answer');
  network.last().answer('conversation.get', { conversation: { id: '2', rev: 6, members: [], read_seq: 0 } });
  await settle();
  assert.deepEqual([of('conversation').length, of('conversation')[0].anew, one.cursors.get('c:2')], [1, true, 6]);
});

test('a message shown before its conversation is here misses none of its changes', async () => {
  const { one, network, ready } = quipu();
  await ready();
  network.last().say(said(7));
  network.last().say({ ev: 'message.changed', log: 'c:1', prev: 7, rev: 8, d: { ...said(7).d, rev: 8, text: 'edited' } });
  await settle();
  network.last().answer('conversation.get', { conversation: { id: '1', rev: 9, members: [], read_seq: 0 } });
  await settle();
  assert.deepEqual(sent(network, 'sync').positions, [{ log: 'c:1', rev: 7 }]);
  assert.equal(one.cursors.get('c:1'), 7);
});

test('who comes back while rows arrive is told of the conversation once more', async () => {
  const { one, network, asked, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  network.last().say({ ev: 'item.changed', log: 'u:me', prev: 0, rev: 1, d: { items: [{ kind: 'conversation', key: '1', rev: 1, value: { kind: 'group' } }] } });
  await settle();
  network.last().say(said(5));
  network.last().answer('conversation.get', { conversation: { id: '1', rev: 4, members: [], read_seq: 0 } });
  await settle();
  assert.equal(asked('conversation.get').length, 2, 'the first answer was read before the message');
});

test('a list that answers does not jump over what was not read yet', async () => {
  const { one, network, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  one.follow('c:1', 9);
  await settle();
  assert.deepEqual([one.cursors.get('c:1'), sent(network, 'sync').positions], [4, [{ log: 'c:1', rev: 4 }]]);
});

test('the own log is read again when the link broke meanwhile, and its items are told', async () => {
  const { one, network, of, again, clock } = quipu();
  network.last().greet();
  await settle();
  network.last().drop();
  await clock.pass(5000);
  network.last().greet();
  await settle();
  network.last().say({ ev: 'item.changed', log: 'u:me', prev: 2, rev: 3, d: { items: [{ kind: 'draft', key: '1', rev: 3, value: { text: 'new' } }] } });
  assert.equal(of('items').length, 0, 'not before what stands before it');
  network.last().answer('sync', { logs: [{ log: 'u:me', through: 2, more: false, items: [{ kind: 'draft', key: '1', rev: 2, value: { text: 'old' } }] }], gone: [] });
  await settle();
  network.last().answer('sync', { logs: [{ log: 'u:me', through: 3, more: false, items: [{ kind: 'draft', key: '1', rev: 3, value: { text: 'new' } }] }], gone: [] });
  await settle();
  assert.deepEqual(of('items').map((event) => event.items[0].value.text), ['old', 'new']);
  await again();
  assert.equal(one.cursors.get('u:me'), 3);
});

test('every operation with an id waits for its answer across connections, in its conversation’s order', async () => {
  const store = memoryStore();
  const { one, network, asked, again, of, ready } = quipu({ outbox: () => store });
  await ready();
  const send = one.send('1', { text: 'a', reply_to: 3, mentions: ['u'], attachments: [{ id: 'f', kind: 'file' }] });
  const edit = one.edit('1', 4, 'b');
  const recall = one.recall('1', 4);
  const add = one.addMembers('2', ['u']);
  assert.deepEqual(asked('message.send').map(({ client_id: _, ...d }) => d), [{ conversation: '1', text: 'a', reply_to: 3, mentions: ['u'], attachments: ['f'] }]);
  assert.deepEqual([asked('message.edit'), asked('member.add').length, store.all().length], [[], 1, 4]);
  const id = asked('message.send')[0].client_id;
  await again();
  assert.equal(asked('message.send')[0].client_id, id);
  network.last().answer('member.add', { conversation: '2', rev: 3, added: ['u'], duplicate: true });
  network.last().answer('message.send', { conversation: '1', seq: 5, n: 5, rev: 5, at: 'now', duplicate: true });
  await settle();
  network.last().refuse('message.edit', 'too_late');
  await settle();
  network.last().answer('message.recall', { conversation: '1', seq: 4, rev: 6, duplicate: false });
  assert.deepEqual([(await send).seq, (await add).added, (await recall).rev], [5, ['u'], 6]);
  await assert.rejects(edit, { code: 'too_late' });
  assert.deepEqual([store.all(), of('outgoing.refused').length], [[], 1], 'only a message waits for a person to send it again');
});

test('after a restart of the program the store alone carries on, also one of an earlier version', async () => {
  const store = memoryStore();
  store.put({ client_id: 'b', op: 'message.pin', conversation: '1', d: { seq: 2, on: true }, text: '', made_at: '2026-01-02', state: 'waiting', code: null });
  store.put({ client_id: 'z', conversation: '1', text: 'first', made_at: '2026-01-01', state: 'waiting', code: null });
  const { network, asked, ready } = quipu({ outbox: () => store });
  await ready();
  assert.deepEqual(asked('message.send'), [{ client_id: 'z', conversation: '1', text: 'first' }]);
  network.last().answer('message.send', { seq: 1, rev: 1, n: 1, at: '' });
  await settle();
  assert.deepEqual(asked('message.pin'), [{ client_id: 'b', conversation: '1', seq: 2, on: true }]);
});

test('an act seen in the log is done, whether or not its answer comes', async () => {
  const { one, network, again, asked, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  const done = one.pin('1', 3, true);
  const { client_id } = asked('message.pin')[0];
  network.last().say({ ...said(5), d: { ...said(5).d, n: null, kind: 'system', sender: 'me', client_id } });
  await again();
  assert.deepEqual([(await done).rev, asked('message.pin')], [5, []]);
});

test('slow mode waits as long as it is told, and says so; a storage that is full keeps nothing back', async () => {
  const store = { all: () => [], put: () => { throw new Error('full'); }, drop: () => { throw new Error('full'); } };
  const { one, network, clock, asked, of, ready } = quipu({ outbox: () => store });
  await ready();
  const done = one.send('1', { text: 'a' });
  network.last().refuse('message.send', 'slow_mode', { retryable: true, retry_after_ms: 9000 });
  await settle();
  assert.deepEqual([of('outgoing').at(-1).item.code, of('outgoing').at(-1).item.retryAt - clock.now()], ['slow_mode', 9000]);
  await clock.pass(9001);
  assert.equal(asked('message.send').length, 2);
  network.last().answer('message.send', { seq: 1, rev: 1, n: 1, at: '' });
  assert.equal((await done).seq, 1);
});

test('the outbox holds so much and refuses more by name; the same id is the same act', async () => {
  const outbox = new Outbox({ store: memoryStore(), request: () => new Promise(() => {}), onChange: () => {}, onAck: () => {} });
  for (let i = 0; i < 1000; i++) outbox.put('message.send', '1', { text: `${i}` }, { client_id: `${i}` });
  assert.equal(outbox.put('message.send', '1', { text: '5' }, { client_id: '5' }).item.text, '5');
  assert.throws(() => outbox.put('message.send', '1', { text: 'more' }), { code: 'too_many' });
});

test('wishes: only the last of a key is told; what was lost is told again; a refusal is final', async () => {
  const clock = fakeClock();
  const asked = [];
  const wishes = new Wishes({ setTimeout: clock.setTimeout, request: (op, d) => new Promise((resolve, reject) => asked.push({ d, resolve, reject })) });
  const results = [1, 2, 3].map((n) => wishes.set('k', 'reaction.set', { n }));
  assert.deepEqual(asked.map((one) => one.d.n), [1]);
  asked[0].resolve('one');
  await settle();
  assert.deepEqual(asked.map((one) => one.d.n), [1, 3], 'the second was overtaken');
  asked[1].reject(new QuipuError({ code: 'connection_lost' }));
  await settle();
  wishes.resume();
  asked[2].reject(new QuipuError({ code: 'busy', retryable: true, retry_after_ms: 300 }));
  await settle();
  await clock.pass(301);
  asked[3].resolve('three');
  assert.deepEqual(await Promise.all(results), ['one', 'three', 'three']);
  assert.equal(wishes.byKey.size, 0);
  const refused = wishes.set('k', 'op', {});
  asked[4].reject(new QuipuError({ code: 'not_a_member' }));
  await assert.rejects(refused, { code: 'not_a_member' });
  wishes.set('late', 'op', { n: 7 }, 250);
  wishes.set('late', 'op', { n: 8 }, 250);
  await clock.pass(251);
  assert.deepEqual(asked.slice(5).map((one) => one.d.n), [8]);
});

test('what arrives is told as delivered: the highest, after a moment, once; not one’s own, not what was read', async () => {
  const { one, network, clock, asked, again, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  for (const rev of [5, 6, 7]) network.last().say(said(rev));
  network.last().say(said(8, { sender: 'me' }));
  await clock.pass(260);
  assert.deepEqual(asked('delivered.mark'), [{ conversation: '1', seq: 7 }]);
  await again();
  assert.deepEqual(asked('delivered.mark'), [{ conversation: '1', seq: 7 }], 'its answer was lost');
  network.last().answer('delivered.mark', { conversation: '1', seq: 7 });
  one.emit({ type: 'conversation', conversation: { id: '2', rev: 9, read_seq: 3, members: [{ user: { id: 'me' }, read_seq: 3, delivered_seq: 4 }], last_message: { ...said(9).d, conversation: '2' } } });
  one.emit({ type: 'conversation', conversation: { id: '3', rev: 9, read_seq: 9, members: [], last_message: { ...said(9).d, conversation: '3' } } });
  await clock.pass(260);
  assert.deepEqual(asked('delivered.mark').slice(1), [{ conversation: '2', seq: 9 }]);
  network.last().refuse('delivered.mark', 'unknown_op');
  await settle();
  network.last().say(said(9));
  await clock.pass(260);
  assert.equal(asked('delivered.mark').length, 2, 'a server without it is not asked again');
});

test('typing is told now and then and ends by itself; that of others ends after six seconds, or with their message', async () => {
  const { one, network, clock, asked, of, ready } = quipu();
  await ready();
  one.follow('c:1', 4);
  for (let i = 0; i < 8; i++) {
    one.ephemeral.typing('1');
    await clock.pass(500);
  }
  assert.deepEqual(asked('typing.set'), [{ conversation: '1', on: true }, { conversation: '1', on: true }]);
  await clock.pass(5000);
  assert.deepEqual(asked('typing.set').at(-1), { conversation: '1', on: false });
  const types = (user) => network.last().say({ ev: 'typing', d: { conversation: '1', user, on: true } });
  const heard = () => of('typing').map((event) => `${event.user} ${event.on}`);
  types('a');
  await clock.pass(4000);
  types('a');
  await clock.pass(5900);
  assert.deepEqual(heard(), ['a true', 'a true']);
  await clock.pass(200);
  assert.deepEqual(heard().at(-1), 'a false');
  types('b');
  network.last().say(said(5, { sender: 'b' }));
  assert.deepEqual(heard().slice(-2), ['b true', 'b false']);
  types('c');
  network.last().drop();
  assert.deepEqual(heard().at(-1), 'c false', 'nothing is known without a link');
  one.ephemeral.typing('1');
  one.send('1', { text: 'x' }).catch(() => {});
  assert.equal(one.ephemeral.mine, null, 'a message says that typing is over');
});

test('focus and presence are told again after a reconnect; an op that is not known is not asked for twice', async () => {
  const { one, network, asked, again, of, ready } = quipu();
  await ready();
  one.ephemeral.focus('1');
  one.ephemeral.focus('1');
  one.ephemeral.watch(['b', 'a', 'b']);
  one.ephemeral.watch(['a', 'b']);
  assert.deepEqual([asked('conversation.focus'), asked('presence.watch')], [[{ conversation: '1' }], [{ users: ['a', 'b'] }]]);
  network.last().answer('presence.watch', { presence: [{ user: 'a', state: 'online', last_seen: null }] });
  await settle();
  network.last().say({ ev: 'presence.changed', d: { user: 'b', state: 'offline', last_seen: '1' } });
  assert.deepEqual(of('presence').map((event) => event.presence[0].state), ['online', 'offline']);
  await again();
  assert.deepEqual([asked('conversation.focus'), asked('presence.watch')], [[{ conversation: '1' }], [{ users: ['a', 'b'] }]]);
  network.last().refuse('conversation.focus', 'unknown_op');
  await settle();
  one.ephemeral.focus('2');
  assert.equal(asked('conversation.focus').length, 1);
  await again();
  assert.deepEqual(asked('conversation.focus'), [{ conversation: '2' }], 'another server may know it');
});

test('duplicate and late answers are nobody’s; the own read mark is told to all that listen', async () => {
  const { one, network, of, ready } = quipu();
  await ready();
  const marked = one.markRead('1', 7);
  network.last().answer('read.mark', { conversation: '1', seq: 6 });
  network.last().answer('read.mark', { conversation: '1', seq: 9 });
  await marked;
  assert.deepEqual(of('read'), [{ type: 'read', conversation: '1', user: 'me', seq: 6 }]);
});

/** A server for files: each call takes the next plan, or does what it should. */
function fileServer(plan = []) {
  const clock = { setTimeout: (run) => (queueMicrotask(run), 0) };
  const calls = [];
  let stored = '';
  const json = (status, body) => new Response(status === 204 ? null : JSON.stringify(body), { status });
  const fetch = async (url, { method, headers, body, signal }) => {
    if (signal.aborted) throw new DOMException('', 'AbortError');
    calls.push(`${method} ${url.replace('/api/v1/attachments', '')} ${headers['upload-offset'] ?? ''}`.trim());
    const next = plan.shift();
    const lost = next === 'lost before' || next === 'lost after';
    if (next === 'lost before') throw new TypeError('no network');
    if (typeof next === 'object' && next) return json(next.status, next.body);
    if (method === 'POST') return json(201, { id: 'f', offset: 0, chunk_bytes: 4 });
    if (method === 'DELETE') return json(204);
    if (method === 'PATCH') {
      const offset = Number(headers['upload-offset']);
      if (offset !== stored.length) return json(409, { code: 'upload_conflict', offset: stored.length });
      stored += await body.text();
    }
    if (lost) throw new TypeError('no network');
    const whole = stored.length === 10;
    return json(200, { id: 'f', offset: stored.length, attachment: whole && next !== 'unchecked' ? { id: 'f', kind: 'file', bytes: 10 } : null });
  };
  return { files: uploads({ fetch, ...clock, random: () => 0 }), calls, stored: () => stored };
}
const blob = new Blob(['0123456789']);

test('a file goes up in chunks, with its progress', async () => {
  const { files, calls, stored } = fileServer();
  const steps = [];
  const attachment = await files.upload(blob, { name: 'n', onProgress: (sent) => steps.push(sent) });
  assert.deepEqual([attachment.id, stored(), steps], ['f', '0123456789', [0, 4, 8, 10]]);
  assert.deepEqual(calls, ['POST', 'PATCH /f 0', 'PATCH /f 4', 'PATCH /f 8']);
});

test('a chunk, or only its answer, that is lost is asked about and not sent twice', async () => {
  const before = fileServer([undefined, undefined, 'lost before']);
  await before.files.upload(blob, { name: 'n' });
  assert.deepEqual([before.stored(), before.calls.slice(2, 5)], ['0123456789', ['PATCH /f 4', 'GET /f/upload', 'PATCH /f 4']]);
  const after = fileServer([undefined, undefined, 'lost after']);
  await after.files.upload(blob, { name: 'n' });
  assert.deepEqual([after.stored(), after.calls.slice(2, 5)], ['0123456789', ['PATCH /f 4', 'GET /f/upload', 'PATCH /f 8']]);
  const elsewhere = fileServer([undefined, { status: 409, body: { code: 'upload_conflict', detail: 'no', offset: 0 } }]);
  await elsewhere.files.upload(blob, { name: 'n' });
  assert.equal(elsewhere.stored(), '0123456789');
});

test('a whole file that is still looked at is waited for; a refusal ends it; no network ends it after a while', async () => {
  const checked = fileServer([undefined, undefined, undefined, 'unchecked', 'unchecked']);
  assert.equal((await checked.files.upload(blob, { name: 'n' })).id, 'f');
  assert.deepEqual(checked.calls.slice(3), ['PATCH /f 8', 'PATCH /f 10', 'PATCH /f 10']);
  const busy = fileServer([undefined, undefined, undefined, 'unchecked', { status: 503, body: { code: 'busy', retryable: true } }, 'unchecked']);
  assert.equal((await busy.files.upload(blob, { name: 'n' })).id, 'f', 'nobody had time to look at it');
  const refused = fileServer([{ status: 415, body: { code: 'attachment_type', retryable: false } }]);
  await assert.rejects(refused.files.upload(blob), { code: 'attachment_type' });
  const away = fileServer([undefined, ...Array(60).fill('lost before')]);
  await assert.rejects(away.files.upload(blob), { code: 'offline' });
});

test('a file taken back is not sent on, and the server is told', async () => {
  const { files, calls } = fileServer();
  const stop = new AbortController();
  await assert.rejects(files.upload(blob, { name: 'n', signal: stop.signal, onProgress: (sent) => sent === 4 && stop.abort() }), { code: 'aborted' });
  await settle();
  assert.deepEqual(calls, ['POST', 'PATCH /f 0', 'DELETE /f']);
  assert.deepEqual([attachmentPath('f'), attachmentPath('f', 'small')], ['/api/v1/attachments/f', '/api/v1/attachments/f?size=small']);
});

test('a frame that the server would not take is refused here, once, and holds nothing up', async () => {
  const { one, network, asked, of } = quipu();
  network.last().greet({ limits: { sync_positions: 2, frame_bytes: 200 } });
  await settle();
  const big = one.send('1', { text: '字'.repeat(60) });
  const small = one.send('1', { text: 'small' });
  await assert.rejects(big, { code: 'frame_too_large' });
  assert.deepEqual(asked('message.send').map((d) => d.text), ['small']);
  network.last().answer('message.send', { seq: 1, rev: 1, n: 1, at: '' });
  await small;
  assert.equal(of('outgoing').find((event) => event.item.state === 'failed').item.code, 'frame_too_large');
});

test('HELLO of an old server is enough', async () => {
  const { of, network, ready } = quipu();
  await ready();
  assert.equal(of('hello')[0].hello.limits.edit_seconds, undefined);
  assert.deepEqual(Object.keys(HELLO).includes('resume'), false);
  assert.deepEqual(browserStore('u', { length: 0, key: () => null }).all(), []);
  network.last().say({ ev: 'typing', d: {} });
});
