// What was typed and not sent. It follows a person from device to device; while they type here, what stands here wins.
/**
 * @typedef {object} Draft
 * @property {string} text
 * @property {number | null} reply_to
 * @property {'typing' | 'told' | 'same'} mine changed here and not told yet; told, and its echo still on the way; as the server has it
 * @property {{ text: string, reply_to: number | null } | null} [theirs] what the server said last, while it was not looked at
 */
/** @typedef {Record<string, Draft>} DraftsState by conversation */

/** @param {DraftsState} state @param {{ type: string } & Record<string, any>} event @returns {DraftsState} */
export function drafts(state, event) {
  switch (event.type) {
    case 'session.out':
    case 'session.in':
      return {};
    case 'drafts.kept': // by this device, from before; what was not told then is still to be told
      return { ...event['drafts'], ...state };
    case 'draft.typed':
      return put(state, event['conversation'], { ...state[event['conversation']], text: event['text'], reply_to: event['reply_to'], mine: 'typing' });
    case 'draft.told': {
      const old = state[event['conversation']];
      return old && old.mine === 'typing' && old.text === event['text'] && old.reply_to === event['reply_to'] ? put(state, event['conversation'], { ...old, mine: 'told' }) : state;
    }
    case 'draft.settled': {
      // The echo had its time. What another device has said after it counts.
      const old = state[event['conversation']];
      if (old?.mine !== 'told') return state;
      return put(state, event['conversation'], { ...(old.theirs ?? old), mine: 'same' });
    }
    case 'items':
      return event['items'].reduce(withItem, state);
    case 'conversation.gone': {
      const { [event['id']]: _, ...rest } = state;
      return rest;
    }
    default:
      return state;
  }
}

/** @param {DraftsState} state @param {import('../sdk/types.js').Item} item @returns {DraftsState} */
function withItem(state, { kind, key, value }) {
  if (kind !== 'draft') return state;
  const theirs = { text: value?.text ?? '', reply_to: value?.reply_to ?? null };
  const old = state[key];
  if (!old || old.mine === 'same') return put(state, key, { ...theirs, mine: 'same' });
  const echo = old.mine === 'told' && old.text === theirs.text && old.reply_to === theirs.reply_to;
  return put(state, key, echo ? { ...theirs, mine: 'same' } : { ...old, theirs });
}

/** @param {DraftsState} state @param {string} id @param {Draft} draft @returns {DraftsState} */
function put(state, id, draft) {
  const { theirs, ...plain } = draft;
  const next = draft.mine !== 'same' && theirs ? draft : plain;
  const { [id]: _, ...others } = state;
  return next.mine === 'same' && next.text === '' && next.reply_to === null ? others : { ...others, [id]: next };
}

/** @param {DraftsState} state @param {string} id @returns {{ text: string, reply_to: number | null }} */
export function draftOf(state, id) {
  return state[id] ?? { text: '', reply_to: null };
}
