// A modal dialog: the platform traps the focus, Escape closes, the focus goes back where it was.
import { el } from '../kernel/el.js';
import { scope, untracked } from '../kernel/signals.js';
import { t } from '../app/i18n.js';
import { icon } from './icons.js';

/**
 * @param {{ title: string, name: string, firm?: boolean, onClose?: () => void }} of a firm one is not closed by a press beside it
 * @param {(close: () => void) => import('../kernel/el.js').Child} body
 * @returns {() => void} closes it
 */
export function openDialog(of, body) {
  const [dialog, stop] = untracked(() =>
    scope(() => {
      const close = () => node.close();
      const heading = el('h2', { id: `${of.name}-title`, tabindex: -1 }, of.title);
      /** @type {HTMLDialogElement} */
      const node = el(
        'dialog',
        { class: `sheet ${of.name}`, 'aria-labelledby': heading.id, 'data-testid': `${of.name}-dialog` },
        el('div', { class: 'sheet-bar' }, heading, el('button', { type: 'button', class: 'icon-button', 'aria-label': t('action.close'), onclick: close }, icon('close'))),
        el('div', { class: 'sheet-body' }, body(close)),
      );
      // A press that begins and ends on the backdrop closes; a selection dragged out of a field does not.
      let pressed = false;
      node.addEventListener('pointerdown', (event) => (pressed = event.target === node));
      node.addEventListener('click', (event) => !of.firm && pressed && event.target === node && close());
      return node;
    }),
  );
  dialog.addEventListener('close', () => {
    stop();
    dialog.remove();
    of.onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  const first = dialog.querySelector('[autofocus]');
  if (first instanceof HTMLElement) first.focus();
  return () => dialog.open && dialog.close();
}
