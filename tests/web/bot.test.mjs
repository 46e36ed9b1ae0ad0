import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { answerId, echo } from '../../docs/examples/echo-bot.mjs';
import { connect, Quipu } from '../../static/sdk/chat.js';
import { fileStore } from '../../static/sdk/file-store.js';
import { Model } from '../../static/sdk/model.js';
import { memoryStore } from '../../static/sdk/outbox.js';
import { chance, fakeServer } from './fake-server.mjs';
import { fakeClock, settle } from './fake-socket.mjs';

function bot(server, clock, store) {
  const quipu = new Quipu({ server: 'http://x', WebSocket: server.WebSocket, now: clock.now, random: () => 0.5, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout, outbox: () => store, since: 'read' });
  echo(quipu);
  quipu.start();
  return quipu;
}

async function flow(server, clock, rounds = 400) {
  for (let i = 0; i < rounds; i++) {
    for (const socket of [...server.sockets]) for (const up of [true, false]) server.move(socket, up);
    await settle();
    if (i % 10 === 9) await clock.pass(5000);
  }
}

test('the example answers each "/echo" once, over lost connections, lost answers and restarts', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = chance(seed * 104729);
    const server = fakeServer();
    const clock = fakeClock();
    const asked = [];
    for (const id of ['x', 'y']) server.found(id);
    let store = memoryStore();
    let quipu = bot(server, clock, store);
    for (let i = 0; i < 120; i++) {
      const socket = random.pick([...server.sockets]);
      const kind = random.below(12);
      if (kind < 2) {
        const id = random.pick(['x', 'y']);
        const text = random.one(3) ? 'not for the bot' : `/echo word ${i}`;
        const { seq } = server.act('a', 'message.send', { conversation: id, client_id: `c${i}`, text });
        if (text.startsWith('/echo')) asked.push([id, seq, `word ${i}`]);
      } else if (kind < 10 && socket) server.move(socket, random.one(2));
      else if (kind === 10 && socket?.opened) server.cut(socket);
      else if (random.one(6)) {
        quipu.close();
        for (const left of [...server.sockets]) server.sockets.delete(left);
        if (random.one(2)) store = memoryStore(); // even without what it had written down
        quipu = bot(server, clock, store);
      } else await clock.pass(700);
      await settle();
    }
    await flow(server, clock);
    const answers = [...server.conversations.values()].flatMap((c) => c.rows.filter((one) => one.sender === 'me').map((one) => [c.id, one.reply_to, one.text]));
    assert.deepEqual(answers.sort(), asked.sort(), `seed ${seed}`);
  }
});

test('the id of an answer is a UUIDv7 of its own', () => {
  const at = '2026-11-23T10:00:00.000Z';
  const id = answerId({ conversation: 'c', seq: 7, at });
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16), Date.parse(at));
  assert.notEqual(id, answerId({ conversation: 'c', seq: 8, at }));
});

test('a program is ready when its lists and logs are read, and says why it never will be', async () => {
  const server = fakeServer();
  const clock = fakeClock();
  for (const id of ['x', 'y', 'z']) server.found(id);
  server.act('a', 'message.send', { conversation: 'z', client_id: '1', text: 'hello' });
  const quipu = bot(server, clock, memoryStore());
  let ready = false;
  quipu.ready.then(() => (ready = true));
  await settle();
  assert.equal(ready, false);
  await flow(server, clock, 60);
  assert.equal(ready, true);
  assert.deepEqual([...quipu.model.conversations.keys()].sort(), ['x', 'y', 'z']);
  assert.equal(quipu.model.messages('z').at(-1).text, 'hello');
  const other = new Quipu({ server: 'http://x', WebSocket: server.WebSocket, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout });
  other.start();
  [...server.sockets].at(-1).onclose({ code: 4501 });
  await assert.rejects(other.ready, { code: 'unauthenticated' });
  assert.throws(() => connect({ server: 'http://x' }), globalThis.WebSocket ? undefined : /experimental-websocket/);
});

test('a replica keeps so many messages, and does not take an old one that changes for a new one', () => {
  const model = new Model({ kept: 3 });
  const say = (seq, rev = seq) => model.apply({ type: 'message', message: { conversation: 'c', seq, rev, n: seq, sender: 'a', text: `${rev}` } }).first;
  assert.deepEqual([1, 2, 3, 4, 5].map((seq) => say(seq)), [true, true, true, true, true]);
  assert.deepEqual([say(1, 6), say(4, 7), model.messages('c').map((one) => one.text)], [false, false, ['3', '7', '5']]);
});

test('the file store outlives its program, and a half-written file does not take its place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quipu-store-'));
  const path = join(folder, 'outbox.json');
  const item = (client_id) => ({ client_id, op: 'message.send', conversation: '1', d: { text: 't' }, text: 't', made_at: '', state: 'waiting', code: null });
  const store = fileStore(fs, path);
  for (const id of ['a', 'b', 'c']) store.put(item(id));
  store.drop('b');
  assert.deepEqual(fileStore(fs, path).all().map((one) => one.client_id), ['a', 'c']);
  fs.writeFileSync(`${path}.new`, '[{"cut');
  assert.equal(fileStore(fs, path).all().length, 2);
  fs.writeFileSync(path, 'not a store');
  assert.throws(() => fileStore(fs, path), SyntaxError, 'what cannot be read is not taken for nothing');
  rmSync(folder, { recursive: true });
});
