// Cards and bank accounts, and money in and out through them, by clicks: bound, used, renamed, updated and removed. Both widths,
// both languages, against the sandbox.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, PASSWORD, person, until, WAYS } from './person.mjs';
import { startServerWith } from './server.mjs';
import { Walked } from './walked.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

const walked = new Walked('methods');
const PIN = '246813';
const NUMBER = '4242424242424242';
const IN_THREE_YEARS = String(new Date().getUTCFullYear() + 3).slice(2);

let server;
let strict;
let browser;
before(async () => {
  const quick = { QUIPU__FUNDING__SANDBOX_SECONDS: '1', QUIPU__FUNDING__POLL_SECONDS: '1' };
  [server, strict, browser] = await Promise.all([
    startServerWith({ QUIPU__WALLET__REQUIRE_PIN: 'true', QUIPU__FUNDING__COOLING_OFF_SECONDS: '0', ...quick }),
    startServerWith(quick),
    openBrowser(),
  ]);
});
after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), strict?.stop()]);
});

for (const how of WAYS) {
  test(`a card and an account are bound, used, changed and removed: ${how.size}, ${how.lang}`, { timeout: 300_000 }, async () => {
    const [ann, bob] = [await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how })];
    await ann.register(handleOf('ann'), 'Ann Larsen');
    await bob.register(handleOf('bob'), 'Bob');
    await firstTopUp(ann);
    await bindAccount(ann);
    await withdraw(ann);
    await atTheBank(ann);
    await declined(ann);
    await comesLater(ann);
    await fromAPayment(ann, bob);
    await change(ann);
    await walked.by(ann, bob);
  });
}

for (const how of WAYS) {
  test(`a new account waits before money goes to it: ${how.size}, ${how.lang}`, { timeout: 120_000 }, async () => {
    const ann = await person(browser, { url: strict.url, ...how });
    const { page } = ann;
    await ann.register(handleOf('ann'), 'Ann');
    await strict.fund(ann.handle, '30.00');
    await toMethods(ann);
    await page.getByText(ann.t('method.empty_title')).waitFor();
    await look(ann, 'no cards and no accounts');
    await addByTest(ann, 'bank', 'bank_at_once', null);
    await page.getByTestId('withdraw-from').waitFor();
    await look(ann, 'an account that waits');
    const dialog = await openWithdraw(ann);
    await dialog.getByTestId('funding-amount').fill('10');
    await dialog.getByTestId('cooling-off').waitFor();
    await dialog.getByTestId('funding-send').press('Enter');
    assert.equal(await dialog.getByTestId('funding-send').getAttribute('aria-disabled'), 'true');
    assert.ok(!ann.wire.sent.includes('withdraw.create'), 'it is refused before it is sent');
    await look(ann, 'a withdrawal that waits');
    // A page that does not know of it is told by the server, and nothing has moved.
    ann.wire.reworded['method.list'] = (ok) => ({ ...ok, methods: ok.methods.map((one) => ({ ...one, withdraw_from: null })) });
    await page.reload();
    const again = await openWithdraw(ann);
    await again.getByTestId('funding-amount').fill('10');
    await again.getByTestId('funding-send').click();
    await again.getByText(ann.t('error.method_cooling_off')).waitFor();
    assert.match((await again.getByTestId('help-link').getAttribute('href')) ?? '', /^\/help\/method_cooling_off\?/);
    await look(ann, 'a withdrawal that was refused');
    await again.getByRole('button', { name: ann.t('action.close') }).click();
    await ann.balance('¥30.00');
    await walked.by(ann);
  });
}

test('each operation was reached by clicks', () => walked.all());

/** @param {Person} one @param {string} name of what is looked at */
async function look(one, name) {
  await one.noSidewaysScroll();
  await one.shot(name.replaceAll(' ', '-'));
  await accessible(one, name);
}

/** @param {Person} one */
async function toWallet(one) {
  await one.toTabs();
  await one.place('wallet').click();
  await one.page.getByTestId('add-money').waitFor();
}

