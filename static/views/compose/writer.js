// What happens to the words in the composer: kept as a draft, sent, or put in the place of older ones.
import { el } from '../../kernel/el.js';
import { computed, effect, signal, untracked } from '../../kernel/signals.js';
import { editMessage, sendMessage, setDraft, typing, typingStopped } from '../../app/actions.js';
import { sentence } from '../../app/fault.js';
import { link } from '../../app/link.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { mentionedIn } from '../../app/text-tree.js';
import { asQuipuError } from '../../sdk/errors.js';
import { draftOf } from '../../state/drafts.js';
import { may, withinTime } from '../../state/members.js';
import { emptyThread, ownLast, shown } from '../../state/messages.js';
import { uploadsOf } from '../../state/uploads.js';
import { helpLink } from '../help-link.js';
import { atMessage } from '../message/faults.js';
import { editing, editOf, stopEditing } from './mode.js';

/** @param {string} id @param {HTMLTextAreaElement} input */
export function writer(id, input) {
  const edit = computed(() => editOf(id));
  const text = signal(draftOf(state.drafts.peek(), id).text);
  const files = computed(() => uploadsOf(state.uploads.value, id));
  const limit = computed(() => state.session.value.limits['text_bytes'] ?? 8000);
  const tooLong = computed(() => new TextEncoder().encode(text.value).length > limit.value);
  const nothing = computed(() => text.value.trim() === '' && (edit.value !== null || files.value.length === 0));
  /** Sent was pressed while files were still on their way. */
  const waiting = signal(false);
  const error = signal(/** @type {import('../../sdk/errors.js').QuipuError | null} */ (null));

  const grow = () => {
    // A box that grows with its text where the style sheet cannot do it alone.
    if (CSS.supports('field-sizing', 'content')) return;
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 160)}px`;
  };
  const put = (/** @type {string} */ value) => {
    [input.value, text.value] = [value, value];
    grow();
  };
  const typed = () => {
    text.value = input.value;
    grow();
    if (edit.peek()) return;
    setDraft(id, input.value);
    if (input.value === '') typingStopped(id);
    else typing(id);
  };
  const members = () => (state.conversations.peek().byId[id]?.members ?? []).map((member) => member.user).filter((user) => user.id !== me());

  const go = (/** @type {string} */ words, /** @type {import('../../sdk/types.js').Attachment[]} */ attachments) => {
    const group = state.conversations.peek().byId[id]?.kind === 'group';
    error.value = null;
    sendMessage(id, { text: words, replyTo: draftOf(state.drafts.peek(), id).reply_to, mentions: group ? mentionedIn(words, members()) : [], attachments })
      .catch((thrown) => (error.value = asQuipuError(thrown)));
  };
  const send = () => {
    const words = text.peek().trim();
    if (nothing.peek() || tooLong.peek()) return;
    if (edit.peek()) return save(words);
    const list = files.peek();
    if (list.some((one) => one.state !== 'done')) return void (waiting.value = list.every((one) => one.state !== 'failed'));
    waiting.value = false;
    go(words, list.flatMap((one) => (one.attachment ? [one.attachment] : [])));
    put('');
    setDraft(id, '', null);
    typingStopped(id);
    input.focus();
  };
  const save = (/** @type {string} */ words) => {
    const message = edit.peek();
    if (!message) return;
    leave();
    if (words === message.text) return;
    const people = state.conversations.peek().byId[id]?.kind === 'group' ? mentionedIn(words, members()) : [];
    atMessage(id, message.seq, () => editMessage(id, message.seq, words, people));
  };
  /** Out of the edit, back to the draft; or out of the answer. @returns {boolean} whether there was something to leave */
  const leave = () => {
    if (edit.peek()) {
      stopEditing(id);
      input.focus();
      return true;
    }
    if (draftOf(state.drafts.peek(), id).reply_to === null) return false;
    setDraft(id, input.value, null);
    return true;
  };
  const editLast = () => {
    const [thread, one] = [state.messages.peek()[id] ?? emptyThread(), state.conversations.peek().byId[id]];
    const last = ownLast(thread, me());
    if (!last || !one || edit.peek() || !may(one, me(), 'edit', last) || !withinTime(last, state.session.peek().limits['edit_seconds'], link().serverNow())) return false;
    editing(id, shown(thread, last, me()));
    return true;
  };
  const insert = (/** @type {string} */ emoji) => {
    input.setRangeText(emoji, input.selectionStart, input.selectionEnd, 'end');
    typed();
  };
  /** A voice note goes by itself, as soon as it is up, whatever else is being written. @param {string} upload */
  const sendAlone = (upload) => {
    const stop = effect(() => {
      const one = state.uploads.value[upload];
      if (!one || one.state === 'done') queueMicrotask(() => (stop(), one?.attachment && untracked(() => go('', [/** @type {any} */ (one.attachment)]))));
    });
  };

  // Files that were waited for are there.
  effect(() => {
    if (!waiting.value) return;
    const list = files.value;
    if (list.some((one) => one.state === 'failed')) waiting.value = false;
    else if (list.every((one) => one.state === 'done')) untracked(send);
  });
  // Into an edit and out of it again, the box holds its words; else what another device has written.
  effect(() => {
    const now = edit.value;
    untracked(() => put(now ? (now.text ?? '') : draftOf(state.drafts.peek(), id).text));
  });
  effect(() => {
    const draft = state.drafts.value[id];
    const theirs = !draft ? '' : draft.mine === 'same' ? draft.text : null;
    untracked(() => {
      if (theirs !== null && !edit.peek() && theirs.trim() !== input.value.trim()) put(theirs);
    });
  });
  const fault = () => (error.value ? el('p', { class: 'composer-fault', role: 'alert' }, sentence(error.value), ' ', helpLink(error.value), ' ', el('button', { type: 'button', class: 'link-button', onclick: () => (error.value = null) }, t('action.close'))) : null);
  return { edit, text, tooLong, nothing, waiting, fault, typed, send, leave, editLast, insert, sendAlone };
}
