// One error class for everything a call can end with: a refusal of the server, or no answer at all.

/**
 * Codes of the client's own, never sent by a server:
 * `connection_lost` (the socket ended before the answer), `timeout` (no answer in time), `offline` (nothing was sent).
 */
export class QuipuError extends Error {
  /** @param {{ code: string, message?: string, retryable?: boolean, retry_after_ms?: number | null, param?: string | null, detail?: any, status?: number, reference?: string | null }} from */
  constructor(from) {
    super(from.message || from.code);
    this.name = 'QuipuError';
    this.code = from.code;
    this.retryable = from.retryable ?? false;
    this.retryAfterMs = from.retry_after_ms ?? null;
    this.param = from.param ?? null;
    this.detail = from.detail ?? null;
    this.status = from.status ?? 0;
    this.reference = from.reference ?? (typeof from.detail === 'object' ? from.detail?.reference : null) ?? null;
  }

  /** Whether the request may have been carried out although no answer came. */
  get unanswered() {
    return this.code === 'connection_lost' || this.code === 'timeout';
  }

  /** Whether the same request, with the same client_id, may be sent again after a while. */
  get again() {
    return this.unanswered || this.code === 'offline' || this.code === 'draining' || this.retryable;
  }
}

/** @param {unknown} error @returns {QuipuError} */
export function asQuipuError(error) {
  if (error instanceof QuipuError) return error;
  return new QuipuError({ code: 'internal', message: error instanceof Error ? error.message : String(error) });
}
