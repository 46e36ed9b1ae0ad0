// The time as it goes on under an open page: "two minutes ago" and "today" do not stay so.
import { computed, signal } from '../kernel/signals.js';

const TICK_MS = 30_000;

const now = signal(Date.now());
/** Another value twice a minute, and at midnight. @type {import('../kernel/signals.js').Readable<number>} */
export const minute = computed(() => now.value);
/** The local day, as a key. */
export const today = computed(() => keyOf(new Date(now.value)));
/** The local day before, as a key. */
export const yesterday = computed(() => {
  const date = new Date(now.value);
  // By the calendar: where clocks are changed a day has 23 or 25 hours.
  return keyOf(new Date(date.getFullYear(), date.getMonth(), date.getDate() - 1));
});

/** The local day of a moment, as a key. @param {Date} date */
export function keyOf(date) {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}

/** Started once. */
export function startNow() {
  const look = () => (now.value = Date.now());
  const again = () => {
    look();
    const date = new Date();
    const midnight = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime() - date.getTime();
    setTimeout(again, Math.min(TICK_MS, midnight));
  };
  again();
  // A page that was asleep may wake on another day, before its timer does.
  document.addEventListener('visibilitychange', look);
}
