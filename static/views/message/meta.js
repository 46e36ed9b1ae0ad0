// When a message was written, what became of it since, and how far it has come.
import { el } from '../../kernel/el.js';
import { computed } from '../../kernel/signals.js';
import { clock, moment } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { icon } from '../icons.js';

/** @type {Record<string, import('../icons.js').IconName>} */
const TICKS = { read: 'read', delivered: 'checks', stored: 'check', failed: 'alert', waiting: 'clock' };

/** @param {import('./bubble.js').Talk} talk @param {import('./bubble.js').RowSignal} row @param {boolean} mine */
export function Meta(talk, row, mine) {
  const state = computed(() => {
    const { message, outgoing } = row.value;
    if (outgoing) return outgoing.state === 'failed' ? 'failed' : 'waiting';
    if (!message || message.recalled) return null;
    if (/** @type {any} */ (message).pending) return 'waiting';
    return talk.readBy.value >= message.seq ? 'read' : talk.deliveredTo.value >= message.seq ? 'delivered' : 'stored';
  });
  const edited = computed(() => row.value.message?.edited_at ?? null);
  return el('span', { class: 'meta' },
    () => (row.value.message?.pinned ? icon('pin', { size: 14, label: t('message.pinned') }) : null),
    () => (edited.value ? el('span', { class: 'edited', title: moment(edited.value) }, t('message.edited')) : null),
    el('time', { datetime: () => row.value.at, title: () => moment(row.value.at) }, () => clock(row.value.at)),
    mine ? () => (state.value ? tick(state.value) : null) : null);
}

/** @param {string} state */
export function tick(state) {
  return el('span', { class: `tick ${state}`, 'data-testid': 'tick', 'data-state': state }, icon(TICKS[state] ?? 'clock', { size: 16, label: t(`tick.${state}`) }));
}
