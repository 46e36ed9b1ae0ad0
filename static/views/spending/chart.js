// Some months as bars, one column each, which is pressed to look at its month; and the same as a table, for whoever hears it.
import { el, svg } from '../../kernel/el.js';
import { monthName } from '../../app/budget-words.js';
import { money } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { chartOf } from '../../state/spending.js';

/** @typedef {import('../../state/spending.js').Summary} Summary */

const HEIGHT = 132;
const WIDTH = 40;
const BAR = 16;

/**
 * @param {object} of
 * @param {readonly string[]} of.months @param {(month: string) => Summary | null} of.summary @param {string} of.currency @param {number} of.exponent
 * @param {() => string} of.chosen @param {(month: string) => void} of.pick
 */
export function Chart({ months, summary, currency, exponent, chosen, pick }) {
  const all = months.map(summary);
  const { most, bars } = chartOf(all, exponent, HEIGHT);
  const amounts = (/** @type {Summary | null} */ one) => ({ in: one ? money(one.in, currency) : '…', out: one ? money(one.out, currency) : '…' });
  return el('div', { class: 'months-chart', 'data-testid': 'months-chart' },
    el('div', { class: 'months-legend', 'aria-hidden': 'true' }, el('span', { class: 'in' }, t('wallet.in')), el('span', { class: 'out' }, t('wallet.out')), el('span', { class: 'months-most' }, t('months.most', { amount: money(most, currency) }))),
    el('div', { class: 'months-columns', role: 'group', 'aria-label': t('months.pick') }, months.map((month, i) =>
      el('button', { type: 'button', class: 'months-column', 'data-testid': 'month', 'data-month': month, 'aria-pressed': () => String(chosen() === month), 'aria-label': t('months.column', { month: monthName(month, { short: true, year: true }), ...amounts(all[i] ?? null) }), onclick: () => pick(month) },
        drawn(bars[i] ?? null), el('span', { class: 'months-name', 'aria-hidden': 'true' }, monthName(month, { short: true }))))),
    el('div', { class: 'unseen' }, el('table', { 'data-testid': 'months-table' }, el('caption', null, t('months.caption', { currency })),
      el('thead', null, el('tr', null, [t('months.month'), t('wallet.in'), t('wallet.out')].map((words) => el('th', { scope: 'col' }, words)))),
      el('tbody', null, months.map((month, i) => {
        const row = amounts(all[i] ?? null);
        return el('tr', null, el('th', { scope: 'row' }, monthName(month)), el('td', null, row.in), el('td', null, row.out));
      })))));
}

/** @param {{ in: number, out: number } | null} bars */
function drawn(bars) {
  const bar = (/** @type {string} */ name, /** @type {number} */ x, /** @type {number} */ height) => (height === 0 ? null : svg('rect', { class: name, x, y: HEIGHT - height, width: BAR, height, rx: 3 }));
  return svg('svg', { class: 'months-bars', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, width: WIDTH, height: HEIGHT, 'aria-hidden': 'true' },
    bars ? [bar('in', 2, bars.in), bar('out', WIDTH - BAR - 2, bars.out)] : null);
}

/** A part of something, as a thin line. @param {number} thousandths @param {string} name */
export function shareLine(thousandths, name) {
  return svg('svg', { class: `share-line ${name}`, viewBox: '0 0 1000 4', preserveAspectRatio: 'none', 'aria-hidden': 'true' }, svg('rect', { class: 'rest', x: 0, y: 0, width: 1000, height: 4 }), svg('rect', { class: 'part', x: 0, y: 0, width: thousandths, height: 4 }));
}
