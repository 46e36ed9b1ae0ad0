// What can be done about one transaction: each action is one entry of the row.
import { el } from '../../kernel/el.js';
import { t, language } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { me, state } from '../../app/store.js';
import { computed } from '../../kernel/signals.js';
import { disputeOf } from '../../state/waiting.js';
import { icon } from '../icons.js';
import { openAt } from '../thread/jumps.js';

/** @typedef {import('../../state/story.js').Story} Story */

const openRefund = later(() => import('../flows/refund.js'), 'openRefund');
const openDispute = later(() => import('../flows/dispute-dialog.js'), 'openDispute');

/** The file by which anybody can check that the ledger has the row. @param {string} transfer */
export function receiptHref(transfer) {
  return `/api/v1/wallet/receipt?transfer=${encodeURIComponent(transfer)}`;
}

/** @param {Story} story */
export function transactionActions(story) {
  return el('div', { class: 'transaction-actions', 'data-testid': 'transaction-actions' },
    refund(story),
    conversation(story),
    receipt(story),
    trouble(story));
}

/** @param {Story} story */
function refund({ main, moved, refundable, back }) {
  if (!refundable || !moved || !main.counterparty) return null;
  const data = { from: main.counterparty.id, to: me(), amount: moved.amount, currency: moved.currency, note: main.note, state: moved.state, refunded: back };
  return el('button', { type: 'button', class: 'button', 'data-testid': 'refund', onclick: () => openRefund(moved.id, data) }, icon('recall', { size: 20 }), t('refund.action'));
}

/** @param {Story} story */
function conversation({ main, moved, state: standing }) {
  const id = main.conversation ?? moved?.conversation;
  // What waits is answered there.
  return id ? el('a', { class: standing === 'held' ? 'button primary' : 'button', href: `/c/${id}`, 'data-testid': 'to-conversation' }, icon('chats', { size: 20 }), t('tx.conversation')) : null;
}

/** @param {Story} story */
function receipt({ main, moved }) {
  return el('a', { class: 'button', href: receiptHref((moved ?? main).id), download: '', 'data-testid': 'receipt' }, icon('download', { size: 20 }), t('tx.receipt'));
}

/** For who paid: a dispute, or the way to the one that there is. For everybody else: the pages of help. @param {Story} story */
function trouble({ main, moved, disputable }) {
  if (!disputable || !moved) return el('a', { class: 'button quiet', href: `/help?lang=${language.peek()}`, target: '_blank', rel: 'noopener', 'data-testid': 'trouble' }, icon('alert', { size: 20 }), t('tx.trouble'));
  // The first row gives a payment its name, also of one that was held until it was accepted.
  const known = computed(() => disputeOf(state.waiting.value, main.id));
  return () => {
    const one = known.value;
    return one
      ? el('button', { type: 'button', class: 'button quiet', 'data-testid': 'to-dispute', onclick: () => openAt(one.conversation, one.seq) }, icon('alert', { size: 20 }), t('dispute.to_card'))
      : el('button', { type: 'button', class: 'button quiet', 'data-testid': 'dispute', onclick: () => openDispute(main.id) }, icon('alert', { size: 20 }), t('dispute.action'));
  };
}
