// How values look: money, times, names. Everything by the chosen language; nothing here decides anything.
import { language, t } from './i18n.js';
import { keyOf, today, yesterday } from './now.js';

/** @param {string} amount a decimal string, which Intl formats exactly @param {string} currency @param {{ sign?: boolean }} [how] */
export function money(amount, currency, how = {}) {
  const format = new Intl.NumberFormat(language.peek(), {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    signDisplay: how.sign ? 'exceptZero' : 'auto',
  });
  // The type wants a number; the standard takes a decimal string, and only a string is exact.
  return format.format(/** @type {any} */ (amount));
}

/** The symbol that stands before an amount being typed. @param {string} currency */
export function currencySymbol(currency) {
  const parts = new Intl.NumberFormat(language.peek(), { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).formatToParts(0);
  return parts.find((part) => part.type === 'currency')?.value ?? currency;
}

/** @param {string} at */
export function clock(at) {
  return new Intl.DateTimeFormat(language.peek(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/** The local day, as a key. @param {string} at */
export function dayKey(at) {
  return keyOf(new Date(at));
}

/** Read where it is shown: at midnight it is another. @param {string} key a day key */
export function dayName(key) {
  if (key === today.value) return t('day.today');
  if (key === yesterday.value) return t('day.yesterday');
  const date = new Date(`${key}T12:00:00`);
  const sameYear = key.slice(0, 4) === today.value.slice(0, 4);
  return new Intl.DateTimeFormat(language.peek(), { weekday: 'short', day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }).format(date);
}

/** Short, for a list: the time today, else the day. Read where it is shown, as the name of a day is. @param {string} at */
export function when(at) {
  const key = dayKey(at);
  if (key === today.value) return clock(at);
  if (key === yesterday.value) return t('day.yesterday');
  return new Intl.DateTimeFormat(language.peek(), { day: 'numeric', month: 'short' }).format(new Date(at));
}

const MINUTE_MS = 60_000;

/** When somebody was last there, by the words people use for it. @param {string} at */
export function lastSeen(at) {
  const minutes = Math.floor((Date.now() - Date.parse(at)) / MINUTE_MS);
  if (minutes < 1) return t('presence.just_now');
  if (minutes < 60) return t('presence.minutes', { n: minutes });
  const key = dayKey(at);
  if (key === today.value) return t('presence.today', { time: clock(at) });
  if (key === yesterday.value) return t('presence.yesterday', { time: clock(at) });
  return t('presence.day', { day: new Intl.DateTimeFormat(language.peek(), { day: 'numeric', month: 'long' }).format(new Date(at)) });
}

/** A length of time as a counter shows it. @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** A file's size, for people. @param {number} bytes */
export function fileSize(bytes) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const step = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return new Intl.NumberFormat(language.peek(), { style: 'unit', unit: units[step], unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: step > 0 && value < 10 ? 1 : 0 }).format(value);
}

/** In full, for a receipt. @param {string} at */
export function moment(at) {
  return new Intl.DateTimeFormat(language.peek(), { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }).format(new Date(at));
}

/**
 * A name as it may be shown: without the characters that turn the direction of text, or are not seen at all, so that no
 * name can dress up as another or rearrange what stands around it.
 * @param {string | null | undefined} name @param {string} [instead]
 */
export function shownName(name, instead = '') {
  const clean = (name ?? '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/(?![\u{E0020}-\u{E007F}])[\p{Cf}\u034F\u115F\u1160\u17B4\u17B5\u3164\uFFA0]/gu, (mark, at, whole) => (mark === '\u200D' && joinsEmoji(whole, at) ? mark : ''))
    .replace(/[\u{E0000}-\u{E007F}]/gu, '')
    .replace(/(\p{M})\p{M}{3,}/gu, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  return clean || instead;
}

/** The joiner inside a family emoji is seen, as the family. @param {string} whole @param {number} at */
function joinsEmoji(whole, at) {
  return /(\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F)$/u.test(whole.slice(0, at)) && /^\p{Extended_Pictographic}/u.test(whole.slice(at + 1));
}

/** @param {{ handle: string, display_name: string }} user */
export function personName(user) {
  return shownName(user.display_name, `@${shownName(user.handle)}`);
}

/** @param {import('../sdk/types.js').Conversation} one @param {string} me */
export function conversationName(one, me) {
  const others = one.members.filter((member) => member.user.id !== me);
  if (one.kind === 'direct') {
    const peer = others[0] ?? one.members[0];
    return peer ? personName(peer.user) : t('chat.unnamed');
  }
  return shownName(one.title, others.map((member) => personName(member.user)).slice(0, 4).join(', ') || t('chat.unnamed'));
}

/** The first letter that can be seen. @param {string} name */
export function initial(name) {
  const [first] = new Intl.Segmenter(language.peek()).segment(name.replace(/^[@\s]+/, '') || '?');
  return (first?.segment ?? '?').toLocaleUpperCase(language.peek());
}

/** One of eight calm hues, always the same for the same id. @param {string} id */
export function hueOf(id) {
  let sum = 0;
  for (const char of id) sum = (sum * 31 + char.charCodeAt(0)) >>> 0;
  return sum % 8;
}
