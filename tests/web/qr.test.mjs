// The encoder against symbols that another encoder made, and against a decoder that shares nothing with it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { qr } from '../../static/app/qr.js';

const drawn = (modules) => modules.map((row) => row.map((dark) => (dark ? '#' : '.')).join('')).join('\n');

const SMALL = `
#######..#..#.#######
#.....#..##.#.#.....#
#.###.#.#####.#.###.#
#.###.#.##.##.#.###.#
#.###.#.#...#.#.###.#
#.....#.#.#.#.#.....#
#######.#.#.#.#######
........#.###........
#.#####..##.#.#####..
.#.....####......###.
##..###....###....##.
....#..#.#.#....###..
#.#####...##..#.###.#
........##...######..
#######...#.####..##.
#.....#.#.####..###.#
#.###.#.#....##.#####
#.###.#.##.#...##.#..
#.###.#.##.##..#..#..
#.....#....###.##.#..
#######.#...#.####.#.`.trim();

test('a symbol is, module by module, what another encoder draws', () => {
  assert.equal(drawn(qr('HTTP://Q/pay/a')), SMALL);
  // The same encoder's symbols of versions 5 and 10, by the hash of their drawing.
  for (const [text, hash] of [
    ['https://quipu.example/pay/ana?amount=12.50&currency=CNY&note=%E8%8C%B6', '92af3e8647e18f0e2012ad370023e5de58ef7d6a535f01e1a581bfa49dab41f2'],
    ['x'.repeat(213), '5b61c982b56d25234b982f4f8af846b0eceec99e4b8110731fd50415460174a5'],
  ]) assert.equal(createHash('sha256').update(drawn(qr(text))).digest('hex'), hash, text);
});

test('every length that fits is read back, and one byte more than fits is refused', () => {
  const signs = 'https://quipu.example/pay/?&=.%-_~0123456789ABCdef';
  for (let length = 0; length <= 213; length++) {
    const text = Array.from({ length }, (_, i) => signs[(i * 7 + length * 3) % signs.length]).join('');
    assert.equal(read(qr(text)), text, `${length} bytes`);
  }
  assert.equal(qr('x'.repeat(214)), null);
  assert.equal(read(qr('午饭 🍜')), '午饭 🍜');
});

test('each text is drawn in the smallest version, and the same again', () => {
  const most = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213];
  most.forEach((length, i) => {
    assert.equal(qr('a'.repeat(length)).length, 21 + 4 * i);
    if (i > 0) assert.equal(qr('a'.repeat(most[i - 1] + 1)).length, 21 + 4 * i);
  });
  assert.deepEqual(qr('the same'), qr('the same'));
});

test('the mask is the one that the four rules find easiest to read', () => {
  for (const text of ['a', 'https://quipu.example/pay/ana', 'x'.repeat(100), 'x'.repeat(213)]) {
    const modules = qr(text);
    const mask = formatOf(modules).mask;
    const costs = Array.from({ length: 8 }, (_, other) => cost(remasked(modules, mask, other)));
    assert.equal(costs[mask], Math.min(...costs), text);
  }
});

// --- The decoder: by the words of the standard, with no table of the encoder's. ---

const FORMAT_MASK = '101010000010010';
const MASKS = [(i, j) => (i + j) % 2, (i) => i % 2, (i, j) => j % 3, (i, j) => (i + j) % 3, (i, j) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2, (i, j) => ((i * j) % 2) + ((i * j) % 3), (i, j) => (((i * j) % 2) + ((i * j) % 3)) % 2, (i, j) => (((i + j) % 2) + ((i * j) % 3)) % 2];
/** Level M: blocks of each length as (how many, codewords, data codewords), from the standard's table 9. */
const LAYOUT = [[[1, 26, 16]], [[1, 44, 28]], [[1, 70, 44]], [[2, 50, 32]], [[2, 67, 43]], [[4, 43, 27]], [[4, 49, 31]], [[2, 60, 38], [2, 61, 39]], [[3, 58, 36], [2, 59, 37]], [[4, 69, 43], [1, 70, 44]]];

