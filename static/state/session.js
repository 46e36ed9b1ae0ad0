// Who is signed in, and how the connection stands.
/** @typedef {import('../sdk/types.js').User} User */
/**
 * @typedef {object} SessionState
 * @property {'unknown' | 'out' | 'in'} status
 * @property {User | null} user
 * @property {'connecting' | 'online' | 'offline' | 'ended'} link
 * @property {number} closeCode why the link ended for good, 0 otherwise
 * @property {number | null} retryAt
 * @property {import('../sdk/types.js').Limits} limits
 * @property {Array<{ code: string, exponent: number, accept_first_above?: string | null }>} currencies
 * @property {string} defaultCurrency
 * @property {number} feeBasisPoints what a payment costs on top, in hundredths of a per cent
 * @property {string | null} serverVersion with what the page was built, or a later one
 * @property {string | null} minPay the oldest page that may move money
 * @property {boolean} demo
 */
/**
 * @typedef {{ type: 'session.in', user: User } | { type: 'session.out' } | import('../sdk/client.js').ClientEvent} SessionEvent
 */

/** @returns {SessionState} */
export function noSession() {
  return { status: 'unknown', user: null, link: 'connecting', closeCode: 0, retryAt: null, limits: {}, currencies: [], defaultCurrency: 'CNY', feeBasisPoints: 0, serverVersion: null, minPay: null, demo: false };
}

/** @param {SessionState} state @param {{ type: string } & Record<string, any>} event @returns {SessionState} */
export function session(state, event) {
  switch (event.type) {
    case 'session.in':
      return { ...noSession(), status: 'in', user: event['user'] };
    case 'session.out':
      return { ...noSession(), status: 'out' };
    case 'hello': {
      const { hello } = /** @type {{ hello: import('../sdk/types.js').Hello }} */ (/** @type {unknown} */ (event));
      return {
        ...state,
        user: { ...state.user, ...hello.user },
        limits: hello.limits,
        currencies: hello.wallet?.currencies ?? [],
        defaultCurrency: hello.wallet?.default_currency ?? state.defaultCurrency,
        feeBasisPoints: hello.wallet?.fee_basis_points ?? 0,
        serverVersion: hello.server?.version ?? null,
        minPay: hello.server?.min_pay ?? null,
      };
    }
    case 'connection':
      return linked(state, event['state'], event['code'], event['retryAt']);
    default:
      return state;
  }
}

/** @param {SessionState} state @param {string} link @param {number} code @param {number | null} retryAt @returns {SessionState} */
function linked(state, link, code, retryAt) {
  if (link === 'online') return { ...state, link: 'online', closeCode: 0, retryAt: null };
  if (link === 'ended') return { ...state, link: 'ended', closeCode: code, retryAt: null };
  if (link === 'waiting') return { ...state, link: 'offline', retryAt };
  // A new attempt after a lost link is still offline to the person; only the very first one is "connecting".
  if (link === 'connecting' && state.link !== 'offline') return { ...state, link: 'connecting' };
  return state;
}

/** @param {SessionState} state @param {string} currency */
export function exponentOf(state, currency) {
  return state.currencies.find((one) => one.code === currency)?.exponent ?? 2;
}

/** Above how much of a currency a payment is accepted by its payee first, if there is such a bound. @param {SessionState} state @param {string} currency @returns {string | null} */
export function acceptAboveOf(state, currency) {
  return state.currencies.find((one) => one.code === currency)?.accept_first_above ?? null;
}
