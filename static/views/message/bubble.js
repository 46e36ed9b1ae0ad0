// One message: who, what, and what can be seen of its story. Its parts have files of their own.
import { el } from '../../kernel/el.js';
import { computed, untracked } from '../../kernel/signals.js';
import { dropMessage, retryMessage } from '../../app/actions.js';
import { sentence } from '../../app/fault.js';
import { hueOf } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me } from '../../app/store.js';
import { avatar } from '../avatar.js';
import { FlowCard } from '../flows/flow-card.js';
import { helpLink } from '../help-link.js';
import { icon } from '../icons.js';
import { onContext } from '../menu.js';
import { nameOf } from '../people/names.js';
import { openMessageMenu } from './actions.js';
import { Files } from './files.js';
import { dropFault, faultAt } from './faults.js';
import { Meta } from './meta.js';
import { Quote } from './quote.js';
import { Reactions } from './reactions.js';
import { recalledWords } from './summary.js';
import { systemSentence } from './system-words.js';
import { runs } from './text.js';

/** @typedef {import('../../state/messages.js').Row} Row */
/** @typedef {import('../../kernel/signals.js').Signal<Row>} RowSignal */
/**
 * What the rows of a thread share.
 * @typedef {object} Talk
 * @property {string} id
 * @property {boolean} group
 * @property {import('../../kernel/signals.js').Readable<number>} readBy how far all others have read
 * @property {import('../../kernel/signals.js').Readable<number>} deliveredTo
 * @property {import('../../kernel/signals.js').Readable<number>} people changes when somebody becomes known
 * @property {(seq: number) => void} jump
 */

/** @param {Talk} talk @param {RowSignal} row */
export function Bubble(talk, row) {
  if (row.peek().message?.kind === 'system') return system(talk, row);
  const { sender } = row.peek();
  const mine = sender === me();
  const grouped = talk.group && !mine;
  const name = computed(() => (void talk.people.value, nameOf(sender)));
  const seq = computed(() => row.value.message?.seq ?? null);
  const open = (/** @type {Element | { x: number, y: number }} */ at) => {
    const { message } = row.peek();
    if (message) openMessageMenu(talk, message, at, node);
  };
  const node = el('article', {
      class: () => `row ${mine ? 'mine' : 'theirs'}${row.value.first ? ' first' : ''}${row.value.last ? ' last' : ''}${grouped ? ' grouped' : ''}`,
      'aria-label': () => (mine ? t('chat.by_you') : t('chat.by', { name: name.value })), 'data-testid': 'message', 'data-seq': () => seq.value, tabindex: -1,
      onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === 'Enter' && event.target === node && (event.preventDefault(), open(node)),
    },
    grouped ? el('span', { class: 'row-avatar' }, () => (row.value.last ? avatar({ id: sender ?? '', name: name.value, size: 'small' }) : null)) : null,
    el('div', { class: 'row-body' },
      grouped ? () => (row.value.first ? el('p', { class: `row-name hue-text-${hueOf(sender ?? '')}` }, el('bdi', null, name.value)) : null) : null,
      el('div', { class: 'row-line' }, content(talk, row, mine), tools(seq, open)),
      Reactions(talk, row),
      () => unsent(row.value),
      () => refused(talk.id, seq.value)));
  onContext(node, open);
  return node;
}

/** @param {Talk} talk @param {RowSignal} row */
function system(talk, row) {
  const words = computed(() => {
    void talk.people.value;
    const { message } = row.value;
    return message ? systemSentence(message, me()) : '';
  });
  return el('p', { class: 'system-line', 'data-testid': 'system', 'data-seq': row.peek().message?.seq, hidden: () => words.value === '' }, el('span', { dir: 'auto' }, () => words.value));
}

/** @param {Talk} talk @param {RowSignal} row @param {boolean} mine */
function content(talk, row, mine) {
  const form = computed(() => (row.value.message?.recalled ? 'recalled' : row.value.message?.card ? 'card' : 'text'));
  return () => {
    switch (form.value) {
      case 'recalled':
        return el('div', { class: 'bubble recalled' }, el('p', { class: 'bubble-text' }, icon('recall', { size: 16 }), ' ', () => recalledWords(row.value.message ?? {}, me())), Meta(talk, row, mine));
      case 'card':
        return cardOf(talk, row, mine);
      default:
        return words(talk, row, mine);
    }
  };
}

