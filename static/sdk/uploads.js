// Files go up in chunks: one that is lost is asked about and sent again from where the server stands, so that a bad
// connection slows an upload down and does not end it.
import { backoff } from './backoff.js';
import { asQuipuError, QuipuError } from './errors.js';
import { httpCall } from './http.js';

/** @typedef {import('./types.js').Attachment} Attachment */
/** @typedef {{ id: string, offset: number, chunk_bytes?: number, attachment?: Attachment | null }} Standing how far an upload is */
/**
 * @typedef {object} UploadHow
 * @property {string} [name] a file has its own
 * @property {'voice'} [kind] @property {number} [duration_ms]
 * @property {(sent: number, total: number) => void} [onProgress]
 * @property {AbortSignal} [signal] takes the upload back
 */

/** So often in a row may nothing get through. */
const TRIES = 8;
const CHUNK_MS = 120_000;
const CHUNK_BYTES = 256 * 1024;

/** @param {import('./http.js').HttpOptions & { setTimeout?: (run: () => void, ms: number) => any, random?: () => number }} [options] */
export function uploads(options = {}) {
  const call = httpCall(options);
  const later = options.setTimeout ?? ((/** @type {() => void} */ run, /** @type {number} */ ms) => globalThis.setTimeout(run, ms));
  const pathOf = (/** @type {string} */ id) => `/api/v1/attachments/${encodeURIComponent(id)}`;

  /** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
  const pause = (ms, signal) =>
    new Promise((resolve) => {
      later(resolve, ms);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });

  /**
   * Ends with the attachment, which a message then names by its id.
   * @param {Blob} blob @param {UploadHow} [how] @returns {Promise<Attachment>}
   */
  async function upload(blob, how = {}) {
    const { signal, onProgress } = how;
    const name = how.name ?? /** @type {any} */ (blob).name ?? 'file';
    const about = { name, bytes: blob.size, ...(how.kind ? { kind: how.kind } : {}), ...(how.duration_ms === undefined ? {} : { duration_ms: how.duration_ms }) };
    const within = signal ? { signal } : {};
    /** @type {Standing} */
    let at = await stubborn(() => call('POST', '/api/v1/attachments', about, within), signal);
    const chunk = at.chunk_bytes ?? CHUNK_BYTES;
    const { id } = at;
    try {
      for (let fails = 0; !at.attachment; ) {
        if (signal?.aborted) throw new QuipuError({ code: 'aborted' });
        onProgress?.(at.offset, blob.size);
        try {
          const before = at.offset;
          const headers = { 'upload-offset': String(before) };
          // At its end a part of nothing asks whether the whole has been looked at.
          at = await call('PATCH', pathOf(id), undefined, { ...within, raw: blob.slice(before, before + chunk), headers, timeout: CHUNK_MS });
          fails = at.offset > before ? 0 : fails + 1;
          if (!at.attachment && fails > 0) await pause(backoff(fails, options.random), signal);
          if (fails > TRIES) throw new QuipuError({ code: 'timeout' });
        } catch (thrown) {
          const error = asQuipuError(thrown);
          if (error.code === 'upload_conflict' && Number.isInteger(error.detail?.offset) && ++fails <= TRIES) at = { ...at, offset: error.detail.offset };
          else if (error.again && ++fails <= TRIES) {
            await pause(error.retryAfterMs ?? backoff(fails, options.random), signal);
            // The chunk may have arrived although its answer did not.
            at = await stubborn(() => call('GET', `${pathOf(id)}/upload`, undefined, within), signal);
          } else throw error;
        }
      }
    } catch (thrown) {
      if (signal?.aborted) call('DELETE', pathOf(id)).catch(() => {}); // the server tidies up what nobody sent
      throw thrown;
    }
    onProgress?.(blob.size, blob.size);
    return at.attachment;
  }

  /** @template T @param {() => Promise<T>} ask @param {AbortSignal} [signal] @returns {Promise<T>} */
  async function stubborn(ask, signal) {
    for (let tries = 0; ; tries++) {
      try {
        return await ask();
      } catch (thrown) {
        const error = asQuipuError(thrown);
        if (!error.again || tries >= TRIES || signal?.aborted) throw signal?.aborted ? new QuipuError({ code: 'aborted' }) : error;
        await pause(error.retryAfterMs ?? backoff(tries, options.random), signal);
      }
    }
  }

  return {
    upload,
    /** Takes back what was uploaded and not sent. @param {string} id @returns {Promise<void>} */
    discard: (id) => call('DELETE', pathOf(id)),
  };
}

/** Where an attachment is fetched from. @param {string} id @param {'small' | 'medium'} [size] */
export function attachmentPath(id, size) {
  return `/api/v1/attachments/${encodeURIComponent(id)}${size ? `?size=${size}` : ''}`;
}
