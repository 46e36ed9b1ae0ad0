// Choosing whom an @ means: the members that fit what is typed, walked through without leaving the text.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { avatar } from '../avatar.js';

/** As many are offered at once. */
const MOST = 6;

/** What is being typed after an @ at the caret, or null. An address of mail is none: a letter stands before its @. @param {string} text @param {number} caret */
export function mentionAt(text, caret) {
  const found = /(?:^|[^\w.@])@([\p{L}\p{N}_.]{0,30})$/u.exec(text.slice(0, caret));
  return found ? { typed: found[1] ?? '', from: caret - (found[1] ?? '').length - 1 } : null;
}

/** @param {string} id @param {HTMLTextAreaElement} input @param {() => void} typed */
export function mentionPicker(id, input, typed) {
  const at = signal(/** @type {ReturnType<typeof mentionAt>} */ (null));
  const chosen = signal(0);
  const found = computed(() => {
    const now = at.value;
    const one = state.conversations.value.byId[id];
    if (!now || one?.kind !== 'group') return [];
    const wanted = now.typed.toLocaleLowerCase();
    const fits = (/** @type {string} */ name) => name.toLocaleLowerCase().split(/\s+/).some((part) => part.startsWith(wanted)) || name.toLocaleLowerCase().startsWith(wanted);
    return one.members.map((member) => member.user).filter((user) => user.id !== me() && (fits(user.handle) || fits(personName(user)))).slice(0, MOST);
  });
  const look = () => {
    const next = input.selectionStart === input.selectionEnd ? mentionAt(input.value, input.selectionStart) : null;
    if (next?.from !== at.peek()?.from || next?.typed !== at.peek()?.typed) [at.value, chosen.value] = [next, 0];
  };
  const shut = () => (at.value = null);
  const pick = (/** @type {import('../../sdk/types.js').User} */ user) => {
    const now = at.peek();
    if (!now) return;
    input.setRangeText(`@${user.handle} `, now.from, input.selectionStart, 'end');
    shut();
    typed();
    input.focus();
  };
  /** @param {KeyboardEvent} event @returns {boolean} whether the key was for the picker */
  const keyed = (event) => {
    const list = found.peek();
    if (list.length === 0 || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) chosen.value = (chosen.peek() + step + list.length) % list.length;
    else if (event.key === 'Escape') shut();
    else if (event.key === 'Enter' || event.key === 'Tab') {
      const user = list[chosen.peek()];
      if (user) pick(user);
    } else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  const optionId = (/** @type {number} */ i) => `mention-${i}`;
  const node = () => (found.value.length > 0 ? el('ul', { class: 'mention-list', id: 'mention-list', role: 'listbox', 'aria-label': t('composer.mention'), 'data-testid': 'mentions' }, found.value.map((user, i) =>
    el('li', { id: optionId(i), role: 'option', class: 'found-row', 'aria-selected': () => String(chosen.value === i), onpointerdown: (/** @type {Event} */ event) => (event.preventDefault(), pick(user)) },
      avatar({ id: user.id, name: personName(user), size: 'small' }), el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, personName(user)), el('span', { class: 'chat-last' }, `@${user.handle}`))))) : null);
  const active = () => (found.value.length > 0 ? optionId(chosen.value) : null);
  return { node, look, shut, keyed, active, open: computed(() => found.value.length > 0) };
}