/** @param {Person} one */
async function toMethods(one) {
  await toWallet(one);
  await one.page.getByRole('link', { name: one.t('method.title') }).click();
  await one.page.getByRole('heading', { name: one.t('method.title'), level: 1 }).waitFor();
}

/** @param {Person} one */
async function openTopUp(one) {
  await toWallet(one);
  await one.page.getByTestId('add-money').click();
  const dialog = one.page.getByTestId('topup-dialog');
  await dialog.waitFor();
  return dialog;
}

/** @param {Person} one */
async function openWithdraw(one) {
  await toWallet(one);
  await one.page.getByTestId('withdraw-money').click();
  const dialog = one.page.getByTestId('withdrawal-dialog');
  await dialog.waitFor();
  return dialog;
}

/** @param {Person} one */
async function enterPin(one) {
  const field = one.page.getByTestId('pin-dialog').getByTestId('pin-pin');
  await field.waitFor();
  await field.pressSequentially(PIN);
}

/** @param {Person} one @param {string} last four digits */
const row = (one, last) => one.page.locator(`[data-testid="method"][data-last-four="${last}"]`);
/** @param {Person} one @param {string} brand @param {string} last */
const nameOf = (one, brand, last) => one.t('method.name', { brand: one.t(`method.brand.${brand}`), last });
/** @param {Person} one @param {string} state */
const stands = (one, state) => one.page.locator(`[data-testid="funding-progress"][data-state="${state}"]`).waitFor();

/** It bears a moment of deafness, against double clicks: pressed until it has closed. @param {Person} one */
async function leave(one) {
  const close = one.page.getByTestId('funding-close');
  await until(async () => {
    if ((await close.count()) === 0) return true;
    await close.click().catch(() => {});
    return false;
  }, 'it closes');
}

/** On the screen of the methods, by a number that the sandbox offers itself. @param {Person} one @param {'card' | 'bank'} kind @param {string} what @param {string | null} pin null where none is asked for */
async function addByTest(one, kind, what, pin = PIN) {
  await one.page.getByTestId(`add-${kind}`).click();
  const dialog = one.page.getByTestId('add-method-dialog');
  await dialog.getByTestId('test-numbers').locator('summary').click();
  await dialog.getByTestId(`test-${what}`).click();
  await dialog.getByTestId('method-next').click();
  await dialog.getByTestId('method-send').click();
  if (pin !== null) await enterPin(one);
  await dialog.waitFor({ state: 'detached' });
}

/** @param {Person} one @param {string} last of the card @param {string} amount */
async function topUp(one, last, amount) {
  const dialog = await openTopUp(one);
  await dialog.getByTestId('funding-amount').fill(amount);
  await dialog.getByTestId('funding-method').selectOption({ label: nameOf(one, 'visa', last) });
  await dialog.getByTestId('funding-send').click();
  await enterPin(one);
  return dialog;
}

