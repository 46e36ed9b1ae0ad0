// The page's one client: made when somebody is signed in, ended when they leave. What it tells goes to the store.
import { effect, scope, untracked } from '../kernel/signals.js';
import { Quipu } from '../sdk/chat.js';
import { asQuipuError, QuipuError } from '../sdk/errors.js';
import { browserActs } from '../sdk/flows.js';
import { browserStore } from '../sdk/outbox.js';
import { browserPayments } from '../sdk/payments.js';
import { isMuted, staleOnes } from '../state/conversations.js';
import { mentions } from '../sdk/tally.js';
import { freshNotices } from '../state/budgets.js';
import { announce, hush, notice } from './announcer.js';
import { confirm } from './confirming.js';
import { tellBudget } from './budget-words.js';
import { takeUpDrafts, tellDrafts } from './drafts.js';
import { helpPath, plainError, sentence } from './fault.js';
import { conversationName, money, shownName } from './format.js';
import { t } from './i18n.js';
import { route } from './router.js';
import { dispatch, state } from './store.js';
import { VERSION } from './version.js';

const RECOUNT_MS = 2000;
const STARTED_AT = Date.now();
/** What may leave a count uncertain. */
const COUNTS = new Set(['message', 'items', 'read', 'conversation']);

/** @type {Quipu | null} */
let client = null;

/** @returns {Quipu} */
export function link() {
  if (!client) throw new QuipuError({ code: 'unauthenticated' });
  return client;
}

/** For what is of the moment only, and may fall away with the link. */
export function linked() {
  return client;
}

/** @param {string} op @param {Record<string, any>} [d] @returns {Promise<any>} */
export async function ask(op, d) {
  return link().request(op, d);
}

/** The same, as soon as there is a connection: for screens that open with the page. @param {string} op @param {Record<string, any>} [d] @returns {Promise<any>} */
export async function askOnline(op, d) {
  await new Promise((resolve) => {
    const [, stop] = untracked(() =>
      scope(() =>
        effect(() => {
          if (state.session.value.link !== 'online') return;
          queueMicrotask(() => stop());
          resolve(undefined);
        }),
      ),
    );
  });
  return ask(op, d);
}

/** A name for this device in the list of sessions. */
export function deviceName() {
  const agent = navigator.userAgent;
  const browser = /Firefox/.test(agent) ? 'Firefox' : /Edg\//.test(agent) ? 'Edge' : /Chrom/.test(agent) ? 'Chrome' : /Safari/.test(agent) ? 'Safari' : 'Browser';
  const system = /Android/.test(agent) ? 'Android' : /iPhone|iPad/.test(agent) ? 'iOS' : /Windows/.test(agent) ? 'Windows' : /Mac OS/.test(agent) ? 'macOS' : /Linux/.test(agent) ? 'Linux' : 'the web';
  return `${browser} on ${system}`;
}

/** @param {() => void} onEnded the session is over on the server */
export function connect(onEnded) {
  disconnect();
  const fresh = new Quipu({
    server: location.origin,
    model: false,
    device: deviceName(),
    client: { name: 'quipu-web', version: VERSION },
    outbox: (user) => browserStore(user, localStorage),
    payments: (user) => browserPayments(user, localStorage),
    flows: (user) => browserActs(user, localStorage),
    confirm: (op, d) => confirm(op, d, fresh.serverNow()),
    onEvent: (event) => {
      if (client === fresh) heard(event, onEnded);
    },
  });
  client = fresh;
  const user = state.session.peek().user?.id;
  if (user) takeUpDrafts(user, fresh);
  fresh.start();
}

/** The network or the page came back: no need to sit out the wait. */
export function wakeUp() {
  for (const [target, name] of /** @type {Array<[EventTarget, string]>} */ ([[window, 'online'], [window, 'pageshow'], [document, 'visibilitychange']])) {
    target.addEventListener(name, () => {
      if (!document.hidden) client?.connection.nudge();
    });
  }
}

export function disconnect() {
  const old = client;
  client = null;
  old?.stop();
}

/** @param {import('../sdk/client.js').ClientEvent} event @param {() => void} onEnded */
function heard(event, onEnded) {
  const before = event.type === 'message' ? state.conversations.peek().byId[event.message.conversation] : undefined;
  const reached = event.type === 'items' && !event.initial ? freshNotices(state.budgets.peek(), event.items) : [];
  dispatch(event);
  reached.forEach(tellBudget);
  if (COUNTS.has(event.type)) recount();
  switch (event.type) {
    case 'hello':
      tellDrafts(event.hello.user.id);
      if (event.first || state.conversations.peek().status !== 'ready') loadConversations();
      if (event.first || state.wallet.peek().status !== 'ready') loadAccounts();
      if (state.wallet.peek().historyStatus === 'ready') loadHistory();
      if (state.contacts.peek().status === 'error') loadContacts();
      break;
    case 'connection':
      if (event.state === 'ended' && event.code === 4501) onEnded();
      break;
    case 'user.changed':
      location.reload();
      break;
    case 'wallet.stale':
      loadAccounts();
      break;
    case 'account':
      if (!event.transfer && state.wallet.peek().historyStatus === 'ready') loadHistory();
      break;
    case 'message':
      if (event.message.recalled) hush();
      // Nobody is told that a block is over; but who writes here has blocked nobody.
      if (['by_them', 'both'].includes(before?.blocked ?? 'none')) askAnew(event.message.conversation);
      if (before && event.message.seq > (before.last_message?.seq ?? 0)) announceMessage(event.message);
      break;
    case 'contacts':
      if (state.contacts.peek().stale) loadContacts();
      break;
    case 'outgoing':
      if (event.item.state === 'failed' && event.item.code === 'blocked') askAnew(event.item.conversation);
      break;
    case 'outgoing.refused':
      // Whoever did it on this page is told where they did it; what an earlier page left has nobody else to tell.
      if (Date.parse(event.item.made_at) < STARTED_AT) notice(sentence(event.error), 'bad', undefined, helpPath(event.error));
      break;
    case 'payment':
      announcePayment(event.payment, event.outcome);
      break;
    case 'act':
      announceAct(event.act, event.outcome);
      break;
  }
}

