// Above the composer: what is answered or changed, and the way out of it.
import { el } from '../../kernel/el.js';
import { computed, effect, untracked } from '../../kernel/signals.js';
import { loadReply } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { draftOf } from '../../state/drafts.js';
import { emptyThread, replyPreview } from '../../state/messages.js';
import { icon } from '../icons.js';
import { nameOf } from '../people/names.js';
import { summary } from '../message/summary.js';
import { editOf, stopReplying } from './mode.js';

/** @param {string} id @param {() => void} stopEdit @param {() => void} focus */
export function ComposerBar(id, stopEdit, focus) {
  const edit = computed(() => editOf(id));
  const answered = computed(() => draftOf(state.drafts.value, id).reply_to);
  const original = computed(() => (answered.value ? replyPreview(state.messages.value[id] ?? emptyThread(), answered.value) : null));
  effect(() => {
    if (answered.value && original.value === undefined && state.session.value.link === 'online') untracked(() => loadReply(id, /** @type {number} */ (answered.peek())));
  });
  return () => {
    if (edit.value) return bar('edit', t('composer.editing'), summary(edit.value, me()), stopEdit);
    if (!answered.value) return null;
    const leave = () => (stopReplying(id), focus());
    const message = original.value;
    if (!message) return bar('reply', t('composer.replying_plain'), message === null ? t('message.not_here') : '…', leave);
    return bar('reply', t('composer.replying', { name: message.sender === me() ? t('chat.yourself') : nameOf(message.sender) }), summary(message, me()), leave);
  };
}

/** @param {'edit' | 'reply'} kind @param {string} title @param {string} text @param {() => void} leave */
function bar(kind, title, text, leave) {
  return el('div', { class: 'composer-bar', 'data-testid': `${kind}-bar` }, icon(kind, { size: 20 }),
    el('div', { class: 'composer-bar-text' }, el('p', { class: 'composer-bar-title' }, el('bdi', null, title)), el('p', { class: 'composer-bar-line', dir: 'auto' }, text)),
    el('button', { type: 'button', class: 'icon-button', 'aria-label': t(kind === 'edit' ? 'composer.stop_editing' : 'composer.stop_replying'), onclick: leave }, icon('close', { size: 20 })));
}
