// How few payments would settle what people of a conversation owe each other for its bills. A proposal: it changes nothing.
import { el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { netBills } from '../../app/actions.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me } from '../../app/store.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { nameOf } from '../people/names.js';
import { skeleton } from '../screen-states.js';

/** @typedef {import('../../sdk/money.js').Netting} Netting */

/** @param {string} conversation */
export function openNetting(conversation) {
  openDialog({ title: t('netting.title'), name: 'netting' }, () => {
    const found = signal(/** @type {Netting | null} */ (null));
    const { busy, error, run } = attempt();
    const load = () => run(async () => (found.value = await netBills(conversation)));
    load();
    return [
      formFault(() => error.value),
      () => (error.value?.again ? el('button', { type: 'button', class: 'button', onclick: load }, t('state.retry')) : null),
      () => (busy.value && !found.value ? skeleton(3) : null),
      () => {
        const now = found.value;
        if (!now) return null;
        if (now.currencies.length === 0) return el('p', { 'data-testid': 'netting-none', role: 'status' }, t('netting.none'));
        return [now.currencies.map(inCurrency), now.more ? el('p', { class: 'muted small' }, t('netting.more')) : null, el('p', { class: 'muted small' }, t('netting.text'))];
      },
    ];
  });
}

/** @param {Netting['currencies'][number]} one */
function inCurrency(one) {
  const who = (/** @type {string} */ id) => el('bdi', null, () => (id === me() ? t('chat.you') : nameOf(id)));
  return el('section', { class: 'netting', 'aria-label': one.currency },
    el('p', { class: 'muted small' }, t('netting.of', { n: one.bills })),
    el('ul', { class: 'flow-parts' }, one.payments.map((pay) => el('li', { class: 'netting-row', 'data-testid': 'netting-row' }, el('span', { class: 'netting-who' }, who(pay.from), el('span', { class: 'muted' }, ` ${t('netting.pays')} `), who(pay.to)), el('span', { class: 'flow-part-amount' }, money(pay.amount, one.currency))))));
}
