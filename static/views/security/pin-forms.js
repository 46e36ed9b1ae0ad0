// Setting a PIN, with the password, and changing it, with the one that is set.
import { el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { ask } from '../../app/link.js';
import { t } from '../../app/i18n.js';
import { attempt, formFault } from '../entry.js';
import { field } from '../field.js';

const DIGITS = 6;

/** @param {{ label: string, name: string, fault?: () => import('../../kernel/el.js').Child, hint?: string, focus?: boolean }} of */
export function pinField(of) {
  const only = (/** @type {any} */ event) => (event.target.value = event.target.value.replace(/\D/g, '').slice(0, DIGITS));
  return field({
    label: of.label, name: of.name, type: 'password', autocomplete: 'off', ...(of.fault ? { fault: of.fault } : {}), ...(of.hint ? { hint: of.hint } : {}),
    more: { inputmode: 'numeric', maxlength: DIGITS, class: 'pin-input', autofocus: of.focus === true, oninput: only, 'data-testid': `pin-${of.name}` },
  });
}

/** The new one twice, as nobody sees what they type. @param {() => import('../../sdk/errors.js').QuipuError | null} error */
function twice(error) {
  const differs = signal(false);
  const one = pinField({ label: t('pin.new'), name: 'new', hint: t('pin.six_digits'), fault: () => (error()?.code === 'pin_weak' ? t('error.pin_weak') : null) });
  const other = pinField({ label: t('pin.repeat'), name: 'repeat', fault: () => (differs.value ? t('pin.differs') : null) });
  other.input.addEventListener('input', () => (differs.value = false));
  const chosen = () => {
    differs.value = one.input.value !== other.input.value;
    if (differs.peek()) other.input.focus();
    return differs.peek() ? null : one.input.value;
  };
  return { nodes: [one.node, other.node], chosen };
}

/** @param {(pin: string) => Promise<void>} done with the PIN that was set @param {string} action */
export function setPinForm(done, action) {
  const { busy, error, run } = attempt();
  const password = field({ label: t('pin.password'), name: 'password', type: 'password', autocomplete: 'current-password', hint: t('pin.password_hint'), fault: () => (error.value?.code === 'credentials_invalid' ? t('pin.password_wrong') : null), more: { autofocus: true, 'data-testid': 'pin-password' } });
  const fresh = twice(() => error.value);
  let set = /** @type {string | null} */ (null);
  const go = () => {
    const pin = fresh.chosen();
    if (pin === null) return;
    run(async () => {
      // What was set is set, even if what follows it has to be tried again.
      if (set !== pin) await ask('pin.set', { password: password.input.value, pin });
      set = pin;
      await done(pin);
    });
  };
  return el('form', { class: 'pay-form', novalidate: true, onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), go()) },
    password.node, fresh.nodes, formFault(() => error.value, ['pin_weak', 'credentials_invalid']),
    el('button', { class: 'button primary wide', 'data-testid': 'pin-set', 'aria-disabled': () => String(busy.value) }, action));
}

/** @param {() => void} done */
export function changePinForm(done) {
  const { busy, error, run } = attempt();
  const old = pinField({ label: t('pin.old'), name: 'old', focus: true, fault: () => (error.value?.code === 'pin_wrong' ? t('pin.wrong', { n: error.value.detail?.left ?? 0 }) : null) });
  const fresh = twice(() => error.value);
  const go = () => {
    const pin = fresh.chosen();
    if (pin === null) return;
    run(async () => {
      await ask('pin.change', { old: old.input.value, pin });
      done();
    });
  };
  return el('form', { class: 'pay-form', novalidate: true, onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), go()) },
    old.node, fresh.nodes, formFault(() => error.value, ['pin_weak', 'pin_wrong']),
    el('button', { class: 'button primary wide', 'data-testid': 'pin-change', 'aria-disabled': () => String(busy.value) }, t('pin.change')));
}
