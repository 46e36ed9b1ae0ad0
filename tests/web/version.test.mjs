// The page against the server's version.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VERSION } from '../../static/app/version.js';
import { isOlder } from '../../static/state/version.js';

test('versions are compared number by number', () => {
  for (const [one, other] of [['0.1.0', '0.1.1'], ['0.9.0', '0.10.0'], ['1.9.9', '2.0.0']]) {
    assert.ok(isOlder(one, other));
    assert.ok(!isOlder(other, one) && !isOlder(one, one));
  }
  for (const odd of ['', 'new', '1.2']) assert.ok(!isOlder(odd, '1.0.0') && !isOlder('1.0.0', odd));
});

test('the page has the version of the program that it is built into', () => {
  const cargo = readFileSync(new URL('../../Cargo.toml', import.meta.url), 'utf8');
  assert.equal(/^version = "(.+)"$/m.exec(cargo)?.[1], VERSION);
});
