// What came and went, by what is asked for. What is asked for stands in the link, so that Back and a shared link work.
import { each, el } from '../../kernel/el.js';
import { computed, effect, onCleanup, untracked } from '../../kernel/signals.js';
import { dayKey, dayName, money } from '../../app/format.js';
import { foundHistory, keyOf, leaveHistory, leftHistory, loadFound } from '../../app/history.js';
import { language, t } from '../../app/i18n.js';
import { loadHistory } from '../../app/link.js';
import { go, route } from '../../app/router.js';
import { state } from '../../app/store.js';
import { cleared, historyPath, partsOf, readFilter, totals } from '../../state/history.js';
import { fromMinorUnits, minorUnits } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { accountOf } from '../../state/wallet.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { FilterBar } from './filter-bar.js';
import { TransferRow } from './row.js';

/** @typedef {import('../../sdk/types.js').Transfer} Transfer */
/** @typedef {import('../../state/history.js').HistoryFilter} HistoryFilter */
/** @typedef {{ kind: 'loading' | 'offline' | 'error' | 'empty' | 'content', transfers: Transfer[], next: string | null, loadingMore: boolean, error: any }} Shown */

export function History() {
  // What the link asks for, by its path: another link to the same is no other question. Once the screen is left, the last.
  let last = '/wallet';
  const path = computed(() => (route.value.name === 'wallet' ? (last = historyPath(readFilter(route.value.search))) : last));
  const filter = computed(() => readFilter(path.value.slice('/wallet'.length)));
  const currency = computed(() => filter.value.currency || usualCurrencyNow());
  // All of the usual currency is what the wallet holds anyway, and hears of by itself.
  const plain = computed(() => partsOf(filter.value).length === 0 && filter.value.text === '' && currency.value === usualCurrencyNow());
  const rev = computed(() => accountOf(state.wallet.value, currency.value)?.rev);
  const online = computed(() => state.session.value.link === 'online');
  effect(() => {
    void rev.value;
    if (!online.value) return;
    const asked = plain.value ? null : filter.value;
    untracked(() => (asked ? loadFound(asked) : state.wallet.peek().historyStatus === 'ready' || loadHistory()));
  });
  const shown = computed(() => (plain.value ? fromWallet(currency.value) : fromFound(filter.value)));
  const retry = () => (plain.peek() ? loadHistory() : loadFound(filter.peek()));
  const more = () => (plain.peek() ? loadHistory({ more: true }) : loadFound(filter.peek(), { more: true }));
  const node = el('section', { class: 'panel history', 'aria-labelledby': 'history-title' },
    el('h2', { id: 'history-title' }, t('wallet.history')),
    FilterBar(filter, currency),
    summary(filter, currency, plain, shown),
    list(shown, plain, filter, { retry, more }));
  keepPlace(node, path);
  return node;
}

function usualCurrencyNow() {
  return state.wallet.value.accounts[0]?.currency ?? state.session.value.defaultCurrency;
}

/** @param {string} currency @returns {Shown} */
function fromWallet(currency) {
  const { historyStatus, transfers, next, loadingMore, error } = state.wallet.value;
  return stands(historyStatus, { transfers: transfers.filter((one) => one.currency === currency), next, loadingMore, error });
}

/** @param {HistoryFilter} filter @returns {Shown} */
function fromFound(filter) {
  const { key, status, transfers, next, loadingMore, error } = foundHistory.value;
  if (key !== keyOf(filter)) return stands('loading', { transfers: [], next: null, loadingMore: false, error: null });
  return stands(status, { transfers, next, loadingMore, error });
}

/** @param {string} status @param {Omit<Shown, 'kind'>} of @returns {Shown} */
function stands(status, of) {
  const offline = state.session.value.link === 'offline';
  return { kind: of.transfers.length > 0 ? 'content' : status === 'ready' ? 'empty' : status === 'error' ? 'error' : offline ? 'offline' : 'loading', ...of };
}

/** How many there are and what they come to, and the statement of the same days. @param {import('../../kernel/signals.js').Readable<HistoryFilter>} filter @param {import('../../kernel/signals.js').Readable<string>} currency @param {import('../../kernel/signals.js').Readable<boolean>} plain @param {import('../../kernel/signals.js').Readable<Shown>} shown */
function summary(filter, currency, plain, shown) {
  const words = computed(() => {
    const { kind, transfers, next } = shown.value;
    if (plain.value || kind !== 'content') return '';
    const exponent = exponentOf(state.session.value, currency.value);
    const sum = totals(transfers, (amount) => minorUnits(amount, exponent));
    const amount = (/** @type {bigint} */ units) => money(fromMinorUnits(units, exponent), currency.value);
    return [t(next === null ? 'history.count' : 'history.count_so_far', { n: transfers.length }), sum.in > 0n ? t('history.sum_in', { amount: amount(sum.in) }) : '', sum.out > 0n ? t('history.sum_out', { amount: amount(sum.out) }) : ''].filter((part) => part !== '').join(' · ');
  });
  return [el('p', { class: 'history-summary', role: 'status', 'data-testid': 'history-summary' }, () => words.value), () => statements(filter.value, accountOf(state.wallet.value, currency.value)?.id ?? null)];
}

