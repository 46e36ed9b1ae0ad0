// Amounts are decimal strings from end to end; what is compared is compared as whole minor units. No floats.

/** @typedef {{ ok: true, amount: string } | { ok: false, why: 'empty' | 'form' | 'decimals' | 'zero' | 'large' }} ParsedAmount */

/**
 * What a person typed, as the wire's form. Full-width digits of an input method count as digits; a comma with one or two
 * digits behind it is a decimal point, other commas group thousands.
 * @param {string} typed @param {number} exponent @returns {ParsedAmount}
 */
export function parseAmount(typed, exponent) {
  const plain = typed.normalize('NFKC').replace(/[\s¥$€£]/g, '').replace('。', '.');
  if (plain === '') return { ok: false, why: 'empty' };
  const pointed = plain.includes('.') || /,\d{3}(?!\d)/.test(plain) ? plain.replace(/,(?=\d{3}(?!\d))/g, '') : plain.replace(',', '.');
  const match = /^(\d*)(?:\.(\d*))?$/.exec(pointed);
  if (!match || pointed === '.') return { ok: false, why: 'form' };
  const whole = (match[1] ?? '').replace(/^0+(?=\d)/, '') || '0';
  const part = match[2] ?? '';
  if (part.length > exponent) return { ok: false, why: 'decimals' };
  if (whole.length > 12) return { ok: false, why: 'large' };
  if (/^0*$/.test(whole + part)) return { ok: false, why: 'zero' };
  return { ok: true, amount: exponent === 0 ? whole : `${whole}.${part.padEnd(exponent, '0')}` };
}

/** @param {string} amount @param {number} exponent @returns {bigint} */
export function minorUnits(amount, exponent) {
  const negative = amount.startsWith('-');
  const [whole = '0', part = ''] = amount.replace('-', '').split('.');
  const units = BigInt((whole || '0') + part.padEnd(exponent, '0').slice(0, exponent));
  return negative ? -units : units;
}

/** Minor units as the wire's form. @param {bigint} units @param {number} exponent @returns {string} */
export function fromMinorUnits(units, exponent) {
  const digits = (units < 0n ? -units : units).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  return `${units < 0n ? '-' : ''}${whole}${exponent === 0 ? '' : `.${digits.slice(-exponent)}`}`;
}

/** What a payment costs on top, rounded down as the server does. @param {string} amount @param {number} basisPoints @param {number} exponent @returns {string} */
export function feeOn(amount, basisPoints, exponent) {
  return fromMinorUnits((minorUnits(amount, exponent) * BigInt(basisPoints)) / 10_000n, exponent);
}

/** @param {string} a @param {string} b @param {number} exponent @returns {string} */
export function plus(a, b, exponent) {
  return fromMinorUnits(minorUnits(a, exponent) + minorUnits(b, exponent), exponent);
}

/** @param {string} a @param {string} b @param {number} exponent */
export function exceeds(a, b, exponent) {
  return minorUnits(a, exponent) > minorUnits(b, exponent);
}
