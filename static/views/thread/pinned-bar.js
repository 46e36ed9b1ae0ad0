// Above the thread: what is pinned; a press goes there, and the next press to the one before it.
import { el } from '../../kernel/el.js';
import { computed, effect, signal, untracked } from '../../kernel/signals.js';
import { loadPinned } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { icon } from '../icons.js';
import { summary } from '../message/summary.js';
import { openPinned } from '../group/pinned-list.js';
import { jump } from './jumps.js';

/** @param {string} id */
export function PinnedBar(id) {
  const pinned = computed(() => (state.messages.value[id]?.pinned ?? []).filter((one) => !state.messages.value[id]?.hidden[one.seq]));
  const asked = computed(() => state.messages.value[id]?.pinned !== null && state.messages.value[id] !== undefined);
  const at = signal(0);
  effect(() => {
    if (state.session.value.link === 'online' && state.messages.value[id]?.status === 'ready' && !asked.value) untracked(() => loadPinned(id).catch(() => {})); // a server without pins has no bar
  });
  return () => {
    const list = pinned.value;
    const one = list[at.value % Math.max(1, list.length)];
    if (!one) return null;
    const press = () => {
      jump(id, one.seq);
      at.value = (at.peek() + 1) % list.length;
    };
    return el('div', { class: 'pinned-bar', 'data-testid': 'pinned-bar' },
      el('button', { type: 'button', class: 'pinned-jump', onclick: press }, icon('pin', { size: 20 }),
        el('span', { class: 'pinned-text' }, el('span', { class: 'pinned-title' }, list.length > 1 ? t('pinned.title_n', { n: (at.value % list.length) + 1, of: list.length }) : t('pinned.title')), el('span', { class: 'pinned-line', dir: 'auto' }, summary(one, me())))),
      list.length > 1 ? el('button', { type: 'button', class: 'icon-button', 'aria-label': t('pinned.all'), onclick: () => openPinned(id) }, icon('more', { size: 20 })) : null);
  };
}
