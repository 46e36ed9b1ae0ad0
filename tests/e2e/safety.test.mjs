// What people write is never more than text; the page is usable by everybody; sessions end when they are ended.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, person, until } from './person.mjs';
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

const MARKUP = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><b>bold</b>';

test('markup in names, titles, notes and messages is inert; turning characters in names are gone', { timeout: 60_000 }, async () => {
  const ann = await person(browser, { url: server.url });
  const eve = await person(browser, { url: server.url });
  await ann.register(handleOf('ann'), 'Ann');
  // A server may refuse the turning characters outright; the page has to bear them in either case.
  await eve.register(handleOf('eve'), `<img src=x onerror=window.ran=1>`);
  await server.fund(eve.handle, '5.00');
  await eve.findByHandle(ann.handle);
  for (const text of [MARKUP, 'javascript:alert(1)', '"><svg onload=window.ran=1>', '\u202Egnp.exe', 'https://example.com/"onmouseover="window.ran=1']) {
    await eve.send(text);
    await eve.tick(text, 'stored');
  }
  await eve.toConfirm('1', MARKUP.slice(0, 60));
  await eve.page.getByTestId('pay-confirm').click();
  await eve.page.getByTestId('pay-done').waitFor();
  await ann.openChat('<img');
  await ann.page.getByTestId('transfer-card').waitFor();
  await ann.message(MARKUP).waitFor();
  await ann.page.getByRole('button', { name: ann.t('chat.details') }).click();
  for (const one of [ann, eve]) {
    assert.deepEqual(await one.page.evaluate(() => [window.ran, document.querySelectorAll('img, b, #app script').length, [...document.querySelectorAll('*')].filter((node) => [...node.attributes].some((attribute) => attribute.name.startsWith('on'))).length]), [undefined, 0, 0]);
    await one.page.keyboard.press('Escape');
  }
  const links = await ann.page.getByTestId('message').getByRole('link').evaluateAll((all) => all.map((link) => (link.origin === location.origin ? link.pathname.replace(/[^/]+$/, '') : [link.protocol, link.rel])));
  // The one that was written, and the card's own way to the page of its payment.
  assert.deepEqual(links.sort(), ['/wallet/t/', ['https:', 'noopener noreferrer nofollow']]);
  await ann.done();
  await eve.done();
});

test('the Enter that ends a composition does not send; the next one does; Shift+Enter breaks the line', { timeout: 60_000 }, async () => {
  const [ann, bob] = [await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await ann.findByHandle(bob.handle);
  await ann.composer.focus();
  const input = await ann.context.newCDPSession(ann.page);
  await input.send('Input.imeSetComposition', { text: 'nihao', selectionStart: 5, selectionEnd: 5 });
  for (const event of [{ isComposing: true }, { keyCode: 229 }]) {
    const kept = await ann.composer.evaluate((node, init) => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init })), event);
    assert.ok(kept, 'the key is left to the input method');
  }
  await input.send('Input.insertText', { text: '你好' });
  assert.equal(await ann.composer.inputValue(), '你好');
  assert.equal(await ann.page.getByTestId('message').count(), 0);
  await ann.composer.press('Shift+Enter');
  await ann.page.keyboard.type('second line');
  await ann.composer.press('Enter');
  await ann.tick('second line', 'stored');
  assert.equal(await ann.page.locator('.bubble-text').innerText(), '你好\nsecond line');
  await ann.done();
  await bob.done();
});

