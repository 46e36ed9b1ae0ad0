import assert from 'node:assert/strict';
import { test } from 'node:test';
import { money, shownName, conversationName } from '../../static/app/format.js';
import { match } from '../../static/app/router.js';
import { textTree } from '../../static/app/text-tree.js';

test('money is formatted exactly, from the string', () => {
  assert.equal(money('12.50', 'CNY'), '¥12.50');
  assert.equal(money('9999999999999999999.99', 'CNY'), '¥9,999,999,999,999,999,999.99');
  assert.equal(money('-12.50', 'CNY', { sign: true }), '-¥12.50');
  assert.equal(money('12.50', 'CNY', { sign: true }), '+¥12.50');
});

test('names: no character that turns, hides or breaks lines survives', () => {
  const cases = { '\u202Eevil\u202C': 'evil', 'a\u200Bb\u2060c\uFEFF': 'abc', 'a\u2066b\u2069': 'ab', 'a\nb\tc': 'a b c', '\u0000x': 'x', 'a\u00ADb': 'ab', '  a   b ': 'a b', '\u3164': 'nobody', '': 'nobody', '\u{E0041}a': 'a', 'Zoë 陈小雨 مرحبا': 'Zoë 陈小雨 مرحبا' };
  for (const [given, shown] of Object.entries(cases)) assert.equal(shownName(given, 'nobody'), shown, JSON.stringify(given));
  assert.equal(shownName('👨‍👩‍👧'), '👨‍👩‍👧', 'a family stays together');
  assert.equal(shownName('a\u200Db'), 'ab', 'a joiner between letters does not');
  assert.ok(shownName(`e${'\u0301'.repeat(50)}`).length < 6, 'no tower of marks');
  assert.equal(shownName(null, 'nobody'), 'nobody');
});

test('a conversation has the name of its peer, its title, or its members', () => {
  const member = (id, name) => ({ user: { id, handle: id, display_name: name }, role: 'member', read_seq: 0 });
  assert.equal(conversationName({ kind: 'direct', title: null, members: [member('me', 'Me'), member('u', '\u202E')] }, 'me'), '@u');
  assert.equal(conversationName({ kind: 'group', title: 'Trip\u202E', members: [] }, 'me'), 'Trip');
  assert.equal(conversationName({ kind: 'group', title: null, members: [member('me', 'Me'), member('u', 'U'), member('v', 'V')] }, 'me'), 'U, V');
});

test('text becomes runs; only http links, with the host they really have', () => {
  assert.deepEqual(textTree('see https://a.example/x?y=1, ok'), [{ kind: 'text', text: 'see ' }, { kind: 'link', text: 'https://a.example/x?y=1', href: 'https://a.example/x?y=1' }, { kind: 'text', text: ', ok' }]);
  for (const plain of ['javascript:alert(1)', 'data:text/html,x', '<a href=x>', 'https://bank.example@evil.example/', 'http://', '']) assert.ok(textTree(plain).every((run) => run.kind === 'text'), plain);
  const [link] = textTree('https://аpple.com/');
  assert.equal(link.text, 'https://xn--pple-43d.com/', 'a look-alike host shows its real form');
  const long = 'x'.repeat(5000) + ' https://a.example '.repeat(200);
  assert.equal(textTree(long).map((run) => run.text).join(''), long, 'nothing is lost');
});

test('routes: every screen has its link, and nothing else does', () => {
  assert.deepEqual(match('/'), { name: 'chats', params: {}, search: '' });
  assert.deepEqual(match('/c/0197-ab'), { name: 'conversation', params: { id: '0197-ab' }, search: '' });
  for (const name of ['wallet', 'settings', 'contacts', 'signin', 'register']) assert.equal(match(`/${name}`).name, name);
  assert.equal(match('/wallet/').name, 'wallet');
  for (const name of ['months', 'budgets', 'methods']) assert.equal(match(`/wallet/${name}`).name, name);
  assert.deepEqual(match('/demo/maya'), { name: 'demo', params: { handle: 'maya' }, search: '' });
  assert.deepEqual(match('/u/ana.b'), { name: 'person', params: { handle: 'ana.b' }, search: '' });
  assert.deepEqual(match('/pay/ana', '?amount=1'), { name: 'person', params: { pay: 'pay', handle: 'ana' }, search: '?amount=1' });
  for (const path of ['/nothing', '/c/', '/c/<x>', '/wallet/x', '//evil', '/u/', '/u/a/b', '/pay', '/pay/a/b', `/u/${'a'.repeat(65)}`]) assert.equal(match(path).name, 'missing', path);
  assert.deepEqual(match('/demo/%E0%A4%A'), { name: 'demo', params: {}, search: '' });
});
