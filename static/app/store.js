// The page's state: one signal a slice, one door for every event.
import { batch, signal } from '../kernel/signals.js';
import { conversations, noConversations } from '../state/conversations.js';
import { messages } from '../state/messages.js';
import { noPayment, pay } from '../state/pay.js';
import { noSession, session } from '../state/session.js';
import { noWallet, wallet } from '../state/wallet.js';

export const state = {
  session: signal(noSession()),
  conversations: signal(noConversations()),
  messages: signal(/** @type {import('../state/messages.js').MessagesState} */ ({})),
  wallet: signal(noWallet()),
  pay: signal(noPayment()),
};

/** @param {{ type: string } & Record<string, any>} event */
export function dispatch(event) {
  const known = { ...event, me: state.session.peek().user?.id ?? '' };
  batch(() => {
    state.session.update((old) => session(old, known));
    state.conversations.update((old) => conversations(old, known));
    state.messages.update((old) => messages(old, known));
    state.wallet.update((old) => wallet(old, known));
    state.pay.update((old) => pay(old, known));
  });
}

/** Who is here; screens that ask are only shown to somebody. */
export function me() {
  return state.session.value.user?.id ?? '';
}
