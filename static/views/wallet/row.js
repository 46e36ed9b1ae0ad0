// A movement of one's own, as a row of a list; it leads to its page.
import { el } from '../../kernel/el.js';
import { clock, money, moment, personName, shownName } from '../../app/format.js';
import { knows, t } from '../../app/i18n.js';
import { signedOf } from '../../state/story.js';
import { avatar } from '../avatar.js';
import { icon } from '../icons.js';
import { stateName } from '../transfer-card.js';

/** @typedef {import('../../sdk/types.js').Transfer} Transfer */

/** What is said in the place of a name where nobody stands on the other side. @type {Record<string, string>} */
const NOBODY = { funding: 'wallet.funding', topup: 'wallet.topup', withdrawal: 'wallet.withdrawal' };

/** What stands beside a movement in a list: what somebody wrote, and not what a bank calls it. @param {Transfer} one */
function saidOf({ note, kind }) {
  return note && kind !== 'topup' && kind !== 'withdrawal' ? shownName(note) : kindName(kind);
}

/** Who stands on the other side. @param {Transfer} one */
export function otherName({ counterparty, kind }) {
  return counterparty ? personName(counterparty) : t(NOBODY[kind] ?? 'wallet.system');
}

/** @param {string} kind */
export function kindName(kind) {
  return knows(`wallet.kind.${kind}`) ? t(`wallet.kind.${kind}`) : kind;
}

/** What becomes of money that is held for each of these, once it is taken; else somebody accepted it. @type {Record<string, string>} */
const TAKEN = { claim: 'captured' };

/** How a row or a whole payment stands: what somebody waited for was accepted, what an operator held was taken. @param {string} kind @param {string} standing */
export function standingName(kind, standing) {
  return stateName(standing === 'captured' ? (TAKEN[kind] ?? 'accepted') : standing);
}

/** A state as it is asked for, whatever the kind. @param {string} standing */
export function standingOption(standing) {
  return [...new Set([standingName('payment', standing), standingName('claim', standing)])].join(' / ');
}

/** @param {Transfer} one */
export function signedMoney(one) {
  const { amount, tone } = signedOf(one);
  return { words: money(amount, one.currency, { sign: tone !== 'idle' }), tone };
}

/** @param {Transfer} one @param {'large' | 'small'} [size] */
export function faceOf(one, size) {
  const { counterparty, direction } = one;
  const incoming = direction === 'in';
  return el('span', { class: 'history-face' }, counterparty ? avatar({ id: counterparty.id, name: personName(counterparty), ...(size ? { size } : {}) }) : el('span', { class: `avatar plain ${size ?? ''}`, 'aria-hidden': 'true' }, icon('wallet', { size: size === 'large' ? 28 : 22 })),
    el('span', { class: `direction ${direction}` }, icon(incoming ? 'in' : 'out', { size: 14, label: t(incoming ? 'wallet.in' : 'wallet.out') })));
}

/** @param {import('../../kernel/signals.js').Signal<Transfer>} one */
export function TransferRow(one) {
  const now = one.peek();
  const { words, tone } = signedMoney(now);
  return el('li', { 'data-testid': 'transfer-row' }, el('a', { class: 'history-row', href: `/wallet/t/${now.id}` },
    faceOf(now),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, otherName(now)), el('span', { class: 'chat-last', dir: 'auto' }, saidOf(now))),
    el('span', { class: 'history-money' }, el('span', { class: `history-amount ${tone}` }, words), el('time', { datetime: now.at, title: moment(now.at) }, now.state === 'posted' ? clock(now.at) : standingName(now.kind, now.state)))));
}
