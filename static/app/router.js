// Every screen has a link. Routes are matched here and nowhere else; Back is the browser's own.
import { signal } from '../kernel/signals.js';

/** @typedef {{ name: string, params: Record<string, string>, search: string }} Route */

/** @type {Array<[string, RegExp]>} */
const ROUTES = [
  ['chats', /^\/$/],
  ['conversation', /^\/c\/(?<id>[0-9a-f-]{1,64})$/],
  ['archived', /^\/archived$/],
  ['contacts', /^\/contacts$/],
  ['blocked', /^\/contacts\/blocked$/],
  ['wallet', /^\/wallet$/],
  ['months', /^\/wallet\/months$/],
  ['budgets', /^\/wallet\/budgets$/],
  ['methods', /^\/wallet\/methods$/],
  ['transaction', /^\/wallet\/t\/(?<id>[^/]{1,64})$/],
  ['settings', /^\/settings$/],
  ['person', /^\/u\/(?<handle>[^/]{1,64})$/],
  ['person', /^\/(?<pay>pay)\/(?<handle>[^/]{1,64})$/],
  ['signin', /^\/signin$/],
  ['register', /^\/register$/],
  ['demo', /^\/demo\/(?<handle>[^/]{1,64})$/],
  ['verify', /^\/verify(?:\/(?<token>[^/]+))?$/],
];
/** Screens for people who are not signed in. */
const OPEN = new Set(['signin', 'register', 'demo', 'verify']);

/** @param {string} path @param {string} [search] @returns {Route} */
export function match(path, search = '') {
  for (const [name, pattern] of ROUTES) {
    const found = pattern.exec(path.length > 1 ? path.replace(/\/$/, '') : path);
    if (found) return { name, params: decoded(found.groups ?? {}), search };
  }
  return { name: 'missing', params: {}, search };
}

/** @param {Record<string, string | undefined>} groups */
function decoded(groups) {
  /** @type {Record<string, string>} */
  const params = {};
  for (const [name, value] of Object.entries(groups)) {
    try {
      if (value !== undefined) params[name] = decodeURIComponent(value);
    } catch {
      // a broken escape is no value
    }
  }
  return params;
}

/** @param {string} name */
export function isOpen(name) {
  return OPEN.has(name);
}

/** @type {import('../kernel/signals.js').Signal<Route>} */
export const route = signal(/** @type {Route} */ ({ name: 'chats', params: {}, search: '' }));

/** @param {string} path @param {{ replace?: boolean }} [how] */
export function go(path, how = {}) {
  if (path !== location.pathname + location.search) history[how.replace ? 'replaceState' : 'pushState'](null, '', path);
  route.value = match(location.pathname, location.search);
}

export function startRouter() {
  route.value = match(location.pathname, location.search);
  addEventListener('popstate', () => (route.value = match(location.pathname, location.search)));
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target || link.origin !== location.origin || link.hasAttribute('download')) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
