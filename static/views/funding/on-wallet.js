// On the wallet's page: the two ways of money, in and out, and what of it is still under way.
import { each, el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { fundingState, keepFresh, loadFundings } from '../../app/funding.js';
import { t } from '../../app/i18n.js';
import { isUnderWay } from '../../state/funding.js';
import { icon } from '../icons.js';
import { openTopUp, openWithdraw } from './doors.js';
import { FundingRow } from './funding-list.js';

export function MoneyInAndOut() {
  keepFresh(loadFundings);
  const open = computed(() => fundingState.value.fundings.filter(isUnderWay));
  const some = computed(() => open.value.length > 0);
  return [
    el('div', { class: 'money-ways' },
      el('button', { type: 'button', class: 'button', 'data-testid': 'add-money', onclick: () => openTopUp() }, icon('in', { size: 20 }), t('wallet.add_money')),
      el('button', { type: 'button', class: 'button', 'data-testid': 'withdraw-money', onclick: () => openWithdraw() }, icon('out', { size: 20 }), t('funding.withdraw'))),
    () => (some.value ? el('section', { class: 'panel waiting-list', 'aria-labelledby': 'under-way-title', 'data-testid': 'under-way' }, el('h2', { id: 'under-way-title' }, t('funding.open')), el('ul', null, each(() => open.value, (one) => one.id, FundingRow))) : null),
  ];
}
