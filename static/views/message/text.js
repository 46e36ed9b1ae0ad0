// A message's words as nodes. Whatever they look like, they stay text; only links lead away, and a name that is meant is marked.
import { el } from '../../kernel/el.js';
import { highlighted, textTree } from '../../app/text-tree.js';
import { me } from '../../app/store.js';
import { nameOf, userOf } from '../people/names.js';

/** @param {string} text @param {string} mentions ids of users, with spaces between them */
export function runs(text, mentions) {
  const people = mentions.split(' ').map(userOf).filter((user) => user !== null);
  return textTree(text, people).map((run) => {
    if (run.kind === 'link') return el('a', { href: run.href, target: '_blank', rel: 'noopener noreferrer nofollow', dir: 'ltr' }, run.text);
    if (run.kind === 'mention') return el('span', { class: `mention${run.user === me() ? ' me' : ''}`, title: nameOf(run.user), 'data-testid': 'mention' }, run.text);
    return run.text;
  });
}

/** @param {string} text @param {string} query */
export function marked(text, query) {
  return highlighted(text, query).map((piece) => (piece.hit ? el('mark', null, piece.text) : piece.text));
}
