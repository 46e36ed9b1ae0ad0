// The draw of a lucky packet, made again here from its seed: it is what was promised when the packet was made, and everybody
// took what it says.
import { el } from '../../kernel/el.js';
import { signal } from '../../kernel/signals.js';
import { allClaims } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { commitment, drawShares } from '../../sdk/draw.js';
import { minorUnits } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { attempt, formFault } from '../entry.js';
import { icon } from '../icons.js';

/** @param {string} id @param {import('../../sdk/types.js').PacketCardData} data */
export function drawCheck(id, data) {
  const { busy, error, run } = attempt();
  const found = signal(/** @type {{ good: boolean, shares: number } | null} */ (null));
  const check = () => run(async () => (found.value = await verify(id, data)));
  return el('div', { class: 'draw-check' },
    () => (found.value ? null : el('button', { type: 'button', class: 'button wide', 'data-testid': 'check-draw', 'aria-disabled': () => String(busy.value), onclick: check }, icon('shield', { size: 20 }), t(busy.value ? 'packet.checking_draw' : 'packet.check_draw'))),
    el('p', { class: () => `draw-verdict ${found.value === null ? '' : found.value.good ? 'good' : 'bad'}`, role: 'status', 'data-testid': 'draw-verdict' },
      () => (found.value === null ? null : [icon(found.value.good ? 'check' : 'alert', { size: 20 }), el('span', null, found.value.good ? t('packet.draw_verified', { n: found.value.shares }) : t('packet.draw_wrong'))])),
    formFault(() => error.value),
    el('details', { class: 'draw-details' }, el('summary', null, t('packet.draw_how')), el('p', { class: 'muted small' }, t('packet.draw_text')),
      el('dl', { class: 'flow-facts stacked' }, el('div', null, el('dt', null, t('packet.commitment')), el('dd', null, el('code', { class: 'receipt-id' }, data.commitment))), el('div', null, el('dt', null, t('packet.seed')), el('dd', null, el('code', { class: 'receipt-id' }, data.seed ?? ''))))));
}

/** @param {string} id @param {import('../../sdk/types.js').PacketCardData} data @returns {Promise<{ good: boolean, shares: number }>} */
async function verify(id, data) {
  const exponent = exponentOf(state.session.peek(), data.currency);
  const total = minorUnits(data.total, exponent);
  const seed = data.seed ?? '';
  const [promised, shares, claims] = await Promise.all([commitment(seed, total, data.count), drawShares(seed, total, data.count), allClaims(id)]);
  const kept = promised === data.commitment;
  const whole = claims.length === data.claimed || data.state === 'expired';
  return { good: kept && whole && claims.every((one) => shares[one.place] === minorUnits(one.amount, exponent)), shares: claims.length };
}
