// What a person asks of flows: each a function that ends when the server has said what became of it. Money is never shown
// before it has moved: the cards change when the server says so.
import { signal } from '../kernel/signals.js';
import { uuidv7 } from '../sdk/uuid.js';
import { movesOf } from '../state/cards.js';
import { unseenPacket } from '../state/packets.js';
import { plainError } from './fault.js';
import { interrupted, link, linked } from './link.js';
import { dispatch, state } from './store.js';

/** Pages of what waits that are read at once: as much as is kept of it. */
const WAITING_PAGES = 10;
/** How long after its confirmation a share may still be paid. */
const PAY_WITHIN_MS = 120_000;
/** Claims in one page of a packet. */
const CLAIMS_PAGE = 50;
/** Pages of claims that are read to check a draw: all of the largest packet. */
const MOST_PAGES = 250;
const TICK_MS = 15_000;

const ticked = signal(0);
let ticking = false;

/** Now by the server's clock, in milliseconds; whoever reads it is told as it moves on. */
export function serverNow() {
  if (!ticking) {
    ticking = true;
    setInterval(() => ticked.update((n) => n + 1), TICK_MS);
  }
  void ticked.value;
  return linked()?.serverNow() ?? Date.now();
}

/** Somebody looks at how it goes, and has to be told no other way. @param {string} clientId */
function here(clientId) {
  return { client_id: clientId, patient: false, show: { watched: true } };
}

/** Nobody looks at how it goes any more: its end is told in a notice. @param {string} clientId */
export function leaveAct(clientId) {
  dispatch({ type: 'act.left', clientId });
}

/** @param {string} wish what makes two presses the same @param {Map<string, string>} ids */
export function idOf(wish, ids) {
  const known = ids.get(wish);
  if (known) return known;
  const fresh = uuidv7();
  ids.set(wish, fresh);
  return fresh;
}

/** What waits for oneself, of cards that no page has shown yet too. */
export async function loadWaiting() {
  let cursor;
  for (let n = 0; n < WAITING_PAGES; n += 1) {
    const { flows, next } = await link().money.waiting({ cursor });
    dispatch({ type: 'waiting.page', flows });
    if (!next) return;
    cursor = next;
  }
}

/** @param {Parameters<import('../sdk/money.js').Money['request']>[0]} wanted @param {string} clientId */
export function askForMoney(wanted, clientId) {
  return link().money.request(wanted, here(clientId));
}

/** @param {import('../sdk/money.js').WantedPacket} wanted @param {string} clientId */
export function makePacket(wanted, clientId) {
  return link().money.packet(wanted, here(clientId));
}

/** @param {Parameters<import('../sdk/money.js').Money['bill']>[0]} wanted @param {string} clientId */
export function splitBill(wanted, clientId) {
  return link().money.bill(wanted, here(clientId));
}

/** @param {string} conversation */
export function netBills(conversation) {
  return link().money.netting(conversation);
}

/** @param {import('../sdk/money.js').WantedSchedule} wanted @param {string} clientId */
export function planPayment(wanted, clientId) {
  return link().money.schedule(wanted, here(clientId));
}

/** Pays the own part of a request or a bill, from its confirmation alone. @param {'request' | 'bill'} kind @param {string} id @param {{ fee: string, currency: string }} terms @param {string} clientId */
export function payPart(kind, id, { fee, currency }, clientId) {
  const terms = { fee, currency, not_after: new Date(link().serverNow() + PAY_WITHIN_MS).toISOString() };
  const { money } = link();
  const done = kind === 'request' ? money.payRequest(id, terms, here(clientId)) : money.payBill(id, terms, here(clientId));
  done.catch(() => {}); // the dialog shows how it ended
}

/** @param {string} kind of the card @param {string} id @param {'decline' | 'cancel' | 'withdraw'} move @param {string} clientId */
export function endFlow(kind, id, move, clientId) {
  const { money } = link();
  const how = here(clientId);
  switch (kind) {
    case 'request':
      return move === 'decline' ? money.declineRequest(id, how) : money.cancelRequest(id, how);
    case 'bill':
      return money.cancelBill(id, how);
    case 'schedule':
      return money.cancelSchedule(id, how);
    case 'dispute':
      return money.withdrawDispute(id, how);
    default:
      return move === 'decline' ? money.decline(id, how) : money.cancel(id, how);
  }
}

/** Says that something is wrong with an own payment. @param {string} transfer @param {string} reason @param {string} clientId @returns {Promise<import('../sdk/types.js').FlowDone>} */
export function openDisputeOf(transfer, reason, clientId) {
  return link().money.dispute(transfer, reason, here(clientId));
}

/** @param {string} dispute @param {string} text @param {string} clientId @returns {Promise<import('../sdk/types.js').FlowDone>} */
export function answerDispute(dispute, text, clientId) {
  return link().money.answerDispute(dispute, text, here(clientId));
}

/** Takes a payment that waits. A second press while the first is under way is the first. @param {string} id */
export function acceptOffer(id) {
  if (Object.values(state.acts.peek()).some(({ act }) => act.about === id)) return;
  link().money.accept(id, { patient: false }).catch(() => {}); // a refusal is told in a notice
}

/** @param {string} id @param {{ amount?: string | undefined, note?: string | undefined }} back @param {string} clientId */
export function refund(id, back, clientId) {
  return link().money.refund(id, back, here(clientId));
}

/** @param {string} id @param {string} clientId */
export function claimPacket(id, clientId) {
  return link().money.claim(id, here(clientId));
}

/** What the own part of a packet is, and who took what; asked for when it comes into view. @param {string} id @param {{ more?: boolean }} [how] */
export async function loadPacket(id, how = {}) {
  const old = state.packets.peek()[id] ?? unseenPacket();
  if (old.status === 'loading' || (how.more && old.next === null)) return;
  dispatch({ type: 'packet.loading', id });
  try {
    const shown = await link().money.showPacket(id, { limit: CLAIMS_PAGE, ...(how.more && old.next ? { cursor: old.next } : {}) });
    dispatch({ type: 'packet.shown', id, shown, more: how.more === true });
  } catch (thrown) {
    dispatch({ type: 'packet.failed', id, error: interrupted(thrown) ? null : plainError(thrown) });
  }
}

/** Every claim of a packet that has ended. @param {string} id @returns {Promise<import('../sdk/money.js').Claim[]>} */
export async function allClaims(id) {
  /** @type {import('../sdk/money.js').Claim[]} */
  const claims = [];
  let cursor = /** @type {string | undefined} */ (undefined);
  for (let page = 0; page < MOST_PAGES; page++) {
    const shown = await link().money.showPacket(id, cursor === undefined ? {} : { cursor });
    claims.push(...shown.claims);
    if (shown.next === null || shown.claims.length === 0) break;
    cursor = shown.next;
  }
  return claims;
}

/** What somebody can do with a card now. @param {string} kind @param {any} data */
export function movesNow(kind, data) {
  return movesOf(kind, data, state.session.value.user?.id ?? '', serverNow());
}
