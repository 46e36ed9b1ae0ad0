// Parts of the page that are fetched when they are first opened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notices } from '../../static/app/announcer.js';
import { knows, setLanguage } from '../../static/app/i18n.js';
import { later, styled, worded } from '../../static/app/later.js';
import { mount } from '../../static/kernel/el.js';
import { laterScreen } from '../../static/views/later-screen.js';
import { settle } from './fake-socket.mjs';
import './tiny-dom.mjs';

test('what is pressed twice while it is on its way opens once, and again when it is pressed again', async () => {
  const opened = [];
  const open = later(async () => ({ show: (...args) => opened.push(args) }), 'show');
  await Promise.all([open('a', 1), open('b', 2)]);
  assert.deepEqual(opened, [['a', 1]]);
  await open('c', 3);
  assert.equal(opened.length, 2);
});

test('what could not be fetched is said, and can be tried again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const opened = [];
  let there = false;
  const open = later(async () => {
    if (!there) throw new Error('no network');
    return { show: (name) => opened.push(name) };
  }, 'show');
  await open('a');
  const said = notices.peek().at(-1);
  assert.deepEqual([opened, said.tone], [[], 'bad']);
  there = true;
  said.action.act();
  await settle();
  assert.deepEqual(opened, ['a']);
});

test('a screen shows that it is coming, then itself; the second time at once', async () => {
  let loads = 0;
  const Screen = laterScreen(async () => (loads++, { Hello: (name) => `hello ${name}` }), 'Hello', () => 'coming');
  const place = document.createElement('div');
  mount(place, () => Screen('ann'));
  assert.equal(place.textContent, 'coming');
  await settle();
  assert.equal(place.textContent, 'hello ann');
  const other = document.createElement('div');
  mount(other, () => Screen('bob'));
  assert.deepEqual([other.textContent, loads], ['hello bob', 1]);
});

test('a part with a style sheet is here when both are; the sheet is fetched once, and again after it could not be', async () => {
  const head = document.createElement('head');
  Object.assign(document, { head });
  const part = Promise.resolve({ name: 'part' });
  const failed = styled('one', part);
  head.childNodes.at(-1).listeners.get('error')();
  await assert.rejects(failed, /no style sheet one/);
  assert.equal(head.childNodes.length, 0);
  let here = null;
  const both = styled('one', part).then((module) => (here = module));
  await settle();
  assert.deepEqual([here, new URL(head.childNodes[0].href).pathname.endsWith('/styles/one.css')], [null, true]);
  head.childNodes[0].listeners.get('load')();
  await both;
  assert.equal(here.name, 'part');
  await styled('one', part);
  assert.equal(head.childNodes.length, 1);
});

test('a part with words of its own is here when both are, and its words follow the language', async (t) => {
  const asked = [];
  Object.assign(document, { documentElement: {} });
  t.mock.method(globalThis, 'fetch', async (url) => {
    const name = url.pathname.split('/i18n/')[1];
    asked.push(name);
    return { ok: !name.startsWith('lost'), json: async () => ({ [name]: `words of ${name}` }) };
  });
  await setLanguage('en');
  const part = await worded('wallet', Promise.resolve({ name: 'part' }));
  assert.deepEqual([part.name, knows('en.json'), knows('wallet.en.json')], ['part', true, true]);
  await worded('wallet', Promise.resolve(part));
  assert.deepEqual(asked, ['en.json', 'wallet.en.json'], 'they are fetched once');
  await assert.rejects(worded('lost', Promise.resolve(part)), /no words in lost\.en/);
  await setLanguage('zh-CN');
  assert.deepEqual(asked.slice(-2).sort(), ['wallet.zh-CN.json', 'zh-CN.json']);
  assert.deepEqual([knows('wallet.zh-CN.json'), knows('wallet.en.json')], [true, false]);
});
