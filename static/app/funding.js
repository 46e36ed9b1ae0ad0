// Cards and bank accounts, and money that comes in and goes out through them: asked for where it is looked at, and heard of
// from then on. Money is never shown before it has moved: what is shown is what the server said last.
import { effect, signal, untracked } from '../kernel/signals.js';
import { asQuipuError } from '../sdk/errors.js';
import { funding, noFunding } from '../state/funding.js';
import { notice } from './announcer.js';
import { plainError } from './fault.js';
import { toldWords } from './funding-words.js';
import { t } from './i18n.js';
import { interrupted, link, linked } from './link.js';
import { go, route } from './router.js';
import { state } from './store.js';

/** @typedef {import('../sdk/types.js').Method} Method */
/** @typedef {import('../sdk/types.js').Funding} Funding */

const PAGE = 20;
/** Pages that are read again at once, after an absence. */
const MOST_PAGES = 10;
/** How long after its confirmation it may still be begun. */
const WITHIN_MS = 120_000;

export const fundingState = signal(noFunding());
/** The callers' ids of those that somebody looks at. @type {Set<string>} */
const watched = new Set();
let followed = /** @type {ReturnType<typeof linked>} */ (null);
let methodsTurn = 0;
let listTurn = 0;

/** @param {{ type: string } & Record<string, any>} event */
function tell(event) {
  fundingState.update((old) => funding(old, event));
}

/** What was told over another link is another person's, or of another sign-in: nothing of the one may reach the other. */
function forget() {
  if (followed === linked()) return;
  followed = null;
  tell({ type: 'anew' });
}

function follow() {
  forget();
  const now = link();
  if (now === followed) return;
  followed = now;
  now.on('funding', (event) => {
    if (now === followed) heard(event.funding);
  });
}

/** While this is looked at it is asked for with each new connection, and pushes are heard in between. @param {...(() => Promise<void>)} loads */
export function keepFresh(...loads) {
  untracked(forget);
  effect(() => {
    if (state.session.value.link !== 'online') return;
    untracked(() => {
      follow();
      for (const load of loads) void load();
    });
  });
}

/** What nobody looks at is told in a notice, once it has ended or needs its owner. @param {Funding} one */
function heard(one) {
  const before = fundingState.peek().fundings.find((known) => known.id === one.id);
  tell({ type: 'funding', funding: one });
  const now = fundingState.peek().fundings.find((known) => known.id === one.id);
  const words = toldWords(one);
  if (watched.has(one.client_id) || now !== one || before?.state === one.state || words === null) return;
  const look = { label: t('budget.look'), act: () => go('/wallet/methods') };
  notice(words, 'plain', route.peek().name === 'methods' ? undefined : look);
}

/** Somebody looks at what becomes of it. @param {string} clientId @returns {() => void} and does no more */
export function watchFunding(clientId) {
  watched.add(clientId);
  return () => void watched.delete(clientId);
}

export async function loadMethods() {
  const mine = ++methodsTurn;
  tell({ type: 'methods.loading' });
  try {
    const { methods, sandbox } = await link().money.methods();
    if (mine === methodsTurn) tell({ type: 'methods.list', methods, sandbox });
  } catch (thrown) {
    if (mine === methodsTurn) tell({ type: 'methods.failed', error: interrupted(thrown) ? null : plainError(thrown) });
  }
}

/** All that were shown are read again: one of an earlier page may have changed meanwhile. @param {{ more?: boolean }} [how] */
export async function loadFundings({ more = false } = {}) {
  const { next, loadingMore, fundings: known } = fundingState.peek();
  if (more && (loadingMore || next === null)) return;
  const mine = ++listTurn;
  tell({ type: 'list.loading', more });
  try {
    const fundings = /** @type {Funding[]} */ ([]);
    let cursor = more ? next : null;
    for (let page = 0; page < (more ? 1 : MOST_PAGES); page++) {
      const got = await link().money.fundings({ limit: PAGE, ...(cursor ? { cursor } : {}) });
      fundings.push(...got.fundings);
      cursor = got.next;
      if (cursor === null || fundings.length >= known.length) break;
    }
    if (mine === listTurn) tell({ type: 'list.page', fundings, next: cursor });
  } catch (thrown) {
    if (mine === listTurn) tell({ type: 'list.failed', more, error: interrupted(thrown) ? null : plainError(thrown) });
  }
}

/** @param {import('../sdk/types.js').WantedMethod} wanted @param {string} clientId @returns {Promise<Method>} */
export async function addMethod(wanted, clientId) {
  const { method } = await link().money.addMethod(wanted, { client_id: clientId, patient: false });
  tell({ type: 'method', method });
  void loadMethods();
  return method;
}

/** @param {string} id @param {import('../sdk/types.js').MethodChange} change */
export async function changeMethod(id, change) {
  const { method } = await link().money.updateMethod(id, change);
  tell({ type: 'method', method });
  void loadMethods();
}

/** @param {string} id */
export async function preferMethod(id) {
  methodsTurn++; // a list that is on its way is of before
  const { methods, sandbox } = await link().money.defaultMethod(id);
  tell({ type: 'methods.list', methods, sandbox });
}

/** Whoever lost the answer finds it gone. @param {string} id */
export async function removeMethod(id) {
  await link().money.removeMethod(id).catch((thrown) => {
    if (asQuipuError(thrown).code !== 'method_not_found') throw thrown;
  });
  tell({ type: 'method.gone', id });
  void loadMethods();
}

/** Begins a top-up or a withdrawal, from its one button alone. @param {Funding['kind']} kind @param {{ method: string, amount: string, currency: string }} wanted @param {string} clientId @returns {Promise<Funding>} */
export async function beginFunding(kind, wanted, clientId) {
  const order = { ...wanted, not_after: new Date(link().serverNow() + WITHIN_MS).toISOString() };
  const how = { client_id: clientId, patient: false, show: { watched: true } };
  const { money } = link();
  const { duplicate: _, ...one } = await (kind === 'topup' ? money.topUp(order, how) : money.withdraw(order, how));
  tell({ type: 'funding', funding: one });
  return one;
}
