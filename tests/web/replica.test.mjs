// A client against a small server over bad connections: after whatever happened in between, the replica of a program and
// the state of a page say exactly what the server says, and everything that was done was done once and in its order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Quipu } from '../../static/sdk/chat.js';
import { memoryStore } from '../../static/sdk/outbox.js';
import { conversations, noConversations, staleOnes } from '../../static/state/conversations.js';
import { byDay, emptyThread, messages } from '../../static/state/messages.js';
import { fakeClock, settle } from './fake-socket.mjs';
import { chance, fakeServer } from './fake-server.mjs';

const SEEDS = Number(process.env.QUIPU_SIM_SEEDS ?? 60);
const FIRST = Number(process.env.QUIPU_SIM_SEED ?? 1);
const STEPS = 220;

/** One program or page of the person, with all that it holds. */
function start(server, clock, store, random, since) {
  let lists = noConversations();
  let threads = {};
  const page = {
    dispatch(event) {
      const known = { ...event, me: 'me' };
      lists = conversations(lists, known);
      threads = messages(threads, known);
    },
    get lists() { return lists; },
    thread: (id) => threads[id] ?? emptyThread(),
  };
  /** Where reading began of each conversation. @type {Map<string, number>} */
  const begun = new Map();
  const quipu = new Quipu({
    server: 'http://x', WebSocket: server.WebSocket, now: clock.now, random: random.next, setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
    outbox: () => store, since,
    onEvent: (event) => {
      page.dispatch(event);
      if (event.type === 'conversation.gone') begun.delete(event.id);
      if (event.type === 'conversation' && !begun.has(event.conversation.id)) begun.set(event.conversation.id, since === 'now' ? event.conversation.rev : Math.max(event.conversation.read_seq, event.conversation.from_seq));
      for (const id of staleOnes(lists)) quipu.logs.want(id);
    },
  });
  page.read = async (id, how) => {
    const thread = page.thread(id);
    const { older, newer } = how;
    const edge = older ? { before: thread.older } : newer ? { after: thread.newer } : {};
    page.dispatch({ type: 'thread.loading', conversation: id, ...how });
    try {
      const answer = await quipu.request('message.history', { conversation: id, limit: 4, ...edge });
      page.dispatch({ type: 'thread.page', conversation: id, ...how, ...edge, ...answer });
    } catch {
      page.dispatch({ type: 'thread.failed', conversation: id, ...how, error: null });
    }
  };
  page.jump = async (id, seq) => {
    page.dispatch({ type: 'thread.loading', conversation: id });
    try {
      const [before, after] = await Promise.all([quipu.request('message.history', { conversation: id, limit: 3, before: seq + 1 }), quipu.request('message.history', { conversation: id, limit: 3, after: seq })]);
      page.dispatch({ type: 'thread.window', conversation: id, messages: [...before.messages, ...after.messages], older: before.next, newer: after.next, focus: seq });
    } catch {
      page.dispatch({ type: 'thread.failed', conversation: id, error: null });
    }
  };
  quipu.start();
  return { quipu, page, begun };
}

/** Everything that waits arrives, and all that it leads to. */
async function quiet(server, clock) {
  for (let still = 0, rounds = 0; still < 3; rounds++) {
    assert.ok(rounds < 3000, 'it never comes to rest');
    let moved = false;
    for (const socket of [...server.sockets]) for (const up of [true, false]) moved = server.move(socket, up) || moved;
    await settle();
    if (moved) still = 0;
    else {
      still++;
      await clock.pass(40_000);
    }
  }
}

const tryTo = (act) => {
  try {
    act();
  } catch (error) {
    if (!error.err) throw error; // a refusal is an answer too
  }
};

