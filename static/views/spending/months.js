// What came and went, month by month: the last six as bars, and one of them by what it was for.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { serverNow } from '../../app/actions.js';
import { kindName, monthName } from '../../app/budget-words.js';
import { sentence } from '../../app/fault.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { interrupted } from '../../app/link.js';
import { go, route } from '../../app/router.js';
import { loadMonths } from '../../app/spending.js';
import { state } from '../../app/store.js';
import { asQuipuError } from '../../sdk/errors.js';
import { exponentOf } from '../../state/session.js';
import { monthIn, monthOf, monthsUpTo, sumsOf } from '../../state/spending.js';
import { accountOf } from '../../state/wallet.js';
import { helpLink } from '../help-link.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { Chart, shareLine } from './chart.js';
import { currencies, pageHead } from './head.js';

/** @typedef {import('../../state/spending.js').Summary} Summary */

const SHOWN = 6;

export function Months() {
  const { one: currency, choice } = currencies();
  const present = computed(() => monthOf(serverNow()));
  const months = computed(() => monthsUpTo(present.value, SHOWN).join(' '));
  const chosen = computed(() => monthIn(new URLSearchParams(route.value.search).get('month')) ?? present.value);
  const pick = (/** @type {string} */ month) => go(month === present.peek() ? '/wallet/months' : `/wallet/months?month=${month}`, { replace: true });
  const { known, error, load } = kept(currency, months, chosen);
  const about = computed(() => known.value[`${currency.value} ${chosen.value}`] ?? null);
  const some = computed(() => Object.keys(known.value).some((key) => key.startsWith(currency.value)));
  const kind = computed(() => (some.value ? 'content' : error.value ? 'error' : state.session.value.link === 'offline' ? 'offline' : 'loading'));
  const chart = () => {
    const [all, code] = [known.value, currency.value];
    return untracked(() => Chart({ months: months.value.split(' '), summary: (month) => all[`${code} ${month}`] ?? null, currency: code, exponent: exponentOf(state.session.value, code), chosen: () => chosen.value, pick }));
  };
  return el('section', { class: 'page months', 'aria-labelledby': 'months-title' }, pageHead('months-title', t('nav.months'), choice), () => {
    if (kind.value === 'loading') return skeleton(3, 'card');
    if (kind.value !== 'content') return errorState(kind.value === 'offline' ? { code: 'offline' } : error.peek(), load);
    return [
      () => (error.value ? el('p', { class: 'form-fault', role: 'alert' }, sentence(error.value), ' ', helpLink(error.value)) : null),
      el('section', { class: 'panel chart-panel', 'aria-label': t('months.chart') }, keptFocus(chart), el('p', { class: 'muted small' }, t('months.utc'))),
      el('section', { class: 'panel month-panel', 'aria-labelledby': 'month-title', 'data-testid': 'month-panel' }, el('h2', { id: 'month-title' }, () => monthName(chosen.value)), () => (about.value ? untracked(() => Month(/** @type {Summary} */ (about.value), present)) : skeleton(3))),
    ];
  });
}

/** Whoever stands on a column goes on standing on it when the bars are drawn anew. @param {() => Element} draw */
function keptFocus(draw) {
  const node = el('div', null);
  effect(() => {
    const held = node.contains(document.activeElement) ? document.activeElement?.getAttribute('data-month') : null;
    node.replaceChildren(draw());
    if (held) /** @type {HTMLElement | null} */ (node.querySelector(`[data-month="${held}"]`))?.focus();
  });
  return node;
}

/**
 * The summaries of these months, asked for again whenever money has moved.
 * @param {import('../../kernel/signals.js').Readable<string>} currency @param {import('../../kernel/signals.js').Readable<string>} months @param {import('../../kernel/signals.js').Readable<string>} chosen
 */
function kept(currency, months, chosen) {
  const known = signal(/** @type {Record<string, Summary>} */ ({}));
  const error = signal(/** @type {import('../../sdk/errors.js').QuipuError | null} */ (null));
  let turn = 0;
  const load = async () => {
    const mine = ++turn;
    const [code, looked] = [currency.peek(), chosen.peek()];
    const all = [...months.peek().split(' ').filter((one) => one !== looked), looked];
    error.value = null;
    try {
      await loadMonths(code, all, { wanted: () => mine === turn, show: (one) => known.update((old) => ({ ...old, [`${code} ${one.month}`]: one })) });
    } catch (thrown) {
      if (mine === turn && !interrupted(thrown)) error.value = asQuipuError(thrown);
    }
  };
  const moved = computed(() => accountOf(state.wallet.value, currency.value)?.rev ?? 0);
  const online = computed(() => state.session.value.link === 'online');
  effect(() => {
    void [currency.value, months.value, moved.value];
    if (online.value) untracked(() => void load());
  });
  effect(() => {
    const wanted = `${currency.value} ${chosen.value}`;
    untracked(() => online.peek() && turn > 0 && !known.peek()[wanted] && void load());
  });
  onCleanup(() => turn++);
  return { known, error, load };
}

/** @param {Summary} summary @param {import('../../kernel/signals.js').Readable<string>} present */
function Month(summary, present) {
  const { currency, month, complete, opening, closing, count } = summary;
  const exponent = exponentOf(state.session.peek(), currency);
  const fact = (/** @type {string} */ term, /** @type {string | null} */ amount, /** @type {string} */ id) => el('div', null, el('dt', null, term), el('dd', { 'data-testid': id }, amount === null ? t('months.counting_short') : money(amount, currency)));
  return [
    complete ? null : el('p', { class: 'counting', role: 'status', 'data-testid': 'counting' }, t('months.counting')),
    el('dl', { class: 'facts' }, fact(t('months.opening'), opening, 'month-opening'), fact(t('wallet.in'), summary.in, 'month-in'), fact(t('wallet.out'), summary.out, 'month-out'),
      fact(t(month === present.peek() ? 'months.now' : 'months.closing'), closing, 'month-closing')),
    count === 0 && complete ? emptyState({ icon: 'wallet', title: t('months.empty_title'), text: t('months.empty_text') }) : /** @type {const} */ (['out', 'in']).map((direction) => kinds(summary, direction, exponent)),
  ];
}

/** @param {Summary} summary @param {'in' | 'out'} direction @param {number} exponent */
function kinds(summary, direction, exponent) {
  const rows = sumsOf(summary, direction, exponent);
  if (rows.length === 0) return null;
  const title = `month-${direction}-title`;
  return el('section', { class: 'month-kinds', 'aria-labelledby': title }, el('h3', { id: title }, t(`wallet.${direction}`)), el('ul', null, rows.map((one) =>
    el('li', { class: 'month-kind', 'data-testid': `kind-${direction}` },
      el('span', { class: 'month-kind-name' }, kindName(one.kind), one.returned ? el('span', { class: 'tag' }, t(direction === 'in' ? 'months.came_back' : 'months.gave_back')) : null),
      el('span', { class: 'month-kind-amount' }, money(one.amount, summary.currency)), el('span', { class: 'muted small month-kind-count' }, t('months.count', { n: one.count })), shareLine(one.share, direction)))));
}
