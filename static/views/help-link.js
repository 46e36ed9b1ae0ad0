// From a refusal to the page that explains it, in a window of its own: what was being done stays where it is.
import { el } from '../kernel/el.js';
import { helpPath } from '../app/fault.js';
import { t } from '../app/i18n.js';

/** @param {{ code: string, reference?: string | null } | null | undefined} error */
export function helpLink(error) {
  const path = error ? helpPath(error) : null;
  return path ? openHelp(path) : null;
}

/** @param {string} path */
export function openHelp(path) {
  return el('a', { class: 'help-link', href: path, target: '_blank', rel: 'noopener', 'data-testid': 'help-link' }, t('state.help'));
}
