// The page of the protocol: everything that the documents name, readable on every screen, under the same rules as the rest.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { openBrowser, person } from './person.mjs';
import { startServer } from './server.mjs';

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const [size, dark] of [['wide', false], ['narrow', true]])
  test(`the protocol is a page that anybody can read (${size})`, { timeout: 60_000 }, async () => {
    const reader = await person(browser, { url: server.url, size, dark });
    const { page } = reader;
    await page.goto('/docs#socket-transfer.send');
    const socket = await (await page.request.get('/docs/asyncapi.json')).json();
    const http = await (await page.request.get('/docs/openapi.json')).json();
    await page.getByRole('heading', { name: 'Close codes' }).waitFor();
    const titles = await page.locator('article h3').allInnerTexts();
    for (const name of socket['x-order']) assert.ok(titles.includes(name), name);
    for (const [path, verbs] of Object.entries(http.paths)) for (const verb of Object.keys(verbs)) assert.ok(titles.includes(`${verb.toUpperCase()} ${path}`), path);
    // The address led to the operation, whose content is told field by field; a shape is one press away.
    const article = page.locator('[id="socket-transfer.send"]');
    assert.ok(await article.evaluate((node) => Math.abs(node.getBoundingClientRect().top) < innerHeight / 2));
    await article.getByText('The fee that the payer agreed to').waitFor();
    await article.getByText('Examples').click();
    await article.getByText('"op": "transfer.send"').first().waitFor();
    await reader.shot('docs-operation');
    await article.getByRole('link', { name: 'TransferSent' }).click();
    assert.ok(page.url().endsWith('#shape-TransferSent'));
    const broken = await page.locator('a[href^="#"]').evaluateAll((links) => links.map((link) => link.getAttribute('href').slice(1)).filter((id) => !document.getElementById(id)));
    assert.deepEqual(broken, []);
    await reader.noSidewaysScroll();
    await page.goto('/docs');
    await page.getByRole('heading', { name: 'Close codes' }).waitFor();
    await reader.shot('docs');
    await page.locator('#errors').scrollIntoViewIfNeeded();
    await reader.shot('docs-codes');
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
    await reader.done();
  });
