// Budgets in words: what they are for, and that one is nearly or wholly spent, said where the person is.
import { budgetKey } from '../state/budgets.js';
import { dropNotice, notice } from './announcer.js';
import { money } from './format.js';
import { knows, language, t } from './i18n.js';
import { go } from './router.js';

/** @typedef {import('../state/budgets.js').Meant} Meant */

/** @param {string} kind as the server calls it */
export function kindName(kind) {
  if (kind === 'all') return t('budget.all');
  return knows(`wallet.kind.${kind}`) ? t(`wallet.kind.${kind}`) : kind;
}

/** @param {string} month such as `2026-01` @param {{ short?: boolean, year?: boolean }} [how] */
export function monthName(month, { short = false, year = !short } = {}) {
  return new Intl.DateTimeFormat(language.peek(), { month: short ? 'short' : 'long', timeZone: 'UTC', ...(year ? { year: 'numeric' } : {}) }).format(new Date(`${month}-01T00:00:00Z`));
}

/** @param {Meant} one with a notice */
export function noticeWords(one) {
  const words = { kind: kindName(one.kind), spent: money(one.notice?.spent ?? '0', one.currency), amount: money(one.amount, one.currency), month: monthName(one.notice?.month ?? '', { year: false }) };
  return t((one.notice?.percent ?? 0) >= 100 ? 'budget.reached' : 'budget.near', words);
}

/** @type {Map<string, number>} what was last said of each */
const said = new Map();

/** What was said of the same budget before is said no more. @param {Meant} one */
export function tellBudget(one) {
  dropNotice(said.get(budgetKey(one)) ?? 0);
  said.set(budgetKey(one), notice(noticeWords(one), 'plain', { label: t('budget.look'), act: () => go('/wallet/budgets') }));
}
