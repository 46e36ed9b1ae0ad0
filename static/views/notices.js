// The one polite announcer, and the notices that are also seen.
import { each, el } from '../kernel/el.js';
import { announcement, dropNotice, notices } from '../app/announcer.js';
import { t } from '../app/i18n.js';
import { openHelp } from './help-link.js';
import { icon } from './icons.js';

export function Notices() {
  return [
    el('div', { class: 'unseen', 'aria-live': 'polite', 'data-testid': 'announcer' }, () => announcement.value),
    el('section', { class: 'notices', 'aria-label': () => (notices.value.length > 0 ? t('state.notices') : null) }, each(() => notices.value, (one) => one.id, (one) => {
      const { id, tone, text, action, help } = one.peek();
      return el('div', { class: `notice ${tone}`, 'data-testid': 'notice' }, icon(tone === 'good' ? 'check' : tone === 'bad' ? 'alert' : 'info', { size: 20 }), el('p', null, text, help ? [' ', openHelp(help)] : null),
        action ? el('button', { type: 'button', class: 'notice-action', onclick: () => (dropNotice(id), action.act()) }, action.label) : null);
    })),
  ];
}
