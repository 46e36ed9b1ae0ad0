// Where a message is written. Enter sends, but never the Enter that ends a composition; the draft outlives the page.
import { el } from '../kernel/el.js';
import { computed, onCleanup, signal } from '../kernel/signals.js';
import { openPay, sendText } from '../app/actions.js';
import { draft, keepDraft } from '../app/drafts.js';
import { t } from '../app/i18n.js';
import { me, state } from '../app/store.js';
import { icon } from './icons.js';

/** @param {string} id */
export function Composer(id) {
  const user = me();
  const text = signal(draft(user, id));
  const limit = computed(() => state.session.value.limits['text_bytes'] ?? 8000);
  const tooLong = computed(() => new TextEncoder().encode(text.value).length > limit.value);
  const empty = computed(() => text.value.trim() === '');

  const grow = () => {
    // A box that grows with its text where the style sheet cannot do it alone.
    if (CSS.supports('field-sizing', 'content')) return;
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
  };
  const typed = () => {
    text.value = input.value;
    keepDraft(user, id, input.value);
    grow();
  };
  const send = () => {
    if (empty.peek() || tooLong.peek()) return;
    sendText(id, text.peek().trim());
    input.value = '';
    typed();
    input.focus();
  };
  /** @param {KeyboardEvent} event */
  const keyed = (event) => {
    // 229 is what some browsers report for the Enter that closes an input method, after composition has ended.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const input = el('textarea', { rows: 1, placeholder: t('composer.placeholder'), 'aria-label': t('composer.label'), 'data-testid': 'composer', enterkeyhint: 'send', dir: 'auto', oninput: typed, onkeydown: keyed, 'aria-invalid': () => (tooLong.value ? 'true' : null) });
  input.value = text.peek();
  return el('form', { class: 'composer', onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), send()), 'aria-label': t('composer.form') },
    () => (tooLong.value ? el('p', { class: 'composer-fault', role: 'alert' }, t('error.text_too_long')) : null),
    el('div', { class: 'composer-row' }, plusMenu(id), el('div', { class: 'composer-box' }, input),
      el('button', { class: 'icon-button send', 'aria-label': t('composer.send'), 'aria-disabled': () => String(empty.value || tooLong.value) }, icon('send', { size: 22 }))));
}

/** @param {string} id */
function plusMenu(id) {
  const open = signal(false);
  const shut = () => (open.value = false);
  /** @param {Event} event */
  const outside = (event) => {
    if (open.peek() && !(event.target instanceof Node && node.contains(event.target))) shut();
  };
  document.addEventListener('pointerdown', outside);
  onCleanup(() => document.removeEventListener('pointerdown', outside));
  const button = el('button', { type: 'button', class: 'icon-button plus', 'aria-label': t('composer.more'), 'aria-haspopup': 'menu', 'aria-expanded': () => String(open.value), onclick: () => toggle() }, icon('plus'));
  const transfer = el('button', { type: 'button', role: 'menuitem', onclick: () => (shut(), button.focus(), openPay(id)) }, el('span', { class: 'menu-icon' }, icon('transfer', { size: 22 })), t('pay.transfer'));
  const toggle = () => {
    open.update((on) => !on);
    if (open.peek()) transfer.focus();
  };
  const node = el('div', { class: 'plus-menu', onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Escape' && open.peek() && (shut(), button.focus()) },
    button, el('div', { class: 'menu', role: 'menu', 'aria-label': t('composer.more'), hidden: () => !open.value }, transfer));
  return node;
}
