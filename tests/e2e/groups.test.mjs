// Groups and contacts: who is in, who may what, who is there, and whom one does not want to hear of.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { httpApi } from '../../static/sdk/http.js';
import { handleOf, openBrowser, PASSWORD, person, pictureOf, until, WAYS } from './person.mjs';
import { startServer } from './server.mjs';
import { Walked } from './walked.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

const walked = new Walked('groups');
let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

const TITLE = 'Harbour 港口';
const RENAMED = 'The harbour 港口小组';

/** @param {object} how @param {string[]} names @returns {Promise<Person[]>} */
async function people(how, ...names) {
  const all = [];
  for (const name of names) {
    const one = await person(browser, { url: server.url, ...how });
    await one.register(handleOf(name.toLowerCase()), name);
    all.push(one);
  }
  return all;
}

/** What happened to the group, as one of them reads it. @param {Person} one @param {string} key @param {any} [params] */
const told = (one, key, params) => one.page.getByTestId('system').getByText(one.t(key, params), { exact: true }).waitFor();

/** The menu beside a member. @param {Person} one @param {Person} other @param {string} key */
async function toMember(one, other, key) {
  await one.page.getByTestId('member').filter({ hasText: other.name }).getByRole('button', { name: one.t('group.member_actions', { name: other.name }) }).click();
  await one.page.getByRole('menuitem', { name: one.t(key), exact: true }).click();
}

/** @param {Person} one */
async function openSettings(one) {
  await one.openDetails();
  await one.page.getByTestId('open-group-settings').click();
  await one.page.getByTestId('group-settings-dialog').waitFor();
}

/** @param {Person} one */
async function closeSettings(one) {
  await one.page.keyboard.press('Escape');
  await one.page.getByTestId('group-settings-dialog').waitFor({ state: 'detached' });
  await one.closeDetails();
}

/** @param {Person} one @param {Person} other */
async function add(one, other) {
  await one.openDetails();
  await one.page.getByTestId('add-members').click();
  const dialog = one.page.getByTestId('add-members-dialog');
  await dialog.getByTestId('people-search').fill(other.handle);
  await dialog.getByTestId('person').filter({ hasText: `@${other.handle}` }).click();
  await one.noSidewaysScroll();
  await one.shot('group-add');
  await dialog.getByTestId('add-chosen').click();
  await dialog.waitFor({ state: 'detached' });
  await one.page.getByTestId('member').filter({ hasText: other.name }).waitFor();
  await one.closeDetails();
}

for (const how of WAYS) {
  test(`a group from its making to its end: ${how.size}, ${how.lang}`, { timeout: 300_000 }, async () => {
    const [ann, bob, carol, dan] = await people(how, 'Ann', 'Bob', 'Carol', 'Dan');
    await ann.makeGroup(TITLE, bob, carol);
    for (const one of [bob, carol]) await one.openChat(TITLE);
    await ann.noSidewaysScroll();
    for (const step of [settings, newcomer, roles, slowly, mentioned, typingSeen, receipts, removed, handedOver]) await step(ann, bob, carol, dan);
    await walked.by(ann, bob, carol, dan);
  });
}

/** Name and picture are everybody's at once. @param {Person} ann @param {Person} bob @param {Person} carol */
async function settings(ann, bob, carol) {
  await openSettings(ann);
  const dialog = ann.page.getByTestId('group-settings-dialog');
  await dialog.getByLabel(ann.t('new.group_title'), { exact: true }).fill(RENAMED);
  await dialog.getByTestId('save-title').click();
  for (const one of [bob, carol]) await one.page.getByRole('heading', { name: RENAMED, level: 1 }).waitFor();
  await dialog.getByTestId('avatar-input').setInputFiles({ name: 'harbour.png', mimeType: 'image/png', buffer: pictureOf(200, 200) });
  await dialog.getByRole('button', { name: ann.t('group.remove_picture') }).waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('group-settings');
  for (const one of [bob, carol]) {
    const face = one.page.locator('.conversation .bar .avatar img');
    await until(() => face.evaluate((node) => node.naturalWidth > 0), 'the picture of the group');
  }
  await closeSettings(ann);
  await told(bob, 'system.title_changed.they', { by: 'Ann', title: RENAMED });
  await told(carol, 'system.avatar_changed.they', { by: 'Ann' });
}

/** Who joins reads from then on, if the group has it so. @param {Person} ann @param {Person} bob @param {Person} _carol @param {Person} dan */
async function newcomer(ann, bob, _carol, dan) {
  await ann.send('Before Dan');
  await openSettings(ann);
  await ann.page.getByTestId('group-history').selectOption('from_join');
  await ann.page.getByTestId('group-settings-dialog').getByText(ann.t('group.saved')).waitFor();
  await closeSettings(ann);
  await told(ann, 'system.history_from_join.you');
  await add(ann, dan);
  await dan.openChat(RENAMED);
  await told(bob, 'system.members_added.they', { by: 'Ann', names: 'Dan' });
  await ann.send('Welcome, Dan');
  await dan.message('Welcome, Dan').waitFor();
  assert.equal(await dan.message('Before Dan').count(), 0);
  await dan.shot('newcomer');
}

