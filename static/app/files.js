// Files: on their way up, taken back, and where they are fetched from.
import { asQuipuError } from '../sdk/errors.js';
import { attachmentPath } from '../sdk/uploads.js';
import { uuidv7 } from '../sdk/uuid.js';
import { plainError } from './fault.js';
import { link } from './link.js';
import { dispatch, state } from './store.js';

/** @typedef {{ kind?: 'voice', duration_ms?: number, name?: string }} How */

/** @type {Map<string, { file: Blob, how: How, stop: AbortController | null }>} */
const chosen = new Map();

/** Begins to upload a file for a conversation. @param {string} conversation @param {Blob} file @param {How} [how] @returns {string} its name on this page */
export function attach(conversation, file, how = {}) {
  const id = uuidv7();
  const name = how.name ?? /** @type {any} */ (file).name ?? 'file';
  chosen.set(id, { file, how, stop: null });
  dispatch({ type: 'upload.added', upload: { id, conversation, name, bytes: file.size, media_type: file.type, sent: 0, state: 'uploading', attachment: null, error: null } });
  begin(id);
  return id;
}

/** @param {string} id */
async function begin(id) {
  const one = chosen.get(id);
  if (!one) return;
  const stop = new AbortController();
  one.stop = stop;
  try {
    const attachment = await link().upload(one.file, { ...one.how, signal: stop.signal, onProgress: (sent) => dispatch({ type: 'upload.progress', id, sent }) });
    dispatch({ type: 'upload.done', id, attachment });
  } catch (thrown) {
    if (asQuipuError(thrown).code !== 'aborted') dispatch({ type: 'upload.failed', id, error: plainError(thrown) });
  }
}

/** Takes a file back, also one that is up and not sent. @param {string} id */
export function cancelUpload(id) {
  const attachment = state.uploads.peek()[id]?.attachment;
  chosen.get(id)?.stop?.abort();
  chosen.delete(id);
  dispatch({ type: 'upload.dropped', id });
  if (attachment) link().files.discard(attachment.id).catch(() => {}); // the server tidies up what nobody sends
}

/** @param {string} id */
export function retryUpload(id) {
  dispatch({ type: 'upload.retried', id });
  begin(id);
}

/** Their message is on its way: it names them from now on. @param {import('../sdk/types.js').Attachment[]} attachments */
export function filesSent(attachments) {
  if (attachments.length === 0) return;
  const ids = attachments.map((one) => one.id);
  for (const one of Object.values(state.uploads.peek())) if (one.attachment && ids.includes(one.attachment.id)) chosen.delete(one.id);
  dispatch({ type: 'uploads.sent', ids });
}

/** The file itself, to show it while it is on its way. @param {string} id @returns {Blob | null} */
export function uploadedFile(id) {
  return chosen.get(id)?.file ?? null;
}

/** @param {string} attachment @param {'small' | 'medium'} [size] */
export function attachmentUrl(attachment, size) {
  return attachmentPath(attachment, size);
}
