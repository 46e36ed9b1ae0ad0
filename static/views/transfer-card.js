// Money in the conversation. The card is what the server wrote; nothing here can be typed by anybody.
import { el } from '../kernel/el.js';
import { money, personName, shownName } from '../app/format.js';
import { knows, t } from '../app/i18n.js';
import { me, state } from '../app/store.js';
import { icon } from './icons.js';

/** @param {import('../sdk/types.js').Card} card @param {Element} meta */
export function TransferCard(card, meta) {
  /** @type {import('../sdk/types.js').TransferCardData} */
  const data = card.data;
  const back = card.kind === 'reversal';
  const line = data.to === me() ? t(back ? 'card.back_to_you' : 'card.to_you') : t(back ? 'card.back_to' : 'card.to', { name: nameOf(data.to) });
  return el('div', { class: 'transfer-card', 'data-testid': 'transfer-card' },
    el('div', { class: 'transfer-top' }, el('span', { class: 'transfer-icon' }, icon('transfer', { size: 22 })),
      el('div', null, el('p', { class: 'transfer-amount' }, money(data.amount, data.currency)), el('p', { class: 'transfer-line' }, line))),
    data.note ? el('p', { class: 'transfer-note', dir: 'auto' }, shownName(data.note)) : null,
    el('div', { class: 'transfer-foot' }, el('span', null, data.state === 'posted' ? t(data.to === me() ? 'card.received' : 'card.posted') : stateName(data.state)), meta));
}

/** A transfer's state in words; one that is new to this version in the server's. @param {string} state */
export function stateName(state) {
  return knows(`state.transfer.${state}`) ? t(`state.transfer.${state}`) : t('card.state', { state });
}

/** @param {string} id */
function nameOf(id) {
  for (const one of Object.values(state.conversations.peek().byId)) {
    const member = one.members.find((other) => other.user.id === id);
    if (member) return personName(member.user);
  }
  return t('chat.someone');
}
