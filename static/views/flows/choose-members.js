// Who of a conversation is meant: a list to tick, and all of them with one press.
import { each, el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { listMembers } from '../../app/actions.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { avatar } from '../avatar.js';

/** @typedef {import('../../sdk/types.js').User} User */

/** Pages of members that are read at most. */
const MOST_PAGES = 10;

/** The members, as far as the conversation lists them, and the others of a large one as they are read. @param {string} conversation @param {boolean} withMe */
export function membersOf(conversation, withMe) {
  const one = state.conversations.peek().byId[conversation];
  const users = (one?.members ?? []).map((member) => member.user);
  const all = signal(order(users, withMe));
  if (one && one.member_count > one.members.length) read(conversation, (more) => (all.value = order([...all.peek(), ...more], withMe)));
  return all;
}

/** @param {readonly User[]} users @param {boolean} withMe @returns {User[]} */
function order(users, withMe) {
  const byId = new Map(users.map((user) => [user.id, user]));
  const own = byId.get(me());
  byId.delete(me());
  return withMe && own ? [own, ...byId.values()] : [...byId.values()];
}

/** @param {string} conversation @param {(users: User[]) => void} take */
async function read(conversation, take) {
  let cursor = /** @type {string | null} */ (null);
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await listMembers(conversation, cursor).catch(() => null);
    if (!answer) return;
    take(answer.members.map((member) => member.user));
    cursor = answer.next;
    if (cursor === null) return;
  }
}

/**
 * @param {object} of
 * @param {string} of.label @param {import('../../kernel/signals.js').Readable<User[]>} of.users
 * @param {import('../../kernel/signals.js').Signal<readonly string[]>} of.chosen @param {number} of.most
 * @param {(user: User) => import('../../kernel/el.js').Child} [of.beside] what stands beside somebody who is chosen
 */
export function chooseMembers(of) {
  const has = (/** @type {string} */ id) => of.chosen.value.includes(id);
  const all = computed(() => of.users.value.length > 0 && of.users.value.slice(0, of.most).every((user) => has(user.id)));
  const toggle = (/** @type {string} */ id) => of.chosen.update((list) => (list.includes(id) ? list.filter((one) => one !== id) : list.length < of.most ? [...list, id] : list));
  const toggleAll = () => (of.chosen.value = all.peek() ? [] : of.users.peek().slice(0, of.most).map((user) => user.id));
  return el('fieldset', { class: 'member-choice', 'data-testid': 'member-choice' }, el('legend', null, of.label),
    () => (of.users.value.length > 1 ? el('label', { class: 'member-row all' }, el('input', { type: 'checkbox', checked: () => all.value, 'data-testid': 'choose-all', onchange: toggleAll }), el('span', { class: 'member-name' }, t('flow.everybody')), el('span', { class: 'muted small' }, () => t('flow.chosen', { n: of.chosen.value.length }))) : null),
    el('div', { class: 'member-list' }, each(() => of.users.value, (user) => user.id, (one) => {
      const user = one.peek();
      const name = user.id === me() ? t('chat.you') : personName(user);
      return el('div', { class: 'member-line' },
        el('label', { class: 'member-row' }, el('input', { type: 'checkbox', checked: () => has(user.id), 'data-testid': 'choose-member', 'aria-label': name, onchange: (/** @type {any} */ event) => (toggle(user.id), (event.target.checked = of.chosen.peek().includes(user.id))) }), avatar({ id: user.id, name, size: 'small' }), el('bdi', { class: 'member-name' }, name)),
        () => (of.beside && has(user.id) ? of.beside(user) : null));
    })));
}
