// Paying, after + and Transfer: the amount, the confirmation, the result. What is shown follows state/pay.js alone.
import { el } from '../kernel/el.js';
import { computed, effect, untracked } from '../kernel/signals.js';
import { closePay, confirmPay, nextInPay } from '../app/actions.js';
import { currencySymbol, money, personName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { dispatch, state } from '../app/store.js';
import { exceeds, feeOn, fromMinorUnits, minorUnits, parseAmount, plus } from '../state/money.js';
import { judged } from '../state/pay.js';
import { paidBefore } from '../state/wallet.js';
import { avatar } from './avatar.js';
import { openDialog } from './dialog.js';
import { fact } from './fact.js';
import { field } from './field.js';
import { openTopUp } from './funding/doors.js';
import { helpLink } from './help-link.js';
import { icon } from './icons.js';
import { Checking, Done, Refused, Sending } from './pay-result.js';

/** @returns {() => void} closes it */
export function openPayDialog() {
  return openDialog({ title: t('pay.title'), name: 'pay', firm: true, onClose: closePay }, body);
}

/** @param {() => void} close */
function body(close) {
  const step = computed(() => state.pay.value.step);
  // + and Transfer was the first of the four.
  const number = computed(() => (step.value === 'amount' ? 2 : step.value === 'confirm' || step.value === 'sending' ? 3 : 4));
  const pane = el('div', { class: 'pay-pane' }, () => {
    const now = step.value;
    return untracked(() => pageOf(now, close));
  });
  // A new step starts where it is read: at its first field, or at its own beginning.
  effect(() => {
    if (step.value === 'closed') return;
    queueMicrotask(() => {
      const target = pane.querySelector('[autofocus], [data-focus]');
      if (target instanceof HTMLElement) target.focus();
    });
  });
  return [el('p', { class: 'pay-steps' }, el('span', { class: 'dots', 'aria-hidden': 'true' }, [1, 2, 3, 4].map((n) => el('i', { class: () => (n <= number.value ? 'on' : '') }))), () => t('pay.step', { n: number.value, of: 4 })), pane];
}

/** @param {import('../state/pay.js').PayState['step']} step @param {() => void} close */
function pageOf(step, close) {
  switch (step) {
    case 'amount':
      return Amount();
    case 'confirm':
      return Confirm();
    case 'sending':
      return Sending();
    case 'checking':
      return Checking(close);
    case 'done':
      return Done(close);
    case 'refused':
      return Refused(close);
    default:
      return null;
  }
}

function Amount() {
  const { choices, currency, typed, note, left, acceptFirst } = state.pay.peek();
  const limit = state.session.peek().limits['note_chars'] ?? 140;
  const verdict = computed(() => judged(state.pay.value));
  const online = computed(() => state.session.value.link === 'online');
  const fault = computed(() => {
    const { fault } = verdict.value;
    if (fault === 'too_little') return t('pay.fault.too_little', { available: money(state.pay.value.available, currency) });
    if (fault === null || (!state.pay.value.shown && (fault === 'empty' || fault === 'zero' || fault === 'no_payee'))) return null;
    return t(`pay.fault.${fault}`, { n: state.pay.value.exponent });
  });
  const lacking = computed(() => online.value && verdict.value.fault === 'too_little');
  const next = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (online.peek()) nextInPay();
    if (state.pay.peek().step === 'amount') input.focus();
  };
  const input = el('input', {
    id: 'pay-amount', class: 'amount-input', inputmode: 'decimal', autocomplete: 'off', placeholder: '0.00', value: typed, autofocus: true, maxlength: 16,
    'aria-describedby': 'pay-balance pay-fault', 'aria-invalid': () => (fault.value ? 'true' : null), 'data-testid': 'pay-amount',
    oninput: () => dispatch({ type: 'pay.typed', typed: input.value }),
  });
  const memo = field({ label: t('pay.note'), name: 'note', more: { maxlength: limit, value: note, placeholder: t('pay.note_hint'), oninput: () => dispatch({ type: 'pay.noted', note: memo.input.value }) } });
  return el('form', { class: 'pay-form', onsubmit: next, novalidate: true },
    choices.length === 1 ? payeeLine() : payeeChoice(),
    left.map((what) => el('p', { class: 'pay-left', role: 'status' }, t(`pay.left_out.${what}`, { n: limit }))),
    el('label', { class: 'unseen', for: 'pay-amount' }, t('pay.amount')),
    el('div', { class: 'amount-row' }, el('span', { class: 'amount-symbol', 'aria-hidden': 'true' }, currencySymbol(currency)), input),
    el('p', { class: 'amount-balance', id: 'pay-balance' }, () => t('pay.balance', { balance: money(state.pay.value.available, currency) })),
    el('p', { class: 'amount-fault', id: 'pay-fault', role: 'status' }, () => fault.value ?? (online.value ? '' : t('pay.offline'))),
    () => (lacking.value ? el('p', { class: 'amount-balance' }, el('button', { type: 'button', class: 'link-button', 'data-testid': 'pay-add-money', onclick: () => openTopUp(missing()) }, icon('plus', { size: 18 }), t('wallet.add_money'))) : null),
    memo.node,
    el('label', { class: 'member-row pay-check' }, el('input', { type: 'checkbox', checked: acceptFirst, 'data-testid': 'accept-first', onchange: (/** @type {any} */ event) => dispatch({ type: 'pay.accept_first', on: event.target.checked }) }), el('span', null, t('pay.accept_first'))),
    el('button', { class: 'button primary wide', 'aria-disabled': () => String(!online.value || verdict.value.fault !== null) }, t('pay.continue')));
}

