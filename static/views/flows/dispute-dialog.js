// Saying that something is wrong with a payment, for who paid, and answering that, for who was paid. The money stays where
// it is until it is decided, and the dialog says so before anything is sent.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { answerDispute, idOf, leaveAct, openDisputeOf } from '../../app/actions.js';
import { announce } from '../../app/announcer.js';
import { money, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { nameOf } from '../people/names.js';
import { openAt } from '../thread/jumps.js';
import { checkingLine } from './maker.js';

/** @param {string} transfer of the payment, as its card or the history has it */
export function openDispute(transfer) {
  const points = ['dispute.point.stays', 'dispute.point.asked', 'dispute.point.decided', 'dispute.point.once'];
  openSaying({
    title: t('dispute.title'), name: 'dispute', label: t('dispute.reason'), hint: t('dispute.reason_hint'), action: t('dispute.do'),
    above: [el('p', null, t('dispute.text')), el('ul', { class: 'dispute-points' }, points.map((key) => el('li', null, t(key))))],
    send: (text, clientId) => openDisputeOf(transfer, text, clientId),
    done: ({ flow }) => {
      announce(t('dispute.opened'));
      openAt(flow.conversation, flow.seq);
    },
  });
}

/** @param {string} dispute @param {import('../../sdk/types.js').DisputeCardData} data */
export function openAnswer(dispute, data) {
  openSaying({
    title: t('dispute.answer_title'), name: 'dispute-answer', label: t('dispute.answer'), hint: t('dispute.answer_hint'), action: t('dispute.answer_do'),
    above: [el('p', null, t('dispute.answer_text', { name: nameOf(data.from), amount: money(data.amount, data.currency) })), el('p', { class: 'dispute-quote', dir: 'auto' }, shownName(data.reason))],
    send: (text, clientId) => answerDispute(dispute, text, clientId),
    done: () => announce(t('dispute.answered')),
  });
}

/**
 * @param {object} of
 * @param {string} of.title @param {string} of.name @param {string} of.label @param {string} of.hint @param {string} of.action
 * @param {import('../../kernel/el.js').Child} of.above
 * @param {(text: string, clientId: string) => Promise<import('../../sdk/types.js').FlowDone>} of.send @param {(answer: import('../../sdk/types.js').FlowDone) => void} of.done
 */
function openSaying(of) {
  const ids = /** @type {Map<string, string>} */ (new Map());
  openDialog({ title: of.title, name: of.name, firm: true, onClose: () => ids.forEach(leaveAct) }, (close) => {
    const most = state.session.peek().limits['note_chars'] ?? 140;
    const [typed, shown] = [signal(''), signal(false)];
    const { busy, error, run } = attempt();
    const online = computed(() => state.session.value.link === 'online');
    const empty = computed(() => typed.value.trim() === '');
    const fault = () => (shown.value && empty.value ? t('dispute.empty') : null);
    const id = `${of.name}-text`;
    const input = el('textarea', {
      id, rows: 4, maxlength: most, autofocus: true, 'data-testid': id, 'aria-describedby': `${id}-hint`,
      'aria-invalid': () => (fault() ? 'true' : null), oninput: () => (typed.value = input.value),
    });
    const send = (/** @type {Event} */ event) => {
      event.preventDefault();
      shown.value = true;
      const text = typed.peek().trim();
      if (text === '' || !online.peek()) return input.focus();
      return run(async () => {
        try {
          const answer = await of.send(text, idOf(text, ids));
          close();
          of.done(answer);
        } catch (thrown) {
          leaveAct(idOf(text, ids));
          ids.delete(text); // the refusal is kept under that id
          throw thrown;
        }
      });
    };
    return el('form', { class: 'maker-form', novalidate: true, onsubmit: send },
      of.above,
      el('div', { class: 'field' }, el('label', { for: id }, of.label), el('div', { class: 'field-box' }, input),
        el('p', { id: `${id}-hint`, class: () => (fault() ? 'field-fault' : 'field-hint') }, () => fault() ?? (typed.value === '' ? of.hint : t('dispute.left', { n: most - typed.value.length })))),
      formFault(() => error.value), checkingLine(ids, busy),
      () => (online.value ? null : el('p', { class: 'flow-why', role: 'status' }, t('pay.offline'))),
      el('div', { class: 'pay-buttons' },
        el('button', { type: 'button', class: 'button', onclick: close }, t('action.cancel')),
        el('button', { class: 'button primary', 'data-testid': `${of.name}-send`, 'aria-disabled': () => String(busy.value || !online.value || empty.value) }, of.action)));
  });
}
