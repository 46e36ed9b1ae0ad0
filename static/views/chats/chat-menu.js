// How one wants a conversation: pinned, muted for a while or for ever, put away.
import { FOREVER, setPreferences } from '../../app/actions.js';
import { notice } from '../../app/announcer.js';
import { conversationName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { isMuted, preferencesOf } from '../../state/conversations.js';
import { acting } from '../acting.js';
import { openMenu } from '../menu.js';

const HOUR_MS = 3_600_000;

/** @param {string} id @param {Element | import('../menu.js').Point} at */
export function openChatMenu(id, at) {
  const one = state.conversations.peek().byId[id];
  if (!one) return;
  const { pinned, archived } = preferencesOf(state.conversations.peek(), id);
  const muted = isMuted(state.conversations.peek(), id);
  const wish = (/** @type {Partial<import('../../sdk/types.js').Preferences>} */ change) => acting(() => setPreferences(id, change));
  const archive = async () => {
    await wish({ archived: !archived });
    if (!archived) notice(t('chats.archived_done'), 'plain', { label: t('action.undo'), act: () => void wish({ archived: false }) });
  };
  openMenu({
    label: t('chats.actions', { name: conversationName(one, me()) }), at,
    items: [
      archived ? null : { icon: pinned ? 'unpin' : 'pin', label: t(pinned ? 'chats.unpin' : 'chats.pin'), act: () => void wish({ pinned: !pinned }) },
      muted ? { icon: 'bell', label: t('chats.unmute'), act: () => void wish({ muted_until: null }) } : { icon: 'silent', label: t('chats.mute'), act: () => muteMenu(id, at) },
      { icon: 'archive', label: t(archived ? 'chats.unarchive' : 'chats.archive'), act: () => void archive() },
    ],
  });
}

/** @param {string} id @param {Element | import('../menu.js').Point} at */
export function muteMenu(id, at) {
  const until = (/** @type {number} */ hours) => new Date(Date.now() + hours * HOUR_MS).toISOString();
  const wish = (/** @type {string | null} */ muted_until) => void acting(() => setPreferences(id, { muted_until }));
  const muted = isMuted(state.conversations.peek(), id);
  openMenu({
    label: t('chats.mute'), at,
    items: [
      muted ? { icon: 'bell', label: t('chats.unmute'), act: () => wish(null) } : null,
      { icon: 'clock', label: t('chats.mute_hours', { n: 1 }), act: () => wish(until(1)) },
      { icon: 'clock', label: t('chats.mute_hours', { n: 8 }), act: () => wish(until(8)) },
      { icon: 'silent', label: t('chats.mute_forever'), act: () => wish(FOREVER) },
    ],
  });
}
