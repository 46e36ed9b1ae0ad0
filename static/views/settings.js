// Settings: how it looks, which language, and where one is signed in.
import { each, el } from '../kernel/el.js';
import { computed, signal, untracked } from '../kernel/signals.js';
import { setPresenceSetting, setReceiptMail, signOut } from '../app/actions.js';
import { announce } from '../app/announcer.js';
import { moment, personName, shownName } from '../app/format.js';
import { LANGUAGES, language, setLanguage, t } from '../app/i18n.js';
import { ask, askOnline } from '../app/link.js';
import { resource } from '../app/resource.js';
import { state } from '../app/store.js';
import { setTheme, theme } from '../app/theme.js';
import { acting, refused } from './acting.js';
import { avatar } from './avatar.js';
import { confirmDialog } from './confirm.js';
import { openDialog } from './dialog.js';
import { icon } from './icons.js';
import { laterScreen } from './later-screen.js';
import { errorState, skeleton } from './screen-states.js';

const pin = laterScreen(() => import('./security/pin-panel.js'), 'pinPanel', () => skeleton(1));
const limits = laterScreen(() => import('./security/limits-panel.js'), 'limitsPanel', () => null);

export function Settings() {
  return el('section', { class: 'page settings', 'aria-labelledby': 'settings-title' },
    el('header', { class: 'page-head' }, el('h1', { id: 'settings-title' }, t('nav.settings'))),
    profile(),
    el('section', { class: 'panel', 'aria-labelledby': 'appearance-title' }, el('h2', { id: 'appearance-title' }, t('settings.appearance')),
      choice(t('settings.language'), 'language', LANGUAGES.map((one) => ({ value: one.code, label: one.name, lang: one.code })), () => language.value, (code) => setLanguage(code, { keep: true })),
      choice(t('settings.theme'), 'theme', ['system', 'light', 'dark'].map((value) => ({ value, label: t(`settings.theme_${value}`) })), () => theme.value, (value) => setTheme(/** @type {import('../app/theme.js').Theme} */ (value)))),
    privacy(),
    pin(),
    limits(),
    payments(),
    sessions());
}

function profile() {
  const user = () => state.session.value.user;
  const now = user();
  if (!now) return null;
  return el('section', { class: 'panel profile', 'aria-label': t('settings.profile') }, avatar({ id: now.id, name: personName(now), size: 'large' }),
    el('div', null, el('p', { class: 'profile-name' }, el('bdi', null, personName(now))), el('p', { class: 'muted' }, `@${now.handle}`), el('p', { class: 'muted' }, () => user()?.email ?? '')));
}

/** @param {string} legend @param {string} name @param {Array<{ value: string, label: string, lang?: string }>} options @param {() => string | null} current @param {(value: string) => void} pick */
function choice(legend, name, options, current, pick) {
  return el('fieldset', { class: 'choice' }, el('legend', null, legend), el('div', { class: 'segments' }, options.map((one) =>
    el('label', { lang: one.lang ?? null }, el('input', { type: 'radio', name, value: one.value, checked: () => current() === one.value, onchange: () => pick(one.value) }), el('span', null, one.label)))));
}

function privacy() {
  const pick = (/** @type {string} */ who) => void acting(() => setPresenceSetting(/** @type {'everybody' | 'contacts' | 'nobody'} */ (who)));
  return el('section', { class: 'panel', 'aria-labelledby': 'privacy-title' }, el('h2', { id: 'privacy-title' }, t('settings.privacy')),
    choice(t('settings.presence'), 'presence', ['everybody', 'contacts', 'nobody'].map((value) => ({ value, label: t(`settings.presence_${value}`) })), () => state.settings.value.presence, pick),
    el('p', { class: 'muted small' }, t('settings.presence_text')),
    el('a', { class: 'button', href: '/contacts/blocked' }, icon('block', { size: 20 }), t('people.blocked')));
}

