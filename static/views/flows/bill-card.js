// A bill that is shared, as every member sees it: whose share is how much, and what has come back.
import { el } from '../../kernel/el.js';
import { serverNow } from '../../app/actions.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { me, state } from '../../app/store.js';
import { partOf, progress, shownState } from '../../state/cards.js';
import { minorUnits } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { nameOf } from '../people/names.js';
import { cardFrame, cardMoves, remaining } from './frame.js';
import { parts, paymentsOf } from './parts.js';

const openPayPart = later(() => import('./pay-part.js'), 'openPayPart');

/** Steps of the bar. */
const FINE = 1000n;

/** @param {import('../message/bubble.js').Talk} talk @param {import('../../sdk/types.js').Card} card @param {number} seq @param {Element} meta */
export function BillCard(talk, card, seq, meta) {
  /** @type {import('../../sdk/types.js').BillCardData} */
  const data = card.data;
  const mine = partOf(data.shares, me());
  const { paid, of } = progress(data.shares);
  return cardFrame({
    kind: 'bill', icon: 'bill', amount: money(data.total, data.currency), note: data.note, meta,
    line: () => (void talk.people.value, data.from === me() ? t('bill.yours') : t('bill.of', { name: nameOf(data.from) })),
    body: [
      mine ? el('p', { class: 'flow-own', 'data-testid': 'own-share' }, el('span', null, t('bill.your_share')), el('strong', null, money(mine.amount, data.currency))) : null,
      el('progress', { class: 'flow-bar', max: Number(FINE), value: barOf(data), 'aria-label': t('bill.progress', { paid: money(data.paid, data.currency), n: paid, of }) }),
      el('p', { class: 'flow-left' }, t('bill.progress', { paid: money(data.paid, data.currency), n: paid, of })),
      parts(talk, seq, data.shares, data.currency),
      remaining(data, 'flow.open_for'), paymentsOf('bill', data, data.shares),
    ],
    moves: cardMoves('bill', card.id, data, { pay: () => mine && openPayPart({ kind: 'bill', id: card.id, to: data.from, amount: mine.amount, currency: data.currency, note: data.note }) }),
    state: () => (mine?.state === 'paid' ? t('part.own.paid') : t(`state.bill.${shownState(data, serverNow())}`)),
  });
}

/** How much of what others owe has come back. @param {import('../../sdk/types.js').BillCardData} data */
function barOf(data) {
  const exponent = exponentOf(state.session.peek(), data.currency);
  const own = data.shares.filter((one) => one.state === 'own').reduce((sum, one) => sum + minorUnits(one.amount, exponent), 0n);
  const owed = minorUnits(data.total, exponent) - own;
  return owed > 0n ? Number((minorUnits(data.paid, exponent) * FINE) / owed) : 0;
}
