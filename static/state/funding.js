// The own cards and bank accounts, and what comes in and goes out through them, as far as it was asked for and told.
/** @typedef {import('../sdk/types.js').Method} Method */
/** @typedef {import('../sdk/types.js').Funding} Funding */
/** @typedef {{ code: string, message: string, reference: string | null } | null} Fault */
/**
 * @typedef {object} FundingState
 * @property {'idle' | 'loading' | 'ready' | 'error'} status of the cards and accounts
 * @property {Method[]} methods the default one first
 * @property {boolean} sandbox
 * @property {Fault} error
 * @property {'idle' | 'loading' | 'ready' | 'error'} listStatus of the top-ups and withdrawals
 * @property {Funding[]} fundings newest first
 * @property {string | null} next
 * @property {boolean} loadingMore
 * @property {Fault} listError
 */

/** How far each state has come: of two that were told within one moment the further one is the later one. @type {Record<string, number>} */
const COME = { created: 0, held: 0, requires_action: 1, submitted: 1, processing: 2, failed: 3, settled: 4, paid: 4, reversed: 5, returned: 5 };
const UNDER_WAY = new Set(['created', 'requires_action', 'processing', 'held', 'submitted']);
const GOOD = new Set(['settled', 'paid']);

/** @returns {FundingState} */
export function noFunding() {
  return { status: 'idle', methods: [], sandbox: false, error: null, listStatus: 'idle', fundings: [], next: null, loadingMore: false, listError: null };
}

/** @param {FundingState} state @param {{ type: string } & Record<string, any>} event @returns {FundingState} */
export function funding(state, event) {
  switch (event.type) {
    case 'anew':
      return noFunding();
    case 'methods.loading':
      return { ...state, status: state.status === 'ready' ? 'ready' : 'loading', error: null };
    case 'methods.list':
      return { ...state, status: 'ready', error: null, methods: event['methods'], sandbox: event['sandbox'] };
    case 'methods.failed':
      return { ...state, status: state.status === 'ready' ? 'ready' : event['error'] ? 'error' : 'idle', error: event['error'] };
    case 'method':
      return { ...state, methods: withMethod(state.methods, event['method']) };
    case 'method.gone':
      return { ...state, methods: state.methods.filter((one) => one.id !== event['id']) };
    case 'list.loading':
      return event['more'] ? { ...state, loadingMore: true } : { ...state, listStatus: state.listStatus === 'ready' ? 'ready' : 'loading', listError: null };
    case 'list.page':
      return { ...state, listStatus: 'ready', listError: null, loadingMore: false, next: event['next'], fundings: withFundings(state.fundings, event['fundings']) };
    case 'list.failed':
      return event['more'] || state.listStatus === 'ready' ? { ...state, loadingMore: false } : { ...state, listStatus: event['error'] ? 'error' : 'idle', listError: event['error'] };
    case 'funding':
      return { ...state, fundings: withFundings(state.fundings, [event['funding']]) };
    default:
      return state;
  }
}

/** @param {Method[]} methods @param {Method} fresh @returns {Method[]} */
function withMethod(methods, fresh) {
  const old = fresh.default ? methods.map((one) => (one.default ? { ...one, default: false } : one)) : methods;
  const at = old.findIndex((one) => one.id === fresh.id);
  if (at >= 0) return old.with(at, fresh);
  return fresh.default ? [fresh, ...old] : [...old.filter((one) => one.default), fresh, ...old.filter((one) => !one.default)];
}

/** @param {Funding[]} old @param {Funding[]} fresh @returns {Funding[]} */
function withFundings(old, fresh) {
  const byId = new Map(old.map((one) => [one.id, one]));
  for (const one of fresh) {
    const known = byId.get(one.id);
    if (!known || !isOlder(one, known)) byId.set(one.id, one);
  }
  return [...byId.values()].sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : a.id < b.id ? 1 : -1));
}

/** Answers and pushes may cross. @param {Funding} one @param {Funding} known */
function isOlder(one, known) {
  if (one.changed_at !== known.changed_at) return one.changed_at < known.changed_at;
  return (COME[one.state] ?? 0) < (COME[known.state] ?? 0);
}

/** @param {Pick<Funding, 'state'>} one */
export function isUnderWay(one) {
  return UNDER_WAY.has(one.state);
}

/** How it looks: nobody knows yet, it went well, or it did not. @param {Pick<Funding, 'state'>} one @returns {'wait' | 'good' | 'bad'} */
export function lookOf(one) {
  return isUnderWay(one) ? 'wait' : GOOD.has(one.state) ? 'good' : 'bad';
}

/** Those with which it can be done at all; whether the time has come is another question. @param {readonly Method[]} methods @param {Funding['kind']} kind @returns {Method[]} */
export function usable(methods, kind) {
  return methods.filter((one) => (kind === 'topup' ? one.top_up : one.withdraw) && one.state !== 'expired');
}

/** The one that was chosen, else the default, else the first. @param {readonly Method[]} list @param {string} id @returns {Method | null} */
export function chosenOf(list, id) {
  return list.find((one) => one.id === id) ?? list.find((one) => one.default) ?? list[0] ?? null;
}

/** Until when no money goes to it, if that is still to come. @param {Pick<Method, 'withdraw' | 'withdraw_from'>} method @param {number} now in milliseconds @returns {string | null} */
export function coolsUntil({ withdraw, withdraw_from: from }, now) {
  return withdraw && from !== null && Date.parse(from) > now ? from : null;
}

/** Where an owner is sent: a path of this server, or a page under https, and nothing else. @param {string | null} action @returns {string | null} */
export function actionHref(action) {
  if (action === null || /\s/.test(action)) return null;
  if (/^\/(?![/\\])[^\\]*$/.test(action)) return action;
  try {
    const url = new URL(action);
    return url.protocol === 'https:' && url.username === '' && url.password === '' ? url.href : null;
  } catch {
    return null;
  }
}
