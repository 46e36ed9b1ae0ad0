// A refusal in words: the sentence of its code, or the server's own when the code is new to this version.
import { knows, t } from './i18n.js';
import { asQuipuError } from '../sdk/errors.js';

/** @param {{ code: string, message?: string, retryAfterMs?: number | null }} error */
export function sentence(error) {
  const key = `error.${error.code}`;
  if (knows(key)) return t(key, { seconds: Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000)) });
  return error.message || t('error.internal');
}

/** What a state keeps of an error. @param {unknown} thrown */
export function plainError(thrown) {
  const error = asQuipuError(thrown);
  return { code: error.code, message: error.message, reference: error.reference };
}
