// The frame: rail or tabs, the list, the screen. Which parts are seen at which width is the style sheet's business.
import { el } from '../kernel/el.js';
import { computed, untracked } from '../kernel/signals.js';
import { http } from '../app/actions.js';
import { t } from '../app/i18n.js';
import { notice } from '../app/announcer.js';
import { helpPath } from '../app/fault.js';
import { resource } from '../app/resource.js';
import { styled, worded } from '../app/later.js';
import { route } from '../app/router.js';
import { state } from '../app/store.js';
import { VERSION } from '../app/version.js';
import { asQuipuError } from '../sdk/errors.js';
import { pending } from '../state/contacts.js';
import { unreadTotal } from '../state/conversations.js';
import { badge } from './badge.js';
import { Archived, ChatList } from './chats/chat-list.js';
import { icon, logo } from './icons.js';
import { laterScreen } from './later-screen.js';
import { emptyState, missing } from './screen-states.js';
import { Conversation } from './thread/conversation.js';

const Contacts = laterScreen(() => import('./people/contacts.js'), 'Contacts');
const Blocked = laterScreen(() => import('./people/contacts.js'), 'Blocked');
const Person = laterScreen(() => import('./people/person.js'), 'Person');
const UpdateBanner = laterScreen(() => import('./update-banner.js'), 'UpdateBanner', () => null);
const Settings = laterScreen(() => import('./settings.js'), 'Settings');
const Wallet = laterScreen(() => worded('wallet', styled('history', import('./wallet.js'))), 'Wallet');
const Months = laterScreen(() => worded('wallet', import('./spending/months.js')), 'Months');
const Budgets = laterScreen(() => worded('wallet', import('./spending/budgets.js')), 'Budgets');
const Methods = laterScreen(() => worded('wallet', styled('history', styled('funding', import('./funding/methods.js')))), 'Methods');
const TransactionPage = laterScreen(() => worded('wallet', styled('history', import('./wallet/transaction.js'))), 'TransactionPage');

/** @type {Array<{ name: string, path: string, icon: import('./icons.js').IconName }>} */
const PLACES = [
  { name: 'chats', path: '/', icon: 'chats' },
  { name: 'contacts', path: '/contacts', icon: 'contacts' },
  { name: 'wallet', path: '/wallet', icon: 'wallet' },
  { name: 'settings', path: '/settings', icon: 'settings' },
];

/** @type {Record<string, () => import('../kernel/el.js').Child>} */
const LISTS = { chats: ChatList, archived: Archived, contacts: Contacts, blocked: Blocked };

export function Shell() {
  const name = computed(() => route.value.name);
  const id = computed(() => route.value.params['id'] ?? route.value.params['handle'] ?? '');
  // A conversation opened from the folder leaves the folder beside it.
  let folder = false;
  const listed = computed(() => {
    if (['contacts', 'blocked'].includes(name.value)) return name.value;
    folder = name.value === 'archived' || (folder && name.value === 'conversation');
    return folder ? 'archived' : 'chats';
  });
  return el(
    'div',
    { class: 'shell', 'data-screen': () => name.value },
    el('a', { class: 'skip', href: '#main', onclick: skip }, t('nav.skip')),
    navigation(name),
    // One main for both panes: which of them is seen depends on the width.
    el('main', { class: 'panes' },
      el('div', { class: 'banners' }, linkBanner(), newerServer(), ...aboutBanners()),
      el('div', { class: 'list-pane', tabindex: -1 }, () => LISTS[listed.value]?.()),
      el('div', { class: 'main-pane', id: 'main', tabindex: -1 }, el('div', { class: 'screen' }, () => screen(name.value, id.value)))),
  );
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  for (const pane of document.querySelectorAll('.main-pane, .list-pane')) if (pane instanceof HTMLElement && pane.offsetParent !== null) return pane.focus();
}

