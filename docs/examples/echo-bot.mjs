// A bot that answers "/echo words" in every conversation it is in, each message once: over lost connections, lost answers
// and its own end. It needs the token of a session (`POST /api/v1/login` gives one):
//
//   QUIPU_SERVER=http://127.0.0.1:8080 QUIPU_TOKEN=… node docs/examples/echo-bot.mjs      (Node 20: --experimental-websocket)
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { connect } from '../../static/sdk/chat.js';
import { fileStore } from '../../static/sdk/file-store.js';

/** Made of the message that is answered: answered again after a restart, it is the same answer, and the server keeps one. */
export function answerId({ conversation, seq, at }) {
  const time = Date.parse(at).toString(16).padStart(12, '0');
  const hash = createHash('sha256').update(`echo ${conversation} ${seq}`).digest('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

/** @param {import('../../static/sdk/chat.js').Quipu} quipu */
export function echo(quipu) {
  let before = Promise.resolve();
  // One after the other: the read mark passes a message only when it is answered. After a restart, what stands beyond is told again.
  quipu.on('message', ({ message }) => (before = before.then(() => answer(quipu, message)).catch((error) => console.error(error.code, error.message))));
}

async function answer(quipu, message) {
  const { conversation, seq, sender, text, edited_at } = message;
  const words = /^\/echo\s+(.+)/s.exec(text ?? '')?.[1];
  if (words && sender !== quipu.user.id && !edited_at) await quipu.send(conversation, { text: words, reply_to: seq, client_id: answerId(message) });
  await quipu.markRead(conversation, seq);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { QUIPU_SERVER = 'http://127.0.0.1:8080', QUIPU_TOKEN = '', QUIPU_OUTBOX = 'echo-bot.outbox.json' } = process.env;
  const quipu = connect({ server: QUIPU_SERVER, token: QUIPU_TOKEN, client: { name: 'echo-bot', version: '1.0.0' }, outbox: () => fileStore(fs, QUIPU_OUTBOX), since: 'read' });
  echo(quipu);
  await quipu.ready;
  console.log(`@${quipu.user.handle} listens in ${quipu.model.conversations.size} conversations`);
}
