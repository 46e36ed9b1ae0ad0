// The one polite announcer, and the notices that are also seen.
import { each, el } from '../kernel/el.js';
import { announcement, notices } from '../app/announcer.js';
import { icon } from './icons.js';

export function Notices() {
  return [
    el('div', { class: 'unseen', 'aria-live': 'polite', 'data-testid': 'announcer' }, () => announcement.value),
    el('div', { class: 'notices' }, each(() => notices.value, (one) => one.id, (one) => el('div', { class: `notice ${one.peek().tone}` }, icon(one.peek().tone === 'good' ? 'check' : one.peek().tone === 'bad' ? 'alert' : 'info', { size: 20 }), el('p', null, one.peek().text)))),
  ];
}
