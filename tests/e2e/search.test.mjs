// What was written, who is there and which chats there are is found again, in both languages, and leads to its place.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handleOf, openBrowser, person, until, WAYS } from './person.mjs';
import { startServer } from './server.mjs';
import { Walked } from './walked.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

const walked = new Walked('search');
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
const ENGLISH = 'The ferry leaves at seven';
const CHINESE = '渡轮七点出发，不要迟到';
const GROUP = 'Harbour 港口';

for (const how of WAYS) {
  test(`search: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const [ann, bob, carol] = [await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how })];
    await ann.register(handleOf('ann'), 'Ann Larsen');
    await bob.register(handleOf('bob'), '王博');
    await carol.register(handleOf('carol'), 'Carol Okafor');
    await ann.findByHandle(bob.handle);
    for (const text of [ENGLISH, LONG, CHINESE, `${LONG}\nend`]) await ann.send(text);
    await ann.arrived('end');
    await ann.makeGroup(GROUP, bob, carol);
    for (const step of [words, names, within, forgotten]) await step(ann, bob, carol);
    await walked.by(ann, bob, carol);
  });
}

/** Opened by the keys where there are keys, else by the button above the chats. @param {Person} one */
async function openSearch(one) {
  if (one.size === 'wide') await one.page.keyboard.press('Control+k');
  else {
    await one.toTabs();
    await one.place('chats').click();
    await one.page.getByTestId('open-search').click();
  }
  await one.page.getByTestId('search-input').waitFor();
}

/** The index follows what was written: asked again until it is there. @param {import('playwright-core').Locator} input @param {string} query @param {import('playwright-core').Locator} hit */
async function find(input, query, hit) {
  await until(async () => {
    await input.fill('');
    await input.fill(query);
    return hit.waitFor({ timeout: 3000 }).then(() => true, () => false);
  }, `${query} is found`, 30_000);
}

/** @param {Person} one @param {string} query @param {string} text of the hit */
async function findAnywhere(one, query, text) {
  await openSearch(one);
  const hit = one.page.getByTestId('search-hit').filter({ hasText: text });
  await find(one.page.getByTestId('search-input'), query, hit);
  await one.noSidewaysScroll();
  await one.shot(`search-${query}`);
  return hit;
}

/** The message is looked at where it stands. @param {Person} one @param {string} text */
async function atItsPlace(one, text) {
  const message = one.message(text);
  await message.waitFor();
  await until(() => message.evaluate((node) => {
    const [box, log] = [node.getBoundingClientRect(), node.closest('[role="log"]').getBoundingClientRect()];
    return node === document.activeElement && box.bottom > log.top && box.top < log.bottom;
  }), `${text} is looked at`);
  await one.noSidewaysScroll();
}

/** A message in each language, from another chat and after a fresh start. @param {Person} ann */
async function words(ann) {
  await (await findAnywhere(ann, 'ferr', ENGLISH)).click();
  await ann.page.getByRole('heading', { name: '王博', level: 1 }).waitFor();
  await atItsPlace(ann, ENGLISH);
  await ann.page.reload();
  await ann.message('end').waitFor();
  const hit = await findAnywhere(ann, '七点', CHINESE);
  assert.equal(await hit.locator('mark').textContent(), '七点');
  await ann.page.getByTestId('search-input').press('Enter');
  await atItsPlace(ann, CHINESE);
  await openSearch(ann);
  await ann.page.getByTestId('search-input').fill('zeppelin');
  await ann.page.getByTestId('search-dialog').getByText(ann.t('search.nothing')).waitFor();
  await ann.page.getByTestId('search-dialog').getByRole('button', { name: ann.t('action.close') }).click();
  await ann.page.getByTestId('search-dialog').waitFor({ state: 'detached' });
}

/** A person of a group with whom there is no chat yet, and a chat by its name. @param {Person} ann @param {Person} _bob @param {Person} carol */
async function names(ann, _bob, carol) {
  await (await findAnywhere(ann, 'okaf', `@${carol.handle}`)).click();
  await ann.page.getByRole('heading', { name: 'Carol Okafor', level: 1 }).waitFor();
  await (await findAnywhere(ann, '港', GROUP)).click();
  await ann.page.getByRole('heading', { name: GROUP, level: 1 }).waitFor();
}

/** In one chat alone, from hit to hit by Enter. @param {Person} _ann @param {Person} bob */
async function within(_ann, bob) {
  await bob.openChat('Ann Larsen');
  await bob.page.getByTestId('search-here').click();
  const input = bob.page.getByTestId('thread-search-input');
  await find(input, 'seven', bob.page.getByTestId('thread-hit').filter({ hasText: ENGLISH }));
  await bob.noSidewaysScroll();
  await bob.shot('search-here');
  await input.press('Enter');
  await atItsPlace(bob, ENGLISH);
  await find(input, '不要迟到', bob.page.getByTestId('thread-hit').filter({ hasText: CHINESE }));
  await bob.page.getByTestId('thread-hit').click();
  await atItsPlace(bob, CHINESE);
  await input.press('Escape');
  await input.waitFor({ state: 'detached' });
}

/** What was recalled is not found. @param {Person} ann @param {Person} bob */
async function forgotten(ann, bob) {
  await ann.openChat('王博');
  await (await findAnywhere(ann, 'ferry', ENGLISH)).click();
  await atItsPlace(ann, ENGLISH);
  await ann.act(ENGLISH, 'message.recall');
  await ann.confirm();
  await ann.message(ann.t('message.recalled_by_you')).waitFor();
  await openSearch(bob);
  const input = bob.page.getByTestId('search-input');
  await until(async () => {
    await input.fill('');
    await input.fill('ferry');
    return bob.page.getByTestId('search-dialog').getByText(bob.t('search.nothing')).waitFor({ timeout: 3000 }).then(() => true, () => false);
  }, 'nothing of it is found', 30_000);
}

test('the walks of this file asked for all that they are there for', () => walked.all());
