// One's own link, for others to pay by: as words to send, and as a code to be scanned.
import { el, svg } from '../kernel/el.js';
import { computed, signal } from '../kernel/signals.js';
import { usualCurrency } from '../app/actions.js';
import { copyText } from '../app/copy.js';
import { money } from '../app/format.js';
import { t } from '../app/i18n.js';
import { qr } from '../app/qr.js';
import { state } from '../app/store.js';
import { ownLink } from '../state/pay-link.js';
import { exponentOf } from '../state/session.js';
import { openDialog } from './dialog.js';
import { field } from './field.js';
import { icon } from './icons.js';

/** Light modules around a symbol, without which no camera finds it. */
const MARGIN = 4;

export function openGetPaid() {
  const handle = state.session.peek().user?.handle;
  if (handle) openDialog({ title: t('getpaid.title'), name: 'get-paid' }, () => GetPaid(handle));
}

/** @param {string} handle */
function GetPaid(handle) {
  const session = state.session.peek();
  const [typed, note, currency] = [signal(''), signal(''), signal(usualCurrency())];
  const made = computed(() => ownLink({ handle, typed: typed.value, note: note.value, currency: currency.value, exponent: exponentOf(session, currency.value) }));
  const link = computed(() => (made.value.path === null ? null : `${location.origin}${made.value.path}`));
  const fault = () => (made.value.fault ? t(`pay.fault.${made.value.fault}`, { n: exponentOf(session, currency.value) }) : null);
  const amount = field({ label: t('getpaid.amount'), name: 'amount', fault, more: { inputmode: 'decimal', maxlength: 16, placeholder: () => money('0', currency.value), oninput: () => (typed.value = amount.input.value) } });
  const memo = field({ label: t('getpaid.note'), name: 'note', more: { maxlength: session.limits['note_chars'] ?? 140, oninput: () => (note.value = memo.input.value) } });
  return [
    () => (link.value === null ? null : code(link.value)),
    () => (link.value === null ? null : el('p', { class: 'own-link', 'data-testid': 'own-link' }, link.value)),
    el('div', { class: 'pay-buttons' }, buttons(link)),
    el('p', { class: 'muted small' }, t('getpaid.text')),
    el('div', { class: 'asked-amount' }, amount.node, session.currencies.length > 1 ? currencies(session.currencies, currency) : null),
    memo.node,
  ];
}

/** @param {import('../kernel/signals.js').Readable<string | null>} link */
function buttons(link) {
  const off = () => String(link.value === null);
  const copied = signal(false);
  const copy = async () => {
    const now = link.peek();
    if (now !== null) copied.value = await copyText(now, t('getpaid.copied'));
  };
  const share = () => {
    const now = link.peek();
    // Whoever closes the system's sheet has changed their mind, and needs no word about it.
    if (now !== null) navigator.share({ url: now }).catch(() => {});
  };
  return [
    el('button', { type: 'button', class: 'button primary', 'data-testid': 'copy-link', autofocus: true, 'aria-disabled': off, onclick: copy }, () => [icon(copied.value ? 'check' : 'copy', { size: 20 }), t(copied.value ? 'getpaid.copied' : 'getpaid.copy')]),
    'share' in navigator ? el('button', { type: 'button', class: 'button', 'aria-disabled': off, onclick: share }, icon('share', { size: 20 }), t('getpaid.share')) : null,
  ];
}

/** @param {Array<{ code: string }>} all @param {import('../kernel/signals.js').Signal<string>} chosen */
function currencies(all, chosen) {
  return el('div', { class: 'field' }, el('label', { for: 'getpaid-currency' }, t('getpaid.currency')),
    el('div', { class: 'field-box' }, el('select', { id: 'getpaid-currency', onchange: (/** @type {any} */ event) => (chosen.value = event.target.value) }, all.map((one) => el('option', { value: one.code, selected: one.code === chosen.peek() }, one.code)))));
}

/** Dark on light in both schemes: not every camera reads the other way round. @param {string} link */
function code(link) {
  const modules = qr(link);
  if (!modules) return el('p', { class: 'muted small', role: 'status' }, t('getpaid.too_long'));
  const size = modules.length + 2 * MARGIN;
  const path = modules.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join('');
  return svg('svg', { class: 'qr', viewBox: `${-MARGIN} ${-MARGIN} ${size} ${size}`, role: 'img', 'aria-label': t('getpaid.qr'), 'data-testid': 'qr', 'shape-rendering': 'crispEdges' }, svg('path', { d: path }));
}
