// On the wallet's page: budgets that are nearly or wholly spent this month, and the ways to months, budgets, cards and accounts.
import { each, el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { serverNow } from '../../app/actions.js';
import { noticeWords } from '../../app/budget-words.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { budgetKey, noticesOf } from '../../state/budgets.js';
import { monthOf } from '../../state/spending.js';
import { icon } from '../icons.js';

/** @typedef {import('../../state/budgets.js').Meant} Meant */

export function BudgetNotes() {
  const month = computed(() => monthOf(serverNow()));
  const all = computed(() => noticesOf(state.budgets.value, month.value));
  const some = computed(() => all.value.length > 0);
  return () => (some.value ? el('ul', { class: 'budget-notes', 'aria-label': t('budget.notes'), 'data-testid': 'budget-notes' }, each(() => all.value, (one) => `${budgetKey(one)} ${one.notice?.percent}`, note)) : null);
}

/** @param {import('../../kernel/signals.js').Signal<Meant>} one */
function note(one) {
  const over = (one.peek().notice?.percent ?? 0) >= 100;
  return el('li', { class: `budget-note ${over ? 'over' : 'near'}`, 'data-testid': 'budget-note' }, icon(over ? 'alert' : 'info', { size: 20 }),
    el('span', null, () => noticeWords(one.value)), el('a', { class: 'link-button', href: '/wallet/budgets' }, t('budget.look')));
}

export function SpendingLinks() {
  return el('nav', { class: 'panel spending-links', 'aria-label': t('months.nav') },
    way('/wallet/months', 'chart', t('nav.months'), t('months.what')),
    way('/wallet/budgets', 'target', t('nav.budgets'), t('budget.what')),
    way('/wallet/methods', 'wallet', t('method.title'), t('method.what')));
}

/** @param {string} href @param {import('../icons.js').IconName} sign @param {string} title @param {string} text */
function way(href, sign, title, text) {
  return el('a', { class: 'history-row', href }, el('span', { class: 'avatar plain', 'aria-hidden': 'true' }, icon(sign, { size: 22 })),
    el('span', { class: 'chat-text' }, el('span', { class: 'chat-name' }, title), el('span', { class: 'chat-last' }, text)), icon('right', { size: 18 }));
}
