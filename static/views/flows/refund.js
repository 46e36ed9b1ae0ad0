// Giving a payment back, or a part of it: for whoever got it.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { idOf, leaveAct, refund } from '../../app/actions.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { fromMinorUnits, minorUnits, parseAmount } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { field } from '../field.js';
import { nameOf } from '../people/names.js';
import { checkingLine } from './maker.js';

/** @param {string} id @param {import('../../sdk/types.js').TransferCardData} data */
export function openRefund(id, data) {
  const ids = /** @type {Map<string, string>} */ (new Map());
  openDialog({ title: t('refund.title'), name: 'refund', firm: true, onClose: () => ids.forEach(leaveAct) }, (close) => {
    const { currency } = data;
    const exponent = exponentOf(state.session.peek(), currency);
    const left = minorUnits(data.amount, exponent) - minorUnits(data.refunded || '0', exponent);
    const most = money(fromMinorUnits(left, exponent), currency);
    const typed = signal(fromMinorUnits(left, exponent));
    const { busy, error, run } = attempt();
    const online = computed(() => state.session.value.link === 'online');
    const parsed = computed(() => parseAmount(typed.value, exponent));
    const fault = () => (!parsed.value.ok ? t(`pay.fault.${parsed.value.why}`, { n: exponent }) : minorUnits(parsed.value.amount, exponent) > left ? t('refund.too_much', { most }) : null);
    const amount = field({ label: t('pay.amount'), name: 'amount', fault, more: { inputmode: 'decimal', maxlength: 16, value: typed.peek(), autofocus: true, 'data-testid': 'refund-amount', oninput: () => (typed.value = amount.input.value) } });
    const note = field({ label: t('pay.note'), name: 'note', more: { maxlength: state.session.peek().limits['note_chars'] ?? 140 } });
    const send = (/** @type {Event} */ event) => {
      event.preventDefault();
      const now = parsed.peek();
      if (fault() !== null || !online.peek() || !now.ok) return amount.input.focus();
      const back = { amount: now.amount, note: note.input.value.trim() || undefined };
      const wish = JSON.stringify(back);
      return run(async () => {
        try {
          await refund(id, back, idOf(wish, ids));
          close();
        } catch (thrown) {
          leaveAct(idOf(wish, ids));
          ids.delete(wish);
          throw thrown;
        }
      });
    };
    return el('form', { class: 'maker-form', onsubmit: send, novalidate: true },
      el('p', null, t('refund.text', { name: nameOf(data.from), amount: most })), amount.node, note.node,
      formFault(() => error.value), checkingLine(ids, busy),
      el('button', { class: 'button primary wide', 'data-testid': 'refund-send', 'aria-disabled': () => String(busy.value || !online.value || fault() !== null) }, t('refund.do')));
  });
}
