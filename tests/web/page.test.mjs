import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { brotliCompressSync } from 'node:zlib';
import { root, sources } from './sources.mjs';

const html = readFileSync(new URL('index.html', root), 'utf8');
const imports = (text) => [...text.matchAll(/^(?:import|export)\s[^'"]*?from '([^']+)'|^import '([^']+)'/gm)].map((match) => match[1] ?? match[2]);

/** What is fetched when it is first opened. */
const openings = (text) => [...text.matchAll(/\bimport\('([^']+)'\)/g)].map((match) => match[1]);

/** Every module that a page loads, by following its imports; with what it may load later, or without. */
function graph(main = 'main.js', opened = false) {
  const found = new Set();
  const walk = (path) => {
    if (found.has(path)) return;
    found.add(path);
    const text = readFileSync(new URL(path, root), 'utf8');
    for (const to of [...imports(text), ...(opened ? openings(text) : [])]) {
      assert.match(to, /^\.\.?\//, `${path} imports ${to}: there are no packages at run time`);
      walk(posix.join(posix.dirname(path), to));
    }
  };
  walk(main);
  return found;
}

test('the page preloads exactly the modules it imports', () => {
  const listed = [...html.matchAll(/<link rel="modulepreload" href="\/static\/([^"]+)">/g)].map((match) => match[1]);
  assert.deepEqual([...listed, 'main.js'].sort(), [...graph()].sort());
  assert.equal(new Set(listed).size, listed.length);
});

test('what the page loads at first is at most 180 KB on the wire', () => {
  const listed = [...html.matchAll(/"\/static\/([^"]+\.(?:js|css|svg|webmanifest))"/g)].map((match) => match[1]);
  const sizes = [...new Set([...listed, 'index.html', 'i18n/en.json'])].map((path) => brotliCompressSync(readFileSync(new URL(path, root))).length);
  const sum = sizes.reduce((all, one) => all + one, 0);
  assert.ok(sizes.length > 100 && sum <= 180 * 1024, `${sum} bytes: fetch later what is not needed at first`);
});

test('no module is there for nothing', () => {
  // types.js holds shapes only: it is read by the type checker, never by the page. file-store.js is for programs.
  const used = new Set([...graph('main.js', true), ...graph('docs/main.js'), 'sdk/types.js', 'sdk/file-store.js']);
  assert.deepEqual(sources().map(({ path }) => path), [...used].sort());
});

test('the page has nothing inline, and nothing from elsewhere', () => {
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:\/\//);
});

test('no way from a string to markup or code', () => {
  const doors = /\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|setHTMLUnsafe|DOMParser|srcdoc\s*=|eval\(|new Function|setAttribute\('style)/;
  for (const { path, text } of sources()) {
    const code = path === 'kernel/el.js' ? text.replace(/const REFUSED = .*/, '') : text;
    assert.doesNotMatch(code, doors, path);
    assert.doesNotMatch(text, /set(Timeout|Interval)\(['"`]/, path);
  }
});

test('no secret is kept where scripts can read it', () => {
  for (const { path, text } of sources()) assert.doesNotMatch(text, /(local|session)Storage\.setItem\([^)]*(token|password)/i, path);
});

test('layers: the kernel knows nothing, state and the client library know no page', () => {
  const allowed = { kernel: ['kernel'], sdk: ['sdk'], state: ['state', 'sdk'], app: ['app', 'state', 'sdk', 'kernel'], views: ['views', 'app', 'state', 'sdk', 'kernel'] };
  for (const { path, text } of sources()) {
    const from = path.split('/')[0];
    if (!(from in allowed)) continue;
    for (const to of [...imports(text), ...openings(text)]) assert.ok(allowed[from].includes(posix.join(posix.dirname(path), to).split('/')[0]), `${path} imports ${to}`);
    if (from !== 'app' && from !== 'views' && from !== 'kernel') assert.doesNotMatch(text.replace(/\/\*\*[\s\S]*?\*\//g, '').replace(/\/\/.*/g, ''), /\b(document|window|location|localStorage)\b\./, `${path} knows the page`);
  }
});

test('files stay readable: at most 300 lines, and names that say what they hold', () => {
  for (const { path, text } of sources()) {
    assert.ok(text.split('\n').length <= 301, `${path} is too long`);
    assert.doesNotMatch(path, /(utils?|helpers?|common|manager)/i);
    assert.match(text.split('\n')[0], /^\/\/ /, `${path} does not say what it is`);
  }
});
