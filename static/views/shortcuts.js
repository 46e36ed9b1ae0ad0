// Keys for people who do not reach for the mouse: Ctrl+K finds, Alt and the arrows move between chats, F6 between regions.
import { later, styled } from '../app/later.js';
import { go, route } from '../app/router.js';
import { state } from '../app/store.js';
import { inOrder } from '../state/conversations.js';

const openSearch = later(() => styled('history', import('./search/palette.js')), 'openSearch');

const REGIONS = '.rail, .list-pane, .main-pane, .details';

export function startShortcuts() {
  document.addEventListener('keydown', (event) => {
    if (state.session.peek().status !== 'in' || document.querySelector('dialog[open]') || event.isComposing) return;
    const act = actionOf(event);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** @param {KeyboardEvent} event @returns {(() => void) | null} */
function actionOf(event) {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') return openSearch;
  if (event.altKey && !event.ctrlKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) return () => step(event.key === 'ArrowDown' ? 1 : -1);
  if (event.key === 'F6') return () => region(event.shiftKey ? -1 : 1);
  return null;
}

/** @param {number} by */
function step(by) {
  const order = inOrder(state.conversations.peek());
  const at = order.findIndex((one) => one.id === route.peek().params['id']);
  const next = order[at < 0 ? 0 : at + by];
  if (next) go(`/c/${next.id}`);
}

/** @param {number} by */
function region(by) {
  const seen = [...document.querySelectorAll(REGIONS)].filter((one) => one instanceof HTMLElement && one.getClientRects().length > 0);
  const at = seen.findIndex((one) => one.contains(document.activeElement));
  const next = seen.at((at + by + seen.length) % seen.length);
  const target = next?.querySelector('textarea, [aria-current="page"], a, button');
  if (target instanceof HTMLElement) target.focus();
}
