// Choosing people: contacts at hand, anybody else by their handle.
import { each, el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { findPeople, keepContacts } from '../../app/actions.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { asQuipuError, QuipuError } from '../../sdk/errors.js';
import { accepted } from '../../state/contacts.js';
import { avatar } from '../avatar.js';
import { formFault } from '../entry.js';
import { field } from '../field.js';
import { icon } from '../icons.js';
import { presenceDot } from './presence.js';

/** @typedef {import('../../sdk/types.js').User} User */

const PAUSE_MS = 250;

/**
 * @param {object} of
 * @param {readonly string[]} [of.without] whom to leave out
 * @param {boolean} of.many whether several are chosen, or one press is the choice
 * @param {(user: User) => void} [of.onPick] @param {string} [of.label] @param {string} [of.hint]
 * @param {readonly User[]} [of.also] who is at hand beside the contacts
 */
export function peoplePicker(of) {
  const without = new Set([me(), ...(of.without ?? [])]);
  const typed = signal('');
  const found = signal(/** @type {User[]} */ ([]));
  const status = signal(/** @type {'idle' | 'busy' | 'done'} */ ('idle'));
  const error = signal(/** @type {import('../../sdk/errors.js').QuipuError | null} */ (null));
  const chosen = signal(/** @type {User[]} */ ([]));
  const isChosen = (/** @type {string} */ id) => chosen.value.some((one) => one.id === id);
  let turn = 0;
  let pause = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  keepContacts();
  const search = async () => {
    const [mine, query] = [++turn, typed.peek()];
    if (query === '') return;
    status.value = 'busy';
    try {
      const people = await findPeople(query);
      if (mine === turn) [found.value, error.value] = [people.filter((user) => !without.has(user.id)), people.length === 1 && people[0]?.id === me() ? new QuipuError({ code: 'found_self' }) : null];
    } catch (thrown) {
      if (mine === turn) [found.value, error.value] = [[], asQuipuError(thrown)];
    }
    if (mine === turn) status.value = 'done';
  };
  const input = () => {
    typed.value = box.input.value.trim();
    clearTimeout(pause);
    if (typed.peek() === '') [found.value, error.value, status.value, turn] = [[], null, 'idle', turn + 1];
    else pause = setTimeout(search, PAUSE_MS);
  };
  const box = field({ label: of.label ?? t('people.find'), name: 'handle', ...(of.hint ? { hint: of.hint } : {}), more: { type: 'search', autofocus: true, autocapitalize: 'none', spellcheck: 'false', enterkeyhint: 'search', oninput: input, 'data-testid': 'people-search' } });
  const fitting = computed(() => {
    const wanted = typed.value.replace(/^@/, '').toLocaleLowerCase();
    const people = accepted(state.contacts.value).map((one) => one.user);
    const others = (of.also ?? []).filter((user) => !people.some((one) => one.id === user.id));
    const near = [...people, ...others].filter((user) => !without.has(user.id) && (wanted === '' || user.handle.includes(wanted) || personName(user).toLocaleLowerCase().includes(wanted)));
    return [...near, ...found.value.filter((user) => !near.some((one) => one.id === user.id))];
  });
  const press = (/** @type {User} */ user) => {
    if (!of.many) return of.onPick?.(user);
    chosen.update((list) => (list.some((one) => one.id === user.id) ? list.filter((one) => one.id !== user.id) : [...list, user]));
    return undefined;
  };
  const onSubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    clearTimeout(pause);
    search();
  };
  const node = el('div', { class: 'picker' },
    el('form', { role: 'search', onsubmit: onSubmit }, box.node),
    () => (chosen.value.length > 0 ? el('ul', { class: 'chips', 'aria-label': t('people.chosen') }, chosen.value.map((user) => el('li', null, el('button', { type: 'button', class: 'chip', 'aria-label': t('new.remove', { name: personName(user) }), onclick: () => press(user) }, avatar({ id: user.id, name: personName(user), size: 'small' }), el('bdi', null, personName(user)), icon('close', { size: 16 }))))) : null),
    formFault(() => error.value),
    el('ul', { class: 'found', 'aria-label': t('new.people') }, each(() => fitting.value, (user) => user.id, (user) => row(user.peek(), of.many, isChosen, press))),
    el('p', { class: 'muted small', role: 'status' }, () => (fitting.value.length > 0 ? '' : status.value === 'busy' ? t('state.loading') : status.value === 'done' && !error.value ? t('people.nobody') : typed.value === '' ? t('people.find_hint') : '')));
  return { node, chosen };
}

/** @param {User} user @param {boolean} many @param {(id: string) => boolean} isChosen @param {(user: User) => void} press */
function row(user, many, isChosen, press) {
  return el('li', null, el('button', { type: 'button', class: 'chat-row', 'data-testid': 'person', ...(many ? { 'aria-pressed': () => String(isChosen(user.id)) } : {}), onclick: () => press(user) },
    el('span', { class: 'face-with-dot' }, avatar({ id: user.id, name: personName(user), size: 'small' }), presenceDot(user.id)),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, personName(user)), el('span', { class: 'chat-last' }, `@${user.handle}`)),
    many ? el('span', { class: 'choice-mark', 'aria-hidden': 'true' }, () => (isChosen(user.id) ? icon('check', { size: 18 }) : null)) : null));
}
