// How many are unread, and whether one is meant: seen and heard.
import { el } from '../kernel/el.js';
import { t } from '../app/i18n.js';
import { icon } from './icons.js';

/** @param {number} n */
export function badge(n) {
  const shown = n > 99 ? '99+' : String(n);
  return el('span', { class: 'badge', 'data-testid': 'unread' }, el('span', { 'aria-hidden': 'true' }, shown), el('span', { class: 'unseen' }, t('chats.unread', { n: shown })));
}

export function mentionBadge() {
  return el('span', { class: 'badge mention-badge', 'data-testid': 'mention-badge' }, icon('at', { size: 14, label: t('chats.mentioned') }));
}