/** Without a card: it is bound on the way, the PIN is set in it, and the amount stays. @param {Person} ann */
async function firstTopUp(ann) {
  const { page, t } = ann;
  const dialog = await openTopUp(ann);
  await dialog.getByTestId('funding-amount').fill('50');
  await dialog.getByTestId('no-method').waitFor();
  await look(ann, 'adding money without a card');
  await dialog.getByTestId('funding-add-card').click();
  const add = page.getByTestId('add-method-dialog');
  await add.getByTestId('card-number').fill('4242424242424241');
  await add.getByTestId('method-next').press('Enter');
  for (const fault of ['number_wrong', 'expiry_empty', 'holder_empty']) await add.getByText(t(`method.fault.${fault}`)).waitFor();
  await add.getByText(t('method.fault.code', { n: 3 })).waitFor();
  await look(ann, 'a card that is typed wrong');
  await add.getByTestId('card-number').fill('');
  await add.getByTestId('card-number').pressSequentially(NUMBER);
  assert.equal(await add.getByTestId('card-number').inputValue(), '4242 4242 4242 4242');
  await add.getByTestId('card-brand').getByText(t('method.brand.visa')).waitFor();
  await add.getByTestId('card-expiry').pressSequentially(`05${IN_THREE_YEARS}`);
  assert.equal(await add.getByTestId('card-expiry').inputValue(), `05/${IN_THREE_YEARS}`);
  await add.getByTestId('card-code').fill('123');
  await add.getByTestId('method-holder').fill('Ann Larsen');
  await look(ann, 'a card that is typed');
  await add.getByTestId('method-next').click();
  const review = add.getByTestId('method-review');
  await review.getByText(nameOf(ann, 'visa', '4242')).waitFor();
  await review.getByText(`05/${IN_THREE_YEARS}`).waitFor();
  await look(ann, 'a card that is looked at once more');
  await add.getByTestId('method-send').click();
  const pin = page.getByTestId('pin-dialog');
  await pin.getByText(t('pin.first')).waitFor();
  await look(ann, 'the PIN that is set with a card');
  await page.getByTestId('pin-password').fill(PASSWORD);
  await page.getByTestId('pin-new').fill(PIN);
  await page.getByTestId('pin-repeat').fill(PIN);
  await page.getByTestId('pin-set').click();
  await add.waitFor({ state: 'detached' });
  assert.equal(await dialog.getByTestId('funding-amount').inputValue(), '50');

  // Nothing of the number is left on the page or in the browser.
  const left = (await page.content()) + (await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, [...document.querySelectorAll('input')].map((one) => one.value)])));
  assert.ok(!left.replaceAll(' ', '').includes(NUMBER));

  // The question that is closed moves nothing, and the amount stands where it stood.
  await dialog.getByTestId('funding-send').click();
  await pin.getByTestId('pin-amount').getByText('¥50.00').waitFor();
  await pin.getByRole('button', { name: t('action.close') }).click();
  await until(async () => (await dialog.getByTestId('funding-send').getAttribute('aria-disabled')) === 'false', 'it can be pressed again');
  await look(ann, 'adding money');
  await dialog.getByTestId('funding-send').click();
  await enterPin(ann);
  await stands(ann, 'settled');
  await look(ann, 'money that was added');
  await leave(ann);
  await ann.balance('¥50.00');
  await page.getByTestId('transfer-row').filter({ hasText: t('wallet.topup') }).waitFor();
}

/** @param {Person} ann */
async function bindAccount(ann) {
  const { page, t } = ann;
  await toMethods(ann);
  await row(ann, '4242').getByTestId('is-default').waitFor();
  await page.getByTestId('sandbox').waitFor();
  await page.getByTestId('add-bank').click();
  const add = page.getByTestId('add-method-dialog');
  await add.getByTestId('bank-iban').fill('de88370400440532013000');
  await add.getByTestId('method-next').press('Enter');
  await add.getByText(t('method.fault.iban_wrong')).waitFor();
  await add.getByTestId('test-numbers').locator('summary').click();
  await look(ann, 'an account that is typed wrong');
  await add.getByTestId('test-bank_at_once').click();
  assert.equal(await add.getByTestId('bank-iban').inputValue(), 'DE89 3704 0044 0532 0130 00');
  assert.equal(await add.getByTestId('method-holder').inputValue(), 'Ann Larsen');
  await add.getByTestId('method-next').click();
  await add.getByTestId('method-send').click();
  await enterPin(ann);
  await add.waitFor({ state: 'detached' });
  await row(ann, '3000').waitFor();
  assert.equal(await page.getByTestId('method').count(), 2);
  // The same number twice is said at its field.
  await page.getByTestId('add-card').click();
  await add.getByTestId('test-numbers').locator('summary').click();
  await add.getByTestId('test-at_once').click();
  await add.getByTestId('method-next').click();
  await add.getByTestId('method-send').click();
  const [pin, said] = [page.getByTestId('pin-dialog').getByTestId('pin-pin'), add.getByText(t('error.method_exists'))];
  await pin.or(said).first().waitFor();
  if (await pin.isVisible()) await pin.pressSequentially(PIN);
  await said.waitFor();
  await look(ann, 'a card that is there already');
  await add.getByRole('button', { name: t('action.close') }).click();
  await page.getByTestId('fundings').getByTestId('funding').waitFor();
  await look(ann, 'cards and bank accounts');
}

