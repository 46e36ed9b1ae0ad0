// To a message in its place: in the open conversation, or in another one that is opened for it.
import { effect, signal, untracked } from '../../kernel/signals.js';
import { jumpTo } from '../../app/actions.js';
import { notice } from '../../app/announcer.js';
import { t } from '../../app/i18n.js';
import { go } from '../../app/router.js';
import { state } from '../../app/store.js';
import { acting } from '../acting.js';

/** @type {import('../../kernel/signals.js').Signal<{ id: string, seq: number } | null>} */
const wanted = signal(/** @type {{ id: string, seq: number } | null} */ (null));

/** @param {string} id @param {number} seq */
export async function jump(id, seq) {
  const there = await acting(() => jumpTo(id, seq));
  if (there === false) notice(t('message.not_here'));
}

/** @param {string} id @param {number} seq */
export function openAt(id, seq) {
  wanted.value = { id, seq };
  go(`/c/${id}`);
}

/** As soon as the conversation is there, what was wanted of it is shown. @param {string} id */
export function followWishes(id) {
  effect(() => {
    const wish = wanted.value;
    const ready = state.messages.value[id]?.status === 'ready';
    if (wish?.id !== id || !ready) return;
    untracked(() => {
      wanted.value = null;
      jump(id, wish.seq);
    });
  });
}