/** @type {Map<string, number>} when the counts of a conversation were last asked for */
const recounted = new Map();

/** Counts that what was heard does not make certain are asked for, each now and then. */
function recount() {
  for (const id of staleOnes(state.conversations.peek())) {
    if (Date.now() - (recounted.get(id) ?? 0) < RECOUNT_MS) continue;
    recounted.set(id, Date.now());
    client?.logs.want(id);
    setTimeout(recount, RECOUNT_MS + 100);
  }
}

/** How a conversation is now. @param {string} conversation */
export function askAnew(conversation) {
  client?.logs.want(conversation);
}

/** @param {import('../sdk/types.js').Message} message */
function announceMessage(message) {
  const { user } = state.session.peek();
  const conversation = state.conversations.peek().byId[message.conversation];
  if (!conversation || message.sender === user?.id || message.kind === 'system' || message.recalled) return;
  if (isMuted(state.conversations.peek(), conversation.id) && !mentions(message, user?.id ?? '')) return;
  const name = conversationName(conversation, user?.id ?? '');
  const here = route.peek().params['id'] === message.conversation;
  announce(here && message.text ? t('announce.message_here', { name, text: message.text }) : t('announce.message', { name }));
}

/** A payment that ends while its dialog is closed is told in a notice. @param {import('../sdk/payments.js').Payment} payment @param {import('../sdk/payments.js').Outcome} outcome */
function announcePayment(payment, outcome) {
  const open = state.pay.peek().order?.client_id === payment.order.client_id;
  const params = { amount: money(payment.order.amount, payment.order.currency), name: shownName(payment.payee) };
  if (outcome.kind === 'posted') {
    const done = t(outcome.answer.state === 'held' ? 'pay.offered_announce' : 'pay.done_announce', params);
    if (open) announce(done);
    else notice(done, 'good');
  } else if (outcome.kind === 'refused') {
    if (open) announce(t('pay.refused_title'));
    else notice(`${t('pay.not_paid_announce', params)} ${sentence(outcome.error)}`, 'bad', undefined, helpPath({ code: outcome.error.code, reference: outcome.error.reference ?? payment.order.client_id }));
  } else if (outcome.kind === 'checking' && !open) notice(t('pay.checking_announce', params));
}

/** Where somebody looks at it, it is said there. @param {import('../sdk/flows.js').Act} act @param {import('../sdk/flows.js').ActOutcome} outcome */
function announceAct(act, outcome) {
  if (state.acts.peek()[act.client_id]?.watched) return;
  if (outcome.kind === 'refused') notice(sentence(outcome.error), 'bad', undefined, helpPath({ code: outcome.error.code, reference: outcome.error.reference ?? act.client_id }));
  else if (outcome.kind === 'checking') notice(t('flow.checking'));
  else if (outcome.kind === 'done' && outcome.answer.duplicate) notice(t('flow.done_after_all'), 'good');
}

/** @param {{ more?: boolean }} [how] */
export async function loadConversations(how = {}) {
  const cursor = how.more ? state.conversations.peek().next : null;
  dispatch({ type: 'conversations.loading' });
  try {
    const page = await ask('conversation.list', cursor ? { cursor } : {});
    dispatch({ type: 'conversations.page', conversations: page.conversations, next: page.next });
    for (const one of page.conversations) link().follow(`c:${one.id}`, one.rev);
  } catch (thrown) {
    if (!interrupted(thrown)) dispatch({ type: 'conversations.failed', error: plainError(thrown) });
  }
}

export async function loadContacts() {
  dispatch({ type: 'contacts.loading' });
  try {
    const page = await ask('contact.list');
    dispatch({ type: 'contacts.page', contacts: page.contacts });
  } catch (thrown) {
    dispatch(interrupted(thrown) ? { type: 'contacts.interrupted' } : { type: 'contacts.failed', error: plainError(thrown) });
  }
}

export async function loadAccounts() {
  dispatch({ type: 'wallet.loading' });
  try {
    const { accounts } = await ask('wallet.accounts');
    dispatch({ type: 'wallet.accounts', accounts });
    for (const one of accounts) if (one.log) link().follow(one.log, one.rev);
  } catch (thrown) {
    if (!interrupted(thrown)) dispatch({ type: 'wallet.failed', error: plainError(thrown) });
  }
}

/** @param {{ more?: boolean }} [how] */
export async function loadHistory(how = {}) {
  const more = how.more === true;
  const { next, loadingMore } = state.wallet.peek();
  if (more && (loadingMore || !next)) return;
  dispatch({ type: 'history.loading', more });
  try {
    const page = await ask('wallet.history', { limit: 30, ...(more ? { cursor: next } : {}) });
    dispatch({ type: 'history.page', more, transfers: page.transfers, next: page.next });
  } catch (thrown) {
    if (!interrupted(thrown)) dispatch({ type: 'history.failed', more, error: plainError(thrown) });
    else if (more) dispatch({ type: 'history.failed', more, error: null });
  }
}

/** Lost with the connection: asked again after the next hello, so not a failure of its own. @param {unknown} thrown */
export function interrupted(thrown) {
  return ['offline', 'connection_lost', 'unauthenticated'].includes(asQuipuError(thrown).code);
}
