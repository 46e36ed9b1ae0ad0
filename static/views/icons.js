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
  info: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 11v5M12 7.8v.1',
};
/** @typedef {keyof typeof PATHS} IconName */

/** @param {IconName} name @param {{ size?: number, label?: string }} [how] */
export function icon(name, how = {}) {
  const size = how.size ?? 24;
  return svg(
    'svg',
    {
      class: 'icon', width: size, height: size, viewBox: '0 0 24 24', fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75,
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
