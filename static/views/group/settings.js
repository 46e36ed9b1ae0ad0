// What owner and admins decide for a group: its name and picture, what newcomers may read, how fast one may write.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { attach, cancelUpload, updateConversation } from '../../app/actions.js';
import { shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { effect } from '../../kernel/signals.js';
import { QuipuError } from '../../sdk/errors.js';
import { openDialog } from '../dialog.js';
import { attempt, formFault } from '../entry.js';
import { field } from '../field.js';
import { icon } from '../icons.js';
import { lengthOf } from '../message/system-words.js';

const PACES = [0, 10, 30, 60, 300, 900, 3600];

/** @param {string} id */
export function openGroupSettings(id) {
  openDialog({ title: t('group.settings'), name: 'group-settings' }, () => {
    const one = computed(() => state.conversations.value.byId[id]);
    const { busy, error, run } = attempt();
    const [named, done] = [signal(false), signal('')];
    const save = (/** @type {string} */ what, /** @type {Parameters<typeof updateConversation>[1]} */ change) => run(async () => {
      done.value = '';
      await updateConversation(id, change);
      done.value = what;
    });
    const title = field({ label: t('new.group_title'), name: 'title', more: { maxlength: 100, value: shownName(one.peek()?.title), oninput: () => (named.value = true) } });
    const rename = (/** @type {Event} */ event) => {
      event.preventDefault();
      const text = title.input.value.trim();
      if (text === '' || text === one.peek()?.title) return title.input.focus();
      return save('title', { title: text }).then(() => error.peek() ?? (named.value = false));
    };
    return [
      formFault(() => error.value),
      el('form', { class: 'find', onsubmit: rename }, title.node, el('button', { class: 'button', 'data-testid': 'save-title', 'aria-disabled': () => String(busy.value || !named.value) }, t('action.save'))),
      picture(id, run),
      select('history', t('group.history'), () => one.value?.history ?? 'all', [['all', t('group.history_all')], ['from_join', t('group.history_from_join')]], (value) => save('history', { history: /** @type {'all' | 'from_join'} */ (value) })),
      select('pace', t('group.slow_mode'), () => String(one.value?.slow_mode_seconds ?? 0), pacesWith(one.peek()?.slow_mode_seconds ?? 0).map((seconds) => [String(seconds), seconds === 0 ? t('group.slow_off') : lengthOf(seconds)]), (value) => save('pace', { slow_mode_seconds: Number(value) }), t('group.slow_mode_hint')),
      el('p', { class: 'muted small', role: 'status' }, () => (done.value ? t('group.saved') : '')),
    ];
  });
}

/** @param {number} now */
function pacesWith(now) {
  return PACES.includes(now) ? PACES : [...PACES, now].sort((a, b) => a - b);
}

/** @param {string} name @param {string} label @param {() => string} current @param {string[][]} options @param {(value: string) => void} pick @param {string} [hint] */
function select(name, label, current, options, pick, hint) {
  const id = `group-${name}`;
  return el('div', { class: 'field' }, el('label', { for: id }, label),
    el('div', { class: 'field-box' }, el('select', { id, value: current, 'data-testid': id, 'aria-describedby': hint ? `${id}-hint` : null, onchange: (/** @type {any} */ event) => pick(event.target.value) }, options.map(([value, words]) => el('option', { value, selected: current() === value }, words)))),
    hint ? el('p', { class: 'field-hint', id: `${id}-hint` }, hint) : null);
}

/** @param {string} id @param {ReturnType<typeof attempt>['run']} run */
function picture(id, run) {
  const has = computed(() => (state.conversations.value.byId[id]?.avatar ?? null) !== null);
  const chooser = el('input', { type: 'file', accept: 'image/*', hidden: true, 'data-testid': 'avatar-input', 'aria-label': t('group.picture'), onchange: () => {
    const file = chooser.files?.[0];
    chooser.value = '';
    if (file) run(() => upload(id, file));
  } });
  return el('div', { class: 'field' }, el('p', { class: 'field-label' }, t('group.picture')), el('div', { class: 'button-row' }, chooser,
    el('button', { type: 'button', class: 'button', onclick: () => chooser.click() }, icon('image', { size: 20 }), t('group.choose_picture')),
    () => (has.value ? el('button', { type: 'button', class: 'button danger', onclick: () => run(() => updateConversation(id, { avatar: null })) }, t('group.remove_picture')) : null)));
}

/** Up under a name of its own, so that it is not among the files of the next message. @param {string} id @param {File} file @returns {Promise<void>} */
function upload(id, file) {
  return new Promise((resolve, reject) => {
    const local = attach(`avatar:${id}`, file);
    const stop = effect(() => {
      const one = state.uploads.value[local];
      if (one?.state === 'uploading') return;
      queueMicrotask(() => {
        stop();
        if (one?.state !== 'done' || !one.attachment) {
          cancelUpload(local);
          return reject(new QuipuError(one?.error ?? { code: 'aborted' }));
        }
        return updateConversation(id, { avatar: one.attachment.id }).then(() => resolve(), (thrown) => (cancelUpload(local), reject(thrown)));
      });
    });
  });
}
