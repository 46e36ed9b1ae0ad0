// Making a red packet: how much, in how many shares, equal or lucky, with what wish.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { makePacket, usualCurrency } from '../../app/actions.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { judgedPacket, MOST_SHARES } from '../../state/making.js';
import { exponentOf } from '../../state/session.js';
import { accountOf } from '../../state/wallet.js';
import { field } from '../field.js';
import { amountField, noteField, openMaker, segments } from './maker.js';

/** @typedef {import('../../sdk/money.js').WantedPacket} Wish */

/** @param {string} conversation */
export function openPacketForm(conversation) {
  const currency = usualCurrency();
  const exponent = exponentOf(state.session.peek(), currency);
  const one = state.conversations.peek().byId[conversation];
  const direct = one?.kind === 'direct';
  openMaker({
    title: t('packet.make'), name: 'packet-form', done: t('packet.made'),
    make: () => {
      const kind = signal(/** @type {'lucky' | 'equal'} */ (direct ? 'equal' : 'lucky'));
      const [total, count, greeting, shown] = [signal(''), signal(direct ? '1' : String(Math.max(1, (one?.member_count ?? 2) - 1))), signal(''), signal(false)];
      const available = computed(() => accountOf(state.wallet.value, currency)?.available ?? '0');
      const judged = computed(() => judgedPacket({ kind: kind.value, total: total.value, count: count.value, available: available.value }, exponent));
      const fault = () => {
        const { parsed, fault: why } = judged.value;
        if (why === 'too_little') return t('pay.fault.too_little', { available: money(available.value, currency) });
        if (parsed.ok || (!shown.value && (parsed.why === 'empty' || parsed.why === 'zero'))) return null;
        return t(`pay.fault.${parsed.why}`, { n: exponent });
      };
      const countFault = () => (judged.value.count === null ? t('packet.fault.count', { most: MOST_SHARES }) : judged.value.fault === 'too_small' ? t('packet.fault.too_small') : null);
      const shares = field({ label: t('packet.count'), name: 'count', fault: countFault, more: { inputmode: 'numeric', maxlength: 5, value: count.peek(), 'data-testid': 'packet-count', oninput: () => (count.value = shares.input.value) } });
      const wish = computed(() => {
        const { parsed, count: n, fault: why } = judged.value;
        return why === null && parsed.ok && n !== null ? /** @type {Wish} */ ({ conversation, kind: kind.value, total: parsed.amount, currency, count: n, greeting: greeting.value || undefined }) : null;
      });
      const each = () => {
        const found = judged.value.each;
        if (!found) return '';
        const [least, most] = [money(found.least, currency), money(found.most, currency)];
        return least === most ? t('packet.each', { amount: least }) : t('packet.each_between', { least, most });
      };
      const form = [
        direct ? null : segments(t('packet.kind'), [['lucky', t('packet.lucky')], ['equal', t('packet.equal')]], kind),
        amountField({ id: 'packet-total', label: t('packet.total'), currency, fault, onType: (text) => (total.value = text), below: () => t('pay.balance', { balance: money(available.value, currency) }) }),
        shares.node,
        el('p', { class: 'maker-each', role: 'status', 'data-testid': 'packet-each' }, each),
        noteField((text) => (greeting.value = text), { label: t('packet.wish'), placeholder: t('packet.greeting') }),
      ];
      return { form, wish, show: () => (shown.value = true) };
    },
    review: (wish) => ({
      amount: money(wish.total, currency),
      facts: [[t('packet.kind'), t(wish.kind === 'lucky' ? 'packet.lucky' : 'packet.equal')], [t('packet.count'), String(wish.count)], [t('packet.wish'), el('span', { dir: 'auto' }, wish.greeting ?? t('packet.greeting'))], [t('pay.fee'), t('pay.fee_none')]],
      action: t('packet.do', { amount: money(wish.total, currency) }), text: t('packet.text'),
    }),
    send: makePacket,
  });
}
