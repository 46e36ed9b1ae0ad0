// Contacts, who is blocked, and who is there.
import { effect, untracked } from '../kernel/signals.js';
import { ask, link, linked, loadContacts } from './link.js';
import { dispatch, state } from './store.js';

/** @typedef {import('../sdk/types.js').User} User */

export { loadContacts };

/** Who these are. @param {string[]} users @returns {Promise<User[]>} */
export async function learnPeople(users) {
  return (await ask('user.get', { users })).users;
}

/** Who has this handle. @param {string} handle @returns {Promise<User>} */
export async function findPerson(handle) {
  return (await ask('user.find', { handle })).user;
}

/** While the part of the page lives that calls this, the list is here, and no older than what was heard of it. A failure waits for a press. */
export function keepContacts() {
  effect(() => {
    const { status, stale } = state.contacts.value;
    if (state.session.value.link === 'online' && (status === 'idle' || stale)) untracked(loadContacts);
  });
}

/** @returns {Promise<Array<{ user: User, since: string }>>} */
export async function contacts() {
  return (await ask('contact.list')).contacts.filter((/** @type {import('../sdk/types.js').Contact} */ one) => (one.state ?? 'accepted') === 'accepted');
}

/** @param {User} user @param {'accepted' | 'requested' | 'pending' | null} standing */
function stands(user, standing) {
  dispatch({ type: 'contact.set', user, state: standing, since: new Date(link().serverNow()).toISOString() });
}

/** @param {User} user */
export async function requestContact(user) {
  const answer = await ask('contact.request', { user: user.id });
  stands(user, answer.state);
}

/** @param {User} user @param {boolean} accept */
export async function answerContact(user, accept) {
  const answer = await ask('contact.answer', { user: user.id, accept });
  stands(user, answer.state);
}

/** @param {User} user */
export async function removeContact(user) {
  await ask('contact.remove', { user: user.id });
  stands(user, null);
}

/** @param {string} user @param {boolean} on */
export async function blockPerson(user, on) {
  await ask('contact.block', { user, on });
  dispatch({ type: 'items', initial: false, items: [{ kind: 'block', key: user, rev: 0, value: on ? { since: new Date(link().serverNow()).toISOString() } : null }] });
  // The conversation of the two says so too.
  for (const one of Object.values(state.conversations.peek().byId)) {
    if (one.kind === 'direct' && one.members.some((member) => member.user.id === user)) link().logs.want(one.id);
  }
}

export async function loadBlocked() {
  const { users } = await ask('contact.blocked');
  dispatch({ type: 'contacts.blocked', users });
}

/** Of whom this page shows whether they are there; takes the place of whom it showed before. @param {string[]} users @param {boolean} [anew] */
export function watchPresence(users, anew) {
  linked()?.ephemeral.watch(users, anew);
}

/** @param {string} conversation @returns {Promise<number>} */
export async function presenceCount(conversation) {
  return (await ask('presence.count', { conversation })).online;
}

/** Who may see whether one is there. @param {'everybody' | 'contacts' | 'nobody'} presence */
export function setPresenceSetting(presence) {
  return setSetting('presence', { presence }, { presence });
}

/** Whether one gets receipts by e-mail, where the server sends them. @param {boolean} on */
export function setReceiptMail(on) {
  return setSetting('receipt_mail', { receipt_mail: on }, { receiptMail: on });
}

/** @param {string} name each is a wish of its own @param {Record<string, any>} d @param {Partial<import('../state/settings.js').SettingsState>} shown */
async function setSetting(name, d, shown) {
  const before = state.settings.peek();
  dispatch({ type: 'settings.wished', ...shown });
  try {
    await link().wishes.set(`settings.${name}`, 'settings.set', d);
  } catch (thrown) {
    dispatch({ type: 'settings.wished', ...Object.fromEntries(Object.keys(shown).map((key) => [key, before[/** @type {'presence'} */ (key)]])) });
    throw thrown;
  }
}
