// Contacts: who one has to do with, and a press away from their chat.
import { each, el } from '../kernel/el.js';
import { contacts, createConversation } from '../app/actions.js';
import { notice } from '../app/announcer.js';
import { sentence } from '../app/fault.js';
import { personName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { resource } from '../app/resource.js';
import { effect, untracked } from '../kernel/signals.js';
import { state } from '../app/store.js';
import { asQuipuError } from '../sdk/errors.js';
import { avatar } from './avatar.js';
import { icon } from './icons.js';
import { openNewChat } from './new-chat.js';
import { emptyState, errorState, skeleton } from './screen-states.js';

export function Contacts() {
  const list = untracked(() => resource(contacts));
  // Asked for before the link stood: asked again when it does.
  effect(() => {
    if (state.session.value.link === 'online') untracked(() => list.state.peek().status === 'error' && list.reload());
  });
  const open = async (/** @type {string} */ id) => {
    try {
      await createConversation('direct', [id]);
    } catch (thrown) {
      notice(sentence(asQuipuError(thrown)), 'bad');
    }
  };
  return el('section', { class: 'list', 'aria-label': t('nav.contacts') },
    el('header', { class: 'bar' }, el('h1', null, t('nav.contacts')), el('button', { type: 'button', class: 'icon-button', 'aria-label': t('chats.new'), onclick: openNewChat }, icon('plus'))),
    el('div', { class: 'list-scroll' }, () => {
      const { status, data, error } = list.state.value;
      if (status === 'loading') return skeleton(6);
      if (status === 'error') return errorState(error, list.reload);
      if (!data || data.length === 0) return emptyState({ icon: 'contacts', title: t('contacts.empty_title'), text: t('contacts.empty_text'), action: el('button', { type: 'button', class: 'button primary', onclick: openNewChat }, t('chats.find')) });
      return el('ul', { class: 'chats', 'aria-label': t('nav.contacts') }, each(() => data, (one) => one.user.id, (one) =>
        el('li', null, el('button', { type: 'button', class: 'chat-row', onclick: () => open(one.peek().user.id) },
          avatar({ id: one.peek().user.id, name: personName(one.peek().user) }),
          el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, () => personName(one.value.user)), el('span', { class: 'chat-last' }, () => `@${one.value.user.handle}`))))));
    }));
}