/** What would have to come in for what is typed; the amount stays where it is meanwhile. */
function missing() {
  const { typed, currency, exponent, available, feeBasisPoints } = state.pay.peek();
  const parsed = parseAmount(typed, exponent);
  if (!parsed.ok) return { currency };
  const total = plus(parsed.amount, feeOn(parsed.amount, feeBasisPoints, exponent), exponent);
  return { currency, amount: fromMinorUnits(minorUnits(total, exponent) - minorUnits(available, exponent), exponent) };
}

function payeeLine() {
  const payee = state.pay.peek().payee;
  if (!payee) return el('p', { class: 'amount-fault' }, t('error.payee_unavailable'), ' ', helpLink({ code: 'payee_unavailable' }));
  return el('div', { class: 'payee-line' }, avatar({ id: payee.id, name: personName(payee), size: 'small' }), el('p', null, t('pay.to'), ' ', el('bdi', null, personName(payee))));
}

function payeeChoice() {
  const { choices, payee } = state.pay.peek();
  return el('div', { class: 'field' }, el('label', { for: 'pay-payee' }, t('pay.payee')),
    el('div', { class: 'field-box' }, el('select', { id: 'pay-payee', onchange: (/** @type {any} */ event) => dispatch({ type: 'pay.payee', id: event.target.value }) },
      el('option', { value: '', selected: payee === null }, t('pay.choose')),
      choices.map((one) => el('option', { value: one.id, selected: payee?.id === one.id }, `${personName(one)} (@${one.handle})`)))));
}

function Confirm() {
  const { order, payee, currency, exponent, acceptFirst, acceptAbove } = state.pay.peek();
  if (!order || !payee) return null;
  const bound = order.accept_first && !acceptFirst ? acceptAbove : null;
  const name = personName(payee);
  const amount = money(order.amount, currency);
  const fee = order.fee ?? '0';
  const total = plus(order.amount, fee, exponent);
  const costs = minorUnits(fee, exponent) > 0n;
  const ready = computed(() => state.session.value.link === 'online' && !exceeds(total, state.pay.value.available, exponent));
  const before = computed(() => {
    const { times, certain } = paidBefore(state.wallet.value, payee.id);
    if (times > 0) return certain ? t('pay.paid_times', { n: times }) : t('pay.paid_before');
    return certain ? t('pay.first') : null;
  });
  return el('div', { class: 'pay-confirm' },
    avatar({ id: payee.id, name, size: 'huge' }),
    el('p', { class: 'confirm-name', tabindex: -1, 'data-focus': true }, el('bdi', null, name)),
    el('p', { class: 'muted' }, `@${payee.handle}`),
    () => (before.value ? el('p', { class: 'tag' }, before.value) : null),
    el('p', { class: 'confirm-amount', 'data-testid': 'confirm-amount' }, amount),
    el('dl', { class: 'facts' },
      order.note ? fact(t('pay.note'), el('span', { dir: 'auto' }, order.note)) : null,
      fact(t('pay.fee'), costs ? money(fee, currency) : t('pay.fee_none')), costs ? fact(t('pay.total'), money(total, currency)) : null, fact(t('pay.arrival'), t(order.accept_first ? 'pay.arrival_accepted' : 'pay.arrival_now'))),
    bound === null ? null : el('p', { class: 'small', 'data-testid': 'must-be-accepted' }, t('pay.must_be_accepted', { amount: money(bound, currency) })),
    el('p', { class: 'muted small' }, () => (ready.value ? t(order.accept_first ? 'pay.final_when_accepted' : 'pay.final') : state.session.value.link === 'online' ? [t('error.insufficient_funds'), ' ', helpLink({ code: 'insufficient_funds' })] : t('pay.offline'))),
    el('div', { class: 'pay-buttons' },
      el('button', { type: 'button', class: 'button', onclick: () => dispatch({ type: 'pay.back' }) }, t('pay.back')),
      el('button', { type: 'button', class: 'button primary', 'data-testid': 'pay-confirm', 'aria-disabled': () => String(!ready.value), onclick: () => ready.peek() && confirmPay() }, icon('lock', { size: 18 }), t('pay.pay', { amount: money(total, currency) }))));
}
