// One press and nothing goes out of the wallet any more; back it goes with the PIN.
import { el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { announce } from '../../app/announcer.js';
import { t } from '../../app/i18n.js';
import { ask } from '../../app/link.js';
import { dispatch, state } from '../../app/store.js';
import { asQuipuError } from '../../sdk/errors.js';
import { uuidv7 } from '../../sdk/uuid.js';
import { attempt, formFault } from '../entry.js';
import { confirmDialog } from '../confirm.js';
import { icon } from '../icons.js';

/** @param {{ accounts: import('../../sdk/types.js').Account[] }} told */
function shown({ accounts }) {
  dispatch({ type: 'wallet.accounts', accounts });
}

/** @param {string} clientId */
async function thaw(clientId) {
  const d = { client_id: clientId };
  try {
    shown(await ask('wallet.unfreeze', d));
  } catch (thrown) {
    if (asQuipuError(thrown).code !== 'step_up_required') throw thrown;
    const step_up = await (await import('../security/ask-pin.js')).askPin('wallet.unfreeze', d);
    shown(await ask('wallet.unfreeze', { ...d, step_up }));
  }
}

export function Freeze() {
  const frozen = computed(() => state.wallet.value.accounts.some((one) => one.status === 'frozen'));
  const ready = computed(() => state.wallet.value.accounts.length > 0);
  const { busy, error, run } = attempt();
  const freeze = () => {
    const clientId = uuidv7();
    confirmDialog({ title: t('wallet.freeze'), text: t('wallet.freeze_text'), action: t('wallet.freeze_now'), name: 'freeze' }, async () => {
      shown(await ask('wallet.freeze', { client_id: clientId }));
      announce(t('wallet.frozen_title'));
    });
  };
  const end = () =>
    run(async () => {
      try {
        await thaw(uuidv7());
        announce(t('wallet.thawed'));
      } catch (thrown) {
        // Whoever closed the question has changed their mind.
        if (asQuipuError(thrown).code !== 'not_confirmed') throw thrown;
      }
    });
  return el('div', { class: 'freeze', 'data-testid': 'freeze' }, () => {
    if (!ready.value) return null;
    if (!frozen.value) return el('button', { type: 'button', class: 'link-button', 'data-testid': 'freeze-wallet', onclick: freeze }, icon('lock', { size: 18 }), t('wallet.freeze'));
    return el('section', { class: 'panel', 'aria-label': t('wallet.frozen_title') },
      el('p', { class: 'frozen-title' }, icon('lock', { size: 20 }), t('wallet.frozen_title')), el('p', { class: 'muted' }, t('wallet.frozen_text')),
      formFault(() => error.value),
      el('button', { type: 'button', class: 'button', 'data-testid': 'unfreeze-wallet', 'aria-disabled': () => String(busy.value), onclick: end }, t('wallet.unfreeze')));
  });
}
