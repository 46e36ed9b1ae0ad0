// One message: its text, who, when, and how far it has come. Text is text: whatever it looks like, it stays a text node.
import { el } from '../kernel/el.js';
import { computed } from '../kernel/signals.js';
import { dropMessage, retryMessage } from '../app/actions.js';
import { sentence } from '../app/fault.js';
import { clock, hueOf, moment, personName } from '../app/format.js';
import { t } from '../app/i18n.js';
import { me, state } from '../app/store.js';
import { textTree } from '../app/text-tree.js';
import { avatar } from './avatar.js';
import { icon } from './icons.js';
import { TransferCard } from './transfer-card.js';

/** @typedef {import('../state/messages.js').Row} Row */

/** @param {string} conversation @param {import('../kernel/signals.js').Signal<Row>} row @param {import('../kernel/signals.js').Readable<number>} readByAll */
export function Bubble(conversation, row, readByAll) {
  const { message, outgoing, sender } = row.peek();
  if (message?.kind === 'system') return el('p', { class: 'system-line', hidden: () => !row.value.message?.text }, el('span', { dir: 'auto' }, () => row.value.message?.text ?? ''));
  const mine = sender === me();
  const one = state.conversations.peek().byId[conversation];
  const user = one?.members.find((member) => member.user.id === sender)?.user;
  const name = user ? personName(user) : t('chat.someone');
  const grouped = one?.kind === 'group' && !mine;
  const text = computed(() => row.value.message?.text ?? row.value.outgoing?.text ?? '');
  const card = computed(() => row.value.message?.card ?? null);
  return el('article', {
      class: () => `row ${mine ? 'mine' : 'theirs'}${row.value.first ? ' first' : ''}${row.value.last ? ' last' : ''}${grouped ? ' grouped' : ''}`,
      'aria-label': mine ? t('chat.by_you') : t('chat.by', { name }), 'data-testid': 'message',
      ...(outgoing ? {} : { 'data-seq': message?.seq }),
    },
    grouped ? el('span', { class: 'row-avatar' }, () => (row.value.last ? avatar({ id: sender ?? '', name, size: 'small' }) : null)) : null,
    el('div', { class: 'row-body' },
      grouped ? () => (row.value.first ? el('p', { class: `row-name hue-text-${hueOf(sender ?? '')}` }, el('bdi', null, name)) : null) : null,
      () => (card.value ? cardOf(card.value, row, readByAll, mine) : el('div', { class: 'bubble' }, el('p', { class: 'bubble-text', dir: 'auto' }, () => runs(text.value)), meta(row, readByAll, mine))),
      () => failed(row.value)));
}

/** @param {import('../sdk/types.js').Card} card @param {import('../kernel/signals.js').Signal<Row>} row @param {import('../kernel/signals.js').Readable<number>} readByAll @param {boolean} mine */
function cardOf(card, row, readByAll, mine) {
  if (card.kind === 'transfer' || card.kind === 'reversal') return TransferCard(card, meta(row, readByAll, mine));
  return el('div', { class: 'bubble' }, el('p', { class: 'bubble-text muted' }, t('chat.unknown_card')), meta(row, readByAll, mine));
}

/** @param {string} text */
function runs(text) {
  return textTree(text).map((run) => (run.kind === 'text' ? run.text : el('a', { href: run.href, target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'ltr' }, run.text)));
}

/** @param {import('../kernel/signals.js').Signal<Row>} row @param {import('../kernel/signals.js').Readable<number>} readByAll @param {boolean} mine */
function meta(row, readByAll, mine) {
  const state = computed(() => {
    const { message, outgoing } = row.value;
    if (outgoing) return outgoing.state === 'failed' ? 'failed' : 'waiting';
    return message && readByAll.value >= message.seq ? 'read' : 'stored';
  });
  return el('span', { class: 'meta' }, el('time', { datetime: () => row.value.at, title: () => moment(row.value.at) }, () => clock(row.value.at)), mine ? () => tick(state.value) : null);
}

/** @param {string} state */
function tick(state) {
  const name = state === 'read' ? 'checks' : state === 'stored' ? 'check' : state === 'failed' ? 'alert' : 'clock';
  return el('span', { class: `tick ${state}`, 'data-testid': 'tick', 'data-state': state }, icon(name, { size: 16, label: t(`tick.${state}`) }));
}

/** @param {Row} row */
function failed(row) {
  const { outgoing } = row;
  if (outgoing?.state !== 'failed') return null;
  return el('div', { class: 'row-failed' }, el('p', null, sentence({ code: outgoing.code ?? 'internal' })),
    el('span', null, el('button', { type: 'button', class: 'link-button', onclick: () => retryMessage(outgoing.client_id) }, t('state.retry')),
      el('button', { type: 'button', class: 'link-button danger', onclick: () => dropMessage(outgoing.client_id) }, t('action.delete'))));
}
