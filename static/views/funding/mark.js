// The marks of a card and of a bank, drawn as the other icons are.
import { svg } from '../../kernel/el.js';

const PATHS = {
  card: 'M5.5 5.5h13a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2ZM3.5 10h17M7 15h4',
  bank: 'M4 9.5 12 4.5l8 5ZM5.5 12.5v5M10 12.5v5M14 12.5v5M18.5 12.5v5M4 19.5h16',
};

/** @param {'card' | 'bank'} kind @param {number} [size] */
export function markOf(kind, size = 22) {
  return svg('svg', { class: 'icon', width: size, height: size, viewBox: '0 0 24 24', 'stroke-width': 1.75, fill: 'none', stroke: 'currentColor', 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' }, svg('path', { d: PATHS[kind] }));
}
