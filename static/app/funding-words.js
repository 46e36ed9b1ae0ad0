// Cards, bank accounts, top-ups and withdrawals in words.
import { expiryOf } from '../state/methods.js';
import { money } from './format.js';
import { knows, language, t } from './i18n.js';

/** @typedef {import('../sdk/types.js').Method} Method */
/** @typedef {import('../sdk/types.js').Funding} Funding */

/** A card's brand; of a bank account, whose country it is, that. @param {string} brand */
export function brandName(brand) {
  if (/^[A-Z]{2}$/.test(brand)) return t('method.account_in', { country: countryName(brand) });
  return knows(`method.brand.${brand}`) ? t(`method.brand.${brand}`) : brand;
}

/** @param {string} code */
export function countryName(code) {
  return new Intl.DisplayNames([language.peek()], { type: 'region' }).of(code) ?? code;
}

/** @param {{ brand: string, last_four: string }} one */
export function methodName({ brand, last_four: last }) {
  return t('method.name', { brand: brandName(brand), last });
}

/** @param {string} month such as `2027-01` */
export function expiresWords(month) {
  return t('method.expires_on', { month: expiryOf(month) });
}

/** How it stands, in a word or two; a state that is new to this version in the server's. @param {Pick<Funding, 'kind' | 'state'>} one */
export function standingWords({ kind, state }) {
  const key = `funding.state.${kind}.${state}`;
  return knows(key) ? t(key) : state;
}

/** What that means, and what to do about it. @param {Funding} one @returns {string[]} */
export function meaningWords({ kind, state, reason, late, review }) {
  const key = `funding.text.${kind}.${state}`;
  return [knows(key) ? t(key) : '', reason ? reasonWords(reason) : '', late ? t('funding.late') : '', review ? t('funding.review') : ''].filter((words) => words !== '');
}

/** Why a bank refused it. @param {unknown} reason */
export function reasonWords(reason) {
  return knows(`funding.reason.${reason}`) ? t(`funding.reason.${reason}`) : '';
}

/** What is told of it to whoever looks elsewhere, if anything. @param {Funding} one @returns {string | null} */
export function toldWords({ kind, state, amount, currency }) {
  const key = `funding.told.${kind}.${state}`;
  return knows(key) ? t(key, { amount: money(amount, currency) }) : null;
}
