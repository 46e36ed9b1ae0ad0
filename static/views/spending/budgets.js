// What one means to spend in a month at most, and how much of it is spent. A budget refuses nothing: it says in time.
import { each, el } from '../../kernel/el.js';
import { computed, effect, untracked } from '../../kernel/signals.js';
import { idOf } from '../../app/actions.js';
import { announce } from '../../app/announcer.js';
import { kindName, monthName } from '../../app/budget-words.js';
import { money } from '../../app/format.js';
import { language, t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { loadBudgets, setBudget } from '../../app/spending.js';
import { state } from '../../app/store.js';
import { budgetKey, standing } from '../../state/budgets.js';
import { fromMinorUnits } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { confirmDialog } from '../confirm.js';
import { icon } from '../icons.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { currencies, pageHead } from './head.js';

/** @typedef {import('../../state/budgets.js').Budget} Budget */
/** @typedef {import('../../kernel/signals.js').Signal<Budget>} BudgetSignal */

const openForm = later(() => import('./budget-form.js'), 'openBudgetForm');

export function Budgets() {
  const { all } = currencies();
  effect(() => {
    if (state.session.value.link === 'online') untracked(() => state.budgets.peek().status !== 'ready' && void loadBudgets());
  });
  const due = computed(() => state.session.value.link === 'online' && state.budgets.value.status === 'ready' && state.budgets.value.stale && !state.budgets.value.loading);
  effect(() => {
    if (due.value) untracked(() => void loadBudgets());
  });
  const kind = computed(() => {
    const { status, list } = state.budgets.value;
    if (status === 'ready') return list.length > 0 ? 'content' : 'empty';
    return status === 'error' && state.budgets.value.error ? 'error' : state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  const add = (/** @type {string} */ look, /** @type {string} */ words) => el('button', { type: 'button', class: `button ${look}`, 'data-testid': 'add-budget', onclick: () => openForm(all.peek().split(' ').filter(Boolean)) }, icon('plus', { size: 20 }), words);
  return el('section', { class: 'page budgets', 'aria-labelledby': 'budgets-title' }, pageHead('budgets-title', t('nav.budgets'), () => (kind.value === 'content' ? add('', t('budget.add_short')) : null)), () => {
    switch (kind.value) {
      case 'content':
        return [el('p', { class: 'muted small budgets-lead' }, t('budget.lead')), el('ul', { class: 'budget-list' }, each(() => state.budgets.value.list, budgetKey, row))];
      case 'empty':
        return emptyState({ icon: 'target', title: t('budget.empty_title'), text: t('budget.lead'), action: add('primary', t('budget.add')) });
      case 'loading':
        return skeleton(3, 'card');
      default:
        return errorState(kind.value === 'offline' ? { code: 'offline' } : state.budgets.peek().error, loadBudgets);
    }
  });
}

/** @param {BudgetSignal} one */
function row(one) {
  const { currency, kind } = one.peek();
  const exponent = exponentOf(state.session.peek(), currency);
  const now = computed(() => (one.value.spent === null ? null : standing(one.value.spent, one.value.amount, exponent)));
  const name = kindName(kind);
  const when = () => (one.value.month ? monthName(one.value.month) : t('budget.every', { month: monthName(one.value.in_month) }));
  const spent = () => t('budget.spent_of', { spent: money(one.value.spent ?? '0', currency), amount: money(one.value.amount, currency) });
  const id = `budget-${budgetKey(one.peek())}`;
  return el('li', { class: () => `panel budget ${now.value?.look ?? ''}`, 'data-testid': 'budget', 'data-look': () => now.value?.look ?? null },
    el('div', { class: 'budget-top' }, el('h2', { id }, name), el('p', { class: 'muted small' }, when), el('span', { class: 'budget-percent' }, () => (now.value ? percentWords(now.value.percent) : ''))),
    () => (now.value ? el('progress', { class: 'flow-bar', max: 1000, value: () => now.value?.bar ?? 0, 'aria-labelledby': id, 'aria-valuetext': spent }) : null),
    el('p', { class: 'budget-words' }, () => (now.value ? [el('span', { 'data-testid': 'budget-spent' }, spent()), el('strong', null, now.value.look === 'fine' ? null : icon('alert', { size: 16 }), left(now.value.left, currency, exponent))] : el('span', { role: 'status' }, t('months.counting')))),
    el('div', { class: 'budget-buttons' },
      el('button', { type: 'button', class: 'link-button', 'data-testid': 'change-budget', 'aria-label': t('budget.change_named', { kind: name }), onclick: () => openForm([currency], one.peek()) }, t('budget.change')),
      el('button', { type: 'button', class: 'link-button danger', 'data-testid': 'drop-budget', 'aria-label': t('budget.drop_named', { kind: name }), onclick: () => drop(one.peek()) }, t('budget.drop'))));
}

/** @param {bigint} percent */
function percentWords(percent) {
  return new Intl.NumberFormat(language.peek(), { style: 'unit', unit: 'percent' }).format(percent);
}

/** @param {bigint} units @param {string} currency @param {number} exponent */
function left(units, currency, exponent) {
  if (units === 0n) return t('budget.all_spent');
  const amount = money(fromMinorUnits(units < 0n ? -units : units, exponent), currency);
  return t(units < 0n ? 'budget.over' : 'budget.left', { amount });
}

/** @param {Budget} one */
function drop(one) {
  const ids = /** @type {Map<string, string>} */ (new Map());
  confirmDialog({ title: t('budget.drop_title'), text: t('budget.drop_text', { kind: kindName(one.kind), amount: money(one.amount, one.currency) }), action: t('budget.drop'), name: 'drop-budget' }, async () => {
    await setBudget(one, null, idOf('', ids));
    announce(t('budget.dropped'));
  });
}
