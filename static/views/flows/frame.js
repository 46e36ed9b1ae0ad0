// The frame that the cards of flows share: what it is and how much, its note, its parts, what one can do, how it stands.
import { el } from '../../kernel/el.js';
import { acceptOffer, endFlow, leaveAct, movesNow, serverNow } from '../../app/actions.js';
import { moment, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { computed } from '../../kernel/signals.js';
import { uuidv7 } from '../../sdk/uuid.js';
import { underWay } from '../../state/acts.js';
import { isOpen, timeLeft } from '../../state/cards.js';
import { confirmDialog } from '../confirm.js';
import { icon } from '../icons.js';

/** What a card asks for first. */
const PRIMARY = new Set(['pay', 'accept', 'open', 'answer']);

/** @typedef {import('../../kernel/el.js').Child} Child */
/** @typedef {import('../../state/cards.js').Move} Move */

/**
 * @param {object} of
 * @param {string} of.kind @param {import('../icons.js').IconName} of.icon @param {Child} of.amount @param {Child} of.line
 * @param {string | null} [of.note] @param {Child} [of.body] @param {Child} of.state @param {Element} of.meta @param {Child} [of.moves]
 */
export function cardFrame(of) {
  return el('div', { class: `transfer-card flow-card is-${of.kind}`, 'data-testid': `${of.kind}-card` },
    el('div', { class: 'transfer-top' }, el('span', { class: 'transfer-icon' }, icon(of.icon, { size: 22 })),
      el('div', { class: 'transfer-words' }, el('p', { class: 'transfer-amount' }, of.amount), el('p', { class: 'transfer-line' }, of.line))),
    of.note ? el('p', { class: 'transfer-note', dir: 'auto' }, shownName(of.note)) : null,
    of.body ? el('div', { class: 'flow-body' }, of.body) : null,
    of.moves,
    el('div', { class: 'transfer-foot' }, el('span', { 'data-testid': 'card-state' }, of.state), of.meta));
}

/** How long it is open still. @param {{ state: string, expires_at?: string | null }} data @param {string} key of the words */
export function remaining(data, key) {
  return () => {
    const now = serverNow();
    if (!data.expires_at || !isOpen(data, now)) return null;
    const left = timeLeft(data.expires_at, now);
    return left ? el('p', { class: 'flow-left', title: moment(data.expires_at) }, t(key, { left: t(`flow.time.${left.unit}`, { n: left.n }) })) : null;
  };
}

/**
 * The buttons of a card. Without a connection, and while something is under way, they say why they do nothing.
 * @param {string} kind @param {string} id @param {any} data @param {Partial<Record<Move, () => void>>} acts what pressing each does, where it is not the same for all
 */
export function cardMoves(kind, id, data, acts) {
  const moves = computed(() => movesNow(kind, data).filter((move) => move !== 'refund' && move !== 'dispute').join(' '));
  const busy = computed(() => underWay(state.acts.value, id));
  const online = computed(() => state.session.value.link === 'online');
  const off = computed(() => !online.value || busy.value !== null);
  const standard = { accept: () => acceptOffer(id), decline: () => askToEnd(kind, id, 'decline'), cancel: () => askToEnd(kind, id, 'cancel'), withdraw: () => askToEnd(kind, id, 'withdraw') };
  const press = (/** @type {Move} */ move) => {
    if (off.peek()) return;
    ({ ...standard, ...acts })[/** @type {'accept'} */ (move)]?.();
  };
  return () => {
    if (moves.value === '') return null;
    const all = /** @type {Move[]} */ (moves.value.split(' '));
    return el('div', { class: 'flow-moves' },
      el('div', { class: 'flow-buttons' }, all.map((move) => el('button', { type: 'button', class: `button ${PRIMARY.has(move) ? 'primary' : ''}`, 'data-testid': `move-${move}`, 'aria-disabled': () => String(off.value), onclick: () => press(move) }, moveName(kind, move)))),
      () => (busy.value !== null ? el('p', { class: 'flow-why', role: 'status' }, t(busy.value === 'checking' ? 'flow.checking' : 'flow.sending')) : online.value ? null : el('p', { class: 'flow-why' }, t('pay.offline'))));
  };
}

/** A plan is not taken back, since it may have paid already: it is ended. @param {string} kind @param {Move} move */
function moveName(kind, move) {
  return kind === 'schedule' && move === 'cancel' ? t('flow.end_plan') : t(`flow.move.${move}`);
}

/** What cannot be undone is asked about. @param {string} kind @param {string} id @param {'decline' | 'cancel' | 'withdraw'} move */
export function askToEnd(kind, id, move) {
  let clientId = '';
  confirmDialog({ title: t(`flow.ask.${kind}.${move}`), text: t(`flow.ask_text.${kind}.${move}`), action: moveName(kind, move), name: 'end-flow', onClose: () => leaveAct(clientId) }, () => {
    leaveAct(clientId);
    clientId = uuidv7();
    return endFlow(kind, id, move, clientId);
  });
}
