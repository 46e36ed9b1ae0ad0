// Who is in a conversation, how far each has come, and what each may do there.
/** @typedef {import('../sdk/types.js').Conversation} Conversation */
/** @typedef {import('../sdk/types.js').Message} Message */
/** @typedef {import('../sdk/types.js').Member} Member */

/** The other person of a direct conversation. @param {Conversation} one @param {string} me */
export function peerOf(one, me) {
  if (one.kind !== 'direct') return null;
  return (one.members.find((member) => member.user.id !== me) ?? one.members[0])?.user ?? null;
}

/** How far everybody else has read. @param {Conversation} one @param {string} me */
export function readByOthers(one, me) {
  return slowest(one, me, (member) => member.read_seq);
}

/** How far everything has arrived with everybody else: what was read has arrived. @param {Conversation} one @param {string} me */
export function deliveredByOthers(one, me) {
  return slowest(one, me, (member) => Math.max(member.read_seq, member.delivered_seq ?? 0));
}

/** @param {Conversation} one @param {string} me @param {(member: Member) => number} reached */
function slowest(one, me, reached) {
  const others = one.members.filter((member) => member.user.id !== me);
  // Of a large group only some are listed: nothing can be said of all.
  if (others.length === 0 || one.member_count > one.members.length) return 0;
  return Math.min(...others.map(reached));
}

/** How far an own message has come. @param {Conversation} one @param {string} me @param {number} seq @returns {'stored' | 'delivered' | 'read'} */
export function tickOf(one, me, seq) {
  if (readByOthers(one, me) >= seq) return 'read';
  return deliveredByOthers(one, me) >= seq ? 'delivered' : 'stored';
}

/** Who of the others has read a message. @param {Conversation} one @param {string} me @param {number} seq @returns {Member[]} */
export function readersOf(one, me, seq) {
  return one.members.filter((member) => member.user.id !== me && member.read_seq >= seq);
}

/** @param {Conversation} one @param {string} me @returns {'owner' | 'admin' | 'member' | null} */
export function roleOf(one, me) {
  const role = one.my_role ?? one.members.find((member) => member.user.id === me)?.role ?? null;
  return role === 'owner' || role === 'admin' || role === 'member' ? role : null;
}

/** @typedef {'reply' | 'react' | 'forward' | 'edit' | 'recall' | 'pin' | 'add' | 'remove' | 'update' | 'role' | 'leave' | 'write'} Deed */

/**
 * What a person may do, by their role and by what the message is; the server decides, this only spares them the refusal.
 * @param {Conversation} one @param {string} me @param {Deed} deed @param {Message | Member | null} [on] the message, or the member to be removed
 * @returns {boolean}
 */
export function may(one, me, deed, on = null) {
  const role = roleOf(one, me);
  const group = one.kind === 'group';
  const leads = group && (role === 'owner' || role === 'admin');
  const message = on && 'seq' in on ? on : null;
  const alive = message !== null && message.kind !== 'system' && !message.recalled;
  switch (deed) {
    case 'write':
      return (one.blocked ?? 'none') === 'none';
    case 'reply':
    case 'react':
      return alive && may(one, me, 'write');
    case 'forward':
      return alive && message.kind === 'text';
    case 'edit':
      return alive && message.kind === 'text' && message.sender === me && !message.forwarded && (message.text ?? '') !== '';
    case 'recall':
      return alive && (message.sender === me || leads);
    case 'pin':
      return alive && (!group || leads);
    case 'add':
    case 'update':
      return leads;
    case 'remove': {
      const member = on && 'user' in on ? on : null;
      if (!leads || !member || member.user.id === me) return false;
      return role === 'owner' || member.role === 'member';
    }
    case 'role':
      return group && role === 'owner';
    case 'leave':
      return group;
  }
}

/** Whether something may still be done to a message that was sent then. @param {Message} message @param {number | undefined} seconds as told in the limits; absent or 0 is for ever @param {number} now by the server's clock */
export function withinTime(message, seconds, now) {
  return !seconds || now - Date.parse(message.at) < seconds * 1000;
}

/** When the next message may be sent in slow mode, in milliseconds; 0 is at once. @param {Conversation} one @param {string} me @param {Message | null} last the own last message @param {number} now */
export function nextSendAt(one, me, last, now) {
  const role = roleOf(one, me);
  if (!one.slow_mode_seconds || role === 'owner' || role === 'admin' || !last) return 0;
  const at = Date.parse(last.at) + one.slow_mode_seconds * 1000;
  return at > now ? at : 0;
}
