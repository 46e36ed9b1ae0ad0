// Everything that is pinned in a conversation, the latest first.
import { each, el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { loadPinned, pinMessage } from '../../app/actions.js';
import { when } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { resource } from '../../app/resource.js';
import { me, state } from '../../app/store.js';
import { may } from '../../state/members.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { icon } from '../icons.js';
import { summary } from '../message/summary.js';
import { nameOf } from '../people/names.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { jump } from '../thread/jumps.js';

/** @param {string} id */
export function openPinned(id) {
  openDialog({ title: t('pinned.all'), name: 'pinned' }, (close) => {
    const asked = resource(() => loadPinned(id).then(() => true));
    const list = computed(() => state.messages.value[id]?.pinned ?? []);
    const { error, run } = attempt();
    return [
      formFault(() => error.value),
      () => {
        if (list.value.length > 0) return null;
        const { status, error: fault } = asked.state.value;
        if (status === 'loading') return skeleton(3);
        return status === 'error' ? errorState(fault, asked.reload) : emptyState({ icon: 'pin', title: t('pinned.empty_title'), text: t('pinned.empty_text') });
      },
      el('ul', { class: 'found', 'aria-label': t('pinned.all') }, each(() => list.value, (one) => one.seq, (one) => {
        const { seq, sender, at } = one.peek();
        const conversation = state.conversations.peek().byId[id];
        return el('li', { class: 'split-row' },
          el('button', { type: 'button', class: 'chat-row', onclick: () => (close(), jump(id, seq)) }, el('span', { class: 'chat-text' },
            el('span', { class: 'chat-top' }, el('bdi', { class: 'chat-name' }, sender === me() ? t('chat.you') : nameOf(sender)), el('time', { datetime: at }, () => when(at))), el('span', { class: 'chat-last', dir: 'auto' }, () => summary(one.value, me())))),
          conversation && may(conversation, me(), 'pin', one.peek()) ? el('button', { type: 'button', class: 'icon-button', 'aria-label': t('message.unpin'), onclick: () => run(() => pinMessage(id, seq, false)) }, icon('unpin', { size: 20 })) : null);
      })),
    ];
  });
}