/** @param {Talk} talk @param {RowSignal} row @param {boolean} mine */
function cardOf(talk, row, mine) {
  const card = computed(() => row.value.message?.card ?? null);
  return () => {
    const [now, seq] = [card.value, row.peek().message?.seq ?? 0];
    const meta = Meta(talk, row, mine);
    const drawn = now ? untracked(() => FlowCard(talk, now, seq, meta)) : null;
    return drawn ?? el('div', { class: 'bubble' }, el('p', { class: 'bubble-text muted' }, t('chat.unknown_card')), meta);
  };
}

/** @param {Talk} talk @param {RowSignal} row @param {boolean} mine */
function words(talk, row, mine) {
  const text = computed(() => row.value.message?.text ?? row.value.outgoing?.text ?? '');
  const mentions = computed(() => (row.value.message?.mentions ?? row.value.outgoing?.d?.['mentions'] ?? []).join(' '));
  const files = computed(() => row.value.message?.attachments ?? row.value.outgoing?.show?.attachments ?? null);
  const answered = computed(() => row.value.message?.reply_to ?? row.value.outgoing?.d?.['reply_to'] ?? null);
  const author = computed(() => row.value.message?.forwarded?.sender ?? row.value.outgoing?.show?.forwarded?.sender ?? null);
  return el('div', { class: () => `bubble${files.value ? ' with-files' : ''}` },
    () => (author.value ? el('p', { class: 'forwarded' }, icon('forward', { size: 16 }), el('bdi', null, (void talk.people.value, t('message.forwarded_from', { name: nameOf(author.value) })))) : null),
    () => (answered.value ? Quote(talk, answered.value) : null),
    () => (files.value ? Files(files.value) : null),
    () => (text.value === '' ? null : el('p', { class: 'bubble-text', dir: 'auto' }, () => runs(text.value, mentions.value))),
    Meta(talk, row, mine));
}

/** Seen when the pointer is over the row; for the keyboard there is Enter on the message. @param {import('../../kernel/signals.js').Readable<number | null>} seq @param {(at: Element) => void} open */
function tools(seq, open) {
  return () => {
    if (seq.value === null) return null;
    const button = el('button', { type: 'button', class: 'row-tool', tabindex: -1, 'aria-haspopup': 'menu', 'aria-label': t('message.actions'), 'data-testid': 'message-actions', onclick: () => open(button) }, icon('more', { size: 20 }));
    return button;
  };
}

/** @param {Row} row */
function unsent({ outgoing }) {
  if (outgoing?.state !== 'failed' && outgoing?.code !== 'slow_mode') return null;
  if (outgoing.state !== 'failed') return el('div', { class: 'row-failed calm' }, el('p', null, sentence({ code: 'slow_mode' }), ' ', helpLink({ code: 'slow_mode' })));
  return el('div', { class: 'row-failed' }, el('p', null, sentence({ code: outgoing.code ?? 'internal' }), ' ', helpLink({ code: outgoing.code ?? 'internal' })),
    el('span', null, el('button', { type: 'button', class: 'link-button', onclick: () => retryMessage(outgoing.client_id) }, t('state.retry')),
      el('button', { type: 'button', class: 'link-button danger', onclick: () => dropMessage(outgoing.client_id) }, t('action.delete'))));
}

/** @param {string} id @param {number | null} seq */
function refused(id, seq) {
  const fault = seq === null ? null : faultAt(id, seq);
  if (!fault || seq === null) return null;
  return el('div', { class: 'row-failed', role: 'alert', 'data-testid': 'message-fault' }, el('p', null, sentence(fault.error), ' ', helpLink(fault.error)),
    el('span', null, fault.error.again ? el('button', { type: 'button', class: 'link-button', onclick: fault.again }, t('state.retry')) : null,
      el('button', { type: 'button', class: 'link-button', onclick: () => dropFault(id, seq) }, t('action.close'))));
}
