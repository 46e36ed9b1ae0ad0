// Beside the conversation: who is in it.
import { each, el } from '../kernel/el.js';
import { conversationName, personName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { me, state } from '../app/store.js';
import { peerOf } from '../state/conversations.js';
import { avatar } from './avatar.js';
import { icon } from './icons.js';

/** @param {string} id @param {() => void} close */
export function Details(id, close) {
  const one = () => state.conversations.value.byId[id];
  const first = state.conversations.peek().byId[id];
  const peer = first ? peerOf(first, me()) : null;
  const name = () => {
    const now = one();
    return now ? conversationName(now, me()) : '';
  };
  return el('aside', { class: 'details', 'aria-label': t('chat.details') },
    el('header', { class: 'bar' }, el('h2', null, t('chat.details')), el('button', { type: 'button', class: 'icon-button', 'aria-label': t('action.close'), onclick: close }, icon('close'))),
    el('div', { class: 'details-body' },
      el('div', { class: 'details-head' }, avatar({ id: peer?.id ?? id, name: name(), group: first?.kind === 'group', size: 'huge' }), el('p', { class: 'details-name' }, el('bdi', null, name)), peer ? el('p', { class: 'muted' }, `@${peer.handle}`) : null),
      el('h3', null, () => t('chat.members', { n: one()?.member_count ?? 0 })),
      el('ul', { class: 'member-list' }, each(() => one()?.members ?? [], (member) => member.user.id, (member) => {
        const user = member.peek().user;
        return el('li', { class: 'found-row' }, avatar({ id: user.id, name: personName(user), size: 'small' }),
          el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, personName(user)), el('span', { class: 'chat-last' }, `@${user.handle}`)),
          () => (user.id === me() ? el('span', { class: 'tag' }, t('chat.you')) : member.value.role !== 'member' ? el('span', { class: 'tag' }, t(`role.${member.value.role}`)) : null));
      }))));
}
