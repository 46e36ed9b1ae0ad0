// A picture at its full size, over the page; arrows lead to the others of its message.
import { el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { attachmentUrl } from '../../app/actions.js';
import { fileSize } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { openDialog } from '../dialog.js';
import { icon } from '../icons.js';

/** @param {import('../../sdk/types.js').Attachment[]} all @param {import('../../sdk/types.js').Attachment} first */
export function openLightbox(all, first) {
  openDialog({ title: t('file.picture'), name: 'lightbox' }, () => {
    const at = signal(all.indexOf(first));
    const step = (/** @type {number} */ by) => (at.value = (at.peek() + by + all.length) % all.length);
    const keyed = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'ArrowLeft') step(-1);
      if (event.key === 'ArrowRight') step(1);
    };
    return el('div', { class: 'lightbox-frame', onkeydown: keyed }, () => {
      const one = all[at.value];
      if (!one) return null;
      return [
        el('img', { src: attachmentUrl(one.id), alt: one.name, width: one.width ?? null, height: one.height ?? null }),
        el('div', { class: 'lightbox-foot' },
          all.length > 1 ? el('button', { type: 'button', class: 'icon-button', 'aria-label': t('file.previous'), onclick: () => step(-1) }, icon('left')) : null,
          el('p', null, el('bdi', null, one.name), ' ', el('span', { class: 'muted' }, fileSize(one.bytes), all.length > 1 ? ` · ${at.value + 1} / ${all.length}` : '')),
          all.length > 1 ? el('button', { type: 'button', class: 'icon-button', 'aria-label': t('file.next'), onclick: () => step(1) }, icon('right')) : null,
          el('a', { class: 'icon-button', href: attachmentUrl(one.id), download: one.name, 'aria-label': t('file.download') }, icon('download'))),
      ];
    });
  });
}