/** All of it goes to the account; a credit card is not offered. @param {Person} ann */
async function withdraw(ann) {
  const { t } = ann;
  const dialog = await openWithdraw(ann);
  await dialog.getByTestId('funding-method').waitFor();
  await dialog.getByTestId('funding-amount').fill('60');
  await dialog.getByText(t('pay.fault.too_little', { available: '¥50.00' })).waitFor();
  assert.equal(await dialog.getByTestId('funding-method').locator('option').count(), 1);
  await dialog.getByTestId('funding-all').click();
  assert.equal(await dialog.getByTestId('funding-amount').inputValue(), '50.00');
  await look(ann, 'withdrawing');
  await dialog.getByTestId('funding-send').click();
  await enterPin(ann);
  await stands(ann, 'paid');
  await look(ann, 'money that was withdrawn');
  await leave(ann);
  await ann.balance('¥0.00');
  await ann.page.getByTestId('transfer-row').filter({ hasText: t('wallet.withdrawal') }).first().waitFor();
}

/** 3-D Secure: confirmed at the bank, and another one is not. @param {Person} ann */
async function atTheBank(ann) {
  const { page, t, context, lang } = ann;
  const [yes, no] = lang === 'en' ? ['Confirm', 'Refuse'] : ['确认', '拒绝'];
  await toMethods(ann);
  await addByTest(ann, 'card', 'confirm');
  const answer = async (/** @type {string} */ name, /** @type {string} */ state) => {
    const opened = context.waitForEvent('page');
    await page.getByTestId('funding-action').click();
    const bank = await opened;
    await bank.getByRole('button', { name, exact: true }).click();
    await stands(ann, state);
    await bank.close();
  };
  await topUp(ann, '3220', '20');
  await stands(ann, 'requires_action');
  await look(ann, 'a top-up that waits for its owner');
  await answer(yes, 'settled');
  await leave(ann);
  await ann.balance('¥20.00');
  // Closed, it waits on the wallet's page.
  await topUp(ann, '3220', '5');
  await stands(ann, 'requires_action');
  await leave(ann);
  const waiting = page.getByTestId('under-way').getByTestId('funding');
  await waiting.waitFor();
  await look(ann, 'the wallet with a top-up under way');
  await waiting.getByRole('button').click();
  await answer(no, 'failed');
  await page.getByText(t('funding.reason.authentication_failed')).waitFor();
  await leave(ann);
  await page.getByTestId('under-way').waitFor({ state: 'detached' });
  await ann.balance('¥20.00');
}

/** What the bank declines leads back, with the amount. @param {Person} ann */
async function declined(ann) {
  const { page, t } = ann;
  await toMethods(ann);
  await addByTest(ann, 'card', 'declined');
  const dialog = await topUp(ann, '0002', '7.50');
  await stands(ann, 'failed');
  await dialog.getByText(t('funding.reason.declined')).waitFor();
  await look(ann, 'a top-up that was declined');
  const again = page.getByTestId('funding-again');
  await until(async () => {
    await again.click().catch(() => {});
    return (await again.count()) === 0;
  }, 'the form is back');
  assert.equal(await dialog.getByTestId('funding-amount').inputValue(), '7.50');
  await dialog.getByRole('button', { name: t('action.close') }).click();
  await ann.balance('¥20.00');
}

/** What is told while this page hears nothing is known when it is back. @param {Person} ann */
async function comesLater(ann) {
  await toMethods(ann);
  await addByTest(ann, 'card', 'later');
  ann.wire.deaf = 'item.changed';
  await topUp(ann, '0077', '10');
  await ann.page.locator('[data-testid="funding-progress"]').waitFor();
  // The account is heard of all the same: by that the money has come.
  await ann.page.getByTestId('balance').filter({ hasText: '¥30.00' }).waitFor({ state: 'attached' });
  ann.wire.deaf = null;
  ann.wire.cut();
  await stands(ann, 'settled');
  await leave(ann);
  await ann.balance('¥30.00');
}

