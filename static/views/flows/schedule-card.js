// A plan of payments: to whom, how often, when next, and how the last one went.
import { el } from '../../kernel/el.js';
import { helpPath, sentence } from '../../app/fault.js';
import { moment, money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me } from '../../app/store.js';
import { openHelp } from '../help-link.js';
import { nameOf } from '../people/names.js';
import { cardFrame, cardMoves } from './frame.js';

/** @param {import('../message/bubble.js').Talk} talk @param {import('../../sdk/types.js').Card} card @param {Element} meta */
export function ScheduleCard(talk, card, meta) {
  /** @type {import('../../sdk/types.js').ScheduleCardData} */
  const data = card.data;
  const line = () => (void talk.people.value, data.from === me() ? t('schedule.you_pay', { name: nameOf(data.to) }) : data.to === me() ? t('schedule.pays_you', { name: nameOf(data.from) }) : t('schedule.pays', { name: nameOf(data.from), other: nameOf(data.to) }));
  return cardFrame({
    kind: 'schedule', icon: 'repeat', amount: money(data.amount, data.currency), line, note: data.note, meta,
    body: [
      el('dl', { class: 'flow-facts' },
        fact(t('schedule.rhythm'), t(`schedule.every.${data.every}`)),
        data.next_at && data.state === 'open' ? fact(t('schedule.next'), el('time', { datetime: data.next_at }, moment(data.next_at))) : null,
        data.times ? fact(t('schedule.times'), t('schedule.times_of', { n: data.paid + data.skipped + data.failed, of: data.times })) : data.paid > 0 ? fact(t('schedule.paid'), String(data.paid)) : null,
        data.until ? fact(t('schedule.until'), moment(data.until)) : null),
      lastRun(data.last),
    ],
    moves: cardMoves('schedule', card.id, data, {}),
    state: t(`state.schedule.${data.state}`),
  });
}

/** @param {string} last */
function lastRun(last) {
  if (last === '' || last === 'paid') return null;
  if (last === 'skipped') return el('p', { class: 'flow-why' }, t('schedule.skipped'));
  const help = helpPath({ code: last });
  return el('p', { class: 'flow-why' }, t('schedule.not_paid'), ' ', sentence({ code: last }), ' ', help ? openHelp(help) : null);
}

/** @param {string} term @param {import('../../kernel/el.js').Child} value */
function fact(term, value) {
  return el('div', null, el('dt', null, term), el('dd', null, value));
}