/** @param {string} name @param {string} id */
function screen(name, id) {
  switch (name) {
    case 'conversation':
      return Conversation(id);
    case 'person':
      return Person(id);
    case 'wallet':
      return Wallet();
    case 'months':
      return Months();
    case 'budgets':
      return Budgets();
    case 'methods':
      return Methods();
    case 'transaction':
      return TransactionPage(id);
    case 'settings':
      return Settings();
    case 'missing':
      return missing();
    default:
      return el('div', { class: 'idle' }, emptyState({ icon: name === 'contacts' || name === 'blocked' ? 'contacts' : 'chats', title: t('chats.pick_title'), text: t('chats.pick_text') }));
  }
}

/** @param {import('../kernel/signals.js').Readable<string>} name */
function navigation(name) {
  const unread = computed(() => unreadTotal(state.conversations.value));
  const asking = computed(() => pending(state.contacts.value).length);
  const here = (/** @type {string} */ place) => name.value === place || (place === 'chats' && ['conversation', 'archived'].includes(name.value)) || (place === 'contacts' && name.value === 'blocked') || (place === 'wallet' && ['months', 'budgets', 'methods', 'transaction'].includes(name.value));
  return el('nav', { class: 'rail', 'aria-label': t('nav.label') }, el('span', { class: 'rail-mark' }, logo(36)), PLACES.map((place) =>
    el('a', { class: 'rail-link', href: place.path, 'aria-current': () => (here(place.name) ? 'page' : null) },
      el('span', { class: 'rail-icon' }, icon(place.icon), place.name === 'chats' ? () => (unread.value > 0 ? badge(unread.value) : null) : place.name === 'contacts' ? () => (asking.value > 0 ? badge(asking.value) : null) : null),
      el('span', { class: 'rail-word' }, t(`nav.${place.name}`)))));
}

/** What the connection is up to, when it is not simply there. */
function linkBanner() {
  const kind = computed(() => {
    const { link, closeCode } = state.session.value;
    if (link === 'offline') return 'offline';
    if (link !== 'ended') return null;
    return closeCode === 4502 ? 'too_old' : closeCode === 4503 ? 'too_many' : 'ended';
  });
  return () =>
    kind.value
      ? el('div', { class: 'banner', role: 'status', 'data-testid': 'link-banner' }, icon('offline', { size: 20 }), el('span', null, t(`link.${kind.value}`)),
          kind.value === 'offline' ? null : el('button', { type: 'button', class: 'link-button', onclick: () => location.reload() }, t('link.reload')))
      : null;
}

/** A page that stayed open while the server became another one. */
function newerServer() {
  const other = computed(() => ![null, VERSION].includes(state.session.value.serverVersion));
  return () => (other.value ? UpdateBanner() : null);
}

/** What the server says of itself that a person should keep in mind. */
function aboutBanners() {
  const about = untracked(() => resource(() => http.about()));
  return [demoBanner(about), mailBanner(about)];
}

/** @typedef {ReturnType<typeof resource<Awaited<ReturnType<typeof http.about>>>>} About */

/** Money that looks real and is not. @param {About} about */
function demoBanner(about) {
  const isDemo = computed(() => (about.state.value.data?.demo ?? []).length > 0);
  return () =>
    isDemo.value
      ? el('div', { class: 'banner calm', 'data-testid': 'demo-banner' }, icon('info', { size: 20 }), el('span', null, t('demo.banner')))
      : null;
}

/** Where addresses are never asked to be proved, nobody is reminded. @param {About} about */
function mailBanner(about) {
  const asked = computed(() => (about.state.value.data?.verify_email ?? 'never') !== 'never');
  const unverified = computed(() => asked.value && state.session.value.user?.email_verified === false);
  const again = async () => {
    try {
      await http.resendVerification();
      notice(t('verify.sent'), 'good');
    } catch (thrown) {
      notice(t('verify.not_sent'), 'bad', undefined, helpPath(asQuipuError(thrown)));
    }
  };
  return () =>
    unverified.value
      ? el('div', { class: 'banner calm' }, icon('info', { size: 20 }), el('span', null, t('verify.banner')), el('button', { type: 'button', class: 'link-button', onclick: again }, t('verify.again')))
      : null;
}
