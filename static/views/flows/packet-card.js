// A red packet in the conversation. What is in it for oneself is asked for when the card comes into view.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { loadPacket, serverNow } from '../../app/actions.js';
import { money, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { me, state } from '../../app/store.js';
import { shownState } from '../../state/cards.js';
import { unseenPacket } from '../../state/packets.js';
import { icon } from '../icons.js';
import { nameOf } from '../people/names.js';

const openPacket = later(() => import('./packet-dialog.js'), 'openPacket');

/** @param {import('../message/bubble.js').Talk} talk @param {import('../../sdk/types.js').Card} card @param {number} seq @param {Element} meta */
export function PacketCard(talk, card, seq, meta) {
  /** @type {import('../../sdk/types.js').PacketCardData} */
  const data = card.data;
  const { id } = card;
  const view = computed(() => state.packets.value[id] ?? unseenPacket());
  const mine = computed(() => view.value.mine ?? null);
  const now = computed(() => shownState(data, serverNow()));
  const open = computed(() => now.value === 'open' && mine.value === null);
  const words = () => {
    if (mine.value) return t('packet.you_got', { amount: money(mine.value.amount, data.currency) });
    if (now.value === 'open') return t(view.value.mine === undefined ? 'packet.loading' : data.from === me() ? 'packet.waits' : 'packet.for_you');
    return t(`state.packet.${now.value}`);
  };
  const node = el('div', { class: () => `transfer-card flow-card is-packet${open.value ? '' : ' opened'}`, 'data-testid': 'packet-card' },
    el('div', { class: 'packet-face' }, el('span', { class: 'packet-seal' }, icon('packet', { size: 26 })),
      el('div', { class: 'transfer-words' }, el('p', { class: 'packet-greeting', dir: 'auto' }, shownName(data.greeting, t('packet.greeting'))),
        el('p', { class: 'transfer-line' }, () => (void talk.people.value, data.from === me() ? t('packet.from_you') : t('packet.from', { name: nameOf(data.from) }))))),
    el('div', { class: 'flow-moves' },
      el('p', { class: 'flow-own', 'data-testid': 'packet-words' }, words),
      el('button', { type: 'button', class: () => `button ${open.value ? 'red' : ''}`, 'data-testid': 'packet-open', onclick: () => openPacket(talk, id, seq, data) }, () => t(open.value ? 'flow.move.open' : 'packet.details'))),
    el('div', { class: 'transfer-foot' }, el('span', { 'data-testid': 'card-state' }, () => [t(data.kind === 'lucky' ? 'packet.lucky' : 'packet.equal'), ' · ', t('packet.taken', { n: Math.max(data.claimed, Math.min(view.value.claimed, data.count)), of: data.count })]), meta));
  askInView(node, id);
  return node;
}

/** @param {Element} node @param {string} id */
function askInView(node, id) {
  const inView = signal(false);
  const watcher = new IntersectionObserver((entries) => (inView.value = entries.some((one) => one.isIntersecting)));
  watcher.observe(node);
  onCleanup(() => watcher.disconnect());
  effect(() => {
    const one = state.packets.value[id];
    const unknown = one === undefined || (one.mine === undefined && one.status === 'idle');
    if (inView.value && unknown && state.session.value.link === 'online') untracked(() => loadPacket(id));
  });
}
