// The draw done again by docs/red-packets.md alone, against what the server draws.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { commitment, drawShares, MAX_SHARES, MAX_TOTAL } from '../../static/sdk/draw.js';

const golden = JSON.parse(readFileSync(new URL('../golden/draw.json', import.meta.url), 'utf8'));
const SEED = golden[0].seed;

test('every golden packet is drawn again, share by share, and its commitment is that of its seed', async () => {
  assert.ok(golden.length > 40 && golden.some(({ count }) => count === MAX_SHARES) && golden.some(({ total }) => BigInt(total) === MAX_TOTAL));
  for (const { seed, total, count, commitment: shown, shares } of golden) {
    const drawn = await drawShares(seed, BigInt(total), count);
    assert.equal(drawn.join(' '), shares, `${total} in ${count}`);
    assert.equal(drawn.reduce((sum, share) => sum + share, 0n), BigInt(total));
    assert.equal(await commitment(seed, BigInt(total), count), shown);
  }
});

test('another seed, total or count gives other shares and another commitment', async () => {
  const of = async (...packet) => [(await drawShares(...packet)).join(), await commitment(...packet)];
  const [shares, shown] = await of(SEED, 1000n, 4);
  for (const other of [[SEED.replace('0001', '0002'), 1000n, 4], [SEED, 1001n, 4], [SEED, 1000n, 5]]) {
    const [otherShares, otherShown] = await of(...other);
    assert.ok(otherShares !== shares && otherShown !== shown, String(other));
  }
  assert.deepEqual(await of(SEED.toUpperCase(), 1000, 4), [shares, shown], 'digits may be capitals, a total a number');
});

test('what is no packet or no seed is refused', async () => {
  const packets = [[SEED, 3n, 4], [SEED, 0n, 1], [SEED, 10n, 0], [SEED, 10n, 1.5], [SEED, 1.5, 1], [SEED, 99_999n, MAX_SHARES + 1], [SEED, MAX_TOTAL + 1n, 2], [SEED.slice(2), 10n, 2], [`${SEED.slice(1)}g`, 10n, 2]];
  for (const packet of packets) {
    await assert.rejects(drawShares(...packet), RangeError, String(packet));
    await assert.rejects(commitment(...packet), RangeError, String(packet));
  }
});
