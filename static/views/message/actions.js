// What can be done with a message: a row of quick reactions, and the rest as a menu.
import { el } from '../../kernel/el.js';
import { forwardMessage, hideMessages, pinMessage, react, recallMessage } from '../../app/actions.js';
import { copyText } from '../../app/copy.js';
import { link } from '../../app/link.js';
import { t } from '../../app/i18n.js';
import { go } from '../../app/router.js';
import { me, state } from '../../app/store.js';
import { may, withinTime } from '../../state/members.js';
import { emptyThread, reactionsOf } from '../../state/messages.js';
import { editing, replyTo } from '../compose/mode.js';
import { confirmDialog } from '../confirm.js';
import { icon } from '../icons.js';
import { openMenu } from '../menu.js';
import { QUICK } from './emoji.js';
import { atMessage } from './faults.js';
import { pickConversation } from './forward.js';
import { openMessageInfo } from './info.js';
import { openPalette } from './palette.js';
import { openReactionPeople } from './reaction-people.js';

/** @typedef {import('../../sdk/types.js').Message} Message */
/** @typedef {import('./bubble.js').Talk} Talk */

/** @param {Talk} talk @param {Message} message @param {Element | import('../menu.js').Point} at @param {HTMLElement} back */
export function openMessageMenu(talk, message, at, back) {
  const one = state.conversations.peek().byId[talk.id];
  if (!one) return;
  const { seq } = message;
  const can = (/** @type {import('../../state/members.js').Deed} */ deed) => may(one, me(), deed, message);
  const mine = message.sender === me();
  const { limits } = state.session.peek();
  const now = link().serverNow();
  const others = one.kind === 'group' && !mine;
  openMenu({
    label: t('message.actions'), at, back,
    above: can('react') ? (close) => quickRow(talk, message, close, back) : () => null,
    items: [
      can('reply') ? { icon: 'reply', label: t('message.reply'), act: () => replyTo(talk.id, seq) } : null,
      can('edit') && withinTime(message, limits['edit_seconds'], now) ? { icon: 'edit', label: t('message.edit'), act: () => editing(talk.id, message) } : null,
      can('forward') ? { icon: 'forward', label: t('message.forward'), act: () => forward(message) } : null,
      message.text ? { icon: 'copy', label: t('message.copy'), act: () => void copyText(message.text ?? '', t('message.copied')) } : null,
      can('pin') ? { icon: message.pinned ? 'unpin' : 'pin', label: t(message.pinned ? 'message.unpin' : 'message.pin'), act: () => void atMessage(talk.id, seq, () => pinMessage(talk.id, seq, !message.pinned)) } : null,
      mine && !message.recalled && message.kind !== 'system' ? { icon: 'eye', label: t('message.info'), act: () => openMessageInfo(talk.id, message) } : null,
      message.reactions?.length ? { icon: 'smile', label: t('reactions.title'), act: () => openReactionPeople(talk.id, seq) } : null,
      { icon: 'trash', label: t('message.hide'), danger: true, act: () => hide(talk.id, seq) },
      can('recall') && (others || withinTime(message, limits['recall_seconds'], now)) ? { icon: 'recall', label: t('message.recall'), danger: true, act: () => recall(talk.id, message, mine) } : null,
    ],
  });
}

/** @param {Talk} talk @param {Message} message @param {() => void} close @param {HTMLElement} back */
function quickRow(talk, message, close, back) {
  const given = new Map(reactionsOf(message, me(), state.messages.peek()[talk.id] ?? emptyThread()).map((one) => [one.emoji, one.mine]));
  const give = (/** @type {string} */ emoji) => atMessage(talk.id, message.seq, () => react(talk.id, message.seq, emoji, given.get(emoji) !== true));
  return el('div', { class: 'quick', role: 'group', 'aria-label': t('reactions.add') },
    QUICK.map((emoji) => el('button', { type: 'button', class: 'emoji', 'aria-pressed': String(given.get(emoji) === true), 'aria-label': emoji, onclick: () => (close(), give(emoji)) }, emoji)),
    el('button', { type: 'button', class: 'icon-button', 'aria-label': t('reactions.more'), onclick: () => (close(), openPalette(give, () => back.focus({ preventScroll: true }))) }, icon('plus', { size: 20 })));
}

/** One goes along, and sees its bubble there; what is refused of it stands there too. @param {Message} message */
function forward(message) {
  pickConversation((to) => {
    go(`/c/${to}`);
    forwardMessage(to, message).catch(() => {});
  });
}

/** @param {string} id @param {number} seq */
function hide(id, seq) {
  confirmDialog({ title: t('message.hide'), text: t('message.hide_text'), action: t('action.delete'), name: 'hide' }, () => hideMessages(id, [seq]));
}

/** @param {string} id @param {Message} message @param {boolean} mine */
function recall(id, message, mine) {
  confirmDialog({ title: t('message.recall'), text: t(mine ? 'message.recall_text' : 'message.recall_others_text'), action: t('message.recall_do'), name: 'recall' }, () => recallMessage(id, message.seq));
}
