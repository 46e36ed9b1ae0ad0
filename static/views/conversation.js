// One conversation: its head, its thread, its composer. The thread and the composer have files of their own.
import { el } from '../kernel/el.js';
import { computed, effect, signal, untracked } from '../kernel/signals.js';
import { loadThread, openConversation } from '../app/actions.js';
import { conversationName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { me, state } from '../app/store.js';
import { peerOf } from '../state/conversations.js';
import { avatar } from './avatar.js';
import { Composer } from './composer.js';
import { Details } from './details.js';
import { icon } from './icons.js';
import { emptyState, errorState, notAllowed, skeleton } from './screen-states.js';
import { Thread } from './thread.js';

/** @param {string} id */
export function Conversation(id) {
  const known = computed(() => state.conversations.value.byId[id] !== undefined);
  const kind = computed(() => {
    const { gone, status, error } = state.conversations.value;
    if (known.value) return 'known';
    if (gone[id]) return 'gone';
    if (error && status !== 'loading') return 'error';
    return 'loading';
  });
  // Whenever the link stands and something is not here yet, it is asked for; a failure waits for a press or the next link.
  effect(() => {
    const { link } = state.session.value;
    const listed = state.conversations.value.status === 'ready';
    if (link !== 'online') return;
    if (known.value) untracked(() => loadThread(id));
    else if (listed) untracked(() => openConversation(id));
  });
  return el('section', { class: 'conversation', 'aria-label': () => title(id) }, () => {
    switch (kind.value) {
      case 'known':
        return untracked(() => content(id));
      case 'gone':
        return notAllowed();
      case 'error':
        return errorState(state.conversations.peek().error, () => openConversation(id));
      default:
        return skeleton(6, 'thread');
    }
  });
}

/** @param {string} id */
function title(id) {
  const one = state.conversations.value.byId[id];
  return one ? conversationName(one, me()) : t('chat.unnamed');
}

/** @param {string} id */
function content(id) {
  const details = signal(false);
  const one = state.conversations.peek().byId[id];
  const group = one?.kind === 'group';
  const peer = one ? peerOf(one, me()) : null;
  const status = computed(() => state.messages.value[id]?.status ?? 'idle');
  const empty = computed(() => {
    const thread = state.messages.value[id];
    return thread?.status === 'ready' && thread.items.length === 0 && thread.outgoing.length === 0;
  });
  const head = el('header', { class: 'bar' },
    el('a', { class: 'icon-button back', href: '/', 'aria-label': t('nav.back') }, icon('back')),
    avatar({ id: peer?.id ?? id, name: title(id), group, size: 'small' }),
    el('div', { class: 'bar-title' }, el('h1', null, el('bdi', null, () => title(id))),
      el('p', null, () => (group ? t('chat.members', { n: state.conversations.value.byId[id]?.member_count ?? 0 }) : `@${peer?.handle ?? ''}`))),
    el('button', { type: 'button', class: 'icon-button', 'aria-label': t('chat.details'), 'aria-expanded': () => String(details.value), onclick: () => details.update((on) => !on) }, icon('info')));
  const body = () => {
    switch (status.value) {
      case 'ready':
        return empty.value ? emptyState({ icon: 'chats', title: t('chat.empty_title', { name: title(id) }), text: t('chat.empty_text') }) : untracked(() => Thread(id));
      case 'error':
        return errorState(state.messages.peek()[id]?.error ?? null, () => loadThread(id));
      default:
        return state.session.value.link === 'offline' ? errorState({ code: 'offline' }, () => loadThread(id)) : skeleton(6, 'thread');
    }
  };
  return [el('div', { class: 'talk' }, head, el('div', { class: 'thread-frame' }, body), Composer(id)), () => (details.value ? Details(id, () => (details.value = false)) : null)];
}
