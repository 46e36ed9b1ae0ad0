// Sign in, by handle or e-mail address; under --demo also by one press.
import { el } from '../kernel/el.js';
import { http, signIn, signInDemo } from '../app/actions.js';
import { personName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { resource } from '../app/resource.js';
import { avatar } from './avatar.js';
import { attempt, entry, formFault } from './entry.js';
import { field } from './field.js';

export function SignIn() {
  const { busy, error, run } = attempt();
  const login = field({ label: t('signin.login'), name: 'username', autocomplete: 'username', more: { required: true, autocapitalize: 'none', spellcheck: 'false', autofocus: true } });
  const password = field({ label: t('signin.password'), name: 'password', type: 'password', autocomplete: 'current-password', more: { required: true } });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    run(() => signIn(login.input.value.trim(), password.input.value));
  };
  return entry(
    t('signin.title'),
    null,
    el('form', { onsubmit: submit, 'aria-label': t('signin.title') }, formFault(() => error.value), login.node, password.node,
      el('button', { class: 'button primary wide', 'aria-disabled': () => String(busy.value) }, () => (busy.value ? t('signin.busy') : t('signin.submit')))),
    el('p', { class: 'entry-other' }, t('signin.no_account'), ' ', el('a', { href: '/register' }, t('signin.register'))),
    demoPeople(run),
  );
}

/** @param {(work: () => Promise<void>) => Promise<void>} run */
function demoPeople(run) {
  const about = resource(() => http.about());
  return () => {
    const people = about.state.value.data?.demo ?? [];
    if (people.length === 0) return null;
    return el('section', { class: 'demo-people', 'aria-labelledby': 'demo-title' }, el('h2', { id: 'demo-title' }, t('demo.title')), el('p', null, t('demo.text')),
      people.map((one) => el('button', { type: 'button', class: 'row-button', onclick: () => run(() => signInDemo(one.handle)) },
        avatar({ id: one.handle, name: personName(one) }), el('span', null, t('demo.enter_as', { name: personName(one) })))));
  };
}
