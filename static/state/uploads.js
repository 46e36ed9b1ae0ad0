// Files on their way up, and those that are there and wait for their message.
/**
 * @typedef {object} Upload
 * @property {string} id its name on this page
 * @property {string} conversation
 * @property {string} name @property {number} bytes @property {string} media_type
 * @property {number} sent
 * @property {'uploading' | 'done' | 'failed'} state
 * @property {import('../sdk/types.js').Attachment | null} attachment
 * @property {{ code: string, message: string, reference: string | null } | null} error
 */
/** @typedef {Record<string, Upload>} UploadsState in the order they were chosen */

/** @param {UploadsState} state @param {{ type: string } & Record<string, any>} event @returns {UploadsState} */
export function uploads(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return {};
    case 'upload.added':
      return { ...state, [event['upload'].id]: event['upload'] };
    case 'upload.progress':
      return change(state, event['id'], { sent: event['sent'] });
    case 'upload.retried':
      return change(state, event['id'], { state: 'uploading', sent: 0, error: null });
    case 'upload.done':
      return change(state, event['id'], { state: 'done', sent: event['attachment'].bytes, attachment: event['attachment'] });
    case 'upload.failed':
      return change(state, event['id'], { state: 'failed', error: event['error'] });
    case 'upload.dropped': {
      const { [event['id']]: _, ...rest } = state;
      return rest;
    }
    case 'uploads.sent':
      return Object.fromEntries(Object.entries(state).filter(([, one]) => !event['ids'].includes(one.attachment?.id)));
    default:
      return state;
  }
}

/** @param {UploadsState} state @param {string} id @param {Partial<Upload>} how @returns {UploadsState} */
function change(state, id, how) {
  const old = state[id];
  return old ? { ...state, [id]: { ...old, ...how } } : state;
}

/** @param {UploadsState} state @param {string} conversation */
export function uploadsOf(state, conversation) {
  return Object.values(state).filter((one) => one.conversation === conversation);
}
