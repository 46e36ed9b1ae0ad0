// What the ledger does beyond a plain payment, as a person sees it: a fee, a limit, money that comes back, a frozen account.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { handleOf, openBrowser, person } from './person.mjs';
import { startServerWith } from './server.mjs';

const SETTINGS = { QUIPU__WALLET__FEE_BASIS_POINTS: '50', QUIPU__WALLET__LIMITS: '{ CNY = { day = "150.00" } }' };

let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServerWith(SETTINGS), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const how of [{ size: 'wide', lang: 'en' }, { size: 'narrow', lang: 'zh-CN', dark: true }])
  test(`a fee, a limit, a reversal and a freeze: ${how.size}, ${how.lang}`, { timeout: 120_000 }, async () => {
    const [ann, ben] = await Promise.all([person(browser, { url: server.url, ...how }), person(browser, { url: server.url, ...how })]);
    await Promise.all([ann.register(handleOf('ann'), 'Ann'), ben.register(handleOf('ben'), 'Ben')]);
    await server.fund(ann.handle, '500.00');
    await ann.findByHandle(ben.handle);

    // What is confirmed is what leaves the account: the amount and what it costs on top.
    await ann.toConfirm('100');
    const dialog = ann.page.getByTestId('pay-dialog');
    await dialog.getByText('¥0.50').waitFor();
    await dialog.getByText('¥100.50').first().waitFor();
    await ann.noSidewaysScroll();
    await ann.shot('fee');
    await ann.page.getByTestId('pay-confirm').click();
    await ann.page.getByTestId('pay-done').getByText('¥399.50').waitFor();
    await ann.page.getByTestId('pay-done').getByText('¥0.50').waitFor();
    const id = await ann.page.getByTestId('pay-done').locator('.receipt-id').innerText();
    await ann.closeResult();

    // Over the limit of a day: what is left, and until when.
    await ann.toConfirm('60');
    await ann.page.getByTestId('pay-confirm').click();
    const refused = ann.page.getByTestId('pay-refused');
    await refused.getByText(ann.t('error.limit_exceeded')).waitFor();
    await refused.getByText('¥50.00').waitFor();
    await refused.getByText(ann.t('pay.not_moved')).waitFor();
    await ann.shot('limit');
    const close = refused.getByRole('button', { name: ann.t('action.close') });
    for (const until = Date.now() + 10_000; (await close.count()) > 0 && Date.now() < until; ) await close.click().catch(() => {});

    // An operator gives a part of it back: a card for both, at once.
    await ben.openChat('Ann');
    await server.admin('reverse', id, '--amount', '40.00', '--reason', 'twice in the list');
    for (const one of [ann, ben]) {
      const card = one.page.getByTestId('transfer-card').filter({ hasText: '¥40.00' });
      await card.getByText(one.t('state.transfer.reversed'), { exact: true }).waitFor();
      await card.getByText('twice in the list').waitFor();
      await one.noSidewaysScroll();
    }
    await ann.page.getByTestId('transfer-card').getByText(ann.t('card.back_to_you')).waitFor();
    await ann.shot('reversal');

    // Money that is held, and an account that is frozen, show on the wallet's screen as they happen.
    await ann.toTabs();
    await ann.place('wallet').click();
    await ann.balance('¥439.50');
    await ann.page.getByTestId('transfer-row').filter({ hasText: '+¥40.00' }).filter({ hasText: 'Ben' }).waitFor();
    await server.admin('hold', ann.handle, '9.50', 'CNY', '--reason', 'a claim');
    await ann.page.getByText(ann.t('wallet.held', { held: '¥9.50', available: '¥430.00' })).waitFor();
    await ann.page.getByTestId('transfer-row').filter({ hasText: ann.t('state.transfer.held') }).waitFor();
    await server.admin('freeze', ann.handle, 'CNY', '--reason', 'a lost phone');
    await ann.page.getByText(ann.t('error.account_frozen')).waitFor();
    await ann.noSidewaysScroll();
    await ann.shot('frozen');
    await ann.openChat('Ben');
    await ann.toConfirm('1');
    await ann.page.getByTestId('pay-confirm').click();
    await ann.page.getByTestId('pay-refused').getByText(ann.t('error.account_frozen')).waitFor();
    assert.equal(ann.wire.sent.filter((op) => op === 'transfer.send').length, 3);
    await Promise.all([ann.done(), ben.done()]);
  });
