// Who types, and who is there: true for a moment, and not known without a connection.
/** @typedef {Record<string, Record<string, true>>} TypingState by conversation and user */
/** @typedef {Record<string, { state: 'online' | 'offline' | 'hidden', last_seen: string | null }>} PresenceState by user */

/** @param {TypingState} state @param {{ type: string } & Record<string, any>} event @returns {TypingState} */
export function typing(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return {};
    case 'typing': {
      const { conversation, user, on } = event;
      if (user === event['me'] || Boolean(state[conversation]?.[user]) === on) return state;
      const { [user]: _, ...others } = state[conversation] ?? {};
      const { [conversation]: __, ...elsewhere } = state;
      const here = on ? { ...others, [user]: /** @type {true} */ (true) } : others;
      return Object.keys(here).length > 0 ? { ...elsewhere, [conversation]: here } : elsewhere;
    }
    case 'conversation.gone': {
      const { [event['id']]: _, ...rest } = state;
      return rest;
    }
    default:
      return state;
  }
}

/** @param {TypingState} state @param {string} id @returns {string[]} */
export function typersIn(state, id) {
  return Object.keys(state[id] ?? {});
}

/** @param {PresenceState} state @param {{ type: string } & Record<string, any>} event @returns {PresenceState} */
export function presence(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return {};
    case 'connection':
      // What was true when the link broke need not be true any more.
      return event['state'] === 'waiting' || event['state'] === 'ended' ? {} : state;
    case 'presence': {
      const fresh = /** @type {import('../sdk/types.js').Presence[]} */ (event['presence']);
      return { ...state, ...Object.fromEntries(fresh.map((one) => [one.user, { state: one.state, last_seen: one.last_seen ?? null }])) };
    }
    default:
      return state;
  }
}

/** @param {PresenceState} state @param {string} user */
export function presenceOf(state, user) {
  return state[user] ?? null;
}