/** An admin may what a member may not. @param {Person} ann @param {Person} bob @param {Person} carol */
async function roles(ann, bob, carol) {
  await carol.send('Something rude');
  await bob.openActions('Something rude');
  assert.equal(await bob.page.getByRole('menuitem', { name: bob.t('message.recall') }).count(), 0, 'a member may not');
  await bob.page.keyboard.press('Escape');
  await ann.openDetails();
  await toMember(ann, bob, 'group.make_admin');
  await ann.page.getByTestId('member').filter({ hasText: 'Bob' }).getByText(ann.t('role.admin'), { exact: true }).waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('members');
  await ann.closeDetails();
  await told(bob, 'system.role_changed.they', { by: 'Ann', names: bob.t('chat.you_in_words'), role: bob.t('role.admin') });
  await bob.act('Something rude', 'message.recall');
  await bob.confirm();
  await carol.message(carol.t('message.recalled_by_admin')).waitFor();
  assert.equal(await carol.message('Something rude').count(), 0);
}

/** In slow mode the second message waits, is said to, and goes by itself. @param {Person} ann @param {Person} _bob @param {Person} carol */
async function slowly(ann, _bob, carol) {
  await openSettings(ann);
  await ann.page.getByTestId('group-pace').selectOption('10');
  await ann.page.getByTestId('group-settings-dialog').getByText(ann.t('group.saved')).waitFor();
  await closeSettings(ann);
  await carol.page.getByTestId('system').last().waitFor();
  await carol.send('One');
  await carol.arrived('One');
  await carol.page.getByTestId('slow-mode').waitFor();
  await carol.send('Another one');
  await carol.noSidewaysScroll();
  await carol.shot('slow-mode');
  await carol.message('Another one').locator('[data-state="waiting"]').waitFor();
  assert.equal(await ann.message('Another one').count(), 0);
  await ann.message('Another one').waitFor({ timeout: 30_000 });
  await openSettings(ann);
  await ann.page.getByTestId('group-pace').selectOption('0');
  await ann.page.getByTestId('group-settings-dialog').getByText(ann.t('group.saved')).waitFor();
  await closeSettings(ann);
  await told(ann, 'system.slow_off.you');
}

/** Chosen from the list that an @ opens; counted apart from what else is unread. @param {Person} ann @param {Person} _bob @param {Person} carol */
async function mentioned(ann, _bob, carol) {
  await ann.toTabs();
  await ann.place('settings').click();
  await carol.composer.pressSequentially('Ask @an');
  await carol.page.getByTestId('mentions').getByRole('option').filter({ hasText: ann.handle }).waitFor();
  await carol.shot('mentions');
  await carol.composer.press('Enter');
  assert.equal(await carol.composer.inputValue(), `Ask @${ann.handle} `);
  await carol.composer.pressSequentially('please');
  await carol.composer.press('Enter');
  await carol.arrived('please');
  await ann.place('chats').click();
  const row = ann.page.getByTestId('chat-row').filter({ hasText: RENAMED });
  await row.getByLabel(ann.t('chats.mentioned')).waitFor();
  await row.getByText('1', { exact: true }).waitFor();
  await ann.shot('mentioned');
  await ann.openChat(RENAMED);
  await ann.message('please').locator('.mention.me, .mention').first().waitFor();
  await ann.toTabs();
  await row.getByLabel(ann.t('chats.mentioned')).waitFor({ state: 'detached' });
  await ann.openChat(RENAMED);
}

/** Who types is named, and how many are there. @param {Person} _ann @param {Person} bob @param {Person} carol */
async function typingSeen(_ann, bob, carol) {
  await carol.composer.pressSequentially('I am writing');
  await bob.page.getByTestId('typing').getByText(bob.t('typing.named', { n: 1, names: 'Carol' })).waitFor();
  await bob.shot('typing');
  await carol.composer.fill('');
  await bob.page.getByTestId('typing').waitFor({ state: 'detached' });
  await bob.page.getByTestId('head-line').getByText(bob.t('presence.count', { n: 4 })).waitFor({ timeout: 90_000 });
}

/** Who has read a message is told by name. @param {Person} ann */
async function receipts(ann) {
  await ann.send('Read this');
  await ann.tick('Read this', 'read');
  await ann.act('Read this', 'message.info');
  const dialog = ann.page.getByTestId('message-info-dialog');
  await dialog.getByRole('heading', { name: ann.t('info.read') }).waitFor();
  for (const name of ['Bob', 'Carol', 'Dan']) await dialog.getByRole('listitem').filter({ hasText: name }).waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('receipts');
  await ann.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
}

