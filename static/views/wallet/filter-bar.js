// Above the history: the words that are looked for, the way to all filters, and what is set, each to be taken away.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, untracked } from '../../kernel/signals.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { go } from '../../app/router.js';
import { state } from '../../app/store.js';
import { cleared, historyPath, partsOf, withoutPart } from '../../state/history.js';
import { icon } from '../icons.js';
import { nameOf } from '../people/names.js';
import { kindName, standingOption } from './row.js';

/** @typedef {import('../../state/history.js').HistoryFilter} HistoryFilter */
/** @typedef {import('../../kernel/signals.js').Readable<HistoryFilter>} Asked */

const openFilters = later(() => import('./filter-dialog.js'), 'openFilters');
const PAUSE_MS = 300;

/** @param {Asked} filter @param {import('../../kernel/signals.js').Readable<string>} currency */
export function FilterBar(filter, currency) {
  const n = computed(() => partsOf(filter.value).length);
  return [
    el('div', { class: 'history-tools', role: 'search', 'aria-label': t('history.search') }, search(filter), currencies(filter, currency),
      el('button', { type: 'button', class: 'button', 'data-testid': 'open-filters', onclick: () => openFilters(filter.peek(), currency.peek()) },
        icon('settings', { size: 20 }), el('span', null, t('history.filters')), () => (n.value > 0 ? el('span', { class: 'history-count', 'data-testid': 'filter-count' }, n.value) : null))),
    () => chips(filter.value, currency.value),
  ];
}

/** While one types the link follows; the first letter alone is a step to go back by. @param {Asked} filter */
function search(filter) {
  let pause = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  let told = '';
  const input = el('input', { type: 'search', class: 'search-input', placeholder: t('history.placeholder'), 'aria-label': t('history.placeholder'), autocomplete: 'off', spellcheck: 'false', maxlength: 200, enterkeyhint: 'search', 'data-testid': 'history-search',
    oninput: () => {
      clearTimeout(pause);
      pause = setTimeout(ask, input.value.trim() === '' ? 0 : PAUSE_MS);
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && !event.isComposing && ask() });
  const ask = () => {
    clearTimeout(pause);
    const old = filter.peek();
    told = input.value.trim();
    if (told !== old.text) go(historyPath({ ...old, text: told }), { replace: old.text !== '' });
  };
  effect(() => {
    const { text } = filter.value;
    if (text === told) return;
    told = text;
    input.value = text; // a link, or Back
  });
  onCleanup(() => clearTimeout(pause));
  return el('span', { class: 'history-search' }, icon('search', { size: 20 }), input);
}

/** Which currency, where there are several. @param {Asked} filter @param {import('../../kernel/signals.js').Readable<string>} currency */
function currencies(filter, currency) {
  const all = computed(() => [...new Set([...state.wallet.value.accounts.map((one) => one.currency), currency.value])].join(' '));
  return () => {
    const codes = all.value.split(' ');
    if (codes.length < 2) return null;
    const pick = (/** @type {Event} */ event) => {
      const { value } = /** @type {HTMLSelectElement} */ (event.target);
      // Amounts are of one currency: in another they would say something else.
      go(historyPath({ ...withoutPart(filter.peek(), 'amount'), currency: value === codes[0] ? '' : value }));
    };
    return el('span', { class: 'history-currency' }, el('select', { 'aria-label': t('history.currency'), 'data-testid': 'history-currency', onchange: pick }, codes.map((code) => el('option', { value: code, selected: () => code === currency.value }, code))));
  };
}

/** @param {HistoryFilter} filter @param {string} currency */
function chips(filter, currency) {
  const parts = partsOf(filter);
  if (parts.length === 0) return null;
  const chip = (/** @type {import('../../state/history.js').FilterPart} */ part) => {
    const words = () => partWords(filter, part, currency);
    return el('li', null, el('button', { type: 'button', class: 'chip history-chip', 'data-testid': `chip-${part}`, 'aria-label': () => t('history.remove', { what: words() }), onclick: () => go(historyPath(withoutPart(filter, part))) }, el('bdi', null, words), icon('close', { size: 16 })));
  };
  return el('div', { class: 'history-set' }, el('ul', { class: 'chips', 'aria-label': t('history.filters') }, untracked(() => parts.map(chip))),
    el('button', { type: 'button', class: 'link-button', 'data-testid': 'history-clear', onclick: () => go(historyPath(cleared(filter))) }, t('history.clear')));
}

/** @param {HistoryFilter} filter @param {import('../../state/history.js').FilterPart} part @param {string} currency @returns {string} */
function partWords(filter, part, currency) {
  switch (part) {
    case 'kind':
      return kindName(filter.kind);
    case 'direction':
      return t(filter.direction === 'in' ? 'wallet.in' : 'wallet.out');
    case 'state':
      return standingOption(filter.state);
    case 'person':
      return nameOf(filter.person);
    case 'dates':
      return span(filter.from, filter.to, dayWords);
    default:
      return span(filter.min, filter.max, (amount) => money(amount, currency));
  }
}

/** @param {string} from @param {string} to @param {(value: string) => string} words */
function span(from, to, words) {
  if (from !== '' && to !== '') return from === to ? words(from) : t('history.span', { from: words(from), to: words(to) });
  return from !== '' ? t('history.span_from', { from: words(from) }) : t('history.span_to', { to: words(to) });
}

/** @param {string} day */
function dayWords(day) {
  return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium' }).format(new Date(`${day}T12:00:00`));
}
