// What a message answers to, in a line; a press goes there.
import { el } from '../../kernel/el.js';
import { computed, effect, untracked } from '../../kernel/signals.js';
import { attachmentUrl, loadReply } from '../../app/actions.js';
import { hueOf } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { emptyThread, replyPreview } from '../../state/messages.js';
import { nameOf } from '../people/names.js';
import { summary } from './summary.js';

/** @param {import('./bubble.js').Talk} talk @param {number} seq */
export function Quote(talk, seq) {
  const original = computed(() => replyPreview(state.messages.value[talk.id] ?? emptyThread(), seq));
  effect(() => {
    if (original.value === undefined && state.session.value.link === 'online') untracked(() => loadReply(talk.id, seq));
  });
  return () => {
    const message = original.value;
    if (!message) return el('p', { class: 'quote gone' }, message === null ? t('message.not_here') : '…');
    return el('button', { type: 'button', class: `quote hue-text-${hueOf(message.sender ?? '')}`, 'data-testid': 'quote', onclick: () => talk.jump(seq) }, quoted(message));
  };
}

/** @param {import('../../sdk/types.js').Message} message */
export function quoted(message) {
  const picture = message.attachments?.find((one) => one.kind === 'image');
  const name = message.sender === me() ? t('chat.you') : nameOf(message.sender);
  return [
    picture ? el('img', { class: 'quote-picture', src: attachmentUrl(picture.id, picture.sizes?.includes('small') ? 'small' : undefined), alt: '' }) : null,
    el('span', { class: 'quote-body' }, el('bdi', { class: 'quote-name' }, name), el('span', { class: 'quote-text', dir: 'auto' }, summary(message, me()))),
  ];
}
