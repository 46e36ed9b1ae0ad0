import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { OWN_CODES } from '../../static/app/fault.js';
import { fill } from '../../static/app/i18n.js';
import { sources } from './sources.mjs';

const wordsIn = (name) => JSON.parse(readFileSync(new URL(`../../static/i18n/${name}.json`, import.meta.url), 'utf8'));
/** What all need at first, and what comes with the screens behind the wallet. */
const [en, zh] = ['en', 'zh-CN'].map((code) => ({ ...wordsIn(code), ...wordsIn(`wallet.${code}`) }));
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

test('words that come with the wallet are asked for only where they have come', () => {
  for (const code of ['en', 'zh-CN']) {
    const [first, later] = [wordsIn(code), wordsIn(`wallet.${code}`)];
    assert.deepEqual(Object.keys(later).filter((key) => key in first), [], 'each word stands in one place');
  }
  const later = wordsIn('wallet.en');
  const there = /^views\/(wallet|spending|funding)\/|^views\/wallet\.js$|^app\/funding-words\.js$/;
  for (const { path, text } of sources().filter((one) => !there.test(one.path))) {
    for (const [, key] of text.matchAll(/\bt\('([^']+)'/g)) assert.ok(!(key in later), `${path}: ${key}`);
    for (const [, a, b] of text.matchAll(/\bt\([^()`]*\? '([\w.]+)' : '([\w.]+)'/g)) for (const key of [a, b]) assert.ok(!(key in later), `${path}: ${key}`);
    for (const [, prefix] of text.matchAll(/\bt\(`([\w.]+?)\$\{/g)) assert.ok(!Object.keys(later).some((key) => key.startsWith(prefix)), `${path}: ${prefix}`);
  }
});

test('every word is used somewhere', () => {
  const all = sources().map(({ text }) => text).join('\n');
  const built = [...all.matchAll(/`([\w.]+[._])\$\{/g)].map((match) => match[1]);
  for (const key of Object.keys(en)) assert.ok(all.includes(`'${key}'`) || built.some((prefix) => key.startsWith(prefix)), `unused: ${key}`);
});

test('every error code of the protocol has its sentence', () => {
  for (const code of codes()) assert.ok(`error.${code}` in en, `no sentence for ${code}`);
});

test('every sentence is of a code of the protocol, or of one that only this client knows', () => {
  const known = codes();
  for (const key of Object.keys(en).filter((key) => key.startsWith('error.'))) assert.notEqual(known.has(key.slice(6)), OWN_CODES.has(key.slice(6)), key);
});

test('the pages of help have the next step for every code in both languages, and no word for nothing', () => {
  const [english, chinese] = ['en', 'zh-CN'].map((code) => wordsIn(`help.${code}`));
  assert.deepEqual(Object.keys(english).sort(), Object.keys(chinese).sort());
  const pages = readFileSync(new URL('../../src/gateway/http/help.rs', import.meta.url), 'utf8');
  const known = codes();
  for (const code of known) assert.ok(`help.${code}.next` in english, `no next step for ${code}`);
  for (const key of Object.keys(english)) {
    const code = /^help\.([a-z_]+)\.(?:next|what)$/.exec(key)?.[1];
    assert.ok(known.has(code) || pages.includes(`"${key}"`), `unused: ${key}`);
    for (const text of [english[key], chinese[key]]) assert.ok(text.trim() !== '' && !text.includes('{'), key);
    assert.match(chinese[key], /\p{Script=Han}/u, key);
  }
  // A sentence with something to fill in needs another one on a page that has nothing to fill in.
  for (const code of known) if (params(en[`error.${code}`]).length > 0) assert.ok(`help.${code}.what` in english, code);
});

test('wherever a refusal is said, the way to its page of help is beside it', () => {
  const saying = sources().filter(({ path, text }) => path !== 'app/fault.js' && /\bsentence\(/.test(text));
  assert.ok(saying.length > 5, 'such places were found');
  for (const { path, text } of saying) assert.match(text, /\bhelp(Link|Path)\(/, path);
});

/** Every code of the protocol, by its document. */
function codes() {
  const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
  const table = text.split('## Error codes')[1] ?? '';
  const found = new Set([...table.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1]));
  assert.ok(found.size > 50, 'the table was read');
  return found;
}

test('filling: names, counts, and what is missing shows itself', () => {
  assert.equal(fill('Hi {name}', 'k', { name: '<b>' }, 'en'), 'Hi <b>');
  assert.equal(fill('Hi {name}', 'k', {}, 'en'), 'Hi {name}');
  assert.equal(fill({ one: '{n} man', other: '{n} men' }, 'k', { n: 1 }, 'en'), '1 man');
  assert.equal(fill({ one: '{n} man', other: '{n} men' }, 'k', { n: 2 }, 'en'), '2 men');
  assert.equal(fill(undefined, 'no.such', {}, 'en'), 'no.such');
});
