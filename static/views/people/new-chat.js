// A new chat with one person, or a new group of several.
import { el } from '../../kernel/el.js';
import { signal, untracked } from '../../kernel/signals.js';
import { createConversation } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { uuidv7 } from '../../sdk/uuid.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { field } from '../field.js';
import { icon } from '../icons.js';
import { peoplePicker } from './picker.js';

export function openNewChat() {
  openDialog({ title: t('new.title'), name: 'new-chat' }, (close) => {
    const group = signal(false);
    // The same wish has the same id: a press repeated after a lost answer makes one group.
    const ids = /** @type {Map<string, string>} */ (new Map());
    const idOf = (/** @type {string} */ wish) => ids.get(wish) ?? ids.set(wish, uuidv7()).get(wish);
    return [
      el('div', { class: 'segments', role: 'group', 'aria-label': t('new.kind') },
        el('button', { type: 'button', 'aria-pressed': () => String(!group.value), onclick: () => (group.value = false) }, icon('person', { size: 20 }), t('new.direct')),
        el('button', { type: 'button', 'aria-pressed': () => String(group.value), onclick: () => (group.value = true) }, icon('group', { size: 20 }), t('new.group'))),
      () => {
        const many = group.value;
        return untracked(() => (many ? Group(close, idOf) : One(close, idOf)));
      },
    ];
  });
}

/** @param {() => void} close @param {(wish: string) => string | undefined} idOf */
function One(close, idOf) {
  const { error, run } = attempt();
  const start = (/** @type {import('../../sdk/types.js').User} */ user) => run(async () => {
    await createConversation('direct', [user.id], undefined, idOf(user.id));
    close();
  });
  return [formFault(() => error.value), peoplePicker({ many: false, label: t('new.handle'), hint: t('new.handle_hint'), onPick: start }).node];
}

/** @param {() => void} close @param {(wish: string) => string | undefined} idOf */
function Group(close, idOf) {
  const { busy, error, run } = attempt();
  const named = signal(false);
  const title = field({ label: t('new.group_title'), name: 'title', more: { maxlength: 100, oninput: () => (named.value = title.input.value.trim() !== '') } });
  const picker = peoplePicker({ many: true, label: t('new.handle'), hint: t('new.handle_hint') });
  const make = () => run(async () => {
    const [members, name] = [picker.chosen.peek().map((one) => one.id), title.input.value.trim()];
    if (!named.peek()) return title.input.focus();
    if (members.length === 0) return;
    await createConversation('group', members, name, idOf(JSON.stringify([members, name])));
    close();
  });
  return [title.node, picker.node, formFault(() => error.value),
    el('button', { type: 'button', class: 'button primary wide', 'data-testid': 'make-group', 'aria-disabled': () => String(busy.value || !named.value || picker.chosen.value.length === 0), onclick: make }, () => t('new.make_group', { n: picker.chosen.value.length }))];
}
