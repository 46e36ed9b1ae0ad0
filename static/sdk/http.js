// The few calls that are not on the socket: who am I, come in, go out. The token stays in an HttpOnly cookie; a caller
// outside a browser passes its own.
import { QuipuError } from './errors.js';

/** @typedef {import('./types.js').User} User */

/** @param {{ base?: string, token?: string, fetch?: typeof fetch, timeout?: number }} [options] */
export function httpApi(options = {}) {
  /** @param {string} method @param {string} path @param {any} [body] @returns {Promise<any>} */
  async function call(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { accept: 'application/json' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (options.token) headers['authorization'] = `Bearer ${options.token}`;
    /** @type {Response} */
    let answer;
    try {
      answer = await (options.fetch ?? fetch)((options.base ?? '') + path, {
        method,
        headers,
        credentials: 'same-origin',
        signal: AbortSignal.timeout(options.timeout ?? 15_000),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (thrown) {
      const late = thrown instanceof Error && thrown.name === 'TimeoutError';
      throw new QuipuError({ code: late ? 'timeout' : 'offline', retryable: true });
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
  }

  return {
    /** @param {{ handle: string, email: string, password: string, display_name: string }} form @returns {Promise<{ user: User }>} */
    register: (form) => call('POST', '/api/v1/register', form),
    /** @param {{ login: string, password: string, device: string }} form @returns {Promise<{ user: User }>} */
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
