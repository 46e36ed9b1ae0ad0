// Choosing an emoji. The groups are headings, the emoji a grid that the arrows walk through.
import { el } from '../../kernel/el.js';
import { t } from '../../app/i18n.js';
import { openDialog } from '../dialog.js';
import { PALETTE } from './emoji.js';

/** @param {(emoji: string) => void} pick @param {() => void} [onClose] */
export function openPalette(pick, onClose) {
  openDialog({ title: t('emoji.title'), name: 'emoji-palette', ...(onClose ? { onClose } : {}) }, (close) =>
    el('div', { class: 'palette', onkeydown: walk }, PALETTE.map((group, g) =>
      el('section', { 'aria-label': t(`emoji.${group.name}`) }, el('h3', null, t(`emoji.${group.name}`)), el('div', { class: 'palette-grid' }, group.emoji.map((emoji, i) =>
        el('button', { type: 'button', class: 'emoji', autofocus: g === 0 && i === 0, tabindex: i === 0 ? 0 : -1, 'aria-label': emoji, onclick: () => (close(), pick(emoji)) }, emoji)))))));
}

/** @param {KeyboardEvent} event */
function walk(event) {
  const all = /** @type {HTMLElement[]} */ ([.../** @type {HTMLElement} */ (event.currentTarget).querySelectorAll('button')]);
  const at = all.findIndex((one) => one === document.activeElement);
  const here = all[at];
  if (!here) return;
  const columns = all.filter((one) => one.offsetTop === all[0]?.offsetTop).length || 1;
  const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const target = by === undefined ? undefined : all[Math.max(0, Math.min(all.length - 1, at + by))];
  if (!target) return;
  event.preventDefault();
  target.focus();
}
