// The fields of a card and of a bank account: grouped while one types, with what is wrong beside each.
import { el } from '../../kernel/el.js';
import { computed, signal } from '../../kernel/signals.js';
import { serverNow } from '../../app/actions.js';
import { sentence } from '../../app/fault.js';
import { brandName, reasonWords } from '../../app/funding-words.js';
import { personName } from '../../app/format.js';
import { t } from '../../app/i18n.js';
import { state } from '../../app/store.js';
import { brandOf, cardDigits, cardText, codeDigits, codeOf, expiryOf, expiryText, ibanText, judgedBank, judgedCard, judgedExpiry, regrouped } from '../../state/methods.js';
import { field } from '../field.js';
import { helpLink } from '../help-link.js';

/** @typedef {import('../../kernel/el.js').Child} Child */
/** @typedef {import('../../kernel/signals.js').Signal<string>} Text */
/** @typedef {import('../../sdk/errors.js').QuipuError} QuipuError */
/** What the server said of one field, until something else is typed. @typedef {{ param: string, error: QuipuError }} Refused */
/** @typedef {import('../../kernel/signals.js').Signal<Refused | null>} RefusedSignal */
/** @typedef {{ node: HTMLElement, input: HTMLInputElement }} Field */
/**
 * @typedef {object} Fields
 * @property {Child[]} nodes
 * @property {import('../../kernel/signals.js').Readable<import('../../state/methods.js').Judged>} judged
 * @property {Record<string, Field>} places by the path of each on the wire
 * @property {() => Array<[string, Child]>} facts what is looked at once more, without the number
 * @property {(number: string) => void} fill with a test number and what fits to it
 * @property {() => void} clear
 */

/** Years that a test card lasts. */
const TEST_YEARS = 3;

/** @param {QuipuError} error */
export function refusalWords(error) {
  return [reasonWords(error.detail?.reason) || sentence(error), ' ', helpLink(error)];
}

/** Typed text in its groups, with the caret where it was among what counts. @param {HTMLInputElement} input @param {Event} event @param {(text: string) => string} shape */
function regroup(input, event, shape) {
  if (/** @type {InputEvent} */ (event).isComposing) return;
  const { text, caret } = regrouped(input.value, input.selectionStart ?? input.value.length, shape);
  if (text === input.value) return;
  input.value = text;
  input.setSelectionRange(caret, caret);
}

/** The stroke comes by itself where one types on, and stays away where one takes back or corrects. @param {HTMLInputElement} input @param {Event} event */
function stroke(input, event) {
  const { inputType = '', isComposing } = /** @type {InputEvent} */ (event);
  if (!isComposing && !inputType.startsWith('delete') && input.selectionStart === input.value.length) input.value = expiryText(input.value);
}

/**
 * @param {object} of @param {RefusedSignal} of.refused @param {string} of.param @param {() => string | null | undefined} of.fault its key, if it is to be shown
 * @param {() => number} [of.digits] that are named in it
 */
function faultOf({ refused, param, fault, digits = () => 0 }) {
  return () => {
    const now = refused.value;
    if (now?.param === param) return refusalWords(now.error);
    const why = fault();
    return why ? t(`method.fault.${why}`, { n: digits() }) : null;
  };
}

/** @param {RefusedSignal} refused @param {string} param @param {Text} text @param {HTMLInputElement} input */
function typed(refused, param, text, input) {
  text.value = input.value;
  if (refused.peek()?.param === param) refused.value = null;
}

/** @param {RefusedSignal} refused @param {string} param @param {Text} text @param {() => string | null | undefined} fault */
export function expiryField(refused, param, text, fault) {
  /** @type {Field} */
  const one = field({ label: t('method.expiry'), name: 'cc-exp', autocomplete: 'cc-exp', hint: t('method.expiry_hint'), fault: faultOf({ refused, param, fault }), more: { inputmode: 'numeric', maxlength: 7, placeholder: 'MM/YY', 'data-testid': 'card-expiry', oninput: (/** @type {Event} */ event) => (stroke(one.input, event), typed(refused, param, text, one.input)) } });
  return one;
}

/** @param {RefusedSignal} refused @param {string} param @param {Text} text @param {() => string | null | undefined} fault @param {() => number} digits */
export function codeField(refused, param, text, fault, digits) {
  /** @type {Field} */
  const one = field({ label: t('method.code'), name: 'cc-csc', autocomplete: 'cc-csc', fault: faultOf({ refused, param, fault, digits }), beside: () => el('span', { class: 'field-aside' }, () => t('method.code_hint', { n: digits() })), more: { inputmode: 'numeric', maxlength: 4, 'data-testid': 'card-code', oninput: (/** @type {Event} */ event) => (regroup(one.input, event, codeOf), typed(refused, param, text, one.input)) } });
  return one;
}

/** @param {RefusedSignal} refused @param {string} param @param {Text} text @param {{ label: string, autocomplete: string, fault: () => string | null | undefined }} of */
function holderField(refused, param, text, { label, autocomplete, fault }) {
  /** @type {Field} */
  const one = field({ label, name: 'holder', autocomplete, fault: faultOf({ refused, param, fault }), more: { maxlength: 64, spellcheck: 'false', 'data-testid': 'method-holder', oninput: () => typed(refused, param, text, one.input) } });
  return one;
}

