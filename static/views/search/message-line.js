// A message among what was found: who said it, where, when, and the words around the hit.
import { el } from '../../kernel/el.js';
import { conversationName, when } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { me, state } from '../../app/store.js';
import { excerpt } from '../../app/text-tree.js';
import { filesWords } from '../message/summary.js';
import { marked } from '../message/text.js';
import { nameOf } from '../people/names.js';

/** @param {import('../../sdk/types.js').Message} message @param {string} query @param {boolean} where whether its conversation is named */
export function messageLine(message, query, where) {
  const one = state.conversations.peek().byId[message.conversation];
  const sender = message.sender === me() ? t('chat.you') : nameOf(message.sender);
  const place = where && one && one.kind === 'group' ? `${sender} · ${conversationName(one, me())}` : where && one && message.sender === me() ? t('search.you_to', { name: conversationName(one, me()) }) : sender;
  const text = message.text ? excerpt(message.text, query) : filesWords(message.attachments ?? []);
  return el('span', { class: 'chat-text' }, el('span', { class: 'chat-top' }, el('bdi', { class: 'chat-name' }, place), el('time', { datetime: message.at }, () => when(message.at))), el('span', { class: 'search-text', dir: 'auto' }, marked(text, query)));
}
