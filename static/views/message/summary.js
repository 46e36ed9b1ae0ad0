// A message in one line: for lists, quotes, what is pinned and what is searched.
import { money } from '../../app/format.js';
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
  if (card?.kind !== 'transfer' && card?.kind !== 'reversal') return t('chat.unknown_card');
  const amount = money(card.data.amount, card.data.currency);
  if (card.kind === 'reversal') return t('chats.back', { amount });
  return sender === me ? t('chats.you_paid', { amount }) : t('chats.card', { amount });
}
