// Planning a payment: to whom, how much, from when on, how often, until when.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { planPayment, serverNow, usualCurrency } from '../../app/actions.js';
import { moment, money, personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { judgedSchedule, localField, MOST_TIMES, RHYTHMS } from '../../state/making.js';
import { feeOn, minorUnits } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { field } from '../field.js';
import { nameOf } from '../people/names.js';
import { membersOf } from './choose-members.js';
import { amountField, noteField, openMaker, selectField } from './maker.js';

/** @typedef {import('../../sdk/money.js').WantedSchedule} Wish */

const DAY_MS = 86_400_000;

/** @param {string} conversation */
export function openScheduleForm(conversation) {
  const currency = usualCurrency();
  const session = state.session.peek();
  const exponent = exponentOf(session, currency);
  openMaker({
    title: t('schedule.title'), name: 'schedule-form', done: t('schedule.made'),
    make: () => Form(conversation, currency, exponent),
    review: (/** @type {Wish} */ wish) => {
      const fee = feeOn(wish.amount, session.feeBasisPoints, exponent);
      return {
        amount: money(wish.amount, currency),
        facts: [[t('pay.payee'), el('bdi', null, nameOf(wish.to))], ...(wish.note ? /** @type {Array<[string, import('../../kernel/el.js').Child]>} */ ([[t('pay.note'), el('span', { dir: 'auto' }, wish.note)]]) : []),
          [t('schedule.rhythm'), t(`schedule.every.${wish.every}`)], [t('schedule.first'), moment(wish.first_at)], [t('schedule.end'), wish.times ? t('schedule.n_times', { n: wish.times }) : wish.until ? moment(wish.until) : t(wish.every === 'once' ? 'schedule.once' : 'schedule.never')],
          [t('pay.fee'), minorUnits(fee, exponent) > 0n ? money(fee, currency) : t('pay.fee_none')]],
        action: t('schedule.do'), text: t('schedule.text'),
      };
    },
    send: planPayment,
  });
}

/** @param {string} conversation @param {string} currency @param {number} exponent */
function Form(conversation, currency, exponent) {
  const users = membersOf(conversation, false);
  const alone = users.peek().length === 1 ? users.peek()[0] : null;
  const [typed, note, shown, to] = [signal(''), signal(''), signal(false), signal(alone?.id ?? '')];
  const [every, end, times, until] = [signal('month'), signal('never'), signal('12'), signal(localField(Date.now() + 365 * DAY_MS).slice(0, 10))];
  const first = signal(localField(Date.now() + DAY_MS));
  const judged = computed(() => judgedSchedule({ to: to.value || null, amount: typed.value, first: first.value, every: every.value, end: /** @type {'never'} */ (end.value), times: times.value, until: until.value }, exponent, serverNow()));
  const fault = () => {
    const { parsed } = judged.value;
    return parsed.ok || (!shown.value && (parsed.why === 'empty' || parsed.why === 'zero')) ? null : t(`pay.fault.${parsed.why}`, { n: exponent });
  };
  const of = (/** @type {string[]} */ whys) => () => (whys.includes(judged.value.fault ?? '') ? t(`schedule.fault.${judged.value.fault}`, { most: MOST_TIMES }) : null);
  const begins = field({ label: t('schedule.first'), name: 'first', type: 'datetime-local', fault: of(['first', 'past']), more: { value: first.peek(), min: localField(Date.now()), 'data-testid': 'schedule-first', oninput: () => (first.value = begins.input.value) } });
  const many = field({ label: t('schedule.how_often'), name: 'times', fault: of(['times']), more: { inputmode: 'numeric', maxlength: 5, value: times.peek(), 'data-testid': 'schedule-times', oninput: () => (times.value = many.input.value) } });
  const last = field({ label: t('schedule.until'), name: 'until', type: 'date', fault: of(['until']), more: { value: until.peek(), 'data-testid': 'schedule-until', oninput: () => (until.value = last.input.value) } });
  const wish = computed(() => {
    const now = judged.value;
    if (now.fault !== null || !now.parsed.ok || now.first_at === null) return null;
    return /** @type {Wish} */ ({ conversation, to: to.value, amount: now.parsed.amount, currency, note: note.value || undefined, first_at: now.first_at, every: every.value, times: now.times ?? undefined, until: now.until ?? undefined });
  });
  const form = [
    alone ? el('p', { class: 'maker-who' }, t('pay.to'), ' ', el('bdi', null, personName(alone)))
      : () => selectField('schedule-to', t('pay.payee'), [['', t('pay.choose')], ...users.value.map((user) => /** @type {[string, string]} */ ([user.id, `${personName(user)} (@${user.handle})`]))], to),
    amountField({ id: 'schedule-amount', label: t('schedule.each_time'), currency, fault, onType: (text) => (typed.value = text) }),
    noteField((text) => (note.value = text)),
    begins.node,
    selectField('schedule-every', t('schedule.rhythm'), RHYTHMS.map((one) => [one, t(`schedule.every.${one}`)]), every),
    () => (every.value === 'once' ? null : [
      selectField('schedule-end', t('schedule.end'), [['never', t('schedule.never')], ['times', t('schedule.after_times')], ['until', t('schedule.on_day')]], end),
      () => (end.value === 'times' ? many.node : end.value === 'until' ? last.node : null),
    ]),
  ];
  return { form, wish, show: () => (shown.value = true) };
}
