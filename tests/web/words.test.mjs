import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fill } from '../../static/app/i18n.js';
import { sources } from './sources.mjs';

const [en, zh] = ['en', 'zh-CN'].map((code) => JSON.parse(readFileSync(new URL(`../../static/i18n/${code}.json`, import.meta.url), 'utf8')));
const forms = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry));
const params = (entry) => [...new Set(forms(entry).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((match) => match[1])))].sort();

test('both languages have the same keys, with the same values to fill in', () => {
  assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
  for (const key of Object.keys(en)) {
    assert.deepEqual(params(zh[key]), params(en[key]), key);
    for (const form of [...forms(en[key]), ...forms(zh[key])]) assert.ok(form.trim() !== '', key);
  }
});

test('counted words have the forms their language needs', () => {
  for (const [code, words] of [['en', en], ['zh-CN', zh]]) {
    const needed = new Intl.PluralRules(code).resolvedOptions().pluralCategories;
    for (const [key, entry] of Object.entries(words)) if (typeof entry === 'object') assert.deepEqual(Object.keys(entry).sort(), [...needed].sort(), key);
  }
});

test('every key the page asks for is there', () => {
  for (const { path, text } of sources()) {
    for (const [, key] of text.matchAll(/\bt\('([^']+)'/g)) assert.ok(key in en, `${path}: ${key}`);
    for (const [, prefix] of text.matchAll(/\bt\(`([\w.]+?)\$\{/g)) assert.ok(Object.keys(en).some((key) => key.startsWith(prefix)), `${path}: ${prefix}`);
    for (const [, a, b] of text.matchAll(/\bt\([^()`]*\? '([\w.]+)' : '([\w.]+)'/g)) for (const key of [a, b]) assert.ok(key in en, `${path}: ${key}`);
  }
});

test('every word is used somewhere', () => {
  const all = sources().map(({ text }) => text).join('\n');
  const built = [...all.matchAll(/`([\w.]+[._])\$\{/g)].map((match) => match[1]);
  for (const key of Object.keys(en)) assert.ok(all.includes(`'${key}'`) || built.some((prefix) => key.startsWith(prefix)), `unused: ${key}`);
});

test('every error code of the protocol has its sentence', () => {
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const table = text.split('## Error codes')[1] ?? '';
  for (const [, code] of table.matchAll(/^\| `([a-z_]+)` \|/gm)) assert.ok(`error.${code}` in en, `no sentence for ${code}`);
});

test('filling: names, counts, and what is missing shows itself', () => {
  assert.equal(fill('Hi {name}', 'k', { name: '<b>' }, 'en'), 'Hi <b>');
  assert.equal(fill('Hi {name}', 'k', {}, 'en'), 'Hi {name}');
  assert.equal(fill({ one: '{n} man', other: '{n} men' }, 'k', { n: 1 }, 'en'), '1 man');
  assert.equal(fill({ one: '{n} man', other: '{n} men' }, 'k', { n: 2 }, 'en'), '2 men');
  assert.equal(fill(undefined, 'no.such', {}, 'en'), 'no.such');
});
