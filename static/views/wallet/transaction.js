// One transaction: what it is, how it stands, its whole story, and what can be done about it.
import { el } from '../../kernel/el.js';
import { computed, effect, signal, untracked } from '../../kernel/signals.js';
import { copyText } from '../../app/copy.js';
import { sentence } from '../../app/fault.js';
import { money, moment, shownName } from '../../app/format.js';
import { leftHistory, loadTransaction } from '../../app/history.js';
import { t } from '../../app/i18n.js';
import { resource } from '../../app/resource.js';
import { state } from '../../app/store.js';
import { exponentOf } from '../../state/session.js';
import { storyOf } from '../../state/story.js';
import { accountOf } from '../../state/wallet.js';
import { helpLink } from '../help-link.js';
import { icon } from '../icons.js';
import { rememberUser } from '../people/names.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { stateName } from '../transfer-card.js';
import { faceOf, kindName, otherName, signedMoney, standingName } from './row.js';
import { receiptHref, transactionActions } from './transaction-actions.js';

/** @typedef {import('../../sdk/types.js').Transfer} Transfer */
/** @typedef {import('../../state/story.js').Story} Story */

/** @param {string} id of any of its rows */
export function TransactionPage(id) {
  const asked = signal(/** @type {ReturnType<typeof resource<Awaited<ReturnType<typeof loadTransaction>>>> | null} */ (null));
  const data = computed(() => asked.value?.state.value.data ?? null);
  const rev = computed(() => (data.value?.transfers[0] ? (accountOf(state.wallet.value, data.value.transfers[0].currency)?.rev ?? 0) : 0));
  // Asked once there is a connection, and again when the account has moved: something may have come back.
  const online = computed(() => state.session.value.link === 'online');
  effect(() => {
    void rev.value;
    if (!online.value) return;
    untracked(() => {
      if (!asked.peek()) asked.value = resource(() => loadTransaction(id));
      else if (asked.peek()?.state.peek().status !== 'loading') asked.peek()?.reload();
    });
  });
  return el('section', { class: 'page transaction', 'aria-labelledby': 'transaction-title' },
    el('header', { class: 'page-head' }, el('a', { class: 'icon-button', href: leftHistory().path, 'aria-label': t('tx.back'), 'data-testid': 'to-history' }, icon('back')), el('h1', { id: 'transaction-title' }, t('title.transaction'))),
    () => {
      const found = asked.value?.state.value;
      if (!found || found.status === 'loading') return state.session.value.link === 'offline' ? errorState({ code: 'offline' }, () => asked.peek()?.reload()) : skeleton(4);
      if (found.data) return untracked(() => content(/** @type {{ transfers: Transfer[], complete: boolean }} */ (found.data)));
      return found.error?.code === 'transfer_not_found' || found.error?.code === 'invalid_field' ? nothing() : errorState(found.error, () => asked.peek()?.reload());
    });
}

function nothing() {
  const error = { code: 'transfer_not_found' };
  return emptyState({ icon: 'search', title: t('tx.missing'), text: sentence(error), action: [helpLink(error), el('a', { class: 'button', href: '/wallet' }, t('tx.back'))] });
}

/** @param {{ transfers: Transfer[], complete: boolean }} of */
function content({ transfers, complete }) {
  const currency = transfers[0]?.currency ?? '';
  const story = storyOf(transfers, complete, exponentOf(state.session.peek(), currency));
  if (!story) return nothing();
  if (story.main.counterparty) rememberUser(story.main.counterparty);
  return el('div', { class: 'transaction-grid', 'data-testid': 'transaction' },
    el('div', { class: 'panel' }, head(story), facts(story), transactionActions(story)),
    el('section', { class: 'panel', 'aria-labelledby': 'story-title' }, el('h2', { id: 'story-title' }, t('tx.story')),
      el('ol', { class: 'story' }, story.rows.map((row) => step(row, story))),
      complete ? null : el('p', { class: 'muted small' }, t('tx.not_all')),
      el('p', { class: 'story-check' }, t('tx.check'), ' ', el('code', null, 'quipu verify FILE --key KEY'), ' ', t('tx.check_key'))));
}

