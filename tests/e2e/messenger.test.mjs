// All that can be done with a message, by two people, at two widths and in two languages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handleOf, openBrowser, person, pictureOf, until, WAYS } from './person.mjs';
import { startServer } from './server.mjs';
import { Walked } from './walked.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

const walked = new Walked('messenger');
let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Higher than any of the screens. */
const LONG = Array.from({ length: 60 }, (_, n) => `${n + 1}.`).join('\n');
const GROUP = 'Walkers 步行者';

for (const how of WAYS) {
  test(`messages and what can be done with them: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const ann = await person(browser, { url: server.url, ...how });
    const bob = await person(browser, { url: server.url, ...how });
    await ann.register(handleOf('ann'), 'Ann Larsen');
    await bob.register(handleOf('bob'), '王博');
    await ann.findByHandle(bob.handle);
    await ann.send('Where shall we meet?');
    await bob.openChat('Ann Larsen');
    for (const step of [reply, edit, react, pin, recall, picture, file, hide, draft, forward, list]) await step(ann, bob);
    await walked.by(ann, bob);
  });
}

/** A quote at both, which leads to what it quotes. @param {Person} ann @param {Person} bob */
async function reply(ann, bob) {
  await bob.message('Where shall we meet?').waitFor();
  await bob.send(LONG);
  await bob.act('Where shall we meet?', 'message.reply');
  await bob.page.getByTestId('reply-bar').getByText('Where shall we meet?').waitFor();
  await bob.noSidewaysScroll();
  await bob.shot('reply');
  await bob.send('At the river.');
  for (const one of [ann, bob]) {
    const original = one.message('Where shall we meet?').first();
    const quote = one.message('At the river.').getByTestId('quote').filter({ hasText: 'Where shall we meet?' });
    await quote.waitFor();
    assert.equal(await onScreen(original), false, 'the original is out of sight');
    await quote.click();
    await until(() => onScreen(original), 'the original comes to sight');
    await until(() => original.evaluate((node) => node === document.activeElement), 'the original has the focus');
    await one.shot('jumped');
    await one.page.getByTestId('to-end').click();
    await until(() => onScreen(one.message('At the river.')), 'back at the end');
  }
}

/** @param {import('playwright-core').Locator} message */
function onScreen(message) {
  return message.evaluate((node) => {
    const [box, log] = [node.getBoundingClientRect(), node.closest('[role="log"]').getBoundingClientRect()];
    return box.bottom > log.top && box.top < log.bottom;
  });
}

/** Marked as edited at both; the key ↑ takes up the last message. @param {Person} ann @param {Person} bob */
async function edit(ann, bob) {
  await bob.act('At the river.', 'message.edit');
  await bob.page.getByTestId('edit-bar').waitFor();
  assert.equal(await bob.composer.inputValue(), 'At the river.');
  await bob.send('At the bridge.');
  for (const one of [ann, bob]) await one.message('At the bridge.').getByText(one.t('message.edited'), { exact: true }).waitFor();
  await bob.composer.press('ArrowUp');
  await bob.page.getByTestId('edit-bar').waitFor();
  await bob.composer.press('Escape');
  await bob.page.getByTestId('edit-bar').waitFor({ state: 'detached' });
  assert.equal(await bob.composer.inputValue(), '', 'what was left alone is not written');
  await bob.composer.press('ArrowUp');
  assert.equal(await bob.composer.inputValue(), 'At the bridge.');
  await bob.shot('edit');
  await bob.send('At the old bridge.');
  for (const one of [ann, bob]) {
    await one.message('At the old bridge.').waitFor();
    for (const before of ['At the river.', 'At the bridge.']) assert.equal(await one.message(before).count(), 0, 'nothing of what it was before');
    await one.message('At the old bridge.').getByTestId('quote').waitFor();
  }
}

/** Given, joined, listed, taken back. @param {Person} ann @param {Person} bob */
async function react(ann, bob) {
  const text = 'At the old bridge.';
  const chip = (/** @type {Person} */ one, /** @type {string} */ emoji) => one.message(text).getByTestId('reactions').getByRole('button').filter({ hasText: emoji });
  await ann.openActions(text);
  await ann.noSidewaysScroll();
  await ann.shot('actions');
  await ann.page.getByTestId('menu').getByRole('button', { name: '👍' }).click();
  await chip(bob, '👍').click();
  for (const one of [ann, bob]) {
    await chip(one, '👍').filter({ hasText: '2' }).waitFor();
    assert.equal(await chip(one, '👍').getAttribute('aria-pressed'), 'true');
  }
  await ann.openActions(text);
  await ann.page.getByTestId('menu').getByRole('button', { name: ann.t('reactions.more') }).click();
  await ann.noSidewaysScroll();
  await ann.shot('palette');
  await ann.page.getByTestId('emoji-palette-dialog').getByRole('button', { name: '🎉' }).click();
  await chip(bob, '🎉').waitFor();
  await bob.act(text, 'reactions.title');
  const people = bob.page.getByTestId('reaction-people-dialog');
  await people.getByRole('listitem').nth(2).waitFor();
  assert.equal(await people.getByRole('listitem').filter({ hasText: 'Ann Larsen' }).count(), 2);
  await bob.shot('reactions');
  await bob.page.keyboard.press('Escape');
  await chip(bob, '👍').click();
  for (const one of [ann, bob]) await chip(one, '👍').filter({ hasText: '1' }).waitFor();
  assert.equal(await chip(bob, '👍').getAttribute('aria-pressed'), 'false');
}

/** At both above the thread and in the list; a press leads there. @param {Person} ann @param {Person} bob */
async function pin(ann, bob) {
  await ann.act('At the old bridge.', 'message.pin');
  for (const one of [ann, bob]) await one.page.getByTestId('pinned-bar').filter({ hasText: 'At the old bridge.' }).waitFor();
  await bob.openDetails();
  await bob.noSidewaysScroll();
  await bob.shot('details');
  await bob.page.getByTestId('open-pinned').click();
  const list = bob.page.getByTestId('pinned-dialog');
  await list.getByText('At the old bridge.').waitFor();
  await bob.noSidewaysScroll();
  await bob.shot('pinned');
  await bob.page.keyboard.press('Escape');
  await list.waitFor({ state: 'detached' });
  await bob.closeDetails();
  await bob.page.getByTestId('pinned-bar').getByRole('button').first().click();
  await until(() => bob.message('At the old bridge.').evaluate((node) => node === document.activeElement), 'the pinned message has the focus');
  await ann.act('At the old bridge.', 'message.unpin');
  for (const one of [ann, bob]) await one.page.getByTestId('pinned-bar').waitFor({ state: 'detached' });
}

/** A note is left at both, and none of the words. @param {Person} ann @param {Person} bob */
async function recall(ann, bob) {
  await ann.send('A slip of the tongue');
  await bob.message('A slip of the tongue').waitFor();
  await ann.act('A slip of the tongue', 'message.recall');
  await ann.shot('recall');
  await ann.confirm();
  await ann.message(ann.t('message.recalled_by_you')).waitFor();
  await bob.message(bob.t('message.recalled')).waitFor();
  for (const one of [ann, bob]) assert.equal(await one.page.getByText('A slip of the tongue').count(), 0, 'not even for a screen reader');
}

/** Chosen through the menu, seen small, opened whole. @param {Person} ann @param {Person} bob */
async function picture(ann, bob) {
  await choose(ann, 'composer.photo', { name: 'bridge.png', mimeType: 'image/png', buffer: pictureOf(900, 600) });
  await ann.shot('upload');
  await ann.send('This one');
  await ann.arrived('This one');
  for (const one of [ann, bob]) {
    const shown = one.message('This one').getByTestId('picture').getByRole('img');
    await until(() => shown.evaluate((node) => node.naturalWidth > 0), 'the picture is drawn');
    await one.noSidewaysScroll();
  }
  await bob.message('This one').getByTestId('picture').click();
  const whole = bob.page.getByTestId('lightbox-dialog').getByRole('img', { name: 'bridge.png' });
  await until(() => whole.evaluate((node) => node.naturalWidth === 900), 'the whole picture is drawn');
  await bob.noSidewaysScroll();
  await bob.shot('lightbox');
  await bob.page.keyboard.press('Escape');
  await whole.waitFor({ state: 'detached' });
}

/** Anything else is fetched as it was. @param {Person} ann @param {Person} bob */
async function file(ann, bob) {
  const content = 'Bring: bread, 面包\n';
  await choose(ann, 'composer.file', { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from(content) });
  await ann.page.getByTestId('send').click();
  const chip = bob.page.getByTestId('file').filter({ hasText: 'list.txt' });
  await chip.waitFor();
  await bob.shot('files');
  const [download] = await Promise.all([bob.page.waitForEvent('download'), chip.click()]);
  assert.equal(download.suggestedFilename(), 'list.txt');
  let got = '';
  for await (const part of await download.createReadStream()) got += part;
  assert.equal(got, content);
}

/** From the menu of the composer until it is up. @param {Person} one @param {string} key @param {{ name: string, mimeType: string, buffer: Buffer }} chosen */
async function choose(one, key, chosen) {
  await one.page.getByRole('button', { name: one.t('composer.more') }).click();
  const [chooser] = await Promise.all([one.page.waitForEvent('filechooser'), one.page.getByRole('menuitem', { name: one.t(key), exact: true }).click()]);
  await chooser.setFiles(chosen);
  await one.page.locator('[data-testid="upload"][data-state="done"]').filter({ hasText: chosen.name }).waitFor();
}

/** Gone for who deleted it, for good; there for the other. @param {Person} ann @param {Person} bob */
async function hide(ann, bob) {
  await bob.send('Not for long');
  await ann.act('Not for long', 'message.hide');
  await ann.confirm();
  await ann.message('Not for long').waitFor({ state: 'detached' });
  await ann.page.reload();
  await ann.message('At the old bridge.').waitFor();
  assert.equal(await ann.message('Not for long').count(), 0);
  await bob.message('Not for long').waitFor();
}

/** What was begun outlives the page, and is there on another device. @param {Person} ann */
async function draft(ann) {
  await ann.composer.fill('half a thought 半个');
  await ann.page.reload();
  await ann.composer.waitFor();
  assert.equal(await ann.composer.inputValue(), 'half a thought 半个');
  await ann.toTabs();
  await ann.place('chats').click();
  await ann.page.getByTestId('chat-row').filter({ hasText: ann.t('chats.draft') }).getByText('half a thought 半个').waitFor();
  await ann.shot('draft');
  const there = await person(browser, { url: server.url, size: ann.size, lang: ann.lang });
  await there.signIn(ann.handle);
  await there.openChat('王博');
  await until(async () => (await there.composer.inputValue()) === 'half a thought 半个', 'the draft on the other device');
  await there.composer.fill('');
  await ann.openChat('王博');
  await until(async () => (await ann.composer.inputValue()) === '', 'the draft is taken back on both');
  await walked.by(there);
}

/** Posted elsewhere with the name of who wrote it. @param {Person} ann @param {Person} bob */
async function forward(ann, bob) {
  await ann.makeGroup(GROUP, bob);
  await ann.openChat('王博');
  await ann.act('At the old bridge.', 'message.forward');
  const choice = ann.page.getByTestId('forward-dialog');
  await choice.getByLabel(ann.t('forward.filter')).fill('walk');
  await ann.noSidewaysScroll();
  await ann.shot('forward');
  await choice.getByRole('button', { name: GROUP }).click();
  await ann.page.getByRole('heading', { name: GROUP, level: 1 }).waitFor();
  await bob.openChat(GROUP);
  for (const one of [ann, bob]) await one.message('At the old bridge.').getByText(one.t('message.forwarded_from', { name: '王博' })).waitFor();
  await ann.arrived('At the old bridge.');
  await ann.shot('forwarded');
}

/** Pinned to the top, muted, put away and fetched back. @param {Person} ann */
async function list(ann) {
  const row = ann.page.getByTestId('chat-row').filter({ hasText: '王博' }).first();
  const deed = async (/** @type {string} */ key, /** @type {any} */ params) => ann.page.getByRole('menuitem', { name: ann.t(key, params), exact: true }).click();
  const open = async (/** @type {string} */ key) => {
    await row.hover();
    await ann.page.getByRole('listitem').filter({ has: row }).getByTestId('chat-menu').click();
    await deed(key);
  };
  await ann.toTabs();
  await ann.place('chats').click();
  await until(async () => /Walkers/.test(await ann.page.getByTestId('chat-row').first().innerText()), 'the latest is first');
  await open('chats.pin');
  await until(async () => /王博/.test(await ann.page.getByTestId('chat-row').first().innerText()), 'what is pinned is first');
  await open('chats.mute');
  await ann.shot('mute');
  await deed('chats.mute_hours', { n: 8 });
  await row.getByLabel(ann.t('chats.muted')).waitFor();
  await ann.noSidewaysScroll();
  await open('chats.unmute');
  await row.getByLabel(ann.t('chats.muted')).waitFor({ state: 'detached' });
  await open('chats.unpin');
  await open('chats.archive');
  await row.waitFor({ state: 'detached' });
  await ann.page.getByTestId('archived-folder').click();
  await row.waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('archived');
  await open('chats.unarchive');
  await ann.page.getByText(ann.t('chats.archived_empty_title')).waitFor();
  await ann.place('chats').click();
  await row.waitFor();
}

test('a page that is left alone asks for a sign of life', { timeout: 120_000 }, async () => {
  const ann = await person(browser, { url: server.url });
  await ann.register(handleOf('ann'), 'Ann');
  await until(() => ann.wire.sent.includes('ping'), 'a ping', 60_000);
  await walked.by(ann);
});

test('at midnight what was today is yesterday, in a page that stays open', { timeout: 90_000 }, async () => {
  // Noon for the server, wherever that is just now, so that the test has no midnight of its own.
  const hour = new Date().getUTCHours();
  const noon = new Date().setUTCMinutes(0, 0, 0);
  const ann = await person(browser, { url: server.url, timezoneId: `Etc/GMT${hour < 12 ? '-' : '+'}${Math.abs(12 - hour)}` });
  const bob = await person(browser, { url: server.url });
  const [day, list] = [ann.page.getByRole('region', { name: ann.t('day.today') }), ann.page.getByTestId('chat-row').getByRole('time')];
  const [before] = [ann.page.getByRole('region', { name: ann.t('day.yesterday') })];
  await bob.register(handleOf('bob'), 'Bob');
  await ann.page.clock.install({ time: noon + (11 * 60 + 59) * 60_000 });
  await ann.register(handleOf('ann'), 'Ann');
  await server.fund(ann.handle, '20.00');
  await ann.findByHandle(bob.handle);
  await ann.send('before midnight');
  await ann.arrived('before midnight');
  await day.waitFor();
  assert.match(await list.innerText(), /^1[23]:\d\d$/);
  await ann.page.clock.runFor(120_000);
  await before.waitFor();
  await before.getByRole('heading', { name: ann.t('day.yesterday') }).waitFor();
  assert.equal(await day.count(), 0);
  assert.equal(await list.innerText(), ann.t('day.yesterday'));
  await ann.place('wallet').click();
  await before.getByTestId('transfer-row').waitFor();
  await ann.page.clock.fastForward(24 * 60 * 60_000);
  await ann.page.getByRole('region', { name: new Intl.DateTimeFormat('en', { weekday: 'short', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(noon) }).getByTestId('transfer-row').waitFor();
  assert.equal(await before.count(), 0);
  await ann.done();
  await bob.done();
});

test('the walks of this file asked for all that they are there for', () => walked.all());
