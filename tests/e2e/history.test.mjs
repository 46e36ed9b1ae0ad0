// The history by every filter, and one transaction with its whole story: found, looked at, given back in part, its receipt
// checked without the server. What the list shows is what the ledger has, and what the statement of the same days has.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { httpApi } from '../../static/sdk/http.js';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, PASSWORD, person, until, WAYS } from './person.mjs';
import { binary, startServer } from './server.mjs';
import { Walked } from './walked.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

const walked = new Walked('history');
let server;
let browser;
/** The same people and payments for every way. */
const town = { ann: '', bob: '', eve: '', chat: '', tea: '', tickets: '' };
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
  await settle();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Who there is and what they paid, by the client library in a page that nobody is signed in to. */
async function settle() {
  const http = httpApi({ base: server.url });
  const tokens = {};
  for (const [name, called] of [['ann', 'Ann Larsen'], ['bob', '王博'], ['eve', 'Eve Okafor']]) {
    const handle = handleOf(name);
    town[name] = handle;
    await http.register({ handle, email: `${handle}@example.com`, password: PASSWORD, display_name: called });
    tokens[name] = (await http.login({ login: handle, password: PASSWORD, device: 'program' })).token;
  }
  await server.fund(town.ann, '100.00');
  await server.fund(town.ann, '20.00', 'USD');
  await server.fund(town.bob, '10.00');
  const one = await person(browser, { url: server.url });
  await one.page.goto('/signin');
  Object.assign(town, await one.page.evaluate(pay, { tokens, town }));
  await one.done();
}

/** In the page. */
async function pay({ tokens, town }) {
  const { connect } = await import(/** @type {any} */ ('/static/sdk/chat.js'));
  const [ann, bob] = ['ann', 'bob'].map((name) => connect({ server: location.origin, token: tokens[name], client: { name: 'settle', version: '1' } }));
  await Promise.all([ann.ready, bob.ready]);
  const [toAnn, toBob, toEve] = await Promise.all([town.ann, town.bob, town.eve].map(async (handle) => (await ann.find(handle)).user.id).map((id, i) => (i === 0 ? bob.find(town.ann).then(({ user }) => user.id) : id)));
  const send = (from, to, amount, note, currency = 'CNY') => from.money.pay({ to, amount, currency, note });
  const tea = await send(ann, toBob, '12.50', '喝茶 and cake');
  await send(ann, toEve, '40.00', 'Rent for May');
  await send(bob, toAnn, '5.00', 'change');
  await send(ann, toBob, '3.00', 'Tea again');
  await send(ann, toEve, '2.00', 'a dollar note', 'USD');
  const asked = await bob.money.request({ conversation: tea.conversation, payers: [toAnn], amount: '7.00', currency: 'CNY', note: 'tickets' });
  const paid = await ann.money.payRequest(asked.flow.id, { fee: '0.00', currency: 'CNY' });
  for (let n = 0; n < 33; n++) await send(bob, toEve, '0.01', 'drop by drop');
  ann.close();
  bob.close();
  return { chat: tea.conversation, tea: tea.id, tickets: paid.transfer.id };
}

/** The ledger's rows of somebody, newest first, from the one source the page asks too. @param {Person} one @returns {Promise<any[]>} */
async function ledger(one, d = {}) {
  await until(() => one.page.evaluate(async () => (await import(/** @type {any} */ ('/static/app/store.js'))).state.session.peek().link === 'online'), 'a connection');
  return one.page.evaluate(async (d) => {
    const { ask } = await import(/** @type {any} */ ('/static/app/link.js'));
    const all = [];
    for (let cursor; ; ) {
      const page = await ask('wallet.history', { limit: 50, ...d, ...(cursor ? { cursor } : {}) });
      all.push(...page.transfers);
      if (page.next === null) return all;
      cursor = page.next;
    }
  }, d);
}

/** @param {Person} one @returns {Promise<string[]>} the ids that are shown */
const shown = (one) => one.page.getByTestId('transfer-row').locator('a').evaluateAll((links) => links.map((link) => /** @type {HTMLAnchorElement} */ (link).pathname.split('/').at(-1) ?? ''));