/** @param {RefusedSignal} refused @param {Text} text */
export function labelField(refused, text) {
  /** @type {Field} */
  const one = field({ label: t('method.label'), name: 'label', hint: t('method.label_hint'), fault: faultOf({ refused, param: 'label', fault: () => null }), more: { maxlength: 40, value: text.peek(), 'data-testid': 'method-label', oninput: () => typed(refused, 'label', text, one.input) } });
  return one;
}

/** Puts something into a field as if it had been typed. @param {Field | undefined} one @param {string} value @param {Text} text */
function put(one, value, text) {
  if (one) one.input.value = value;
  text.value = value;
}

/** Whose they are, unless it says already. @param {Text} holder @param {Field | undefined} one */
function own(holder, one) {
  const { user } = state.session.peek();
  if (holder.peek().trim() === '' && user) put(one, personName(user), holder);
}

/** @param {import('../../kernel/signals.js').Readable<boolean>} shown whether what is wrong is said @param {RefusedSignal} refused @returns {Fields} */
export function cardFields(shown, refused) {
  const [number, expires, code, holder, label] = [signal(''), signal(''), signal(''), signal(''), signal('')];
  const judged = computed(() => judgedCard({ number: number.value, expires: expires.value, code: code.value, holder: holder.value, label: label.value }, serverNow()));
  const brand = computed(() => brandOf(cardDigits(number.value)) ?? '');
  const fault = (/** @type {string} */ param) => () => (shown.value ? judged.value.faults[param] : null);
  const digits = () => codeDigits(brand.value);
  /** @type {Field} */
  const first = field({
    label: t('method.number'), name: 'cc-number', autocomplete: 'cc-number', fault: faultOf({ refused, param: 'card.number', fault: fault('card.number') }),
    beside: () => el('span', { class: 'field-aside', 'data-testid': 'card-brand' }, () => (brand.value ? brandName(brand.value) : '')),
    more: { inputmode: 'numeric', maxlength: 23, spellcheck: 'false', autofocus: true, 'data-testid': 'card-number', oninput: (/** @type {Event} */ event) => (regroup(first.input, event, cardText), typed(refused, 'card.number', number, first.input)) },
  });
  const last = expiryField(refused, 'card.expires', expires, fault('card.expires'));
  const secret = codeField(refused, 'card.code', code, fault('card.code'), digits);
  const whose = holderField(refused, 'card.holder', holder, { label: t('method.holder'), autocomplete: 'cc-name', fault: fault('card.holder') });
  const called = labelField(refused, label);
  const clear = () => [first, last, secret].forEach((one, i) => put(one, '', /** @type {Text} */ ([number, expires, code][i])));
  return {
    nodes: [first.node, el('div', { class: 'method-pair' }, last.node, secret.node), whose.node, called.node],
    judged, clear, places: { 'card.number': first, 'card.expires': last, 'card.code': secret, 'card.holder': whose, label: called },
    facts: () => {
      const { last_four: four } = judged.peek();
      return [[t('method.card'), brandName(brand.peek())], [t('method.ending'), four], [t('method.holder'), el('bdi', null, holder.peek().trim())], [t('method.expiry'), expiryOf(judgedExpiry(expires.peek(), serverNow()).month ?? '')]];
    },
    fill: (test) => {
      put(first, cardText(test), number);
      put(last, expiryText(`12/${String(new Date().getFullYear() + TEST_YEARS).slice(-2)}`), expires);
      put(secret, '1234'.slice(0, digits()), code);
      own(holder, whose);
      refused.value = null;
    },
  };
}

/** @param {import('../../kernel/signals.js').Readable<boolean>} shown @param {RefusedSignal} refused @returns {Fields} */
export function bankFields(shown, refused) {
  const [iban, holder, label] = [signal(''), signal(''), signal('')];
  const judged = computed(() => judgedBank({ iban: iban.value, holder: holder.value, label: label.value }));
  const fault = (/** @type {string} */ param) => () => (shown.value ? judged.value.faults[param] : null);
  /** @type {Field} */
  const first = field({ label: t('method.iban'), name: 'iban', fault: faultOf({ refused, param: 'bank.iban', fault: fault('bank.iban') }), more: { maxlength: 42, spellcheck: 'false', autocapitalize: 'characters', autofocus: true, 'data-testid': 'bank-iban', oninput: (/** @type {Event} */ event) => (regroup(first.input, event, ibanText), typed(refused, 'bank.iban', iban, first.input)) } });
  const whose = holderField(refused, 'bank.holder', holder, { label: t('method.bank_holder'), autocomplete: 'name', fault: fault('bank.holder') });
  const called = labelField(refused, label);
  return {
    nodes: [first.node, whose.node, called.node],
    judged, clear: () => put(first, '', iban), places: { 'bank.iban': first, 'bank.holder': whose, label: called },
    facts: () => {
      const { brand, last_four: four } = judged.peek();
      return [[t('method.country'), brandName(brand)], [t('method.ending'), four], [t('method.bank_holder'), el('bdi', null, holder.peek().trim())]];
    },
    fill: (test) => {
      put(first, ibanText(test), iban);
      own(holder, whose);
      refused.value = null;
    },
  };
}
