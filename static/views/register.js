// Register: four fields, checked as the server checks them, with the fault beside its field.
import { el } from '../kernel/el.js';
import { signal } from '../kernel/signals.js';
import { register } from '../app/actions.js';
import { sentence } from '../app/fault.js';
import { t } from '../app/i18n.js';
import { attempt, entry, formFault } from './entry.js';
import { field } from './field.js';
import { helpLink } from './help-link.js';

/** Which field a refusal belongs to. @type {Record<string, string>} */
const PLACE = { handle_taken: 'handle', handle_invalid: 'handle', email_taken: 'email', email_invalid: 'email', password_weak: 'password', display_name_invalid: 'display_name' };

export function Register() {
  const { busy, error, run } = attempt();
  const local = signal(/** @type {Record<string, string>} */ ({}));
  const faultOf = (/** @type {string} */ name) => () => {
    const own = local.value[name];
    if (own) return t(own);
    const now = error.value;
    return now && (PLACE[now.code] ?? (now.code === 'invalid_field' ? now.param : null)) === name ? [sentence(now), ' ', helpLink(now)] : null;
  };
  const name = field({ label: t('register.name'), name: 'name', autocomplete: 'name', hint: t('register.name_hint'), fault: faultOf('display_name'), more: { required: true, maxlength: 64, autofocus: true } });
  const handle = field({ label: t('register.handle'), name: 'username', autocomplete: 'username', hint: t('register.handle_hint'), fault: faultOf('handle'), more: { required: true, maxlength: 30, autocapitalize: 'none', spellcheck: 'false' } });
  const email = field({ label: t('register.email'), name: 'email', type: 'email', autocomplete: 'email', fault: faultOf('email'), more: { required: true } });
  const password = field({ label: t('register.password'), name: 'new-password', type: 'password', autocomplete: 'new-password', hint: t('register.password_hint'), fault: faultOf('password'), more: { required: true } });

  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const form = { display_name: name.input.value.trim(), handle: handle.input.value.trim().replace(/^@/, '').toLowerCase(), email: email.input.value.trim(), password: password.input.value };
    const faults = check(form);
    local.value = faults;
    const first = /** @type {const} */ ([['display_name', name], ['handle', handle], ['email', email], ['password', password]]).find(([key]) => faults[key]);
    if (first) first[1].input.focus();
    else run(() => register(form));
  };
  return entry(
    t('register.title'),
    t('register.text'),
    el('form', { onsubmit: submit, novalidate: true, 'aria-label': t('register.title') }, formFault(() => error.value, Object.keys(PLACE)), name.node, handle.node, email.node, password.node,
      el('button', { class: 'button primary wide', 'aria-disabled': () => String(busy.value) }, () => (busy.value ? t('register.busy') : t('register.submit')))),
    el('p', { class: 'entry-other' }, t('register.have_account'), ' ', el('a', { href: '/signin' }, t('register.signin'))),
  );
}

/** @param {{ display_name: string, handle: string, email: string, password: string }} form @returns {Record<string, string>} */
export function check(form) {
  /** @type {Record<string, string>} */
  const faults = {};
  if (form.display_name === '') faults['display_name'] = 'register.name_missing';
  if (!/^[a-z][a-z0-9_.]{2,29}$/.test(form.handle)) faults['handle'] = 'error.handle_invalid';
  if (!/^[^\s@]+@[^\s@]+$/.test(form.email)) faults['email'] = 'error.email_invalid';
  const length = [...form.password].length;
  if (length < 10 || length > 128) faults['password'] = 'error.password_weak';
  return faults;
}
