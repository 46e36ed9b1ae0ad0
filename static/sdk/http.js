// The few calls that are not on the socket: who am I, come in, go out, and files. The token stays in an HttpOnly cookie; a
// caller outside a browser passes its own.
import { QuipuError } from './errors.js';

/** @typedef {import('./types.js').User} User */
/** @typedef {{ base?: string, token?: string, fetch?: typeof fetch, timeout?: number }} HttpOptions */
/** @typedef {(method: string, path: string, body?: any, how?: { raw?: Blob, headers?: Record<string, string>, signal?: AbortSignal, timeout?: number }) => Promise<any>} Call */

/** @param {HttpOptions} [options] @returns {Call} */
export function httpCall(options = {}) {
  return async function call(method, path, body, how = {}) {
    /** @type {Record<string, string>} */
    const headers = { accept: 'application/json', ...how.headers };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (how.raw) headers['content-type'] = 'application/octet-stream';
    if (options.token) headers['authorization'] = `Bearer ${options.token}`;
    const late = AbortSignal.timeout(how.timeout ?? options.timeout ?? 15_000);
    /** @type {Response} */
    let answer;
    try {
      answer = await (options.fetch ?? fetch)((options.base ?? '') + path, {
        method,
        headers,
        credentials: 'same-origin',
        signal: how.signal ? either(late, how.signal) : late,
        ...(how.raw ? { body: how.raw } : body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new QuipuError({ code: how.signal?.aborted ? 'aborted' : late.aborted ? 'timeout' : 'offline', retryable: !how.signal?.aborted });
    }
    if (answer.status === 204) return null;
    const json = await answer.json().catch(() => null);
    if (answer.ok) return json;
    throw new QuipuError({
      ...json,
      code: json?.code ?? (answer.status === 401 ? 'unauthenticated' : 'internal'),
      message: json?.detail || json?.title,
      detail: json,
      status: answer.status,
    });
  };
}

/** Aborts with whichever comes first. Written out: AbortSignal.any is younger than the browsers served. @param {AbortSignal} a @param {AbortSignal} b */
function either(a, b) {
  const both = new AbortController();
  for (const one of [a, b]) {
    if (one.aborted) both.abort();
    else one.addEventListener('abort', () => both.abort(), { once: true, signal: both.signal });
  }
  return both.signal;
}

/** @param {HttpOptions} [options] */
export function httpApi(options = {}) {
  const call = httpCall(options);
  return {
    /** @param {{ handle: string, email: string, password: string, display_name: string }} form @returns {Promise<{ user: User }>} */
    register: (form) => call('POST', '/api/v1/register', form),
    /** @param {{ login: string, password: string, device: string }} form @returns {Promise<{ user: User, token: string }>} */
    login: (form) => call('POST', '/api/v1/login', form),
    /** @param {string} handle @param {string} device @returns {Promise<{ user: User }>} */
    demoLogin: (handle, device) => call('POST', '/api/v1/demo/login', { handle, device }),
    logout: () => call('POST', '/api/v1/logout'),
    /** @returns {Promise<{ user: User }>} */
    me: () => call('GET', '/api/v1/me'),
    /** @returns {Promise<{ sessions: import('./types.js').Session[], next: string | null }>} */
    sessions: () => call('GET', '/api/v1/sessions'),
    /** @param {string} id */
    endSession: (id) => call('DELETE', `/api/v1/sessions/${encodeURIComponent(id)}`),
    /** @param {string} token */
    verifyEmail: (token) => call('POST', '/api/v1/email/verify', { token }),
    resendVerification: () => call('POST', '/api/v1/email/resend'),
    /** @returns {Promise<{ server: { name: string, version: string }, min_web_version: string, demo?: Array<{ handle: string, display_name: string }>, verify_email: string }>} */
    about: () => call('GET', '/api/v1/about'),
  };
}
