// Contacts: who asks, who is there, whom one has asked, and whom one does not want to hear of.
import { each, el } from '../../kernel/el.js';
import { computed, effect, untracked } from '../../kernel/signals.js';
import { answerContact, blockPerson, createConversation, keepContacts, loadBlocked, loadContacts, removeContact } from '../../app/actions.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { resource } from '../../app/resource.js';
import { state } from '../../app/store.js';
import { accepted, pending, requested } from '../../state/contacts.js';
import { acting } from '../acting.js';
import { avatar } from '../avatar.js';
import { confirmDialog } from '../confirm.js';
import { icon } from '../icons.js';
import { onContext, openMenu } from '../menu.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { openFindPerson } from './find-person.js';
import { nameOf } from './names.js';
import { presenceDot, presenceWords, watching } from './presence.js';

/** @typedef {import('../../sdk/types.js').User} User */
/** @typedef {import('../../kernel/signals.js').Signal<Required<import('../../sdk/types.js').Contact>>} ContactSignal */

export function Contacts() {
  keepContacts();
  const [friends, asking, asked] = [accepted, pending, requested].map((those) => computed(() => those(state.contacts.value)));
  watching(() => friends?.value.map((one) => one.user.id) ?? []);
  const kind = computed(() => {
    const { status, people } = state.contacts.value;
    if (Object.keys(people).length > 0) return 'content';
    if (status === 'ready') return 'empty';
    return status === 'error' ? 'error' : state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  return el('section', { class: 'list', 'aria-label': t('nav.contacts') },
    el('header', { class: 'bar' }, el('h1', null, t('nav.contacts')), el('a', { class: 'icon-button', href: '/contacts/blocked', 'aria-label': t('people.blocked') }, icon('block')), el('button', { type: 'button', class: 'icon-button', 'aria-label': t('people.add'), 'data-testid': 'add-contact', onclick: openFindPerson }, icon('personAdd'))),
    el('div', { class: 'list-scroll' }, () => {
      switch (kind.value) {
        case 'loading':
          return skeleton(6);
        case 'offline':
        case 'error':
          return errorState(kind.value === 'offline' ? { code: 'offline' } : state.contacts.peek().error, loadContacts);
        case 'empty':
          return emptyState({ icon: 'contacts', title: t('contacts.empty_title'), text: t('contacts.empty_text'), action: el('button', { type: 'button', class: 'button primary', onclick: openFindPerson }, t('people.add')) });
        default:
          return [section('people.requests', asking, request), section('nav.contacts', friends, contact), section('people.requested', asked, wish)];
      }
    }));
}

/** @param {string} title @param {import('../../kernel/signals.js').Readable<Array<Required<import('../../sdk/types.js').Contact>>> | undefined} list @param {(one: ContactSignal) => Element} render */
function section(title, list, render) {
  const some = computed(() => (list?.value.length ?? 0) > 0);
  const words = { 'people.requests': t('people.requests'), 'people.requested': t('people.requested') }[title] ?? t('nav.contacts');
  return () => (some.value ? el('section', { class: 'people-section', 'aria-label': words }, el('h2', null, words), el('ul', { class: 'chats' }, each(() => list?.value ?? [], (one) => one.user.id, render))) : null);
}

/** @param {string} id */
const openChat = (id) => void acting(() => createConversation('direct', [id]));

/** @param {ContactSignal} one */
function contact(one) {
  const { user } = one.peek();
  const name = personName(user);
  const open = (/** @type {any} */ at) => openMenu({
    label: t('people.actions', { name }), at,
    items: [
      { icon: 'chats', label: t('people.message'), act: () => openChat(user.id) },
      { icon: 'personOff', label: t('people.remove'), danger: true, act: () => confirmDialog({ title: t('people.remove'), text: t('people.remove_text', { name }), action: t('people.remove'), name: 'remove-contact' }, () => removeContact(user)) },
      { icon: 'block', label: t('people.block'), danger: true, act: () => confirmDialog({ title: t('people.block'), text: t('people.block_text', { name }), action: t('people.block'), name: 'block' }, () => blockPerson(user.id, true)) },
    ],
  });
  const button = el('button', { type: 'button', class: 'row-menu', 'aria-haspopup': 'menu', 'aria-label': t('people.actions', { name }), onclick: () => open(button) }, icon('more', { size: 20 }));
  const node = el('li', { class: 'chat-item', 'data-testid': 'contact' }, el('button', { type: 'button', class: 'chat-row', onclick: () => openChat(user.id) }, face(user),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, () => personName(one.value.user)), el('span', { class: 'chat-last' }, () => presenceWords(user.id) ?? `@${user.handle}`))), button);
  onContext(node, open);
  return node;
}

