// One conversation in the list: with whom, what was last said, what is unread, and how one wants it.
import { el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { conversationName, when } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { route } from '../../app/router.js';
import { me, state } from '../../app/store.js';
import { isMuted, preferencesOf } from '../../state/conversations.js';
import { draftOf } from '../../state/drafts.js';
import { peerOf, tickOf } from '../../state/members.js';
import { avatar } from '../avatar.js';
import { badge, mentionBadge } from '../badge.js';
import { icon } from '../icons.js';
import { onContext } from '../menu.js';
import { tick } from '../message/meta.js';
import { summary } from '../message/summary.js';
import { nameOf } from '../people/names.js';
import { presenceDot } from '../people/presence.js';
import { typingWords } from '../thread/head.js';
import { openChatMenu } from './chat-menu.js';

/** @typedef {import('../../sdk/types.js').Conversation} Conversation */

/** @param {import('../../kernel/signals.js').Signal<Conversation>} one */
export function ChatRow(one) {
  const { id, kind } = one.peek();
  const name = computed(() => conversationName(one.value, me()));
  const here = computed(() => route.value.params['id'] === id);
  const picture = computed(() => one.value.avatar ?? null);
  const muted = computed(() => isMuted(state.conversations.value, id));
  const pinned = computed(() => preferencesOf(state.conversations.value, id).pinned);
  const draft = computed(() => (here.value ? '' : draftOf(state.drafts.value, id).text));
  const typing = computed(() => typingWords(id, kind === 'group'));
  const line = computed(() => preview(one.value));
  const peer = peerOf(one.peek(), me());
  const open = (/** @type {any} */ at) => openChatMenu(id, at);
  const button = el('button', { type: 'button', class: 'row-menu', 'aria-haspopup': 'menu', 'aria-label': t('chats.actions', { name: name.peek() }), 'data-testid': 'chat-menu', onclick: () => open(button) }, icon('more', { size: 20 }));
  const node = el('li', { class: 'chat-item' },
    el('a', { class: () => `chat-row${one.value.unread > 0 ? ' unread' : ''}${muted.value ? ' muted-chat' : ''}`, href: `/c/${id}`, 'aria-current': () => (here.value ? 'page' : null), 'data-testid': 'chat-row' },
      el('span', { class: 'face-with-dot' }, () => avatar({ id: peer?.id ?? id, name: name.value, group: kind === 'group', picture: picture.value }), peer && peer.id !== me() ? presenceDot(peer.id) : null),
      el('span', { class: 'chat-text' },
        el('span', { class: 'chat-top' }, el('bdi', { class: 'chat-name' }, () => name.value), () => (muted.value ? icon('silent', { size: 16, label: t('chats.muted') }) : null), () => ownTick(one.value), el('time', { datetime: () => lastAt(one.value) }, () => when(lastAt(one.value)))),
        el('span', { class: 'chat-bottom' },
          el('span', { class: 'chat-last', dir: 'auto' }, () => (typing.value ? el('span', { class: 'typing' }, typing.value) : draft.value ? [el('span', { class: 'draft-mark' }, t('chats.draft')), ' ', draft.value] : line.value)),
          () => (pinned.value && one.value.unread === 0 ? icon('pin', { size: 16, label: t('chats.pinned') }) : null),
          () => ((one.value.mentions ?? 0) > 0 ? mentionBadge() : null), () => (one.value.unread > 0 ? badge(one.value.unread) : null)))),
    button);
  onContext(node, open);
  return node;
}

/** @param {Conversation} one */
function lastAt(one) {
  return one.last_message?.at ?? one.created_at;
}

/** @param {Conversation} one */
function ownTick(one) {
  const last = one.last_message;
  return last && last.sender === me() && last.kind !== 'system' && !last.recalled ? tick(tickOf(one, me(), last.seq)) : null;
}

/** @param {Conversation} one @returns {string} */
function preview(one) {
  const last = one.last_message;
  if (!last) return t('chats.nothing_yet');
  const text = summary(last, me());
  if (last.kind !== 'text' || last.recalled) return text || t('chats.nothing_yet');
  if (last.sender === me()) return t('chats.you_said', { text });
  return one.kind === 'group' ? t('chats.they_said', { name: nameOf(last.sender), text }) : text;
}
