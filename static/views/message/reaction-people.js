// Who reacted with what, as the server lists it.
import { each, el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { listReactions } from '../../app/actions.js';
import { personName, when } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { asQuipuError } from '../../sdk/errors.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { errorState, skeleton } from '../screen-states.js';

/** @typedef {{ user: import('../../sdk/types.js').User, emoji: string, at: string }} Given */

/** @param {string} conversation @param {number} seq @param {string} [emoji] only this one */
export function openReactionPeople(conversation, seq, emoji) {
  openDialog({ title: t('reactions.title'), name: 'reaction-people' }, () => {
    const given = signal(/** @type {Given[] | null} */ (null));
    const next = signal(/** @type {string | null} */ (null));
    const error = signal(/** @type {import('../../sdk/errors.js').QuipuError | null} */ (null));
    const load = async () => {
      error.value = null;
      try {
        const page = await listReactions(conversation, seq, { ...(emoji ? { emoji } : {}), ...(next.peek() ? { cursor: /** @type {string} */ (next.peek()) } : {}) });
        given.update((old) => [...(old ?? []), ...page.reactions]);
        next.value = page.next;
      } catch (thrown) {
        error.value = asQuipuError(thrown);
      }
    };
    load();
    return [
      () => (error.value ? errorState(error.value, load) : given.value === null ? skeleton(3) : null),
      el('ul', { class: 'found', 'aria-label': t('reactions.title') }, each(() => given.value ?? [], (one) => `${one.user.id} ${one.emoji}`, (one) => {
        const { user, emoji: with_, at } = one.peek();
        return el('li', { class: 'found-row' }, avatar({ id: user.id, name: personName(user), size: 'small' }),
          el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, personName(user)), el('span', { class: 'chat-last' }, () => when(at))), el('span', { class: 'emoji large' }, with_));
      })),
      () => (next.value ? el('button', { type: 'button', class: 'button quiet wide', onclick: load }, t('chats.more')) : null),
    ];
  });
}