/** @param {HistoryFilter} filter @param {string | null} account */
function statements(filter, account) {
  if (!account || (filter.from === '' && filter.to === '')) return null;
  const query = new URLSearchParams({ account, ...(filter.from ? { from: filter.from } : {}), ...(filter.to ? { to: filter.to } : {}) });
  // A statement has the days of the world's clock; where one's own differ, that is said.
  const shifted = new Date(`${filter.from || filter.to}T12:00:00`).getTimezoneOffset() !== 0;
  return el('p', { class: 'history-statement' },
    el('a', { class: 'link-button', href: `/api/v1/wallet/statement?${query}&lang=${language.peek()}`, target: '_blank', rel: 'noopener' }, t('history.statement')),
    el('a', { class: 'link-button', href: `/api/v1/wallet/statement.csv?${query}`, download: '', 'data-testid': 'history-csv' }, t('history.statement_csv')),
    shifted ? el('span', { class: 'muted small' }, t('history.statement_utc')) : null);
}

/** @param {import('../../kernel/signals.js').Readable<Shown>} shown @param {import('../../kernel/signals.js').Readable<boolean>} plain @param {import('../../kernel/signals.js').Readable<HistoryFilter>} filter @param {{ retry: () => void, more: () => void }} acts */
function list(shown, plain, filter, acts) {
  const days = computed(() => {
    /** @type {Array<{ day: string, transfers: Transfer[] }>} */
    const found = [];
    for (const one of shown.value.transfers) {
      const day = dayKey(one.at);
      const last = found.at(-1);
      if (last?.day === day) last.transfers.push(one);
      else found.push({ day, transfers: [one] });
    }
    return found;
  });
  const kind = computed(() => shown.value.kind);
  const next = computed(() => shown.value.next !== null);
  const more = (/** @type {string} */ words) => el('button', { type: 'button', class: 'button quiet wide', 'data-testid': 'history-more', 'aria-disabled': () => String(shown.value.loadingMore), onclick: acts.more }, words);
  return () => {
    switch (kind.value) {
      case 'loading':
        return skeleton(5);
      case 'offline':
        return errorState({ code: 'offline' }, acts.retry);
      case 'error':
        return errorState(shown.peek().error, acts.retry);
      case 'empty':
        return () => (plain.value ? emptyState({ icon: 'transfer', title: t('wallet.empty_title'), text: t('wallet.empty_text'), action: el('a', { class: 'button', href: '/' }, t('state.to_chats')) }) : nothing(next.value, filter.value, more));
      default:
        return [each(() => days.value, (day) => day.day, (day) => el('section', { class: 'history-day', 'aria-label': () => dayName(day.value.day) }, el('h3', null, () => dayName(day.value.day)), el('ul', null, each(() => day.value.transfers, (one) => one.id, TransferRow)))), () => (next.value ? more(t('wallet.more')) : null)];
    }
  };
}

/** Nothing fits; or not yet, where a long history was not read to its end. @param {boolean} next @param {HistoryFilter} filter @param {(words: string) => Element} more */
function nothing(next, filter, more) {
  const clear = el('button', { type: 'button', class: 'button', 'data-testid': 'history-clear-empty', onclick: () => go(historyPath(cleared(filter))) }, t('history.clear'));
  return emptyState({ icon: 'search', title: t(next ? 'history.not_yet_title' : 'history.nothing_title'), text: t(next ? 'history.not_yet_text' : 'history.nothing_text'), action: next ? el('div', { class: 'button-row' }, more(t('history.further')), clear) : clear });
}

/** Whoever comes back from one payment finds the list where it was; what was asked for is brought into sight. @param {Element} node @param {import('../../kernel/signals.js').Readable<string>} path */
function keepPlace(node, path) {
  const { path: before, top } = leftHistory();
  const page = () => node.closest('.page');
  let first = true;
  effect(() => {
    const now = path.value;
    const back = first && now === before && top > 0;
    first = false;
    if (back) requestAnimationFrame(() => page()?.scrollTo(0, top));
    else if (now !== '/wallet') requestAnimationFrame(() => node.scrollIntoView({ block: 'start' }));
  });
  onCleanup(() => leaveHistory(path.peek(), page()?.scrollTop ?? 0));
}
