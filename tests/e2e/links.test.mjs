// Links to people and to payments, the own one with its code, and the way from a refusal to its explanation.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, PASSWORD, person, until, WAYS } from './person.mjs';
import { startServer } from './server.mjs';
import { Walked } from './walked.mjs';

const walked = new Walked('links');

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Somebody with a wallet and a browser of their own. @param {any} how @param {string} stem @param {string} name */
async function registered(how, stem, name) {
  const one = await person(browser, { url: server.url, ...how });
  await one.register(handleOf(stem), name);
  return one;
}

/** The same person in a browser where nobody is signed in. @param {any} how @param {{ handle: string, name: string }} known */
async function visitor(how, known) {
  return Object.assign(await person(browser, { url: server.url, ...how }), { handle: known.handle, name: known.name });
}

/** Signs in on the screen that is shown. @param {any} one */
async function fillSignIn({ page, t, handle }) {
  await page.getByLabel(t('signin.login')).fill(handle);
  await page.getByLabel(t('signin.password')).fill(PASSWORD);
  await page.getByRole('button', { name: t('signin.submit') }).click();
}

const amountOf = ({ page }) => page.getByTestId('pay-amount');
const noteOf = ({ page, t }) => page.getByTestId('pay-dialog').getByLabel(t('pay.note'), { exact: true });
const closePay = ({ page, t }) => page.getByTestId('pay-dialog').getByRole('button', { name: t('action.close') }).click();

