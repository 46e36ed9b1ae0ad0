// Every operation of the protocol is reached by clicks in some walk of the browser tests.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ELSEWHERE, WALKS } from '../e2e/walked.mjs';

test('some walk is held to each operation of the catalogue', () => {
  const catalogue = Object.keys(JSON.parse(readFileSync(new URL('../golden/operations.json', import.meta.url), 'utf8')));
  assert.ok(catalogue.length > 40, 'the catalogue was read');
  const walked = new Set(Object.values(WALKS).flat());
  assert.deepEqual(catalogue.filter((op) => !walked.has(op) && !(op in ELSEWHERE)), []);
  assert.deepEqual(Object.keys(ELSEWHERE).filter((op) => walked.has(op) || !catalogue.includes(op)), [], 'no excuse without need');
});

test('each walk that is held to something is there', () => {
  for (const name of Object.keys(WALKS)) {
    const walk = readFileSync(new URL(`../e2e/${name}.test.mjs`, import.meta.url), 'utf8');
    assert.match(walk, new RegExp(`new Walked\\('${name}'\\)`));
  }
});
