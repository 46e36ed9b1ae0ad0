// The example that pays for an invoice, while its socket is cut, the server is killed and it is killed itself, fifty times:
// each invoice is paid once.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { httpApi } from '../../static/sdk/http.js';
import { handleOf, openBrowser, PASSWORD, person, until } from './person.mjs';
import { startServer } from './server.mjs';

const EXAMPLE = new URL('../../docs/examples/pay-once.mjs', import.meta.url).pathname;
/** Node 20 has its WebSocket behind a flag. */
const FLAGS = globalThis.WebSocket ? [] : ['--experimental-websocket'];
const KILLS = 50;
/** Kills while one invoice is paid. */
const EACH = 5;
/** What the program says until it is done: its greeting, what it reads, whom it looks for, the payment, and what follows. */
const FRAMES = 6;

/** Between program and server: tells when so much of the program's has gone through, and cuts. @param {string} url */
async function wireTo(url) {
  const { hostname, port } = new URL(url);
  const pairs = new Set();
  let left = 0;
  let reached = () => {};
  const wire = net.createServer((from) => {
    const to = net.connect(Number(port), hostname);
    const pair = [from, to];
    pairs.add(pair);
    const end = () => (pairs.delete(pair), from.destroy(), to.destroy());
    let greeted = false;
    from.on('data', (data) => {
      to.write(data);
      // The first is the request for a socket, not yet a frame on it.
      if (greeted && left > 0 && --left === 0) reached();
      greeted = true;
    });
    to.on('data', (data) => from.write(data));
    for (const one of pair) for (const event of ['close', 'error']) one.on(event, end);
  });
  await new Promise((resolve) => wire.listen(0, '127.0.0.1', () => resolve(undefined)));
  return {
    url: `http://127.0.0.1:${/** @type {net.AddressInfo} */ (wire.address()).port}`,
    /** @param {number} frames @returns {Promise<void>} */
    after: (frames) => new Promise((resolve) => ([left, reached] = [frames, () => resolve(undefined)])),
    cut: () => pairs.forEach((pair) => pair.forEach((one) => one.destroy())),
    close: () => (pairs.forEach((pair) => pair.forEach((one) => one.destroy())), wire.close()),
  };
}

/** @param {string} url @param {string} handle */
async function account(url, handle) {
  const http = httpApi({ base: url });
  await http.register({ handle, email: `${handle}@example.com`, password: PASSWORD, display_name: handle });
  return (await http.login({ login: handle, password: PASSWORD, device: 'program' })).token;
}

/** What somebody has, as their page shows it. @param {import('playwright-core').Browser} browser @param {string} url @param {string} handle @param {string} amount @param {number} rows */
async function has(browser, url, handle, amount, rows) {
  const one = await person(browser, { url });
  await one.signIn(handle);
  await one.place('wallet').click();
  await one.balance(amount);
  await until(async () => (await one.page.getByTestId('transfer-row').count()) === rows, `${rows} rows`);
  await one.done();
}

test('the example pays each invoice once while its socket, the server and it are killed fifty times', { timeout: 600_000 }, async () => {
  const [server, browser, dir] = [await startServer(), await openBrowser(), await mkdtemp(join(tmpdir(), 'quipu-pays-'))];
  const wire = await wireTo(server.url);
  try {
    const [payer, payee] = [handleOf('payer'), handleOf('payee')];
    const token = await account(server.url, payer);
    await account(server.url, payee);
    await server.fund(payer, '100.00');
    const begin = (/** @type {string} */ invoice) => {
      const child = spawn(process.execPath, [...FLAGS, EXAMPLE, invoice, payee, '1.25', 'CNY'], { env: { ...process.env, QUIPU_SERVER: wire.url, QUIPU_TOKEN: token, QUIPU_PAYMENTS: join(dir, invoice) } });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += data));
      return { child, ended: new Promise((resolve) => child.once('exit', (code) => resolve({ code, said }))) };
    };
    const deeds = [
      async () => wire.cut(),
      async () => (await server.kill(), await server.restart()),
      async (/** @type {import('node:child_process').ChildProcess} */ child) => void child.kill('SIGKILL'),
    ];
    let kills = 0;
    for (let turn = 0; kills < KILLS; turn++) {
      assert.ok(turn < 4 * KILLS, 'the program is always done before it is disturbed');
      const moment = wire.after(1 + (turn % FRAMES));
      const { child, ended } = begin(`invoice-${Math.floor(kills / EACH)}`);
      const disturbed = await Promise.race([moment.then(() => true), ended.then(() => false)]);
      const deed = turn % deeds.length;
      if (disturbed) {
        kills++;
        await deeds[deed]?.(child);
      }
      const { code, said } = await ended;
      if (!disturbed || deed < 2) assert.deepEqual([code, /^paid( before)?: /.test(said)], [0, true], said);
    }
    for (let i = 0; i < KILLS / EACH; i++) {
      const { code, said } = await begin(`invoice-${i}`).ended;
      assert.deepEqual([code, /^paid( before)?: /.test(said)], [0, true], said);
    }
    await has(browser, server.url, payer, '¥87.50', 11);
    await has(browser, server.url, payee, '¥12.50', 10);
  } finally {
    wire.close();
    await browser.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
});
