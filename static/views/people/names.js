// Who somebody is, by their id, as far as this page has seen them. Who has left a conversation keeps their name here.
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';

/** @typedef {import('../../sdk/types.js').User} User */

/** @type {Map<string, User>} */
const seen = new Map();
/** Lists that were read already. @type {WeakSet<object>} */
const read = new WeakSet();

/** Takes in everybody whom the store names. */
export function rememberPeople() {
  for (const one of Object.values(state.conversations.value.byId)) remember(one.members, (member) => member.user);
  for (const one of [state.contacts.value.people, state.contacts.value.blocked]) remember(Object.values(one), (entry) => entry.user, one);
  remember(state.search.value.people, (user) => user);
}

/** @template T @param {readonly T[]} list @param {(one: T) => User | null} userOf @param {object} [key] */
function remember(list, userOf, key = list) {
  if (read.has(key)) return;
  read.add(key);
  for (const one of list) {
    const user = userOf(one);
    if (user) seen.set(user.id, user);
  }
}

/** @param {User} user */
export function rememberUser(user) {
  seen.set(user.id, user);
}

/** @param {string | null | undefined} id @returns {User | null} */
export function userOf(id) {
  return (id && seen.get(id)) || null;
}

/** @param {string | null | undefined} id @returns {string} */
export function nameOf(id) {
  const user = userOf(id);
  return user ? personName(user) : t('chat.someone');
}

/** As in a sentence about it: oneself is "you". @param {string | null | undefined} id */
export function nameOrYou(id) {
  return id === me() ? t('chat.you_in_words') : nameOf(id);
}
