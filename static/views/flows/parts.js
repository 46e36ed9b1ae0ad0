// Whose part is how much, and what each has done: the first few on the card, all of them in a dialog that follows it.
import { each, el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { usualCurrency } from '../../app/actions.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { emptyThread, messageAt } from '../../state/messages.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { icon } from '../icons.js';
import { nameOf } from '../people/names.js';

/** @typedef {import('../../sdk/types.js').Party} Party */

const FIRST = 4;

/** @param {import('../message/bubble.js').Talk} talk @param {number} seq of the card @param {readonly Party[]} all @param {string} currency */
export function parts(talk, seq, all, currency) {
  return [
    el('ul', { class: 'flow-parts', 'data-testid': 'parts' }, all.slice(0, FIRST).map((one) => part(talk, () => one, currency))),
    all.length > FIRST ? el('button', { type: 'button', class: 'link-button', 'data-testid': 'all-parts', onclick: () => openParts(talk, seq, all, currency) }, t('flow.all_parts', { n: all.length })) : null,
  ];
}

/** For who asked: what was paid stands in the wallet, each payment with its page, where it can be given back. @param {'request' | 'bill'} kind @param {{ from: string, currency: string }} data @param {readonly Party[]} all */
export function paymentsOf(kind, data, all) {
  if (data.from !== me() || !all.some((one) => one.state === 'paid')) return null;
  const query = new URLSearchParams({ kind, direction: 'in', ...(all.length === 1 && all[0] ? { person: all[0].user } : {}), ...(data.currency === usualCurrency() ? {} : { currency: data.currency }) });
  return el('a', { class: 'link-button', href: `/wallet?${query}`, 'data-testid': 'flow-payments' }, t('flow.payments'));
}

/** @param {import('../message/bubble.js').Talk} talk @param {number} seq @param {readonly Party[]} before @param {string} currency */
function openParts(talk, seq, before, currency) {
  openDialog({ title: t('flow.parts'), name: 'parts' }, () => {
    const all = computed(() => {
      const data = messageAt(state.messages.value[talk.id] ?? emptyThread(), seq)?.card?.data;
      return /** @type {readonly Party[]} */ (data?.payers ?? data?.shares ?? before);
    });
    return el('ul', { class: 'flow-parts' }, each(() => all.value, (one) => one.user, (one) => part(talk, () => one.value, currency)));
  });
}

/** @param {import('../message/bubble.js').Talk} talk @param {() => Party} one @param {string} currency */
function part(talk, one, currency) {
  const { user } = one();
  const name = () => (void talk.people.value, user === me() ? t('chat.you') : nameOf(user));
  return el('li', { 'data-testid': 'part', 'data-state': () => one().state }, () => avatar({ id: user, name: name(), size: 'small' }), el('bdi', { class: 'flow-part-name' }, name),
    el('span', { class: 'flow-part-state' }, () => (one().state === 'paid' ? icon('check', { size: 16 }) : null), () => t(`part.${one().state}`)), el('span', { class: 'flow-part-amount' }, () => money(one().amount, currency)));
}
