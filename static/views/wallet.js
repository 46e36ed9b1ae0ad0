// The wallet: what there is, and where it came from and went.
import { each, el } from '../kernel/el.js';
import { computed, effect, untracked } from '../kernel/signals.js';
import { clock, dayKey, dayName, money, moment, personName, shownName } from '../app/format.js';
import { knows, language, t } from '../app/i18n.js';
import { later } from '../app/later.js';
import { loadAccounts, loadHistory } from '../app/link.js';
import { state } from '../app/store.js';
import { minorUnits } from '../state/money.js';
import { exponentOf } from '../state/session.js';
import { avatar } from './avatar.js';
import { helpLink } from './help-link.js';
import { icon } from './icons.js';
import { emptyState, errorState, skeleton } from './screen-states.js';
import { stateName } from './transfer-card.js';
import { BudgetNotes, SpendingLinks } from './spending/on-wallet.js';
import { WaitingForMe } from './wallet-waiting.js';

const openGetPaid = later(() => import('./get-paid.js'), 'openGetPaid');

/** @typedef {import('../sdk/types.js').Transfer} Transfer */

export function Wallet() {
  effect(() => {
    const { link } = state.session.value;
    if (link !== 'online') return;
    untracked(() => {
      if (state.wallet.peek().status === 'error' || state.wallet.peek().status === 'idle') loadAccounts();
      if (state.wallet.peek().historyStatus !== 'ready') loadHistory();
    });
  });
  return el('section', { class: 'page wallet', 'aria-labelledby': 'wallet-title' },
    el('header', { class: 'page-head' }, el('h1', { id: 'wallet-title' }, t('nav.wallet')), el('button', { type: 'button', class: 'button', 'data-testid': 'get-paid', onclick: () => openGetPaid() }, icon('qr', { size: 20 }), t('getpaid.title'))),
    el('div', { class: 'wallet-grid' }, el('div', { class: 'balances' }, balances(), BudgetNotes(), WaitingForMe(), SpendingLinks()), el('section', { class: 'panel history', 'aria-labelledby': 'history-title' }, el('h2', { id: 'history-title' }, t('wallet.history')), history())));
}

function balances() {
  const kind = computed(() => {
    const { status, accounts } = state.wallet.value;
    return accounts.length > 0 ? 'content' : status === 'error' ? 'error' : state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  return el('div', { class: 'balances' }, () => {
    if (kind.value === 'loading') return skeleton(1, 'card');
    if (kind.value !== 'content') return errorState(kind.value === 'offline' ? { code: 'offline' } : state.wallet.peek().error, loadAccounts);
    return each(() => state.wallet.value.accounts, (one) => one.currency, balance);
  });
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

function history() {
  const days = computed(() => {
    /** @type {Array<{ day: string, transfers: Transfer[] }>} */
    const found = [];
    for (const one of state.wallet.value.transfers) {
      const day = dayKey(one.at);
      const last = found.at(-1);
      if (last?.day === day) last.transfers.push(one);
      else found.push({ day, transfers: [one] });
    }
    return found;
  });
  const kind = computed(() => {
    const { historyStatus, transfers } = state.wallet.value;
    if (transfers.length > 0) return 'content';
    if (historyStatus === 'ready') return 'empty';
    if (historyStatus === 'error') return 'error';
    return state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  return () => {
    switch (kind.value) {
      case 'loading':
        return skeleton(5);
      case 'offline':
      case 'error':
        return errorState(kind.value === 'offline' ? { code: 'offline' } : state.wallet.peek().error, () => loadHistory());
      case 'empty':
        return emptyState({ icon: 'transfer', title: t('wallet.empty_title'), text: t('wallet.empty_text'), action: el('a', { class: 'button', href: '/' }, t('state.to_chats')) });
      default:
        return [each(() => days.value, (day) => day.day, (day) => el('section', { class: 'history-day', 'aria-label': dayName(day.peek().day) }, el('h3', null, dayName(day.peek().day)), el('ul', null, each(() => day.value.transfers, (one) => one.id, transferRow)))), more()];
    }
  };
}

function more() {
  return () => (state.wallet.value.next ? el('button', { type: 'button', class: 'button quiet wide', 'aria-disabled': () => String(state.wallet.value.loadingMore), onclick: () => loadHistory({ more: true }) }, t('wallet.more')) : null);
}

const QUIET = new Set(['held', 'voided', 'expired']);

/** @param {import('../kernel/signals.js').Signal<Transfer>} one */
function transferRow(one) {
  const { direction, currency, amount, counterparty, conversation, kind, note, at } = one.peek();
  const incoming = direction === 'in';
  const name = counterparty ? personName(counterparty) : t(kind === 'funding' ? 'wallet.funding' : 'wallet.system');
  const words = knows(`wallet.kind.${kind}`) ? t(`wallet.kind.${kind}`) : kind;
  // Of money that is only held, or free again, nothing has moved.
  const idle = QUIET.has(one.peek().state);
  const signed = idle ? money(amount, currency) : money(incoming ? amount : `-${amount}`, currency, { sign: true });
  const inner = [
    el('span', { class: 'history-face' }, counterparty ? avatar({ id: counterparty.id, name }) : el('span', { class: 'avatar plain', 'aria-hidden': 'true' }, icon('wallet', { size: 22 })), el('span', { class: `direction ${direction}` }, icon(incoming ? 'in' : 'out', { size: 14, label: t(incoming ? 'wallet.in' : 'wallet.out') }))),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, name), el('span', { class: 'chat-last', dir: 'auto' }, note ? shownName(note) : words)),
    el('span', { class: 'history-money' }, el('span', { class: `history-amount ${idle ? 'idle' : direction}` }, signed), el('time', { datetime: at, title: moment(at) }, () => (one.value.state === 'posted' ? clock(at) : stateName(one.value.state)))),
  ];
  return el('li', { 'data-testid': 'transfer-row' }, conversation ? el('a', { class: 'history-row', href: `/c/${conversation}` }, inner) : el('div', { class: 'history-row' }, inner));
}
