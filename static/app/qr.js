// QR codes as ISO/IEC 18004 has them: bytes, error correction M, versions 1 to 10. One pure function, from a text to modules.

/** By version, from 1 on: codewords in all, those for correction in each block, blocks, and where alignment patterns stand. */
const TOTAL = [26, 44, 70, 100, 134, 172, 196, 242, 292, 346];
const CORRECTION = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5];
const ALIGNMENT = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50]];

/** Whether a mask turns the module of a row and a column. @type {Array<(y: number, x: number) => boolean>} */
const MASKS = [
  (y, x) => (y + x) % 2 === 0,
  (y) => y % 2 === 0,
  (_, x) => x % 3 === 0,
  (y, x) => (y + x) % 3 === 0,
  (y, x) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (y, x) => ((y * x) % 2) + ((y * x) % 3) === 0,
  (y, x) => (((y * x) % 2) + ((y * x) % 3)) % 2 === 0,
  (y, x) => (((y + x) % 2) + ((y * x) % 3)) % 2 === 0,
];

/** The field of 256 elements over x^8 + x^4 + x^3 + x^2 + 1: powers of its generator, and their logarithms. */
const POWER = new Uint8Array(255);
const LOG = new Uint8Array(256);
for (let i = 0, value = 1; i < 255; i++) {
  POWER[i] = value;
  LOG[value] = i;
  value = (value << 1) ^ (value & 128 ? 0x11d : 0);
}

/** @param {number} a @param {number} b @returns {number} */
function times(a, b) {
  return a === 0 || b === 0 ? 0 : at(POWER, (at(LOG, a) + at(LOG, b)) % 255);
}

/** What is certainly there. @template T @param {ArrayLike<T>} list @param {number} i @returns {T} */
function at(list, i) {
  return /** @type {T} */ (list[i]);
}

/** Bytes of data in a symbol. @param {number} version */
function room(version) {
  return at(TOTAL, version - 1) - at(CORRECTION, version - 1) * at(BLOCKS, version - 1);
}

/** Bits of the count of bytes. @param {number} version */
function countBits(version) {
  return version < 10 ? 8 : 16;
}

/** The modules of a text's symbol, row by row, true for dark; null when it is too long for version 10. @param {string} text @returns {boolean[][] | null} */
export function qr(text) {
  const bytes = new TextEncoder().encode(text);
  const version = TOTAL.findIndex((_, i) => 4 + countBits(i + 1) + 8 * bytes.length <= 8 * room(i + 1)) + 1;
  if (version === 0) return null;
  const words = withCorrection(dataOf(bytes, version), version);
  const { dark, fixed } = frame(version);
  fill(dark, fixed, words);
  let best = /** @type {{ modules: boolean[][], cost: number } | null} */ (null);
  for (let mask = 0; mask < MASKS.length; mask++) {
    const modules = dark.map((row, y) => row.map((on, x) => (at(at(fixed, y), x) ? on : on !== at(MASKS, mask)(y, x))));
    drawFormat(modules, mask);
    const cost = penalty(modules);
    if (!best || cost < best.cost) best = { modules, cost };
  }
  return best?.modules ?? null;
}

