// The server is of another version than this page: what is new, and the way there. What was begun to be written is kept, by the
// server and in this browser.
import { el } from '../kernel/el.js';
import { untracked } from '../kernel/signals.js';
import { language, t } from '../app/i18n.js';
import { resource } from '../app/resource.js';
import { state } from '../app/store.js';
import { isOlder } from '../state/version.js';
import { VERSION } from '../app/version.js';
import { icon } from './icons.js';

/** What the new page says of itself, in the catalogue that it will have. @returns {Promise<string | null>} */
async function news() {
  const answer = await fetch(`/static/i18n/${language.peek()}.json`, { cache: 'no-cache' });
  const said = answer.ok ? (await answer.json())['version.news'] : null;
  return typeof said === 'string' ? said : null;
}

export function UpdateBanner() {
  const told = untracked(() => resource(news));
  const { minPay, serverVersion } = state.session.peek();
  const noMoney = isOlder(VERSION, minPay ?? VERSION);
  return el('div', { class: noMoney ? 'banner' : 'banner calm', role: 'status', 'data-testid': 'update-banner' }, icon('info', { size: 20 }),
    el('span', null, t(noMoney ? 'version.no_money' : 'version.newer', { version: serverVersion ?? '' }), () => (told.state.value.data ? ` ${told.state.value.data}` : '')),
    el('button', { type: 'button', class: 'link-button', onclick: () => location.reload() }, t('version.update')));
}
