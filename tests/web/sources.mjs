// Every module and file under static/, for the tests that look at all of them.
import { readdirSync, readFileSync } from 'node:fs';

export const root = new URL('../../static/', import.meta.url);

/** @param {string} [ending] */
export function sources(ending = '.js') {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => `${entry.parentPath ?? entry.path}/${entry.name}`.replaceAll('//', '/'))
    .map((full) => ({ path: full.slice(full.indexOf('/static/') + 8), text: readFileSync(full, 'utf8') }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
