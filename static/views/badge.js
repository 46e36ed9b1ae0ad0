// How many are unread, seen and heard.
import { el } from '../kernel/el.js';
import { t } from '../app/i18n.js';

/** @param {number} n */
export function badge(n) {
  const shown = n > 99 ? '99+' : String(n);
  return el('span', { class: 'badge' }, el('span', { 'aria-hidden': 'true' }, shown), el('span', { class: 'unseen' }, t('chats.unread', { n: shown })));
}
