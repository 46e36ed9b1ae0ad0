// All that a history can be filtered by, in one sheet. Nothing is asked for until it is shown.
import { el } from '../../kernel/el.js';
import { computed, signal, untracked } from '../../kernel/signals.js';
import { t } from '../../app/i18n.js';
import { go } from '../../app/router.js';
import { state } from '../../app/store.js';
import { cleared, DIRECTIONS, daysOf, historyPath, KINDS, STATES } from '../../state/history.js';
import { minorUnits, parseAmount } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { openDialog } from '../dialog.js';
import { field } from '../field.js';
import { selectField } from '../flows/maker.js';
import { icon } from '../icons.js';
import { nameOf, rememberUser } from '../people/names.js';
import { peoplePicker } from '../people/picker.js';
import { kindName, standingOption } from './row.js';

/** @typedef {import('../../state/history.js').HistoryFilter} HistoryFilter */
/** @typedef {import('../../kernel/signals.js').Signal<string>} Text */

/** @param {HistoryFilter} asked @param {string} currency */
export function openFilters(asked, currency) {
  openDialog({ title: t('history.filters'), name: 'filters' }, (close) => {
    const [kind, direction, standing, who] = [signal(asked.kind), signal(asked.direction), signal(asked.state), signal(asked.person)];
    const choosing = signal(false);
    const dates = datesPart(asked);
    const amounts = amountPart(asked, currency);
    const show = (/** @type {Event} */ event) => {
      event.preventDefault();
      const [days, span] = [dates.read(), amounts.read()];
      if (!days || !span) return;
      close();
      go(historyPath({ ...asked, kind: kind.peek(), direction: direction.peek(), state: standing.peek(), person: who.peek(), ...days, ...span }));
    };
    const any = /** @type {[string, string]} */ (['', t('history.any')]);
    const form = el('form', { class: 'filter-form', onsubmit: show, novalidate: true },
      directionPart(direction),
      el('div', { class: 'filter-pair' }, selectField('filter-kind', t('history.kind'), [any, ...KINDS.map((one) => /** @type {[string, string]} */ ([one, kindName(one)]))], kind), selectField('filter-state', t('history.state'), [any, ...STATES.map((one) => /** @type {[string, string]} */ ([one, standingOption(one)]))], standing)),
      personPart(who, () => (choosing.value = true)),
      dates.node, amounts.node,
      el('div', { class: 'pay-buttons' },
        el('button', { type: 'button', class: 'button', 'data-testid': 'filters-clear', onclick: () => (close(), go(historyPath({ ...cleared(asked), text: asked.text }))) }, t('history.clear_short')),
        el('button', { class: 'button primary', 'data-testid': 'filters-show' }, t('history.show'))));
    const pick = (/** @type {import('../../sdk/types.js').User | null} */ user) => {
      if (user) {
        rememberUser(user);
        who.value = user.id;
      }
      choosing.value = false;
      queueMicrotask(() => /** @type {HTMLElement | null} */ (form.querySelector('[data-testid="filter-person"]'))?.focus());
    };
    return [form, () => {
      form.hidden = choosing.value;
      return choosing.value ? untracked(() => chooser(pick)) : null;
    }];
  });
}

/** @param {Text} direction */
function directionPart(direction) {
  const words = /** @type {Record<string, string>} */ ({ '': t('history.both'), in: t('wallet.in'), out: t('wallet.out') });
  return el('fieldset', { class: 'choice' }, el('legend', null, t('history.direction')), el('div', { class: 'segments' }, ['', ...DIRECTIONS].map((one) =>
    el('label', null, el('input', { type: 'radio', name: 'direction', value: one, checked: direction.peek() === one, 'data-testid': `filter-direction-${one || 'both'}`, onchange: () => (direction.value = one) }), words[one] ?? one))));
}

/** @param {Text} who @param {() => void} choose */
function personPart(who, choose) {
  return el('div', { class: 'field' }, el('span', { class: 'field-label', id: 'filter-person-label' }, t('history.person')),
    el('div', { class: 'filter-person' },
      el('button', { type: 'button', class: 'button', id: 'filter-person', 'aria-labelledby': 'filter-person-label filter-person', 'data-testid': 'filter-person', onclick: choose }, icon('person', { size: 20 }), el('bdi', null, () => (who.value === '' ? t('history.anybody') : nameOf(who.value)))),
      () => (who.value === '' ? null : el('button', { type: 'button', class: 'icon-button', 'aria-label': t('history.remove', { what: nameOf(who.value) }), onclick: () => (who.value = '') }, icon('close', { size: 20 })))));
}

