// A conversation in which nothing can be written: why, and what can be done about it.
import { el } from '../../kernel/el.js';
import { askAnew, blockPerson } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { conversationName } from '../../app/format.js';
import { peerOf } from '../../state/members.js';
import { attempt, formFault } from '../entry.js';
import { icon } from '../icons.js';

/** Whether it is so still is asked when it is opened: nobody is told that a block is over. @param {string} id */
export function Closed(id) {
  const one = state.conversations.peek().byId[id];
  if (!one) return null;
  askAnew(id);
  const { busy, error, run } = attempt();
  const mine = one.blocked === 'by_me' || one.blocked === 'both';
  const peer = peerOf(one, me());
  const name = conversationName(one, me());
  return el('div', { class: 'composer closed', 'data-testid': 'composer-closed' },
    formFault(() => error.value),
    el('p', null, icon('block', { size: 20 }), t(mine ? 'closed.by_me' : 'closed.by_them', { name })),
    mine && peer ? el('button', { type: 'button', class: 'button', 'aria-disabled': () => String(busy.value), onclick: () => run(() => blockPerson(peer.id, false)) }, t('people.unblock')) : null);
}
