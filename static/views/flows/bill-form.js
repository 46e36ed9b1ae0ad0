// Splitting a bill that oneself has paid: how much it was, who shares it, and by what.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { splitBill, usualCurrency } from '../../app/actions.js';
import { currencySymbol, money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { minorUnits } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { judgedBill, MOST_PEOPLE, SPLITS } from '../../state/split.js';
import { nameOf } from '../people/names.js';
import { chooseMembers, membersOf } from './choose-members.js';
import { amountField, noteField, openMaker, segments } from './maker.js';

/** @typedef {import('../../state/split.js').Split} Split */
/** @typedef {{ conversation: string, total: string, currency: string, split: Split, shares: import('../../sdk/money.js').WantedShare[], note: string | undefined, rows: Array<{ user: string, amount: string | null }> }} Wish */

/** @param {string} conversation */
export function openBillForm(conversation) {
  const currency = usualCurrency();
  const exponent = exponentOf(state.session.peek(), currency);
  openMaker({
    title: t('bill.title'), name: 'bill-form', done: t('bill.made'),
    make: () => Form(conversation, currency, exponent),
    review: (/** @type {Wish} */ wish) => ({
      amount: money(wish.total, currency),
      facts: [...(wish.note ? /** @type {Array<[string, import('../../kernel/el.js').Child]>} */ ([[t('pay.note'), el('span', { dir: 'auto' }, wish.note)]]) : []), [t('bill.split'), t(`bill.by.${wish.split}`)],
        ...wish.rows.map((row) => /** @type {[string, import('../../kernel/el.js').Child]} */ ([row.user === me() ? t('chat.you') : nameOf(row.user), money(row.amount ?? '0', currency)]))],
      action: t('bill.do'), text: t('bill.text'),
    }),
    send: ({ rows: _, ...wish }, clientId) => splitBill(wish, clientId),
  });
}

/** @param {string} conversation @param {string} currency @param {number} exponent */
function Form(conversation, currency, exponent) {
  const users = membersOf(conversation, true);
  const [total, note, shown] = [signal(''), signal(''), signal(false)];
  const split = signal(/** @type {Split} */ ('equal'));
  const people = signal(/** @type {readonly string[]} */ (users.peek().slice(0, MOST_PEOPLE).map((user) => user.id)));
  /** What was typed under each of the splits: none of it is lost by looking at another. */
  const typed = signal(/** @type {Record<string, Record<string, string>>} */ ({}));
  const judged = computed(() => judgedBill({ total: total.value, split: split.value, people: people.value, parts: typed.value[split.value] ?? {} }, exponent));
  const fault = () => {
    const { parsed } = judged.value;
    return parsed.ok || (!shown.value && (parsed.why === 'empty' || parsed.why === 'zero')) ? null : t(`pay.fault.${parsed.why}`, { n: exponent });
  };
  const wish = computed(() => {
    const now = judged.value;
    return now.fault === null && now.total !== null ? /** @type {Wish} */ ({ conversation, total: now.total, currency, split: split.value, shares: now.shares, note: note.value || undefined, rows: now.rows.map(({ user, amount }) => ({ user, amount })) }) : null;
  });
  const form = [
    amountField({ id: 'bill-total', label: t('bill.total'), currency, fault, onType: (text) => (total.value = text) }),
    noteField((text) => (note.value = text)),
    segments(t('bill.split'), SPLITS.map((one) => [one, t(`bill.by.${one}`)]), split),
    el('p', { class: 'maker-each', role: 'status', 'data-testid': 'bill-left' }, () => leftWords(judged.value, split.value, currency, exponent, people.value.length, shown.value)),
    chooseMembers({ label: t('bill.who'), users, chosen: people, most: MOST_PEOPLE, beside: (user) => Part(user.id, { split, typed, judged, currency }) }),
  ];
  return { form, wish, show: () => (shown.value = true) };
}

/** @param {import('../../state/split.js').JudgedBill} judged @param {Split} split @param {string} currency @param {number} exponent @param {number} n @param {boolean} shown */
function leftWords(judged, split, currency, exponent, n, shown) {
  if (n < 2) return t('bill.fault.people');
  if (judged.fault === 'nothing') return t('bill.fault.nothing');
  if (judged.left === null || judged.total === null) return shown && judged.fault === 'parts' ? t('bill.fault.parts') : '';
  const percent = split === 'percent';
  const off = minorUnits(judged.left, percent ? 2 : exponent);
  if (off === 0n) return t('bill.adds_up');
  const amount = judged.left.replace('-', '');
  return t(off > 0n ? 'bill.left' : 'bill.over', { left: percent ? `${amount} %` : money(amount, currency) });
}

/**
 * What somebody's part is: typed, where the split wants it, and what it comes to.
 * @param {string} user
 * @param {{ split: import('../../kernel/signals.js').Signal<Split>, typed: import('../../kernel/signals.js').Signal<Record<string, Record<string, string>>>, judged: import('../../kernel/signals.js').Readable<import('../../state/split.js').JudgedBill>, currency: string }} of
 */
function Part(user, { split, typed, judged, currency }) {
  const row = computed(() => judged.value.rows.find((one) => one.user === user));
  const comesTo = () => {
    const amount = row.value?.amount;
    return amount && split.value !== 'exact' ? money(amount, currency) : '';
  };
  return el('div', { class: 'member-part' },
    () => {
      const now = split.value;
      if (now === 'equal') return null;
      const name = user === me() ? t('chat.you') : nameOf(user);
      return el('span', { class: 'part-box' }, now === 'exact' ? el('span', { 'aria-hidden': 'true' }, currencySymbol(currency)) : null,
        el('input', { class: 'part-input', inputmode: now === 'weights' ? 'numeric' : 'decimal', maxlength: now === 'exact' ? 16 : 7, autocomplete: 'off', placeholder: now === 'weights' ? '1' : '0', value: typed.peek()[now]?.[user] ?? '', 'data-testid': 'bill-part', 'aria-label': t(`bill.part.${now}`, { name }), 'aria-invalid': () => (row.value?.fault ? 'true' : null),
          oninput: (/** @type {any} */ event) => typed.update((old) => ({ ...old, [now]: { ...old[now], [user]: event.target.value } })) }),
        now === 'percent' ? el('span', { 'aria-hidden': 'true' }, '%') : null);
    },
    el('span', { class: 'part-amount', 'data-testid': 'bill-share' }, comesTo));
}