/** @param {Person} one @param {any[]} rows @param {(row: any) => boolean} fits @param {string} what */
async function shows(one, rows, fits, what) {
  const wanted = rows.filter(fits).map((row) => row.id);
  assert.ok(wanted.length > 0 && wanted.length < rows.length, `${what} tells some from others`);
  await until(async () => JSON.stringify(await shown(one)) === JSON.stringify(wanted), `${what}: ${wanted.length} of ${rows.length}`);
}

for (const how of WAYS) {
  test(`history and one transaction: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const [ann, bob] = [await person(browser, { url: server.url, ...how }), await person(browser, { url: server.url, ...how })];
    for (const [one, handle] of [[ann, town.ann], [bob, town.bob]]) await /** @type {Person} */ (one).signIn(/** @type {string} */ (handle));
    const rows = await ledger(ann);
    await filters(ann, rows);
    await words(ann, rows);
    await days(ann);
    await palette(ann);
    await transaction(ann, bob);
    await ofRequest(bob);
    await pages(bob);
    await walked.by(ann, bob);
  });
}

/** Set in the sheet, shown as chips, taken away one by one, and kept in the link. @param {Person} ann @param {any[]} rows */
async function filters(ann, rows) {
  const { page } = ann;
  await ann.place('wallet').click();
  await until(async () => (await shown(ann)).length === rows.length, 'all of it');
  await ann.noSidewaysScroll();
  await page.getByTestId('open-filters').click();
  const sheet = page.getByTestId('filters-dialog');
  await sheet.getByTestId('filter-person').click();
  await sheet.getByTestId('person').filter({ hasText: `@${town.bob}` }).waitFor();
  await accessible(ann, 'choosing whose payments');
  await sheet.getByTestId('person').filter({ hasText: `@${town.bob}` }).click();
  await sheet.getByText(ann.t('wallet.out'), { exact: true }).click();
  await sheet.getByTestId('filter-min').fill('9');
  await sheet.getByTestId('filter-max').fill('3');
  await sheet.getByText(ann.t('history.fault.amounts')).waitFor();
  await sheet.getByTestId('filters-show').click();
  assert.equal(await sheet.getByTestId('filter-max').evaluate((input) => input === document.activeElement), true, 'what is wrong is looked at');
  await sheet.getByTestId('filter-min').fill('3');
  await sheet.getByTestId('filter-max').fill('12.5');
  await ann.noSidewaysScroll();
  await ann.shot('filters');
  await accessible(ann, 'filters');
  await sheet.getByTestId('filters-show').click();
  const between = (row) => row.counterparty?.handle === town.bob && Number(row.amount) >= 3 && Number(row.amount) <= 12.5;
  await shows(ann, rows, (row) => between(row) && row.direction === 'out', 'out, to one, between');
  assert.equal(await page.getByTestId('filter-count').innerText(), '3');
  await ann.noSidewaysScroll();
  await ann.shot('history-filtered');
  await accessible(ann, 'a filtered history');
  const link = page.url();
  await page.getByTestId('chip-direction').click();
  await shows(ann, rows, between, 'with one, between');
  await page.goBack();
  await shows(ann, rows, (row) => between(row) && row.direction === 'out', 'Back');
  await page.goto(link);
  await shows(ann, rows, (row) => between(row) && row.direction === 'out', 'the link');
  await page.getByTestId('history-clear').click();
  await until(async () => (await shown(ann)).length === rows.length && !page.url().includes('?'), 'all of it again');
  await page.goto('/wallet?kind=request&state=posted');
  await shows(ann, rows, (row) => row.kind === 'request' && row.state === 'posted', 'kind and state');
}

/** Note, person, amount; nothing; another currency. @param {Person} ann @param {any[]} rows */
async function words(ann, rows) {
  const { page } = ann;
  await page.goto('/wallet');
  const search = page.getByTestId('history-search');
  for (const [typed, fits] of /** @type {Array<[string, (row: any) => boolean]>} */ ([
    ['TEA', (row) => /tea/i.test(row.note ?? '')],
    ['茶', (row) => (row.note ?? '').includes('茶')],
    ['okaf', (row) => row.counterparty?.handle === town.eve],
    ['12.50', (row) => row.amount === '12.50'],
  ])) {
    await search.fill(typed);
    await shows(ann, rows, fits, typed);
  }
  await search.fill('zeppelin');
  await page.getByText(ann.t('history.nothing_title')).waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('history-nothing');
  await accessible(ann, 'nothing fits');
  await page.getByTestId('history-clear-empty').click();
  await until(async () => (await shown(ann)).length === rows.length, 'all of it');
  assert.equal(await search.inputValue(), '');
  await page.getByTestId('history-currency').selectOption('USD');
  const dollars = await ledger(ann, { currency: 'USD' });
  assert.deepEqual(dollars.map((row) => row.amount), ['2.00', '20.00']);
  await until(async () => JSON.stringify(await shown(ann)) === JSON.stringify(dollars.map((row) => row.id)), 'the dollars');
}

/** By days; the statement of the same days has the same movements. @param {Person} ann */
async function days(ann) {
  const { page } = ann;
  await page.goto('/wallet');
  const rows = await ledger(ann);
  const [newest, oldest] = [rows[0].at.slice(0, 10), rows.at(-1).at.slice(0, 10)];
  await page.getByTestId('open-filters').click();
  const sheet = page.getByTestId('filters-dialog');
  await sheet.getByTestId('filter-from').fill(newest);
  await sheet.getByTestId('filter-to').fill('2020-01-01');
  await sheet.getByText(ann.t('history.fault.dates')).waitFor();
  await sheet.getByTestId('filter-from').fill(oldest);
  await sheet.getByTestId('filter-to').fill(newest);
  await sheet.getByTestId('filters-show').click();
  const csv = page.getByTestId('history-csv');
  const answer = await page.request.get(/** @type {string} */ (await csv.getAttribute('href')));
  const movements = (await answer.text()).split('\r\n').filter((line) => line.startsWith('movement,')).map((line) => line.split(',').at(-1));
  await until(async () => JSON.stringify(await shown(ann)) === JSON.stringify(movements.toReversed()), `the ${movements.length} movements of the statement`);
  assert.equal(movements.length, rows.length, 'nothing was held');
  await page.goto('/wallet?to=2020-01-01');
  await page.getByText(ann.t('history.nothing_title')).waitFor();
}

/** @param {Person} ann */
async function palette(ann) {
  const { page } = ann;
  if (ann.size === 'wide') await page.keyboard.press('Control+k');
  else {
    await ann.place('chats').click();
    await page.getByTestId('open-search').click();
  }
  await page.getByTestId('search-input').fill('喝茶');
  const hit = page.getByRole('group', { name: ann.t('search.payments') }).getByTestId('search-hit').filter({ hasText: '12.50' });
  await hit.first().waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('search-payments');
  await accessible(ann, 'payments among what was found');
  await hit.last().click();
  await page.getByTestId('transaction').waitFor();
}

/** The same payment on both sides; a part of it goes back, and both stories tell. @param {Person} ann @param {Person} bob */
async function transaction(ann, bob) {
  await ann.page.goto(`/wallet/t/${town.tea}`);
  await bob.page.goto('/wallet?q=%E5%96%9D%E8%8C%B6');
  await bob.page.getByTestId('transfer-row').filter({ hasText: '+¥12.50' }).click();
  const steps = (/** @type {Person} */ one) => one.page.getByTestId('story-step');
  await bob.page.getByTestId('transaction').getByText('喝茶 and cake').waitFor();
  await steps(ann).first().waitFor();
  const before = await steps(bob).count();
  assert.equal(await steps(ann).count(), before);
  assert.equal(await bob.page.getByTestId('transaction-id').innerText(), town.tea);
  assert.equal(await ann.page.getByTestId('refund').count(), 0, 'who paid gives nothing back');
  await bob.page.getByTestId('refund').click();
  const dialog = bob.page.getByTestId('refund-dialog');
  await dialog.getByTestId('refund-amount').fill('1.25');
  await dialog.getByTestId('refund-send').dblclick();
  await dialog.waitFor({ state: 'detached' });
  const back = `¥${(1.25 * before).toFixed(2)}`;
  for (const [one, what, amount] of /** @type {Array<[Person, string, string]>} */ ([[ann, 'tx.back_in', '+¥1.25'], [bob, 'tx.back_out', '-¥1.25']])) {
    const last = steps(one).nth(before);
    await last.getByText(one.t(what)).waitFor();
    await last.getByText(amount).waitFor();
    assert.equal(await one.page.getByTestId('transaction-back').innerText(), one.t('card.refunded', { amount: back }));
    await one.noSidewaysScroll();
    await one.shot(one === ann ? 'transaction-payer' : 'transaction-payee');
    await accessible(one, 'a transaction');
  }
  await receipt(bob, bob.page.getByTestId('receipt'));
  await bob.page.getByTestId('to-conversation').click();
  await bob.page.getByTestId('transfer-card').filter({ hasText: '喝茶 and cake' }).getByTestId('card-link').click();
  await bob.page.getByTestId('transaction').waitFor();
  assert.match(bob.page.url(), new RegExp(`/wallet/t/${town.tea}$`));
  await ann.page.getByTestId('to-history').click();
  await ann.page.getByTestId('history-search').waitFor();
  await ann.page.goto('/wallet/t/nobody-has-this');
  await ann.page.getByText(ann.t('tx.missing')).waitFor();
  await accessible(ann, 'no such transaction');
}

/** The file that the link gives holds, by the ledger's key alone. @param {Person} one @param {import('playwright-core').Locator} link */
async function receipt(one, link) {
  const [download] = await Promise.all([one.page.waitForEvent('download'), link.click()]);
  assert.match(download.suggestedFilename(), /^quipu-receipt-.*\.json$/);
  const seed = Buffer.from((await readFile(join(server.dir, 'ledger.key'), 'utf8')).trim(), 'hex');
  const secret = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), format: 'der', type: 'pkcs8' });
  const key = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const { stdout } = await promisify(execFile)(binary(), ['verify', await download.path(), '--key', key]);
  assert.match(stdout, /the receipt holds/);
  assert.match(stdout, /12\.50 CNY/);
}

/** Of a request that was paid, the card leads to the payment, and that can be given back too. @param {Person} bob */
async function ofRequest(bob) {
  const { page } = bob;
  await page.goto(`/c/${town.chat}`);
  await page.getByTestId('request-card').getByTestId('flow-payments').click();
  const row = page.getByTestId('transfer-row').filter({ hasText: '+¥7.00' });
  await row.waitFor();
  assert.deepEqual(await shown(bob), [town.tickets]);
  await row.click();
  const steps = page.getByTestId('story-step');
  await steps.first().waitFor();
  const before = await steps.count();
  await page.getByTestId('refund').click();
  const dialog = page.getByTestId('refund-dialog');
  await dialog.getByTestId('refund-amount').fill('0.50');
  await dialog.getByTestId('refund-send').click();
  await dialog.waitFor({ state: 'detached' });
  await steps.nth(before).getByText('-¥0.50').waitFor();
  await bob.noSidewaysScroll();
}

/** More than a page: the rest on demand, each once. @param {Person} bob */
async function pages(bob) {
  const { page } = bob;
  await page.goto('/wallet?q=drop');
  const summary = page.getByTestId('history-summary');
  await summary.getByText(bob.t('history.count_so_far', { n: 30 })).waitFor();
  await page.getByTestId('history-more').click();
  await summary.getByText(bob.t('history.count', { n: 33 })).waitFor();
  await summary.getByText(bob.t('history.sum_out', { amount: '¥0.33' })).waitFor();
  assert.equal(new Set(await shown(bob)).size, 33);
  await page.getByTestId('history-more').waitFor({ state: 'detached' });
  // Whoever looks at one of them comes back to where they were.
  const last = page.getByTestId('transfer-row').last();
  await last.scrollIntoViewIfNeeded();
  await last.click();
  await page.getByTestId('transaction').waitFor();
  await page.getByTestId('to-history').click();
  await until(() => last.evaluate((node) => node.getBoundingClientRect().top < innerHeight), 'the place in the list');
  assert.equal((await shown(bob)).length, 33);
}

test('the walks of this file asked for all that they are there for', () => walked.all());
