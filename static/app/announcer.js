// One polite live region for the whole page, and short notices that are seen as well as heard.
import { signal } from '../kernel/signals.js';

/** Long enough to be read, and longer where there is something to press. */
const SHOWN_MS = 6000;
const ACTION_MS = 15_000;

export const announcement = signal('');
/** @typedef {{ label: string, act: () => void }} NoticeAction */
/** @typedef {{ id: number, text: string, tone: 'plain' | 'good' | 'bad', action: NoticeAction | null, help: string | null }} Notice */
/** @type {import('../kernel/signals.js').Signal<Notice[]>} */
export const notices = signal(/** @type {Notice[]} */ ([]));
let made = 0;

/** @param {string} text */
export function announce(text) {
  // The same words twice are two announcements: the space makes them differ.
  announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}

/** What was said last stays in the page to be read again, but not when it is no longer to be read. */
export function hush() {
  announcement.value = '';
}

/** @param {string} text @param {Notice['tone']} [tone] @param {NoticeAction} [action] @param {string | null} [help] where the page is that explains it @returns {number} by which it can be dropped */
export function notice(text, tone = 'plain', action, help = null) {
  const id = ++made;
  notices.update((list) => [...list.filter((one) => one.text !== text).slice(-2), { id, text, tone, action: action ?? null, help }]);
  announce(text);
  setTimeout(() => dropNotice(id), action || help ? ACTION_MS : SHOWN_MS);
  return id;
}

/** @param {number} id */
export function dropNotice(id) {
  notices.update((list) => list.filter((one) => one.id !== id));
}
