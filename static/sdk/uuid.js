// UUIDv7: 48 bits of milliseconds, then a counter within the millisecond, so that ids made here sort in the order they were made.

let last = 0;
let counter = 0;

/** @param {() => number} [now] @param {(bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>} [random] @returns {string} */
export function uuidv7(now = Date.now, random = (bytes) => crypto.getRandomValues(bytes)) {
  const bytes = random(new Uint8Array(16));
  const time = Math.max(now(), last);
  if (time === last) counter = (counter + 1) & 0xfff;
  else counter = ((bytes[6] ?? 0) << 8 | (bytes[7] ?? 0)) & 0x7ff;
  // A full counter borrows the next millisecond; a clock set back does not reorder ids either, by the max above.
  last = time === last && counter === 0 ? time + 1 : time;
  for (let i = 5, rest = last; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
