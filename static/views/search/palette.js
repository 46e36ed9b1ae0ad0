// Ctrl+K: everything of one's own that fits what is typed, people, chats, messages and payments, walked through by the arrows.
import { el } from '../../kernel/el.js';
import { computed, effect, signal } from '../../kernel/signals.js';
import { clearSearch, createConversation, search, searchMore } from '../../app/actions.js';
import { conversationName, personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { go } from '../../app/router.js';
import { me, state } from '../../app/store.js';
import { archived, inOrder } from '../../state/conversations.js';
import { peerOf } from '../../state/members.js';
import { acting } from '../acting.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { icon } from '../icons.js';
import { marked } from '../message/text.js';
import { errorState, skeleton } from '../screen-states.js';
import { openAt } from '../thread/jumps.js';
import { messageLine } from './message-line.js';
import { paymentHits, paymentSearch } from './payments.js';

/** @typedef {{ id: string, act: () => void, node: () => import('../../kernel/el.js').Child }} Hit */

const PAUSE_MS = 200;
/** So many of the chats at hand before anything is typed. */
const RECENT = 8;

export function openSearch() {
  const payments = paymentSearch();
  const over = () => (clearSearch(), payments.stop());
  openDialog({ title: t('search.title'), name: 'search', onClose: over }, (close) => {
    const typed = signal('');
    const chosen = signal(0);
    const groups = computed(() => groupsOf(typed.value, payments.found, close));
    const hits = computed(() => groups.value.flatMap((group) => group.hits));
    let pause = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);
    const input = el('input', { type: 'search', class: 'search-input', placeholder: t('search.placeholder'), 'aria-label': t('search.placeholder'), autofocus: true, autocomplete: 'off', spellcheck: 'false', maxlength: 200, role: 'combobox', 'aria-expanded': 'true', 'aria-controls': 'search-hits', 'aria-autocomplete': 'list', 'aria-activedescendant': () => hits.value[chosen.value]?.id ?? null, 'data-testid': 'search-input',
      oninput: () => {
        [typed.value, chosen.value] = [input.value.trim(), 0];
        clearTimeout(pause);
        pause = setTimeout(() => (search(typed.peek()), payments.ask(typed.peek())), typed.peek() === '' ? 0 : PAUSE_MS);
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const n = hits.peek().length;
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (event.isComposing || (step === undefined && event.key !== 'Enter')) return;
        event.preventDefault();
        if (step !== undefined && n > 0) chosen.value = (chosen.peek() + step + n) % n;
        else if (event.key === 'Enter') hits.peek()[chosen.peek()]?.act();
      } });
    const list = el('div', { id: 'search-hits', role: 'listbox', 'aria-label': t('search.title'), class: 'search-hits' }, () => groups.value.map((group) => el('div', { role: 'group', 'aria-label': group.title }, el('p', { class: 'search-group', role: 'presentation' }, group.title), group.hits.map((hit) =>
      el('div', { role: 'option', id: hit.id, class: 'chat-row', 'data-testid': 'search-hit', 'aria-selected': () => String(hits.value[chosen.value]?.id === hit.id), onclick: hit.act }, hit.node())))));
    effect(() => {
      const id = hits.value[chosen.value]?.id;
      if (id) queueMicrotask(() => document.getElementById(id)?.scrollIntoView({ block: 'nearest' }));
    });
    return [input, el('div', { role: 'status', class: 'search-status' }, () => status(typed.value, hits.value.length, payments.found.value !== null), () => (payments.found.value?.status === 'failed' ? el('p', { class: 'muted small' }, t('search.payments_failed')) : null)), list,
      () => (state.search.value.status === 'error' ? errorState(state.search.value.error, () => search(typed.peek())) : null),
      () => (state.search.value.next ? el('button', { type: 'button', class: 'button quiet wide', 'aria-disabled': () => String(state.search.value.loadingMore), onclick: searchMore }, t('chats.more')) : null)];
  });
}

/** @param {string} typed @param {number} n @param {boolean} settled whether payments were looked for */
function status(typed, n, settled) {
  const { status: now, behind } = state.search.value;
  const late = behind > 0 ? el('p', { class: 'muted small', 'data-testid': 'search-behind' }, t('search.behind', { n: behind })) : null;
  if (now === 'loading' && n === 0) return skeleton(3);
  if (typed !== '' && now === 'ready' && n === 0 && settled) return [el('p', { class: 'muted' }, t('search.nothing')), late];
  return late;
}

/** @param {string} typed @param {ReturnType<typeof paymentSearch>['found']} payments @param {() => void} close @returns {Array<{ title: string, hits: Hit[] }>} */
function groupsOf(typed, payments, close) {
  if (typed === '') return [{ title: t('search.recent'), hits: inOrder(state.conversations.value).slice(0, RECENT).map((one) => chatHit(one, '', close)) }].filter((group) => group.hits.length > 0);
  const { people, conversations, messages, query, status: now } = state.search.value;
  const near = atHand(typed);
  const chats = [...near, ...(now === 'ready' ? conversations.filter((one) => !near.some((other) => other.id === one.id)) : [])];
  const others = now === 'ready' ? people.filter((user) => user.id !== me() && !chats.some((one) => peerOf(one, me())?.id === user.id)) : [];
  return [
    { title: t('nav.chats'), hits: chats.slice(0, 10).map((one) => chatHit(one, typed, close)) },
    { title: t('search.people'), hits: others.map((user) => personHit(user, typed, close)) },
    { title: t('search.payments'), hits: paymentHits(payments, close) },
    { title: t('chat.messages'), hits: messages.map((message) => messageHit(message, query, close)) },
  ].filter((group) => group.hits.length > 0);
}

/** What can be found without asking. @param {string} typed */
function atHand(typed) {
  const wanted = typed.replace(/^@/, '').toLocaleLowerCase();
  const all = [...inOrder(state.conversations.value), ...archived(state.conversations.value)];
  return all.filter((one) => [conversationName(one, me()), peerOf(one, me())?.handle ?? ''].some((name) => name.toLocaleLowerCase().includes(wanted)));
}

/** @param {import('../../sdk/types.js').Conversation} one @param {string} query @param {() => void} close @returns {Hit} */
function chatHit(one, query, close) {
  const name = conversationName(one, me());
  const peer = peerOf(one, me());
  return { id: `hit-c-${one.id}`, act: () => (close(), go(`/c/${one.id}`)), node: () => [
    avatar({ id: peer?.id ?? one.id, name, group: one.kind === 'group', size: 'small', picture: one.avatar ?? null }),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, marked(name, query)), el('span', { class: 'chat-last' }, peer ? marked(`@${peer.handle}`, query.replace(/^@/, '')) : t('chat.members', { n: one.member_count }))),
  ] };
}

/** @param {import('../../sdk/types.js').User} user @param {string} query @param {() => void} close @returns {Hit} */
function personHit(user, query, close) {
  return { id: `hit-u-${user.id}`, act: () => void acting(() => createConversation('direct', [user.id]).then(close)), node: () => [
    avatar({ id: user.id, name: personName(user), size: 'small' }),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, marked(personName(user), query)), el('span', { class: 'chat-last' }, marked(`@${user.handle}`, query.replace(/^@/, '')))), icon('compose', { size: 20 }),
  ] };
}

/** @param {import('../../sdk/types.js').Message} message @param {string} query @param {() => void} close @returns {Hit} */
function messageHit(message, query, close) {
  return { id: `hit-m-${message.conversation}-${message.seq}`, act: () => (close(), openAt(message.conversation, message.seq)), node: () => messageLine(message, query, true) };
}
