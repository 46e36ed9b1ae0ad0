// What a person can do: each function here is one intention, carried to the server and told to the store.
import { asQuipuError } from '../sdk/errors.js';
import { httpApi } from '../sdk/http.js';
import { uuidv7 } from '../sdk/uuid.js';
import { judged } from '../state/pay.js';
import { acceptAboveOf, exponentOf } from '../state/session.js';
import { accountOf } from '../state/wallet.js';
import { dropDrafts } from './drafts.js';
import { personName, shownName } from './format.js';
import { ask, connect, deviceName, disconnect, link, loadHistory } from './link.js';
import { go, isOpen, route } from './router.js';
import { dispatch, state } from './store.js';

export * from './chat.js';
export * from './files.js';
export * from './flows.js';
export * from './people.js';
export * from './threads.js';

export const http = httpApi();
const AFTER_SIGN_IN = 'quipu.after-sign-in';
/** How long after its confirmation a payment may still be posted. */
const PAY_WITHIN_MS = 120_000;

export async function boot() {
  try {
    const { user } = await http.me();
    dispatch({ type: 'session.in', user });
    connect(ended);
    if (['signin', 'register'].includes(route.peek().name)) go('/', { replace: true });
  } catch (thrown) {
    const error = asQuipuError(thrown);
    if (error.code === 'offline' || error.code === 'timeout' || error.status >= 500) throw error;
    dispatch({ type: 'session.out' });
    if (!isOpen(route.peek().name)) leaveToSignIn();
  }
}

function leaveToSignIn() {
  const here = location.pathname + location.search;
  if (here !== '/' && !isOpen(route.peek().name)) sessionStorage.setItem(AFTER_SIGN_IN, here);
  go('/signin', { replace: true });
}

/** The server ended the session: another device signed this one out, or its time was over. */
function ended() {
  disconnect();
  dispatch({ type: 'session.out' });
  leaveToSignIn();
}

/** @param {import('../sdk/types.js').User} user */
function arrived(user) {
  dispatch({ type: 'session.in', user });
  connect(ended);
  const wanted = sessionStorage.getItem(AFTER_SIGN_IN);
  sessionStorage.removeItem(AFTER_SIGN_IN);
  go(wanted ?? '/', { replace: true });
}

/** @param {string} login @param {string} password */
export async function signIn(login, password) {
  arrived((await http.login({ login, password, device: deviceName() })).user);
}

/** @param {{ handle: string, email: string, password: string, display_name: string }} form */
export async function register(form) {
  await http.register(form);
  await signIn(form.handle, form.password);
}

/** @param {string} handle */
export async function signInDemo(handle) {
  arrived((await http.demoLogin(handle, deviceName())).user);
}

export async function signOut() {
  await http.logout();
  const id = state.session.peek().user?.id;
  if (id) dropDrafts(id);
  disconnect();
  dispatch({ type: 'session.out' });
  go('/signin');
}

/** @param {'direct' | 'group'} kind @param {string[]} members @param {string} [title] @param {string} [clientId] the same again after a lost answer */
export async function createConversation(kind, members, title, clientId = uuidv7()) {
  const { conversation } = await ask('conversation.create', { client_id: clientId, kind, members, ...(title ? { title } : {}) });
  dispatch({ type: 'conversation', conversation });
  link().follow(`c:${conversation.id}`, conversation.rev);
  go(`/c/${conversation.id}`);
}

/** @param {string} conversation */
export function openPay(conversation) {
  const user = state.session.peek().user;
  const one = state.conversations.peek().byId[conversation];
  if (!one || !user) return;
  beginPay({ conversation, choices: one.members.map((member) => member.user).filter((other) => other.id !== user.id) }, usualCurrency());
}

/** Paying somebody whom one need not talk with yet; what a link asks for stands in the fields, to be looked at. @param {import('../sdk/types.js').User} user @param {import('../state/pay-link.js').PayWish | null} [wish] */
export function openPayTo(user, wish = null) {
  const prefilled = wish ? { typed: wish.typed, note: shownName(wish.note), left: wish.left } : {};
  beginPay({ conversation: null, choices: [user], ...prefilled }, wish?.currency ?? usualCurrency());
}

/** What is paid in where nothing else is asked for. */
export function usualCurrency() {
  return state.wallet.peek().accounts[0]?.currency ?? state.session.peek().defaultCurrency;
}

/** @param {Record<string, any>} of @param {string} currency */
function beginPay(of, currency) {
  const session = state.session.peek();
  const available = accountOf(state.wallet.peek(), currency)?.available ?? '0';
  dispatch({ type: 'pay.opened', ...of, currency, exponent: exponentOf(session, currency), available, acceptAbove: acceptAboveOf(session, currency), feeBasisPoints: session.feeBasisPoints });
  if (state.wallet.peek().historyStatus === 'idle') loadHistory();
}

export function nextInPay() {
  dispatch({ type: 'pay.next', clientId: uuidv7() });
}

/** The one place that moves money, and only from the confirmation. */
export function confirmPay() {
  const { step, order, payee } = state.pay.peek();
  if (step !== 'confirm' || !order || !payee || judged(state.pay.peek()).fault) return;
  const not_after = new Date(link().serverNow() + PAY_WITHIN_MS).toISOString();
  link().payments?.pay({ order: { ...order, not_after }, payee: personName(payee) });
}

export function closePay() {
  dispatch({ type: 'pay.closed' });
}
