// The wallet: what there is, and where it came from and went.
import { each, el } from '../kernel/el.js';
import { computed, effect, untracked } from '../kernel/signals.js';
import { money } from '../app/format.js';
import { language, t } from '../app/i18n.js';
import { later, styled } from '../app/later.js';
import { loadAccounts } from '../app/link.js';
import { state } from '../app/store.js';
import { minorUnits } from '../state/money.js';
import { exponentOf } from '../state/session.js';
import { helpLink } from './help-link.js';
import { icon } from './icons.js';
import { laterScreen } from './later-screen.js';
import { errorState, skeleton } from './screen-states.js';
import { BudgetNotes, SpendingLinks } from './spending/on-wallet.js';
import { WaitingForMe } from './wallet-waiting.js';
import { History } from './wallet/history.js';

const freeze = laterScreen(() => import('./wallet/freeze.js'), 'Freeze', () => null);
const moneyInAndOut = laterScreen(() => styled('funding', import('./funding/on-wallet.js')), 'MoneyInAndOut', () => null);
const openGetPaid = later(() => import('./get-paid.js'), 'openGetPaid');

export function Wallet() {
  effect(() => {
    const { link } = state.session.value;
    if (link !== 'online') return;
    untracked(() => {
      if (state.wallet.peek().status === 'error' || state.wallet.peek().status === 'idle') loadAccounts();
    });
  });
  return el('section', { class: 'page wallet', 'aria-labelledby': 'wallet-title' },
    el('header', { class: 'page-head' }, el('h1', { id: 'wallet-title' }, t('nav.wallet')), el('button', { type: 'button', class: 'button', 'data-testid': 'get-paid', onclick: () => openGetPaid() }, icon('qr', { size: 20 }), t('getpaid.title'))),
    el('div', { class: 'wallet-grid' }, el('div', { class: 'balances' }, balances(), moneyInAndOut(), freeze(), BudgetNotes(), WaitingForMe(), SpendingLinks()), History()));
}

function balances() {
  const kind = computed(() => {
    const { status, accounts } = state.wallet.value;
    return accounts.length > 0 ? 'content' : status === 'error' ? 'error' : state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  return el('div', { class: 'balances' }, () => {
    if (kind.value === 'loading') return skeleton(1, 'card');
    if (kind.value !== 'content') return errorState(kind.value === 'offline' ? { code: 'offline' } : state.wallet.peek().error, loadAccounts);
    const first = state.wallet.peek().accounts[0]?.currency;
    const shows = (/** @type {boolean} */ wanted) => () => state.wallet.value.accounts.filter((one) => (one.currency === first || hasMoney(one)) === wanted);
    const others = computed(() => shows(false)().length);
    return [
      each(shows(true), (one) => one.currency, balance),
      () => (others.value === 0 ? null : el('details', { class: 'other-currencies' }, el('summary', null, t('wallet.other_currencies', { n: others.value })), each(shows(false), (one) => one.currency, balance))),
    ];
  });
}

/** @param {import('../sdk/types.js').Account} one */
function hasMoney(one) {
  const exponent = exponentOf(state.session.peek(), one.currency);
  return minorUnits(one.balance, exponent) !== 0n || minorUnits(one.held || '0', exponent) !== 0n;
}

/** @param {import('../kernel/signals.js').Signal<import('../sdk/types.js').Account>} one */
function balance(one) {
  const { currency } = one.peek();
  const held = computed(() => minorUnits(one.value.held || '0', exponentOf(state.session.value, currency)) !== 0n);
  return el('section', { class: 'balance-card', 'aria-label': t('wallet.balance_in', { currency }) },
    el('p', { class: 'balance-label' }, t('wallet.balance'), el('span', { class: 'balance-currency' }, currency)),
    el('p', { class: 'balance-amount', 'data-testid': 'balance' }, () => money(one.value.balance, currency)),
    () => (held.value ? el('p', { class: 'balance-held' }, t('wallet.held', { held: money(one.value.held, currency), available: money(one.value.available, currency) })) : null),
    () => (one.value.id ? statements(one.value.id) : null),
    () => (one.value.status === 'frozen' || one.value.status === 'closed' ? el('p', { class: 'balance-held' }, icon('lock', { size: 18 }), t(`error.account_${one.value.status}`), ' ', helpLink({ code: `account_${one.value.status}` })) : null));
}

/** The server makes both; the page opens beside the client. @param {string} account */
function statements(account) {
  const query = `account=${account}`;
  return el('p', { class: 'balance-held' },
    el('a', { class: 'balance-link', href: `/api/v1/wallet/statement?${query}&lang=${language.peek()}`, target: '_blank', rel: 'noopener' }, t('wallet.statement')),
    el('a', { class: 'balance-link', href: `/api/v1/wallet/statement.csv?${query}`, download: '' }, t('wallet.statement_csv')));
}
