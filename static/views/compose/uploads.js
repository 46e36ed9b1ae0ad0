// Files that will go with the next message: each with how far it is, and a way to take it back or try it again.
import { each, el } from '../../kernel/el.js';
import { computed, onCleanup } from '../../kernel/signals.js';
import { cancelUpload, retryUpload, uploadedFile } from '../../app/actions.js';
import { sentence } from '../../app/fault.js';
import { fileSize } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { uploadsOf } from '../../state/uploads.js';
import { helpLink } from '../help-link.js';
import { icon } from '../icons.js';

/** @typedef {import('../../state/uploads.js').Upload} Upload */

/** @param {string} id the conversation */
export function Uploads(id) {
  const list = computed(() => uploadsOf(state.uploads.value, id));
  const any = computed(() => list.value.length > 0);
  return () => (any.value ? el('ul', { class: 'uploads', 'aria-label': t('upload.label') }, each(() => list.value, (one) => one.id, chip)) : null);
}

/** @param {import('../../kernel/signals.js').Signal<Upload>} one */
function chip(one) {
  const { id, name, bytes } = one.peek();
  const part = computed(() => (bytes > 0 ? Math.min(1, one.value.sent / bytes) : 1));
  const how = computed(() => one.value.state);
  return el('li', { class: () => `upload ${how.value}`, 'data-testid': 'upload', 'data-state': () => how.value },
    preview(one.peek()),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, name),
      el('span', { class: 'chat-last' }, () => (how.value === 'failed' ? [sentence(one.value.error ?? { code: 'internal' }), ' ', helpLink(one.value.error ?? { code: 'internal' })] : fileSize(bytes))),
      () => (how.value === 'uploading' ? el('progress', { max: 1, value: () => part.value, 'aria-label': t('upload.progress', { name }) }) : null)),
    () => (how.value === 'failed' ? el('button', { type: 'button', class: 'icon-button', 'aria-label': t('upload.retry', { name }), onclick: () => retryUpload(id) }, icon('recall', { size: 20 })) : null),
    el('button', { type: 'button', class: 'icon-button', 'aria-label': t('upload.cancel', { name }), onclick: () => cancelUpload(id) }, icon('close', { size: 20 })));
}

/** @param {Upload} one */
function preview({ id, media_type }) {
  const file = media_type.startsWith('image/') ? uploadedFile(id) : null;
  if (!file) return el('span', { class: 'file-icon' }, icon(media_type.startsWith('audio/') ? 'mic' : 'file', { size: 22 }));
  const url = URL.createObjectURL(file);
  onCleanup(() => URL.revokeObjectURL(url));
  return el('img', { class: 'upload-picture', src: url, alt: '' });
}
