// Money in the conversation, by clicks: asked for, given in red packets, split, planned, accepted first. Both widths, both
// languages; what one device shows, every device shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './accessible.mjs';
import { handleOf, openBrowser, person, until, WAYS } from './person.mjs';
import { startServer, startServerWith } from './server.mjs';
import { Walked } from './walked.mjs';

/** @typedef {Awaited<ReturnType<typeof person>>} Person */

const walked = new Walked('flows');
let server;
let browser;
before(async () => {
  [server, browser] = await Promise.all([startServer(), openBrowser()]);
});
after(async () => {
  await browser?.close();
  await server?.stop();
});

/** @param {object} how @param {string[]} names @returns {Promise<Person[]>} */
async function people(how, ...names) {
  const all = [];
  for (const name of names) {
    const one = await person(browser, { url: server.url, ...how });
    await one.register(handleOf(name.toLowerCase()), name);
    await server.fund(one.handle, '100.00');
    all.push(one);
  }
  return all;
}

/** A second device of somebody, at the other width. @param {Person} one */
async function deviceOf(one) {
  const other = await person(browser, { url: server.url, size: one.size === 'wide' ? 'narrow' : 'wide', lang: one.lang });
  await other.signIn(one.handle);
  Object.assign(other, { handle: one.handle, name: one.name });
  return other;
}

/** @param {Person} one @param {string} key of the entry of the + menu */
async function more(one, key) {
  await one.page.getByRole('button', { name: one.t('composer.more') }).click();
  await one.page.getByRole('menuitem', { name: one.t(key), exact: true }).click();
}

/** @param {Person} one @param {string} kind */
const cards = (one, kind) => one.page.getByTestId(`${kind}-card`);
/** The newest card of a kind. @param {Person} one @param {string} kind */
const card = (one, kind) => cards(one, kind).last();
/** @param {Person} one @param {string} kind @param {string} words */
const says = (one, kind, words) => card(one, kind).getByTestId('card-state').filter({ hasText: words }).waitFor();

/** From what was typed to what was sent: confirmed in between, pressed twice, done once. @param {Person} one @param {string} dialog @param {string} op @param {string} [shot] */
async function confirmAndSend(one, dialog, op, shot) {
  const before = one.wire.sent.filter((sent) => sent === op).length;
  await one.noSidewaysScroll();
  if (shot) await one.shot(shot);
  await accessible(one, dialog);
  await one.page.getByTestId('maker-next').click();
  await one.page.getByTestId('maker-review').waitFor();
  await one.noSidewaysScroll();
  if (shot) await one.shot(`${shot}-review`);
  await accessible(one, `${dialog}, reviewed`);
  await one.page.getByTestId('maker-send').dblclick();
  await one.page.getByTestId(`${dialog}-dialog`).waitFor({ state: 'detached' });
  assert.equal(one.wire.sent.filter((sent) => sent === op).length, before + 1, `${op} once`);
}

/** Presses a button of the newest card. @param {Person} one @param {string} kind @param {string} move */
const press = (one, kind, move) => card(one, kind).getByTestId(`move-${move}`).click();

/** Pays the own part from its confirmation; two presses pay once. @param {Person} one @param {string} kind @param {string} amount @param {string} left */
async function payPart(one, kind, amount, left) {
  await press(one, kind, 'pay');
  const dialog = one.page.getByTestId('pay-part-dialog');
  await dialog.getByTestId('part-amount').filter({ hasText: amount }).waitFor();
  await one.noSidewaysScroll();
  await one.shot(`${kind}-pay`);
  await accessible(one, `${kind}, to be paid`);
  const before = one.wire.sent.filter((op) => op === `${kind}.pay`).length;
  await dialog.getByTestId('part-confirm').dblclick();
  await dialog.getByTestId('part-done').getByText(left).waitFor();
  assert.equal(one.wire.sent.filter((op) => op === `${kind}.pay`).length, before + 1);
  await closeDone(one, dialog);
}

