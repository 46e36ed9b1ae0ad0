// Cards and bank accounts as they are typed: grouped while one types, judged before they are sent. The server and the bank
// decide; this finds what is surely wrong, so that nobody waits for a refusal. Nothing of it is kept here.

/** @typedef {'visa' | 'mastercard' | 'amex' | 'unionpay' | 'discover' | 'jcb' | 'diners'} Brand */
/** @typedef {Record<string, string>} Faults what is wrong, by the path of the field on the wire */
/** @typedef {{ faults: Faults, wanted: import('../sdk/types.js').WantedMethod | null, brand: string, last_four: string }} Judged */

const FOURS = [4, 4, 4, 4, 3];
/** Of each brand: between which numbers its first four digits lie, how many it has in all, and how they are grouped. @type {Array<{ brand: Brand, starts: Array<[number, number]>, lengths: number[], groups: number[] }>} */
const BRANDS = [
  { brand: 'visa', starts: [[4000, 4999]], lengths: [13, 16, 19], groups: FOURS },
  { brand: 'mastercard', starts: [[5100, 5599], [2221, 2720]], lengths: [16], groups: FOURS },
  { brand: 'amex', starts: [[3400, 3499], [3700, 3799]], lengths: [15], groups: [4, 6, 5] },
  { brand: 'unionpay', starts: [[6200, 6299]], lengths: [16, 17, 18, 19], groups: FOURS },
  { brand: 'discover', starts: [[6011, 6011], [6440, 6599]], lengths: [16, 17, 18, 19], groups: FOURS },
  { brand: 'jcb', starts: [[3528, 3589]], lengths: [16, 17, 18, 19], groups: FOURS },
  { brand: 'diners', starts: [[3000, 3059], [3600, 3699], [3800, 3999]], lengths: [14, 15, 16, 17, 18, 19], groups: [4, 6, 4, 5] },
];
const MOST_DIGITS = 19;
const MOST_IBAN = 34;
const LABEL_CHARS = 40;
/** Digits that a name may have; with more it is a number in the wrong field. */
const NAME_DIGITS = 4;
/** Months for which a card is issued at most. */
const MONTHS_AHEAD = 240;

/** @param {string} typed also by an input method, with wide digits @returns {string} */
export function cardDigits(typed) {
  return typed.normalize('NFKC').replace(/\D/g, '').slice(0, MOST_DIGITS);
}

/** @param {string} digits */
function factsOf(digits) {
  if (digits === '') return null;
  const missing = 10 ** Math.max(0, 4 - digits.length);
  const from = Number(digits.slice(0, 4)) * missing;
  return BRANDS.find(({ starts }) => starts.some(([least, most]) => from >= least && from + missing - 1 <= most)) ?? null;
}

/** Whose card it is, as soon as its first digits say so. @param {string} digits @returns {Brand | null} */
export function brandOf(digits) {
  return factsOf(digits)?.brand ?? null;
}

/** @param {string} brand */
export function codeDigits(brand) {
  return brand === 'amex' ? 4 : 3;
}

/** @param {string} text @param {readonly number[]} sizes the last of them for all the rest */
function grouped(text, sizes) {
  const parts = [];
  for (let at = 0, n = 0; at < text.length; n++) {
    const size = sizes[Math.min(n, sizes.length - 1)] ?? 4;
    parts.push(text.slice(at, at + size));
    at += size;
  }
  return parts.join(' ');
}

/** @param {string} typed @returns {string} as it stands on the card */
export function cardText(typed) {
  const digits = cardDigits(typed);
  return grouped(digits, factsOf(digits)?.groups ?? FOURS);
}

/** Whether the last digit is the check digit of those before it. @param {string} digits */
export function isLuhn(digits) {
  const sum = [...digits].reverse().reduce((all, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 1 : 2);
    return all + (value > 9 ? value - 9 : value);
  }, 0);
  return digits !== '' && sum % 10 === 0;
}

/** @param {string} digits @returns {string | null} */
function numberFault(digits) {
  if (digits === '') return 'number_empty';
  const facts = factsOf(digits);
  if (!facts) return digits.length < 4 ? 'number_length' : 'number_brand';
  if (!facts.lengths.includes(digits.length)) return 'number_length';
  return isLuhn(digits) ? null : 'number_wrong';
}

/** @param {string} typed @returns {string} without what stands between */
export function ibanPlain(typed) {
  return typed.normalize('NFKC').toUpperCase().replace(/[^A-Z0-9]/g, '').slice(0, MOST_IBAN);
}

/** @param {string} typed */
export function ibanText(typed) {
  return grouped(ibanPlain(typed), [4]);
}

/** @param {string} iban without spaces */
export function isIban(iban) {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false;
  let rest = 0;
  for (const char of iban.slice(4) + iban.slice(0, 4)) rest = Number(`${rest}${/\d/.test(char) ? char : char.charCodeAt(0) - 55}`) % 97;
  return rest === 1;
}

