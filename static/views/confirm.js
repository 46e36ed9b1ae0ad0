// One question before what cannot be undone, with the refusal, if there is one, where the answer was given.
import { el } from '../kernel/el.js';
import { t } from '../app/i18n.js';
import { openDialog } from './dialog.js';
import { attempt, formFault } from './entry.js';

/** @param {{ title: string, text: string, action: string, name: string, danger?: boolean, onClose?: () => void }} of @param {() => Promise<any>} act */
export function confirmDialog(of, act) {
  openDialog({ title: of.title, name: of.name, ...(of.onClose ? { onClose: of.onClose } : {}) }, (close) => {
    const { busy, error, run } = attempt();
    const go = () => run(async () => {
      await act();
      close();
    });
    return [
      el('p', null, of.text),
      formFault(() => error.value),
      el('div', { class: 'pay-buttons' },
        el('button', { type: 'button', class: 'button', autofocus: true, onclick: close }, t('action.cancel')),
        el('button', { type: 'button', class: of.danger === false ? 'button primary' : 'button danger', 'data-testid': 'confirm', 'aria-disabled': () => String(busy.value), onclick: go }, () => (error.value?.again ? t('state.retry') : of.action))),
    ];
  });
}
