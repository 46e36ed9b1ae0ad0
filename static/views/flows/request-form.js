// Asking for money: how much of each, of whom, what for.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { askForMoney, usualCurrency } from '../../app/actions.js';
import { money, personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { judgedRequest, MOST_PAYERS } from '../../state/making.js';
import { exponentOf } from '../../state/session.js';
import { nameOf } from '../people/names.js';
import { chooseMembers, membersOf } from './choose-members.js';
import { amountField, noteField, openMaker } from './maker.js';

/** @typedef {{ conversation: string, payers: string[], amount: string, currency: string, note: string | undefined }} Wish */

/** @param {string} conversation */
export function openRequestForm(conversation) {
  const currency = usualCurrency();
  const exponent = exponentOf(state.session.peek(), currency);
  openMaker({
    title: t('request.title'), name: 'request-form', done: t('request.made'),
    make: () => {
      const users = membersOf(conversation, false);
      const alone = users.peek().length === 1 ? users.peek()[0] : null;
      const [typed, note, shown] = [signal(''), signal(''), signal(false)];
      const people = signal(/** @type {readonly string[]} */ (alone ? [alone.id] : []));
      const judged = computed(() => judgedRequest({ amount: typed.value, people: people.value }, exponent));
      const fault = () => {
        const { parsed } = judged.value;
        return parsed.ok || (!shown.value && (parsed.why === 'empty' || parsed.why === 'zero')) ? null : t(`pay.fault.${parsed.why}`, { n: exponent });
      };
      const wish = computed(() => {
        const { parsed, fault: why } = judged.value;
        return why === null && parsed.ok ? /** @type {Wish} */ ({ conversation, payers: [...people.value], amount: parsed.amount, currency, note: note.value || undefined }) : null;
      });
      const form = [
        alone ? el('p', { class: 'maker-who' }, t('request.ask', { name: personName(alone) })) : null,
        amountField({ id: 'request-amount', label: alone ? t('pay.amount') : t('request.of_each'), currency, fault, onType: (text) => (typed.value = text), below: () => (!alone && judged.value.total !== null && people.value.length > 1 ? t('request.together', { total: money(judged.value.total, currency) }) : '') }),
        noteField((text) => (note.value = text)),
        alone ? null : [chooseMembers({ label: t('request.whom'), users, chosen: people, most: MOST_PAYERS }), el('p', { class: 'field-fault', role: 'status' }, () => (shown.value && people.value.length === 0 ? t('request.nobody') : ''))],
      ];
      return { form, wish, show: () => (shown.value = true) };
    },
    review: (wish) => ({
      amount: money(wish.amount, currency),
      facts: [[t('request.whom'), names(wish.payers)], ...(wish.note ? /** @type {Array<[string, import('../../kernel/el.js').Child]>} */ ([[t('pay.note'), el('span', { dir: 'auto' }, wish.note)]]) : [])],
      action: t('request.do'), text: t('request.text'),
    }),
    send: askForMoney,
  });
}

/** @param {readonly string[]} ids */
export function names(ids) {
  return ids.length > 3 ? t('flow.names_more', { names: ids.slice(0, 3).map((id) => nameOf(id)).join(', '), n: ids.length - 3 }) : ids.map((id) => nameOf(id)).join(', ');
}
