// What is attached to a message: pictures in boxes that keep their shape before they are here, files, voices.
import { el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { attachmentUrl } from '../../app/actions.js';
import { fileSize } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { icon } from '../icons.js';
import { openLightbox } from './lightbox.js';
import { VoicePlayer } from './voice-player.js';

/** @typedef {import('../../sdk/types.js').Attachment} Attachment */

/** The largest a picture is shown among the messages. */
const WIDEST = 320;
const HIGHEST = 360;

/** @param {readonly Attachment[]} files */
export function Files(files) {
  const pictures = files.filter((one) => one.kind === 'image');
  const others = files.filter((one) => one.kind !== 'image');
  return el('div', { class: 'files' },
    pictures.length > 0 ? el('div', { class: `pictures${pictures.length > 1 ? ' many' : ''}` }, pictures.map((one) => picture(one, pictures))) : null,
    others.map((one) => (one.kind === 'voice' ? VoicePlayer(one) : fileChip(one))));
}

/** @param {Attachment} one @param {Attachment[]} all */
function picture(one, all) {
  const failed = signal(false);
  const size = all.length > 1 ? 'small' : 'medium';
  const shape = (/** @type {HTMLElement} */ node) => {
    const [width, height] = [one.width ?? 4, one.height ?? 3];
    const scale = Math.min(1, WIDEST / width, HIGHEST / height);
    if (all.length > 1) return;
    // A very long or flat picture is cut, so that it stays a thing that can be pressed.
    node.style.width = `${Math.max(96, Math.round(width * scale))}px`;
    node.style.aspectRatio = `${Math.max(96, width * scale)} / ${Math.max(64, height * scale)}`;
  };
  return el('button', { type: 'button', class: 'picture', 'aria-label': t('file.open', { name: one.name }), 'data-testid': 'picture', ref: shape, onclick: () => (failed.peek() ? (failed.value = false) : openLightbox(all, one)) }, () =>
    failed.value
      ? el('span', { class: 'picture-failed' }, icon('image'), el('span', null, t('state.retry')))
      : el('img', { src: attachmentUrl(one.id, one.sizes?.includes(size) ? size : undefined), alt: one.name, loading: 'lazy', decoding: 'async', onerror: () => (failed.value = true) }));
}

/** @param {Attachment} one */
function fileChip(one) {
  return el('a', { class: 'file-chip', href: attachmentUrl(one.id), download: one.name, 'data-testid': 'file' },
    el('span', { class: 'file-icon' }, icon('file', { size: 22 })),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, one.name), el('span', { class: 'chat-last' }, fileSize(one.bytes))),
    icon('download', { size: 20, label: t('file.download') }));
}