/** @param {Story} story */
function head({ main, moved, state: standing, partly, back }) {
  const shown = moved ?? main;
  const { words, tone } = signedMoney(shown);
  const { counterparty } = main;
  return el('div', { class: 'transaction-head' }, faceOf(shown, 'large'),
    el('p', { class: `transaction-amount ${tone}`, 'data-testid': 'transaction-amount' }, words),
    el('p', { class: 'transaction-who' }, counterparty ? el('a', { href: `/u/${encodeURIComponent(counterparty.handle)}` }, el('bdi', null, otherName(main))) : el('bdi', null, otherName(main)), counterparty ? el('span', { class: 'muted small' }, `@${counterparty.handle}`) : null),
    el('p', { class: `tag state-${standing}`, 'data-testid': 'transaction-state' }, standingName(main.kind, standing)),
    partly ? el('p', { class: 'muted', 'data-testid': 'transaction-back' }, t('card.refunded', { amount: money(back, main.currency) })) : null);
}

/** @param {Story} story */
function facts({ main, moved, fee }) {
  const line = (/** @type {string} */ term, /** @type {import('../../kernel/el.js').Child} */ value) => el('div', null, el('dt', null, term), el('dd', null, value));
  const { note, kind, at, currency, id, expires_at: until, state: standing } = main;
  return el('dl', { class: 'facts' },
    note ? line(t('pay.note'), el('span', { dir: 'auto', class: 'transaction-note' }, shownName(note))) : null,
    line(t('history.kind'), kindName(kind)),
    line(t('pay.time'), el('time', { datetime: at }, moment(at))),
    fee ? line(t('pay.fee'), money(fee, currency)) : null,
    until && standing === 'held' && !moved ? line(t('tx.until'), el('time', { datetime: until }, moment(until))) : null,
    line(t('tx.reference'), el('span', { class: 'transaction-id' }, el('code', { class: 'receipt-id', 'data-testid': 'transaction-id' }, id), el('button', { type: 'button', class: 'icon-button', 'aria-label': t('tx.copy'), 'data-testid': 'copy-reference', onclick: () => copyText(id, t('tx.copied')) }, icon('copy', { size: 20 })))));
}

/** @param {Transfer} row @param {Story} story */
function step(row, { main }) {
  const { words, tone } = signedMoney(row);
  const what = stepWords(row);
  return el('li', { class: `story-step ${tone}`, 'data-testid': 'story-step', 'data-state': row.state },
    el('span', { class: 'story-mark', 'aria-hidden': 'true' }, icon(markOf(row), { size: 16 })),
    el('div', { class: 'story-text' }, el('p', { class: 'story-what' }, what), el('time', { class: 'muted small', datetime: row.at }, moment(row.at)),
      row.note && row.note !== main.note ? el('p', { class: 'story-note', dir: 'auto' }, shownName(row.note)) : null),
    el('div', { class: 'story-money' }, el('p', { class: `history-amount ${tone}` }, words), el('p', { class: 'muted small' }, t('tx.balance', { balance: money(row.balance, row.currency) }))),
    el('a', { class: 'icon-button', href: receiptHref(row.id), download: '', 'aria-label': t('tx.receipt_of', { what }), title: t('tx.receipt') }, icon('download', { size: 20 })));
}

/** @param {Transfer} row */
function stepWords({ kind, state: standing, direction }) {
  if (kind === 'fee') return `${kindName('fee')} · ${stateName(standing)}`;
  if (standing === 'posted') return t(direction === 'in' ? 'wallet.in' : 'wallet.out');
  if (kind === 'topup' && standing === 'reversed') return t('tx.called_back');
  if (kind === 'withdrawal' && standing === 'reversed') return t('tx.returned');
  if (standing === 'captured' && kind !== 'claim') return t(direction === 'in' ? 'tx.captured_in' : 'tx.captured_out');
  if (standing === 'reversed') return t(direction === 'in' ? 'tx.back_in' : 'tx.back_out');
  return stateName(standing);
}

/** @param {Transfer} row @returns {import('../icons.js').IconName} */
function markOf({ state: standing, direction }) {
  if (standing === 'reversed') return 'recall';
  if (standing === 'held') return 'clock';
  if (standing === 'voided' || standing === 'expired') return 'close';
  return direction === 'in' ? 'in' : 'out';
}
