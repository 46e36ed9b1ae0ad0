// A dispute of a payment, as both of the two see it: what is said to be wrong, what is said to that, and how it was decided.
import { el } from '../../kernel/el.js';
import { money, shownName } from '../../app/format.js';
import { knows, t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { me } from '../../app/store.js';
import { nameOf } from '../people/names.js';
import { cardFrame, cardMoves } from './frame.js';

const openAnswer = later(() => import('./dispute-dialog.js'), 'openAnswer');

/** @param {import('../message/bubble.js').Talk} talk @param {import('../../sdk/types.js').Card} card @param {Element} meta */
export function DisputeCard(talk, card, meta) {
  /** @type {import('../../sdk/types.js').DisputeCardData} */
  const data = card.data;
  const mine = data.from === me();
  const name = (/** @type {string} */ id) => () => (void talk.people.value, id === me() ? t('chat.you') : nameOf(id));
  return cardFrame({
    kind: 'dispute', icon: 'alert', amount: money(data.amount, data.currency), meta,
    line: () => (void talk.people.value, mine ? t('dispute.yours', { name: nameOf(data.to) }) : t('dispute.theirs', { name: nameOf(data.from) })),
    body: [said(name(data.from), data.reason, 'dispute-reason'), said(name(data.to), data.answer, 'dispute-answer'), said(t('dispute.support'), data.decision, 'dispute-decision'), next(data, mine)],
    moves: cardMoves('dispute', card.id, data, { answer: () => openAnswer(card.id, data) }),
    state: knows(`state.dispute.${data.state}`) ? t(`state.dispute.${data.state}`) : t('card.state', { state: data.state }),
  });
}

/** @param {import('../../kernel/el.js').Child} who @param {string} what @param {string} id */
function said(who, what, id) {
  return what === '' ? null : el('div', { class: 'dispute-said', 'data-testid': id }, el('p', { class: 'dispute-who' }, el('bdi', null, who)), el('p', { dir: 'auto' }, shownName(what)));
}

/** What comes next, for who looks at it. @param {import('../../sdk/types.js').DisputeCardData} data @param {boolean} mine */
function next(data, mine) {
  const key = `dispute.next.${mine ? 'payer' : 'payee'}.${data.state}`;
  return knows(key) ? el('p', { class: 'flow-why' }, t(key)) : null;
}
