// Where a message goes on to: one's conversations, filtered as one types.
import { each, el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { conversationName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { archived, inOrder, peerOf } from '../../state/conversations.js';
import { may } from '../../state/members.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { field } from '../field.js';

/** @param {(to: string) => void} choose */
export function pickConversation(choose) {
  openDialog({ title: t('forward.title'), name: 'forward' }, (close) => {
    const typed = signal('');
    const all = [...inOrder(state.conversations.peek()), ...archived(state.conversations.peek())].filter((one) => may(one, me(), 'write'));
    const shown = computed(() => {
      const wanted = typed.value.trim().toLocaleLowerCase();
      return all.filter((one) => wanted === '' || [conversationName(one, me()), peerOf(one, me())?.handle ?? ''].some((name) => name.toLocaleLowerCase().includes(wanted)));
    });
    const filter = field({ label: t('forward.filter'), name: 'filter', more: { type: 'search', autofocus: true, oninput: () => (typed.value = filter.input.value) } });
    return [
      filter.node,
      el('ul', { class: 'found', 'aria-label': t('nav.chats') }, each(() => shown.value, (one) => one.id, (one) => {
        const { id, kind, avatar: picture } = one.peek();
        const name = conversationName(one.peek(), me());
        return el('li', null, el('button', { type: 'button', class: 'chat-row', onclick: () => (close(), choose(id)) },
          avatar({ id: peerOf(one.peek(), me())?.id ?? id, name, group: kind === 'group', size: 'small', picture: picture ?? null }), el('bdi', { class: 'chat-name' }, name)));
      })),
      () => (shown.value.length === 0 ? el('p', { class: 'muted' }, t('search.nothing')) : null),
    ];
  });
}
