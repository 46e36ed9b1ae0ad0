import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { moves } from './tiny-dom.mjs';
import { each, el, mount, svg } from '../../static/kernel/el.js';
import { signal } from '../../static/kernel/signals.js';

const texts = (node) => node.children.map((child) => child.textContent);

test('the kernel is at most 300 lines', () => {
  const lines = ['signals', 'el'].reduce((sum, name) => sum + readFileSync(new URL(`../../static/kernel/${name}.js`, import.meta.url), 'utf8').split('\n').length - 1, 0);
  assert.ok(lines <= 300, `${lines} lines`);
});

test('children of every kind', () => {
  const node = el('p', { class: 'a', id: 'x', lang: null }, 'text ', 7, null, false, [el('b', null, 'bold'), ['!']]);
  assert.equal(node.textContent, 'text 7bold!');
  assert.equal(node.getAttribute('class'), 'a');
  assert.equal(node.getAttribute('lang'), null);
});

test('markup in text stays text', () => {
  const node = el('p', null, '<img src=x onerror=alert(1)>', () => '<b>x</b>');
  assert.equal(node.children.length, 0);
  assert.equal(node.textContent, '<img src=x onerror=alert(1)><b>x</b>');
});

test('what could run code is refused', () => {
  for (const props of [{ style: 'x' }, { innerHTML: 'x' }, { srcdoc: 'x' }, { onclick: 'alert(1)' }, { href: 'javascript:alert(1)' }, { href: ' JavaScript:alert(1)' }, { src: 'data:text/html,x' }]) {
    assert.throws(() => el('a', props), TypeError, JSON.stringify(props));
  }
  assert.throws(() => el('a', { href: () => 'javascript:alert(1)' }), TypeError);
});

test('attributes and text follow signals; a text keeps its node', () => {
  const name = signal('a');
  const node = el('p', { title: () => name.value, hidden: () => name.value === 'c' }, () => name.value);
  const text = node.childNodes.find((child) => child.data === 'a');
  name.value = 'b';
  assert.equal(text.data, 'b');
  assert.equal(node.getAttribute('title'), 'b');
  name.value = 'c';
  assert.equal(node.hidden, true);
});

test('a part that follows may become another kind of thing, or nothing', () => {
  const what = signal('text');
  const node = el('p', null, 'before ', () => ({ text: 'text', node: el('b', null, 'node'), none: null, many: [el('i', null, '1'), '2'] })[what.value], ' after');
  for (const [kind, expected] of [['node', 'before node after'], ['none', 'before  after'], ['many', 'before 12 after'], ['text', 'before text after']]) {
    what.value = kind;
    assert.equal(node.textContent, expected);
  }
});

test('handlers are listeners, ref gets the node, svg makes its own kind', () => {
  let made = null;
  const node = el('button', { onclick: () => 'done', ref: (it) => (made = it) });
  assert.equal(node.listeners.get('click')(), 'done');
  assert.equal(made, node);
  assert.equal(svg('path', { d: 'M0 0' }).getAttribute('d'), 'M0 0');
});

test('a keyed list keeps its rows, updates them in place, and moves only what moved', () => {
  const items = signal([{ id: 1, t: 'a' }, { id: 2, t: 'b' }, { id: 3, t: 'c' }]);
  let made = 0;
  const list = el('ul', null, each(() => items.value, (one) => one.id, (one) => (made++, el('li', null, () => one.value.t))));
  const [first] = list.children;
  assert.deepEqual(texts(list), ['a', 'b', 'c']);
  items.value = [{ id: 1, t: 'A' }, { id: 2, t: 'b' }, { id: 3, t: 'c' }, { id: 4, t: 'd' }];
  assert.deepEqual(texts(list), ['A', 'b', 'c', 'd']);
  assert.equal(list.children[0], first);
  assert.equal(made, 4);
  moves.count = 0;
  items.value = [items.value[3], items.value[0], items.value[1], items.value[2]];
  assert.deepEqual(texts(list), ['d', 'A', 'b', 'c']);
  assert.equal(moves.count, 1);
  items.value = [];
  assert.deepEqual(texts(list), []);
});

test('a second row of the same key is not made', () => {
  const list = el('ul', null, each(() => [1, 1, 2], (n) => n, (n) => el('li', null, String(n.peek()))));
  assert.deepEqual(texts(list), ['1', '2']);
});

test('random orders end as the list says', () => {
  const items = signal([]);
  const list = el('ul', null, el('li', null, 'head'), each(() => items.value, (n) => n, (n) => el('li', null, String(n.peek()))), el('li', null, 'foot'));
  let seed = 42;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 200; round++) {
    const next = Array.from({ length: 12 }, (_, i) => i).filter(() => random() < 0.6).sort(() => random() - 0.5);
    items.value = next;
    assert.deepEqual(texts(list), ['head', ...next.map(String), 'foot']);
  }
});

test('what is gone follows nothing any more', () => {
  const [items, name] = [signal([1]), signal('a')];
  let runs = 0;
  const root = el('div');
  const stop = mount(root, () => el('ul', null, each(() => items.value, (n) => n, () => el('li', null, () => (runs++, name.value)))));
  assert.equal(root.textContent, 'a');
  items.value = [];
  name.value = 'b';
  assert.equal(runs, 1);
  items.value = [2];
  stop();
  name.value = 'c';
  assert.equal(runs, 2);
  assert.equal(root.childNodes.length, 0);
});
