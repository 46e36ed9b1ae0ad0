// Top-ups and withdrawals, the newest first; each leads to how it stands.
import { each, el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { fundingState, loadFundings } from '../../app/funding.js';
import { methodName, standingWords } from '../../app/funding-words.js';
import { moment, money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { lookOf } from '../../state/funding.js';
import { openDialog } from '../dialog.js';
import { icon } from '../icons.js';
import { errorState, skeleton } from '../screen-states.js';
import { Progress } from './progress.js';

/** @typedef {import('../../sdk/types.js').Funding} Funding */

export function FundingList() {
  const kind = computed(() => {
    const { listStatus, fundings } = fundingState.value;
    if (fundings.length > 0) return 'content';
    return listStatus === 'ready' ? 'empty' : listStatus === 'error' ? 'error' : state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  const more = computed(() => fundingState.value.next !== null);
  return el('section', { class: 'panel fundings', 'aria-labelledby': 'fundings-title', 'data-testid': 'fundings' }, el('h2', { id: 'fundings-title' }, t('funding.list')), () => {
    switch (kind.value) {
      case 'content':
        return [
          el('ul', null, each(() => fundingState.value.fundings, (one) => one.id, FundingRow)),
          () => (more.value ? el('button', { type: 'button', class: 'button quiet wide', 'data-testid': 'fundings-more', 'aria-disabled': () => String(fundingState.value.loadingMore), onclick: () => loadFundings({ more: true }) }, t('wallet.more')) : null),
        ];
      case 'empty':
        return el('p', { class: 'muted' }, t('funding.empty'));
      case 'loading':
        return skeleton(2);
      default:
        return errorState(kind.value === 'offline' ? { code: 'offline' } : fundingState.peek().listError, () => void loadFundings());
    }
  });
}

/** @param {import('../../kernel/signals.js').Signal<Funding>} one */
export function FundingRow(one) {
  const { kind, amount, currency, at } = one.peek();
  return el('li', { 'data-testid': 'funding', 'data-kind': kind, 'data-state': () => one.value.state }, el('button', { type: 'button', class: 'history-row funding-row', onclick: () => openProgress(one.peek()) },
    el('span', { class: 'avatar plain', 'aria-hidden': 'true' }, icon(kind === 'topup' ? 'in' : 'out', { size: 22 })),
    el('span', { class: 'chat-text' }, el('span', { class: 'chat-name' }, t(`wallet.kind.${kind}`)), el('span', { class: 'chat-last' }, methodName(one.peek()))),
    el('span', { class: 'history-money' }, el('span', { class: 'history-amount' }, money(amount, currency)), el('span', { class: () => `funding-standing ${lookOf(one.value)}`, title: moment(at) }, () => standingWords(one.value)))));
}

/** @param {Funding} one */
function openProgress(one) {
  openDialog({ title: t(`wallet.kind.${one.kind}`), name: 'funding' }, (close) => Progress(one, { close }));
}