/** The result bears a moment of deafness, against double clicks. @param {Person} one @param {import('playwright-core').Locator} dialog */
async function closeDone(one, dialog) {
  const done = dialog.getByRole('button', { name: one.t('action.done') });
  await until(async () => {
    if ((await done.count()) > 0) await done.click({ timeout: 1000 }).catch(() => {});
    return (await dialog.count()) === 0;
  }, 'the result closes');
}

/** Ends a flow, which is asked about first. @param {Person} one @param {string} kind @param {string} move */
async function end(one, kind, move) {
  await press(one, kind, move);
  await one.page.getByTestId('end-flow-dialog').waitFor();
  await accessible(one, `${kind}, ${move}`);
  await one.confirm();
  await one.page.getByTestId('end-flow-dialog').waitFor({ state: 'detached' });
}

for (const how of WAYS) {
  test(`asking, offering and planning between two: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const [ann, bob] = await people(how, 'Ann', 'Bob');
    await ann.findByHandle(bob.handle);
    await ann.send('Hello');
    await bob.openChat('Ann');
    const tablet = await deviceOf(bob);
    await tablet.openChat('Ann');
    await requests(ann, bob, tablet);
    await offers(ann, bob, tablet);
    await plans(ann, bob);
    await waits(ann, bob);
    await walked.by(ann, bob, tablet);
  });
}

/** @param {Person} ann @param {Person} bob @param {Person} tablet */
async function requests(ann, bob, tablet) {
  const ask = async (/** @type {string} */ amount, /** @type {string} */ note) => {
    await more(ann, 'request.menu');
    await ann.page.getByTestId('request-amount').fill(amount);
    await ann.page.getByLabel(ann.t('pay.note'), { exact: true }).fill(note);
    await confirmAndSend(ann, 'request-form', 'request.create', `request-${note.length}`);
    for (const one of [ann, bob, tablet]) await card(one, 'request').filter({ hasText: note }).waitFor();
  };
  await ask('12.5', 'Tickets 车票');
  await bob.noSidewaysScroll();
  await bob.shot('request-card');
  await accessible(bob, 'a request');
  await payPart(bob, 'request', '¥12.50', '¥87.50');
  for (const one of [bob, tablet]) await says(one, 'request', one.t('part.own.paid'));
  await says(ann, 'request', ann.t('state.request.paid'));
  assert.equal(await card(tablet, 'request').getByTestId('move-pay').count(), 0);

  await ask('3', 'Coffee');
  await end(bob, 'request', 'decline');
  for (const one of [bob, tablet]) await says(one, 'request', one.t('part.own.declined'));
  await says(ann, 'request', ann.t('state.request.declined'));

  await ask('4', 'Taken back');
  await tablet.context.setOffline(true);
  tablet.wire.cut();
  await end(ann, 'request', 'cancel');
  await says(bob, 'request', bob.t('state.request.cancelled'));
  await says(tablet, 'request', tablet.t('state.request.open'));
  await tablet.context.setOffline(false);
  for (const one of [ann, bob, tablet]) await says(one, 'request', one.t('state.request.cancelled'));
}

/** @param {Person} ann @param {Person} bob @param {Person} tablet */
async function offers(ann, bob, tablet) {
  const offer = async (/** @type {string} */ amount) => {
    await ann.openPay();
    await ann.page.getByTestId('pay-amount').fill(amount);
    await ann.page.getByTestId('accept-first').check();
    await ann.page.getByRole('button', { name: ann.t('pay.continue') }).click();
    await ann.page.getByText(ann.t('pay.final_when_accepted')).waitFor();
    await ann.shot('offer-confirm');
    await ann.page.getByTestId('pay-confirm').click();
    await ann.page.getByTestId('pay-done').getByText(ann.t('pay.offered', { name: 'Bob' })).waitFor();
    await ann.closeResult();
    for (const one of [bob, tablet]) await says(one, 'transfer', one.t('card.accept_it'));
    await says(ann, 'transfer', ann.t('card.not_accepted_yet'));
  };
  await offer('5');
  await bob.noSidewaysScroll();
  await bob.shot('offer-card');
  await accessible(bob, 'a payment to be accepted');
  await card(bob, 'transfer').getByTestId('move-accept').dblclick();
  for (const one of [ann, bob, tablet]) await says(one, 'transfer', one.t('state.transfer.accepted'));
  assert.equal(bob.wire.sent.filter((op) => op === 'transfer.accept').length, 1);
  await refund(ann, bob, tablet);
  await offer('6');
  await end(bob, 'transfer', 'decline');
  for (const one of [ann, bob, tablet]) await says(one, 'transfer', one.t('state.transfer.declined'));
  await offer('7');
  await end(ann, 'transfer', 'cancel');
  for (const one of [ann, bob, tablet]) await says(one, 'transfer', one.t('state.transfer.cancelled'));
}

/** Of the 5.00 that bob has accepted 2.00 go back, and no more than what is left. @param {Person} ann @param {Person} bob @param {Person} tablet */
async function refund(ann, bob, tablet) {
  const paid = cards(bob, 'transfer').filter({ hasText: bob.t('state.transfer.accepted') }).last();
  await paid.getByTestId('refund').click();
  const dialog = bob.page.getByTestId('refund-dialog');
  await dialog.getByTestId('refund-amount').fill('5.01');
  await dialog.getByText(bob.t('refund.too_much', { most: '¥5.00' })).waitFor();
  await dialog.getByTestId('refund-amount').fill('2');
  await bob.noSidewaysScroll();
  await bob.shot('refund');
  await accessible(bob, 'a refund');
  await dialog.getByTestId('refund-send').dblclick();
  await dialog.waitFor({ state: 'detached' });
  assert.equal(bob.wire.sent.filter((op) => op === 'transfer.refund').length, 1);
  for (const one of [ann, bob, tablet]) {
    await cards(one, 'transfer').getByText(one.t('card.refunded', { amount: '¥2.00' })).waitFor();
    await cards(one, 'transfer').last().getByText(one === ann ? one.t('card.back_to_you') : one.t('card.back_to', { name: 'Ann' })).waitFor();
  }
  // Who was at the end stays there, whatever grows above it.
  await bob.page.getByTestId('to-end').waitFor({ state: 'hidden' });
  await bob.shot('refunded');
}

/** @param {Person} ann @param {Person} bob */
async function plans(ann, bob) {
  await more(ann, 'schedule.menu');
  await ann.page.getByTestId('schedule-amount').fill('9.99');
  await ann.page.getByTestId('schedule-every').selectOption('week');
  await ann.page.getByTestId('schedule-end').selectOption('times');
  await ann.page.getByTestId('schedule-times').fill('0');
  await ann.page.getByText(ann.t('schedule.fault.times', { most: 10000 })).waitFor();
  await ann.page.getByTestId('schedule-times').fill('4');
  await confirmAndSend(ann, 'schedule-form', 'schedule.create', 'schedule');
  await says(bob, 'schedule', bob.t('state.schedule.open'));
  await card(bob, 'schedule').getByText(bob.t('schedule.every.week')).waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('schedule-card');
  await accessible(ann, 'a plan');
  await end(ann, 'schedule', 'cancel');
  for (const one of [ann, bob]) await says(one, 'schedule', one.t('state.schedule.cancelled'));
}

/** What waits stands on the wallet's page, and leads to its card. @param {Person} ann @param {Person} bob */
async function waits(ann, bob) {
  await bob.toTabs();
  await bob.place('wallet').click();
  await more(ann, 'request.menu');
  await ann.page.getByTestId('request-amount').fill('1');
  await confirmAndSend(ann, 'request-form', 'request.create');
  const row = bob.page.getByTestId('waiting-row').filter({ hasText: bob.t('wallet.waiting.request', { name: 'Ann' }) });
  await row.waitFor();
  // The card is not the last thing that was said any more: after a reload it is the server that tells of it.
  await ann.send('No hurry');
  await bob.page.reload();
  await row.waitFor();
  await bob.noSidewaysScroll();
  await bob.shot('waiting');
  await accessible(bob, 'the wallet with what waits');
  await row.getByRole('link').click();
  await payPart(bob, 'request', '¥1.00', '¥89.50');
  await bob.toTabs();
  await bob.place('wallet').click();
  await bob.balance('¥89.50');
  assert.equal(await bob.page.getByTestId('waiting-row').count(), 0);
}

for (const how of WAYS) {
  test(`a red packet and a bill in a group: ${how.size}, ${how.lang}`, { timeout: 240_000 }, async () => {
    const [ann, bob, carol] = await people(how, 'Ann', 'Bob', 'Carol');
    await ann.makeGroup('Harbour', bob, carol);
    for (const one of [bob, carol]) await one.openChat('Harbour');
    await lucky(ann, bob, carol);
    await bills(ann, bob, carol);
    await walked.by(ann, bob, carol);
  });
}

const cents = (/** @type {string | null} */ shown) => Number((shown ?? '').replace(/\D/g, ''));

/** Three take it, to the last cent; a device that was away shows the same as one that was there. @param {Person} ann @param {Person} bob @param {Person} carol */
async function lucky(ann, bob, carol) {
  await more(ann, 'packet.menu');
  await ann.page.getByTestId('packet-total').fill('1000');
  await ann.page.getByText(ann.t('pay.fault.too_little', { available: '¥100.00' })).waitFor();
  await ann.page.getByTestId('packet-total').fill('10');
  await ann.page.getByTestId('packet-count').fill('0');
  await ann.page.getByText(ann.t('packet.fault.count', { most: 10000 })).waitFor();
  await ann.page.getByTestId('packet-count').fill('3');
  await ann.page.getByLabel(ann.t('packet.wish'), { exact: true }).fill('Happy new year 新年快乐');
  await ann.page.getByTestId('packet-each').filter({ hasText: '¥9.98' }).waitFor();
  await confirmAndSend(ann, 'packet-form', 'packet.create', 'packet');
  const away = await deviceOf(bob);
  await away.openChat('Harbour');
  await card(away, 'packet').getByText(away.t('packet.for_you')).waitFor();
  await away.shot('packet-card');
  await accessible(away, 'a red packet');
  await away.context.setOffline(true);
  away.wire.cut();

  let sum = 0;
  for (const one of [bob, carol, ann]) {
    await card(one, 'packet').getByTestId('packet-open').click();
    const dialog = one.page.getByTestId('packet-dialog');
    await dialog.getByTestId('packet-claim').waitFor();
    await one.noSidewaysScroll();
    await one.shot(`packet-shut-${one.name}`);
    await accessible(one, 'a red packet, shut');
    await dialog.getByTestId('packet-claim').dblclick();
    sum += cents(await dialog.getByTestId('packet-mine').textContent());
    assert.equal(one.wire.sent.filter((op) => op === 'packet.claim').length, 1);
    await accessible(one, 'a red packet, opened');
    if (one !== bob) continue;
    await dialog.getByTestId('packet-details').click();
    await dialog.getByTestId('claim').first().waitFor();
    await one.shot('packet-opened');
  }
  assert.equal(sum, 1000);

  // Whoever looks at it sees what the others took, and can check the draw.
  for (const one of [bob, carol, ann]) {
    const dialog = one.page.getByTestId('packet-dialog');
    await until(async () => (await dialog.getByTestId('claim').count()) === 3, 'all claims are shown');
    await dialog.getByTestId('luckiest').waitFor();
    assert.equal(await dialog.getByTestId('luckiest').count(), 1);
    await dialog.getByTestId('check-draw').click();
    await dialog.getByText(one.t('packet.draw_verified', { n: 3 })).waitFor();
    await one.noSidewaysScroll();
    await one.shot(`packet-ended-${one.name}`);
    await accessible(one, 'a red packet, ended');
    await one.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
  await away.context.setOffline(false);
  const mine = await card(bob, 'packet').getByTestId('packet-words').textContent();
  await card(away, 'packet').getByTestId('packet-words').filter({ hasText: mine ?? '' }).waitFor();
  for (const one of [ann, bob, carol, away]) await says(one, 'packet', one.t('packet.taken', { n: 3, of: 3 }));
  await away.done();
}

/** 10.00 by three is 3.34, 3.33 and 3.33. @param {Person} ann @param {Person} bob @param {Person} carol */
async function bills(ann, bob, carol) {
  await more(ann, 'bill.menu');
  const dialog = ann.page.getByTestId('bill-form-dialog');
  await dialog.getByTestId('bill-total').fill('10');
  await dialog.getByTestId('bill-share').filter({ hasText: '¥3.34' }).waitFor();
  const shown = await dialog.getByTestId('bill-share').allTextContents();
  assert.deepEqual(shown.map(cents).sort(), [333, 333, 334]);
  await dialog.getByTestId('choose-exact').click();
  for (const [at, part] of [[0, '5'], [1, '4'], [2, '0.5']]) await dialog.getByTestId('bill-part').nth(/** @type {number} */ (at)).fill(/** @type {string} */ (part));
  await dialog.getByText(ann.t('bill.left', { left: '¥0.50' })).waitFor();
  await ann.noSidewaysScroll();
  await ann.shot('bill-exact');
  await accessible(ann, 'a bill by amounts');
  await dialog.getByTestId('choose-percent').click();
  for (const [at, part] of [[0, '50'], [1, '25'], [2, '25.01']]) await dialog.getByTestId('bill-part').nth(/** @type {number} */ (at)).fill(/** @type {string} */ (part));
  await dialog.getByText(ann.t('bill.over', { left: '0.01 %' })).waitFor();
  await dialog.getByTestId('choose-weights').click();
  await dialog.getByTestId('bill-part').first().fill('2');
  await dialog.getByTestId('bill-share').filter({ hasText: '¥5.00' }).waitFor();
  await dialog.getByTestId('choose-equal').click();
  await confirmAndSend(ann, 'bill-form', 'bill.create', 'bill');
  await settlingUp(ann);

  const shares = [];
  for (const one of [bob, carol]) {
    const share = (await card(one, 'bill').getByTestId('own-share').locator('strong').textContent()) ?? '';
    shares.push(cents(share));
    if (one === bob) {
      await one.noSidewaysScroll();
      await one.shot('bill-card');
      await accessible(one, 'a bill');
    }
    await press(one, 'bill', 'pay');
    const pay = one.page.getByTestId('pay-part-dialog');
    await pay.getByTestId('part-amount').filter({ hasText: share }).waitFor();
    await pay.getByTestId('part-confirm').dblclick();
    await pay.getByTestId('part-done').waitFor();
    assert.equal(one.wire.sent.filter((op) => op === 'bill.pay').length, 1);
    await closeDone(one, pay);
    await says(one, 'bill', one.t('part.own.paid'));
  }
  const own = cents(await card(ann, 'bill').getByTestId('own-share').locator('strong').textContent());
  assert.deepEqual([...shares, own].sort(), [333, 333, 334]);
  await says(ann, 'bill', ann.t('state.bill.settled'));
  await ann.shot('bill-settled');

  await more(ann, 'bill.menu');
  await dialog.getByTestId('bill-total').fill('6');
  await confirmAndSend(ann, 'bill-form', 'bill.create');
  await end(ann, 'bill', 'cancel');
  for (const one of [ann, bob, carol]) await says(one, 'bill', one.t('state.bill.cancelled'));
}

/** Who would pay whom is proposed. @param {Person} ann */
async function settlingUp(ann) {
  await ann.openDetails();
  await ann.page.getByTestId('open-netting').click();
  const dialog = ann.page.getByTestId('netting-dialog');
  await dialog.getByTestId('netting-row').first().waitFor();
  assert.deepEqual((await dialog.getByTestId('netting-row').allTextContents()).map(cents), [333, 333]);
  await ann.noSidewaysScroll();
  await ann.shot('netting');
  await accessible(ann, 'who would pay whom');
  await ann.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await ann.closeDetails();
}

test('a lost answer is asked for with the same id, and the share is paid once', { timeout: 90_000 }, async () => {
  const [ann, bob] = await people({}, 'Ann', 'Bob');
  await ann.findByHandle(bob.handle);
  await more(ann, 'request.menu');
  await ann.page.getByTestId('request-amount').fill('30');
  await confirmAndSend(ann, 'request-form', 'request.create');
  await bob.openChat('Ann');
  const lost = new Promise((resolve) => (bob.wire.swallowed = resolve));
  bob.wire.lose = 'request.pay';
  await press(bob, 'request', 'pay');
  const dialog = bob.page.getByTestId('pay-part-dialog');
  await dialog.getByTestId('part-confirm').click();
  await lost;
  bob.wire.lose = null;
  await bob.context.setOffline(true);
  bob.wire.cut();
  await dialog.getByTestId('part-checking').waitFor();
  await bob.context.setOffline(false);
  await dialog.getByTestId('part-done').getByText('¥70.00').waitFor();
  assert.equal(bob.wire.sent.filter((op) => op === 'request.pay').length, 2);
  await closeDone(bob, dialog);
  await says(bob, 'request', bob.t('part.own.paid'));

  // Without a connection the buttons say why they do nothing.
  await more(ann, 'request.menu');
  await ann.page.getByTestId('request-amount').fill('2');
  await confirmAndSend(ann, 'request-form', 'request.create');
  await card(bob, 'request').getByTestId('move-pay').waitFor();
  await bob.context.setOffline(true);
  bob.wire.cut();
  await card(bob, 'request').getByText(bob.t('pay.offline')).waitFor();
  assert.equal(await card(bob, 'request').getByTestId('move-pay').getAttribute('aria-disabled'), 'true');
  await walked.by(ann, bob);
});

test('what their time brings is seen: a reminder that leads to its card, a planned payment, a packet that goes back', { timeout: 120_000 }, async () => {
  const quick = await startServerWith({ QUIPU__FLOWS__REQUEST_REMINDER_SECONDS: '2', QUIPU__FLOWS__PACKET_SECONDS: '8' });
  try {
    const [ann, bob] = [await person(browser, { url: quick.url }), await person(browser, { url: quick.url, size: 'narrow' })];
    for (const [one, name] of /** @type {Array<[Person, string]>} */ ([[ann, 'Ann'], [bob, 'Bob']])) {
      await one.register(handleOf(name.toLowerCase()), name);
      await quick.fund(one.handle, '100.00');
    }
    await ann.findByHandle(bob.handle);
    await more(ann, 'request.menu');
    await ann.page.getByTestId('request-amount').fill('5');
    await confirmAndSend(ann, 'request-form', 'request.create');
    await bob.openChat('Ann');
    await card(bob, 'reminder').getByText(bob.t('reminder.you.request')).waitFor();
    await card(ann, 'reminder').getByText(ann.t('reminder.others', { names: 'Bob' })).waitFor();
    await bob.noSidewaysScroll();
    await bob.shot('reminder');
    await accessible(bob, 'a reminder');
    await card(bob, 'reminder').getByTestId('reminder-jump').click();
    await until(() => bob.page.evaluate(() => document.activeElement?.querySelector('[data-testid="request-card"]') != null), 'the request is looked at');
    await end(bob, 'request', 'decline');

    await more(ann, 'schedule.menu');
    await ann.page.getByTestId('schedule-amount').fill('2');
    await ann.page.getByTestId('schedule-every').selectOption('once');
    const soon = await ann.page.evaluate(() => new Date(Date.now() + 15_000 - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19));
    await ann.page.getByTestId('schedule-first').fill(soon);
    await confirmAndSend(ann, 'schedule-form', 'schedule.create');

    await more(ann, 'packet.menu');
    await ann.page.getByTestId('packet-total').fill('6');
    await ann.page.getByTestId('packet-count').fill('2');
    await confirmAndSend(ann, 'packet-form', 'packet.create');
    await card(bob, 'packet').getByTestId('packet-open').click();
    await bob.page.getByTestId('packet-claim').click();
    await bob.page.getByTestId('packet-mine').filter({ hasText: '¥3.00' }).waitFor();
    await card(ann, 'packet').getByText(ann.t('state.packet.expired')).waitFor();
    await bob.page.keyboard.press('Escape');
    await bob.page.getByTestId('packet-dialog').waitFor({ state: 'detached' });

    for (const one of [ann, bob]) {
      await says(one, 'schedule', one.t('state.schedule.ended'));
      await card(one, 'transfer').getByText('¥2.00').waitFor();
    }
    await ann.place('wallet').click();
    await ann.balance('¥95.00');
    await walked.by(ann, bob);
  } finally {
    await quick.stop();
  }
});

test('the walks of this file asked for all that they are there for', () => walked.all());
