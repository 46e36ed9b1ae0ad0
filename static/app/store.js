// The page's state: one signal a slice, one door for every event.
import { batch, signal } from '../kernel/signals.js';
import { acts } from '../state/acts.js';
import { budgets, noBudgets } from '../state/budgets.js';
import { contacts, noContacts } from '../state/contacts.js';
import { conversations, noConversations } from '../state/conversations.js';
import { drafts } from '../state/drafts.js';
import { messages } from '../state/messages.js';
import { presence, typing } from '../state/moment.js';
import { packets } from '../state/packets.js';
import { noPayment, pay } from '../state/pay.js';
import { noSearch, search } from '../state/search.js';
import { noSession, session } from '../state/session.js';
import { noSettings, settings } from '../state/settings.js';
import { uploads } from '../state/uploads.js';
import { waiting } from '../state/waiting.js';
import { noWallet, wallet } from '../state/wallet.js';

export const state = {
  session: signal(noSession()),
  conversations: signal(noConversations()),
  messages: signal(/** @type {import('../state/messages.js').MessagesState} */ ({})),
  contacts: signal(noContacts()),
  drafts: signal(/** @type {import('../state/drafts.js').DraftsState} */ ({})),
  typing: signal(/** @type {import('../state/moment.js').TypingState} */ ({})),
  presence: signal(/** @type {import('../state/moment.js').PresenceState} */ ({})),
  search: signal(noSearch()),
  uploads: signal(/** @type {import('../state/uploads.js').UploadsState} */ ({})),
  settings: signal(noSettings()),
  wallet: signal(noWallet()),
  pay: signal(noPayment()),
  acts: signal(/** @type {import('../state/acts.js').ActsState} */ ({})),
  packets: signal(/** @type {import('../state/packets.js').PacketsState} */ ({})),
  budgets: signal(noBudgets()),
  waiting: signal(/** @type {import('../state/waiting.js').WaitingState} */ ({})),
};

/** @param {{ type: string } & Record<string, any>} event */
export function dispatch(event) {
  const known = { ...event, me: state.session.peek().user?.id ?? '' };
  batch(() => {
    state.session.update((old) => session(old, known));
    state.conversations.update((old) => conversations(old, known));
    state.messages.update((old) => messages(old, known));
    state.contacts.update((old) => contacts(old, known));
    state.drafts.update((old) => drafts(old, known));
    state.typing.update((old) => typing(old, known));
    state.presence.update((old) => presence(old, known));
    state.search.update((old) => search(old, known));
    state.uploads.update((old) => uploads(old, known));
    state.settings.update((old) => settings(old, known));
    state.wallet.update((old) => wallet(old, known));
    state.pay.update((old) => pay(old, known));
    state.acts.update((old) => acts(old, known));
    state.packets.update((old) => packets(old, known));
    state.budgets.update((old) => budgets(old, known));
    state.waiting.update((old) => waiting(old, known));
  });
}

/** Who is here; screens that ask are only shown to somebody. */
export function me() {
  return state.session.value.user?.id ?? '';
}
