// Where a message is written. Enter sends, but never the Enter that ends a composition; the draft outlives the page.
import { el } from '../../kernel/el.js';
import { computed, effect, signal, untracked } from '../../kernel/signals.js';
import { attach } from '../../app/actions.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { may } from '../../state/members.js';
import { icon } from '../icons.js';
import { openPalette } from '../message/palette.js';
import { ComposerBar } from './bar.js';
import { Closed } from './closed.js';
import { mentionPicker } from './mentions.js';
import { writing } from './mode.js';
import { plusMenu } from './plus-menu.js';
import { canRecord, recorder } from './recorder.js';
import { SlowMode } from './slow-mode.js';
import { Uploads } from './uploads.js';
import { writer } from './writer.js';

/** @param {string} id */
export function Composer(id) {
  const open = computed(() => {
    const one = state.conversations.value.byId[id];
    return one !== undefined && may(one, me(), 'write');
  });
  return () => {
    const writable = open.value;
    return untracked(() => (writable ? Open(id) : Closed(id)));
  };
}

/** @param {string} id */
function Open(id) {
  const input = el('textarea', { rows: 1, placeholder: t('composer.placeholder'), 'aria-label': t('composer.label'), 'data-testid': 'composer', enterkeyhint: 'send', dir: 'auto' });
  const write = writer(id, input);
  const picker = mentionPicker(id, input, () => write.typed());
  const voice = recorder(id, (upload) => write.sendAlone(upload));
  const dropping = signal(0);

  /** @param {KeyboardEvent} event */
  const keyed = (event) => {
    if (picker.keyed(event)) return;
    // 229 is what some browsers report for the Enter that closes an input method, after composition has ended.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === 'Enter' && !event.shiftKey) [event.preventDefault(), write.send()];
    else if (event.key === 'Escape' && write.leave()) [event.preventDefault(), event.stopPropagation()];
    else if (event.key === 'ArrowUp' && input.value === '' && write.editLast()) event.preventDefault();
  };
  const typed = () => (write.typed(), picker.look());
  const take = (/** @type {FileList | File[] | undefined} */ files) => {
    for (const file of files ?? []) attach(id, file);
  };
  /** @param {ClipboardEvent} event */
  const pasted = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // A copied table or page brings a picture of itself along: its words are meant.
    if (files.length === 0 || event.clipboardData?.getData('text/plain')) return;
    event.preventDefault();
    take(files);
  };
  for (const [name, act] of /** @type {Array<[string, any]>} */ ([['input', typed], ['keydown', keyed], ['paste', pasted], ['click', () => picker.look()], ['keyup', (/** @type {KeyboardEvent} */ event) => /^(Arrow|Home|End)/.test(event.key) && picker.look()], ['blur', () => picker.shut()]])) input.addEventListener(name, act);
  effect(() => input.setAttribute('aria-invalid', String(write.tooLong.value)));
  effect(() => {
    const option = picker.active();
    if (option) input.setAttribute('aria-activedescendant', option);
    else input.removeAttribute('aria-activedescendant');
  });
  let wishes = writing.peek();
  effect(() => {
    if (writing.value !== wishes) input.focus();
    wishes = writing.value;
  });

  const form = el('form', { class: () => `composer${dropping.value > 0 ? ' dropping' : ''}`, 'data-conversation': id, onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), write.send()), 'aria-label': t('composer.form') },
    () => (write.tooLong.value ? el('p', { class: 'composer-fault', role: 'alert' }, t('error.text_too_long')) : null),
    write.fault,
    picker.node, SlowMode(id), ComposerBar(id, () => write.leave(), () => input.focus()), Uploads(id),
    () => (write.waiting.value ? el('p', { class: 'composer-note', role: 'status' }, t('upload.waiting')) : null),
    voice.node,
    el('div', { class: 'composer-row', hidden: () => voice.on() }, plusMenu(id, take),
      el('div', { class: 'composer-box' }, input, el('button', { type: 'button', class: 'icon-button', 'aria-label': t('emoji.title'), 'data-testid': 'emoji-button', onclick: () => openPalette((emoji) => write.insert(emoji), () => input.focus()) }, icon('smile', { size: 22 }))),
      () => (write.nothing.value && !write.edit.value && canRecord()
        ? el('button', { type: 'button', class: 'icon-button send quiet', 'aria-label': t('voice.start'), 'data-testid': 'voice-start', onclick: voice.start }, icon('mic', { size: 22 }))
        : el('button', { class: 'icon-button send', 'aria-label': t(write.edit.value ? 'composer.save' : 'composer.send'), 'data-testid': 'send', 'aria-disabled': () => String(write.nothing.value || write.tooLong.value) }, icon(write.edit.value ? 'check' : 'send', { size: 22 })))));
  dropZone(form, dropping, take);
  return form;
}

/** Files may be dropped anywhere on the conversation. @param {HTMLElement} form @param {import('../../kernel/signals.js').Signal<number>} over @param {(files: FileList | undefined) => void} take */
function dropZone(form, over, take) {
  queueMicrotask(() => {
    const zone = form.closest('.talk') ?? form;
    const files = (/** @type {any} */ event) => event.dataTransfer?.types.includes('Files');
    zone.addEventListener('dragenter', (event) => files(event) && (event.preventDefault(), over.update((n) => n + 1)));
    zone.addEventListener('dragover', (event) => files(event) && event.preventDefault());
    zone.addEventListener('dragleave', (event) => files(event) && over.update((n) => Math.max(0, n - 1)));
    zone.addEventListener('drop', (event) => {
      if (!files(event) || !form.isConnected) return;
      event.preventDefault();
      over.value = 0;
      take(/** @type {DragEvent} */ (event).dataTransfer?.files);
    });
  });
}
