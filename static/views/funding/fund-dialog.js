// Adding money and withdrawing it: how much, from where or to where, one button, and then how it goes on.
import { el } from '../../kernel/el.js';
import { computed, onCleanup, signal, untracked } from '../../kernel/signals.js';
import { idOf, leaveAct, serverNow, usualCurrency } from '../../app/actions.js';
import { beginFunding, fundingState, keepFresh, loadFundings, loadMethods, watchFunding } from '../../app/funding.js';
import { methodName, reasonWords } from '../../app/funding-words.js';
import { moment, money, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { chosenOf, coolsUntil, usable } from '../../state/funding.js';
import { exceeds, minorUnits, parseAmount } from '../../state/money.js';
import { exponentOf } from '../../state/session.js';
import { accountOf } from '../../state/wallet.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { amountField, checkingLine, selectField } from '../flows/maker.js';
import { icon } from '../icons.js';
import { errorState, skeleton } from '../screen-states.js';
import { openAddMethod } from './doors.js';
import { Progress } from './progress.js';

/** @typedef {import('../../sdk/types.js').Funding} Funding */
/** @typedef {import('../../sdk/types.js').Method} Method */
/** @template T @typedef {import('../../kernel/signals.js').Readable<T>} Readable */
/** @typedef {{ amount?: string | undefined, currency?: string | undefined }} Wish what is filled in already */

/** @param {Wish} [wish] */
export function openTopUp(wish = {}) {
  open('topup', wish);
}

export function openWithdraw() {
  open('withdrawal', {});
}

/** @param {Funding['kind']} kind @param {Wish} wish */
function open(kind, wish) {
  const ids = /** @type {Map<string, string>} */ (new Map());
  openDialog({ title: t(kind === 'topup' ? 'wallet.add_money' : 'funding.withdraw'), name: kind, firm: true, onClose: () => ids.forEach(leaveAct) }, (close) => {
    keepFresh(loadMethods, loadFundings);
    const begun = signal(/** @type {Funding | null} */ (null));
    const form = Form({ kind, wish, ids, begun });
    const again = () => {
      begun.value = null;
      queueMicrotask(() => form.querySelector('input')?.focus());
    };
    return [form, () => {
      const now = begun.value;
      form.hidden = now !== null;
      return now ? untracked(() => Progress(now, { close, again })) : null;
    }];
  });
}

/** @param {{ kind: Funding['kind'], wish: Wish, ids: Map<string, string>, begun: import('../../kernel/signals.js').Signal<Funding | null> }} of */
function Form({ kind, wish, ids, begun }) {
  const codes = currenciesOf(kind);
  const [currency, chosen] = [signal(wish.currency && codes.includes(wish.currency) ? wish.currency : (codes[0] ?? 'CNY')), signal('')];
  const [typed, shown] = [signal(wish.amount ?? ''), signal(false)];
  const { busy, error, run } = attempt();
  let unwatch = () => {};
  onCleanup(() => unwatch());
  const online = computed(() => state.session.value.link === 'online');
  const exponent = computed(() => exponentOf(state.session.value, currency.value));
  const parsed = computed(() => parseAmount(typed.value, exponent.value));
  const available = computed(() => accountOf(state.wallet.value, currency.value)?.available ?? '0');
  const list = computed(() => usable(fundingState.value.methods, kind));
  const method = computed(() => chosenOf(list.value, chosen.value));
  const until = computed(() => (kind === 'withdrawal' && method.value ? coolsUntil(method.value, serverNow()) : null));
  const fault = () => {
    const now = parsed.value;
    if (!now.ok) return shown.value || !['empty', 'zero'].includes(now.why) ? t(`pay.fault.${now.why}`, { n: exponent.value }) : null;
    return kind === 'withdrawal' && exceeds(now.amount, available.value, exponent.value) ? t('pay.fault.too_little', { available: money(available.value, currency.value) }) : null;
  };
  const ready = computed(() => online.value && parsed.value.ok && fault() === null && method.value !== null && until.value === null);
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    shown.value = true;
    const [amount, to] = [parsed.peek(), method.peek()];
    if (!ready.peek() || !amount.ok || !to) return /** @type {HTMLElement | null} */ (node.querySelector('[aria-invalid="true"], .amount-input'))?.focus();
    const wanted = { method: to.id, amount: amount.amount, currency: currency.peek() };
    const key = JSON.stringify(wanted);
    return run(async () => {
      const id = idOf(key, ids);
      unwatch = watchFunding(id);
      let one = /** @type {Funding | null} */ (null);
      try {
        one = await beginFunding(kind, wanted, id);
      } finally {
        unwatch(); // whoever shows it watches it from here on
        leaveAct(id);
        ids.delete(key); // another press is another one; a refusal is kept under that id
      }
      begun.value = one;
    });
  };
  const said = () => (error.value?.code === 'not_confirmed' ? null : error.value); // whoever closed the question has changed their mind
  const node = el('form', { class: 'maker-form', novalidate: true, onsubmit: send },
    () => {
      const code = currency.value;
      return untracked(() => amountPart({ kind, code, typed, available, fault }));
    },
    codes.length > 1 ? currencyField(codes, currency, typed) : null,
    methodPart({ kind, list, method, chosen }),
    () => (until.value ? el('p', { class: 'pay-left', role: 'status', 'data-testid': 'cooling-off' }, t('funding.cooling', { time: moment(until.value) })) : null),
    formFault(said), () => refusalMore(said()), checkingLine(ids, busy),
    () => (online.value ? null : el('p', { class: 'flow-why', role: 'status' }, t('pay.offline'))),
    el('button', { class: 'button primary wide', 'data-testid': 'funding-send', 'aria-disabled': () => String(busy.value || !ready.value) }, icon('lock', { size: 18 }), () => (parsed.value.ok ? t(`funding.do_${kind}`, { amount: money(parsed.value.amount, currency.value) }) : t(kind === 'topup' ? 'wallet.add_money' : 'funding.withdraw'))));
  return node;
}

