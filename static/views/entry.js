// The frame of the screens before signing in, and what their forms share.
import { el, svg } from '../kernel/el.js';
import { signal } from '../kernel/signals.js';
import { sentence } from '../app/fault.js';
import { LANGUAGES, language, setLanguage, t } from '../app/i18n.js';
import { asQuipuError } from '../sdk/errors.js';
import { helpLink } from './help-link.js';
import { icon, logo } from './icons.js';

/** @param {string} title @param {string | null} text @param {...import('../kernel/el.js').Child} children */
export function entry(title, text, ...children) {
  return el(
    'div',
    { class: 'entry' },
    el('div', { class: 'entry-art', 'aria-hidden': 'true' }, cords(), el('p', { class: 'entry-line' }, t('entry.line'))),
    el(
      'main',
      { class: 'entry-main', id: 'main' },
      el('div', { class: 'entry-form' }, el('div', { class: 'brand' }, logo(40), el('span', null, 'Quipu')), el('h1', null, title), text ? el('p', { class: 'lead' }, text) : null, children),
      languageLinks(),
    ),
  );
}

function languageLinks() {
  return el('div', { class: 'entry-languages', role: 'group', 'aria-label': t('settings.language') }, LANGUAGES.map((one) =>
    el('button', { type: 'button', class: 'link-button', lang: one.code, 'aria-pressed': String(one.code === language.peek()), onclick: () => setLanguage(one.code, { keep: true }) }, one.name)));
}

/** Strings and knots, as the people of the Andes kept their accounts. */
function cords() {
  const strings = [[60, 300, [120, 150, 235]], [120, 420, [140, 260, 290, 320, 380]], [180, 350, [170, 300]], [240, 460, [130, 200, 230, 410]], [300, 380, [160, 250, 330]], [360, 290, [130, 245]], [420, 430, [150, 180, 300, 390]]];
  return svg('svg', { viewBox: '0 0 480 520', class: 'cords', preserveAspectRatio: 'xMidYMin slice' },
    svg('path', { d: 'M-20 62c90 34 410 34 520 0', class: 'cord main' }),
    strings.map(([x, end, knots], i) => [
      svg('path', { d: `M${x} ${78 + (i % 3) * 3}c${i % 2 ? 8 : -8} ${Number(end) / 3} ${i % 2 ? -8 : 8} ${Number(end) / 2} 0 ${Number(end) - 80}`, class: 'cord' }),
      /** @type {number[]} */ (knots).map((y, k) => svg('ellipse', { cx: Number(x) + (k % 2 ? 2 : -2), cy: y, rx: 6, ry: 8, class: `knot ${(i + k) % 4 === 0 ? 'warm' : ''}` })),
    ]));
}

/** A form's progress: one call at a time, and what went wrong, said where it happened. */
export function attempt() {
  const busy = signal(false);
  const error = signal(/** @type {import('../sdk/errors.js').QuipuError | null} */ (null));
  /** @param {() => Promise<any>} work */
  async function run(work) {
    if (busy.peek()) return;
    busy.value = true;
    error.value = null;
    try {
      await work();
    } catch (thrown) {
      error.value = asQuipuError(thrown);
    } finally {
      busy.value = false;
    }
  }
  return { busy, error, run };
}

/** @param {() => import('../sdk/errors.js').QuipuError | null} error @param {readonly string[]} [elsewhere] codes that a field shows itself */
export function formFault(error, elsewhere = []) {
  return () => {
    const now = error();
    if (!now || elsewhere.includes(now.code)) return null;
    return el('div', { class: 'form-fault', role: 'alert' }, icon('alert', { size: 20 }), el('div', null, el('p', null, sentence(now)), now.reference ? el('p', { class: 'reference' }, t('state.reference', { reference: now.reference })) : null, helpLink(now)));
  };
}
