// A refusal in words: the sentence of its code, or the server's own when the code is new to this version.
import { knows, language, t } from './i18n.js';
import { asQuipuError } from '../sdk/errors.js';

/** What no server says, only this client itself: there is a sentence for it, and no page of help. */
export const OWN_CODES = new Set(['offline', 'connection_lost', 'timeout', 'aborted', 'dropped', 'draining', 'found_self', 'not_confirmed', 'not_kept', 'query_invalid', 'session_expired', 'too_many_members', 'unsupported_op']);

/** @param {{ code: string, message?: string, retryAfterMs?: number | null }} error */
export function sentence(error) {
  const key = `error.${error.code}`;
  if (knows(key)) return t(key, { seconds: Math.max(1, Math.ceil((error.retryAfterMs ?? 1000) / 1000)) });
  return error.message || t('error.internal');
}

/** The page that explains a refusal, with its reference. @param {{ code: string, reference?: string | null }} error @returns {string | null} */
export function helpPath(error) {
  if (OWN_CODES.has(error.code) || !/^[a-z_]{1,64}$/.test(error.code)) return null;
  return `/help/${error.code}?${new URLSearchParams({ lang: language.peek(), ...(error.reference ? { ref: error.reference } : {}) })}`;
}

/** What a state keeps of an error. @param {unknown} thrown */
export function plainError(thrown) {
  const error = asQuipuError(thrown);
  return { code: error.code, message: error.message, reference: error.reference };
}
