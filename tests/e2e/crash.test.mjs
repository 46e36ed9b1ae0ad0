// The server is killed in the middle of a send. What was written arrives once, and the page recovers by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handleOf, openBrowser, person } from './person.mjs';
import { startServer } from './server.mjs';

let server;
let browser;
let ann;
let bob;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  ann = await person(browser, { url: server.url });
  bob = await person(browser, { url: server.url });
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await ann.findByHandle(bob.handle);
  await ann.send('before');
  await bob.openChat('Ann');
  await bob.message('before').waitFor();
});
after(async () => {
  try {
    await ann?.done();
    await bob?.done();
  } finally {
    await browser?.close();
    await server?.stop();
  }
});

async function onceForBoth(text) {
  for (const one of [ann, bob]) {
    await one.message(text).waitFor();
    await one.page.reload();
    await one.message(text).waitFor();
    assert.equal(await one.message(text).count(), 1, text);
  }
}

test('killed as the message leaves: exactly one copy', { timeout: 90_000 }, async () => {
  await ann.composer.fill('in the middle');
  await Promise.all([ann.composer.press('Enter'), server.kill()]);
  await ann.page.getByTestId('link-banner').waitFor();
  await server.restart();
  await ann.arrived('in the middle');
  await onceForBoth('in the middle');
});

test('stored, but the answer was lost with the server: exactly one copy', { timeout: 90_000 }, async () => {
  const lost = new Promise((resolve) => (ann.wire.swallowed = resolve));
  ann.wire.lose = 'message.send';
  await ann.send('answer lost');
  await lost;
  ann.wire.lose = null;
  await server.kill();
  await server.restart();
  await ann.arrived('answer lost');
  await onceForBoth('answer lost');
});

test('written while the server is away, and the page reloaded meanwhile: sent when it is back', { timeout: 90_000 }, async () => {
  await server.kill();
  await ann.page.getByTestId('link-banner').waitFor();
  await ann.send('kept for later');
  await ann.message('kept for later').locator('[data-state="waiting"]').waitFor();
  await server.restart();
  await ann.page.reload();
  await ann.arrived('kept for later');
  await onceForBoth('kept for later');
});
