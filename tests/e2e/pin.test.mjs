// Payments are confirmed by a PIN: set within the first payment, asked for each one, changed and locked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, PASSWORD, person, until, WAYS } from './person.mjs';
import { startServerWith } from './server.mjs';
import { Walked } from './walked.mjs';

const walked = new Walked('pin');
const PIN = '246813';
const OTHER = '135792';
const WRONG = '975310';

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServerWith({ QUIPU__WALLET__REQUIRE_PIN: 'true' }), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** @param {any} one @param {string} pin */
async function enter(one, pin) {
  const field = one.page.getByTestId('pin-dialog').getByTestId('pin-pin');
  await field.waitFor();
  await field.pressSequentially(pin);
}

/** @param {any} one @param {string} pin @param {string} [old] */
async function choose(one, pin, old) {
  const { page } = one;
  if (old === undefined) await page.getByTestId('pin-password').fill(PASSWORD);
  else await page.getByTestId('pin-old').fill(old);
  await page.getByTestId('pin-new').fill(pin);
  await page.getByTestId('pin-repeat').fill(pin);
}

for (const how of WAYS) {
  test(`a PIN is set within the first payment and asked for the next: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const [ann, bob] = [await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how })];
    await ann.register(handleOf('ann'), 'Ann Larsen');
    await bob.register(handleOf('bob'), '王博');
    await server.fund(ann.handle, '100.00');
    await ann.findByHandle(bob.handle);

    // The first payment: no PIN yet. What is refused is said at its field, and the amount stays.
    await ann.toConfirm('12.5');
    await ann.page.getByTestId('pay-confirm').click();
    const dialog = ann.page.getByTestId('pin-dialog');
    await dialog.getByText(ann.t('pin.first')).waitFor();
    await ann.noSidewaysScroll();
    await ann.shot('pin-first');
    await accessible(ann, 'pin-first');
    await choose(ann, '123456');
    await dialog.getByTestId('pin-set').click();
    await dialog.getByText(ann.t('error.pin_weak')).waitFor();
    await dialog.getByTestId('pin-new').fill(PIN);
    await dialog.getByTestId('pin-set').click();
    await dialog.getByText(ann.t('pin.differs')).waitFor();
    await choose(ann, PIN);
    await dialog.getByTestId('pin-set').click();
    await ann.page.getByTestId('pay-done').getByText('¥87.50').waitFor();
    await ann.closeResult();
    await bob.page.getByTestId('chat-row').filter({ hasText: 'Ann Larsen' }).waitFor();

    // The next one: closed it pays nothing and stands where it stood, then a wrong PIN, then the right one.
    await ann.toConfirm('7.50');
    await ann.page.getByTestId('pay-confirm').click();
    await dialog.getByTestId('pin-amount').getByText('¥7.50').waitFor();
    await ann.noSidewaysScroll();
    await ann.shot('pin-ask');
    await accessible(ann, 'pin-ask');
    await dialog.getByRole('button', { name: ann.t('action.close') }).click();
    await ann.page.getByTestId('pay-confirm').waitFor();
    assert.equal(await ann.page.getByTestId('confirm-amount').textContent(), '¥7.50');
    await ann.page.getByTestId('pay-confirm').click();
    await enter(ann, WRONG);
    await dialog.getByText(ann.t('pin.wrong', { n: 4 })).waitFor();
    assert.equal(await dialog.getByTestId('pin-pin').inputValue(), '');
    await ann.shot('pin-wrong');
    await accessible(ann, 'pin-wrong');
    await enter(ann, PIN);
    await ann.page.getByTestId('pay-done').getByText('¥80.00').waitFor();
    await ann.closeResult();
    assert.equal(await ann.page.getByTestId('transfer-card').count(), 2);

    // In the settings it is changed; the old one is none any more.
    await ann.toTabs();
    await ann.place('settings').click();
    const panel = ann.page.getByTestId('pin-panel');
    await panel.getByText(ann.t('pin.state_set')).waitFor();
    await panel.getByTestId('open-pin-change').click();
    await choose(ann, OTHER, WRONG);
    await ann.page.getByTestId('pin-change').click();
    await ann.page.getByTestId('pin-change-dialog').getByText(ann.t('pin.wrong', { n: 4 })).waitFor();
    await ann.shot('pin-change');
    await accessible(ann, 'pin-change');
    await choose(ann, OTHER, PIN);
    await ann.page.getByTestId('pin-change').click();
    await ann.page.getByTestId('pin-change-dialog').waitFor({ state: 'detached' });

    // A request is paid by it as well; five wrong ones in a row lock it, and an operator unlocks.
    await ann.openChat('王博');
    await ann.toConfirm('1');
    await ann.page.getByTestId('pay-confirm').click();
    for (const n of [4, 3, 2, 1]) {
      await enter(ann, PIN);
      await dialog.getByText(ann.t('pin.wrong', { n })).waitFor();
    }
    await enter(ann, PIN);
    await dialog.getByTestId('pin-locked').waitFor();
    await ann.noSidewaysScroll();
    await ann.shot('pin-locked');
    await accessible(ann, 'pin-locked');
    await dialog.getByTestId('pin-locked').getByRole('button', { name: ann.t('action.close') }).click();
    await ann.page.getByTestId('pay-confirm').waitFor();
    await ann.page.getByTestId('pay-dialog').getByRole('button', { name: ann.t('action.close') }).first().click();
    await ann.toTabs();
    await ann.place('settings').click();
    await panel.getByText(ann.t('pin.state_locked')).waitFor();
    await server.admin('remove-pin', ann.handle);
    await ann.page.reload();
    await panel.getByTestId('open-pin-set').click();
    await choose(ann, PIN);
    await ann.page.getByTestId('pin-set-dialog').getByTestId('pin-set').click();
    await panel.getByText(ann.t('pin.state_set')).waitFor();
    await ann.openChat('王博');
    await ann.toConfirm('1');
    await ann.page.getByTestId('pay-confirm').click();
    await enter(ann, PIN);
    await ann.page.getByTestId('pay-done').getByText('¥79.00').waitFor();
    await ann.closeResult();

    // The wallet is frozen by one press and a word more, and thawed by the PIN alone.
    await ann.toTabs();
    await ann.place('wallet').click();
    await ann.page.getByTestId('freeze-wallet').click();
    await ann.shot('freeze-ask');
    await accessible(ann, 'freeze-ask');
    await ann.confirm();
    await ann.page.getByText(ann.t('wallet.frozen_title')).first().waitFor();
    await ann.page.getByText(ann.t('wallet.other_currencies', { n: 4 })).waitFor();
    await ann.noSidewaysScroll();
    await ann.shot('frozen');
    await accessible(ann, 'frozen');
    await ann.openChat('王博');
    await ann.toConfirm('1');
    await ann.page.getByTestId('pay-confirm').click();
    await enter(ann, PIN);
    await ann.page.getByTestId('pay-refused').getByText(ann.t('error.account_frozen')).waitFor();
    await ann.page.getByTestId('pay-refused').getByRole('button', { name: ann.t('action.close') }).click();
    await ann.toTabs();
    await ann.place('wallet').click();
    await ann.page.getByTestId('unfreeze-wallet').click();
    await enter(ann, PIN);
    await ann.page.getByTestId('freeze-wallet').waitFor();
    await walked.by(ann, bob);
  });
}

test('an answer that is lost behind the PIN is checked and paid once', { timeout: 60_000 }, async () => {
  const [ann, bob] = [await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await server.fund(ann.handle, '100.00');
  await ann.findByHandle(bob.handle);
  await ann.toConfirm('30');
  await ann.page.getByTestId('pay-confirm').click();
  await ann.page.getByTestId('pin-dialog').getByText(ann.t('pin.first')).waitFor();
  const lost = new Promise((resolve) => (ann.wire.swallowed = resolve));
  ann.wire.lose = 'transfer.send';
  await choose(ann, PIN);
  await ann.page.getByTestId('pin-dialog').getByTestId('pin-set').click();
  await lost;
  ann.wire.lose = null;
  ann.wire.cut();
  await ann.page.getByTestId('pay-done').getByText('¥70.00').waitFor();
  await ann.closeResult();
  assert.equal(await ann.page.getByTestId('transfer-card').count(), 1);
  await walked.by(ann, bob);
});

for (const how of WAYS) {
  test(`all other devices are signed out by one press: ${how.size}, ${how.lang}`, { timeout: 60_000 }, async () => {
    const [here, there] = [await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how })];
    await here.register(handleOf('ann'), 'Ann');
    await there.signIn(here.handle);
    await here.place('settings').click();
    await here.page.getByTestId('limits-panel').getByText(here.t('limits.none')).waitFor();
    assert.equal(await here.page.getByTestId('session').count(), 2);
    await here.page.getByTestId('end-others').click();
    await here.noSidewaysScroll();
    await here.confirm();
    await there.page.getByRole('button', { name: there.t('signin.submit') }).waitFor();
    await here.page.getByTestId('end-others').waitFor({ state: 'detached' });
    assert.equal(await here.page.getByTestId('session').count(), 1);
    await here.shot('settings');
    await accessible(here, 'settings');
    await walked.by(here, there);
  });
}

for (const how of WAYS) {
  test(`a page that is older than the server says what is new and keeps what was begun: ${how.size}, ${how.lang}`, { timeout: 60_000 }, async () => {
    const [ann, bob] = [await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how })];
    await bob.register(handleOf('bob'), 'Bob');
    ann.wire.reworded['hello'] = (ok) => ({ ...ok, server: { ...ok.server, version: '9.0.0', min_pay: '9.0.0' } });
    await ann.register(handleOf('ann'), 'Ann');
    const banner = ann.page.getByTestId('update-banner');
    await banner.getByText(ann.t('version.no_money')).waitFor();
    await banner.getByText(ann.t('version.news')).waitFor();
    await ann.findByHandle(bob.handle);
    await ann.composer.fill('what I began');
    await ann.noSidewaysScroll();
    await ann.shot('newer-server');
    await accessible(ann, 'newer-server');
    delete ann.wire.reworded['hello'];
    await banner.getByRole('button', { name: ann.t('version.update') }).click();
    await banner.waitFor({ state: 'detached' });
    await ann.composer.waitFor();
    await until(async () => (await ann.composer.inputValue()) === 'what I began', 'what was begun is there again');
    await walked.by(ann, bob);
  });
}

test('the clicks above asked for everything that there is to ask of the PIN', () => walked.all());
