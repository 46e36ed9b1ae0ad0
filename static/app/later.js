// Parts of the page that are fetched when they are first opened: the forms and dialogs that few need at the start. All of
// them ask the server for something, so whoever has no connection misses nothing.
import { notice } from './announcer.js';
import { addWords, t } from './i18n.js';

/**
 * A function of a module that is not here yet. Pressed again while it is on its way, it opens once.
 * @template {Record<string, any>} M @template {keyof M} K
 * @param {() => Promise<M>} load @param {K} name
 * @returns {(...args: Parameters<M[K]>) => Promise<void>}
 */
export function later(load, name) {
  let underWay = false;
  return async function open(...args) {
    if (underWay) return;
    underWay = true;
    let part = /** @type {M | null} */ (null);
    try {
      part = await load();
    } catch {
      notice(t('state.part_missing'), 'bad', { label: t('state.retry'), act: () => void open(...args) });
    } finally {
      underWay = false;
    }
    part?.[name](...args);
  };
}

/** @type {Map<string, Promise<void>>} */
const sheets = new Map();

/** A part with a style sheet of its own: it is here when both are. @template M @param {string} name of the sheet @param {Promise<M>} part @returns {Promise<M>} */
export async function styled(name, part) {
  const sheet = sheets.get(name) ?? fetchSheet(name);
  sheets.set(name, sheet);
  const [module] = await Promise.all([part, sheet]);
  return module;
}

/** A part with words of its own: it is here when both are. @template M @param {string} name of the words @param {Promise<M>} part @returns {Promise<M>} */
export async function worded(name, part) {
  const [module] = await Promise.all([part, addWords(name)]);
  return module;
}

/** @param {string} name @returns {Promise<void>} */
function fetchSheet(name) {
  const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: new URL(`../styles/${name}.css`, import.meta.url).href });
  return new Promise((resolve, reject) => {
    link.addEventListener('load', () => resolve());
    link.addEventListener('error', () => {
      sheets.delete(name);
      link.remove();
      reject(new Error(`no style sheet ${name}`));
    });
    document.head.append(link);
  });
}
