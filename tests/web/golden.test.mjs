// The golden frames, as the server's types write them, against the schemas that clients read and against the client.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { QuipuClient } from '../../static/sdk/client.js';
import { QuipuError } from '../../static/sdk/errors.js';
import { fakeClock, fakeNetwork, settle } from './fake-socket.mjs';

const read = (path) => JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const socket = read('docs/asyncapi.json');
const http = read('docs/openapi.json');
const operations = read('tests/golden/operations.json');
const pushes = read('tests/golden/pushes.json');
const refusals = read('tests/golden/refusals.json');

const IS = {
  null: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  string: (value) => typeof value === 'string',
  integer: (value) => Number.isSafeInteger(value),
  number: (value) => typeof value === 'number',
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
};
const FORMATS = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/,
};
/** The words of JSON Schema that the documents use. Another one is a fault of this test: it would hold nothing. */
const WORDS = {
  $ref: (ref, value, at, doc) => faults(ref.slice(2).split('/').reduce((found, part) => found[part], doc), value, at, doc),
  type: (kinds, value, at) => ([kinds].flat().some((kind) => IS[kind](value)) ? [] : [`${at}: ${JSON.stringify(value)} is not of type ${kinds}`]),
  const: (only, value, at) => (value === only ? [] : [`${at}: ${value} is not ${only}`]),
  enum: (words, value, at) => (words.includes(value) ? [] : [`${at}: ${value} is none of ${words}`]),
  anyOf: (choices, value, at, doc) => (choices.some((choice) => faults(choice, value, at, doc).length === 0) ? [] : [`${at}: no alternative fits`]),
  oneOf: (choices, value, at, doc) => (choices.filter((choice) => faults(choice, value, at, doc).length === 0).length === 1 ? [] : [`${at}: not exactly one alternative fits`]),
  required: (names, value, at) => (IS.object(value) ? names.filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`) : []),
  properties: (known, value, at, doc) => (IS.object(value) ? Object.entries(known).flatMap(([name, schema]) => (name in value ? faults(schema, value[name], `${at}.${name}`, doc) : [])) : []),
  items: (schema, value, at, doc) => (Array.isArray(value) ? value.flatMap((item, n) => faults(schema, item, `${at}[${n}]`, doc)) : []),
  pattern: (pattern, value, at) => (typeof value !== 'string' || new RegExp(pattern).test(value) ? [] : [`${at}: ${value} does not match`]),
  format: (format, value, at) => (typeof value !== 'string' || !FORMATS[format] || FORMATS[format].test(value) ? [] : [`${at}: ${value} is no ${format}`]),
  minimum: (least, value, at) => (typeof value !== 'number' || value >= least ? [] : [`${at}: ${value} is under ${least}`]),
  maximum: (most, value, at) => (typeof value !== 'number' || value <= most ? [] : [`${at}: ${value} is over ${most}`]),
};
const SAYS_NOTHING = new Set(['description', 'title', 'default', 'examples', 'additionalProperties']);

/** @returns {string[]} where a value is not what its schema says */
function faults(schema, value, at, doc) {
  if (schema === true) return [];
  return Object.entries(schema).flatMap(([word, rule]) => {
    if (SAYS_NOTHING.has(word)) return [];
    assert.ok(word in WORDS, `${at}: nobody here knows the word ${word}`);
    return WORDS[word](rule, value, at, doc);
  });
}
const payload = (name) => socket.components.messages[name].payload;
const holds = (name, frame) => assert.deepEqual(faults(payload(name), frame, name, socket), []);

test('every operation, push and refusal has golden frames, and each is as its schema says', () => {
  const names = Object.entries(socket.operations);
  assert.deepEqual(Object.keys(operations).sort(), names.filter(([, one]) => one.action === 'receive').map(([name]) => name).sort());
  assert.deepEqual(Object.keys(pushes).sort(), names.filter(([, one]) => one.action === 'send').map(([name]) => name).sort());
  for (const [op, { requests, answers }] of Object.entries(operations)) {
    assert.ok(requests.length > 0 && answers.length > 0, op);
    for (const frame of requests) holds(`${op}.request`, frame);
    for (const frame of answers) holds(`${op}.answer`, frame);
  }
  for (const [ev, frames] of Object.entries(pushes)) for (const frame of frames) holds(ev, frame);
  for (const frame of Object.values(refusals).flat()) holds('refusal', frame);
});

test('a frame that is not as its schema says is found', () => {
  const [frame] = operations['message.send'].answers;
  const with_ = (change) => faults(payload('message.send.answer'), { ...frame, ok: { ...frame.ok, ...change } }, 'ok', socket);
  for (const change of [{ seq: '3' }, { conversation: 'c' }, { at: 'now' }, { duplicate: null }]) assert.equal(with_(change).length > 0, true, JSON.stringify(change));
  const { seq: _, ...without } = frame.ok;
  assert.deepEqual(faults(payload('message.send.answer'), { ...frame, ok: without }, 'ok', socket), ['ok.ok.seq is missing']);
});

test('every reference in the two documents leads somewhere', () => {
  for (const doc of [socket, http]) {
    const walk = (value) => {
      if (typeof value !== 'object' || value === null) return;
      if (typeof value.$ref === 'string') assert.ok(value.$ref.slice(2).split('/').reduce((found, part) => found?.[part.replaceAll('~1', '/')], doc), value.$ref);
      Object.values(value).forEach(walk);
    };
    walk(doc);
  }
});

function client() {
  const network = fakeNetwork();
  const clock = fakeClock();
  const events = [];
  const one = new QuipuClient({
    url: 'ws://x/ws/v1', device: 'test', client: { name: 'test', version: '1' }, WebSocket: network.FakeSocket,
    now: clock.now, random: () => 0.5, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout, onEvent: (event) => events.push(event),
  });
  one.start();
  return { one, network, events };
}

test('the client takes the server’s own hello, every answer and every refusal', async () => {
  for (const { ok } of operations.hello.answers) {
    const { one, network, events } = client();
    network.last().open();
    network.last().answer('hello', ok);
    await settle();
    assert.equal(events.filter((event) => event.type === 'hello').length, 1);
    for (const [op, { requests, answers }] of Object.entries(operations)) {
      for (const answer of answers) {
        const asked = one.request(op, requests[0].d);
        network.last().say({ ...answer, id: network.last().sent.at(-1).id });
        assert.deepEqual(await asked, answer.ok, op);
      }
    }
    for (const refusal of Object.values(refusals).flat()) {
      const asked = one.request('ping');
      network.last().say({ ...refusal, id: network.last().sent.at(-1).id });
      await assert.rejects(asked, (error) => error instanceof QuipuError && error.code === refusal.err.code && error.retryAfterMs === refusal.err.retry_after_ms);
    }
  }
});

test('the client takes every push, once signed in, and stays', async () => {
  const { network, events } = client();
  network.last().greet();
  await settle();
  for (const frame of Object.values(pushes).flat().filter((frame) => frame.ev !== 'drain')) {
    network.last().say(frame);
    network.last().say({ ...frame, of_a_later_version: { a: 1 } });
    await settle();
  }
  assert.equal(events.filter((event) => event.type === 'connection').at(-1).state, 'online');
});
