// The numbers that the sandbox knows, as far as they show something: pressed, one fills the form. docs/sandbox.md has them all.
import { el } from '../../kernel/el.js';
import { t } from '../../app/i18n.js';

/** @type {Record<'card' | 'bank', Array<[string, string]>>} */
const NUMBERS = {
  card: [
    ['4242 4242 4242 4242', 'at_once'],
    ['4000 0566 5566 5556', 'debit'],
    ['4000 0000 0000 3220', 'confirm'],
    ['4000 0000 0000 0002', 'declined'],
    ['4000 0000 0000 0077', 'later'],
    ['4000 0000 0000 0259', 'called_back'],
  ],
  bank: [
    ['DE89 3704 0044 0532 0130 00', 'bank_at_once'],
    ['AT32 1904 3002 3547 3204', 'bank_later'],
    ['AT86 1904 3002 3547 3202', 'bank_refused'],
    ['AT59 1904 3002 3547 3203', 'bank_returned'],
  ],
};

/** @param {'card' | 'bank'} kind @param {(number: string) => void} pick */
export function TestNumbers(kind, pick) {
  return el('details', { class: 'test-numbers', 'data-testid': 'test-numbers' }, el('summary', null, t('method.tests')), el('p', { class: 'muted small' }, t('method.sandbox')),
    el('ul', null, NUMBERS[kind].map(([number, what]) =>
      el('li', null, el('button', { type: 'button', class: 'test-number', 'data-testid': `test-${what}`, onclick: () => pick(number) }, el('span', { class: 'test-digits' }, number), el('span', { class: 'muted small' }, t(`method.test.${what}`)))))));
}
