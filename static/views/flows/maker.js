// The dialog in which a flow is made: what is typed, what it comes to, one press, and what the server says.
import { el } from '../../kernel/el.js';
import { computed, signal, untracked } from '../../kernel/signals.js';
import { idOf, leaveAct } from '../../app/actions.js';
import { announce } from '../../app/announcer.js';
import { currencySymbol } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { field } from '../field.js';

/** @typedef {import('../../kernel/el.js').Child} Child */
/** @template T @typedef {import('../../kernel/signals.js').Readable<T>} Readable */

/**
 * @template W
 * @param {object} of
 * @param {string} of.title @param {string} of.name
 * @param {() => { form: Child, wish: Readable<W | null>, show: () => void }} of.make the fields; what they come to, once they are fine; and how their faults are shown
 * @param {(wish: W) => { facts: Array<[string, Child]>, amount: string, action: string, text: string }} of.review what is confirmed before it is sent
 * @param {(wish: W, clientId: string) => Promise<any>} of.send
 * @param {string} of.done what is said when it is made
 */
export function openMaker(of) {
  const ids = /** @type {Map<string, string>} */ (new Map());
  openDialog({ title: of.title, name: of.name, firm: true, onClose: () => ids.forEach(leaveAct) }, (close) => {
    const { form, wish, show } = of.make();
    const online = computed(() => state.session.value.link === 'online');
    const reviewed = signal(/** @type {W | null} */ (null));
    const next = (/** @type {Event} */ event) => {
      event.preventDefault();
      show();
      const now = wish.peek();
      if (now !== null && online.peek()) reviewed.value = now;
      else /** @type {HTMLElement | null} */ (page.querySelector('[aria-invalid="true"]'))?.focus();
    };
    const page = el('form', { class: 'maker-form', novalidate: true, onsubmit: next, hidden: () => reviewed.value !== null },
      form,
      () => (online.value ? null : el('p', { class: 'flow-why', role: 'status' }, t('pay.offline'))),
      el('button', { class: 'button primary wide', 'data-testid': 'maker-next', 'aria-disabled': () => String(wish.value === null || !online.value) }, t('pay.continue')));
    const back = () => {
      reviewed.value = null;
      queueMicrotask(() => page.querySelector('input')?.focus());
    };
    return [page, () => {
      const now = reviewed.value;
      return now === null ? null : untracked(() => Review(of, now, { ids, online, back, close }));
    }];
  });
}

/**
 * @template W
 * @param {{ review: (wish: W) => { facts: Array<[string, Child]>, amount: string, action: string, text: string }, send: (wish: W, clientId: string) => Promise<any>, done: string }} of
 * @param {W} wish @param {{ ids: Map<string, string>, online: Readable<boolean>, back: () => void, close: () => void }} how
 */
function Review(of, wish, { ids, online, back, close }) {
  const { facts, amount, action, text } = of.review(wish);
  const { busy, error, run } = attempt();
  const key = JSON.stringify(wish);
  const press = () => online.peek() && run(async () => {
    try {
      await of.send(wish, idOf(key, ids));
      announce(of.done);
      close();
    } catch (thrown) {
      leaveAct(idOf(key, ids));
      ids.delete(key); // the refusal is kept under that id
      throw thrown;
    }
  });
  const node = el('div', { class: 'pay-confirm', 'data-testid': 'maker-review' },
    el('p', { class: 'confirm-amount', tabindex: -1, 'data-focus': true }, amount),
    el('dl', { class: 'facts' }, facts.map(([term, value]) => el('div', null, el('dt', null, term), el('dd', null, value)))),
    el('p', { class: 'muted small' }, () => (online.value ? text : t('pay.offline'))),
    formFault(() => error.value), checkingLine(ids, busy),
    el('div', { class: 'pay-buttons' },
      el('button', { type: 'button', class: 'button', 'aria-disabled': () => String(busy.value), onclick: () => !busy.peek() && back() }, t('pay.back')),
      el('button', { type: 'button', class: 'button primary', 'data-testid': 'maker-send', 'aria-disabled': () => String(busy.value || !online.value), onclick: press }, action)));
  queueMicrotask(() => /** @type {HTMLElement | null} */ (node.querySelector('[data-focus]'))?.focus());
  return node;
}

/** Said while an answer is owed: longer, when it was lost. @param {Map<string, string>} ids of what was begun here @param {Readable<boolean>} busy */
export function checkingLine(ids, busy) {
  const checking = computed(() => busy.value && [...ids.values()].some((id) => state.acts.value[id]?.outcome.kind === 'checking'));
  return el('p', { class: 'flow-why', role: 'status', 'data-testid': 'maker-checking' }, () => (checking.value ? t('flow.checking') : busy.value ? t('flow.sending') : ''));
}

/**
 * An amount as it is typed, large.
 * @param {object} of @param {string} of.id @param {string} of.label @param {string} of.currency @param {() => string | null} of.fault
 * @param {(typed: string) => void} of.onType @param {Child} [of.below]
 */
export function amountField(of) {
  const input = el('input', {
    id: of.id, class: 'amount-input', inputmode: 'decimal', autocomplete: 'off', placeholder: '0.00', autofocus: true, maxlength: 16, 'data-testid': of.id,
    'aria-describedby': `${of.id}-fault`, 'aria-invalid': () => (of.fault() ? 'true' : null), oninput: () => of.onType(input.value),
  });
  return el('div', { class: 'maker-amount' },
    el('label', { class: 'maker-label', for: of.id }, of.label),
    el('div', { class: 'amount-row' }, el('span', { class: 'amount-symbol', 'aria-hidden': 'true' }, currencySymbol(of.currency)), input),
    of.below ? el('p', { class: 'amount-balance' }, of.below) : null,
    el('p', { class: 'amount-fault', id: `${of.id}-fault`, role: 'status' }, () => of.fault() ?? ''));
}

/** @param {(note: string) => void} onType @param {{ label?: string, placeholder?: string }} [how] */
export function noteField(onType, how = {}) {
  const memo = field({ label: how.label ?? t('pay.note'), name: 'note', more: { maxlength: state.session.peek().limits['note_chars'] ?? 140, placeholder: how.placeholder ?? t('pay.note_hint'), oninput: () => onType(memo.input.value.trim()) } });
  return memo.node;
}

/** A row of choices, one of which holds. @template {string} V @param {string} label @param {ReadonlyArray<[V, string]>} options @param {import('../../kernel/signals.js').Signal<V>} chosen */
export function segments(label, options, chosen) {
  return el('div', { class: 'segments', role: 'group', 'aria-label': label }, options.map(([value, words]) =>
    el('button', { type: 'button', 'aria-pressed': () => String(chosen.value === value), 'data-testid': `choose-${value}`, onclick: () => (chosen.value = value) }, words)));
}

/** @param {string} id @param {string} label @param {ReadonlyArray<[string, string]>} options @param {import('../../kernel/signals.js').Signal<string>} chosen */
export function selectField(id, label, options, chosen) {
  return el('div', { class: 'field' }, el('label', { for: id }, label),
    el('div', { class: 'field-box' }, el('select', { id, 'data-testid': id, onchange: (/** @type {any} */ event) => (chosen.value = event.target.value) }, options.map(([value, words]) => el('option', { value, selected: chosen.peek() === value }, words)))));
}