function formatOf(m) {
  const n = m.length;
  const one = [[8, 0], [8, 1], [8, 2], [8, 3], [8, 4], [8, 5], [8, 7], [8, 8], [7, 8], [5, 8], [4, 8], [3, 8], [2, 8], [1, 8], [0, 8]];
  const other = [...Array.from({ length: 7 }, (_, i) => [n - 1 - i, 8]), ...Array.from({ length: 8 }, (_, i) => [8, n - 8 + i])];
  const [a, b] = [one, other].map((places) => places.map(([y, x], i) => Number(m[y][x]) ^ Number(FORMAT_MASK[i])).join(''));
  assert.equal(a, b, 'both copies of the format say the same');
  assert.equal(remainder(parseInt(a, 2), 0b10100110111), 0, 'the format is a codeword');
  assert.equal(a.slice(0, 2), '00', 'level M');
  assert.ok(m[n - 8][8], 'the module that is always dark');
  return { mask: parseInt(a.slice(2, 5), 2) };
}

function remainder(value, divisor) {
  const width = divisor.toString(2).length;
  while (value.toString(2).length >= width) value ^= divisor << (value.toString(2).length - width);
  return value;
}

/** Which modules bear data. */
function isData(n) {
  const version = (n - 17) / 4;
  const count = version === 1 ? 0 : Math.floor(version / 7) + 2;
  const places = count === 0 ? [] : [6, ...Array.from({ length: count - 1 }, (_, i) => n - 7 - (count - 2 - i) * (count === 2 ? 0 : (n - 13) / (count - 1)))];
  const aligned = (y, x) => places.some((a) => places.some((b) => Math.abs(y - a) <= 2 && Math.abs(x - b) <= 2 && !((a === 6 && b === 6) || (a === 6 && b === n - 7) || (a === n - 7 && b === 6))));
  return (y, x) => {
    if (y === 6 || x === 6) return false;
    if ((y < 9 && x < 9) || (y < 9 && x >= n - 8) || (y >= n - 8 && x < 9)) return false;
    if (version >= 7 && ((y < 6 && x >= n - 11) || (x < 6 && y >= n - 11))) return false;
    return !aligned(y, x);
  };
}

function remasked(m, from, to) {
  const bears = isData(m.length);
  const out = m.map((row, y) => row.map((dark, x) => (bears(y, x) ? dark !== (MASKS[from](y, x) === 0) !== (MASKS[to](y, x) === 0) : dark)));
  // The format of the other mask.
  const n = m.length;
  let bits = to << 10;
  bits = (bits | remainder(bits, 0b10100110111)) ^ parseInt(FORMAT_MASK, 2);
  const bit = (i) => ((bits >> (14 - i)) & 1) === 1;
  [[8, 0], [8, 1], [8, 2], [8, 3], [8, 4], [8, 5], [8, 7], [8, 8], [7, 8], [5, 8], [4, 8], [3, 8], [2, 8], [1, 8], [0, 8]].forEach(([y, x], i) => (out[y][x] = bit(i)));
  for (let i = 0; i < 7; i++) out[n - 1 - i][8] = bit(i);
  for (let i = 7; i < 15; i++) out[8][n - 15 + i] = bit(i);
  return out;
}

/** The four rules, counted module by module. */
function cost(m) {
  const n = m.length;
  let sum = 0;
  for (const get of [(a, b) => m[a][b], (a, b) => m[b][a]]) {
    for (let a = 0; a < n; a++) {
      for (let b = 0, run = 0; b < n; b++) {
        run = b > 0 && get(a, b) === get(a, b - 1) ? run + 1 : 1;
        if (run === 5) sum += 3;
        else if (run > 5) sum += 1;
      }
      for (let b = 0; b + 11 <= n; b++) {
        const word = Array.from({ length: 11 }, (_, i) => (get(a, b + i) ? 1 : 0)).join('');
        if (word === '10111010000' || word === '00001011101') sum += 40;
      }
    }
  }
  let dark = 0;
  for (let y = 0; y < n; y++) for (let x = 0; x < n; x++) {
    dark += m[y][x] ? 1 : 0;
    if (y > 0 && x > 0 && new Set([m[y][x], m[y - 1][x], m[y][x - 1], m[y - 1][x - 1]]).size === 1) sum += 3;
  }
  return sum + 10 * Math.floor(Math.abs((dark * 100) / (n * n) - 50) / 5);
}

