// The demo's own door: one press and one is that person.
import { el } from '../kernel/el.js';
import { signInDemo } from '../app/actions.js';
import { shownName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { attempt, entry, formFault } from './entry.js';

/** @param {string} handle */
export function Demo(handle) {
  const { busy, error, run } = attempt();
  const name = shownName(handle);
  return entry(t('demo.title'), t('demo.text'), formFault(() => error.value),
    el('button', { type: 'button', class: 'button primary wide', 'aria-disabled': () => String(busy.value), onclick: () => run(() => signInDemo(handle)) }, t('demo.enter_as', { name: `@${name}` })),
    el('p', { class: 'entry-other' }, el('a', { href: '/signin' }, t('demo.other'))));
}
