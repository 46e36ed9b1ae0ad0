// The question for the PIN before money leaves. Whoever has none yet sets it here, and what they were about to pay stays as it is.
import { el } from '../../kernel/el.js';
import { effect, signal, untracked } from '../../kernel/signals.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { ask } from '../../app/link.js';
import { asQuipuError, QuipuError } from '../../sdk/errors.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { helpLink } from '../help-link.js';
import { icon } from '../icons.js';
import { errorState, skeleton } from '../screen-states.js';
import { pinField, setPinForm } from './pin-forms.js';

/** @typedef {'beginning' | 'failed' | 'pin' | 'unset' | 'locked'} Step */

/** @param {string} op @param {Record<string, any>} d @returns {Promise<string>} what the request is sent with; thrown is that it was not confirmed */
export function askPin(op, d) {
  return new Promise((resolve, reject) => {
    let given = /** @type {string | null} */ (null);
    const onClose = () => {
      if (given === null) reject(new QuipuError({ code: 'not_confirmed', detail: { money: 'not_moved' } }));
      else resolve(given);
    };
    openDialog({ title: t('pin.confirm_title'), name: 'pin', firm: true, onClose }, (close) =>
      pane(op, d, (/** @type {string} */ grant) => {
        given = grant;
        close();
      }, close));
  });
}

/** @param {string} op @param {Record<string, any>} d @param {(grant: string) => void} done @param {() => void} close */
function pane(op, d, done, close) {
  const step = signal(/** @type {Step} */ ('beginning'));
  const fault = signal(/** @type {QuipuError | null} */ (null));
  let challenge = '';
  const begin = async () => {
    ({ challenge } = await ask('step_up.begin', { op, d }));
  };
  /** @param {string} pin */
  const confirm = async (pin) => {
    try {
      done((await ask('step_up.confirm', { challenge, factor: 'pin', code: pin })).step_up);
    } catch (thrown) {
      const error = asQuipuError(thrown);
      if (error.code === 'confirmation_invalid') await begin();
      if (error.code === 'pin_locked') fail(error);
      else throw error;
    }
  };
  /** @param {unknown} thrown */
  const fail = (thrown) => {
    const error = asQuipuError(thrown);
    fault.value = error;
    step.value = error.code === 'pin_not_set' ? 'unset' : error.code === 'pin_locked' ? 'locked' : 'failed';
  };
  const start = () => {
    step.value = 'beginning';
    begin().then(() => (step.value = 'pin'), fail);
  };
  const node = el('div', { class: 'pay-pane' }, () => {
    const now = step.value;
    return untracked(() => {
      switch (now) {
        case 'pin':
          return enter(d, confirm);
        case 'unset':
          return el('div', { class: 'pay-form' }, el('p', { class: 'muted' }, t('pin.first')), setPinForm((pin) => begin().then(() => confirm(pin)), t('pin.set_and_pay')));
        case 'locked':
          return locked(fault.peek(), close);
        case 'failed':
          return errorState(fault.peek(), start);
        default:
          return skeleton(1);
      }
    });
  });
  // Each step starts at its first field, or where it is read.
  effect(() => {
    void step.value;
    queueMicrotask(() => {
      const target = node.querySelector('[autofocus], [data-focus]');
      if (target instanceof HTMLElement) target.focus();
    });
  });
  start();
  return node;
}

/** @param {Record<string, any>} d @param {(pin: string) => Promise<void>} confirm */
function enter(d, confirm) {
  const { busy, error, run } = attempt();
  const pin = pinField({ label: t('pin.yours'), name: 'pin', focus: true, fault: () => wrong(error.value) });
  const go = async () => {
    await run(() => confirm(pin.input.value));
    if (!error.peek()) return;
    pin.input.value = '';
    pin.input.focus();
  };
  // As everywhere where a PIN is asked for: the sixth digit is the answer.
  pin.input.addEventListener('input', () => void (pin.input.value.length === 6 && go()));
  const sum = d['amount'] ?? d['total'];
  return el('form', { class: 'pay-form', novalidate: true, onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void go()) },
    typeof sum === 'string' && typeof d['currency'] === 'string' ? el('p', { class: 'confirm-amount', 'data-testid': 'pin-amount' }, money(sum, d['currency'])) : null,
    pin.node,
    formFault(() => error.value, ['pin_wrong', 'pin_weak']),
    el('button', { class: 'button primary wide', 'data-testid': 'pin-confirm', 'aria-disabled': () => String(busy.value) }, icon('lock', { size: 18 }), t('pin.confirm')));
}

/** @param {import('../../sdk/errors.js').QuipuError | null} error */
function wrong(error) {
  if (error?.code === 'pin_wrong') return t('pin.wrong', { n: error.detail?.left ?? 0 });
  return error?.code === 'pin_weak' ? t('pin.six_digits') : null;
}

/** @param {import('../../sdk/errors.js').QuipuError | null} error @param {() => void} close */
function locked(error, close) {
  return el('div', { class: 'pay-result', 'data-testid': 'pin-locked' },
    el('span', { class: 'result-icon bad' }, icon('lock', { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true, role: 'alert' }, t('pin.locked_title')),
    el('p', null, t('error.pin_locked')), el('p', { class: 'muted' }, t('pay.not_moved')), helpLink(error),
    el('button', { type: 'button', class: 'button wide', onclick: close }, t('action.close')));
}
