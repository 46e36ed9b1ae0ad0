// The head of a conversation: with whom, whether they are there or typing, and what can be opened from here.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { presenceCount } from '../../app/actions.js';
import { conversationName } from '../../app/format.js';
import { language, t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { peerOf } from '../../state/members.js';
import { typersIn } from '../../state/moment.js';
import { avatar } from '../avatar.js';
import { icon } from '../icons.js';
import { nameOf } from '../people/names.js';
import { presenceDot, presenceWords, watching } from '../people/presence.js';

const COUNT_MS = 60_000;

/** @param {string} id @param {{ details: import('../../kernel/signals.js').Signal<boolean>, search: import('../../kernel/signals.js').Signal<boolean> }} panels */
export function Head(id, { details, search }) {
  const one = computed(() => state.conversations.value.byId[id]);
  const first = one.peek();
  const peer = first ? peerOf(first, me()) : null;
  const name = computed(() => (one.value ? conversationName(one.value, me()) : t('chat.unnamed')));
  const picture = computed(() => one.value?.avatar ?? null);
  const typers = computed(() => typingWords(id, first?.kind === 'group'));
  const online = first?.kind === 'group' ? onlineIn(id) : null;
  if (peer && peer.id !== me()) watching(() => [peer.id]);
  const below = computed(() => {
    if (!peer) return t('chat.members', { n: one.value?.member_count ?? 0 }) + ((online?.value ?? 0) > 1 ? ` · ${t('presence.count', { n: online?.value ?? 0 })}` : '');
    return presenceWords(peer.id) ?? `@${peer.handle}`;
  });
  const toggle = (/** @type {import('../../kernel/signals.js').Signal<boolean>} */ panel) => () => panel.update((on) => !on);
  return el('header', { class: 'bar' },
    el('a', { class: 'icon-button back', href: '/', 'aria-label': t('nav.back') }, icon('back')),
    el('span', { class: 'face-with-dot' }, () => avatar({ id: peer?.id ?? id, name: name.value, group: first?.kind === 'group', size: 'small', picture: picture.value }), peer ? presenceDot(peer.id) : null),
    el('div', { class: 'bar-title' }, el('h1', null, el('bdi', null, () => name.value)),
      () => (typers.value ? el('p', { class: 'typing', 'data-testid': 'typing' }, el('span', { class: 'typing-dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i')), typers.value) : el('p', { 'data-testid': 'head-line' }, () => below.value))),
    el('button', { type: 'button', class: 'icon-button', 'aria-label': t('search.here'), 'aria-expanded': () => String(search.value), 'data-testid': 'search-here', onclick: toggle(search) }, icon('search')),
    el('button', { type: 'button', class: 'icon-button', 'aria-label': t('chat.details'), 'aria-expanded': () => String(details.value), 'data-testid': 'details-button', onclick: toggle(details) }, icon('info')));
}

/** @param {string} id @param {boolean} named @returns {string | null} */
export function typingWords(id, named) {
  const typers = typersIn(state.typing.value, id).filter((user) => user !== me());
  if (typers.length === 0) return null;
  if (!named) return t('typing.one');
  if (typers.length > 2) return t('typing.many', { n: typers.length });
  return t('typing.named', { n: typers.length, names: new Intl.ListFormat(language.peek(), { type: 'conjunction' }).format(typers.map(nameOf)) });
}

/** How many of a group are there, asked for now and then, and when others are in it. @param {string} id */
function onlineIn(id) {
  const n = signal(0);
  const members = computed(() => state.conversations.value.byId[id]?.member_count);
  const ask = () => presenceCount(id).then((count) => (n.value = count), () => {}); // not to be had: not said
  effect(() => {
    if (state.session.value.link !== 'online' || !members.value) return;
    untracked(ask);
    const timer = setInterval(() => document.hidden || ask(), COUNT_MS);
    onCleanup(() => clearInterval(timer));
  });
  return n;
}
