// A labelled input with its hint and its fault, tied together for everybody who cannot see the layout.
import { el } from '../kernel/el.js';

let made = 0;

/**
 * @param {object} of
 * @param {string} of.label @param {string} of.name @param {string} [of.type] @param {string} [of.autocomplete] @param {string} [of.hint]
 * @param {() => import('../kernel/el.js').Child} [of.fault] @param {Record<string, any>} [of.more] @param {() => import('../kernel/el.js').Child} [of.beside]
 */
export function field(of) {
  const id = `f${++made}`;
  const fault = of.fault ?? (() => null);
  const input = el('input', {
    id,
    name: of.name,
    type: of.type ?? 'text',
    autocomplete: of.autocomplete ?? 'off',
    'aria-describedby': () => (fault() ? `${id}-fault` : of.hint ? `${id}-hint` : null),
    'aria-invalid': () => (fault() ? 'true' : null),
    ...of.more,
  });
  const node = el(
    'div',
    { class: 'field' },
    el('label', { for: id }, of.label),
    el('div', { class: 'field-box' }, input, of.beside ? of.beside() : null),
    () => (fault() ? el('p', { class: 'field-fault', id: `${id}-fault` }, fault()) : of.hint ? el('p', { class: 'field-hint', id: `${id}-hint` }, of.hint) : null),
  );
  return { node, input };
}