/** Those with whom money was exchanged are at hand, anybody else by their name or handle. @param {(user: import('../../sdk/types.js').User | null) => void} pick */
function chooser(pick) {
  const near = new Map(state.wallet.peek().transfers.flatMap(({ counterparty }) => (counterparty ? [[counterparty.id, counterparty]] : [])));
  const back = el('button', { type: 'button', class: 'link-button', onclick: () => pick(null) }, icon('left', { size: 20 }), t('pay.back'));
  const picker = peoplePicker({ many: false, label: t('history.person'), also: [...near.values()], onPick: pick });
  queueMicrotask(() => /** @type {HTMLElement | null} */ (picker.node.querySelector('input'))?.focus());
  return el('div', { class: 'filter-chooser' }, back, picker.node);
}

/** @param {HistoryFilter} asked */
function datesPart(asked) {
  const [from, to] = [signal(asked.from), signal(asked.to)];
  const wrong = computed(() => from.value !== '' && to.value !== '' && to.value < from.value);
  const first = field({ label: t('history.from'), name: 'from', type: 'date', more: { value: asked.from, 'data-testid': 'filter-from', oninput: () => (from.value = first.input.value) } });
  const last = field({ label: t('history.to'), name: 'to', type: 'date', fault: () => (wrong.value ? t('history.fault.dates') : null), more: { value: asked.to, 'data-testid': 'filter-to', oninput: () => (to.value = last.input.value) } });
  const set = (/** @type {'month' | 'last_month' | 'days'} */ span) => {
    const days = daysOf(span, new Date());
    [from.value, to.value] = [days.from, days.to];
    [first.input.value, last.input.value] = [days.from, days.to];
  };
  const node = el('div', { class: 'filter-part' }, el('div', { class: 'filter-pair' }, first.node, last.node),
    el('div', { class: 'filter-spans', role: 'group', 'aria-label': t('history.spans') }, /** @type {const} */ (['month', 'last_month', 'days']).map((span) => el('button', { type: 'button', class: 'button quiet', onclick: () => set(span) }, t(`history.span.${span}`)))));
  return { node, read: () => (wrong.peek() ? (last.input.focus(), null) : { from: from.peek(), to: to.peek() }) };
}

/** @param {HistoryFilter} asked @param {string} currency */
function amountPart(asked, currency) {
  const exponent = exponentOf(state.session.peek(), currency);
  const [min, max] = [signal(asked.min), signal(asked.max)];
  const read = (/** @type {string} */ typed) => {
    const parsed = parseAmount(typed, exponent);
    return parsed.ok ? { amount: parsed.amount, why: null } : parsed.why === 'empty' || parsed.why === 'zero' ? { amount: '', why: null } : { amount: '', why: parsed.why };
  };
  const [low, high] = [computed(() => read(min.value)), computed(() => read(max.value))];
  const reversed = computed(() => low.value.amount !== '' && high.value.amount !== '' && minorUnits(high.value.amount, exponent) < minorUnits(low.value.amount, exponent));
  const of = (/** @type {string} */ name, /** @type {Text} */ typed, /** @type {typeof low} */ parsed, /** @type {() => boolean} */ wrong) => {
    const one = field({ label: t(`history.${name}`, { currency }), name, fault: () => (parsed.value.why ? t(`pay.fault.${parsed.value.why}`, { n: exponent }) : wrong() ? t('history.fault.amounts') : null), more: { inputmode: 'decimal', maxlength: 16, value: typed.peek(), 'data-testid': `filter-${name}`, oninput: () => (typed.value = one.input.value) } });
    return one;
  };
  const [least, most] = [of('min', min, low, () => false), of('max', max, high, () => reversed.value)];
  const node = el('div', { class: 'filter-pair' }, least.node, most.node);
  return { node, read: () => (low.peek().why ? (least.input.focus(), null) : high.peek().why || reversed.peek() ? (most.input.focus(), null) : { min: low.peek().amount, max: high.peek().amount }) };
}
