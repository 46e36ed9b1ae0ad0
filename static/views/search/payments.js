// Payments among all that is found: by their note, the other's name or the amount.
import { el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { shownName, when } from '../../app/format.js';
import { findPayments } from '../../app/history.js';
import { t } from '../../app/i18n.js';
import { go } from '../../app/router.js';
import { asQuipuError } from '../../sdk/errors.js';
import { historyPath, noFilter } from '../../state/history.js';
import { icon } from '../icons.js';
import { marked } from '../message/text.js';
import { faceOf, kindName, otherName, signedMoney } from '../wallet/row.js';

/** @typedef {import('../../sdk/types.js').Transfer} Transfer */

const MOST = 5;
const AGAIN_MS = 1000;

/** What was found for the words that are looked for now; an answer to earlier ones is none. */
export function paymentSearch() {
  const found = signal(/** @type {{ query: string, transfers: Transfer[], more: boolean, status: 'ready' | 'failed' } | null} */ (null));
  let turn = 0;
  /** @param {string} query */
  async function ask(query) {
    const mine = ++turn;
    found.value = null;
    if (query === '') return;
    try {
      const answer = await findPayments(query, MOST);
      if (mine === turn) found.value = { query, ...answer, status: 'ready' };
    } catch (thrown) {
      if (mine !== turn) return;
      const { code, retryAfterMs } = asQuipuError(thrown);
      if (code === 'rate_limited') setTimeout(() => mine === turn && ask(query), retryAfterMs ?? AGAIN_MS);
      else found.value = { query, transfers: [], more: false, status: 'failed' };
    }
  }
  return { found, ask, stop: () => void turn++ };
}

/** @param {ReturnType<typeof paymentSearch>['found']} found @param {() => void} close @returns {Array<import('./palette.js').Hit>} */
export function paymentHits(found, close) {
  const now = found.value;
  if (!now || now.transfers.length === 0) return [];
  const hits = now.transfers.map((one) => paymentHit(one, now.query, close));
  const all = { id: 'hit-t-all', act: () => (close(), go(historyPath({ ...noFilter(), text: now.query }))), node: () => [el('span', { class: 'avatar plain small', 'aria-hidden': 'true' }, icon('wallet', { size: 20 })), el('span', { class: 'chat-name' }, t('search.all_payments'))] };
  return now.more ? [...hits, all] : hits;
}

/** @param {Transfer} one @param {string} query @param {() => void} close @returns {import('./palette.js').Hit} */
function paymentHit(one, query, close) {
  const { words, tone } = signedMoney(one);
  return { id: `hit-t-${one.id}`, act: () => (close(), go(`/wallet/t/${one.id}`)), node: () => [
    faceOf(one, 'small'),
    el('span', { class: 'chat-text' }, el('bdi', { class: 'chat-name' }, marked(otherName(one), query)), el('span', { class: 'chat-last', dir: 'auto' }, marked(one.note ? shownName(one.note) : kindName(one.kind), query))),
    el('span', { class: 'history-money' }, el('span', { class: `history-amount ${tone}` }, words), el('time', { datetime: one.at }, () => when(one.at))),
  ] };
}
