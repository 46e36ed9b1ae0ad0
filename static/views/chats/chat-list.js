// The list of conversations: pinned ones first, then the latest; what is archived has a folder of its own.
import { each, el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { loadConversations } from '../../app/link.js';
import { t } from '../../app/i18n.js';
import { later, styled } from '../../app/later.js';
import { me, state } from '../../app/store.js';
import { archived, inOrder } from '../../state/conversations.js';
import { peerOf } from '../../state/members.js';
import { icon } from '../icons.js';
import { watching } from '../people/presence.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { ChatRow } from './chat-row.js';

const openNewChat = later(() => import('../people/new-chat.js'), 'openNewChat');
const openSearch = later(() => styled('history', import('../search/palette.js')), 'openSearch');

/** Whose presence is shown: the first of the list. */
const WATCHED = 60;

export function ChatList() {
  const order = computed(() => inOrder(state.conversations.value));
  const folder = computed(() => archived(state.conversations.value));
  const kind = computed(() => {
    const { status, error } = state.conversations.value;
    if (order.value.length > 0 || folder.value.length > 0) return 'content';
    if (status === 'error' && error) return 'error';
    if (status === 'ready') return 'empty';
    return state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  watching(() => order.value.slice(0, WATCHED).flatMap((one) => peerOf(one, me())?.id ?? []).filter((id) => id !== me()));
  const content = () => {
    switch (kind.value) {
      case 'loading':
        return skeleton(7);
      case 'offline':
        return errorState({ code: 'offline' }, () => loadConversations());
      case 'error':
        return errorState(state.conversations.peek().error, () => loadConversations());
      case 'empty':
        return emptyState({ icon: 'chats', title: t('chats.empty_title'), text: t('chats.empty_text'), action: el('button', { type: 'button', class: 'button primary', onclick: () => openNewChat() }, t('chats.new')) });
      default:
        return [folderLink(folder), el('ul', { class: 'chats', 'aria-label': t('nav.chats') }, each(() => order.value, (one) => one.id, ChatRow)), more()];
    }
  };
  return el('section', { class: 'list', 'aria-label': t('nav.chats') },
    el('header', { class: 'bar' }, el('h1', null, t('nav.chats')), el('button', { type: 'button', class: 'icon-button', 'aria-label': t('chats.new'), 'data-testid': 'new-chat', onclick: () => openNewChat() }, icon('compose'))),
    el('button', { type: 'button', class: 'search-button', 'data-testid': 'open-search', 'aria-keyshortcuts': 'Control+K', onclick: () => openSearch() }, icon('search', { size: 20 }), el('span', null, t('search.open')), el('kbd', { 'aria-hidden': 'true' }, 'Ctrl K')),
    el('div', { class: 'list-scroll' }, content));
}

/** The folder of those put away. */
export function Archived() {
  const list = computed(() => archived(state.conversations.value));
  const some = computed(() => list.value.length > 0);
  return el('section', { class: 'list', 'aria-label': t('chats.archived') },
    el('header', { class: 'bar' }, el('a', { class: 'icon-button', href: '/', 'aria-label': t('nav.back') }, icon('back')), el('h1', null, t('chats.archived'))),
    el('div', { class: 'list-scroll' }, () => {
      if (some.value) return el('ul', { class: 'chats', 'aria-label': t('chats.archived') }, each(() => list.value, (one) => one.id, ChatRow));
      if (state.conversations.value.status !== 'ready') return skeleton(4);
      return emptyState({ icon: 'archive', title: t('chats.archived_empty_title'), text: t('chats.archived_empty_text'), action: el('a', { class: 'button', href: '/' }, t('state.to_chats')) });
    }));
}

/** @param {import('../../kernel/signals.js').Readable<readonly import('../../sdk/types.js').Conversation[]>} folder */
function folderLink(folder) {
  const n = computed(() => folder.value.length);
  return () => (n.value > 0 ? el('a', { class: 'chat-row folder', href: '/archived', 'data-testid': 'archived-folder' }, el('span', { class: 'avatar plain', 'aria-hidden': 'true' }, icon('archive', { size: 22 })), el('span', { class: 'chat-name' }, t('chats.archived')), el('span', { class: 'muted small' }, n.value)) : null);
}

function more() {
  return () => (state.conversations.value.next ? el('button', { type: 'button', class: 'button quiet wide', onclick: () => loadConversations({ more: true }) }, t('chats.more')) : null);
}
