// Two people find each other, talk and pay, at two widths and in two languages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handleOf, openBrowser, person, WAYS } from './person.mjs';
import { startServer } from './server.mjs';
import { Walked } from './walked.mjs';

const walked = new Walked('chat-and-pay');

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const how of WAYS) {
  test(`two people chat and pay: ${how.size}, ${how.lang}`, { timeout: 120_000 }, async () => {
    const ann = await person(browser, { url: server.url, ...how });
    const bob = await person(browser, { url: server.url, ...how });
    await ann.register(handleOf('ann'), 'Ann Larsen');
    await bob.register(handleOf('bob'), '王博');

    // They find each other, and the ticks advance.
    await ann.findByHandle(bob.handle);
    await ann.send('Hello, are you there?');
    await ann.tick('Hello, are you there?', 'stored');
    await bob.page.getByTestId('chat-row').filter({ hasText: 'Ann Larsen' }).getByText('Hello, are you there?').waitFor();
    await ann.noSidewaysScroll();
    await bob.openChat('Ann Larsen');
    await bob.message('Hello, are you there?').waitFor();
    await ann.tick('Hello, are you there?', 'read');
    await bob.send('在的');
    await ann.message('在的').waitFor();

    // A balance on an open screen changes while the server runs.
    await ann.toTabs();
    await ann.place('wallet').click();
    await ann.balance('¥0.00');
    await server.fund(ann.handle, '100.00');
    await ann.balance('¥100.00');
    await ann.page.getByTestId('transfer-row').filter({ hasText: '+¥100.00' }).waitFor();
    await ann.noSidewaysScroll();

    // Four steps: + and Transfer, the amount, the confirmation, the result. Two presses pay once.
    await ann.openChat('王博');
    await ann.toConfirm('12.5', 'Lunch 午饭');
    assert.equal(await ann.page.getByTestId('confirm-amount').textContent(), '¥12.50');
    await ann.noSidewaysScroll();
    await ann.page.getByTestId('pay-confirm').dblclick();
    await ann.page.getByTestId('pay-done').getByText('¥87.50').waitFor();
    assert.equal(ann.wire.sent.filter((op) => op === 'transfer.send').length, 1);
    await ann.closeResult();
    for (const one of [ann, bob]) {
      const card = one.page.getByTestId('transfer-card');
      await card.getByText('¥12.50').waitFor();
      await card.getByText('Lunch 午饭').waitFor();
      assert.equal(await card.count(), 1);
    }

    // Both balances are right, and a reload keeps everything.
    for (const [one, balance, row] of [[ann, '¥87.50', '-¥12.50'], [bob, '¥12.50', '+¥12.50']]) {
      await one.toTabs();
      await one.place('wallet').click();
      await one.balance(balance);
      await one.page.reload();
      await one.balance(balance);
      const rows = one.page.getByTestId('transfer-row').filter({ hasText: row });
      await rows.first().waitFor();
      assert.equal(await rows.count(), 1);
    }
    await ann.openChat('王博');
    for (const text of ['Hello, are you there?', '在的', '¥12.50']) {
      await ann.message(text).waitFor();
      assert.equal(await ann.message(text).count(), 1);
    }
    await walked.by(ann, bob);
  });
}

test('too little money is said before anything is sent, and the amount stays', { timeout: 60_000 }, async () => {
  const [ann, bob] = [await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await server.fund(ann.handle, '10.00');
  await ann.findByHandle(bob.handle);
  await ann.openPay();
  await ann.page.getByTestId('pay-amount').fill('10.01');
  await ann.page.getByText(ann.t('pay.fault.too_little', { available: '¥10.00' })).waitFor();
  await ann.page.getByTestId('pay-amount').press('Enter');
  assert.equal(await ann.page.getByTestId('pay-amount').inputValue(), '10.01');
  assert.ok(!ann.wire.sent.includes('transfer.send'));
  await walked.by(ann, bob);
});

test('a lost answer shows Checking, resolves by itself, and pays once', { timeout: 60_000 }, async () => {
  const [ann, bob] = [await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await server.fund(ann.handle, '100.00');
  await ann.findByHandle(bob.handle);
  await ann.toConfirm('30');
  const lost = new Promise((resolve) => (ann.wire.swallowed = resolve));
  ann.wire.lose = 'transfer.send';
  await ann.page.getByTestId('pay-confirm').click();
  await lost;
  // The checking lasts until a new connection has asked; it is held there by having no way back yet.
  await ann.context.setOffline(true);
  ann.wire.cut();
  await ann.page.getByTestId('pay-checking').waitFor();
  await ann.context.setOffline(false);
  await ann.page.getByTestId('pay-done').getByText('¥70.00').waitFor();
  assert.ok(ann.wire.sent.includes('transfer.status'));
  await ann.closeResult();
  await ann.place('wallet').click();
  await ann.balance('¥70.00');
  await walked.by(ann, bob);
});

test('a whole transfer by keyboard', { timeout: 60_000 }, async () => {
  const [ann, bob] = [await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await server.fund(ann.handle, '50.00');
  await ann.findByHandle(bob.handle);
  const { keyboard } = ann.page;
  await ann.composer.focus();
  await keyboard.press('Shift+Tab');
  await keyboard.press('Enter');
  await ann.page.getByRole('menuitem').first().waitFor();
  await keyboard.press('Enter');
  await ann.page.getByTestId('pay-amount').waitFor();
  await keyboard.type('8');
  await keyboard.press('Enter');
  await ann.page.getByTestId('confirm-amount').waitFor();
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await ann.page.getByTestId('pay-done').getByText('¥42.00').waitFor();
  await keyboard.press('Escape');
  await ann.page.getByTestId('pay-dialog').waitFor({ state: 'detached' });
  await ann.page.getByTestId('transfer-card').waitFor();
  await walked.by(ann, bob);
});

test('the walks of this file asked for all that they are there for', () => walked.all());
