// Somebody by their link: who they are, and the two things one may want of them. A link that asks for money brings the
// dialog up with its fields filled in; it never goes further by itself.
import { el } from '../../kernel/el.js';
import { effect, signal, untracked } from '../../kernel/signals.js';
import { createConversation, findPerson, openPayTo } from '../../app/actions.js';
import { sentence } from '../../app/fault.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { resource } from '../../app/resource.js';
import { go, route } from '../../app/router.js';
import { me, state } from '../../app/store.js';
import { readPayLink } from '../../state/pay-link.js';
import { avatar } from '../avatar.js';
import { attempt, formFault } from '../entry.js';
import { helpLink } from '../help-link.js';
import { icon } from '../icons.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { rememberUser } from './names.js';
import { ContactStanding } from './standing.js';

const openGetPaid = later(() => import('../get-paid.js'), 'openGetPaid');

/** @typedef {import('../../sdk/types.js').User} User */

/** Nobody has such a handle: a link with it will not work later either. */
const NOBODY = new Set(['user_not_found', 'handle_invalid', 'invalid_field']);

/** @param {string} handle as it stands in the link */
export function Person(handle) {
  const asked = signal(/** @type {ReturnType<typeof resource<User>> | null} */ (null));
  // The question needs the connection, which a page that was just opened does not have yet.
  effect(() => {
    if (state.session.value.link !== 'online') return;
    untracked(() => {
      if (!asked.peek()) asked.value = resource(() => findPerson(handle));
      else if (asked.peek()?.state.peek().status === 'error') asked.peek()?.reload();
    });
  });
  return el('section', { class: 'page person', 'aria-labelledby': 'person-title' },
    el('header', { class: 'page-head' }, el('h1', { id: 'person-title' }, t('person.title'))),
    () => {
      const found = asked.value?.state.value;
      if (!found || found.status === 'loading') return state.session.value.link === 'offline' ? errorState({ code: 'offline' }, () => asked.peek()?.reload()) : skeleton(1);
      if (found.data) return untracked(() => profile(/** @type {User} */ (found.data)));
      const { error } = found;
      if (error && NOBODY.has(error.code)) return nobody();
      return errorState(error, () => asked.peek()?.reload());
    });
}

function nobody() {
  const error = { code: 'user_not_found' };
  return emptyState({ icon: 'search', title: t('state.missing_title'), text: sentence(error), action: [helpLink(error), el('a', { class: 'button', href: '/' }, t('state.to_chats'))] });
}

/** @param {User} user */
function profile(user) {
  rememberUser(user);
  const name = personName(user);
  const self = user.id === me();
  const { busy, error, run } = attempt();
  if (!self) followLink(user);
  return el('div', { class: 'panel person-card', 'data-testid': 'profile' },
    avatar({ id: user.id, name, size: 'huge' }),
    el('p', { class: 'details-name' }, el('bdi', null, name)),
    el('p', { class: 'muted' }, `@${user.handle}`),
    self ? null : ContactStanding(user),
    () => linkFault(self),
    formFault(() => error.value),
    self
      ? el('button', { type: 'button', class: 'button primary', onclick: () => openGetPaid() }, icon('qr', { size: 20 }), t('getpaid.title'))
      : el('div', { class: 'button-row' },
          el('button', { type: 'button', class: 'button', 'aria-disabled': () => String(busy.value), onclick: () => run(() => createConversation('direct', [user.id])) }, icon('chats', { size: 20 }), t('person.message')),
          el('button', { type: 'button', class: 'button primary', 'data-testid': 'pay-person', 'aria-disabled': () => String(!ready()), onclick: () => untracked(ready) && openPayTo(user) }, icon('transfer', { size: 20 }), t('person.pay'))));
}

/** Whether this page knows what there is to pay from. */
function ready() {
  return state.session.value.link === 'online' && state.wallet.value.status === 'ready';
}

/** What the link at hand asks for, if it asks for anything. */
function wishOf() {
  const { params, search } = route.value;
  return params['pay'] ? readPayLink(search, state.session.value.limits['note_chars'] ?? 140) : null;
}

/** A currency that is not to be had here: the amount would mean something else in another one. @param {string | null} currency */
function isForeign(currency) {
  return currency !== null && !state.session.value.currencies.some((one) => one.code === currency);
}

/** What stands against paying as the link asks. @param {boolean} self */
function linkFault(self) {
  const wish = wishOf();
  if (!wish || state.session.value.currencies.length === 0) return null;
  const code = self ? 'self_transfer' : isForeign(wish.currency) ? 'currency_unsupported' : null;
  return code ? el('div', { class: 'form-fault', role: 'alert', 'data-testid': 'link-fault' }, icon('alert', { size: 20 }), el('div', null, el('p', null, sentence({ code })), helpLink({ code }))) : null;
}

/** Brings the dialog up once a link; when it is closed the link has done its part, and a reload does not ask again. @param {User} user */
function followLink(user) {
  let shown = '';
  effect(() => {
    const wish = wishOf();
    const { search } = route.value;
    const closed = state.pay.value.step === 'closed';
    if (!wish || !ready() || isForeign(wish.currency)) return;
    untracked(() => {
      if (shown !== `pay${search}` && closed) {
        shown = `pay${search}`;
        openPayTo(user, wish);
      } else if (closed) {
        shown = '';
        go(`/u/${encodeURIComponent(user.handle)}`, { replace: true });
      }
    });
  });
}