/** All that there are come in; what goes out is there. The usual one first. @param {Funding['kind']} kind @returns {string[]} */
function currenciesOf(kind) {
  const all = kind === 'topup' ? state.session.peek().currencies.map((one) => one.code) : state.wallet.peek().accounts.filter((one) => one.id !== null).map((one) => one.currency);
  const usual = usualCurrency();
  return [usual, ...all.filter((code) => code !== usual)];
}

/** In another currency the same digits would say something else. @param {readonly string[]} codes @param {import('../../kernel/signals.js').Signal<string>} currency @param {import('../../kernel/signals.js').Signal<string>} typed */
function currencyField(codes, currency, typed) {
  const node = selectField('funding-currency', t('spending.currency'), codes.map((code) => [code, code]), currency);
  node.addEventListener('change', () => (typed.value = ''), { capture: true });
  return node;
}

/** @param {{ kind: Funding['kind'], code: string, typed: import('../../kernel/signals.js').Signal<string>, available: Readable<string>, fault: () => string | null }} of */
function amountPart({ kind, code, typed, available, fault }) {
  const node = amountField({ id: 'funding-amount', label: t('pay.amount'), currency: code, fault, onType: (text) => (typed.value = text), below: () => t('pay.balance', { balance: money(available.value, code) }) });
  const input = /** @type {HTMLInputElement} */ (node.querySelector('input'));
  input.value = typed.peek();
  if (kind === 'topup') return node;
  const some = computed(() => minorUnits(available.value, exponentOf(state.session.value, code)) > 0n);
  const all = () => (input.value = typed.value = available.peek());
  return [node, () => (some.value ? el('button', { type: 'button', class: 'link-button funding-all', 'data-testid': 'funding-all', onclick: all }, t('funding.all', { amount: money(available.value, code) })) : null)];
}

/** @param {Method} one */
function optionWords(one) {
  return one.label ? `${shownName(one.label)} · ${methodName(one)}` : methodName(one);
}

/** Which one it is, or the way to add one; what was typed stays. @param {{ kind: Funding['kind'], list: Readable<Method[]>, method: Readable<Method | null>, chosen: import('../../kernel/signals.js').Signal<string> }} of */
function methodPart({ kind, list, method, chosen }) {
  const adder = (/** @type {'card' | 'bank'} */ what, /** @type {string} */ look) => el('button', { type: 'button', class: look, 'data-testid': `funding-add-${what}`, onclick: () => openAddMethod({ kind: what, added: (one) => (chosen.value = one.id) }) }, icon('plus', { size: 18 }), t(`method.add_${what}`));
  // Drawn anew when the methods are others, and not with each push.
  const drawn = computed(() => list.value.map((one) => `${one.id} ${optionWords(one)}`).join('\n') || fundingState.value.status);
  const label = t(kind === 'topup' ? 'funding.from' : 'funding.to');
  const part = el('div', { class: 'funding-method' }, () => {
    void drawn.value;
    return untracked(() => {
      const all = list.peek();
      if (all.length > 0)
        return [
          el('div', { class: 'field' }, el('label', { for: 'funding-method' }, label), el('div', { class: 'field-box' },
            el('select', { id: 'funding-method', 'data-testid': 'funding-method', onchange: (/** @type {any} */ event) => (chosen.value = event.target.value) }, all.map((one) => el('option', { value: one.id, selected: () => method.value?.id === one.id }, optionWords(one)))))),
          el('div', { class: 'funding-adders' }, adder('card', 'link-button'), adder('bank', 'link-button')),
        ];
      const { status, error } = fundingState.peek();
      if (status === 'error') return errorState(error, () => void loadMethods());
      if (status !== 'ready') return skeleton(1);
      return el('div', { class: 'funding-none', 'data-testid': 'no-method' }, el('p', null, t(`funding.no_method_${kind}`)), el('div', { class: 'button-row' }, adder('card', 'button'), adder('bank', 'button')));
    });
  });
  return part;
}

/** What a refusal says beside its sentence: why, until when, how much is left. @param {import('../../sdk/errors.js').QuipuError | null} error */
function refusalMore(error) {
  const { reason, until, left, currency, available } = error?.detail ?? {};
  const words = reasonWords(reason) || (error?.code === 'method_cooling_off' && typeof until === 'string' ? t('funding.cooling', { time: moment(until) }) : '')
    || (typeof left === 'string' && typeof currency === 'string' ? t('funding.left', { left: money(left, currency) }) : '')
    || (typeof available === 'string' && typeof currency === 'string' ? t('pay.balance', { balance: money(available, currency) }) : '');
  return words === '' ? null : el('p', { class: 'muted small' }, words);
}
