// Beside the conversation: who is in it, how one wants it, and what can be done with all of it.
import { el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { blockPerson, leaveConversation } from '../../app/actions.js';
import { conversationName, personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { go } from '../../app/router.js';
import { me, state } from '../../app/store.js';
import { isMuted } from '../../state/conversations.js';
import { may, peerOf, roleOf } from '../../state/members.js';
import { acting } from '../acting.js';
import { avatar } from '../avatar.js';
import { muteMenu } from '../chats/chat-menu.js';
import { confirmDialog } from '../confirm.js';
import { icon } from '../icons.js';
import { ContactStanding } from '../people/standing.js';
import { presenceWords } from '../people/presence.js';
import { Members } from './members.js';
import { openPinned } from './pinned-list.js';

const openNetting = later(() => import('../flows/netting.js'), 'openNetting');
const openGroupSettings = later(() => import('./settings.js'), 'openGroupSettings');

/** @param {string} id @param {() => void} close @param {() => void} search */
export function Details(id, close, search) {
  const one = computed(() => state.conversations.value.byId[id]);
  const first = one.peek();
  const peer = first ? peerOf(first, me()) : null;
  const group = first?.kind === 'group';
  const name = computed(() => (one.value ? conversationName(one.value, me()) : ''));
  const picture = computed(() => one.value?.avatar ?? null);
  const leads = computed(() => one.value !== undefined && may(one.value, me(), 'update'));
  const closer = el('button', { type: 'button', class: 'icon-button', 'aria-label': t('action.close'), onclick: close }, icon('close'));
  queueMicrotask(() => closer.focus());
  return el('aside', { class: 'details', 'aria-label': t('chat.details'), 'data-testid': 'details', onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && !event.defaultPrevented && close() },
    el('header', { class: 'bar' }, el('h2', null, t('chat.details')), closer),
    el('div', { class: 'details-body' },
      el('div', { class: 'details-head' },
        () => avatar({ id: peer?.id ?? id, name: name.value, group, size: 'huge', picture: picture.value }), el('p', { class: 'details-name' }, el('bdi', null, () => name.value)),
        peer ? el('p', { class: 'muted' }, `@${peer.handle}`, () => { const words = presenceWords(peer.id); return words ? ` · ${words}` : ''; }) : null,
        peer && peer.id !== me() ? ContactStanding(peer) : null),
      el('div', { class: 'deeds' },
        deed('search', t('search.here'), search),
        el('button', { type: 'button', class: 'deed', 'data-testid': 'mute', onclick: (/** @type {any} */ event) => muteMenu(id, event.currentTarget) }, () => icon(isMuted(state.conversations.value, id) ? 'silent' : 'bell', { size: 20 }), el('span', null, () => t(isMuted(state.conversations.value, id) ? 'chats.muted' : 'chats.mute'))),
        deed('pin', t('pinned.all'), () => openPinned(id), 'open-pinned'),
        deed('bill', t('netting.title'), () => openNetting(id), 'open-netting'),
        () => (leads.value ? deed('settings', t('group.settings'), () => openGroupSettings(id), 'open-group-settings') : null)),
      group ? Members(id) : null,
      peer && peer.id !== me() ? blockDeed(id, peer) : null,
      group ? deed('leave', t('group.leave'), () => leave(id), 'leave', true) : null));
}

/** @param {import('../icons.js').IconName} name @param {string} label @param {() => void} act @param {string} [testid] @param {boolean} [danger] */
function deed(name, label, act, testid, danger = false) {
  return el('button', { type: 'button', class: `deed${danger ? ' danger' : ''}`, 'data-testid': testid ?? null, onclick: act }, icon(name, { size: 20 }), el('span', null, label));
}

/** @param {string} id @param {import('../../sdk/types.js').User} peer */
function blockDeed(id, peer) {
  const name = personName(peer);
  const mine = computed(() => ['by_me', 'both'].includes(state.conversations.value.byId[id]?.blocked ?? 'none'));
  return () => (mine.value
    ? deed('block', t('people.unblock'), () => void acting(() => blockPerson(peer.id, false)), 'unblock')
    : deed('block', t('people.block'), () => confirmDialog({ title: t('people.block'), text: t('people.block_text', { name }), action: t('people.block'), name: 'block' }, () => blockPerson(peer.id, true)), 'block', true));
}

/** @param {string} id */
function leave(id) {
  const one = state.conversations.peek().byId[id];
  const owner = one && roleOf(one, me()) === 'owner' && one.member_count > 1;
  confirmDialog({ title: t('group.leave'), text: t(owner ? 'group.leave_owner_text' : 'group.leave_text'), action: t('group.leave'), name: 'leave' }, async () => {
    await leaveConversation(id);
    go('/');
  });
}
