// The link in the mail lands here. The address is proved by a press, so that a scanner that opens links proves nothing.
import { el } from '../kernel/el.js';
import { signal } from '../kernel/signals.js';
import { http } from '../app/actions.js';
import { t } from '../app/i18n.js';
import { attempt, entry, formFault } from './entry.js';

/** @param {string} token */
export function Verify(token) {
  const { busy, error, run } = attempt();
  const done = signal(false);
  const verify = () => run(async () => {
    await http.verifyEmail(token);
    done.value = true;
  });
  return entry(t('verify.title'), null, formFault(() => error.value), () =>
    done.value
      ? el('div', { role: 'status' }, el('p', null, t('verify.done')), el('a', { class: 'button primary wide', href: '/' }, t('state.to_chats')))
      : el('button', { type: 'button', class: 'button primary wide', 'aria-disabled': () => String(busy.value), onclick: verify }, t('verify.submit')));
}
