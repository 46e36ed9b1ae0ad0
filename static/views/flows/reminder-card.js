// A flow waits for people: a line that leads to its card.
import { el } from '../../kernel/el.js';
import { t } from '../../app/i18n.js';
import { me } from '../../app/store.js';
import { icon } from '../icons.js';
import { nameOf } from '../people/names.js';

/** Names in one line. */
const NAMED = 3;

/** @param {import('../message/bubble.js').Talk} talk @param {import('../../sdk/types.js').Card} card @param {Element} meta */
export function ReminderCard(talk, card, meta) {
  /** @type {import('../../sdk/types.js').ReminderCardData} */
  const data = card.data;
  const mine = data.people.includes(me());
  const words = () => {
    void talk.people.value;
    if (mine) return t(`reminder.you.${data.kind}`);
    const names = data.people.slice(0, NAMED).map((id) => nameOf(id)).join(', ');
    return data.people.length > NAMED ? t('reminder.many', { names, n: data.people.length - NAMED }) : t('reminder.others', { names });
  };
  return el('div', { class: 'transfer-card flow-card is-reminder', 'data-testid': 'reminder-card' },
    el('div', { class: 'reminder-row' }, icon('bell', { size: 22 }), el('p', null, words)),
    el('button', { type: 'button', class: 'link-button', 'data-testid': 'reminder-jump', onclick: () => talk.jump(data.seq) }, t('reminder.show')),
    el('div', { class: 'transfer-foot' }, el('span', null, t('reminder.title')), meta));
}