/** Somebody does something on the server: another member, or oneself on another device. */
function others(server, random, made) {
  const id = random.pick(['x', 'y', 'z']);
  const c = server.conversations.get(id);
  const by = random.pick(['a', 'a', 'b', 'me']);
  const seq = random.pick(c.rows)?.seq ?? 1;
  const d = { conversation: id, client_id: `s${made.n++}` };
  const mentions = random.one(3) ? ['me'] : undefined;
  const deeds = [
    ...Array(8).fill(() => server.act(by, 'message.send', { ...d, text: `t${made.n}`, mentions, ...(random.one(4) ? { reply_to: seq } : {}) })),
    () => server.act(by, 'message.edit', { ...d, seq, text: `e${made.n}`, mentions }),
    () => server.act('b', 'message.recall', { ...d, seq }),
    () => server.act(by, 'reaction.set', { conversation: id, seq, emoji: random.pick(['👍', '❤']), on: random.one(2) }),
    () => server.act(by, 'message.pin', { ...d, seq, on: random.one(2) }),
    () => server.act(by, 'read.mark', { conversation: id, seq }),
    () => server.act(by, 'delivered.mark', { conversation: id, seq }),
    () => server.act('me', 'message.hide', { conversation: id, seqs: [seq] }),
    () => server.act('me', 'draft.set', { conversation: id, text: random.one(3) ? '' : `d${made.n}` }),
    () => server.act('me', 'conversation.set', { conversation: id, muted_until: null, archived: random.one(2), pinned: false }),
    () => server.act('a', 'conversation.update', { ...d, title: `title ${made.n}` }),
    () => server.act('a', 'member.remove', { ...d, user: random.pick(['me', 'b']) }),
    () => {
      const gone = ['me', 'b'].filter((one) => !c.members.has(one));
      if (gone.length > 0) server.act('a', 'member.add', { ...d, users: gone });
    },
    () => (c.history = random.pick(['all', 'from_join'])),
    () => (server.loseNextPush = true),
  ];
  tryTo(random.pick(deeds));
}

/** The person does something here. */
function here({ quipu, page }, server, random, made) {
  const id = random.pick(['x', 'y', 'z']);
  const rows = server.conversations.get(id).rows;
  const seq = random.pick(rows)?.seq ?? 1;
  const seen = quipu.model.messages(id).at(-1)?.seq;
  const fine = (promise) => promise.catch(() => {});
  random.pick([
    ...Array(4).fill(() => {
      const text = `mine ${made.n++}`;
      if (quipu.outbox) made.sent.push([id, text]);
      fine(quipu.send(id, { text }));
    }),
    () => fine(quipu.edit(id, seq, `mine ${made.n++} edited`)),
    () => fine(quipu.recall(id, seq)),
    () => fine(quipu.pin(id, seq, random.one(2))),
    () => fine(quipu.react(id, seq, '👍', random.one(2))),
    () => seen && fine(quipu.markRead(id, seen)),
    () => fine(quipu.hide(id, [seq])),
    () => page.lists.byId[id] && page.thread(id).status === 'idle' && page.read(id, {}),
    () => page.thread(id).older !== null && !page.thread(id).loadingOlder && page.thread(id).newer === null && page.read(id, { older: true }),
    () => page.thread(id).newer !== null && !page.thread(id).loadingNewer && !page.thread(id).loadingOlder && page.read(id, { newer: true }),
    () => page.thread(id).status === 'ready' && !page.thread(id).loadingOlder && !page.thread(id).loadingNewer && page.jump(id, seq),
  ])();
}

const bare = (message) => {
  const { local: _, ...rest } = message;
  return rest;
};
const counts = ({ title, unread, mentions, n, members, member_count, from_seq }) =>
  ({ title, unread, mentions, n, member_count, from_seq, members: members.map(({ user, role, read_seq, delivered_seq }) => [user.id, role, read_seq, delivered_seq]).sort() });

