// In slow mode: how long until the next message may be sent.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, signal } from '../../kernel/signals.js';
import { link } from '../../app/link.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { nextSendAt } from '../../state/members.js';
import { emptyThread, ownLast } from '../../state/messages.js';
import { lengthOf } from '../message/system-words.js';

/** @param {string} id */
export function SlowMode(id) {
  const now = signal(Date.now());
  const slow = computed(() => (state.conversations.value.byId[id]?.slow_mode_seconds ?? 0) > 0);
  const left = computed(() => {
    const one = state.conversations.value.byId[id];
    if (!one || !slow.value) return 0;
    void now.value;
    const at = state.session.value.link === 'online' ? link().serverNow() : Date.now();
    const until = nextSendAt(one, me(), ownLast(state.messages.value[id] ?? emptyThread(), me()), at);
    return until === 0 ? 0 : Math.ceil((until - at) / 1000);
  });
  effect(() => {
    if (!slow.value) return;
    const timer = setInterval(() => (now.value = Date.now()), 500);
    onCleanup(() => clearInterval(timer));
  });
  return () => (left.value > 0 ? el('p', { class: 'composer-note', 'data-testid': 'slow-mode' }, t('composer.slow', { for: lengthOf(left.value) })) : null);
}
