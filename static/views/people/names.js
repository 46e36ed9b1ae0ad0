// Who somebody is, by their id, as far as this page has seen them. Who has left a conversation keeps their name here; of
// whom it never saw, such as the writer of forwarded words, the name is asked for.
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { learnPeople } from '../../app/people.js';
import { me, state } from '../../app/store.js';
import { signal } from '../../kernel/signals.js';

/** @typedef {import('../../sdk/types.js').User} User */

/** @type {Map<string, User>} */
const seen = new Map();
/** Counts what was learnt by asking: who shows a name that is not known yet looks again. */
const learnt = signal(0);
/** Asked for already, or about to be. @type {Set<string>} */
const wanted = new Set();
/** @type {string[]} */
let waiting = [];
/** Ids in one question at most. */
const AT_ONCE = 100;

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
  if (user) return personName(user);
  if (id) want(id);
  return t('chat.someone');
}

/** Asks for a name once, together with the others of this moment. @param {string} id */
function want(id) {
  // Read, so that whoever shows it is told.
  if (learnt.value < 0 || wanted.has(id) || state.session.peek().link !== 'online') return;
  wanted.add(id);
  if (waiting.push(id) === 1) setTimeout(ask, 0);
}

async function ask() {
  const ids = waiting.splice(0, AT_ONCE);
  if (waiting.length > 0) setTimeout(ask, 0);
  try {
    for (const user of await learnPeople(ids)) seen.set(user.id, user);
    learnt.update((n) => n + 1);
  } catch {
    // Asked again when it is shown again.
    for (const id of ids) wanted.delete(id);
  }
}

/** As in a sentence about it: oneself is "you". @param {string | null | undefined} id */
export function nameOrYou(id) {
  return id === me() ? t('chat.you_in_words') : nameOf(id);
}
