// Where a reader is in a thread, and how they stay there: new messages below are counted, older ones above are put in
// without a jump, each chat keeps its place, and a jump ends in the middle of the screen.
import { effect, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { jumped, loadNewer, loadOlder } from '../../app/actions.js';
import { me } from '../../app/store.js';

const NEAR = 48;
/** So near to an end, more is fetched. */
const REACH = 400;
const FLASH_MS = 1600;
/** Where each chat was left: the distance from its end. @type {Map<string, number>} */
const places = new Map();

/**
 * @param {object} of
 * @param {string} of.id @param {HTMLElement} of.box @param {HTMLElement} of.list
 * @param {import('../../kernel/signals.js').Readable<import('../../state/messages.js').Thread>} of.thread
 * @param {boolean} of.unread whether it opens at the line of the unread
 */
export function keepPlace({ id, box, list, thread, unread }) {
  const below = signal(0);
  const pinned = signal(true);
  const seen = signal(0);
  let height = 0;
  let first = thread.peek().items[0]?.seq ?? 0;
  let last = thread.peek().items.at(-1)?.seq ?? 0;
  let unsent = thread.peek().outgoing.length;
  let settled = false;
  const fromEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight;
  const end = () => (box.scrollTop = box.scrollHeight);
  const atEnd = () => fromEnd() < NEAR && thread.peek().newer === null;
  const rowOf = (/** @type {number} */ seq) => /** @type {HTMLElement | null} */ (list.querySelector(`[data-seq="${seq}"]`));

  const look = () => {
    pinned.value = atEnd();
    if (pinned.peek()) below.value = 0;
    const edge = box.getBoundingClientRect().bottom;
    const rows = list.querySelectorAll('[data-seq]');
    for (let i = rows.length - 1; i >= 0; i--) {
      const row = rows[i];
      if (!row || row.getBoundingClientRect().top > edge - 16) continue;
      seen.value = Number(row.getAttribute('data-seq'));
      break;
    }
    if (box.scrollTop < REACH) loadOlder(id);
    if (fromEnd() < REACH) loadNewer(id);
  };
  const settle = () => {
    if (settled || box.clientHeight === 0) return;
    settled = true;
    const place = places.get(id);
    const line = list.querySelector('.unread-line');
    const focus = thread.peek().focus;
    if (focus !== null) show(focus);
    else if (unread && line instanceof HTMLElement) box.scrollTop = line.getBoundingClientRect().top - list.getBoundingClientRect().top - 72;
    else if (place !== undefined && place > NEAR) box.scrollTop = box.scrollHeight - box.clientHeight - place;
    else end();
    height = box.scrollHeight;
    look();
  };
  /** @param {number} seq */
  const show = (seq) => {
    const row = rowOf(seq);
    if (!row) return;
    row.scrollIntoView({ block: 'center' });
    row.classList.add('flash');
    row.focus({ preventScroll: true });
    setTimeout(() => row.classList.remove('flash'), FLASH_MS);
    queueMicrotask(() => jumped(id));
    [height] = [box.scrollHeight];
    look();
  };
  effect(() => {
    const { items, outgoing, focus } = thread.value;
    if (!settled) return;
    const [oldest, newest] = [items[0]?.seq ?? 0, items.at(-1)?.seq ?? 0];
    const moved = oldest > last || newest < first; // another part of the thread than before
    const arrived = items.filter((message) => message.seq > last && message.sender !== me() && message.n !== null).length;
    if (focus !== null) untracked(() => show(focus));
    else if (outgoing.length > unsent || pinned.peek() || moved) end();
    else if (oldest < first) box.scrollTop += box.scrollHeight - height;
    else if (arrived > 0 && thread.value.newer === null) below.update((n) => n + arrived);
    [first, last, unsent, height] = [oldest, newest, outgoing.length, box.scrollHeight];
  });
  let frame = 0;
  box.addEventListener('scroll', () => {
    if (!settled) return;
    places.set(id, fromEnd());
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      // What has grown meanwhile is looked at when its size is told: until then nobody has left the end.
      if (!pinned.peek() || box.scrollHeight === height) look();
    });
  }, { passive: true });
  // The keyboard comes up, a pane opens, an image of text wraps anew: who was at the end stays there.
  const watch = new ResizeObserver(() => {
    settle();
    if (pinned.peek() && thread.peek().focus === null) end();
    height = box.scrollHeight;
    if (settled) look();
  });
  watch.observe(box);
  watch.observe(list);
  onCleanup(() => (watch.disconnect(), cancelAnimationFrame(frame)));
  return { below, pinned, seen, end };
}
