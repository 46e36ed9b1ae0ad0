// A new chat by handle, or a new group of several.
import { each, el } from '../kernel/el.js';
import { signal } from '../kernel/signals.js';
import { createConversation, findUser } from '../app/actions.js';
import { personName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { me } from '../app/store.js';
import { QuipuError } from '../sdk/errors.js';
import { uuidv7 } from '../sdk/uuid.js';
import { avatar } from './avatar.js';
import { openDialog } from './dialog.js';
import { attempt, formFault } from './entry.js';
import { field } from './field.js';
import { icon } from './icons.js';

/** @typedef {import('../sdk/types.js').User} User */

export function openNewChat() {
  openDialog({ title: t('new.title'), name: 'new-chat' }, (close) => {
    const group = signal(false);
    const named = signal(false);
    const people = signal(/** @type {User[]} */ ([]));
    // The same wish has the same id: a press repeated after a lost answer makes one group.
    const ids = /** @type {Map<string, string>} */ (new Map());
    const idOf = (/** @type {string} */ wish) => ids.get(wish) ?? ids.set(wish, uuidv7()).get(wish);
    const { busy, error, run } = attempt();
    const handle = field({ label: t('new.handle'), name: 'handle', hint: t('new.handle_hint'), more: { autofocus: true, autocapitalize: 'none', spellcheck: 'false', enterkeyhint: 'search' } });
    const title = field({ label: t('new.group_title'), name: 'title', more: { maxlength: 100, oninput: () => (named.value = title.input.value.trim() !== '') } });

    const find = (/** @type {Event} */ event) => {
      event.preventDefault();
      if (handle.input.value.trim() === '') return handle.input.focus();
      run(async () => {
        const user = await findUser(handle.input.value);
        if (user.id === me()) throw new QuipuError({ code: 'found_self' });
        if (group.peek()) add(user);
        else people.value = [user];
      });
    };
    const add = (/** @type {User} */ user) => {
      people.update((list) => (list.some((one) => one.id === user.id) ? list : [...list, user]));
      handle.input.value = '';
      handle.input.focus();
    };
    const start = (/** @type {User} */ user) => run(async () => {
      await createConversation('direct', [user.id], undefined, idOf(user.id));
      close();
    });
    const make = () => run(async () => {
      const [members, name] = [people.peek().map((one) => one.id), title.input.value.trim()];
      await createConversation('group', members, name, idOf(JSON.stringify([members, name])));
      close();
    });
    const turn = (/** @type {boolean} */ on) => {
      group.value = on;
      people.value = [];
      error.value = null;
      handle.input.focus();
    };
    const drop = (/** @type {string} */ id) => people.update((list) => list.filter((one) => one.id !== id));

    return [
      el('div', { class: 'segments', role: 'group', 'aria-label': t('new.kind') },
        el('button', { type: 'button', 'aria-pressed': () => String(!group.value), onclick: () => turn(false) }, icon('person', { size: 20 }), t('new.direct')),
        el('button', { type: 'button', 'aria-pressed': () => String(group.value), onclick: () => turn(true) }, icon('group', { size: 20 }), t('new.group'))),
      () => (group.value ? title.node : null),
      el('form', { class: 'find', onsubmit: find, role: 'search' }, handle.node, el('button', { class: 'button', 'aria-disabled': () => String(busy.value) }, () => (group.value ? t('new.add') : t('new.find')))),
      formFault(() => error.value),
      el('ul', { class: 'found', 'aria-label': t('new.people') }, each(() => people.value, (one) => one.id, (one) => found(one.peek(), group.peek() ? null : start, drop))),
      () => (group.value ? el('button', { type: 'button', class: 'button primary wide', 'aria-disabled': () => String(busy.value || !named.value || people.value.length === 0), onclick: () => (named.peek() ? people.peek().length > 0 && make() : title.input.focus()) }, t('new.make_group', { n: people.value.length })) : null),
    ];
  });
}

/** @param {User} user @param {((user: User) => void) | null} start @param {(id: string) => void} drop */
function found(user, start, drop) {
  const name = personName(user);
  return el('li', { class: 'found-row' }, avatar({ id: user.id, name }), el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, name), el('span', { class: 'chat-last' }, `@${user.handle}`)),
    start
      ? el('button', { type: 'button', class: 'button primary', onclick: () => start(user) }, t('new.open'))
      : el('button', { type: 'button', class: 'icon-button', 'aria-label': t('new.remove', { name }), onclick: () => drop(user.id) }, icon('close', { size: 20 })));
}
