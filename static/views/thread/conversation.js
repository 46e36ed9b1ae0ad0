// One conversation: its head, its thread, its composer, and the panels beside them. Each has files of its own.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { loadThread, look, openConversation } from '../../app/actions.js';
import { conversationName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { Composer } from '../compose/composer.js';
import { laterScreen } from '../later-screen.js';
import { emptyState, errorState, notAllowed, skeleton } from '../screen-states.js';
import { Head } from './head.js';
import { followWishes } from './jumps.js';
import { PinnedBar } from './pinned-bar.js';
import { Thread } from './thread.js';

const Details = laterScreen(() => import('../group/details.js'), 'Details', () => null);
const ThreadSearch = laterScreen(() => import('../search/thread-search.js'), 'ThreadSearch', () => null);

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
  lookAt(id);
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

/** The server is told what is on the screen, so that it need not send all of a large group to who does not look. @param {string} id */
function lookAt(id) {
  const tell = () => look(document.hidden ? null : id);
  effect(() => {
    if (state.session.value.link === 'online') untracked(tell);
  });
  document.addEventListener('visibilitychange', tell);
  onCleanup(() => (document.removeEventListener('visibilitychange', tell), look(null)));
}

/** @param {string} id */
function title(id) {
  const one = state.conversations.value.byId[id];
  return one ? conversationName(one, me()) : t('chat.unnamed');
}

/** @param {string} id */
function content(id) {
  const [details, search] = [signal(false), signal(false)];
  const status = computed(() => state.messages.value[id]?.status ?? 'idle');
  const empty = computed(() => {
    const thread = state.messages.value[id];
    return thread?.status === 'ready' && thread.items.length === 0 && thread.outgoing.length === 0;
  });
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
  followWishes(id);
  const shut = (/** @type {import('../../kernel/signals.js').Signal<boolean>} */ panel, /** @type {string} */ back) => () => {
    panel.value = false;
    const button = document.querySelector(`[data-testid="${back}"]`);
    if (button instanceof HTMLElement) button.focus();
  };
  return [
    el('div', { class: 'talk' }, Head(id, { details, search }), PinnedBar(id), () => (search.value ? untracked(() => ThreadSearch(id, shut(search, 'search-here'))) : null), el('div', { class: 'thread-frame' }, body), Composer(id)),
    () => (details.value ? untracked(() => Details(id, shut(details, 'details-button'), () => ([details.value, search.value] = [false, true]))) : null),
  ];
}
