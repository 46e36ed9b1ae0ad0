// A message in one line: for lists, quotes, what is pinned and what is searched.
import { money, shownName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { systemSentence } from './system-words.js';

/** @typedef {import('../../sdk/types.js').Message} Message */
/** @typedef {import('../../sdk/types.js').Attachment} Attachment */

/** @param {Pick<Message, 'kind' | 'text' | 'card' | 'sender'> & Partial<Message>} message @param {string} me @returns {string} */
export function summary(message, me) {
  if (message.recalled) return recalledWords(message, me);
  if (message.kind === 'system') return systemSentence(message, me);
  if (message.kind === 'card') return cardWords(message, me);
  const text = (message.text ?? '').replace(/\s+/g, ' ').trim();
  const files = message.attachments ?? [];
  if (files.length === 0) return text;
  return text === '' ? filesWords(files) : `${filesWords(files)} · ${text}`;
}

/** @param {readonly Attachment[]} files */
export function filesWords(files) {
  const [first] = files;
  if (!first) return '';
  if (files.every((one) => one.kind === 'image')) return t('file.photos', { n: files.length });
  if (first.kind === 'voice') return t('file.voice');
  return files.length === 1 ? first.name : t('file.files', { n: files.length });
}

/** @param {Partial<Message>} message @param {string} me */
export function recalledWords(message, me) {
  return t(message.recalled?.by === me ? 'message.recalled_by_you' : message.recalled?.by === message.sender ? 'message.recalled' : 'message.recalled_by_admin');
}

/** @param {Pick<Message, 'card' | 'sender'>} message @param {string} me */
function cardWords({ card, sender }, me) {
  const data = card?.data ?? {};
  switch (card?.kind) {
    case 'transfer':
      return t(sender === me ? 'chats.you_paid' : 'chats.card', { amount: money(data.amount, data.currency) });
    case 'reversal':
      return t('chats.back', { amount: money(data.amount, data.currency) });
    case 'request':
      return t('chats.request', { amount: money(data.amount, data.currency) });
    case 'packet':
      return t('chats.packet', { greeting: shownName(data.greeting, t('packet.greeting')) });
    case 'bill':
      return t('chats.bill', { amount: money(data.total, data.currency) });
    case 'schedule':
      return t('chats.schedule', { amount: money(data.amount, data.currency) });
    case 'dispute':
      return t('chats.dispute', { amount: money(data.amount, data.currency) });
    case 'reminder':
      return t('chats.reminder');
    default:
      return t('chat.unknown_card');
  }
}
