// A red packet, opened: the own share, who took what, and the draw checked by whoever wants to.
import { each, el } from '../../kernel/el.js';
import { computed, effect, signal, untracked } from '../../kernel/signals.js';
import { claimPacket, idOf, leaveAct, loadPacket, serverNow } from '../../app/actions.js';
import { clock, money, moment, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { luckiest, shownState } from '../../state/cards.js';
import { emptyThread, messageAt } from '../../state/messages.js';
import { minorUnits } from '../../state/money.js';
import { unseenPacket } from '../../state/packets.js';
import { exponentOf } from '../../state/session.js';
import { avatar } from '../avatar.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { icon } from '../icons.js';
import { nameOf } from '../people/names.js';
import { drawCheck } from './draw-check.js';

/** @typedef {import('../../sdk/types.js').PacketCardData} Data */

/** @param {import('../message/bubble.js').Talk} talk @param {string} id @param {number} seq @param {Data} before */
export function openPacket(talk, id, seq, before) {
  const ids = /** @type {Map<string, string>} */ (new Map());
  openDialog({ title: t('packet.title'), name: 'packet', onClose: () => ids.forEach(leaveAct) }, () => {
    const data = computed(() => /** @type {Data} */ (messageAt(state.messages.value[talk.id] ?? emptyThread(), seq)?.card?.data ?? before));
    const view = computed(() => state.packets.value[id] ?? unseenPacket());
    const now = computed(() => shownState(data.value, serverNow()));
    const shut = computed(() => now.value === 'open' && view.value.mine === null);
    const details = signal(false);
    const shown = computed(() => details.value || now.value !== 'open' || data.value.from === me());
    keepFresh(id, data, view);
    return [
      el('div', { class: 'packet-top' },
        avatar({ id: before.from, name: nameOf(before.from), size: 'large' }),
        el('p', { class: 'packet-from' }, before.from === me() ? t('packet.from_you') : t('packet.from', { name: nameOf(before.from) })),
        el('p', { class: 'packet-wish', dir: 'auto' }, shownName(before.greeting, t('packet.greeting'))),
        () => (view.value.mine ? el('p', { class: 'packet-mine', 'data-testid': 'packet-mine', role: 'status' }, money(view.value.mine.amount, before.currency)) : null),
        () => (view.value.mine ? el('p', { class: 'packet-line' }, t('packet.in_wallet')) : null),
        () => (shut.value ? untracked(() => Open(id, ids)) : null),
        () => (view.value.mine === null && now.value !== 'open' ? el('p', { class: 'packet-line', 'data-testid': 'packet-over' }, t(`packet.missed.${now.value}`)) : null)),
      () => (view.value.status === 'failed' ? formFault(() => view.value.error) : null),
      el('p', { class: 'muted small packet-facts' }, () => t('packet.facts', { total: money(before.total, before.currency), n: Math.max(data.value.claimed, Math.min(view.value.claimed, before.count)), of: before.count })),
      () => (before.expires_at && now.value === 'open' ? el('p', { class: 'muted small packet-facts' }, t('packet.until', { at: moment(before.expires_at) })) : null),
      () => (!shown.value && view.value.mine ? el('button', { type: 'button', class: 'link-button', 'data-testid': 'packet-details', onclick: () => (details.value = true) }, t('packet.view_details')) : null),
      () => (shown.value ? untracked(() => Claims(id, data, view, now)) : null),
      () => (data.value.seed && before.kind === 'lucky' ? untracked(() => drawCheck(id, data.peek())) : null),
    ];
  });
}

/** What others take while it is looked at is read again, and so is what is not known. @param {string} id @param {import('../../kernel/signals.js').Readable<Data>} data @param {import('../../kernel/signals.js').Readable<import('../../state/packets.js').PacketView>} view */
function keepFresh(id, data, view) {
  let seen = -1;
  effect(() => {
    const told = Math.max(data.value.claimed, view.value.claimed);
    const stale = told > seen || view.value.mine === undefined;
    if (!stale || state.session.value.link !== 'online' || view.value.status === 'loading' || view.value.status === 'failed') return;
    seen = told;
    untracked(() => loadPacket(id));
  });
}

/** @param {string} id @param {Map<string, string>} ids */
function Open(id, ids) {
  const { busy, error, run } = attempt();
  const online = computed(() => state.session.value.link === 'online');
  const checking = computed(() => Object.values(state.acts.value).some(({ act, outcome }) => act.about === id && outcome.kind === 'checking'));
  const press = () => online.peek() && run(async () => {
    const clientId = idOf('claim', ids);
    try {
      await claimPacket(id, clientId);
    } catch (thrown) {
      ids.delete('claim'); // a refusal is kept under its id
      leaveAct(clientId);
      loadPacket(id);
      throw thrown;
    }
  });
  return [
    el('button', { type: 'button', class: 'packet-coin', autofocus: true, 'data-testid': 'packet-claim', 'aria-disabled': () => String(busy.value || !online.value), onclick: press }, () => (busy.value ? el('span', { class: 'spinner', 'aria-hidden': 'true' }) : null), el('span', null, t('flow.move.open'))),
    el('p', { class: 'packet-line', role: 'status' }, () => (checking.value ? t('flow.checking') : busy.value ? t('flow.sending') : online.value ? '' : t('pay.offline'))),
    formFault(() => error.value),
  ];
}

/**
 * @param {string} id @param {import('../../kernel/signals.js').Readable<Data>} data
 * @param {import('../../kernel/signals.js').Readable<import('../../state/packets.js').PacketView>} view @param {import('../../kernel/signals.js').Readable<string>} now
 */
function Claims(id, data, view, now) {
  const { currency, kind, count } = data.peek();
  const exponent = exponentOf(state.session.peek(), currency);
  // Only of all of them one can be the best.
  const best = computed(() => (kind === 'lucky' && count > 1 && now.value === 'exhausted' && view.value.claims.length === count ? luckiest(view.value.claims, (amount) => minorUnits(amount, exponent)) : null));
  return [
    el('ul', { class: 'flow-parts', 'data-testid': 'claims' }, each(() => view.value.claims, (one) => one.place, (one) => {
      const { user, amount, at } = one.peek();
      const name = user === me() ? t('chat.you') : nameOf(user);
      return el('li', { 'data-testid': 'claim' }, avatar({ id: user, name, size: 'small' }), el('bdi', { class: 'flow-part-name' }, name),
        el('span', { class: 'flow-part-state' }, () => (best.value === user ? el('span', { class: 'tag best', 'data-testid': 'luckiest' }, icon('crown', { size: 14 }), t('packet.luckiest')) : clock(at))),
        el('span', { class: 'flow-part-amount' }, money(amount, currency)));
    })),
    () => (view.value.next !== null ? el('button', { type: 'button', class: 'link-button', onclick: () => loadPacket(id, { more: true }) }, t('wallet.more')) : null),
  ];
}
