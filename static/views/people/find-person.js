// Somebody by their handle: a chat with them, or the request to be a contact.
import { el } from '../../kernel/el.js';
import { signal, untracked } from '../../kernel/signals.js';
import { createConversation } from '../../app/actions.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { icon } from '../icons.js';
import { peoplePicker } from './picker.js';
import { rememberUser } from './names.js';
import { ContactStanding } from './standing.js';

export function openFindPerson() {
  openDialog({ title: t('people.add'), name: 'find-person' }, (close) => {
    const chosen = signal(/** @type {import('../../sdk/types.js').User | null} */ (null));
    const picker = peoplePicker({ many: false, label: t('new.handle'), hint: t('new.handle_hint'), onPick: (user) => (rememberUser(user), (chosen.value = user)) });
    return () => {
      const user = chosen.value;
      return user ? untracked(() => card(user, close, () => (chosen.value = null))) : picker.node;
    };
  });
}

/** @param {import('../../sdk/types.js').User} user @param {() => void} close @param {() => void} back */
function card(user, close, back) {
  const { busy, error, run } = attempt();
  const chat = () => run(async () => {
    await createConversation('direct', [user.id]);
    close();
  });
  const first = el('button', { type: 'button', class: 'link-button', onclick: back }, icon('left', { size: 20 }), t('pay.back'));
  queueMicrotask(() => first.focus());
  return el('div', { class: 'person-card' }, first, avatar({ id: user.id, name: personName(user), size: 'huge' }),
    el('p', { class: 'details-name' }, el('bdi', null, personName(user))), el('p', { class: 'muted' }, `@${user.handle}`), ContactStanding(user), formFault(() => error.value),
    el('button', { type: 'button', class: 'button', 'aria-disabled': () => String(busy.value), onclick: chat }, icon('chats', { size: 20 }), t('people.message')));
}
