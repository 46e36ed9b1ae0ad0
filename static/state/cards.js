// What the card of a flow says, and what it lets somebody do. The server decides; this only spares people what it would refuse.

/** @typedef {'pay' | 'decline' | 'cancel' | 'accept' | 'open' | 'refund' | 'dispute' | 'answer' | 'withdraw'} Move */
/** @typedef {import('../sdk/types.js').Party} Party */

/** The cards that are flows. */
export const FLOW_CARDS = new Set(['transfer', 'request', 'packet', 'bill', 'schedule', 'dispute']);
/** The states in which something is still to come. */
const OPEN = new Set(['open', 'partly_paid', 'held', 'evidence', 'review']);

/** @param {{ state: string, expires_at?: string | null | undefined }} data @param {number} now in milliseconds */
export function isOpen(data, now) {
  return OPEN.has(data.state) && !isOver(data.expires_at, now);
}

/** @param {string | null | undefined} until @param {number} now */
export function isOver(until, now) {
  return typeof until === 'string' && Date.parse(until) <= now;
}

/**
 * What somebody can do with a card.
 * @param {string} kind @param {any} data @param {string} me @param {number} now in milliseconds, by the server's clock @returns {Move[]}
 */
export function movesOf(kind, data, me, now) {
  if (kind === 'transfer' && (data.state === 'posted' || data.state === 'accepted')) {
    if (!isPlain(data.amount, data.refunded)) return [];
    return data.to === me ? ['refund'] : data.from === me ? ['dispute'] : [];
  }
  if (!isOpen(data, now)) return [];
  switch (kind) {
    case 'transfer':
      return data.to === me ? ['accept', 'decline'] : data.from === me ? ['cancel'] : [];
    case 'request':
      if (data.from === me) return ['cancel'];
      return partOf(data.payers, me)?.state === 'open' ? ['pay', 'decline'] : [];
    case 'bill':
      if (data.from === me) return ['cancel'];
      return partOf(data.shares, me)?.state === 'open' ? ['pay'] : [];
    case 'packet':
      return ['open'];
    case 'schedule':
      return data.from === me ? ['cancel'] : [];
    case 'dispute':
      if (data.from === me) return ['withdraw'];
      return data.to === me && data.answer === '' ? ['answer'] : [];
    default:
      return [];
  }
}

/** Whether something of a payment can still go back. @param {string} amount @param {string | null | undefined} refunded */
function isPlain(amount, refunded) {
  return !refunded || refunded !== amount;
}

/** @param {readonly Party[] | undefined} parties @param {string} user @returns {Party | null} */
export function partOf(parties, user) {
  return parties?.find((one) => one.user === user) ?? null;
}

/** How many have done it, of how many that were asked: the own part of whoever paid a bill is nobody's to pay. @param {readonly Party[]} parties */
export function progress(parties) {
  const asked = parties.filter((one) => one.state !== 'own');
  return { paid: asked.filter((one) => one.state === 'paid').length, of: asked.length };
}

/**
 * The state as it is shown: what has passed its time is over, whether or not the server has said so yet.
 * @param {{ state: string, expires_at?: string | null | undefined }} data @param {number} now
 */
export function shownState(data, now) {
  return OPEN.has(data.state) && isOver(data.expires_at, now) ? 'expired' : data.state;
}

/** The best share of a packet, by its claim; among equals the first. @param {ReadonlyArray<{ user: string, amount: string }>} claims @param {(amount: string) => bigint} units @returns {string | null} */
export function luckiest(claims, units) {
  let best = /** @type {{ user: string, amount: string } | null} */ (null);
  for (const one of claims) if (best === null || units(one.amount) > units(best.amount)) best = one;
  return best?.user ?? null;
}

/** How long until then, in the largest unit that says something. @param {string} until @param {number} now @returns {{ unit: 'day' | 'hour' | 'minute', n: number } | null} */
export function timeLeft(until, now) {
  const minutes = Math.ceil((Date.parse(until) - now) / 60_000);
  if (!(minutes > 0)) return null;
  if (minutes >= 2 * 24 * 60) return { unit: 'day', n: Math.floor(minutes / (24 * 60)) };
  if (minutes >= 60) return { unit: 'hour', n: Math.floor(minutes / 60) };
  return { unit: 'minute', n: minutes };
}
