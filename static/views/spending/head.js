// The head of the pages behind the wallet: the way back, what it is, and the choice of a currency where there are several.
import { el } from '../../kernel/el.js';
import { computed, effect, signal, untracked } from '../../kernel/signals.js';
import { t } from '../../app/i18n.js';
import { loadAccounts } from '../../app/link.js';
import { state } from '../../app/store.js';
import { icon } from '../icons.js';

/** @param {string} id @param {string} title @param {...import('../../kernel/el.js').Child} more */
export function pageHead(id, title, ...more) {
  return el('header', { class: 'page-head behind' }, el('a', { class: 'icon-button', href: '/wallet', 'aria-label': t('spending.back') }, icon('back')), el('h1', { id }, title), more);
}

/** The currencies of somebody, and the one that is looked at. */
export function currencies() {
  effect(() => {
    if (state.session.value.link === 'online' && ['idle', 'error'].includes(state.wallet.peek().status)) untracked(() => loadAccounts());
  });
  const wish = signal(/** @type {string | null} */ (null));
  const all = computed(() => state.wallet.value.accounts.map((one) => one.currency).join(' '));
  const one = computed(() => wish.value ?? (all.value.split(' ')[0] || state.session.value.defaultCurrency));
  const choice = () => (all.value.includes(' ') ? el('label', { class: 'currency-choice' }, el('span', { class: 'unseen' }, t('spending.currency')),
    el('select', { 'data-testid': 'currency', onchange: (/** @type {any} */ event) => (wish.value = event.target.value) }, all.value.split(' ').map((code) => el('option', { value: code, selected: code === one.peek() }, code)))) : null);
  return { all, one, choice };
}
