// A line of a list of facts.
import { el } from '../kernel/el.js';

/** @param {string} term @param {import('../kernel/el.js').Child} value */
export function fact(term, value) {
  return el('div', null, el('dt', null, term), el('dd', null, value));
}
