// How a payment ended, or that nobody knows yet. Three plain answers: what happened, whether money moved, what to do.
import { el } from '../kernel/el.js';
import { dispatch, state } from '../app/store.js';
import { sentence } from '../app/fault.js';
import { moment, money, personName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { fact } from './fact.js';
import { openTopUp } from './funding/doors.js';
import { helpLink } from './help-link.js';
import { icon } from './icons.js';

export function Sending() {
  const { order, currency } = state.pay.peek();
  return el('div', { class: 'pay-result', role: 'status' }, el('span', { class: 'spinner', 'aria-hidden': 'true' }), el('p', { class: 'result-title', tabindex: -1, 'data-focus': true }, t('pay.sending')), el('p', { class: 'confirm-amount' }, order ? money(order.amount, currency) : ''));
}

/** @param {() => void} close */
export function Checking(close) {
  const { order, currency } = state.pay.peek();
  return el('div', { class: 'pay-result', 'data-testid': 'pay-checking' },
    el('span', { class: 'result-icon wait' }, icon('clock', { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true, role: 'alert' }, t('pay.checking_title')),
    el('p', { class: 'confirm-amount' }, order ? money(order.amount, currency) : ''),
    el('p', { class: 'muted' }, t('pay.checking_text')),
    el('button', { type: 'button', class: 'button wide', onclick: close }, t('action.close')));
}

const SETTLE_MS = 400;

/** The second press of a double click is not an answer to what it has just brought up. @param {() => void} act */
export function deliberate(act) {
  const from = performance.now() + SETTLE_MS;
  return () => {
    if (performance.now() > from) act();
  };
}

/** @param {() => void} close */
export function Done(close) {
  const { order, answer, payee, currency } = state.pay.peek();
  if (!order || !answer) return null;
  return el('div', { class: 'pay-result', 'data-testid': 'pay-done' },
    el('span', { class: 'result-icon good' }, icon('check', { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true }, t(answer.state === 'held' ? 'pay.offered' : 'pay.done', { name: payee ? personName(payee) : '' })),
    el('p', { class: 'confirm-amount' }, money(order.amount, currency)),
    el('dl', { class: 'facts' },
      fact(t('pay.time'), moment(answer.at)), answer.fee ? fact(t('pay.fee'), money(answer.fee, currency)) : null, fact(t('pay.new_balance'), money(answer.balance, currency)),
      fact(t('pay.receipt'), el('a', { href: `/wallet/t/${answer.id}`, onclick: close }, el('code', { class: 'receipt-id' }, answer.id)))),
    el('button', { type: 'button', class: 'button primary wide', onclick: deliberate(close) }, t('action.done')),
    el('a', { class: 'link-button', href: '/wallet', onclick: close }, t('pay.to_wallet')));
}

/** @param {() => void} close */
export function Refused(close) {
  const { refusal, order, currency } = state.pay.peek();
  if (!refusal) return null;
  const { available, left, until } = refusal.detail ?? {};
  // The payment's own id leads to it where the refusal brought no reference of its own.
  const reference = refusal.reference ?? order?.client_id ?? null;
  return el('div', { class: 'pay-result', 'data-testid': 'pay-refused' },
    el('span', { class: 'result-icon bad' }, icon('alert', { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true, role: 'alert' }, t('pay.refused_title')),
    el('p', null, sentence(refusal)),
    typeof available === 'string' ? el('p', { class: 'muted' }, t('pay.balance', { balance: money(available, currency) })) : null,
    typeof left === 'string' ? el('p', { class: 'muted' }, limitLine(money(left, currency), until)) : null,
    el('p', { class: 'muted' }, t('pay.not_moved')),
    refusal.code === 'insufficient_funds' ? el('button', { type: 'button', class: 'link-button', 'data-testid': 'pay-add-money', onclick: () => openTopUp({ currency }) }, icon('plus', { size: 18 }), t('wallet.add_money')) : null,
    reference ? el('p', { class: 'reference' }, t('state.reference', { reference })) : null,
    helpLink({ code: refusal.code, reference }),
    el('div', { class: 'pay-buttons' },
      el('button', { type: 'button', class: 'button', onclick: close }, t('action.close')),
      el('button', { type: 'button', class: 'button primary', onclick: deliberate(() => dispatch({ type: 'pay.back' })) }, t('pay.change'))));
}

/** What may still be paid under the limit that was met, and until when. @param {string} left @param {unknown} until */
function limitLine(left, until) {
  return typeof until === 'string' ? t('pay.left_until', { left, until: moment(until) }) : t('pay.left', { left });
}
