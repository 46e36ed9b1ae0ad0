// The card of each sort of flow. A sort that this version does not know has none.
import { TransferCard } from '../transfer-card.js';
import { BillCard } from './bill-card.js';
import { DisputeCard } from './dispute-card.js';
import { PacketCard } from './packet-card.js';
import { ReminderCard } from './reminder-card.js';
import { RequestCard } from './request-card.js';
import { ScheduleCard } from './schedule-card.js';

/** @param {import('../message/bubble.js').Talk} talk @param {import('../../sdk/types.js').Card} card @param {number} seq @param {Element} meta @returns {Element | null} */
export function FlowCard(talk, card, seq, meta) {
  switch (card.kind) {
    case 'transfer':
    case 'reversal':
      return TransferCard(talk, card, meta);
    case 'request':
      return RequestCard(talk, card, seq, meta);
    case 'packet':
      return PacketCard(talk, card, seq, meta);
    case 'bill':
      return BillCard(talk, card, seq, meta);
    case 'schedule':
      return ScheduleCard(talk, card, meta);
    case 'dispute':
      return DisputeCard(talk, card, meta);
    case 'reminder':
      return ReminderCard(talk, card, meta);
    default:
      return null;
  }
}
