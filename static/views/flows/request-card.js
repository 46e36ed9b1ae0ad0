// A request for money, as every member sees it: who asks whom for how much, and who has answered.
import { serverNow } from '../../app/actions.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { me } from '../../app/store.js';
import { partOf, progress, shownState } from '../../state/cards.js';
import { nameOf } from '../people/names.js';
import { cardFrame, cardMoves, remaining } from './frame.js';
import { parts, paymentsOf } from './parts.js';

const openPayPart = later(() => import('./pay-part.js'), 'openPayPart');

/** @param {import('../message/bubble.js').Talk} talk @param {import('../../sdk/types.js').Card} card @param {number} seq @param {Element} meta */
export function RequestCard(talk, card, seq, meta) {
  /** @type {import('../../sdk/types.js').RequestCardData} */
  const data = card.data;
  const mine = partOf(data.payers, me());
  const one = data.payers.length === 1 ? data.payers[0] : null;
  const line = () => (void talk.people.value, data.from === me() ? (one ? t('request.you_ask', { name: nameOf(one.user) }) : t('request.you_ask_many', { n: data.payers.length }))
    : mine ? t('request.asks_you', { name: nameOf(data.from) }) : one ? t('request.asks', { name: nameOf(data.from), other: nameOf(one.user) }) : t('request.asks_many', { name: nameOf(data.from), n: data.payers.length }));
  return cardFrame({
    kind: 'request', icon: 'in', amount: money(data.amount, data.currency), line, note: data.note, meta,
    body: [one ? null : parts(talk, seq, data.payers, data.currency), remaining(data, 'flow.open_for'), paymentsOf('request', data, data.payers)],
    moves: cardMoves('request', card.id, data, { pay: () => openPayPart({ kind: 'request', id: card.id, to: data.from, amount: data.amount, currency: data.currency, note: data.note }) }),
    state: () => {
      const now = shownState(data, serverNow());
      if (mine && mine.state !== 'open') return t(`part.own.${mine.state}`);
      if (one || !['open', 'partly_paid', 'paid'].includes(now)) return t(`state.request.${now}`);
      const { paid, of } = progress(data.payers);
      return t('flow.paid_of', { n: paid, of });
    },
  });
}
