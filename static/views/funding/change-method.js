// What an owner does with a card or an account that is there: another name, the expiry of the card that came in its place, gone.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { serverNow } from '../../app/actions.js';
import { announce } from '../../app/announcer.js';
import { changeMethod, removeMethod } from '../../app/funding.js';
import { methodName } from '../../app/funding-words.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { asQuipuError } from '../../sdk/errors.js';
import { codeDigits, codeFault, codeOf, judgedExpiry } from '../../state/methods.js';
import { confirmDialog } from '../confirm.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { codeField, expiryField, labelField } from './method-fields.js';

/** @typedef {import('../../sdk/types.js').Method} Method */
/** @typedef {import('../../sdk/types.js').MethodChange} MethodChange */
/** @typedef {import('./method-fields.js').Field} Field */
/** @typedef {import('./method-fields.js').Refused} Refused */

/**
 * A form of some fields, sent whole; what is refused of one of them is said there.
 * @param {object} of
 * @param {Method} of.method @param {() => void} of.close @param {import('../../kernel/signals.js').Signal<Refused | null>} of.refused
 * @param {Record<string, Field>} of.places by their paths on the wire @param {import('../../kernel/el.js').Child} of.form
 * @param {() => MethodChange | null} of.read what is to be sent, unless something is wrong @param {(error: import('../../sdk/errors.js').QuipuError) => string | null} [of.meant] which field an error is of
 */
function sendForm({ method, close, refused, places, form, read, meant = () => null }) {
  const { busy, error, run } = attempt();
  const online = computed(() => state.session.value.link === 'online');
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    const change = read();
    if (!change || !online.peek()) return /** @type {HTMLElement | null} */ (node.querySelector('[aria-invalid="true"]') ?? node.querySelector('input'))?.focus();
    return run(async () => {
      try {
        await changeMethod(method.id, change);
        announce(t('method.saved'));
        close();
      } catch (thrown) {
        const refusal = asQuipuError(thrown);
        const param = refusal.param && refusal.param in places ? refusal.param : meant(refusal);
        if (!param) throw refusal;
        refused.value = { param, error: refusal };
        places[param]?.input.focus();
      }
    });
  };
  const node = el('form', { class: 'maker-form', novalidate: true, onsubmit: send }, form, formFault(() => error.value),
    () => (online.value ? null : el('p', { class: 'flow-why', role: 'status' }, t('state.offline_title'))),
    el('button', { class: 'button primary wide', 'data-testid': 'method-save', 'aria-disabled': () => String(busy.value || !online.value) }, () => t(error.value?.again ? 'state.retry' : 'action.save')));
  return node;
}

/** @param {Method} method */
export function openRename(method) {
  openDialog({ title: t('method.rename_title'), name: 'rename-method' }, (close) => {
    const [label, refused] = [signal(method.label), signal(/** @type {Refused | null} */ (null))];
    const one = labelField(refused, label);
    one.input.setAttribute('autofocus', '');
    return sendForm({ method, close, refused, places: { label: one }, form: [el('p', { class: 'muted' }, methodName(method)), one.node], read: () => ({ label: label.peek().trim() }) });
  });
}

/** @param {Method} method a card */
export function openRenew(method) {
  openDialog({ title: t('method.renew_title'), name: 'renew-method', firm: true }, (close) => {
    const [expires, code, shown] = [signal(''), signal(''), signal(false)];
    const refused = signal(/** @type {Refused | null} */ (null));
    const judged = computed(() => judgedExpiry(expires.value, serverNow()));
    const last = expiryField(refused, 'expires', expires, () => (shown.value ? judged.value.fault : null));
    last.input.setAttribute('autofocus', '');
    const secret = codeField(refused, 'code', code, () => (shown.value ? codeFault(code.value, method.brand) : null), () => codeDigits(method.brand));
    const read = () => {
      shown.value = true;
      const { month } = judged.peek();
      return month === null || codeFault(code.peek(), method.brand) !== null ? null : { expires: month, code: codeOf(code.peek()) };
    };
    const meant = (/** @type {import('../../sdk/errors.js').QuipuError} */ error) => (error.detail?.reason === 'authentication_failed' ? 'code' : null);
    return sendForm({ method, close, refused, places: { expires: last, code: secret }, form: [el('p', null, t('method.renew_text', { name: methodName(method) })), el('div', { class: 'method-pair' }, last.node, secret.node)], read, meant });
  });
}

/** @param {Method} method */
export function askRemove(method) {
  const name = methodName(method);
  const more = method.unfinished > 0 ? ` ${t('method.remove_unfinished', { n: method.unfinished })}` : '';
  confirmDialog({ title: t('method.remove_title'), text: t('method.remove_text', { name }) + more, action: t('method.remove'), name: 'remove-method' }, async () => {
    await removeMethod(method.id);
    announce(t('method.removed', { name }));
  });
}
