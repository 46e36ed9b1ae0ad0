// Opens and closes the payment dialog as the state says. It is fetched when it is first wanted: whoever cannot reach the server
// cannot pay either.
import { computed, effect, onCleanup, untracked } from '../kernel/signals.js';
import { closePay } from '../app/actions.js';
import { notice } from '../app/announcer.js';
import { t } from '../app/i18n.js';
import { state } from '../app/store.js';

export function watchPay() {
  const open = computed(() => state.pay.value.step !== 'closed');
  effect(() => {
    if (!open.value) return;
    let wanted = true;
    let close = () => {};
    onCleanup(() => {
      wanted = false;
      close();
    });
    import('./pay-dialog.js').then(
      ({ openPayDialog }) => {
        if (wanted) close = untracked(openPayDialog);
      },
      () => {
        notice(t('state.part_missing'), 'bad');
        closePay();
      },
    );
  });
}
