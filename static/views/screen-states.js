// The states every screen shares: a skeleton that comes late enough not to flicker, empty, fault, not allowed.
import { el } from '../kernel/el.js';
import { onCleanup, signal } from '../kernel/signals.js';
import { sentence } from '../app/fault.js';
import { t } from '../app/i18n.js';
import { helpLink } from './help-link.js';
import { icon } from './icons.js';

const PATIENCE_MS = 150;

/** @param {number} [rows] @param {'list' | 'thread' | 'card'} [kind] */
export function skeleton(rows = 6, kind = 'list') {
  const late = signal(false);
  const timer = setTimeout(() => (late.value = true), PATIENCE_MS);
  onCleanup(() => clearTimeout(timer));
  return el('div', { class: `skeleton ${kind}`, role: 'status', 'aria-label': t('state.loading') }, () =>
    late.value ? Array.from({ length: rows }, () => el('div', { class: 'skeleton-row', 'aria-hidden': 'true' }, el('span'), el('div', null, el('i'), el('i')))) : null);
}

/** @param {{ icon: import('./icons.js').IconName, title: string, text?: string | undefined, action?: import('../kernel/el.js').Child }} of */
export function emptyState(of) {
  return el('div', { class: 'state' }, el('span', { class: 'state-icon' }, icon(of.icon, { size: 28 })), el('h2', null, of.title), of.text ? el('p', null, of.text) : null, of.action ?? null);
}

/** @param {{ code: string, message?: string, reference?: string | null } | null} error @param {() => void} retry */
export function errorState(error, retry) {
  const offline = error?.code === 'offline' || error?.code === 'connection_lost';
  return el(
    'div',
    { class: 'state', role: 'alert' },
    el('span', { class: 'state-icon' }, icon(offline ? 'offline' : 'alert', { size: 28 })),
    el('h2', null, offline ? t('state.offline_title') : t('state.error_title')),
    el('p', null, error ? sentence(error) : ''),
    error?.reference ? el('p', { class: 'reference' }, t('state.reference', { reference: error.reference })) : null,
    helpLink(error),
    el('button', { type: 'button', class: 'button', onclick: retry }, t('state.retry')),
  );
}

export function notAllowed() {
  return emptyState({ icon: 'lock', title: t('state.not_allowed_title'), text: t('state.not_allowed_text'), action: el('a', { class: 'button', href: '/' }, t('state.to_chats')) });
}

export function missing() {
  return emptyState({ icon: 'search', title: t('state.missing_title'), text: t('state.missing_text'), action: el('a', { class: 'button', href: '/' }, t('state.to_chats')) });
}
