// Searching one conversation: the hits under the field, each a press away from its place.
import { each, el } from '../../kernel/el.js';
import { computed, onCleanup, signal } from '../../kernel/signals.js';
import { clearSearch, search, searchMore } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { icon } from '../icons.js';
import { errorState, skeleton } from '../screen-states.js';
import { jump } from '../thread/jumps.js';
import { messageLine } from './message-line.js';

const PAUSE_MS = 200;

/** @param {string} id @param {() => void} close */
export function ThreadSearch(id, close) {
  const mine = computed(() => state.search.value.conversation === id);
  const hits = computed(() => (mine.value ? state.search.value.messages : []));
  const at = signal(-1);
  const typed = signal('');
  let pause = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
  onCleanup(() => (clearTimeout(pause), clearSearch()));
  const ask = () => {
    at.value = -1;
    search(typed.peek(), { conversation: id });
  };
  const to = (/** @type {number} */ i) => {
    const hit = hits.peek()[i];
    if (!hit) return;
    at.value = i;
    jump(id, hit.seq);
  };
  const input = el('input', { type: 'search', class: 'search-input', placeholder: t('search.here'), 'aria-label': t('search.here'), autocomplete: 'off', spellcheck: 'false', maxlength: 200, 'data-testid': 'thread-search-input',
    oninput: () => {
      typed.value = input.value.trim();
      clearTimeout(pause);
      pause = setTimeout(ask, PAUSE_MS);
    },
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      event.preventDefault();
      to(event.shiftKey ? Math.max(0, at.peek() - 1) : Math.min(hits.peek().length - 1, at.peek() + 1));
    } });
  queueMicrotask(() => input.focus());
  return el('div', { class: 'thread-search', role: 'search', onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && (event.stopPropagation(), close()) },
    el('div', { class: 'thread-search-row' }, icon('search', { size: 20 }), input,
      el('span', { class: 'muted small', role: 'status' }, () => (!mine.value || typed.value === '' ? '' : state.search.value.status === 'ready' ? (hits.value.length === 0 ? t('search.nothing') : t('search.hits', { n: hits.value.length })) : '')),
      el('button', { type: 'button', class: 'icon-button', 'aria-label': t('action.close'), onclick: close }, icon('close', { size: 20 }))),
    () => {
      if (!mine.value || typed.value === '') return null;
      const { status, error, behind } = state.search.value;
      if (status === 'loading') return skeleton(2);
      if (status === 'error') return errorState(error, ask);
      return behind > 0 ? el('p', { class: 'muted small search-behind' }, t('search.behind', { n: behind })) : null;
    },
    () => (hits.value.length > 0 ? el('div', { class: 'thread-hits' }, el('ul', { 'aria-label': t('search.title') }, each(() => hits.value, (one) => one.seq, (one) => {
      const { seq } = one.peek();
      return el('li', null, el('button', { type: 'button', class: 'chat-row', 'data-testid': 'thread-hit', 'aria-current': () => (hits.value[at.value]?.seq === seq ? 'true' : null), onclick: () => to(hits.peek().findIndex((hit) => hit.seq === seq)) }, () => messageLine(one.value, state.search.value.query, false)));
    })), () => (state.search.value.next ? el('button', { type: 'button', class: 'button quiet wide', onclick: searchMore }, t('chats.more')) : null)) : null));
}
