// Accounts and the history of transfers.
/** @typedef {import('../sdk/types.js').Account} Account */
/** @typedef {import('../sdk/types.js').Transfer} Transfer */
/**
 * @typedef {object} WalletState
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {Account[]} accounts
 * @property {'idle' | 'loading' | 'ready' | 'error'} historyStatus
 * @property {Transfer[]} transfers newest first
 * @property {string | null} next
 * @property {boolean} loadingMore
 * @property {{ code: string, message: string, reference: string | null } | null} error
 */

/** @returns {WalletState} */
export function noWallet() {
  return { status: 'idle', accounts: [], historyStatus: 'idle', transfers: [], next: null, loadingMore: false, error: null };
}

/** @param {WalletState} state @param {{ type: string } & Record<string, any>} event @returns {WalletState} */
export function wallet(state, event) {
  switch (event.type) {
    case 'session.in':
    case 'session.out':
      return noWallet();
    case 'wallet.loading':
      return { ...state, status: state.status === 'ready' ? 'ready' : 'loading', error: null };
    case 'wallet.failed':
      return { ...state, status: state.status === 'ready' ? 'ready' : 'error', error: event['error'] };
    case 'wallet.accounts':
      return { ...state, status: 'ready', error: null, accounts: event['accounts'].reduce(withAccount, state.accounts) };
    case 'account': {
      const accounts = withAccount(state.accounts, event['account']);
      return { ...state, accounts, transfers: event['transfer'] ? withTransfers(state.transfers, [event['transfer']]) : state.transfers };
    }
    case 'history.loading':
      return event['more'] ? { ...state, loadingMore: true } : { ...state, historyStatus: state.historyStatus === 'ready' ? 'ready' : 'loading', error: null };
    case 'history.failed':
      return event['more'] || state.historyStatus === 'ready' ? { ...state, loadingMore: false } : { ...state, historyStatus: 'error', error: event['error'] };
    case 'history.page': {
      // A fresh first page does not move the cursor back over what was paged already.
      const keep = !event['more'] && state.historyStatus === 'ready';
      return { ...state, historyStatus: 'ready', loadingMore: false, error: null, next: keep ? state.next : event['next'], transfers: withTransfers(state.transfers, event['transfers']) };
    }
    default:
      return state;
  }
}

/** @param {Account[]} accounts @param {Account} fresh @returns {Account[]} */
function withAccount(accounts, fresh) {
  const at = accounts.findIndex((one) => one.currency === fresh.currency);
  const old = accounts[at];
  if (!old) return [...accounts, fresh];
  // Answers and pushes may cross: the higher rev is the later truth.
  return old.rev > fresh.rev ? accounts : accounts.with(at, fresh);
}

/** @param {Transfer[]} old @param {Transfer[]} fresh @returns {Transfer[]} */
function withTransfers(old, fresh) {
  const byId = new Map(old.map((one) => [one.id, one]));
  for (const one of fresh) byId.set(one.id, one);
  return [...byId.values()].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? 1 : -1));
}

/** @param {WalletState} state @param {string} currency @returns {Account | null} */
export function accountOf(state, currency) {
  return state.accounts.find((one) => one.currency === currency) ?? null;
}

/** How often this person was paid, as far as the loaded history tells. @param {WalletState} state @param {string} user @returns {{ times: number, certain: boolean }} */
export function paidBefore(state, user) {
  const times = state.transfers.filter((one) => one.direction === 'out' && one.kind === 'payment' && one.state === 'posted' && one.counterparty?.id === user).length;
  return { times, certain: state.historyStatus === 'ready' && state.next === null };
}
