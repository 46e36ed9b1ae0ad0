// Setting a budget: for what, for which month, how much. One that is there already gets another amount.
import { el } from '../../kernel/el.js';
import { computed, signal, untracked } from '../../kernel/signals.js';
import { idOf, serverNow } from '../../app/actions.js';
import { announce } from '../../app/announcer.js';
import { kindName, monthName } from '../../app/budget-words.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { setBudget } from '../../app/spending.js';
import { state } from '../../app/store.js';
import { asQuipuError } from '../../sdk/errors.js';
import { BUDGET_KINDS, budgetKey } from '../../state/budgets.js';
import { parseAmount } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { monthBy, monthOf } from '../../state/spending.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { amountField, selectField } from '../flows/maker.js';

/** Months ahead that can be chosen. */
const AHEAD = 12;

/** @param {readonly string[]} currencies of the person @param {import('../../state/budgets.js').Budget} [old] whose amount is changed */
export function openBudgetForm(currencies, old) {
  const codes = currencies.length > 0 ? currencies : [state.session.peek().defaultCurrency];
  const ids = /** @type {Map<string, string>} */ (new Map());
  openDialog({ title: t(old ? 'budget.change_title' : 'budget.add'), name: 'budget-form', firm: true }, (close) => {
    const [kind, month, currency] = [signal(old?.kind ?? 'all'), signal(old?.month ?? ''), signal(old?.currency ?? codes[0] ?? 'CNY')];
    const [typed, shown] = [signal(''), signal(false)];
    const { busy, error, run } = attempt();
    const online = computed(() => state.session.value.link === 'online');
    const exponent = computed(() => exponentOf(state.session.value, currency.value));
    const parsed = computed(() => parseAmount(typed.value, exponent.value));
    const of = () => ({ kind: kind.value, month: month.value || null, currency: currency.value });
    const known = computed(() => state.budgets.value.list.find((one) => budgetKey(one) === budgetKey(of())));
    const fault = () => (parsed.value.ok || (!shown.value && (parsed.value.why === 'empty' || parsed.value.why === 'zero')) ? null : t(`pay.fault.${parsed.value.why}`, { n: exponent.value }));
    const send = (/** @type {Event} */ event) => {
      event.preventDefault();
      shown.value = true;
      const [now, wanted] = [parsed.peek(), of()];
      if (!now.ok || !online.peek()) return /** @type {HTMLElement | null} */ (form.querySelector('.amount-input'))?.focus();
      const wish = `${budgetKey(wanted)} ${now.amount}`;
      return run(async () => {
        try {
          await setBudget(wanted, now.amount, idOf(wish, ids));
          announce(t('budget.set'));
          close();
        } catch (thrown) {
          if (!asQuipuError(thrown).again) ids.delete(wish);
          throw thrown;
        }
      });
    };
    const form = el('form', { class: 'maker-form', novalidate: true, onsubmit: send },
      old ? el('p', { class: 'maker-who' }, kindName(old.kind), ' · ', old.month ? monthName(old.month) : t('budget.each_month')) : choices({ kind, month, currency, codes }),
      () => {
        const code = currency.value;
        return untracked(() => ((typed.value = ''), amountField({ id: 'budget-amount', label: t('budget.amount'), currency: code, fault, onType: (text) => (typed.value = text), below: () => (known.value ? t('budget.now', { amount: money(known.value.amount, known.value.currency) }) : '') })));
      },
      el('p', { class: 'muted small' }, t('budget.refuses_nothing')),
      formFault(() => error.value),
      () => (online.value ? null : el('p', { class: 'flow-why', role: 'status' }, t('state.offline_title'))),
      el('button', { class: 'button primary wide', 'data-testid': 'save-budget', 'aria-disabled': () => String(busy.value || !online.value || !parsed.value.ok) }, () => (error.value?.again ? t('state.retry') : t('action.save'))));
    return form;
  });
}

/** @typedef {import('../../kernel/signals.js').Signal<string>} Text */
/** @param {{ kind: Text, month: Text, currency: Text, codes: readonly string[] }} of */
function choices({ kind, month, currency, codes }) {
  const present = monthOf(serverNow());
  return [
    selectField('budget-kind', t('budget.kind'), BUDGET_KINDS.map((one) => [one, kindName(one)]), kind),
    selectField('budget-month', t('months.month'), [['', t('budget.each_month')], ...Array.from({ length: AHEAD + 1 }, (_, i) => monthBy(present, i)).map((one) => /** @type {[string, string]} */ ([one, monthName(one)]))], month),
    codes.length > 1 ? selectField('budget-currency', t('spending.currency'), codes.map((one) => [one, one]), currency) : null,
  ];
}
