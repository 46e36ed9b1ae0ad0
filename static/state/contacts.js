// Contacts, requests in both directions, and who is blocked.
/** @typedef {import('../sdk/types.js').User} User */
/** @typedef {import('../sdk/types.js').Contact} Contact */
/**
 * @typedef {object} ContactsState
 * @property {'idle' | 'loading' | 'ready' | 'error'} status
 * @property {Record<string, Required<Contact>>} people by user id
 * @property {Record<string, { user: User | null, since: string }>} blocked by user id
 * @property {boolean} stale something has changed whose names are not here, and nobody has asked for them yet
 * @property {number} asking how many answers are awaited
 * @property {Record<string, true>} touched who has changed meanwhile: an answer that was read before does not know it
 * @property {{ code: string, message: string, reference: string | null } | null} error
 */

/** @returns {ContactsState} */
export function noContacts() {
  return { status: 'idle', people: {}, blocked: {}, stale: false, asking: 0, touched: {}, error: null };
}

/** @param {ContactsState} state @param {{ type: string } & Record<string, any>} event @returns {ContactsState} */
export function contacts(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return noContacts();
    case 'contacts.loading':
      return { ...state, status: state.status === 'ready' ? 'ready' : 'loading', stale: false, asking: state.asking + 1, touched: state.asking === 0 ? {} : state.touched, error: null };
    case 'contacts.failed':
      return { ...state, asking: state.asking - 1, status: state.status === 'ready' ? 'ready' : 'error', error: event['error'] };
    case 'contacts.interrupted':
      return { ...state, asking: state.asking - 1, status: state.status === 'ready' ? 'ready' : 'idle', stale: state.status === 'ready' };
    case 'contacts.page': {
      // A server that knows no requests lists contacts alone.
      const people = Object.fromEntries(event['contacts'].map((/** @type {Contact} */ one) => [one.user.id, { ...one, state: one.state ?? 'accepted' }]));
      for (const id of Object.keys(state.touched)) {
        const now = state.people[id];
        if (now) people[id] = now;
        else delete people[id];
      }
      return { ...state, asking: state.asking - 1, status: 'ready', error: null, people };
    }
    case 'contacts.blocked': {
      const blocked = Object.fromEntries(event['users'].map((/** @type {{ user: User, since: string }} */ one) => [one.user.id, one]));
      return { ...state, blocked };
    }
    case 'contact.set':
      return withContact(state, event['user'], event['state'], event['since']);
    case 'items':
      return event['items'].reduce(withItem, state);
    default:
      return state;
  }
}

/** @param {ContactsState} state @param {User} user @param {'accepted' | 'requested' | 'pending' | null} standing @param {string} since @returns {ContactsState} */
function withContact(state, user, standing, since) {
  const { [user.id]: old, ...others } = state.people;
  return { ...state, touched: { ...state.touched, [user.id]: true }, people: standing === null ? others : { ...others, [user.id]: { user, state: standing, since: old?.since ?? since } } };
}

/** @param {ContactsState} state @param {import('../sdk/types.js').Item} item @returns {ContactsState} */
function withItem(state, { kind, key, value }) {
  if (kind === 'block') {
    const { [key]: old, ...others } = state.blocked;
    return { ...state, blocked: value === null ? others : { ...others, [key]: { user: old?.user ?? null, since: value.since } } };
  }
  if (kind !== 'contact') return state;
  const old = state.people[key];
  const touched = { ...state.touched, [key]: /** @type {true} */ (true) };
  if (value === null) return old ? withContact(state, old.user, null, '') : { ...state, touched };
  // A name does not stand in an item: the list is asked for.
  if (!old) return { ...state, stale: true };
  return { ...state, touched, people: { ...state.people, [key]: { ...old, state: value.state ?? 'accepted', since: value.since ?? old.since } } };
}

/** @param {ContactsState} state @param {'accepted' | 'requested' | 'pending'} standing @returns {Array<Required<Contact>>} by name, requests the latest first */
function those(state, standing) {
  const found = Object.values(state.people).filter((one) => one.state === standing);
  const name = (/** @type {Required<Contact>} */ one) => (one.user.display_name || one.user.handle).toLocaleLowerCase();
  return standing === 'accepted' ? found.sort((a, b) => name(a).localeCompare(name(b))) : found.sort((a, b) => (a.since < b.since ? 1 : -1));
}

/** @param {ContactsState} state */
export const accepted = (state) => those(state, 'accepted');
/** Whom I have asked. @param {ContactsState} state */
export const requested = (state) => those(state, 'requested');
/** Who has asked me. @param {ContactsState} state */
export const pending = (state) => those(state, 'pending');

/** @param {ContactsState} state @param {string} user */
export function isBlocked(state, user) {
  return user in state.blocked;
}

/** @param {ContactsState} state @param {string} user @returns {'accepted' | 'requested' | 'pending' | null} */
export function standingOf(state, user) {
  return state.people[user]?.state ?? null;
}