/** Multiplication in the field, bit by bit. */
function times(a, b) {
  let product = 0;
  for (; b > 0; b >>= 1) {
    if (b & 1) product ^= a;
    a = a & 128 ? (a << 1) ^ 0b100011101 : a << 1;
  }
  return product;
}

function read(m) {
  const n = m.length;
  const version = (n - 17) / 4;
  const { mask } = formatOf(m);
  for (const [y, x] of [[0, 0], [0, n - 7], [n - 7, 0]]) assert.equal(Array.from({ length: 7 }, (_, i) => Array.from({ length: 7 }, (_, k) => (m[y + i][x + k] ? '#' : '.')).join('')).join('/'), '#######/#.....#/#.###.#/#.###.#/#.###.#/#.....#/#######');
  for (let i = 8; i < n - 8; i++) assert.ok(m[6][i] === (i % 2 === 0) && m[i][6] === (i % 2 === 0), 'timing');
  if (version >= 7) {
    for (const at of [(i) => m[n - 11 + (i % 3)][Math.floor(i / 3)], (i) => m[Math.floor(i / 3)][n - 11 + (i % 3)]]) {
      const told = Array.from({ length: 18 }, (_, i) => (at(17 - i) ? '1' : '0')).join('');
      assert.equal(parseInt(told.slice(0, 6), 2), version);
      assert.equal(remainder(parseInt(told, 2), 0b1111100100101), 0, 'the version is a codeword');
    }
  }
  const words = wordsOf(m, mask);
  const blocks = LAYOUT[version - 1].flatMap(([count, all, data]) => Array.from({ length: count }, () => ({ all, data, words: [] })));
  let at = 0;
  for (let i = 0; i < Math.max(...blocks.map((one) => one.data)); i++) for (const one of blocks) if (i < one.data) one.words.push(words[at++]);
  for (let i = 0; i < blocks[0].all - blocks[0].data; i++) for (const one of blocks) one.words.push(words[at++]);
  for (const one of blocks) {
    // Every power of the generator up to the last is a root of a right block.
    for (let k = 0, root = 1; k < one.all - one.data; k++, root = times(root, 2)) assert.equal(one.words.reduce((sum, word) => times(sum, root) ^ word, 0), 0, 'no error to correct');
  }
  const bits = blocks.flatMap((one) => one.words.slice(0, one.data)).map((word) => word.toString(2).padStart(8, '0')).join('');
  assert.equal(bits.slice(0, 4), '0100', 'bytes');
  const wide = version < 10 ? 8 : 16;
  const length = parseInt(bits.slice(4, 4 + wide), 2);
  return Buffer.from(Array.from({ length }, (_, i) => parseInt(bits.slice(4 + wide + 8 * i, 12 + wide + 8 * i), 2))).toString('utf8');
}

function wordsOf(m, mask) {
  const n = m.length;
  const bears = isData(n);
  let bits = '';
  // Pairs of columns from the right; the one of the timing pattern is passed over.
  const columns = Array.from({ length: n }, (_, i) => n - 1 - i).filter((x) => x !== 6);
  for (let pair = 0; pair < columns.length / 2; pair++) {
    for (let step = 0; step < n; step++) {
      const y = pair % 2 === 0 ? n - 1 - step : step;
      for (const x of columns.slice(2 * pair, 2 * pair + 2)) if (bears(y, x)) bits += m[y][x] !== (MASKS[mask](y, x) === 0) ? '1' : '0';
    }
  }
  return (bits.match(/.{8}/g) ?? []).map((word) => parseInt(word, 2));
}
