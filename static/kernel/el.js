// Elements from calls, and a keyed list. A function as a child or as an attribute follows the signals it reads.
// There is no way from a string to markup here: text becomes text nodes, and what could run code is refused by name.
import { effect, onCleanup, scope, signal, untracked } from './signals.js';

/** @typedef {Node | string | number | null | undefined | false | (() => any) | Child[]} Child */
/** @typedef {Record<string, any>} Props */
const REFUSED = /^(style|srcdoc|innerhtml|outerhtml)$/i;
const AS_PROPERTY = new Set(['value', 'checked', 'disabled', 'selected', 'hidden', 'open', 'inert', 'readOnly', 'indeterminate']);

/** @template {keyof HTMLElementTagNameMap} K @param {K} tag @param {Props | null} [props] @param {...Child} children @returns {HTMLElementTagNameMap[K]} */
export function el(tag, props, ...children) {
  return dress(document.createElement(tag), props, children);
}

/** @param {string} tag @param {Props | null} [props] @param {...Child} children @returns {SVGElement} */
export function svg(tag, props, ...children) {
  return dress(/** @type {SVGElement} */ (document.createElementNS('http://www.w3.org/2000/svg', tag)), props, children);
}

/** @template {Element} E @param {E} node @param {Props | null | undefined} props @param {Child[]} children @returns {E} */
function dress(node, props, children) {
  append(node, children);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name.startsWith('on')) {
      if (typeof value !== 'function') throw new TypeError(`el: ${name} needs a function`);
      node.addEventListener(name.slice(2), value);
    } else if (name === 'ref') value(node);
    else if (typeof value === 'function') effect(() => setProp(node, name, value()));
    else setProp(node, name, value);
  }
  return node;
}

/** @param {Element} node @param {string} name @param {any} value */
function setProp(node, name, value) {
  if (REFUSED.test(name)) throw new TypeError(`el: ${name} is refused`);
  if (/^(href|src|action|formaction)$/i.test(name) && /^\s*(javascript|data|vbscript):/i.test(String(value))) {
    throw new TypeError(`el: ${name} is refused`);
  }
  if (AS_PROPERTY.has(name)) /** @type {any} */ (node)[name] = value ?? '';
  else if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else node.setAttribute(name, value === true ? '' : String(value));
}

/** @param {Node} parent @param {Child} child */
function append(parent, child) {
  if (child === null || child === undefined || child === false) return;
  if (Array.isArray(child)) for (const one of child) append(parent, one);
  else if (typeof child === 'function') parent.appendChild(follow(child));
  else parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
}

/** A part of the page that is made again whenever what it read changes. @param {() => Child} make @returns {DocumentFragment} */
function follow(make) {
  const [start, end, fragment] = [document.createComment(''), document.createComment(''), document.createDocumentFragment()];
  fragment.append(start, end);
  let text = /** @type {Text | null} */ (null);
  effect(() => {
    const made = make();
    // The commonest case, text after text, keeps its node: a selection in it survives.
    if (text && (typeof made === 'string' || typeof made === 'number')) {
      text.data = String(made);
      return;
    }
    while (start.nextSibling && start.nextSibling !== end) start.nextSibling.remove();
    const part = document.createDocumentFragment();
    append(part, made);
    text = part.childNodes.length === 1 && part.firstChild instanceof Text ? part.firstChild : null;
    end.parentNode?.insertBefore(part, end);
  });
  return fragment;
}

/**
 * A keyed list: a row is made once per key, gets its new value through a signal, and moves only when its order changes.
 * @template T
 * @param {() => readonly T[]} items @param {(item: T) => string | number} key
 * @param {(item: import('./signals.js').Signal<T>) => Element} render
 * @returns {DocumentFragment}
 */
export function each(items, key, render) {
  const [start, end, fragment] = [document.createComment(''), document.createComment(''), document.createDocumentFragment()];
  fragment.append(start, end);
  let rows = /** @type {Map<string | number, ReturnType<typeof makeRow<T>>>} */ (new Map());
  effect(() => {
    const list = items();
    untracked(() => {
      const next = new Map();
      for (const item of list) {
        const id = key(item);
        if (next.has(id)) continue; // a second row of the same key would be the same thing twice
        const row = rows.get(id) ?? makeRow(item, render);
        row.item.value = item;
        next.set(id, row);
      }
      for (const [id, row] of rows) if (!next.has(id)) row.drop();
      rows = next;
      let at = start.nextSibling; // forwards: a row that jumps to the front, as chats do, is the only one that moves
      for (const row of next.values()) {
        if (at && row.node === at) at = at.nextSibling;
        else end.parentNode?.insertBefore(row.node, at);
      }
    });
  });
  onCleanup(() => rows.forEach((row) => row.drop()));
  return fragment;
}

/** @template T @param {T} value @param {(item: import('./signals.js').Signal<T>) => Element} render */
function makeRow(value, render) {
  const item = signal(value);
  const [node, stop] = scope(() => render(item));
  return { node, item, drop: () => (stop(), node.remove()) };
}

/** @param {Element} parent @param {() => Child} view @returns {() => void} removes what was mounted */
export function mount(parent, view) {
  const [, stop] = scope(() => append(parent, view));
  return () => (stop(), parent.replaceChildren());
}