/** Mode, count, bytes, end, and what fills up the rest. @param {Uint8Array} bytes @param {number} version @returns {number[]} */
function dataOf(bytes, version) {
  /** @type {number[]} */
  const bits = [];
  const put = (/** @type {number} */ value, /** @type {number} */ length) => {
    for (let i = length - 1; i >= 0; i--) bits.push((value >> i) & 1);
  };
  put(4, 4);
  put(bytes.length, countBits(version));
  for (const byte of bytes) put(byte, 8);
  const all = 8 * room(version);
  put(0, Math.min(4, all - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let odd = false; bits.length < all; odd = !odd) put(odd ? 0x11 : 0xec, 8);
  return Array.from({ length: all / 8 }, (_, i) => parseInt(bits.slice(8 * i, 8 * i + 8).join(''), 2));
}

/** The data in blocks with what corrects each, woven into one another. @param {number[]} data @param {number} version @returns {number[]} */
function withCorrection(data, version) {
  const [blocks, length] = [at(BLOCKS, version - 1), at(CORRECTION, version - 1)];
  const short = Math.floor(data.length / blocks);
  const long = data.length % blocks;
  const divisor = generator(length);
  let from = 0;
  const parts = Array.from({ length: blocks }, (_, i) => data.slice(from, (from += short + (i >= blocks - long ? 1 : 0))));
  const checks = parts.map((part) => remainder(part, divisor));
  const woven = (/** @type {number[][]} */ lists, /** @type {number} */ most) => Array.from({ length: most }, (_, i) => lists.flatMap((list) => (i < list.length ? [at(list, i)] : []))).flat();
  return [...woven(parts, short + 1), ...woven(checks, length)];
}

/** The product of (x - g^i), without its leading one. @param {number} degree @returns {number[]} */
function generator(degree) {
  let product = [1];
  for (let i = 0; i < degree; i++) product = [...product, 0].map((value, k) => value ^ (k > 0 ? times(at(product, k - 1), at(POWER, i)) : 0));
  return product.slice(1);
}

/** @param {number[]} data @param {number[]} divisor @returns {number[]} */
function remainder(data, divisor) {
  let rest = divisor.map(() => 0);
  for (const byte of data) {
    const factor = byte ^ at(rest, 0);
    rest = divisor.map((value, i) => (rest[i + 1] ?? 0) ^ times(value, factor));
  }
  return rest;
}

/** What is the same in every symbol of a version, and which modules that takes. @param {number} version */
function frame(version) {
  const size = 17 + 4 * version;
  const dark = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
  const fixed = dark.map((row) => [...row]);
  const set = (/** @type {number} */ y, /** @type {number} */ x, /** @type {boolean} */ on) => {
    if (y < 0 || x < 0 || y >= size || x >= size) return;
    at(dark, y)[x] = on;
    at(fixed, y)[x] = true;
  };
  /** Rings around a middle: those of these distances are light. @param {number} y @param {number} x @param {number} reach @param {number[]} light */
  const rings = (y, x, reach, light) => {
    for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) set(y + dy, x + dx, !light.includes(Math.max(Math.abs(dy), Math.abs(dx))));
  };
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  const places = at(ALIGNMENT, version - 1);
  const last = places.length - 1;
  places.forEach((y, i) => places.forEach((x, k) => ((i === 0 && k === 0) || (i === 0 && k === last) || (i === last && k === 0) ? undefined : rings(y, x, 2, [1]))));
  for (const [y, x] of /** @type {Array<[number, number]>} */ ([[3, 3], [3, size - 4], [size - 4, 3]])) rings(y, x, 4, [2, 4]);
  // The places of the format are taken before the data comes; drawFormat writes them.
  for (let i = 0; i < 9; i++) for (const [y, x] of /** @type {Array<[number, number]>} */ ([[8, i], [i, 8]])) if (!at(at(fixed, y), x)) set(y, x, false);
  for (let i = 1; i <= 8; i++) for (const [y, x] of /** @type {Array<[number, number]>} */ ([[8, size - i], [size - i, 8]])) set(y, x, false);
  if (version >= 7) {
    const bits = (version << 12) | checkBits(version, 12, 0x1f25);
    for (let i = 0; i < 18; i++) {
      const [far, near] = [size - 11 + (i % 3), Math.floor(i / 3)];
      set(far, near, ((bits >> i) & 1) === 1);
      set(near, far, ((bits >> i) & 1) === 1);
    }
  }
  return { dark, fixed };
}

/** The rest of a division of bits. @param {number} value @param {number} length of the rest @param {number} divisor @returns {number} */
function checkBits(value, length, divisor) {
  let rest = value << length;
  for (let i = 31 - Math.clz32(rest); i >= length; i--) if ((rest >> i) & 1) rest ^= divisor << (i - length);
  return rest;
}

/** The level, which is M and has the bits 00, and the mask, twice. @param {boolean[][]} modules @param {number} mask */
function drawFormat(modules, mask) {
  const size = modules.length;
  const bits = ((mask << 10) | checkBits(mask, 10, 0x537)) ^ 0x5412;
  const set = (/** @type {number} */ y, /** @type {number} */ x, /** @type {number} */ i) => {
    at(modules, y)[x] = ((bits >> i) & 1) === 1;
  };
  for (let i = 0; i < 15; i++) {
    // Around the upper left finder, past the timing patterns.
    if (i < 8) set(i < 6 ? i : i + 1, 8, i);
    else set(8, i === 8 ? 7 : 14 - i, i);
    // Along the two others.
    if (i < 8) set(8, size - 1 - i, i);
    else set(size - 15 + i, 8, i);
  }
  at(modules, size - 8)[8] = true;
}

/** Lays the bits of the words out, upwards and downwards in pairs of columns from the right. @param {boolean[][]} dark @param {boolean[][]} fixed @param {number[]} words */
function fill(dark, fixed, words) {
  const size = dark.length;
  let i = 0;
  let up = true;
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5; // the column of the timing pattern
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (at(at(fixed, y), x)) continue;
        at(dark, y)[x] = (((words[i >> 3] ?? 0) >> (7 - (i & 7))) & 1) === 1;
        i++;
      }
    }
    up = !up;
  }
}

/** How hard a symbol is to read, by the four rules of the standard. @param {boolean[][]} modules @returns {number} */
function penalty(modules) {
  const lines = [...modules, ...modules.map((_, x) => modules.map((row) => at(row, x)))].map((line) => line.map((on) => (on ? '1' : '0')).join(''));
  let cost = 0;
  for (const line of lines) {
    for (const run of line.match(/0{5,}|1{5,}/g) ?? []) cost += run.length - 2;
    // What looks like a finder; looked for ahead, so that two may share their light side.
    cost += 40 * ((line.match(/(?=10111010000)/g) ?? []).length + (line.match(/(?=00001011101)/g) ?? []).length);
  }
  for (let y = 1; y < modules.length; y++) {
    for (let x = 1; x < modules.length; x++) {
      const [above, here] = [at(modules, y - 1), at(modules, y)];
      if (above[x] === here[x] && above[x - 1] === here[x] && here[x - 1] === here[x]) cost += 3;
    }
  }
  const share = (100 * modules.flat().filter(Boolean).length) / modules.length ** 2;
  return cost + 10 * Math.floor(Math.abs(share - 50) / 5);
}
