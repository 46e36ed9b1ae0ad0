// The demonstration: a link for each of two people, one press, play money, and a banner that says so.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, person } from './person.mjs';
import { startServer } from './server.mjs';

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer('--demo'), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [size, lang] of [['wide', 'en'], ['narrow', 'zh-CN']])
  test(`one press signs in, with play money and a banner (${size}, ${lang})`, { timeout: 60_000 }, async () => {
    const visitor = await person(browser, { url: server.url, size, lang });
    await visitor.page.goto('/demo/alice');
    await visitor.page.getByRole('button', { name: visitor.t('demo.enter_as', { name: '@alice' }) }).click();
    await visitor.page.getByRole('heading', { name: visitor.t('nav.chats'), level: 1 }).waitFor();
    assert.equal(await visitor.page.getByTestId('demo-banner').innerText(), visitor.t('demo.banner'));
    await visitor.noSidewaysScroll();
    await visitor.page.getByRole('link', { name: /Bob/ }).first().waitFor();
    await visitor.page.goto('/wallet');
    await visitor.page.getByText('1,000.00').first().waitFor();
    await visitor.page.goto('/contacts');
    await visitor.page.getByText('@bob').first().waitFor();
    await visitor.done();
  });
