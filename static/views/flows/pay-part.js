// Paying the own part of a request or of a bill: what it costs and who gets it is confirmed, then the server is asked, and
// what it says is shown. Nothing is shown as paid before.
import { el } from '../../kernel/el.js';
import { computed, effect, signal, untracked } from '../../kernel/signals.js';
import { leaveAct, payPart } from '../../app/actions.js';
import { sentence } from '../../app/fault.js';
import { moment, money, personName, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { uuidv7 } from '../../sdk/uuid.js';
import { exceeds, feeOn, minorUnits, plus } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { accountOf } from '../../state/wallet.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { helpLink } from '../help-link.js';
import { icon } from '../icons.js';
import { fact } from '../fact.js';
import { deliberate } from '../pay-result.js';
import { nameOf, userOf } from '../people/names.js';

/** @typedef {{ kind: 'request' | 'bill', id: string, to: string, amount: string, currency: string, note: string }} Part */

/** @param {Part} part */
export function openPayPart(part) {
  const clientId = signal(uuidv7());
  openDialog({ title: t(part.kind === 'bill' ? 'bill.pay_title' : 'request.pay_title'), name: 'pay-part', firm: true, onClose: () => leaveAct(clientId.peek()) }, (close) => {
    const step = computed(() => state.acts.value[clientId.value]?.outcome.kind ?? 'confirm');
    const pane = el('div', { class: 'pay-pane pay' }, () => {
      const now = step.value;
      return untracked(() => pageOf(now, part, clientId, close));
    });
    effect(() => {
      void step.value;
      queueMicrotask(() => {
        const target = pane.querySelector('[data-focus]');
        if (target instanceof HTMLElement) target.focus();
      });
    });
    return pane;
  });
}

/** @param {string} step @param {Part} part @param {import('../../kernel/signals.js').Signal<string>} clientId @param {() => void} close */
function pageOf(step, part, clientId, close) {
  switch (step) {
    case 'sending':
    case 'checking':
      return Waiting(step, part, close);
    case 'done':
      return Done(part, clientId.peek(), close);
    case 'refused':
      return Refused(clientId, close);
    default:
      return Confirm(part, clientId);
  }
}

/** @param {Part} part @param {import('../../kernel/signals.js').Signal<string>} clientId */
function Confirm(part, clientId) {
  const { amount, currency, to } = part;
  const exponent = exponentOf(state.session.peek(), currency);
  const fee = feeOn(amount, state.session.peek().feeBasisPoints, exponent);
  const total = plus(amount, fee, exponent);
  const costs = minorUnits(fee, exponent) > 0n;
  const user = userOf(to);
  const name = user ? personName(user) : nameOf(to);
  const available = computed(() => accountOf(state.wallet.value, currency)?.available ?? '0');
  const online = computed(() => state.session.value.link === 'online');
  const ready = computed(() => online.value && !exceeds(total, available.value, exponent));
  const pay = () => ready.peek() && !state.acts.peek()[clientId.peek()] && payPart(part.kind, part.id, { fee, currency }, clientId.peek());
  return el('div', { class: 'pay-confirm' },
    avatar({ id: to, name, size: 'huge' }),
    el('p', { class: 'confirm-name', tabindex: -1, 'data-focus': true }, el('bdi', null, name)),
    user ? el('p', { class: 'muted' }, `@${user.handle}`) : null,
    el('p', { class: 'confirm-amount', 'data-testid': 'part-amount' }, money(amount, currency)),
    el('dl', { class: 'facts' },
      part.note ? fact(t('pay.note'), el('span', { dir: 'auto' }, shownName(part.note))) : null,
      fact(t('pay.fee'), costs ? money(fee, currency) : t('pay.fee_none')), costs ? fact(t('pay.total'), money(total, currency)) : null,
      fact(t('wallet.balance'), el('span', null, () => money(available.value, currency)))),
    el('p', { class: 'muted small' }, () => (ready.value ? t('pay.final') : online.value ? [t('error.insufficient_funds'), ' ', helpLink({ code: 'insufficient_funds' })] : t('pay.offline'))),
    el('div', { class: 'pay-buttons one' },
      el('button', { type: 'button', class: 'button primary', 'data-testid': 'part-confirm', 'aria-disabled': () => String(!ready.value), onclick: pay }, icon('lock', { size: 18 }), t('pay.pay', { amount: money(total, currency) }))));
}

/** @param {'sending' | 'checking'} step @param {Part} part @param {() => void} close */
function Waiting(step, part, close) {
  const amount = el('p', { class: 'confirm-amount' }, money(part.amount, part.currency));
  if (step === 'sending') return el('div', { class: 'pay-result', role: 'status' }, el('span', { class: 'spinner', 'aria-hidden': 'true' }), el('p', { class: 'result-title', tabindex: -1, 'data-focus': true }, t('pay.sending')), amount);
  return el('div', { class: 'pay-result', 'data-testid': 'part-checking' }, el('span', { class: 'result-icon wait' }, icon('clock', { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true, role: 'alert' }, t('pay.checking_title')), amount, el('p', { class: 'muted' }, t('pay.checking_text')),
    el('button', { type: 'button', class: 'button wide', onclick: close }, t('action.close')));
}

/** @param {Part} part @param {string} clientId @param {() => void} close */
function Done(part, clientId, close) {
  const outcome = state.acts.peek()[clientId]?.outcome;
  const moved = outcome?.kind === 'done' ? /** @type {import('../../sdk/types.js').Moved | null} */ (outcome.answer.transfer) : null;
  return el('div', { class: 'pay-result', 'data-testid': 'part-done' },
    el('span', { class: 'result-icon good' }, icon('check', { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true, role: 'status' }, t('pay.done', { name: nameOf(part.to) })),
    el('p', { class: 'confirm-amount' }, money(part.amount, part.currency)),
    moved ? el('dl', { class: 'facts' }, fact(t('pay.time'), moment(moved.at)), moved.fee ? fact(t('pay.fee'), money(moved.fee, moved.currency)) : null, fact(t('pay.new_balance'), money(moved.balance, moved.currency)),
      fact(t('pay.receipt'), el('code', { class: 'receipt-id' }, moved.id))) : null,
    el('button', { type: 'button', class: 'button primary wide', onclick: deliberate(close) }, t('action.done')));
}

/** @param {import('../../kernel/signals.js').Signal<string>} clientId @param {() => void} close */
function Refused(clientId, close) {
  const id = clientId.peek();
  const outcome = state.acts.peek()[id]?.outcome;
  if (outcome?.kind !== 'refused') return null;
  const { error } = outcome;
  const reference = error.reference ?? id;
  const { available } = error.detail ?? {};
  const again = () => {
    clientId.value = uuidv7(); // the refusal is kept under the old one
    leaveAct(id);
  };
  return el('div', { class: 'pay-result', 'data-testid': 'part-refused' },
    el('span', { class: 'result-icon bad' }, icon('alert', { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true, role: 'alert' }, t('pay.refused_title')),
    el('p', null, sentence(error)),
    typeof available === 'string' ? el('p', { class: 'muted' }, t('pay.balance', { balance: money(available, error.detail?.currency ?? 'CNY') })) : null,
    el('p', { class: 'muted' }, t('pay.not_moved')),
    el('p', { class: 'reference' }, t('state.reference', { reference })),
    helpLink({ code: error.code, reference }),
    el('div', { class: 'pay-buttons' },
      el('button', { type: 'button', class: 'button', onclick: close }, t('action.close')),
      el('button', { type: 'button', class: 'button primary', onclick: deliberate(again) }, t('pay.back'))));
}
