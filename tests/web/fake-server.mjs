// A small server of one person's point of view: logs with positions, ticks, heads, floors, marks, idempotency. It answers in
// order over sockets that a test opens, delays and breaks; so it can be compared with what a client makes of it.

/** A number generator that a seed repeats. */
export function chance(seed) {
  let state = seed >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const below = (n) => Math.floor(next() * n);
  return { next, below, pick: (list) => list[below(list.length)], one: (n) => below(n) === 0 };
}

const CHANGES_NOTHING = new Set(['hello', 'sync', 'ping', 'conversation.list', 'conversation.get', 'message.history', 'message.pinned', 'conversation.focus', 'typing.set', 'presence.watch', 'contact.list']);
const user = (id) => ({ id, handle: id, display_name: id.toUpperCase() });

export function fakeServer({ me = 'me', page = 4, positions = 3 } = {}) {
  const conversations = new Map();
  const own = { rev: 0, items: new Map() };
  const receipts = new Map();
  const sockets = new Set();
  let time = Date.parse('2026-11-23T10:00:00.000Z');
  const at = () => new Date((time += 1000)).toISOString();
  const server = { me, conversations, own, sockets, receipts, refuseNext: null, carriedOut: [], loseNextPush: false };

  const refusal = (code, more = {}) => Object.assign(new Error(code), { err: { code, message: code, retryable: false, retry_after_ms: null, param: null, detail: null, ...more } });
  const push = (frame, visible = true) => {
    if (server.loseNextPush) {
      server.loseNextPush = false;
      return;
    }
    const { d: _, ...bare } = frame;
    for (const socket of sockets) if (socket.greeted) socket.out.push(visible ? frame : { ...bare, ev: 'tick' });
  };
  const member = (c, id) => c.members.get(id);
  const sees = (c, message) => member(c, me) !== undefined && message.seq > member(c, me).from_seq;

  /** A row of the log: posted when it is new, else changed. */
  function write(c, message, change) {
    const prev = c.rev;
    c.rev++;
    if (message === null) {
      message = { conversation: c.id, seq: c.rev, rev: c.rev, n: null, sender: null, client_id: null, at: at(), kind: 'text', text: null, card: null };
      c.rows.push(message);
    }
    Object.assign(message, change, { rev: c.rev });
    for (const [key, value] of Object.entries(message)) if (value === undefined) delete message[key];
    if (member(c, me)) push({ ev: message.seq === message.rev ? 'message.posted' : 'message.changed', log: `c:${c.id}`, prev, rev: c.rev, d: structuredClone(message) }, sees(c, message));
    return message;
  }
  const system = (c, by, client_id, fact) => write(c, null, { kind: 'system', sender: by, client_id, system: { by, ...fact } });
  function item(kind, key, value) {
    const prev = own.rev++;
    own.items.set(`${kind} ${key}`, { kind, key, rev: own.rev, value });
    push({ ev: 'item.changed', log: `u:${me}`, prev, rev: own.rev, d: { items: [{ kind, key, rev: own.rev, value }] } });
  }
  const found = (c, seq) => {
    const message = c.rows.find((one) => one.seq === seq);
    if (!message || message.kind === 'system') throw refusal('message_not_found');
    return message;
  };

  /** What anybody does; the one way by which anything changes. */
  const deeds = {
    'message.send': (by, c, d) => {
      c.n++;
      const { text, reply_to, mentions } = d;
      const { seq, rev, n, at: when } = write(c, null, { sender: by, client_id: d.client_id, n: c.n, text, reply_to, mentions });
      return { conversation: c.id, seq, rev, n, at: when };
    },
    'message.edit': (by, c, d) => {
      const message = found(c, d.seq);
      if (message.sender !== by) throw refusal('forbidden_role');
      if (message.recalled) throw refusal('recalled');
      return { conversation: c.id, seq: d.seq, rev: write(c, message, { text: d.text, mentions: d.mentions, edited_at: at() }).rev };
    },
    'message.recall': (by, c, d) => {
      const message = found(c, d.seq);
      if (message.recalled) throw refusal('recalled');
      return { conversation: c.id, seq: d.seq, rev: write(c, message, { text: null, card: null, mentions: undefined, reactions: undefined, recalled: { by, at: at() } }).rev };
    },
    'message.pin': (by, c, d) => {
      const message = found(c, d.seq);
      write(c, message, { pinned: d.on || undefined });
      return { conversation: c.id, seq: d.seq, rev: system(c, by, d.client_id, { what: 'message_pinned', seq: d.seq, on: d.on }).rev };
    },
    'conversation.update': (by, c, d) => {
      c.title = d.title;
      return { conversation: c.id, rev: system(c, by, d.client_id, { what: 'title_changed', title: d.title }).rev };
    },
    'member.add': (by, c, d) => {
      for (const id of d.users) {
        // Whoever comes back has their marks again: they only grow.
        const { read = 0, delivered = 0 } = c.before.get(id) ?? {};
        c.members.set(id, { role: 'member', read, delivered, marked: ++c.marks, from_seq: c.history === 'all' ? 0 : c.rev });
      }
      const { rev } = system(c, by, d.client_id, { what: 'members_added', users: d.users });
      if (d.users.includes(me)) item('conversation', c.id, { kind: c.kind });
      return { conversation: c.id, rev, added: d.users };
    },
    'member.remove': (by, c, d) => {
      if (!member(c, d.user)) throw refusal('members_invalid');
      const { rev } = system(c, by, d.client_id, { what: 'member_removed', users: [d.user] });
      c.before.set(d.user, member(c, d.user));
      c.members.delete(d.user);
      if (d.user === me) item('conversation', c.id, { kind: c.kind, state: 'removed' });
      return { conversation: c.id, rev };
    },
    'reaction.set': (by, c, d) => {
      const message = found(c, d.seq);
      if (message.recalled) throw refusal('recalled');
      const old = message.reactions?.find((one) => one.emoji === d.emoji);
      if ((old?.users.includes(by) ?? false) === d.on) return { conversation: c.id, seq: d.seq, rev: message.rev };
      const users = d.on ? [...(old?.users ?? []), by] : old.users.filter((one) => one !== by);
      const rest = (message.reactions ?? []).filter((one) => one !== old);
      const reactions = users.length > 0 ? [...rest, { emoji: d.emoji, count: users.length, users }] : rest;
      return { conversation: c.id, seq: d.seq, rev: write(c, message, { reactions: reactions.length > 0 ? reactions : undefined }).rev };
    },
    'read.mark': (by, c, d) => mark(by, c, 'read', d.seq),
    'delivered.mark': (by, c, d) => mark(by, c, 'delivered', d.seq),
    'message.hide': (by, c, d) => {
      for (const seq of d.seqs) if (!own.items.has(`hidden ${c.id}:${seq}`)) item('hidden', `${c.id}:${seq}`, {});
      return { conversation: c.id, seqs: d.seqs };
    },
    'draft.set': (by, c, d) => {
      item('draft', c.id, d.text === '' ? null : { text: d.text, reply_to: d.reply_to ?? null, at: at() });
      return { conversation: c.id };
    },
    'conversation.set': (by, c, { muted_until, archived, pinned }) => {
      item('preferences', c.id, { muted_until, archived, pinned });
      return { conversation: c.id };
    },
  };
  function mark(by, c, which, seq) {
    const one = member(c, by);
    const to = Math.min(seq, c.rev);
    if (to > one[which]) {
      one[which] = to;
      one.marked = ++c.marks;
      if (member(c, me)) push({ ev: `${which}.marked`, d: { conversation: c.id, user: by, seq: to } });
    }
    return { conversation: c.id, seq: one[which] };
  }

  /** @param {string} by who does it @param {string} op @param {any} d */
  server.act = (by, op, d) => {
    const c = conversations.get(d.conversation);
    if (!c || !member(c, by)) throw refusal('not_a_member');
    const receipt = `${by} ${d.client_id}`;
    if (d.client_id && receipts.has(receipt)) {
      const { content, ok } = receipts.get(receipt);
      if (content !== JSON.stringify([op, d])) throw refusal('idempotency_conflict');
      return { ...ok, duplicate: true };
    }
    const ok = { ...deeds[op](by, c, d), duplicate: false };
    if (d.client_id) receipts.set(receipt, { content: JSON.stringify([op, d]), ok });
    if (by === me) server.carriedOut.push([op, d]);
    return ok;
  };

  server.found = (id, members = [me, 'a', 'b'], more = {}) => {
    const c = { id, kind: 'group', title: id, created_at: at(), rev: 0, n: 0, marks: 0, history: 'all', rows: [], members: new Map(), before: new Map(), ...more };
    for (const one of members) c.members.set(one, { role: 'member', read: 0, delivered: 0, marked: 0, from_seq: 0 });
    conversations.set(id, c);
    if (members.includes(me)) item('conversation', id, { kind: c.kind });
    return c;
  };

  const hidden = (c, seq) => own.items.has(`hidden ${c.id}:${seq}`);
  /** What this person may read, as it is now. */
  server.messages = (id) => {
    const c = conversations.get(id);
    return c.rows.filter((one) => sees(c, one) && !hidden(c, one.seq));
  };
  server.view = (id) => {
    const c = conversations.get(id);
    const mine = member(c, me);
    const rows = server.messages(id);
    const bound = Math.max(mine.read, mine.from_seq, ...c.rows.filter((one) => one.sender === me && one.n !== null).map((one) => one.seq));
    const unread = rows.filter((one) => one.n !== null && one.sender !== me && one.seq > bound && !one.recalled);
    const members = [...c.members].map(([who, { role, read, delivered }]) => ({ user: user(who), role, read_seq: read, delivered_seq: delivered }));
    return structuredClone({
      id, kind: c.kind, title: c.title, created_at: c.created_at, rev: c.rev, n: c.n, members, member_count: members.length, last_message: rows.at(-1) ?? null,
      unread: Math.min(100, unread.length), mentions: Math.min(100, unread.filter((one) => one.mentions?.includes(me)).length), read_seq: mine.read, from_seq: mine.from_seq, history: c.history, my_role: mine.role,
    });
  };

  function sync({ positions: asked }) {
    const logs = [];
    const gone = [];
    for (const { log, rev, mark_rev = 0 } of asked) {
      if (log === `u:${me}`) {
        const items = [...own.items.values()].filter((one) => one.rev > rev).sort((x, y) => x.rev - y.rev);
        const more = items.length > page;
        logs.push({ log, through: more ? items[page - 1].rev : own.rev, more, items: items.slice(0, page) });
        continue;
      }
      const c = conversations.get(log.slice(2));
      if (!c || !member(c, me)) {
        gone.push(log);
        continue;
      }
      const rows = c.rows.filter((one) => one.rev > rev && sees(c, one)).sort((x, y) => x.rev - y.rev);
      const more = rows.length > page;
      const marks = [...c.members].filter(([, one]) => one.marked > mark_rev).map(([who, one]) => ({ conversation: c.id, user: who, seq: one.read, delivered_seq: one.delivered }));
      const floor = member(c, me).from_seq;
      logs.push(structuredClone({ log, through: more ? rows[page - 1].rev : c.rev, more, messages: rows.slice(0, page), marks, mark_rev: c.marks, ...(floor > 0 ? { floor } : {}) }));
    }
    return { logs, gone };
  }

  function history({ conversation, before, after, limit = page }) {
    const rows = server.messages(conversation);
    const fit = after === undefined ? rows.filter((one) => before === undefined || one.seq < before).slice(-limit) : rows.filter((one) => one.seq > after).slice(0, limit);
    const edge = after === undefined ? fit[0] : fit.at(-1);
    return structuredClone({ messages: fit, next: fit.length === limit && edge ? edge.seq : null });
  }

  /** @param {any} frame */
  server.answer = (frame, socket) => {
    const { op, d } = frame;
    if (op === 'hello') {
      socket.greeted = true;
      return { user: user(me), session: 's', now: new Date(time).toISOString(), limits: { sync_positions: positions }, heartbeat_ms: 1e9, server: {}, wallet: { currencies: [], default_currency: 'CNY' }, ...(d.resume ? { resume: sync(d.resume) } : {}) };
    }
    if (op === 'sync') return sync(d);
    if (op === 'ping') return {};
    if (op === 'conversation.list') {
      const ids = [...conversations].filter(([, c]) => member(c, me)).map(([id]) => id);
      const from = d.cursor ? Number(d.cursor) : 0;
      return { conversations: ids.slice(from, from + 2).map(server.view), next: from + 2 < ids.length ? String(from + 2) : null };
    }
    if (CHANGES_NOTHING.has(op) && d.conversation && !member(conversations.get(d.conversation) ?? { members: new Map() }, me)) throw refusal('not_a_member');
    if (op === 'conversation.get') return { conversation: server.view(d.conversation) };
    if (op === 'message.history') return history(d);
    if (op in deeds) return server.act(me, op, d);
    throw refusal('unknown_op');
  };

  /** The class a client makes its sockets of. Nothing arrives anywhere before the test lets it. */
  server.WebSocket = class {
    constructor() {
      Object.assign(this, { in: [], out: [], greeted: false, opened: false, closed: false });
      sockets.add(this);
    }
    send(text) {
      this.in.push(JSON.parse(text));
    }
    close() {
      this.closed = true;
      sockets.delete(this);
    }
  };
  /** One frame further, in one direction. @returns {boolean} whether anything moved */
  server.move = (socket, upwards) => {
    if (socket.closed) return false;
    if (!socket.opened) {
      socket.opened = true;
      socket.onopen();
      return true;
    }
    if (upwards) {
      const frame = socket.in.shift();
      if (!frame) return false;
      let answer;
      try {
        if (server.refuseNext && !CHANGES_NOTHING.has(frame.op)) {
          const code = server.refuseNext;
          server.refuseNext = null;
          throw refusal(code, { retryable: true });
        }
        answer = { id: frame.id, ok: server.answer(frame, socket) };
      } catch (error) {
        if (!error.err) throw error;
        answer = { id: frame.id, err: error.err };
      }
      socket.out.push(answer);
      return true;
    }
    const frame = socket.out.shift();
    if (!frame) return false;
    socket.onmessage({ data: JSON.stringify(frame) });
    return true;
  };
  /** Both sides lose it, with whatever was on the way. */
  server.cut = (socket) => {
    sockets.delete(socket);
    socket.closed = true;
    socket.onclose({ code: 1006 });
  };
  return server;
}