test('a draft outlives the page, the unread line stands where reading stopped, older messages load without a jump', { timeout: 120_000 }, async () => {
  const [ann, bob] = [await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await ann.findByHandle(bob.handle);
  await ann.send('the first');
  await bob.openChat('Ann');
  await ann.tick('the first', 'read');
  await bob.place('settings').click();
  for (let n = 1; n <= 70; n++) await ann.send(`line ${n}.`);
  await ann.tick('line 70.', 'stored');
  await bob.place('chats').click();
  await bob.page.getByTestId('chat-row').filter({ hasText: 'line 70.' }).getByText('70', { exact: true }).waitFor();
  await bob.page.reload();
  await bob.openChat('Ann');
  // More than a page is unread: it opens where reading stopped, and is read on from there to the end.
  const line = bob.page.getByTestId('unread-line');
  await line.waitFor();
  assert.equal(await line.evaluate((node) => node.parentElement.querySelector('.bubble-text').textContent), 'line 1.');
  assert.equal(await bob.message('line 70.').count(), 0);
  const log = bob.page.getByRole('log');
  await until(async () => (await log.evaluate((node) => (node.scrollTop = node.scrollHeight)), (await bob.message('line 70.').count()) === 1), 'read on to the end');
  assert.equal(await line.count(), 1);
  await bob.page.getByTestId('chat-row').filter({ hasText: 'line 70.' }).locator('.badge').waitFor({ state: 'detached' });
  // Fifty are here; the rest come when the reader goes up, and what was read stays where it was.
  await bob.page.reload();
  await bob.message('line 70.').waitFor();
  assert.equal(await bob.message('the first').count(), 0);
  await bob.page.getByTestId('message').first().scrollIntoViewIfNeeded();
  await bob.message('the first').waitFor();
  await ann.composer.fill('half a thought');
  await ann.page.reload();
  await ann.composer.waitFor();
  assert.equal(await ann.composer.inputValue(), 'half a thought');
  assert.equal(await bob.page.getByTestId('message').count(), 71);
  const order = await bob.page.getByTestId('message').locator('.bubble-text').allInnerTexts();
  assert.deepEqual(order, ['the first', ...Array.from({ length: 70 }, (_, i) => `line ${i + 1}.`)]);
  // Somebody who reads above is not taken away, but told.
  await bob.page.getByRole('log').evaluate((log) => (log.scrollTop = 0));
  await ann.send('news');
  await bob.page.getByRole('button', { name: bob.t('chat.new_below', { n: 1 }) }).click();
  await ann.tick('news', 'read');
  // Who writes before reading on is at the end with it.
  await bob.toTabs();
  await bob.place('settings').click();
  for (let n = 71; n <= 130; n++) await ann.send(`line ${n}.`);
  await ann.tick('line 130.', 'delivered');
  await bob.page.reload();
  await bob.openChat('Ann');
  await line.waitFor();
  assert.equal(await bob.message('line 130.').count(), 0);
  await bob.send('I am here');
  await bob.arrived('I am here');
  await bob.message('line 130.').waitFor();
  assert.deepEqual((await bob.page.getByTestId('message').locator('.bubble-text').allInnerTexts()).slice(-2), ['line 130.', 'I am here']);
  await ann.done();
  await bob.done();
});

test('axe finds nothing on the main screens, light and dark, wide and narrow', { timeout: 180_000 }, async () => {
  for (const how of [{ size: 'wide', dark: false }, { size: 'narrow', dark: true }]) {
    const ann = await person(browser, { url: server.url, ...how });
    const bob = await person(browser, { url: server.url });
    const check = (name) => accessible(ann, name);
    await bob.register(handleOf('bob'), 'Bob');
    await ann.page.goto('/signin');
    await ann.page.getByRole('button', { name: ann.t('signin.submit') }).waitFor();
    await check('sign in');
    await ann.page.goto('/register');
    await ann.page.getByRole('button', { name: ann.t('register.submit') }).click();
    await check('register, with faults');
    await ann.register(handleOf('ann'), 'Ann');
    await ann.page.getByText(ann.t('chats.empty_title')).waitFor();
    await check('no chats');
    await ann.page.getByTestId('new-chat').click();
    // It is fetched when it is first opened, and fades in only then.
    await ann.page.getByRole('dialog').waitFor();
    await check('new chat');
    await ann.page.keyboard.press('Escape');
    await server.fund(ann.handle, '20.00');
    await ann.findByHandle(bob.handle);
    await check('an empty conversation');
    await ann.send('hello');
    await ann.tick('hello', 'stored');
    await ann.openPay();
    await check('amount');
    await ann.page.getByTestId('pay-amount').fill('5');
    await ann.page.getByRole('button', { name: ann.t('pay.continue') }).click();
    await ann.page.getByTestId('confirm-amount').waitFor();
    await check('confirm');
    await ann.page.getByTestId('pay-confirm').click();
    await ann.page.getByTestId('pay-done').waitFor();
    await check('result');
    await ann.page.keyboard.press('Escape');
    await ann.page.getByTestId('transfer-card').waitFor();
    await check('conversation');
    await ann.toTabs();
    for (const [place, sign] of [['wallet', ann.page.getByTestId('transfer-row').first()], ['settings', ann.page.getByTestId('session').first()], ['contacts', ann.page.getByText(ann.t('contacts.empty_title'))], ['chats', ann.page.getByTestId('chat-row')]]) {
      await ann.place(place).click();
      await sign.waitFor();
      await check(place);
    }
    await ann.done();
    await bob.done();
  }
});

test('Back works, a link opens its screen, somebody else’s conversation does not', { timeout: 60_000 }, async () => {
  const [ann, bob, eve] = [await person(browser, { url: server.url, size: 'narrow' }), await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await ann.register(handleOf('ann'), 'Ann');
  await bob.register(handleOf('bob'), 'Bob');
  await eve.register(handleOf('eve'), 'Eve');
  await ann.findByHandle(bob.handle);
  await ann.send('private');
  await ann.tick('private', 'stored');
  const link = new URL(ann.page.url()).pathname;
  await ann.toTabs();
  await ann.place('wallet').click();
  await ann.page.goBack();
  await ann.page.getByTestId('chat-row').waitFor();
  await ann.page.goBack();
  await ann.message('private').waitFor();
  await eve.page.goto(link);
  await eve.page.getByRole('heading', { name: eve.t('state.not_allowed_title') }).waitFor();
  assert.equal(await eve.page.getByText('private').count(), 0);
  for (const one of [ann, bob, eve]) await one.done();
});

test('a session signed out from another device is over at once, and what was asked for comes after signing in', { timeout: 60_000 }, async () => {
  const [here, there] = [await person(browser, { url: server.url }), await person(browser, { url: server.url })];
  await here.register(handleOf('ann'), 'Ann');
  await there.signIn(here.handle);
  await there.place('wallet').click();
  await there.balance('¥0.00');
  await here.place('settings').click();
  await here.page.getByTestId('session').nth(1).getByRole('button').click();
  await there.page.getByRole('heading', { name: there.t('signin.title') }).waitFor();
  await there.page.goto('/wallet');
  await there.page.getByLabel(there.t('signin.login')).fill(here.handle);
  await there.page.getByLabel(there.t('signin.password')).fill('not the password');
  await there.page.getByRole('button', { name: there.t('signin.submit') }).click();
  await there.page.getByText(there.t('error.credentials_invalid')).waitFor();
  await here.page.getByTestId('sign-out').click();
  await here.page.getByTestId('sign-out-confirm').click();
  await here.page.getByRole('heading', { name: here.t('signin.title') }).waitFor();
  assert.equal(await here.page.evaluate(() => document.cookie), '', 'no script sees the session');
  await here.done();
  await there.done();
});
