// What happened to a conversation, as one sentence.
import { language, knows, t } from '../../app/i18n.js';
import { nameOrYou } from '../people/names.js';

/** @typedef {import('../../sdk/types.js').SystemFact} SystemFact */

/** So many names are told; the others are counted. */
const NAMES = 4;

/** @param {{ system?: SystemFact, text?: string | null, sender?: string | null }} message @param {string} me @returns {string} */
export function systemSentence(message, me) {
  const fact = message.system;
  if (!fact) return message.text ?? '';
  const by = fact.by ?? message.sender ?? '';
  const key = `system.${formOf(fact)}.${by === me ? 'you' : 'they'}`;
  if (!knows(key)) return t('system.other');
  return t(key, { by: nameOrYou(by), names: namesOf(fact.users ?? [], me), title: fact.title ?? '', role: fact.role ? t(`role.${fact.role}`) : '', n: fact.seconds ?? 0, for: lengthOf(fact.seconds ?? 0) });
}

/** @param {SystemFact} fact */
function formOf(fact) {
  switch (fact.what) {
    case 'message_pinned':
      return fact.on === false ? 'unpinned' : 'pinned';
    case 'history_changed':
      return fact.history === 'all' ? 'history_all' : 'history_from_join';
    case 'slow_mode_changed':
      return fact.seconds ? 'slow_on' : 'slow_off';
    case 'role_changed':
      return fact.role === 'owner' ? 'handed_over' : 'role_changed';
    default:
      return fact.what;
  }
}

/** @param {string[]} users @param {string} me */
function namesOf(users, me) {
  const ordered = users.includes(me) ? [me, ...users.filter((one) => one !== me)] : users;
  const told = ordered.slice(0, NAMES).map(nameOrYou);
  if (ordered.length > NAMES) told.push(t('system.more', { n: ordered.length - NAMES }));
  return new Intl.ListFormat(language.peek(), { style: 'long', type: 'conjunction' }).format(told);
}

/** @param {number} seconds */
export function lengthOf(seconds) {
  const [unit, n] = seconds % 3600 === 0 && seconds > 0 ? ['hour', seconds / 3600] : seconds % 60 === 0 && seconds > 0 ? ['minute', seconds / 60] : ['second', seconds];
  return new Intl.NumberFormat(language.peek(), { style: 'unit', unit: String(unit), unitDisplay: 'long' }).format(Number(n));
}
