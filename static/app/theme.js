// Light, dark, or what the system says. An attribute decides; the tokens do the rest.
import { signal } from '../kernel/signals.js';

const KEPT = 'quipu.theme';
/** @typedef {'system' | 'light' | 'dark'} Theme */

/** @type {import('../kernel/signals.js').Signal<Theme>} */
export const theme = signal(/** @type {Theme} */ ('system'));

export function restoreTheme() {
  const kept = localStorage.getItem(KEPT);
  if (kept === 'light' || kept === 'dark') setTheme(kept);
}

/** @param {Theme} next */
export function setTheme(next) {
  theme.value = next;
  if (next === 'system') {
    delete document.documentElement.dataset['theme'];
    localStorage.removeItem(KEPT);
  } else {
    document.documentElement.dataset['theme'] = next;
    localStorage.setItem(KEPT, next);
  }
}
