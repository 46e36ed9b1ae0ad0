// Everything that opens from a chat can be used by everybody, light and dark, wide and narrow.
import { after, before, test } from 'node:test';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, person, pictureOf } from './person.mjs';
import { startServer } from './server.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opened, looked at, closed. @param {Person} one @param {string} name @param {() => Promise<any>} open */
async function look(one, name, open) {
  await open();
  const dialog = one.page.locator('dialog[open], .popmenu').first();
  await dialog.waitFor();
  await accessible(one, name);
  if (await one.page.locator('.popmenu').count()) await one.page.keyboard.press('Escape');
  else await dialog.getByRole('button', { name: one.t('action.close') }).first().click();
  await dialog.waitFor({ state: 'detached' });
}

for (const how of [{ size: 'wide', dark: true }, { size: 'narrow', dark: false }]) {
  test(`axe finds nothing in what opens from a chat: ${how.size}`, { timeout: 240_000 }, async () => {
    const ann = await person(browser, { url: server.url, .../** @type {any} */ (how) });
    const bob = await person(browser, { url: server.url });
    await ann.register(handleOf('ann'), 'Ann');
    await bob.register(handleOf('bob'), 'Bob');
    await ann.makeGroup('Harbour', bob);
    await ann.page.getByTestId('file-input').setInputFiles({ name: 'harbour.png', mimeType: 'image/png', buffer: pictureOf(300, 200) });
    await ann.page.locator('[data-testid="upload"][data-state="done"]').waitFor();
    await accessible(ann, 'a file before it is sent');
    await ann.send('The harbour');
    await ann.arrived('The harbour');
    await bob.openChat('Harbour');
    await bob.send(`Nice, @${ann.handle} is right`);
    await ann.message('Nice').waitFor();
    await ofMessages(ann);
    await ofGroups(ann, bob);
    await ofPeople(ann, bob);
    await ann.done();
    await bob.done();
  });
}

/** @param {Person} ann */
async function ofMessages(ann) {
  await look(ann, 'actions', () => ann.openActions('The harbour'));
  await look(ann, 'picture', () => ann.page.getByTestId('picture').click());
  await look(ann, 'forward', () => ann.act('The harbour', 'message.forward'));
  await look(ann, 'message info', () => ann.act('The harbour', 'message.info'));
  await look(ann, 'recall', () => ann.act('The harbour', 'message.recall'));
  await look(ann, 'emoji', () => ann.page.getByTestId('emoji-button').click());
  await ann.openActions('Nice');
  await ann.page.getByTestId('menu').getByRole('button', { name: '👍' }).click();
  await ann.page.getByTestId('reactions').waitFor();
  await look(ann, 'reactions', () => ann.act('Nice', 'reactions.title'));
  await ann.act('The harbour', 'message.pin');
  await ann.page.getByTestId('pinned-bar').waitFor();
  await ann.act('Nice', 'message.reply');
  await ann.page.getByTestId('reply-bar').waitFor();
  await ann.composer.fill('@bo');
  await ann.page.getByTestId('mentions').waitFor();
  await accessible(ann, 'a reply with a mention');
  await ann.composer.fill('Is it not');
  await ann.send('Is it not?');
  await ann.arrived('Is it not?');
  await accessible(ann, 'a quote');
  await ann.page.getByTestId('search-here').click();
  await ann.page.getByTestId('thread-search-input').fill('Nice');
  await accessible(ann, 'search in a chat');
  await ann.page.getByTestId('thread-search-input').press('Escape');
}

/** @param {Person} ann @param {Person} bob */
async function ofGroups(ann, bob) {
  await ann.openDetails();
  await ann.page.getByTestId('member').filter({ hasText: 'Bob' }).waitFor();
  await accessible(ann, 'details of a group');
  await look(ann, 'pinned', () => ann.page.getByTestId('open-pinned').click());
  await look(ann, 'group settings', () => ann.page.getByTestId('open-group-settings').click());
  await look(ann, 'add members', () => ann.page.getByTestId('add-members').click());
  await look(ann, 'a member', () => ann.page.getByRole('button', { name: ann.t('group.member_actions', { name: bob.name }) }).click());
  await ann.closeDetails();
}

/** @param {Person} ann @param {Person} bob */
async function ofPeople(ann, bob) {
  await ann.toTabs();
  await ann.place('contacts').click();
  await look(ann, 'a person', async () => {
    await ann.page.getByTestId('add-contact').click();
    await ann.page.getByTestId('people-search').fill(bob.handle);
    await ann.page.getByTestId('person').click();
    await ann.page.getByRole('button', { name: ann.t('people.ask') }).click();
    await ann.page.getByText(ann.t('people.asked')).waitFor();
  });
  await accessible(ann, 'requests');
  await ann.page.getByRole('link', { name: ann.t('people.blocked') }).click();
  await ann.page.getByText(ann.t('people.blocked_empty_title')).waitFor();
  await accessible(ann, 'blocked');
  await ann.place('chats').click();
  await look(ann, 'search', async () => {
    await ann.page.getByTestId('open-search').click();
    await ann.page.getByTestId('search-input').fill('harb');
    await ann.page.getByTestId('search-hit').first().waitFor();
  });
  await look(ann, 'a chat', async () => {
    await ann.page.getByTestId('chat-row').first().hover();
    await ann.page.getByTestId('chat-menu').first().click();
  });
}