/** @param {string} iban @returns {string | null} */
function ibanFault(iban) {
  if (iban === '') return 'iban_empty';
  if (!/^[A-Z]{2}\d{2}/.test(iban)) return 'iban_form';
  return isIban(iban) ? null : 'iban_wrong';
}

/** The text in its groups, and where the caret stands in it. @param {string} text @param {number} caret @param {(text: string) => string} shape */
export function regrouped(text, caret, shape) {
  return { text: shape(text), caret: shape(text.slice(0, caret)).length };
}

/** An expiry as it is shown while one types: the stroke comes by itself. @param {string} typed */
export function expiryText(typed) {
  const plain = typed.normalize('NFKC').trim();
  const iso = /^(\d{4})-(\d{2})$/.exec(plain); // as a browser may fill it in
  if (iso) return `${iso[2]}/${(iso[1] ?? '').slice(2)}`;
  const digits = plain.replace(/\D/g, '');
  const whole = /^[2-9]/.test(digits) || /^\d\s*\//.test(plain) ? `0${digits}` : digits;
  return whole.length < 2 ? whole : `${whole.slice(0, 2)}/${whole.slice(2, 6)}`;
}

/** @param {string} typed such as `05/29` @param {number} now in milliseconds @returns {{ month: string | null, fault: string | null }} the month as the wire has it */
export function judgedExpiry(typed, now) {
  const plain = typed.normalize('NFKC').trim();
  if (plain === '') return { month: null, fault: 'expiry_empty' };
  const found = /^(\d{1,2})\s*[/.-]?\s*(\d{4}|\d{2})$/.exec(plain);
  const [month, year] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  if (month < 1 || month > 12) return { month: null, fault: 'expiry_form' };
  const full = year < 100 ? 2000 + year : year;
  const date = new Date(now);
  const ahead = (full - date.getUTCFullYear()) * 12 + (month - 1 - date.getUTCMonth());
  if (ahead < 0) return { month: null, fault: 'expiry_passed' };
  if (ahead > MONTHS_AHEAD) return { month: null, fault: 'expiry_far' };
  return { month: `${full}-${String(month).padStart(2, '0')}`, fault: null };
}

/** @param {string} month such as `2027-01` @returns {string} as it stands on the card */
export function expiryOf(month) {
  return `${month.slice(5)}/${month.slice(2, 4)}`;
}

/** @param {string} typed @param {string} brand empty when it is not known yet @returns {string | null} */
export function codeFault(typed, brand) {
  const code = codeOf(typed);
  return (brand === '' ? code.length === 3 || code.length === 4 : code.length === codeDigits(brand)) ? null : 'code';
}

/** @param {string} typed */
export function codeOf(typed) {
  return typed.normalize('NFKC').replace(/\D/g, '').slice(0, 4);
}

/** @param {string} typed @returns {string | null} */
function holderFault(typed) {
  if (typed.trim() === '') return 'holder_empty';
  return typed.replace(/\D/g, '').length > NAME_DIGITS ? 'holder_number' : null;
}

/** Without those that are none. @param {Record<string, string | null>} all @returns {Faults} */
function faultsOf(all) {
  return Object.fromEntries(Object.entries(all).flatMap(([param, fault]) => (fault === null ? [] : [[param, fault]])));
}

/** @param {string} typed */
function labelOf(typed) {
  return [...typed.trim()].slice(0, LABEL_CHARS).join('') || undefined;
}

/** @param {{ number: string, expires: string, code: string, holder: string, label: string }} typed @param {number} now in milliseconds @returns {Judged} */
export function judgedCard(typed, now) {
  const digits = cardDigits(typed.number);
  const brand = brandOf(digits) ?? '';
  const { month, fault } = judgedExpiry(typed.expires, now);
  const faults = faultsOf({ 'card.number': numberFault(digits), 'card.expires': fault, 'card.code': codeFault(typed.code, brand), 'card.holder': holderFault(typed.holder) });
  const card = { number: digits, expires: month ?? '', code: codeOf(typed.code), holder: typed.holder.trim() };
  return { faults, brand, last_four: digits.slice(-4), wanted: Object.keys(faults).length === 0 ? { card, label: labelOf(typed.label) } : null };
}

/** @param {{ iban: string, holder: string, label: string }} typed @returns {Judged} */
export function judgedBank(typed) {
  const iban = ibanPlain(typed.iban);
  const faults = faultsOf({ 'bank.iban': ibanFault(iban), 'bank.holder': holderFault(typed.holder) });
  return { faults, brand: iban.slice(0, 2), last_four: iban.slice(-4), wanted: Object.keys(faults).length === 0 ? { bank: { iban, holder: typed.holder.trim() }, label: labelOf(typed.label) } : null };
}