function compare(server, { quipu, page, begun }) {
  const mine = [...server.conversations.keys()].filter((id) => server.conversations.get(id).members.has('me'));
  assert.deepEqual([...quipu.model.conversations.keys()].sort(), mine.sort());
  assert.deepEqual(Object.keys(page.lists.byId).sort(), mine);
  for (const id of mine) {
    const truth = server.view(id);
    const rows = server.messages(id);
    for (const one of [quipu.model.conversations.get(id), page.lists.byId[id]]) {
      assert.deepEqual(counts(one), counts(truth), `${id}: what the conversation says`);
      assert.deepEqual(one.last_message && bare(one.last_message), truth.last_message, `${id}: what was said last`);
    }
    const held = quipu.model.messages(id).map(bare);
    for (const message of held) assert.deepEqual(message, rows.find((one) => one.seq === message.seq), `${id}: a message that is not so`);
    for (const row of rows) if (row.rev > begun.get(id)) assert.ok(held.some((one) => one.seq === row.seq), `${id}: ${row.seq} is missing`);
    const thread = page.thread(id);
    if (thread.status !== 'ready') continue;
    const shown = byDay(thread, 'me', (at) => at.slice(0, 10)).flatMap((day) => day.rows).filter((row) => row.message).map((row) => bare(row.message));
    const [first, last] = [thread.items[0]?.seq ?? 0, thread.newer === null ? Infinity : (thread.items.at(-1)?.seq ?? Infinity)];
    assert.deepEqual(shown, rows.filter((row) => row.seq >= (thread.older === null ? 0 : first) && row.seq <= last), `${id}: what the page shows`);
    assert.deepEqual(thread.outgoing.filter((one) => one.state === 'waiting'), []);
  }
}

/** Once each, and in each conversation in the order in which they were written. */
function once(server, made, store) {
  const failed = store.all().map((item) => item.text);
  for (const id of ['x', 'y', 'z']) {
    const written = made.sent.filter(([where]) => where === id).map(([, text]) => text);
    const arrived = server.carriedOut.filter(([op, d]) => op === 'message.send' && d.conversation === id && written.includes(d.text)).map(([, d]) => d.text);
    assert.deepEqual(arrived, written.filter((text) => arrived.includes(text)), `${id}: each once and in order`);
    for (const text of written) assert.ok(arrived.includes(text) || failed.includes(text) || made.refused.has(text), `${id}: ${text} is lost`);
  }
}

async function simulate(seed) {
  const random = chance(seed * 7919 + 1);
  const server = fakeServer();
  const clock = fakeClock();
  const store = memoryStore();
  const made = { n: 1, sent: [], refused: new Set() };
  for (const id of ['x', 'y', 'z']) {
    server.found(id);
    for (let i = 0; i < 6; i++) server.act('a', 'message.send', { conversation: id, client_id: `s${made.n++}`, text: `first ${i}` });
  }
  const from = seed % 2 === 0 ? 'now' : 'read';
  let one = start(server, clock, store, random, from);
  for (let step = 0; step < STEPS; step++) {
    const socket = random.pick([...server.sockets]);
    const kind = random.below(20);
    if (kind < 6) others(server, random, made);
    else if (kind < 9) here(one, server, random, made);
    else if (kind < 18 && socket) for (let i = random.below(6); i >= 0; i--) server.move(socket, random.one(2));
    else if (kind === 18) await clock.pass(random.below(3000));
    else if (random.one(3)) server.refuseNext = 'busy';
    else if (random.one(3) && socket?.opened) server.cut(socket);
    else if (random.one(4)) {
      // The program ends, and begins again with nothing but its store.
      one.quipu.stop();
      for (const left of server.sockets) server.sockets.delete(left);
      one = start(server, clock, store, random, from);
    }
    await settle();
  }
  await quiet(server, clock);
  // A push may have been lost without a later one to show the hole: a new socket shows it.
  for (const socket of [...server.sockets]) server.cut(socket);
  await quiet(server, clock);
  compare(server, one);
  once(server, made, store);
}

test(`whatever happens, what is shown in the end is what the server holds (${SEEDS} histories)`, async () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    try {
      await simulate(seed);
    } catch (error) {
      error.message = `with QUIPU_SIM_SEED=${seed}: ${error.message}`;
      throw error;
    }
  }
});
