// The messages of one conversation. It never takes a reader away from where they read: new ones below are counted, older
// ones above are put in without a jump, and each chat keeps its place.
import { each, el } from '../kernel/el.js';
import { computed, effect, onCleanup, signal, untracked } from '../kernel/signals.js';
import { loadOlder, markRead } from '../app/actions.js';
import { dayKey, dayName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { me, state } from '../app/store.js';
import { readByOthers } from '../state/conversations.js';
import { byDay, emptyThread, keepEqual } from '../state/messages.js';
import { Bubble } from './bubble.js';
import { icon } from './icons.js';

const NEAR = 48;
/** Where each chat was left: the distance from its end. @type {Map<string, number>} */
const places = new Map();

/** @param {string} id */
export function Thread(id) {
  const thread = computed(() => state.messages.value[id] ?? emptyThread());
  let shown = /** @type {import('../state/messages.js').Day[]} */ ([]);
  const days = computed(() => (shown = keepEqual(shown, byDay(thread.value, me(), dayKey))));
  const one = state.conversations.peek().byId[id];
  const readByAll = computed(() => {
    const now = state.conversations.value.byId[id];
    return now ? readByOthers(now, me()) : 0;
  });
  const firstUnread = one && one.unread > 0 ? firstAfter(thread.peek().items, one.read_seq) : null;
  const below = signal(0);
  const pinned = signal(true);

  const list = el('div', { class: 'days' },
    () => (thread.value.older !== null ? el('div', { class: 'older', role: 'status' }, thread.value.loadingOlder ? t('chat.loading_older') : el('button', { type: 'button', class: 'link-button', onclick: () => loadOlder(id) }, t('chat.load_older'))) : null),
    each(() => days.value, (day) => day.day, (day) =>
      el('section', { class: 'day', 'aria-label': dayName(day.peek().day) }, el('h2', { class: 'day-name' }, el('span', null, dayName(day.peek().day))),
        each(() => day.value.rows, (row) => row.key, (row) => {
          const bubble = Bubble(id, row, readByAll);
          return row.peek().message?.seq === firstUnread ? el('div', { class: 'unread-from' }, el('p', { class: 'unread-line', 'data-testid': 'unread-line' }, el('span', null, t('chat.unread_line'))), bubble) : bubble;
        }))));
  const box = el('div', { class: 'thread', role: 'log', 'aria-live': 'off', 'aria-label': t('chat.messages'), tabindex: 0 }, list);
  const toEnd = el('button', { type: 'button', class: 'to-end', hidden: () => pinned.value, onclick: () => end(), 'aria-label': () => (below.value > 0 ? t('chat.new_below', { n: below.value }) : t('chat.to_end')) },
    icon('down', { size: 20 }), () => (below.value > 0 ? el('span', null, t('chat.new_below', { n: below.value })) : null));

  keepPlace({ id, box, list, thread, pinned, below, firstUnread });
  const end = () => {
    box.scrollTop = box.scrollHeight;
  };
  readWhatIsSeen(id, thread, pinned);
  return [box, toEnd];
}

/** @param {import('../sdk/types.js').Message[]} items @param {number} seq */
function firstAfter(items, seq) {
  return items.find((message) => message.seq > seq && message.n !== null && message.sender !== me())?.seq ?? null;
}

/**
 * @param {object} of
 * @param {string} of.id @param {HTMLElement} of.box @param {HTMLElement} of.list
 * @param {import('../kernel/signals.js').Readable<import('../state/messages.js').Thread>} of.thread
 * @param {import('../kernel/signals.js').Signal<boolean>} of.pinned @param {import('../kernel/signals.js').Signal<number>} of.below @param {number | null} of.firstUnread
 */
function keepPlace({ id, box, list, thread, pinned, below, firstUnread }) {
  let height = 0;
  let first = thread.peek().items[0]?.seq ?? 0;
  let last = thread.peek().items.at(-1)?.seq ?? 0;
  let unsent = thread.peek().outgoing.length;
  let settled = false;
  const fromEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight;
  const end = () => (box.scrollTop = box.scrollHeight);

  const settle = () => {
    if (settled || box.clientHeight === 0) return;
    settled = true;
    const place = places.get(id);
    const line = box.querySelector('.unread-line');
    if (firstUnread !== null && line instanceof HTMLElement) box.scrollTop = line.getBoundingClientRect().top - list.getBoundingClientRect().top - 72;
    else if (place !== undefined && place > NEAR) box.scrollTop = box.scrollHeight - box.clientHeight - place;
    else end();
    pinned.value = fromEnd() < NEAR;
    height = box.scrollHeight;
    if (box.scrollTop < 400) loadOlder(id);
  };
  effect(() => {
    const { items, outgoing } = thread.value;
    if (!settled) return;
    const [oldest, newest] = [items[0]?.seq ?? 0, items.at(-1)?.seq ?? 0];
    const arrived = items.filter((message) => message.seq > last && message.sender !== me()).length;
    if (outgoing.length > unsent || pinned.peek()) end();
    else if (oldest < first) box.scrollTop += box.scrollHeight - height;
    else if (arrived > 0) below.update((n) => n + arrived);
    [first, last, unsent, height] = [oldest, newest, outgoing.length, box.scrollHeight];
  });
  box.addEventListener('scroll', () => {
    if (!settled) return;
    pinned.value = fromEnd() < NEAR;
    places.set(id, fromEnd());
    if (pinned.peek()) below.value = 0;
    if (box.scrollTop < 400) loadOlder(id);
  }, { passive: true });
  // The keyboard comes up, a pane opens, an image of text wraps anew: who was at the end stays there.
  const watch = new ResizeObserver(() => {
    settle();
    if (pinned.peek()) end();
    height = box.scrollHeight;
  });
  watch.observe(box);
  watch.observe(list);
  onCleanup(() => watch.disconnect());
}

/** What stands at the end of an open, looked-at chat is read. @param {string} id @param {import('../kernel/signals.js').Readable<import('../state/messages.js').Thread>} thread @param {import('../kernel/signals.js').Signal<boolean>} pinned */
function readWhatIsSeen(id, thread, pinned) {
  const looked = signal(document.hasFocus() && !document.hidden);
  const look = () => (looked.value = document.hasFocus() && !document.hidden);
  for (const [target, name] of /** @type {Array<[EventTarget, string]>} */ ([[window, 'focus'], [window, 'blur'], [document, 'visibilitychange']])) {
    target.addEventListener(name, look);
    onCleanup(() => target.removeEventListener(name, look));
  }
  effect(() => {
    const last = thread.value.items.at(-1)?.seq ?? 0;
    const online = state.session.value.link === 'online';
    if (looked.value && online && pinned.value && last > 0) untracked(() => markRead(id, last));
  });
}
