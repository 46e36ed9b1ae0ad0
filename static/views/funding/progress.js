// How a top-up or a withdrawal stands, as it goes on: what happened, where the money is, what there is to do.
import { el } from '../../kernel/el.js';
import { computed, effect, onCleanup, untracked } from '../../kernel/signals.js';
import { fundingState, watchFunding } from '../../app/funding.js';
import { meaningWords, methodName, standingWords } from '../../app/funding-words.js';
import { moment, money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { actionHref, lookOf } from '../../state/funding.js';
import { fact } from '../fact.js';
import { icon } from '../icons.js';
import { deliberate } from '../pay-result.js';

/** @typedef {import('../../sdk/types.js').Funding} Funding */
/** @typedef {{ close: () => void, again?: (() => void) | undefined }} How */

/** @type {Record<'wait' | 'good' | 'bad', import('../icons.js').IconName>} */
const SIGNS = { wait: 'clock', good: 'check', bad: 'alert' };

/** @param {Funding} first as it was answered or listed @param {How} how */
export function Progress(first, how) {
  onCleanup(watchFunding(first.client_id));
  const one = computed(() => fundingState.value.fundings.find((known) => known.id === first.id) ?? first);
  const pane = el('div', { class: 'pay-pane' }, () => {
    const now = one.value;
    return untracked(() => Standing(now, how));
  });
  // Each state is read from its beginning.
  effect(() => {
    void one.value;
    queueMicrotask(() => /** @type {HTMLElement | null} */ (pane.querySelector('[data-focus]'))?.focus());
  });
  return pane;
}

/** @param {Funding} one @param {How} how */
function Standing(one, { close, again }) {
  const { kind, state: standing, amount, currency, action, at } = one;
  const look = lookOf(one);
  return el('div', { class: 'pay-result', 'data-testid': 'funding-progress', 'data-state': standing },
    el('span', { class: `result-icon ${look}` }, icon(SIGNS[look], { size: 32 })),
    el('p', { class: 'result-title', tabindex: -1, 'data-focus': true, role: look === 'bad' ? 'alert' : 'status' }, standingWords(one)),
    el('p', { class: 'confirm-amount' }, money(amount, currency)),
    meaningWords(one).map((words) => el('p', { class: 'muted' }, words)),
    standing === 'requires_action' ? step(actionHref(action)) : null,
    el('dl', { class: 'facts' }, fact(t(kind === 'topup' ? 'funding.from' : 'funding.to'), methodName(one)), fact(t('pay.time'), el('time', { datetime: at }, moment(at)))),
    again && standing === 'failed'
      ? el('div', { class: 'pay-buttons' }, el('button', { type: 'button', class: 'button', onclick: close }, t('action.close')), el('button', { type: 'button', class: 'button primary', 'data-testid': 'funding-again', onclick: deliberate(again) }, t('funding.again')))
      : el('button', { type: 'button', class: `button wide ${look === 'good' ? 'primary' : ''}`, 'data-testid': 'funding-close', onclick: deliberate(close) }, t(look === 'good' ? 'action.done' : 'action.close')));
}

/** @param {string | null} href */
function step(href) {
  if (href === null) return el('p', { class: 'pay-left' }, t('funding.no_action'));
  return [el('a', { class: 'button primary wide', href, target: '_blank', rel: 'noopener', 'data-testid': 'funding-action' }, icon('out', { size: 18 }), t('funding.continue')), el('p', { class: 'muted small' }, t('funding.window'))];
}