for (const how of WAYS) {
  test(`a link is paid by whoever signs in for it, after they confirmed: ${how.size}, ${how.lang}`, { timeout: 120_000 }, async () => {
    const ben = await registered(how, 'ben', 'Ben');
    const first = await registered(how, 'ana', 'Ana');
    await server.fund(first.handle, '100.00');
    const ana = await visitor(how, first);

    await ana.page.goto(`/pay/${ben.handle}?amount=12.50&note=tea`);
    await fillSignIn(ana);
    await amountOf(ana).waitFor();
    assert.deepEqual([await amountOf(ana).inputValue(), await noteOf(ana).inputValue()], ['12.50', 'tea']);
    await ana.page.getByTestId('pay-dialog').getByText('Ben').waitFor();
    await ana.noSidewaysScroll();
    await accessible(ana, 'a link to pay');
    await ana.shot('pay-link');
    await ana.page.getByRole('button', { name: ana.t('pay.continue') }).click();
    assert.equal(await ana.page.getByTestId('confirm-amount').textContent(), '¥12.50');
    await ana.page.getByTestId('pay-dialog').getByText('tea').waitFor();
    assert.ok(!ana.wire.sent.includes('transfer.send'), 'nothing is paid before the confirmation');
    await ana.page.getByTestId('pay-confirm').click();
    await ana.page.getByTestId('pay-done').getByText('¥87.50').waitFor();
    await ana.closeResult();

    // The link has done its part: the person stays, and a reload does not ask again.
    await ana.page.waitForURL(`**/u/${ben.handle}`);
    await ana.page.reload();
    await ana.page.getByTestId('profile').waitFor();
    assert.equal(await ana.page.getByTestId('pay-dialog').count(), 0);
    await ana.noSidewaysScroll();
    await accessible(ana, 'a person');
    await ana.shot('person');
    await ana.page.getByRole('button', { name: ana.t('person.message') }).click();
    await ana.page.getByTestId('transfer-card').getByText('¥12.50').waitFor();
    for (const [one, balance] of [[ana, '¥87.50'], [ben, '¥12.50']]) {
      await one.toTabs();
      await one.place('wallet').click();
      await one.balance(balance);
    }
    await walked.by(ana, ben, first);
  });

  test(`a hostile link does nothing and is explained: ${how.size}, ${how.lang}`, { timeout: 120_000 }, async () => {
    const ben = await registered(how, 'ben', 'Ben');
    const ana = await registered(how, 'ana', 'Ana');
    await server.fund(ana.handle, '10.00');
    const { page, t } = ana;
    const open = (/** @type {string} */ path) => page.goto(path);
    const note = '<img src=x onerror=alert(1)><script>alert(2)</script>\u202e';

    // Markup stays text, and a wrong amount is said at its field without a press.
    await open(`/pay/${ben.handle}?amount=1e9&note=${encodeURIComponent(note)}`);
    await page.getByText(t('pay.fault.form')).waitFor();
    assert.equal(await amountOf(ana).inputValue(), '1e9');
    assert.equal(await noteOf(ana).inputValue(), note.slice(0, -1), 'without the sign that turns text around');
    await amountOf(ana).press('Enter');
    assert.equal(await page.getByTestId('confirm-amount').count(), 0);
    await accessible(ana, 'a wrong amount in a link');
    await ana.shot('hostile-amount');
    await amountOf(ana).fill('1');
    await page.getByRole('button', { name: t('pay.continue') }).click();
    await page.getByTestId('pay-dialog').getByText(note.slice(0, -1)).waitFor();
    assert.equal(await page.locator('img[src="x"]').count(), 0);
    await ana.noSidewaysScroll();
    await closePay(ana);
    await page.getByTestId('profile').waitFor();

    // What no field can hold is left out, not cut.
    await open(`/pay/${ben.handle}?amount=${'1'.repeat(30)}&note=${'n'.repeat(201)}`);
    await page.getByText(t('pay.left_out.amount')).waitFor();
    await page.getByText(t('pay.left_out.note', { n: 200 })).waitFor();
    assert.deepEqual([await amountOf(ana).inputValue(), await noteOf(ana).inputValue()], ['', '']);
    await ana.noSidewaysScroll();
    await ana.shot('hostile-left-out');
    await closePay(ana);
    await open(`/pay/${ben.handle}?amount=1000000000`);
    await page.getByText(t('pay.fault.too_little', { available: '¥10.00' })).waitFor();
    await closePay(ana);

    // Another currency, oneself, nobody: said on the screen, with the way to the explanation.
    for (const [path, code] of [[`/pay/${ben.handle}?amount=5&currency=xxq`, 'currency_unsupported'], [`/pay/${ana.handle}?amount=5`, 'self_transfer'], ['/pay/nobody_at_all?amount=5', 'user_not_found'], ['/u/%3Cscript%3Ealert(1)%3C%2Fscript%3E', 'user_not_found']]) {
      await open(path);
      await page.getByText(t(`error.${code}`)).waitFor();
      const link = page.getByTestId('help-link');
      assert.equal(await link.getAttribute('href'), `/help/${code}?lang=${how.lang}`);
      assert.equal(await page.getByTestId('pay-dialog').count(), 0, path);
      await accessible(ana, path);
      await ana.noSidewaysScroll();
      await ana.shot(`hostile-${code}`);
    }
    assert.ok(!ana.wire.sent.includes('transfer.send'));
    await walked.by(ana, ben);
  });

  test(`from a failed payment to what it means: ${how.size}, ${how.lang}`, { timeout: 120_000 }, async () => {
    const ben = await registered(how, 'ben', 'Ben');
    const ana = await registered(how, 'ana', 'Ana');
    await server.fund(ana.handle, '20.00');
    const elsewhere = await visitor(how, ana);
    await ana.page.goto(`/pay/${ben.handle}?amount=12.50`);
    await ana.page.getByRole('button', { name: ana.t('pay.continue') }).click();
    await ana.page.getByTestId('pay-confirm').waitFor();

    // The money goes by another device, and this one does not hear of it.
    ana.wire.deaf = 'account.changed';
    await elsewhere.page.goto(`/pay/${ben.handle}?amount=15`);
    await fillSignIn(elsewhere);
    await elsewhere.page.getByRole('button', { name: elsewhere.t('pay.continue') }).click();
    await elsewhere.page.getByTestId('pay-confirm').click();
    await elsewhere.page.getByTestId('pay-done').waitFor();
    await ana.page.getByTestId('pay-confirm').click();
    const refused = ana.page.getByTestId('pay-refused');
    await refused.getByText(ana.t('error.insufficient_funds')).waitFor();
    await accessible(ana, 'a refused payment');
    await ana.noSidewaysScroll();
    await ana.shot('refused');

    // Its help opens beside it, in the page's own language, and names the same payment.
    const reference = (await refused.locator('.reference').textContent()).split(' ').at(-1);
    const opened = ana.context.waitForEvent('page');
    await refused.getByTestId('help-link').click();
    const help = await opened;
    await help.waitForLoadState();
    assert.equal(new URL(help.url()).pathname, '/help/insufficient_funds');
    assert.equal(await help.locator('html').getAttribute('lang'), how.lang);
    await help.getByRole('heading', { name: ana.t('error.insufficient_funds') }).waitFor();
    assert.equal(await help.locator('dd code').textContent(), reference);
    await accessible({ page: help, size: how.size }, 'help');
    assert.ok(await help.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await ana.shotOf(help, 'help');
    // The other language of the same page, and the list of all.
    const other = how.lang === 'en' ? 'zh-CN' : 'en';
    await help.locator(`nav a[lang="${other}"]`).click();
    await until(async () => (await help.locator('html').getAttribute('lang')) === other, 'the other language');
    assert.equal(await help.locator('dd code').textContent(), reference);
    await help.locator('footer a').first().click();
    await help.locator('.codes li').first().waitFor();
    await accessible({ page: help, size: how.size }, 'all of the help');
    assert.ok(await help.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
    await ana.shotOf(help, 'help-index');
    await help.close();
    await refused.waitFor();
    await walked.by(ana, ben, elsewhere);
  });

  test(`one's own link and its code: ${how.size}, ${how.lang}`, { timeout: 120_000 }, async () => {
    const ben = await registered(how, 'ben.b', 'Ben');
    const ana = await registered(how, 'ana', 'Ana');
    const { page, t } = ben;
    await ben.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    // The browser of the tests has no sheet of a system to share by: this one tells what it was given.
    await ben.context.addInitScript(() => Object.assign(navigator, { share: async (given) => Object.assign(window, { shared: given }) }));
    await page.reload();
    await ben.place('wallet').click();
    await page.getByTestId('get-paid').click();
    const dialog = page.getByTestId('get-paid-dialog');
    const shown = () => dialog.getByTestId('own-link').textContent();
    assert.equal(await shown(), `${server.url}/pay/${ben.handle}`);
    await dialog.getByLabel(t('getpaid.amount'), { exact: true }).fill('7.5');
    await dialog.getByLabel(t('getpaid.note'), { exact: true }).fill('茶 & cake');
    const link = await shown();
    assert.deepEqual(Object.fromEntries(new URL(link).searchParams), { amount: '7.50', currency: 'CNY', note: '茶 & cake' });
    await dialog.getByTestId('qr').waitFor();
    await accessible(ben, 'the own link');
    await ben.noSidewaysScroll();
    await ben.shot('get-paid');
    await dialog.getByTestId('copy-link').click();
    await dialog.getByText(t('getpaid.copied')).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);
    await dialog.getByRole('button', { name: t('getpaid.share') }).click();
    assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).shared), { url: link });
    await dialog.getByLabel(t('getpaid.amount'), { exact: true }).fill('7.555');
    await dialog.getByText(t('pay.fault.decimals', { n: 2 })).waitFor();
    assert.equal(await dialog.getByTestId('own-link').count(), 0, 'no link asks for what was not meant');
    await dialog.getByLabel(t('getpaid.amount'), { exact: true }).fill('');
    await dialog.getByLabel(t('getpaid.note'), { exact: true }).fill('很'.repeat(100));
    await dialog.getByText(t('getpaid.too_long')).waitFor();
    await ben.noSidewaysScroll();

    // The link leads whoever is signed in to the same amount and words.
    await ana.page.goto(link);
    await amountOf(ana).waitFor();
    assert.deepEqual([await amountOf(ana).inputValue(), await noteOf(ana).inputValue()], ['7.50', '茶 & cake']);
    await closePay(ana);
    // And by the plain one to the person, from whose screen one may pay as well.
    await ana.page.goto(`/u/${ben.handle}`);
    await ana.page.getByTestId('pay-person').click();
    assert.equal(await amountOf(ana).inputValue(), '');
    await ana.page.keyboard.press('Escape');
    await page.goto(`/u/${ben.handle}`);
    await page.getByTestId('profile').getByRole('button', { name: t('getpaid.title') }).click();
    await dialog.waitFor();
    await walked.by(ana, ben);
  });
}

