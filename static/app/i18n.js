// Words. One JSON file a language, and one more for a part that comes later; a key missing there shows itself, and a test keeps
// that from happening.
import { signal } from '../kernel/signals.js';

/** @typedef {Record<string, string | Record<string, string>>} Words */

export const LANGUAGES = [
  { code: 'en', name: 'English' },
  { code: 'zh-CN', name: '简体中文' },
];
const KEPT = 'quipu.language';

export const language = signal('en');
/** @type {Words} */
let words = {};
/** @type {Set<string>} parts of the page whose words are here too */
const parts = new Set();

/** @returns {string} */
export function preferredLanguage() {
  const kept = localStorage.getItem(KEPT);
  if (kept && LANGUAGES.some((one) => one.code === kept)) return kept;
  return navigator.languages.some((code) => /^en\b/i.test(code)) ? firstKnown() : navigator.languages.some((code) => /^zh\b/i.test(code)) ? 'zh-CN' : 'en';
}

function firstKnown() {
  const first = navigator.languages.find((code) => /^(en|zh)\b/i.test(code)) ?? 'en';
  return /^zh/i.test(first) ? 'zh-CN' : 'en';
}

/** @param {string} code @param {{ keep?: boolean }} [how] */
export async function setLanguage(code, how = {}) {
  words = Object.assign({}, ...(await Promise.all(['', ...parts].map((part) => read(part + code)))));
  if (how.keep) localStorage.setItem(KEPT, code);
  document.documentElement.lang = code;
  language.value = code;
}

/** @param {string} name @returns {Promise<Words>} */
async function read(name) {
  const answer = await fetch(new URL(`../i18n/${name}.json`, import.meta.url));
  if (!answer.ok) throw new Error(`no words in ${name}`);
  return answer.json();
}

/** From now on the words of a part are here too, whatever the language. @param {string} name */
export async function addWords(name) {
  const part = `${name}.`;
  if (!parts.has(part)) Object.assign(words, await read(part + language.peek()));
  parts.add(part);
}

/**
 * The words of a key, with `{name}` filled in. Where the words differ by count, `n` chooses among them.
 * @param {string} key @param {Record<string, string | number>} [params] @returns {string}
 */
export function t(key, params = {}) {
  return fill(words[key], key, params, language.peek());
}

/** @param {string} key */
export function knows(key) {
  return key in words;
}

/** @param {string | Record<string, string> | undefined} entry @param {string} key @param {Record<string, string | number>} params @param {string} code @returns {string} */
export function fill(entry, key, params, code) {
  const form = typeof entry === 'object' ? (entry[new Intl.PluralRules(code).select(Number(params['n']))] ?? entry['other']) : entry;
  if (form === undefined) return key;
  return form.replace(/\{(\w+)\}/g, (whole, name) => String(params[name] ?? whole));
}
