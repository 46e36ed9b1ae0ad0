// The list of conversations, latest first, and the way to a new one.
import { each, el } from '../kernel/el.js';
import { computed } from '../kernel/signals.js';
import { draft } from '../app/drafts.js';
import { conversationName, money, personName, when } from '../app/format.js';
import { t } from '../app/i18n.js';
import { loadConversations } from '../app/link.js';
import { route } from '../app/router.js';
import { me, state } from '../app/store.js';
import { inOrder, peerOf } from '../state/conversations.js';
import { avatar } from './avatar.js';
import { badge } from './badge.js';
import { icon } from './icons.js';
import { openNewChat } from './new-chat.js';
import { emptyState, errorState, skeleton } from './screen-states.js';

export function ChatList() {
  const order = computed(() => inOrder(state.conversations.value));
  const kind = computed(() => {
    const { status, error } = state.conversations.value;
    if (order.value.length > 0) return 'content';
    if (status === 'error' && error) return 'error';
    if (status === 'ready') return 'empty';
    return state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  const content = () => {
    switch (kind.value) {
      case 'loading':
        return skeleton(7);
      case 'offline':
        return errorState({ code: 'offline' }, () => loadConversations());
      case 'error':
        return errorState(state.conversations.peek().error, () => loadConversations());
      case 'empty':
        return emptyState({ icon: 'chats', title: t('chats.empty_title'), text: t('chats.empty_text'), action: el('button', { type: 'button', class: 'button primary', onclick: openNewChat }, t('chats.new')) });
      default:
        return [el('ul', { class: 'chats', 'aria-label': t('nav.chats') }, each(() => order.value, (one) => one.id, row)), more()];
    }
  };
  return el('section', { class: 'list', 'aria-label': t('nav.chats') },
    el('header', { class: 'bar' }, el('h1', null, t('nav.chats')), el('button', { type: 'button', class: 'icon-button', 'aria-label': t('chats.new'), 'data-testid': 'new-chat', onclick: openNewChat }, icon('compose'))),
    el('div', { class: 'list-scroll' }, content));
}

function more() {
  return () => (state.conversations.value.next ? el('button', { type: 'button', class: 'button quiet wide', onclick: () => loadConversations({ more: true }) }, t('chats.more')) : null);
}

/** @param {import('../kernel/signals.js').Signal<import('../sdk/types.js').Conversation>} one */
function row(one) {
  const name = computed(() => conversationName(one.value, me()));
  const here = computed(() => route.value.params['id'] === one.value.id);
  const { id, kind } = one.peek();
  const peer = peerOf(one.peek(), me());
  return el('li', null,
    el('a', { class: () => `chat-row${one.value.unread > 0 ? ' unread' : ''}`, href: `/c/${id}`, 'aria-current': () => (here.value ? 'page' : null), 'data-testid': 'chat-row' },
      avatar({ id: peer?.id ?? id, name: name.peek(), group: kind === 'group' }),
      el('span', { class: 'chat-text' },
        el('span', { class: 'chat-top' }, el('bdi', { class: 'chat-name' }, () => name.value), el('time', { datetime: () => lastAt(one.value) }, () => when(lastAt(one.value)))),
        el('span', { class: 'chat-bottom' }, el('span', { class: 'chat-last', dir: 'auto' }, () => (here.value ? preview(one.value) : (kept(id) ?? preview(one.value)))), () => (one.value.unread > 0 ? badge(one.value.unread) : null)))));
}

/** @param {import('../sdk/types.js').Conversation} one */
function lastAt(one) {
  return one.last_message?.at ?? one.created_at;
}

/** @param {string} id */
function kept(id) {
  const text = draft(me(), id);
  return text ? [el('span', { class: 'draft-mark' }, t('chats.draft')), ' ', text] : null;
}

/** @param {import('../sdk/types.js').Conversation} one @returns {string} */
function preview(one) {
  const last = one.last_message;
  if (!last) return t('chats.nothing_yet');
  const mine = last.sender === me();
  if (last.kind === 'card' && last.card?.kind === 'transfer') {
    const { amount, currency } = last.card.data;
    return t(mine ? 'chats.you_paid' : 'chats.card', { amount: money(amount, currency) });
  }
  if (last.kind === 'card' && last.card?.kind === 'reversal') return t('chats.back', { amount: money(last.card.data.amount, last.card.data.currency) });
  const text = last.text ?? '';
  if (last.kind === 'system') return text || t('chats.nothing_yet');
  if (mine) return t('chats.you_said', { text });
  const sender = one.kind === 'group' ? one.members.find((member) => member.user.id === last.sender)?.user : null;
  return sender ? t('chats.they_said', { name: personName(sender), text }) : text;
}
