// Own icons: 24 px, stroke 1.75, drawn in the current colour. Beside words they say nothing to a screen reader.
import { svg } from '../kernel/el.js';

const PATHS = {
  chats: 'M20.5 11.5a7.8 7.8 0 0 1-8.2 7.5 9 9 0 0 1-3-.5L4.5 20l1.2-3.7a7 7 0 0 1-2.2-4.8A7.8 7.8 0 0 1 12 4a7.8 7.8 0 0 1 8.5 7.5Z',
  contacts: 'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.8 19.5a6.3 6.3 0 0 1 12.4 0M16 4.9a3.5 3.5 0 0 1 0 6.3M18 14.3a6.3 6.3 0 0 1 3.2 5.2',
  wallet: 'M5.5 6.5h13a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-13a2 2 0 0 1-2-2v-11a2 2 0 0 1 2-2h10.5v2M20.5 11h-4a2 2 0 0 0 0 4h4',
  settings: 'M4 7h9M17.5 7H20M4 17h2.5M11 17h9M15.2 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4ZM8.8 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4Z',
  plus: 'M12 5v14M5 12h14',
  compose: 'M12.5 5H7a3 3 0 0 0-3 3v9a3 3 0 0 0 3 3h9a3 3 0 0 0 3-3v-5.5M9.5 14.5v-2.6l8.2-8.2a1.8 1.8 0 0 1 2.6 2.6L12.1 14.5H9.5Z',
  send: 'M20.5 3.5 3.5 10.2l6.8 3.5 3.5 6.8 6.7-17ZM10.3 13.7l4.2-4.2',
  back: 'M19.5 12h-15M11 5.5 4.5 12l6.5 6.5',
  close: 'M6 6l12 12M18 6 6 18',
  check: 'm4.5 12.5 5 5 10-11',
  checks: 'm2.5 12.5 4.5 4.7L16 7M11.5 16.2l1 1L21.5 7',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2',
  alert: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 8v5M12 16.2v.1',
  down: 'M12 5v14M5.5 12.5 12 19l6.5-6.5',
  out: 'M7 17 17 7M8.5 7H17v8.5',
  in: 'M17 7 7 17M15.5 17H7V8.5',
  transfer: 'M4 8.5h14.5M15 5l3.5 3.5L15 12M20 15.5H5.5M9 12l-3.5 3.5L9 19',
  group: 'M12 12a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM6 19a6 6 0 0 1 12 0M4.8 12.3A2.6 2.6 0 0 1 5 7.2M1.8 17.5a4.6 4.6 0 0 1 2.4-3.4M19.2 12.3A2.6 2.6 0 0 0 19 7.2M22.2 17.5a4.6 4.6 0 0 0-2.4-3.4',
  person: 'M12 11.5a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6ZM4.8 20a7.2 7.2 0 0 1 14.4 0',
  leave: 'M14.5 4.5H7a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2h7.5M10.5 12h10M17 8.5l3.5 3.5-3.5 3.5',
  offline: 'M3 3l18 18M8.6 15.6a5 5 0 0 1 6.8 0M5.3 12.2a9.6 9.6 0 0 1 4-2.3M14.6 10a9.6 9.6 0 0 1 4.1 2.2M2 8.8a14.4 14.4 0 0 1 4.3-2.8M10.8 4.9A14.4 14.4 0 0 1 22 8.8M12 19.2v.1',
  lock: 'M7 10.5h10a1.5 1.5 0 0 1 1.5 1.5v6.5A1.5 1.5 0 0 1 17 20H7a1.5 1.5 0 0 1-1.5-1.5V12A1.5 1.5 0 0 1 7 10.5ZM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5',
  device: 'M5.5 5h13A1.5 1.5 0 0 1 20 6.5v8a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 14.5v-8A1.5 1.5 0 0 1 5.5 5ZM9 19.5h6',
  search: 'M10.8 17.6a6.8 6.8 0 1 0 0-13.6 6.8 6.8 0 0 0 0 13.6ZM15.8 15.8 20.5 20.5',
  reply: 'M9.5 6 4 11.5 9.5 17M4.5 11.5H14a6 6 0 0 1 6 6v1',
  forward: 'M14.5 6 20 11.5 14.5 17M19.5 11.5H10a6 6 0 0 0-6 6v1',
  smile: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8.5 14a4.2 4.2 0 0 0 7 0M9 9.5v.1M15 9.5v.1',
  edit: 'm4.5 19.5 1-4.2L16 4.8a1.9 1.9 0 0 1 2.7 0l.5.5a1.9 1.9 0 0 1 0 2.7L8.7 18.5l-4.2 1ZM14 6.8l3.2 3.2',
  copy: 'M9.5 8h8A1.5 1.5 0 0 1 19 9.5v9a1.5 1.5 0 0 1-1.5 1.5h-8A1.5 1.5 0 0 1 8 18.5v-9A1.5 1.5 0 0 1 9.5 8ZM15.5 8V5.5A1.5 1.5 0 0 0 14 4H6.5A1.5 1.5 0 0 0 5 5.5v9A1.5 1.5 0 0 0 6.5 16H8',
  pin: 'M9 4h6M10 4v5.5L7 13v1.5h10V13l-3-3.5V4M12 14.5V20',
  unpin: 'M9 4h6M10 7v2.5L7 13v1.5h7.5M14 4v5.5l3 3.5M12 14.5V20M4 4l16 16',
  trash: 'M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12a1.5 1.5 0 0 0 1.5 1.5h6.4a1.5 1.5 0 0 0 1.5-1.5l.8-12M10.2 11v5.5M13.8 11v5.5',
  recall: 'M8 5 3.8 9.2 8 13.4M4.2 9.2h9.3a5.3 5.3 0 0 1 0 10.6H9',
  more: 'M5.5 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM18.5 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z',
  archive: 'M4 5.5h16V9H4ZM5.5 9v9A1.5 1.5 0 0 0 7 19.5h10a1.5 1.5 0 0 0 1.5-1.5V9M10 12.5h4',
  bell: 'M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5L19 18H5l1.5-1.5ZM10 20.5h4',
  silent: 'M8.2 6.9A5.5 5.5 0 0 1 17.5 11v4M6.5 11v5.5L5 18h11.5M10 20.5h4M4 4l16 16',
  at: 'M12 15.8a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6ZM15.8 8.5v5a2.4 2.4 0 0 0 4.7 0V12a8.5 8.5 0 1 0-3.5 6.9',
  image: 'M5.5 4.5h13A1.5 1.5 0 0 1 20 6v12a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 18V6a1.5 1.5 0 0 1 1.5-1.5ZM4.5 16.5 9 12l4 4 2.5-2.5 4 4M15 9v.1',
  file: 'M7 3.5h7L18.5 8v11a1.5 1.5 0 0 1-1.5 1.5H7A1.5 1.5 0 0 1 5.5 19V5A1.5 1.5 0 0 1 7 3.5ZM13.5 3.8v4.7h4.7',
  mic: 'M12 14.5a3 3 0 0 0 3-3v-4a3 3 0 0 0-6 0v4a3 3 0 0 0 3 3ZM6 11.5a6 6 0 0 0 12 0M12 17.5v3',
  play: 'M8 5.5v13L18.5 12 8 5.5Z',
  pause: 'M8.5 5.5v13M15.5 5.5v13',
  download: 'M12 4v11M7 10.5l5 5 5-5M5 19.5h14',
  personAdd: 'M10 11.5a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2ZM3.5 19.5a6.5 6.5 0 0 1 13 0M19 8v6M16 11h6',
  personOff: 'M10 11.5a3.6 3.6 0 1 0 0-7.2 3.6 3.6 0 0 0 0 7.2ZM3.5 19.5a6.5 6.5 0 0 1 13 0M16 11h6',
  block: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM6 6l12 12',
  crown: 'm4 8 4 4 4-6.5 4 6.5 4-4-1.5 10h-13L4 8Z',
  shield: 'M12 3.5 5 6v5.5c0 4.5 3 7.5 7 9 4-1.5 7-4.5 7-9V6l-7-2.5Z',
  eye: 'M2.8 12S6 5.5 12 5.5 21.2 12 21.2 12 18 18.5 12 18.5 2.8 12 2.8 12ZM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6Z',
  left: 'M14.5 6l-6 6 6 6',
  right: 'm9.5 6 6 6-6 6',
  read: 'M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 0 0 0-19Zm-1.3 14.3-4.3-4.3 1.7-1.7 2.6 2.6 5.2-5.3 1.7 1.7-6.9 7Z',
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 11v5M12 7.8v.1',
};
/** Drawn as a shape, not as a line. */
const FILLED = new Set(['read']);
/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name @param {{ size?: number, label?: string }} [how] */
export function icon(name, how = {}) {
  const size = how.size ?? 24;
  return svg(
    'svg',
    {
      class: 'icon', width: size, height: size, viewBox: '0 0 24 24', 'stroke-width': 1.75,
      ...(FILLED.has(name) ? { fill: 'currentColor', 'fill-rule': 'evenodd' } : { fill: 'none', stroke: 'currentColor' }),
      'stroke-linecap': 'round', 'stroke-linejoin': 'round', ...(how.label ? { role: 'img', 'aria-label': how.label } : { 'aria-hidden': 'true' }),
    },
    svg('path', { d: PATHS[name] }),
  );
}

/** The mark: a cord, and strings with knots. @param {number} [size] */
export function logo(size = 40) {
  return svg(
    'svg',
    { class: 'logo', width: size, height: size, viewBox: '0 0 40 40', fill: 'none', 'aria-hidden': 'true' },
    svg('rect', { width: 40, height: 40, rx: 11, class: 'logo-ground' }),
    svg('path', { d: 'M8 11.5c5 2.4 19 2.4 24 0M13 13v9.5M20 13.5v15M27 13v7', class: 'logo-cord', 'stroke-width': 2.2, 'stroke-linecap': 'round' }),
    ...[[13, 19], [13, 25], [20, 21], [20, 30], [27, 22.5]].map(([cx, cy]) => svg('circle', { cx, cy, r: 2.6, class: 'logo-knot' })),
  );
}
