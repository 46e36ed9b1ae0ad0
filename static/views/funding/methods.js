// Cards and bank accounts: which there are, how each stands, and what came in and went out through them.
import { each, el } from '../../kernel/el.js';
import { computed, untracked } from '../../kernel/signals.js';
import { serverNow } from '../../app/actions.js';
import { announce } from '../../app/announcer.js';
import { fundingState, keepFresh, loadFundings, loadMethods, preferMethod } from '../../app/funding.js';
import { expiresWords, methodName } from '../../app/funding-words.js';
import { moment, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { later } from '../../app/later.js';
import { state } from '../../app/store.js';
import { coolsUntil } from '../../state/funding.js';
import { acting } from '../acting.js';
import { icon } from '../icons.js';
import { emptyState, errorState, skeleton } from '../screen-states.js';
import { pageHead } from '../spending/head.js';
import { openAddMethod } from './doors.js';
import { FundingList } from './funding-list.js';
import { markOf } from './mark.js';

/** @typedef {import('../../sdk/types.js').Method} Method */
/** @typedef {import('../../kernel/signals.js').Signal<Method>} MethodSignal */

const openRename = later(() => import('./change-method.js'), 'openRename');
const openRenew = later(() => import('./change-method.js'), 'openRenew');
const askRemove = later(() => import('./change-method.js'), 'askRemove');

export function Methods() {
  keepFresh(loadMethods, loadFundings);
  const kind = computed(() => {
    const { status, methods } = fundingState.value;
    if (methods.length > 0) return 'content';
    return status === 'ready' ? 'empty' : status === 'error' ? 'error' : state.session.value.link === 'offline' ? 'offline' : 'loading';
  });
  const sandbox = computed(() => fundingState.value.sandbox);
  return el('section', { class: 'page methods', 'aria-labelledby': 'methods-title' }, pageHead('methods-title', t('method.title')),
    () => (sandbox.value ? el('p', { class: 'method-sandbox', 'data-testid': 'sandbox' }, icon('info', { size: 20 }), el('span', null, t('method.sandbox'))) : null),
    () => {
      switch (kind.value) {
        case 'content':
          return [el('ul', { class: 'method-list' }, each(() => fundingState.value.methods, (one) => one.id, row)), adders('')];
        case 'empty':
          return emptyState({ icon: 'wallet', title: t('method.empty_title'), text: t('method.empty_text'), action: adders('primary') });
        case 'loading':
          return skeleton(2, 'card');
        default:
          return errorState(kind.value === 'offline' ? { code: 'offline' } : fundingState.peek().error, () => void loadMethods());
      }
    },
    FundingList());
}

/** @param {string} look of the first */
function adders(look) {
  return el('div', { class: 'button-row' },
    el('button', { type: 'button', class: `button ${look}`, 'data-testid': 'add-card', onclick: () => openAddMethod({ kind: 'card' }) }, icon('plus', { size: 20 }), t('method.add_card')),
    el('button', { type: 'button', class: 'button', 'data-testid': 'add-bank', onclick: () => openAddMethod({ kind: 'bank' }) }, icon('plus', { size: 20 }), t('method.add_bank')));
}

/** @param {MethodSignal} one */
function row(one) {
  const { kind } = one.peek();
  const name = () => methodName(one.value);
  const cools = computed(() => coolsUntil(one.value, serverNow()));
  // What can be done is drawn anew only when it is something else: whoever stands on it goes on standing there.
  const shape = computed(() => `${one.value.state} ${one.value.default}`);
  /** @type {HTMLElement} */
  const node = el('li', { class: 'panel method', tabindex: -1, 'data-testid': 'method', 'data-state': () => one.value.state, 'data-last-four': () => one.value.last_four },
    el('div', { class: 'method-top' }, el('span', { class: 'avatar plain', 'aria-hidden': 'true' }, markOf(kind)),
      el('div', { class: 'method-words' }, el('h2', null, () => (one.value.label ? [el('bdi', null, shownName(one.value.label)), ' · '] : null), name), el('p', { class: 'muted small' }, () => details(one.value))),
      el('p', { class: 'method-badges' }, () => badges(one.value))),
    () => (cools.value ? el('p', { class: 'muted small method-note', 'data-testid': 'withdraw-from' }, icon('clock', { size: 16 }), t('method.withdraw_from', { time: moment(cools.value) })) : null),
    () => (one.value.withdraw ? null : el('p', { class: 'muted small' }, t('method.no_withdraw'))),
    () => (one.value.unfinished > 0 ? el('p', { class: 'muted small', 'data-testid': 'unfinished' }, t('method.unfinished', { n: one.value.unfinished })) : null),
    () => {
      void shape.value;
      return untracked(() => actions(one.peek, () => node.focus()));
    });
  return node;
}

/** @param {Method} one */
function details({ holder, funding, expires }) {
  return [el('bdi', null, shownName(holder)), funding ? ` · ${t(`method.funding.${funding}`)}` : null, expires ? ` · ${expiresWords(expires)}` : null];
}

/** @param {Method} one */
function badges(one) {
  return [
    one.default ? el('span', { class: 'tag', 'data-testid': 'is-default' }, t('method.is_default')) : null,
    one.state === 'active' ? null : el('span', { class: `tag ${one.state}`, 'data-testid': 'expiry-state' }, t(`method.state.${one.state}`)),
  ];
}

/** @param {() => Method} one as it is when something is pressed @param {() => void} stay where a press took its button away */
function actions(one, stay) {
  const { kind, state: standing, default: isDefault } = one();
  const name = methodName(one());
  const action = (/** @type {'rename' | 'renew' | 'prefer' | 'remove'} */ what, /** @type {() => void} */ act, look = '') =>
    el('button', { type: 'button', class: `link-button ${look}`, 'data-testid': `method-${what}`, 'aria-label': t(`method.${what}_named`, { name }), onclick: act }, t(`method.${what}`));
  return el('div', { class: 'method-actions' },
    kind === 'card' && standing !== 'active' ? action('renew', () => openRenew(one())) : null,
    isDefault || standing === 'expired' ? null : action('prefer', () => void prefer(one(), stay)),
    action('rename', () => openRename(one())),
    action('remove', () => askRemove(one()), 'danger'));
}

/** @param {Method} one @param {() => void} stay */
function prefer(one, stay) {
  return acting(async () => {
    await preferMethod(one.id);
    stay();
    announce(t('method.preferred', { name: methodName(one) }));
  });
}
