// The draw of a lucky red packet, done again from its published seed as docs/red-packets.md tells it: whoever was in the
// conversation can check what each share held. Knows nothing of the server. Runs in pages (https or localhost) and in Node.

/** The most shares of one packet. */
export const MAX_SHARES = 10_000;
/** The most minor units of one packet. */
export const MAX_TOTAL = 1n << 62n;

const STREAM_DOMAIN = 'quipu.draw.v1';
const COMMIT_DOMAIN = 'quipu.draw.commit.v1';
const TWO_TO_64 = 1n << 64n;

/** @param {string} text 64 hexadecimal digits @returns {Uint8Array<ArrayBuffer>} */
function seedOf(text) {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new RangeError('a seed is 64 hexadecimal digits');
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** @param {bigint | number} total @param {number} count @returns {bigint} the total */
function checked(total, count) {
  const minor = BigInt(total);
  if (!Number.isInteger(count) || count < 1 || count > MAX_SHARES) throw new RangeError(`a packet has 1 to ${MAX_SHARES} shares`);
  if (minor < BigInt(count) || minor > MAX_TOTAL) throw new RangeError('a packet has at least one minor unit a share, at most 2^62');
  return minor;
}

/** @param {bigint} number @returns {Uint8Array<ArrayBuffer>} 8 bytes, big-endian */
function eightBytes(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, number);
  return bytes;
}

/** @param {string} domain @param {Uint8Array<ArrayBuffer>[]} parts @returns {Promise<ArrayBuffer>} */
function sha256(domain, ...parts) {
  return new Blob([domain, ...parts]).arrayBuffer().then((bytes) => crypto.subtle.digest('SHA-256', bytes));
}

/** The numbers that follow from a seed, 0 to 2^64 - 1. @param {Uint8Array<ArrayBuffer>} seed @returns {AsyncGenerator<bigint, never>} */
async function* numbers(seed) {
  for (let counter = 0n; ; counter++) {
    const block = new DataView(await sha256(STREAM_DOMAIN, seed, eightBytes(counter)));
    for (const at of [0, 8, 16, 24]) yield block.getBigUint64(at);
  }
}

/** @param {AsyncGenerator<bigint, never>} stream @param {bigint} n @returns {Promise<bigint>} uniform from 0 to n - 1 */
async function below(stream, n) {
  const bound = TWO_TO_64 - (TWO_TO_64 % n);
  for (;;) {
    const { value } = await stream.next();
    if (value < bound) return value % n;
  }
}

/**
 * The shares of a lucky packet in the order in which they are claimed.
 * @param {string} seedHex @param {bigint | number} total minor units @param {number} count
 * @returns {Promise<bigint[]>} minor units
 */
export async function drawShares(seedHex, total, count) {
  let left = checked(total, count);
  const stream = numbers(seedOf(seedHex));
  /** @type {bigint[]} */
  const shares = [];
  for (let sharesLeft = BigInt(count); sharesLeft > 1n; sharesLeft--) {
    const twiceTheMean = (2n * left) / sharesLeft;
    const most = left - (sharesLeft - 1n);
    const share = 1n + (await below(stream, twiceTheMean < most ? twiceTheMean : most));
    shares.push(share);
    left -= share;
  }
  shares.push(left);
  for (let last = count - 1; last > 0; last--) {
    const other = Number(await below(stream, BigInt(last + 1)));
    [shares[last], shares[other]] = [/** @type {bigint} */ (shares[other]), /** @type {bigint} */ (shares[last])];
  }
  return shares;
}

/**
 * What the packet showed when it was made, if this is its seed.
 * @param {string} seedHex @param {bigint | number} total minor units @param {number} count
 * @returns {Promise<string>} 64 hexadecimal digits
 */
export async function commitment(seedHex, total, count) {
  const hash = await sha256(COMMIT_DOMAIN, seedOf(seedHex), eightBytes(checked(total, count)), eightBytes(BigInt(count)));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
