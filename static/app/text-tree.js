// A message's text as a small tree: plain runs, links and mentions. Only http and https become links, and a link shows the
// host it really goes to, in the form the network uses.

/** @typedef {{ kind: 'text', text: string } | { kind: 'link', text: string, href: string } | { kind: 'mention', text: string, user: string }} Run */
/** @typedef {{ id: string, handle: string }} Mentioned */

const LINK = /\bhttps?:\/\/[^\s<>"'`（）【】，。；！？、]+/giu;
const HANDLE = /(?<![\w.@])@([a-z][\w.]{1,29})/giu;

/** @param {string} text @param {readonly Mentioned[]} [mentioned] whom the message names @returns {Run[]} */
export function textTree(text, mentioned = []) {
  /** @type {Run[]} */
  const runs = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const raw = match[0].replace(/[.,;:!?)\]}]+$/, '');
    const url = safeUrl(raw);
    if (!url) continue;
    if (match.index > from) runs.push(...withMentions(text.slice(from, match.index), mentioned));
    runs.push({ kind: 'link', text: shownUrl(raw, url), href: url.href });
    from = match.index + raw.length;
  }
  if (from < text.length) runs.push(...withMentions(text.slice(from), mentioned));
  return runs;
}

/** @param {string} text @param {readonly Mentioned[]} mentioned @returns {Run[]} */
function withMentions(text, mentioned) {
  if (mentioned.length === 0 || !text.includes('@')) return [{ kind: 'text', text }];
  /** @type {Run[]} */
  const runs = [];
  let from = 0;
  for (const { index, length, user } of handlesIn(text, mentioned)) {
    if (index > from) runs.push({ kind: 'text', text: text.slice(from, index) });
    runs.push({ kind: 'mention', text: text.slice(index, index + length), user });
    from = index + length;
  }
  if (from < text.length) runs.push({ kind: 'text', text: text.slice(from) });
  return runs;
}

/** Where `@handle` of one of these people stands; a dot that ends a sentence is none of it. @param {string} text @param {readonly Mentioned[]} people */
function handlesIn(text, people) {
  const found = [];
  for (const match of text.matchAll(HANDLE)) {
    const typed = (match[1] ?? '').toLowerCase();
    const handle = [typed, typed.replace(/\.+$/, '')].find((form) => people.some((one) => one.handle === form));
    const user = people.find((one) => one.handle === handle)?.id;
    if (handle && user) found.push({ index: match.index, length: handle.length + 1, user });
  }
  return found;
}

/** Whom of these people a text names. @param {string} text @param {readonly Mentioned[]} people @returns {string[]} */
export function mentionedIn(text, people) {
  return [...new Set(handlesIn(text, people).map((one) => one.user))];
}

/** A text in pieces, those that were searched for marked. @param {string} text @param {string} query @returns {Array<{ text: string, hit: boolean }>} */
export function highlighted(text, query) {
  const words = query.split(/\s+/).filter((word) => word !== '').map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (words.length === 0) return [{ text, hit: false }];
  const pieces = text.split(new RegExp(`(${words.sort((a, b) => b.length - a.length).join('|')})`, 'giu'));
  return pieces.map((piece, i) => ({ text: piece, hit: i % 2 === 1 })).filter((piece) => piece.text !== '');
}

/** The part of a text around what was searched for. @param {string} text @param {string} query @param {number} [most] */
export function excerpt(text, query, most = 120) {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= most) return line;
  const before = highlighted(line, query).findIndex((piece) => piece.hit) > 0 ? (highlighted(line, query)[0]?.text.length ?? 0) : 0;
  const from = Math.max(0, before - 30);
  return `${from > 0 ? '…' : ''}${line.slice(from, from + most)}…`;
}

/** A user part before the host is only ever there to mislead. @param {string} raw @returns {URL | null} */
function safeUrl(raw) {
  const url = URL.canParse(raw) ? new URL(raw) : null;
  return url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' ? url : null;
}

/** @param {string} raw @param {URL} url */
function shownUrl(raw, url) {
  return /^[\x21-\x7e]+$/.test(raw) ? raw : url.href;
}