/** Who was removed is out at once. @param {Person} ann @param {Person} bob @param {Person} _carol @param {Person} dan */
async function removed(ann, bob, _carol, dan) {
  await ann.openDetails();
  await toMember(ann, dan, 'group.remove');
  await ann.confirm();
  await ann.page.getByTestId('member').filter({ hasText: 'Dan' }).waitFor({ state: 'detached' });
  await ann.closeDetails();
  await told(bob, 'system.member_removed.they', { by: 'Ann', names: 'Dan' });
  await dan.page.getByRole('heading', { name: dan.t('state.not_allowed_title') }).waitFor();
  await dan.shot('removed');
  await dan.page.reload();
  await dan.page.getByRole('heading', { name: dan.t('state.not_allowed_title') }).waitFor();
  assert.ok(dan.wire.sent.includes('conversation.get'));
}

/** An owner hands over before leaving. @param {Person} ann @param {Person} bob @param {Person} carol */
async function handedOver(ann, bob, carol) {
  await ann.openDetails();
  await ann.page.getByTestId('leave').click();
  await ann.confirm();
  await ann.page.getByText(ann.t('error.owner_must_hand_over')).waitFor();
  await ann.shot('leave-refused');
  await ann.page.keyboard.press('Escape');
  await toMember(ann, carol, 'group.hand_over');
  await ann.confirm();
  await ann.page.getByTestId('member').filter({ hasText: 'Carol' }).getByText(ann.t('role.owner'), { exact: true }).waitFor();
  await told(carol, 'system.handed_over.they', { by: 'Ann', names: carol.t('chat.you_in_words') });
  await ann.page.getByTestId('leave').click();
  await ann.confirm();
  await ann.page.getByText(ann.t('chats.empty_title')).waitFor();
  await told(bob, 'system.member_left.they', { by: 'Ann' });
  // Who has left keeps their name, on a page that never saw them too.
  await bob.page.reload();
  await told(bob, 'system.member_left.they', { by: 'Ann' });
  await carol.openDetails();
  await toMember(carol, bob, 'group.make_member');
  await told(bob, 'system.role_changed.they', { by: 'Carol', names: bob.t('chat.you_in_words'), role: bob.t('role.member') });
}

