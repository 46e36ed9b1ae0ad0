// Who is in a group, by rank; what each may do to the others stands in a menu beside them.
import { each, el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { addMembers, createConversation, listMembers, removeMember, setRole } from '../../app/actions.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { may } from '../../state/members.js';
import { acting } from '../acting.js';
import { avatar } from '../avatar.js';
import { confirmDialog } from '../confirm.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { icon } from '../icons.js';
import { onContext, openMenu } from '../menu.js';
import { peoplePicker } from '../people/picker.js';
import { presenceDot, presenceWords, watching } from '../people/presence.js';

/** @typedef {import('../../sdk/types.js').Member} Member */

const RANK = { owner: 0, admin: 1, member: 2 };

/** @param {string} id */
export function Members(id) {
  const one = computed(() => state.conversations.value.byId[id]);
  const further = signal(/** @type {Member[]} */ ([]));
  const next = signal(/** @type {string | null | undefined} */ (undefined));
  const list = computed(() => {
    const known = one.value?.members ?? [];
    const all = [...known, ...further.value.filter((member) => !known.some((other) => other.user.id === member.user.id))];
    const rank = (/** @type {Member} */ member) => RANK[/** @type {keyof typeof RANK} */ (member.role)] ?? 2;
    return all.sort((a, b) => rank(a) - rank(b) || personName(a.user).localeCompare(personName(b.user)));
  });
  watching(() => list.value.map((member) => member.user.id).filter((user) => user !== me()).slice(0, 100));
  const more = () => acting(async () => {
    const page = await listMembers(id, next.peek() ?? null);
    further.update((old) => [...old, ...page.members]);
    next.value = page.next;
  });
  return el('section', { 'aria-label': t('chat.member_list') },
    el('div', { class: 'section-head' }, el('h3', null, () => t('chat.members', { n: one.value?.member_count ?? 0 })),
      () => (one.value && may(one.value, me(), 'add') ? el('button', { type: 'button', class: 'link-button', 'data-testid': 'add-members', onclick: () => openAdd(id) }, icon('personAdd', { size: 20 }), t('group.add')) : null)),
    el('ul', { class: 'member-list', 'data-testid': 'members' }, each(() => list.value, (member) => member.user.id, (member) => row(id, member))),
    () => ((one.value?.member_count ?? 0) > list.value.length && next.value !== null ? el('button', { type: 'button', class: 'button quiet wide', onclick: more }, t('chats.more')) : null));
}

/** @param {string} id @param {import('../../kernel/signals.js').Signal<Member>} member */
function row(id, member) {
  const { user } = member.peek();
  const self = user.id === me();
  const open = (/** @type {any} */ at) => openMemberMenu(id, member.peek(), at);
  const button = self ? null : el('button', { type: 'button', class: 'icon-button', 'aria-haspopup': 'menu', 'aria-label': t('group.member_actions', { name: personName(user) }), onclick: () => open(button) }, icon('more', { size: 20 }));
  const node = el('li', { class: 'found-row', 'data-testid': 'member' }, el('span', { class: 'face-with-dot' }, avatar({ id: user.id, name: personName(user), size: 'small' }), self ? null : presenceDot(user.id)),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, personName(user)), el('span', { class: 'chat-last' }, () => (self ? `@${user.handle}` : (presenceWords(user.id) ?? `@${user.handle}`)))),
    () => (member.value.role !== 'member' ? el('span', { class: 'tag' }, t(`role.${member.value.role}`)) : self ? el('span', { class: 'tag' }, t('chat.you')) : null), button);
  if (!self) onContext(node, open);
  return node;
}

/** @param {string} id @param {Member} member @param {any} at */
function openMemberMenu(id, member, at) {
  const one = state.conversations.peek().byId[id];
  if (!one) return;
  const { user, role } = member;
  const name = personName(user);
  const ranks = may(one, me(), 'role');
  openMenu({
    label: t('group.member_actions', { name }), at,
    items: [
      { icon: 'chats', label: t('people.message'), act: () => void acting(() => createConversation('direct', [user.id])) },
      ranks && role === 'member' ? { icon: 'shield', label: t('group.make_admin'), act: () => void acting(() => setRole(id, user.id, 'admin')) } : null,
      ranks && role === 'admin' ? { icon: 'shield', label: t('group.make_member'), act: () => void acting(() => setRole(id, user.id, 'member')) } : null,
      ranks ? { icon: 'crown', label: t('group.hand_over'), act: () => confirmDialog({ title: t('group.hand_over'), text: t('group.hand_over_text', { name }), action: t('group.hand_over_do'), name: 'hand-over' }, () => setRole(id, user.id, 'owner')) } : null,
      may(one, me(), 'remove', member) ? { icon: 'personOff', label: t('group.remove'), danger: true, act: () => confirmDialog({ title: t('group.remove'), text: t('group.remove_text', { name }), action: t('group.remove_do'), name: 'remove' }, () => removeMember(id, user.id)) } : null,
    ],
  });
}

/** @param {string} id */
function openAdd(id) {
  openDialog({ title: t('group.add'), name: 'add-members' }, (close) => {
    const { busy, error, run } = attempt();
    const picker = peoplePicker({ many: true, without: (state.conversations.peek().byId[id]?.members ?? []).map((member) => member.user.id) });
    const add = () => picker.chosen.peek().length > 0 && run(async () => {
      await addMembers(id, picker.chosen.peek().map((user) => user.id));
      close();
    });
    return [picker.node, formFault(() => error.value), el('button', { type: 'button', class: 'button primary wide', 'data-testid': 'add-chosen', 'aria-disabled': () => String(busy.value || picker.chosen.value.length === 0), onclick: add }, () => t('group.add_n', { n: picker.chosen.value.length }))];
  });
}
