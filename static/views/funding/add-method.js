// Adding a card or a bank account: what is typed, what it comes to without its number, one press, and what the bank says.
import { el } from '../../kernel/el.js';
import { computed, signal, untracked } from '../../kernel/signals.js';
import { announce } from '../../app/announcer.js';
import { addMethod, fundingState, keepFresh, loadMethods } from '../../app/funding.js';
import { methodName } from '../../app/funding-words.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { asQuipuError } from '../../sdk/errors.js';
import { uuidv7 } from '../../sdk/uuid.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { fact } from '../fact.js';
import { icon } from '../icons.js';
import { bankFields, cardFields } from './method-fields.js';
import { TestNumbers } from './test-numbers.js';

/** @typedef {'card' | 'bank'} Kind */
/** @typedef {import('../../sdk/types.js').Method} Method */
/** @typedef {import('../../sdk/types.js').WantedMethod} WantedMethod */
/** @typedef {import('./method-fields.js').Fields} Fields */

/** Which field a bank means by what it says. @type {Record<Kind, Record<string, string>>} */
const MEANT = {
  card: { method_exists: 'card.number', method_expired: 'card.expires', not_a_test_number: 'card.number', authentication_failed: 'card.code' },
  bank: { method_exists: 'bank.iban', not_a_test_number: 'bank.iban' },
};

/** @param {{ kind?: Kind, added?: (method: Method) => void }} [how] */
export function openAddMethod({ kind = 'card', added } = {}) {
  openDialog({ title: t(`method.add_${kind}`), name: 'add-method', firm: true }, (close) => {
    keepFresh(loadMethods);
    const shown = signal(false);
    const refused = signal(/** @type {import('./method-fields.js').Refused | null} */ (null));
    const fields = (kind === 'card' ? cardFields : bankFields)(shown, refused);
    const reviewed = signal(/** @type {WantedMethod | null} */ (null));
    const online = computed(() => state.session.value.link === 'online');
    const sandbox = computed(() => fundingState.value.sandbox);
    const next = (/** @type {Event} */ event) => {
      event.preventDefault();
      shown.value = true;
      const { wanted } = fields.judged.peek();
      if (wanted && online.peek() && !refused.peek()) reviewed.value = wanted;
      else /** @type {HTMLElement | null} */ (page.querySelector('[aria-invalid="true"]'))?.focus();
    };
    const page = el('form', { class: 'maker-form', novalidate: true, onsubmit: next, hidden: () => reviewed.value !== null },
      () => (sandbox.value ? untracked(() => TestNumbers(kind, fields.fill)) : null),
      fields.nodes,
      el('p', { class: 'muted small' }, t(kind === 'card' ? 'method.private' : 'method.account_private')),
      () => (online.value ? null : el('p', { class: 'flow-why', role: 'status' }, t('pay.offline'))),
      el('button', { class: 'button primary wide', 'data-testid': 'method-next', 'aria-disabled': () => String(!online.value || fields.judged.value.wanted === null) }, t('pay.continue')));
    /** @param {string} [param] of the field to look at */
    const back = (param) => {
      reviewed.value = null;
      queueMicrotask(() => (fields.places[param ?? ''] ?? Object.values(fields.places)[0])?.input.focus());
    };
    const done = (/** @type {Method} */ method) => {
      announce(t('method.added', { name: methodName(method) }));
      fields.clear();
      close();
      added?.(method);
    };
    /** What was refused is said where it stands; a code is typed anew. @param {import('../../sdk/errors.js').QuipuError} error */
    const place = (error) => {
      const param = error.param && error.param in fields.places ? error.param : (MEANT[kind][error.detail?.reason] ?? MEANT[kind][error.code]);
      if (!param) return false;
      const one = fields.places[param];
      if (param === 'card.code' && one) {
        one.input.value = '';
        one.input.dispatchEvent(new Event('input'));
      }
      refused.value = { param, error };
      back(param);
      return true;
    };
    return [page, () => {
      const wanted = reviewed.value;
      return wanted === null ? null : untracked(() => Review({ kind, wanted, fields, online, back, done, place }));
    }];
  });
}

/**
 * @param {object} of
 * @param {Kind} of.kind @param {WantedMethod} of.wanted @param {Fields} of.fields @param {import('../../kernel/signals.js').Readable<boolean>} of.online
 * @param {() => void} of.back @param {(method: Method) => void} of.done @param {(error: import('../../sdk/errors.js').QuipuError) => boolean} of.place
 */
function Review({ kind, wanted, fields, online, back, done, place }) {
  const { busy, error, run } = attempt();
  let clientId = uuidv7();
  const press = () => online.peek() && run(async () => {
    try {
      done(await addMethod(wanted, clientId));
    } catch (thrown) {
      const refusal = asQuipuError(thrown);
      if (!refusal.again) clientId = uuidv7(); // the refusal may be kept under that id
      // Whoever closed the question stands where they were asked.
      if (refusal.code !== 'not_confirmed' && !place(refusal)) throw refusal;
    }
  });
  const node = el('div', { class: 'pay-confirm', 'data-testid': 'method-review' },
    el('p', { class: 'confirm-name', tabindex: -1, 'data-focus': true }, methodName(fields.judged.peek())),
    el('dl', { class: 'facts' }, fields.facts().map(([term, value]) => fact(term, value))),
    el('p', { class: 'muted small' }, () => (online.value ? t('method.review_text') : t('pay.offline'))),
    formFault(() => error.value),
    el('p', { class: 'flow-why', role: 'status' }, () => (busy.value ? t('flow.sending') : '')),
    el('div', { class: 'pay-buttons' },
      el('button', { type: 'button', class: 'button', 'aria-disabled': () => String(busy.value), onclick: () => !busy.peek() && back() }, t('pay.back')),
      el('button', { type: 'button', class: 'button primary', 'data-testid': 'method-send', 'aria-disabled': () => String(busy.value || !online.value), onclick: press }, icon('lock', { size: 18 }), () => t(error.value?.again ? 'state.retry' : `method.add_${kind}`))));
  queueMicrotask(() => /** @type {HTMLElement | null} */ (node.querySelector('[data-focus]'))?.focus());
  return node;
}