/** Too little money leads to a top-up and back, with the amount kept. @param {Person} ann @param {Person} bob */
async function fromAPayment(ann, bob) {
  const { page, t } = ann;
  await ann.findByHandle(bob.handle);
  await ann.openPay();
  await page.getByTestId('pay-amount').fill('45');
  await page.getByTestId('pay-dialog').getByText(t('pay.fault.too_little', { available: '¥30.00' })).waitFor();
  await look(ann, 'a payment with too little money');
  await page.getByTestId('pay-add-money').click();
  const dialog = page.getByTestId('topup-dialog');
  await dialog.getByTestId('funding-method').waitFor();
  assert.equal(await dialog.getByTestId('funding-amount').inputValue(), '15.00');
  await dialog.getByTestId('funding-method').selectOption({ label: nameOf(ann, 'visa', '4242') });
  await dialog.getByTestId('funding-send').click();
  await enterPin(ann);
  await stands(ann, 'settled');
  await leave(ann);
  assert.equal(await page.getByTestId('pay-amount').inputValue(), '45');
  await page.getByRole('button', { name: t('pay.continue') }).click();
  await page.getByTestId('pay-confirm').click();
  await enterPin(ann);
  await page.getByTestId('pay-done').getByText('¥0.00').waitFor();
  await ann.closeResult();
}

/** Another name, another default, the card that came in its place, and gone. @param {Person} ann */
async function change(ann) {
  const { page, t } = ann;
  await toMethods(ann);
  await row(ann, '4242').getByTestId('method-rename').click();
  await page.getByTestId('rename-method-dialog').getByTestId('method-label').fill('Daily 日常');
  await look(ann, 'another name for a card');
  await page.getByTestId('method-save').click();
  await page.getByTestId('rename-method-dialog').waitFor({ state: 'detached' });
  await row(ann, '4242').getByText('Daily 日常').waitFor();
  await row(ann, '3000').getByTestId('method-prefer').click();
  await row(ann, '3000').getByTestId('is-default').waitFor();
  assert.equal(await page.getByTestId('is-default').count(), 1);

  // A card whose last month this is.
  const now = new Date();
  await page.getByTestId('add-card').click();
  const add = page.getByTestId('add-method-dialog');
  await add.getByTestId('test-numbers').locator('summary').click();
  await add.getByTestId('test-debit').click();
  await add.getByTestId('card-expiry').fill(`${String(now.getUTCMonth() + 1).padStart(2, '0')}${String(now.getUTCFullYear()).slice(2)}`);
  await add.getByTestId('method-next').click();
  await add.getByTestId('method-send').click();
  await enterPin(ann);
  await add.waitFor({ state: 'detached' });
  await row(ann, '5556').getByTestId('expiry-state').getByText(t('method.state.expiring')).waitFor();
  await look(ann, 'a card that expires soon');
  await row(ann, '5556').getByTestId('method-renew').click();
  const renew = page.getByTestId('renew-method-dialog');
  await renew.getByTestId('card-expiry').fill('0120');
  await renew.getByTestId('method-save').press('Enter');
  await renew.getByText(t('method.fault.expiry_passed')).waitFor();
  await look(ann, 'updating a card');
  await renew.getByTestId('card-expiry').fill(`09${IN_THREE_YEARS}`);
  await renew.getByTestId('card-code').fill('321');
  await renew.getByTestId('method-save').click();
  await renew.waitFor({ state: 'detached' });
  await row(ann, '5556').getByText(`09/${IN_THREE_YEARS}`).waitFor();
  assert.equal(await row(ann, '5556').getByTestId('expiry-state').count(), 0);

  await row(ann, '0002').getByTestId('method-remove').click();
  await page.getByTestId('remove-method-dialog').waitFor();
  await look(ann, 'removing a card');
  await ann.confirm();
  await row(ann, '0002').waitFor({ state: 'detached' });
  await page.reload();
  await row(ann, '3000').waitFor();
  assert.equal(await row(ann, '0002').count(), 0);
}