function payments() {
  const pick = (/** @type {string} */ value) => void acting(() => setReceiptMail(value === 'on'));
  const now = () => ({ true: 'on', false: 'off' })[String(state.settings.value.receiptMail)] ?? null;
  return el('section', { class: 'panel', 'aria-labelledby': 'payments-title' }, el('h2', { id: 'payments-title' }, t('settings.payments')),
    choice(t('settings.receipt_mail'), 'receipt-mail', ['on', 'off'].map((value) => ({ value, label: t(`settings.receipt_mail_${value}`) })), now, pick),
    el('p', { class: 'muted small' }, t('settings.receipt_mail_text')));
}

function sessions() {
  const list = untracked(() => resource(async () => /** @type {import('../sdk/types.js').Session[]} */ ((await askOnline('device.list', {})).devices)));
  const busy = signal('');
  /** @param {import('../sdk/types.js').Session} one */
  const end = async (one) => {
    if (busy.peek()) return;
    busy.value = one.id;
    try {
      if (one.current) await signOut();
      else {
        await ask('device.revoke', { device: one.id });
        announce(t('settings.ended'));
        await list.reload();
      }
    } catch (thrown) {
      refused(thrown);
    } finally {
      busy.value = '';
    }
  };
  const others = computed(() => (list.state.value.data ?? []).some((one) => !one.current));
  const endOthers = () =>
    confirmDialog({ title: t('settings.end_others'), text: t('settings.end_others_text'), action: t('settings.end_others'), name: 'end-others' }, async () => {
      await ask('device.revoke', { others: true });
      announce(t('settings.ended_others'));
      await list.reload();
    });
  return el('section', { class: 'panel', 'aria-labelledby': 'sessions-title' }, el('h2', { id: 'sessions-title' }, t('settings.sessions')), el('p', { class: 'muted' }, t('settings.sessions_text')),
    () => {
      const { status, error } = list.state.value;
      if (status === 'loading') return skeleton(2);
      if (status === 'error') return errorState(error, list.reload);
      return el('ul', { class: 'sessions' }, each(() => sorted(list.state.value.data ?? []), (one) => one.id, (one) => sessionRow(one, busy, end)));
    },
    () => (others.value ? el('button', { type: 'button', class: 'button', 'data-testid': 'end-others', onclick: endOthers }, icon('device', { size: 20 }), t('settings.end_others')) : null),
    el('button', { type: 'button', class: 'button danger', 'data-testid': 'sign-out', onclick: confirmSignOut }, icon('leave', { size: 20 }), t('settings.sign_out')));
}

/** @param {import('../sdk/types.js').Session[]} list */
function sorted(list) {
  return [...list].sort((a, b) => Number(b.current) - Number(a.current) || (a.last_seen_at < b.last_seen_at ? 1 : -1));
}

/** @param {import('../kernel/signals.js').Signal<import('../sdk/types.js').Session>} one @param {import('../kernel/signals.js').Readable<string>} busy @param {(one: import('../sdk/types.js').Session) => void} end */
function sessionRow(one, busy, end) {
  const name = shownName(one.peek().device, t('settings.unknown_device'));
  return el('li', { class: 'session-row', 'data-testid': 'session' }, el('span', { class: 'avatar plain', 'aria-hidden': 'true' }, icon('device', { size: 22 })),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, name), el('span', { class: 'chat-last' }, () => (one.value.current ? t('settings.this_device') : t('settings.last_seen', { at: moment(one.value.last_seen_at) })))),
    one.peek().current ? null : el('button', { type: 'button', class: 'button', 'aria-disabled': () => String(busy.value !== ''), 'aria-label': t('settings.end_named', { name }), onclick: () => end(one.peek()) }, t('settings.end')));
}

/** Messages that were not sent yet go with the person: said before, not after. */
function confirmSignOut() {
  const waiting = Object.values(state.messages.peek()).reduce((sum, thread) => sum + thread.outgoing.length, 0);
  openDialog({ title: t('settings.sign_out'), name: 'sign-out' }, (close) => [
    el('p', null, waiting > 0 ? t('settings.sign_out_waiting', { n: waiting }) : t('settings.sign_out_text')),
    el('div', { class: 'pay-buttons' }, el('button', { type: 'button', class: 'button', autofocus: true, onclick: close }, t('action.cancel')),
      el('button', { type: 'button', class: 'button danger', 'data-testid': 'sign-out-confirm', onclick: () => signOut().then(close, refused) }, t('settings.sign_out'))),
  ]);
}
