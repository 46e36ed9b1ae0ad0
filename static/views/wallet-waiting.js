// What waits for oneself, on the wallet's page: each leads to its card, where it is answered.
import { each, el } from '../kernel/el.js';
import { computed, effect, untracked } from '../kernel/signals.js';
import { loadWaiting, serverNow } from '../app/actions.js';
import { money, shownName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { me, state } from '../app/store.js';
import { partOf } from '../state/cards.js';
import { waitingFor } from '../state/waiting.js';
import { avatar } from './avatar.js';
import { nameOf } from './people/names.js';
import { openAt } from './thread/jumps.js';

/** @typedef {import('../state/waiting.js').Waiting} Waiting */

export function WaitingForMe() {
  effect(() => {
    if (state.session.value.link === 'online') untracked(() => loadWaiting().catch(() => {})); // what is known stays
  });
  const all = computed(() => waitingFor(state.waiting.value, me(), serverNow()));
  const some = computed(() => all.value.length > 0);
  return () => (some.value ? el('section', { class: 'panel waiting-list', 'aria-labelledby': 'waiting-title', 'data-testid': 'waiting' }, el('h2', { id: 'waiting-title' }, t('wallet.waiting')), el('ul', null, each(() => all.value, (one) => one.id, row))) : null);
}

/** @param {import('../kernel/signals.js').Signal<Waiting>} one */
function row(one) {
  const { kind, conversation, seq, data } = one.peek();
  const amount = kind === 'bill' ? (partOf(data.shares, me())?.amount ?? '0') : data.amount;
  const open = (/** @type {MouseEvent} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    openAt(conversation, seq);
  };
  return el('li', { 'data-testid': 'waiting-row' }, el('a', { class: 'history-row', href: `/c/${conversation}`, onclick: open },
    () => avatar({ id: data.from, name: nameOf(data.from) }),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, () => nameOf(data.from)), el('span', { class: 'chat-last', dir: 'auto' }, [t(`wallet.waiting.${kind}`), shownName(kind === 'dispute' ? data.reason : data.note)].filter((words) => words !== '').join(' · '))),
    el('span', { class: 'history-money' }, el('span', { class: 'history-amount' }, money(amount, data.currency)))));
}
