// A transfer, as both of its parties see it in their conversation; one that waits to be accepted has its answers on it.
import { el } from '../kernel/el.js';
import { computed } from '../kernel/signals.js';
import { movesNow, serverNow } from '../app/actions.js';
import { money, shownName } from '../app/format.js';
import { knows, t } from '../app/i18n.js';
import { later } from '../app/later.js';
import { me, state } from '../app/store.js';
import { shownState } from '../state/cards.js';
import { disputeOf } from '../state/waiting.js';
import { cardMoves, remaining } from './flows/frame.js';
import { icon } from './icons.js';
import { nameOf } from './people/names.js';
import { openAt } from './thread/jumps.js';

const openDispute = later(() => import('./flows/dispute-dialog.js'), 'openDispute');
const openRefund = later(() => import('./flows/refund.js'), 'openRefund');

/** @param {import('./message/bubble.js').Talk} talk @param {import('../sdk/types.js').Card} card @param {Element} meta */
export function TransferCard(talk, card, meta) {
  /** @type {import('../sdk/types.js').TransferCardData} */
  const data = card.data;
  const back = card.kind === 'reversal';
  const mine = data.to === me();
  const line = () => (void talk.people.value, mine ? t(back ? 'card.back_to_you' : 'card.to_you') : t(back ? 'card.back_to' : 'card.to', { name: nameOf(data.to) }));
  const now = () => shownState(data, serverNow());
  const refundable = computed(() => !back && movesNow('transfer', data).includes('refund'));
  return el('div', { class: 'transfer-card', 'data-testid': 'transfer-card' },
    top(mine || data.from === me() ? `/wallet/t/${card.id}` : null, el('span', { class: 'transfer-icon' }, icon(back ? 'recall' : 'transfer', { size: 22 })),
      el('div', { class: 'transfer-words' }, el('p', { class: 'transfer-amount' }, money(data.amount, data.currency)), el('p', { class: 'transfer-line' }, line))),
    data.note ? el('p', { class: 'transfer-note', dir: 'auto' }, shownName(data.note)) : null,
    data.refunded ? el('p', { class: 'transfer-note flow-left', 'data-testid': 'refunded' }, t('card.refunded', { amount: money(data.refunded, data.currency) })) : null,
    data.state === 'held' ? el('div', { class: 'flow-body' }, remaining(data, 'flow.accept_within')) : null,
    back ? null : cardMoves('transfer', card.id, data, {}),
    el('div', { class: 'transfer-foot' },
      el('span', { class: 'transfer-state' }, el('span', { 'data-testid': 'card-state' }, () => words(now(), mine)),
        () => (refundable.value ? el('button', { type: 'button', class: 'link-button', 'data-testid': 'refund', onclick: () => openRefund(card.id, data) }, t('refund.action')) : null), back ? null : disputed(card.id, data)), meta));
}

/** For who paid: the way to say that something is wrong, or to what was said. @param {string} id @param {import('../sdk/types.js').TransferCardData} data */
function disputed(id, data) {
  if (data.from !== me()) return null;
  const known = computed(() => {
    const found = disputeOf(state.waiting.value, id);
    return found ? `${found.conversation} ${found.seq}` : null;
  });
  const free = computed(() => movesNow('transfer', data).includes('dispute'));
  return () => {
    const [conversation, seq] = known.value?.split(' ') ?? [];
    if (conversation) return el('button', { type: 'button', class: 'link-button', 'data-testid': 'to-dispute', onclick: () => openAt(conversation, Number(seq)) }, t('dispute.to_card'));
    return free.value ? el('button', { type: 'button', class: 'link-button', 'data-testid': 'dispute', onclick: () => openDispute(id) }, t('dispute.action')) : null;
  };
}

/** For its parties the way to its page. @param {string | null} href @param {...Element} inner */
function top(href, ...inner) {
  return href ? el('a', { class: 'transfer-top', href, 'data-testid': 'card-link' }, inner) : el('div', { class: 'transfer-top' }, inner);
}

/** @param {string} now @param {boolean} mine */
function words(now, mine) {
  if (now === 'posted') return t(mine ? 'card.received' : 'card.posted');
  if (now === 'held') return t(mine ? 'card.accept_it' : 'card.not_accepted_yet');
  return stateName(now);
}

/** A transfer's state in words; one that is new to this version in the server's. @param {string} state */
export function stateName(state) {
  return knows(`state.transfer.${state}`) ? t(`state.transfer.${state}`) : t('card.state', { state });
}
