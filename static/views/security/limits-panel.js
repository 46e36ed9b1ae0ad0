// Settings: what one may send, and what of it was sent.
import { el } from '../../kernel/el.js';
import { untracked } from '../../kernel/signals.js';
import { moment, money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { askOnline } from '../../app/link.js';
import { resource } from '../../app/resource.js';
import { fact } from '../fact.js';
import { errorState, skeleton } from '../screen-states.js';

/** @typedef {{ limit: string, used: string, left: string, until: string }} Span */
/** @typedef {{ currency: string, single: string | null, day: Span | null, year: Span | null }} Limits */

export function limitsPanel() {
  const limits = untracked(() => resource(async () => /** @type {Limits} */ (await askOnline('limits.show', {}))));
  return el('section', { class: 'panel', 'aria-labelledby': 'limits-title', 'data-testid': 'limits-panel' }, el('h2', { id: 'limits-title' }, t('limits.title')), () => {
    const { status, error, data } = limits.state.value;
    if (status === 'loading') return skeleton(1);
    if (status === 'error' || !data) return errorState(error, limits.reload);
    const { currency, single, day, year } = data;
    if (!single && !day && !year) return el('p', { class: 'muted' }, t('limits.none'));
    return el('dl', { class: 'facts' },
      single ? fact(t('limits.single'), money(single, currency)) : null,
      day ? fact(t('limits.day'), spanOf(day, currency)) : null,
      year ? fact(t('limits.year'), spanOf(year, currency)) : null);
  });
}

/** @param {Span} span @param {string} currency */
function spanOf({ limit, left, until }, currency) {
  return t('limits.left', { left: money(left, currency), limit: money(limit, currency), until: moment(until) });
}
