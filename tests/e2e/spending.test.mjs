// What a payment is followed by, by clicks: something is wrong with it, it is counted in its month, it uses up a budget, a
// receipt of it is mailed or not. Both widths, both languages.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, person, until, WAYS } from './person.mjs';
import { startServer } from './server.mjs';
import { Walked } from './walked.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

const walked = new Walked('spending');
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
  test(`disputes, months, budgets and receipts: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const [ann, bob] = [await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how })];
    await ann.register(handleOf('ann'), 'Ann');
    await bob.register(handleOf('bob'), 'Bob');
    await server.fund(ann.handle, '100.00');
    await ann.findByHandle(bob.handle);
    await withdrawn(ann, bob);
    await won(ann, bob);
    await months(ann);
    await budgets(ann);
    await receipts(ann);
    await walked.by(ann, bob);
  });
}
test('each operation was reached by clicks', () => walked.all());

/** @param {Person} one @param {string} kind */
const card = (one, kind) => one.page.getByTestId(`${kind}-card`).last();
/** @param {Person} one @param {string} state */
const says = (one, state) => card(one, 'dispute').getByTestId('card-state').filter({ hasText: one.t(`state.dispute.${state}`) }).waitFor();
/** @param {Person} one @param {string} op */
const times = (one, op) => one.wire.sent.filter((sent) => sent === op).length;

/** @param {Person} one whose chat is open @param {string} amount */
async function pay(one, amount) {
  await one.toConfirm(amount);
  await one.page.getByTestId('pay-confirm').click();
  await one.page.getByTestId('pay-done').waitFor();
  await one.closeResult();
}

/** @param {Person} one @param {string} name of what is looked at */
async function look(one, name) {
  await one.noSidewaysScroll();
  await one.shot(name.replaceAll(' ', '-'));
  await accessible(one, name);
}

/** @param {Person} one @param {'months' | 'budgets'} name */
async function behindWallet(one, name) {
  await one.toTabs();
  await one.place('wallet').click();
  await one.page.getByRole('link', { name: one.t(`nav.${name}`) }).click();
  await one.page.getByRole('heading', { name: one.t(`nav.${name}`), level: 1 }).waitFor();
}

/** Opens the dispute of the newest payment, pressed twice, done once. @param {Person} ann @param {string} amount @param {string} reason */
async function open(ann, amount, reason) {
  await card(ann, 'transfer').filter({ hasText: amount }).getByTestId('dispute').click();
  const dialog = ann.page.getByTestId('dispute-dialog');
  const before = times(ann, 'dispute.open');
  await dialog.getByTestId('dispute-send').press('Enter');
  await dialog.getByText(ann.t('dispute.empty')).waitFor();
  await dialog.getByTestId('dispute-text').fill(reason);
  if (before === 0) await look(ann, 'the dialog of a dispute');
  await dialog.getByTestId('dispute-send').dblclick();
  await dialog.waitFor({ state: 'detached' });
  await says(ann, 'open');
  assert.equal(times(ann, 'dispute.open'), before + 1);
}

/** It waits for the payee on the wallet's page, is answered once, and given up. @param {Person} ann @param {Person} bob */
async function withdrawn(ann, bob) {
  await pay(ann, '20');
  await open(ann, '¥20.00', 'Nothing came 什么都没到');
  await bob.place('wallet').click();
  const row = bob.page.getByTestId('waiting-row').filter({ hasText: bob.t('wallet.waiting.dispute') });
  await row.waitFor();
  await look(bob, 'the wallet with a dispute that waits');
  await row.getByRole('link').click();
  await says(bob, 'open');
  assert.equal(await card(bob, 'dispute').getByTestId('move-withdraw').count(), 0);
  assert.equal(await bob.page.getByTestId('dispute').count(), 0, 'who was paid gives back, and disputes nothing');
  await look(bob, 'a dispute that waits for an answer');
  await card(bob, 'dispute').getByTestId('move-answer').click();
  const dialog = bob.page.getByTestId('dispute-answer-dialog');
  await dialog.getByText('Nothing came').waitFor();
  await dialog.getByTestId('dispute-answer-text').fill('It is on its way');
  await look(bob, 'the answer to a dispute');
  await dialog.getByTestId('dispute-answer-send').dblclick();
  await dialog.waitFor({ state: 'detached' });
  for (const one of [ann, bob]) {
    await says(one, 'evidence');
    await card(one, 'dispute').getByTestId('dispute-answer').filter({ hasText: 'It is on its way' }).waitFor();
  }
  assert.equal(times(bob, 'dispute.answer'), 1);
  assert.equal(await card(bob, 'dispute').getByTestId('move-answer').count(), 0);
  await ann.shot('a-dispute-that-was-answered');
  await card(ann, 'dispute').getByTestId('move-withdraw').click();
  await ann.page.getByTestId('end-flow-dialog').waitFor();
  await look(ann, 'giving a dispute up');
  await ann.confirm();
  for (const one of [ann, bob]) await says(one, 'withdrawn');
  // There is one dispute of each payment: its card leads to it from then on.
  assert.equal(await card(ann, 'transfer').getByTestId('dispute').count(), 0);
  await card(ann, 'transfer').getByTestId('to-dispute').waitFor();
  await bob.toTabs();
  await bob.place('wallet').click();
  await bob.page.getByTestId('balance').filter({ hasText: '¥20.00' }).waitFor();
  assert.equal(await bob.page.getByTestId('waiting-row').count(), 0);
}

/** An operator looks at it and decides for who paid; the money is back. @param {Person} ann @param {Person} bob */
async function won(ann, bob) {
  await bob.openChat('Ann');
  await pay(ann, '30');
  await open(ann, '¥30.00', 'It was broken');
  for (const one of [ann, bob]) await one.page.getByTestId('dispute-card').nth(1).waitFor();
  const [of] = (await server.admin('disputes')).stdout.split('\n');
  await server.admin('dispute', of, 'review', '--reason', 'case 9');
  for (const one of [ann, bob]) await says(one, 'review');
  await server.admin('dispute', of, 'won', '--reason', 'Nothing proves that it was whole');
  for (const one of [ann, bob]) {
    await says(one, 'won');
    await card(one, 'dispute').getByTestId('dispute-decision').filter({ hasText: 'Nothing proves' }).waitFor();
    await one.page.getByTestId('refunded').filter({ hasText: '¥30.00' }).waitFor();
  }
  await look(ann, 'a dispute that was won');
  await ann.toTabs();
  await ann.place('wallet').click();
  await ann.balance('¥80.00');
}

/** 130.00 came and 50.00 went; the month before nothing did. @param {Person} ann */
async function months(ann) {
  const { page } = ann;
  // Of a long history the server counts a part at a time.
  let uncounted = 2;
  ann.wire.reworded['wallet.summary'] = (ok) => (uncounted > 0 ? { ...ok, complete: false, opening: null, closing: null } : ok);
  const before = times(ann, 'wallet.summary');
  await behindWallet(ann, 'months');
  await page.getByTestId('counting').waitFor();
  await page.getByTestId('month-opening').filter({ hasText: ann.t('months.counting_short') }).waitFor();
  await until(() => times(ann, 'wallet.summary') > before + 3, 'it asks on');
  uncounted = 0;
  await page.getByTestId('counting').waitFor({ state: 'detached' });
  const month = page.getByTestId('month-panel');
  for (const [id, amount] of [['opening', '¥0.00'], ['in', '¥130.00'], ['out', '¥50.00'], ['closing', '¥80.00']]) await month.getByTestId(`month-${id}`).filter({ hasText: amount }).waitFor();
  assert.match((await month.getByTestId('kind-out').allTextContents()).join(), new RegExp(`${ann.t('wallet.kind.payment')}.*¥50.00`));
  const came = (await month.getByTestId('kind-in').allTextContents()).join();
  assert.match(came, new RegExp(`${ann.t('wallet.kind.funding')}.*¥100.00.*${ann.t('months.came_back')}.*¥30.00`));
  const columns = page.getByTestId('month');
  await columns.nth(5).waitFor();
  assert.equal(await columns.count(), 6);
  assert.equal(await columns.last().getAttribute('aria-pressed'), 'true');
  assert.match((await page.getByTestId('months-table').textContent()) ?? '', /¥130.00¥50.00/);
  await look(ann, 'months');
  await columns.last().focus();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await month.getByText(ann.t('months.empty_title')).waitFor();
  assert.equal(await columns.nth(4).getAttribute('aria-pressed'), 'true');
  await ann.shot('a-month-without-anything');
  // A month has a link of its own.
  await page.reload();
  await month.getByText(ann.t('months.empty_title')).waitFor();
  await columns.last().click();
  await month.getByTestId('month-closing').filter({ hasText: '¥80.00' }).waitFor();
}

/** 20.00 of 25.00 are spent from the start; 10.00 more are too much, and that is said. @param {Person} ann */
async function budgets(ann) {
  const { page } = ann;
  const row = (/** @type {string} */ kind) => page.getByTestId('budget').filter({ hasText: ann.t(kind) });
  await behindWallet(ann, 'budgets');
  await page.getByText(ann.t('budget.empty_title')).waitFor();
  await look(ann, 'no budgets');
  await setOne(ann, async (dialog) => {
    await dialog.getByTestId('budget-kind').selectOption('payment');
    await dialog.getByTestId('budget-month').selectOption({ index: 1 });
    await dialog.getByTestId('budget-amount').fill('60');
    await look(ann, 'setting a budget');
  });
  await row('wallet.kind.payment').getByTestId('budget-spent').filter({ hasText: ann.t('budget.spent_of', { spent: '¥20.00', amount: '¥60.00' }) }).waitFor();
  assert.equal(await row('wallet.kind.payment').getAttribute('data-look'), 'fine');
  await setOne(ann, (dialog) => dialog.getByTestId('budget-amount').fill('25'));
  await page.locator('[data-testid="budget"][data-look="near"]').filter({ hasText: ann.t('budget.all') }).waitFor();
  await page.getByTestId('notice').filter({ hasText: '¥25.00' }).waitFor();

  await ann.openChat('Bob');
  await pay(ann, '10');
  // It is said where she is, and stands on the wallet's page until the month is over.
  const notice = page.getByTestId('notice').filter({ hasText: '¥30.00' });
  await notice.waitFor();
  assert.equal(await page.getByTestId('notice').filter({ hasText: '¥25.00' }).count(), 1, 'what was said of it before is said no more');
  await page.getByTestId('announcer').filter({ hasText: '¥30.00' }).waitFor({ state: 'attached' });
  await look(ann, 'a budget that was reached');
  await ann.toTabs();
  await ann.place('wallet').click();
  await page.getByTestId('budget-note').filter({ hasText: '¥25.00' }).waitFor();
  await look(ann, 'the wallet with a budget that was reached');
  await page.getByTestId('budget-note').getByRole('link').click();
  await page.locator('[data-testid="budget"][data-look="over"]').filter({ hasText: ann.t('budget.over', { amount: '¥5.00' }) }).waitFor();
  await look(ann, 'budgets');

  await row('budget.all').getByTestId('change-budget').click();
  await change(ann, '100');
  await row('budget.all').getByTestId('budget-spent').filter({ hasText: '¥100.00' }).waitFor();
  await row('wallet.kind.payment').getByTestId('drop-budget').click();
  await page.getByTestId('drop-budget-dialog').waitFor();
  await look(ann, 'taking a budget away');
  await ann.confirm();
  await until(async () => (await page.getByTestId('budget').count()) === 1, 'one budget is left');
  // Another amount forgets what was noticed of the old one.
  await page.getByRole('link', { name: ann.t('spending.back') }).click();
  await page.getByTestId('balance').waitFor();
  await page.getByTestId('budget-note').waitFor({ state: 'detached' });
}

/** @param {Person} ann @param {(dialog: import('playwright-core').Locator) => Promise<void>} fill */
async function setOne(ann, fill) {
  await ann.page.getByTestId('add-budget').click();
  const dialog = ann.page.getByTestId('budget-form-dialog');
  await dialog.waitFor();
  await fill(dialog);
  await dialog.getByTestId('save-budget').click();
  await dialog.waitFor({ state: 'detached' });
}

/** @param {Person} ann @param {string} amount */
async function change(ann, amount) {
  const dialog = ann.page.getByTestId('budget-form-dialog');
  await dialog.getByText(ann.t('budget.now', { amount: '¥25.00' })).waitFor();
  await dialog.getByTestId('budget-amount').fill('0');
  await dialog.getByTestId('save-budget').press('Enter');
  await dialog.getByText(ann.t('pay.fault.zero')).waitFor();
  await dialog.getByTestId('budget-amount').fill(amount);
  await dialog.getByTestId('save-budget').click();
  await dialog.waitFor({ state: 'detached' });
}

/** What is set outlives the page, and says nothing of the other settings. @param {Person} ann */
async function receipts(ann) {
  const { page } = ann;
  const choice = (/** @type {string} */ value) => page.locator(`input[name="receipt-mail"][value="${value}"]`);
  await ann.toTabs();
  await ann.place('settings').click();
  await page.locator('input[name="receipt-mail"]:checked').waitFor();
  assert.equal(await choice('on').isChecked(), true);
  await choice('off').check();
  await until(() => times(ann, 'settings.set') === 1, 'it is told');
  await page.getByText(ann.t('settings.receipt_mail')).scrollIntoViewIfNeeded();
  await look(ann, 'the setting of receipts');
  await page.reload();
  await page.locator('input[name="receipt-mail"]:checked').waitFor();
  assert.equal(await choice('off').isChecked(), true);
  assert.equal(await page.locator('input[name="presence"][value="everybody"]').isChecked(), true);
}
