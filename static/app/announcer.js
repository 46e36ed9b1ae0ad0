// One polite live region for the whole page, and short notices that are seen as well as heard.
import { signal } from '../kernel/signals.js';

export const announcement = signal('');
/** @typedef {{ id: number, text: string, tone: 'plain' | 'good' | 'bad' }} Notice */
/** @type {import('../kernel/signals.js').Signal<Notice[]>} */
export const notices = signal(/** @type {Notice[]} */ ([]));
let made = 0;

/** @param {string} text */
export function announce(text) {
  // The same words twice are two announcements: the space makes them differ.
  announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}

/** @param {string} text @param {Notice['tone']} [tone] */
export function notice(text, tone = 'plain') {
  const id = ++made;
  notices.update((list) => [...list.slice(-2), { id, text, tone }]);
  announce(text);
  setTimeout(() => notices.update((list) => list.filter((one) => one.id !== id)), 6000);
}