/** @param {ContactSignal} one */
function request(one) {
  const { user } = one.peek();
  return el('li', { class: 'request', 'data-testid': 'request' }, plain(user), el('div', { class: 'button-row' },
    el('button', { type: 'button', class: 'button', 'aria-label': t('people.decline_named', { name: personName(user) }), onclick: () => void acting(() => answerContact(user, false)) }, t('people.decline')),
    el('button', { type: 'button', class: 'button primary', 'aria-label': t('people.accept_named', { name: personName(user) }), onclick: () => void acting(() => answerContact(user, true)) }, t('people.accept'))));
}

/** @param {ContactSignal} one */
function wish(one) {
  const { user } = one.peek();
  return el('li', { class: 'request', 'data-testid': 'requested' }, plain(user), el('button', { type: 'button', class: 'button', 'aria-label': t('people.take_back_named', { name: personName(user) }), onclick: () => void acting(() => removeContact(user)) }, t('people.take_back')));
}

/** @param {User} user */
function face(user) {
  return el('span', { class: 'face-with-dot' }, avatar({ id: user.id, name: personName(user) }), presenceDot(user.id));
}

/** @param {User} user */
function plain(user) {
  return el('div', { class: 'found-row' }, avatar({ id: user.id, name: personName(user) }), el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, personName(user)), el('span', { class: 'chat-last' }, `@${user.handle}`)));
}

/** Whom one has blocked, and the way back. */
export function Blocked() {
  const asked = untracked(() => resource(() => loadBlocked().then(() => true)));
  effect(() => {
    if (state.session.value.link === 'online') untracked(() => asked.state.peek().status === 'error' && asked.reload());
  });
  const list = computed(() => Object.entries(state.contacts.value.blocked).map(([id, one]) => ({ id, ...one })));
  const some = computed(() => list.value.length > 0);
  return el('section', { class: 'list', 'aria-label': t('people.blocked') },
    el('header', { class: 'bar' }, el('a', { class: 'icon-button', href: '/contacts', 'aria-label': t('people.back') }, icon('back')), el('h1', null, t('people.blocked'))),
    el('div', { class: 'list-scroll' }, () => {
      if (some.value) return el('ul', { class: 'chats', 'aria-label': t('people.blocked') }, each(() => list.value, (one) => one.id, (one) => {
        const name = () => (one.value.user ? personName(one.value.user) : nameOf(one.value.id));
        return el('li', { class: 'request', 'data-testid': 'blocked' }, el('div', { class: 'found-row' }, avatar({ id: one.peek().id, name: name() }), el('bdi', { class: 'chat-name' }, name)),
          el('button', { type: 'button', class: 'button', 'aria-label': t('people.unblock_named', { name: name() }), onclick: () => void acting(() => blockPerson(one.peek().id, false)) }, t('people.unblock')));
      }));
      const { status, error } = asked.state.value;
      if (status === 'loading') return skeleton(3);
      return status === 'error' ? errorState(error, asked.reload) : emptyState({ icon: 'block', title: t('people.blocked_empty_title'), text: t('people.blocked_empty_text'), action: el('a', { class: 'button', href: '/contacts' }, t('people.back')) });
    }));
}
