// A menu over everything else: at the pointer or beside its button, a sheet from below where there is little room.
// Arrows move, Escape and a press beside close, the focus goes back where it was.
import { el } from '../kernel/el.js';
import { scope, untracked } from '../kernel/signals.js';
import { icon } from './icons.js';

/** @typedef {{ icon: import('./icons.js').IconName, label: string, act: () => void, danger?: boolean }} MenuItem */
/** @typedef {{ x: number, y: number }} Point */

const GAP = 8;
/** @type {(() => void) | null} */
let closeOpen = null;

/**
 * @param {object} of
 * @param {string} of.label @param {Array<MenuItem | null>} of.items what is null is left out
 * @param {Element | Point} of.at
 * @param {HTMLElement | null} [of.back] where the focus returns to
 * @param {(close: () => void) => import('../kernel/el.js').Child} [of.above] more, before the items
 * @param {() => void} [of.onClose]
 */
export function openMenu(of) {
  closeOpen?.();
  const back = of.back ?? (document.activeElement instanceof HTMLElement ? document.activeElement : null);
  const [node, stop] = untracked(() => scope(() => menu(of, () => close())));
  const close = () => node.matches(':popover-open') && node.hidePopover();
  const leave = () => close();
  node.addEventListener('toggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== 'closed') return;
    removeEventListener('popstate', leave);
    if (closeOpen === leave) closeOpen = null;
    stop();
    node.remove();
    of.onClose?.();
  });
  node.addEventListener('beforetoggle', (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === 'closed' && node.contains(document.activeElement)) back?.focus({ preventScroll: true });
  });
  closeOpen = leave;
  addEventListener('popstate', leave);
  // Inside of an open dialog, or it would lie beneath it and be inert.
  (document.querySelector('dialog[open]') ?? document.querySelector('main') ?? document.body).append(node);
  node.showPopover();
  place(node, of.at);
  const first = node.querySelector('[role="menuitem"]');
  if (first instanceof HTMLElement) first.focus({ preventScroll: true });
}

/** @param {Parameters<typeof openMenu>[0]} of @param {() => void} close @returns {HTMLElement} */
function menu(of, close) {
  const items = of.items.filter((item) => item !== null);
  return el('div', { class: 'popmenu', popover: 'auto', 'data-testid': 'menu', onkeydown: (/** @type {KeyboardEvent} */ event) => keyed(event) },
    of.above ? of.above(close) : null,
    el('div', { role: 'menu', 'aria-label': of.label }, items.map((item) =>
      el('button', { type: 'button', role: 'menuitem', tabindex: -1, class: item.danger ? 'danger' : null, onclick: () => (close(), item.act()) }, icon(item.icon, { size: 20 }), el('span', null, item.label)))));
}

/** @param {KeyboardEvent} event */
function keyed(event) {
  const node = /** @type {HTMLElement} */ (event.currentTarget);
  const sideways = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const rows = /** @type {HTMLElement[]} */ ([...node.querySelectorAll('[role="menuitem"]')]);
  const quick = /** @type {HTMLElement[]} */ ([...node.querySelectorAll('.quick button')]);
  const active = document.activeElement;
  const inQuick = quick.findIndex((one) => one === active);
  let target = /** @type {HTMLElement | undefined} */ (undefined);
  if (sideways !== 0 && quick.length > 0) target = quick.at((inQuick < 0 ? (sideways > 0 ? 0 : -1) : inQuick + sideways) % quick.length);
  else if (by !== 0) {
    const ring = quick[0] ? [inQuick >= 0 ? /** @type {HTMLElement} */ (quick[inQuick]) : quick[0], ...rows] : rows;
    target = ring.at((ring.findIndex((one) => one === active) + by + ring.length) % ring.length);
  } else if (event.key === 'Home') target = rows[0];
  else if (event.key === 'End') target = rows.at(-1);
  if (!target) return;
  event.preventDefault();
  event.stopPropagation();
  target.focus();
}

/** @param {HTMLElement} node @param {Element | Point} at */
function place(node, at) {
  const { width, height } = node.getBoundingClientRect();
  const box = at instanceof Element ? at.getBoundingClientRect() : new DOMRect(at.x, at.y, 0, 0);
  const below = box.bottom + GAP + height <= innerHeight - GAP;
  const top = below ? box.bottom + (at instanceof Element ? 4 : 0) : Math.max(GAP, box.top - height - 4);
  const left = box.left + width <= innerWidth - GAP ? box.left : Math.max(GAP, box.right - width);
  node.style.top = `${Math.round(Math.min(top, innerHeight - height - GAP))}px`;
  node.style.left = `${Math.round(left)}px`;
}

/** Opens by right click, by the context-menu key, and by a long press where the platform does not tell of one. @param {HTMLElement} node @param {(at: Element | Point) => void} open */
export function onContext(node, open) {
  let timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  let start = { x: 0, y: 0 };
  let pressed = false;
  const calm = () => clearTimeout(timer);
  node.addEventListener('contextmenu', (event) => {
    calm();
    const target = event.target instanceof Element ? event.target : node;
    // What is marked, and what can be followed, keeps the browser's own menu.
    if (!pressed && event.button === 2 && (target.closest('a[target]') || (getSelection()?.isCollapsed === false && getSelection()?.containsNode(target, true)))) return;
    event.preventDefault();
    event.stopPropagation();
    if (document.querySelector('.popmenu:popover-open') && pressed) return;
    const byKey = event.clientX === 0 && event.clientY === 0;
    open(byKey || event.button !== 2 ? node : { x: event.clientX, y: event.clientY });
  });
  node.addEventListener('pointerdown', (event) => {
    pressed = event.pointerType === 'touch';
    if (!pressed) return;
    start = { x: event.clientX, y: event.clientY };
    calm();
    timer = setTimeout(() => open(node), 480);
  });
  node.addEventListener('pointermove', (event) => Math.hypot(event.clientX - start.x, event.clientY - start.y) > 10 && calm());
  for (const name of ['pointerup', 'pointercancel', 'pointerleave']) node.addEventListener(name, calm);
}
