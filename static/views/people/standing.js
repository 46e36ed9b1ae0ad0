// How one stands with a person, and the next step: ask, answer, or be in contact.
import { el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { answerContact, keepContacts, removeContact, requestContact } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { standingOf } from '../../state/contacts.js';
import { attempt, formFault } from '../entry.js';
import { icon } from '../icons.js';

/** @param {import('../../sdk/types.js').User} user */
export function ContactStanding(user) {
  const { busy, error, run } = attempt();
  const standing = computed(() => standingOf(state.contacts.value, user.id));
  // By itself: a list that comes in anew must not put another button under a press.
  const known = computed(() => state.contacts.value.status === 'ready');
  keepContacts();
  const button = (/** @type {string} */ label, /** @type {() => Promise<any>} */ act, primary = false) =>
    el('button', { type: 'button', class: `button${primary ? ' primary' : ''}`, 'aria-disabled': () => String(busy.value), onclick: () => run(act) }, label);
  return el('div', { class: 'standing', 'data-testid': 'standing' }, () => {
    switch (standing.value) {
      case 'accepted':
        return el('p', { class: 'tag' }, icon('check', { size: 16 }), t('people.is_contact'));
      case 'requested':
        return [el('p', { class: 'muted small' }, t('people.asked')), button(t('people.take_back'), () => removeContact(user))];
      case 'pending':
        return [el('p', { class: 'muted small' }, t('people.asks_you')), el('div', { class: 'button-row' }, button(t('people.decline'), () => answerContact(user, false)), button(t('people.accept'), () => answerContact(user, true), true))];
      default:
        return known.value ? button(t('people.ask'), () => requestContact(user)) : null;
    }
  }, formFault(() => error.value));
}
