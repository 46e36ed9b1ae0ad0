// Settings: the PIN of one's payments, how it stands, and the way to another one.
import { el } from '../../kernel/el.js';
import { untracked } from '../../kernel/signals.js';
import { announce } from '../../app/announcer.js';
import { askOnline } from '../../app/link.js';
import { t } from '../../app/i18n.js';
import { resource } from '../../app/resource.js';
import { openDialog } from '../dialog.js';
import { helpLink } from '../help-link.js';
import { icon } from '../icons.js';
import { errorState, skeleton } from '../screen-states.js';
import { changePinForm, setPinForm } from './pin-forms.js';

/** @typedef {{ set: boolean, locked: boolean, left: number }} Pin */

export function pinPanel() {
  const factors = untracked(() => resource(async () => /** @type {{ pin: Pin, required: boolean }} */ (await askOnline('factor.list', {}))));
  return el('section', { class: 'panel', 'aria-labelledby': 'pin-title', 'data-testid': 'pin-panel' }, el('h2', { id: 'pin-title' }, t('pin.title')), () => {
    const { status, error, data } = factors.state.value;
    if (status === 'loading') return skeleton(1);
    if (status === 'error' || !data) return errorState(error, factors.reload);
    const { pin, required } = data;
    const state = pin.locked ? 'locked' : pin.set ? 'set' : 'unset';
    return [
      el('p', { class: 'muted', 'data-testid': 'pin-state' }, t(`pin.state_${state}`), required ? null : ` ${t('pin.not_required')}`),
      pin.locked ? helpLink({ code: 'pin_locked' }) : el('button', { type: 'button', class: 'button', 'data-testid': pin.set ? 'open-pin-change' : 'open-pin-set', onclick: () => (pin.set ? change : set)(factors.reload) }, icon('lock', { size: 20 }), t(pin.set ? 'pin.change' : 'pin.set')),
    ];
  });
}

/** @param {() => void} reload */
function set(reload) {
  openDialog({ title: t('pin.set'), name: 'pin-set', firm: true, onClose: reload }, (close) =>
    setPinForm(async () => {
      announce(t('pin.was_set'));
      close();
    }, t('pin.set')));
}

/** @param {() => void} reload */
function change(reload) {
  openDialog({ title: t('pin.change'), name: 'pin-change', firm: true, onClose: reload }, (close) =>
    changePinForm(() => {
      announce(t('pin.was_changed'));
      close();
    }));
}
