// The messages of one conversation, by day, with the line where the unread began when it was opened.
import { each, el } from '../../kernel/el.js';
import { computed, effect, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { jumpToEnd, loadOlder, markRead } from '../../app/actions.js';
import { dayKey, dayName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { deliveredByOthers, readByOthers } from '../../state/members.js';
import { byDay, emptyThread, firstUnread, keepEqual } from '../../state/messages.js';
import { acting } from '../acting.js';
import { icon } from '../icons.js';
import { Bubble } from '../message/bubble.js';
import { jump } from './jumps.js';
import { keepPlace } from './place.js';

/** @param {string} id */
export function Thread(id) {
  const thread = computed(() => state.messages.value[id] ?? emptyThread());
  let shown = /** @type {import('../../state/messages.js').Day[]} */ ([]);
  const days = computed(() => (shown = keepEqual(shown, byDay(thread.value, me(), dayKey))));
  const one = state.conversations.peek().byId[id];
  const unreadAt = one ? firstUnread(thread.peek(), one, me()) : null;
  const talk = talkOf(id);

  const list = el('div', { class: 'days' },
    () => (thread.value.older !== null ? el('div', { class: 'older', role: 'status' }, thread.value.loadingOlder ? t('chat.loading_older') : el('button', { type: 'button', class: 'link-button', onclick: () => loadOlder(id) }, t('chat.load_older'))) : null),
    each(() => days.value, (day) => day.day, (day) =>
      el('section', { class: 'day', 'aria-label': () => dayName(day.value.day) }, el('h2', { class: 'day-name' }, el('span', null, () => dayName(day.value.day))),
        each(() => day.value.rows, (row) => row.key, (row) => {
          const bubble = Bubble(talk, row);
          return unreadAt !== null && row.peek().message?.seq === unreadAt ? el('div', { class: 'unread-from' }, el('p', { class: 'unread-line', 'data-testid': 'unread-line' }, el('span', null, t('chat.unread_line'))), bubble) : bubble;
        }))));
  const box = el('div', { class: 'thread', role: 'log', 'aria-live': 'off', 'aria-label': t('chat.messages'), 'aria-describedby': 'thread-keys', tabindex: 0, onkeydown: (/** @type {KeyboardEvent} */ event) => walk(event, box) }, list);
  const { below, pinned, seen, end } = keepPlace({ id, box, list, thread, unread: unreadAt !== null });
  const toEnd = async () => {
    await acting(() => jumpToEnd(id));
    end();
  };
  const button = el('button', { type: 'button', class: 'to-end', 'data-testid': 'to-end', hidden: () => pinned.value, onclick: toEnd, 'aria-label': () => (below.value > 0 ? t('chat.new_below', { n: below.value }) : t('chat.to_end')) },
    icon('down', { size: 20 }), () => (below.value > 0 ? el('span', null, t('chat.new_below', { n: below.value })) : null));
  readWhatIsSeen(id, seen);
  return [el('p', { class: 'unseen', id: 'thread-keys' }, t('chat.keys')), box, button];
}

/** @param {string} id @returns {import('../message/bubble.js').Talk} */
function talkOf(id) {
  const one = computed(() => state.conversations.value.byId[id]);
  const count = computed(() => (one.value?.members ?? []).map((member) => `${member.user.id}${member.user.display_name}`).join());
  let known = 0;
  let before = '';
  return {
    id,
    group: one.peek()?.kind === 'group',
    readBy: computed(() => (one.value ? readByOthers(one.value, me()) : 0)),
    deliveredTo: computed(() => (one.value ? deliveredByOthers(one.value, me()) : 0)),
    people: computed(() => {
      if (count.value !== before) [known, before] = [known + 1, count.value];
      return known;
    }),
    jump: (seq) => void jump(id, seq),
  };
}

/** The arrows lead from message to message; what is done with one begins with Enter. @param {KeyboardEvent} event @param {HTMLElement} box */
function walk(event, box) {
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  const here = document.activeElement;
  if (by === undefined || !(here === box || here?.classList.contains('row')) || event.altKey || event.ctrlKey || event.metaKey) return;
  const rows = /** @type {HTMLElement[]} */ ([...box.querySelectorAll('.row')]);
  const edge = box.getBoundingClientRect().bottom;
  const at = here === box ? rows.findLastIndex((row) => row.getBoundingClientRect().top < edge) + (by < 0 ? 1 : 0) : rows.findIndex((row) => row === here);
  const target = rows[at + by];
  if (!target) return;
  event.preventDefault();
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: 'nearest' });
}

/** What has been on the screen of an open, looked-at chat is read. @param {string} id @param {import('../../kernel/signals.js').Readable<number>} seen */
function readWhatIsSeen(id, seen) {
  const looked = signal(document.hasFocus() && !document.hidden);
  const look = () => (looked.value = document.hasFocus() && !document.hidden);
  for (const [target, name] of /** @type {Array<[EventTarget, string]>} */ ([[window, 'focus'], [window, 'blur'], [document, 'visibilitychange']])) {
    target.addEventListener(name, look);
    onCleanup(() => target.removeEventListener(name, look));
  }
  effect(() => {
    const upTo = seen.value;
    if (looked.value && state.session.value.link === 'online' && upTo > 0) untracked(() => markRead(id, upTo));
  });
}
