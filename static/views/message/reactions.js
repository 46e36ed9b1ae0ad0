// Reactions under a message: how many of each, one's own marked; a press gives or takes back, a long one tells who.
import { each, el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { react } from '../../app/actions.js';
import { language, t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { emptyThread, reactionsOf } from '../../state/messages.js';
import { onContext } from '../menu.js';
import { nameOf } from '../people/names.js';
import { atMessage } from './faults.js';
import { openReactionPeople } from './reaction-people.js';

/** @param {import('./bubble.js').Talk} talk @param {import('./bubble.js').RowSignal} row */
export function Reactions(talk, row) {
  const has = computed(() => (row.value.message?.reactions?.length ?? 0) > 0);
  const list = computed(() => {
    const { message } = row.value;
    return message?.reactions ? reactionsOf(message, me(), state.messages.value[talk.id] ?? emptyThread()) : [];
  });
  return () => (has.value ? el('ul', { class: 'reactions', 'aria-label': t('reactions.label'), 'data-testid': 'reactions' }, each(() => list.value, (one) => one.emoji, (one) => el('li', null, chip(talk, row, one)))) : null);
}

/** @param {import('./bubble.js').Talk} talk @param {import('./bubble.js').RowSignal} row @param {import('../../kernel/signals.js').Signal<ReturnType<typeof reactionsOf>[number]>} one */
function chip(talk, row, one) {
  const { emoji } = one.peek();
  const press = () => {
    const seq = row.peek().message?.seq;
    if (seq !== undefined) atMessage(talk.id, seq, () => react(talk.id, seq, emoji, !one.peek().mine));
  };
  const button = el('button', { type: 'button', class: 'reaction', 'aria-pressed': () => String(one.value.mine), 'aria-label': () => who(one.value), title: () => who(one.value), onclick: press }, el('span', { class: 'emoji', 'aria-hidden': 'true' }, emoji), el('span', { class: 'reaction-count', 'aria-hidden': 'true' }, () => String(one.value.count)));
  onContext(button, () => {
    const { message } = row.peek();
    if (message) openReactionPeople(talk.id, message.seq, emoji);
  });
  return button;
}

/** @param {ReturnType<typeof reactionsOf>[number]} one */
function who({ emoji, users, count, mine }) {
  const others = users.filter((user) => user !== me()).slice(0, 3);
  const names = [...(mine ? [t('chat.you')] : []), ...others.map(nameOf)];
  if (count > names.length) names.push(t('system.more', { n: count - names.length }));
  return t('reactions.who', { emoji, n: count, names: new Intl.ListFormat(language.peek(), { type: 'conjunction' }).format(names) });
}
