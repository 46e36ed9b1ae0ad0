// A message's text as a small tree: plain runs and links. Only http and https become links, and a link shows the host it
// really goes to, in the form the network uses.

/** @typedef {{ kind: 'text', text: string } | { kind: 'link', text: string, href: string }} Run */

const LINK = /\bhttps?:\/\/[^\s<>"'`（）【】，。；！？、]+/giu;

/** @param {string} text @returns {Run[]} */
export function textTree(text) {
  /** @type {Run[]} */
  const runs = [];
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const raw = match[0].replace(/[.,;:!?)\]}]+$/, '');
    const url = safeUrl(raw);
    if (!url) continue;
    if (match.index > from) runs.push({ kind: 'text', text: text.slice(from, match.index) });
    runs.push({ kind: 'link', text: shownUrl(raw, url), href: url.href });
    from = match.index + raw.length;
  }
  if (from < text.length) runs.push({ kind: 'text', text: text.slice(from) });
  return runs;
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
