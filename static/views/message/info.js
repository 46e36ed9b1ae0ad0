// How far an own message has come, and with whom.
import { el } from '../../kernel/el.js';
import { moment, personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { fact } from '../fact.js';

/** @param {string} id @param {import('../../sdk/types.js').Message} message */
export function openMessageInfo(id, message) {
  openDialog({ title: t('message.info'), name: 'message-info' }, () => [
    el('dl', { class: 'facts' }, fact(t('info.sent'), moment(message.at)), message.edited_at ? fact(t('info.edited'), moment(message.edited_at)) : null),
    () => {
      const others = (state.conversations.value.byId[id]?.members ?? []).filter((one) => one.user.id !== me());
      const read = others.filter((one) => one.read_seq >= message.seq);
      const delivered = others.filter((one) => one.read_seq < message.seq && (one.delivered_seq ?? 0) >= message.seq);
      const rest = others.filter((one) => !read.includes(one) && !delivered.includes(one));
      return [people('info.read', read), people('info.delivered', delivered), people('info.on_the_way', rest)];
    },
  ]);
}

/** @param {string} title @param {import('../../sdk/types.js').Member[]} members */
function people(title, members) {
  if (members.length === 0) return null;
  return el('section', null, el('h3', null, title === 'info.read' ? t('info.read') : title === 'info.delivered' ? t('info.delivered') : t('info.on_the_way')),
    el('ul', { class: 'found' }, members.map(({ user }) => el('li', { class: 'found-row' }, avatar({ id: user.id, name: personName(user), size: 'small' }), el('bdi', { class: 'chat-name' }, personName(user))))));
}