for (const how of WAYS) {
  test(`contacts, blocks and who is there: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const [ann, bob] = await people(how, 'Ann', 'Bob');
    for (const step of [declined, accepted, presence, blocked, parted]) await step(ann, bob);
    await walked.by(ann, bob);
  });
}

/** @param {Person} one @param {Person} other */
async function askToBeContact(one, other) {
  await one.toTabs();
  await one.place('contacts').click();
  await one.page.getByTestId('add-contact').click();
  const dialog = one.page.getByTestId('find-person-dialog');
  await dialog.getByTestId('people-search').fill(other.handle);
  await dialog.getByTestId('person').filter({ hasText: `@${other.handle}` }).click();
  await dialog.getByRole('button', { name: one.t('people.ask') }).click();
  await dialog.getByText(one.t('people.asked')).waitFor();
  await one.noSidewaysScroll();
  await one.shot('asked');
  await one.page.keyboard.press('Escape');
}

/** Declined, which nobody is told; taken back, asked again, and taken back before the answer. @param {Person} ann @param {Person} bob */
async function declined(ann, bob) {
  const takeBack = () => ann.page.getByTestId('requested').getByRole('button', { name: ann.t('people.take_back_named', { name: 'Bob' }) }).click();
  await askToBeContact(ann, bob);
  await bob.place('contacts').click();
  await bob.page.getByTestId('request').getByRole('button', { name: bob.t('people.decline_named', { name: 'Ann' }) }).click();
  await bob.page.getByTestId('request').waitFor({ state: 'detached' });
  await takeBack();
  await ann.page.getByTestId('requested').waitFor({ state: 'detached' });
  await askToBeContact(ann, bob);
  await bob.page.getByTestId('request').waitFor();
  await takeBack();
  await bob.page.getByTestId('request').waitFor({ state: 'detached' });
}

/** @param {Person} ann @param {Person} bob */
async function accepted(ann, bob) {
  await bob.toTabs();
  await bob.place('contacts').click();
  await askToBeContact(ann, bob);
  await bob.page.getByTestId('request').waitFor();
  await bob.noSidewaysScroll();
  await bob.shot('request');
  await bob.page.getByTestId('request').getByRole('button', { name: bob.t('people.accept_named', { name: 'Ann' }) }).click();
  for (const [one, other] of [[ann, bob], [bob, ann]]) await one.page.getByTestId('contact').filter({ hasText: other.name }).waitFor();
}

/** Seen by contacts, then by nobody, then again. @param {Person} ann @param {Person} bob */
async function presence(ann, bob) {
  const contact = ann.page.getByTestId('contact').filter({ hasText: 'Bob' });
  await contact.getByTestId('online').waitFor({ state: 'attached' });
  await ann.shot('contacts');
  await bob.place('settings').click();
  await bob.page.getByRole('radio', { name: bob.t('settings.presence_nobody') }).check({ force: true });
  await contact.getByTestId('online').waitFor({ state: 'detached' });
  await contact.getByText(`@${bob.handle}`).waitFor();
  await bob.noSidewaysScroll();
  await bob.shot('privacy');
  await bob.page.reload();
  await until(() => bob.page.getByRole('radio', { name: bob.t('settings.presence_nobody') }).isChecked(), 'the setting outlives the page');
  await bob.page.getByRole('radio', { name: bob.t('settings.presence_contacts') }).check({ force: true });
  await until(() => bob.wire.sent.filter((op) => op === 'settings.set').length === 2, 'the setting is told');
  // Who was hidden is asked about again when a screen with them is opened.
  await ann.place('chats').click();
  await ann.place('contacts').click();
  await contact.getByTestId('online').waitFor({ state: 'attached' });
}

/** Neither writes to the other until it is taken back. @param {Person} ann @param {Person} bob */
async function blocked(ann, bob) {
  await ann.page.getByTestId('contact').filter({ hasText: 'Bob' }).getByRole('button').first().click();
  await ann.composer.waitFor();
  await ann.page.getByTestId('head-line').getByText(ann.t('presence.online')).waitFor();
  await ann.send('Hello Bob');
  await bob.openChat('Ann');
  await bob.message('Hello Bob').waitFor();
  await ann.openDetails();
  await ann.page.getByTestId('block').click();
  await ann.confirm();
  await ann.page.getByTestId('unblock').waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('blocked-details');
  await ann.closeDetails();
  await ann.page.getByTestId('composer-closed').getByText(ann.t('closed.by_me', { name: 'Bob' })).waitFor();
  // Nobody is told that they are blocked: they learn it when they write.
  await bob.send('Are you there?');
  await bob.message('Are you there?').getByText(bob.t('error.blocked')).waitFor();
  await bob.page.getByTestId('composer-closed').getByText(bob.t('closed.by_them', { name: 'Ann' })).waitFor();
  await bob.shot('closed');
  await ann.toTabs();
  await ann.place('contacts').click();
  await ann.page.getByRole('link', { name: ann.t('people.blocked') }).click();
  await ann.page.getByTestId('blocked').filter({ hasText: 'Bob' }).waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('blocked');
  await ann.page.getByRole('button', { name: ann.t('people.unblock_named', { name: 'Bob' }) }).click();
  await ann.page.getByText(ann.t('people.blocked_empty_title')).waitFor();
  await bob.toTabs();
  await bob.place('settings').click();
  await bob.openChat('Ann');
  await bob.send('Thank you');
  await bob.arrived('Thank you');
}

/** The block had ended the contact. It is made again, and ends on both sides; the chat stays. @param {Person} ann @param {Person} bob */
async function parted(ann, bob) {
  await accepted(ann, bob);
  await ann.page.getByTestId('contact').filter({ hasText: 'Bob' }).hover();
  await ann.page.getByRole('button', { name: ann.t('people.actions', { name: 'Bob' }) }).click();
  await ann.page.getByRole('menuitem', { name: ann.t('people.remove'), exact: true }).click();
  await ann.confirm();
  for (const one of [ann, bob]) await one.page.getByText(one.t('contacts.empty_title')).waitFor();
  await ann.openChat('Bob');
  await ann.message('Thank you').waitFor();
}

test('the members of a large group come in pages', { timeout: 240_000 }, async () => {
  const [ann] = await people({}, 'Ann');
  const api = httpApi({ base: server.url });
  const others = [];
  for (let n = 0; n < 101; n++) others.push((await api.register({ handle: handleOf('many'), email: `${handleOf('many')}@example.com`, password: PASSWORD, display_name: `Person ${n + 1}` })).user.id);
  await ann.page.evaluate(async (ids) => {
    const { connect } = await import('/static/sdk/chat.js');
    const program = connect({ server: location.origin });
    await program.ready;
    await program.create('group', ids, 'A large one');
    program.stop();
  }, others);
  await ann.openChat('A large one');
  await ann.openDetails();
  const members = ann.page.getByTestId('member');
  await until(async () => (await members.count()) === 100, 'the first page');
  await ann.page.getByTestId('details').getByRole('button', { name: ann.t('chats.more') }).click();
  await until(async () => (await members.count()) === 102, 'all members');
  await walked.by(ann);
});

test('the walks of this file asked for all that they are there for', () => walked.all());