test('whoever has no account yet comes back to the link once they have one', { timeout: 60_000 }, async () => {
  const ben = await registered({}, 'ben', 'Ben');
  const eve = await person(browser, { url: server.url });
  const { page, t } = eve;
  const handle = handleOf('eve');
  await page.goto(`/u/${ben.handle}`);
  await page.getByRole('link', { name: t('signin.register') }).click();
  await page.getByLabel(t('register.name'), { exact: true }).fill('Eve');
  await page.getByLabel(t('register.password'), { exact: true }).fill(PASSWORD);
  await page.getByLabel(t('register.handle'), { exact: true }).fill(ben.handle);
  await page.getByLabel(t('register.email'), { exact: true }).fill(`${handle}@example.com`);
  // A refusal at a field leads to its help as well.
  await page.getByRole('button', { name: t('register.submit') }).click();
  await page.getByText(t('error.handle_taken')).waitFor();
  assert.match((await page.getByTestId('help-link').getAttribute('href')) ?? '', /^\/help\/handle_taken\?lang=en&ref=[0-9a-f-]{36}$/);
  await accessible(eve, 'a refusal at a field');
  await page.getByLabel(t('register.handle'), { exact: true }).fill(handle);
  await page.getByRole('button', { name: t('register.submit') }).click();
  await page.getByTestId('profile').getByText('Ben', { exact: true }).waitFor();
  await walked.by(ben, eve);
});

test('the walks of this file asked for all that they are there for', () => walked.all());
