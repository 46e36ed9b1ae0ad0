// What a JSON Schema says, in words for a page. Pure, but for the elements that it makes.
import { el } from '../kernel/el.js';

/** @typedef {Record<string, any>} Schema */
/** @typedef {{ name: string, schema: Schema, always: boolean }} Field */

const PLACE = '#/components/schemas/';

/** @param {Schema} schema @returns {string | null} the shape that it refers to */
export const shapeOf = (schema) => (schema.$ref?.startsWith(PLACE) ? schema.$ref.slice(PLACE.length) : null);

/** The fields of an object in the order of its type; what may be missing comes last. @param {Schema} schema @returns {Field[]} */
export function fieldsOf(schema) {
  const properties = schema.properties ?? {};
  const required = /** @type {string[]} */ (schema.required ?? []);
  const optional = Object.keys(properties).filter((name) => !required.includes(name));
  return [...required, ...optional].filter((name) => name in properties).map((name) => ({ name, schema: properties[name], always: required.includes(name) }));
}

/** The type in one line, with links to the shapes that it names. @param {Schema | undefined} schema @returns {any[]} */
export function typeOf(schema) {
  if (!schema) return ['anything'];
  const shape = shapeOf(schema);
  if (shape) return [el('a', { href: `#shape-${shape}` }, shape)];
  if (schema.const !== undefined) return [el('code', null, JSON.stringify(schema.const))];
  if (schema.enum) return between(schema.enum.map((/** @type {any} */ word) => [el('code', null, JSON.stringify(word))]));
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return between(choices.map(typeOf));
  const kinds = [schema.type ?? 'anything'].flat();
  return between(kinds.map((kind) => (kind === 'array' ? ['list of ', ...typeOf(schema.items)] : [kind])));
}

/** @param {any[][]} parts @returns {any[]} */
function between(parts) {
  return parts.flatMap((part, at) => (at === 0 ? part : [' or ', ...part]));
}

/** Text with `code` in it. @param {string | undefined} text @returns {any[]} */
export function prose(text) {
  return (text ?? '').split('`').map((part, at) => (at % 2 ? el('code', null, part) : part));
}
