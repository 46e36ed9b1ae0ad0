// A person with a browser of their own: what they can do on the page, by what the page calls it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import { chromium } from 'playwright-core';

export const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 360, height: 740 } };
export const PASSWORD = 'correct horse battery';
const WAIT = 15_000;
/**
 * Every screen is walked at both widths and in both languages: the longer words in the narrow window, so that what sticks out is
 * seen. `QUIPU_WAYS=all` walks each width in each language. @type {Array<{ size: 'wide' | 'narrow', lang: string, dark?: boolean }>}
 */
export const WAYS = [{ size: 'wide', lang: 'zh-CN', dark: true }, { size: 'narrow', lang: 'en' }];
if (process.env.QUIPU_WAYS === 'all') WAYS.push({ size: 'wide', lang: 'en' }, { size: 'narrow', lang: 'zh-CN', dark: true });

export function openBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_BIN ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
}

/** @param {string} lang */
export function words(lang) {
  const all = Object.assign({}, ...['', 'wallet.'].map((part) => JSON.parse(readFileSync(new URL(`../../static/i18n/${part}${lang}.json`, import.meta.url), 'utf8'))));
  return (key, params = {}) => {
    const entry = all[key];
    assert.ok(entry !== undefined, `no words for ${key}`);
    const form = typeof entry === 'object' ? entry[new Intl.PluralRules(lang).select(Number(params.n))] : entry;
    return form.replace(/\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
  };
}

/** What has been stored may have been delivered by now. @type {Record<string, string>} */
const PASSED = { stored: '[data-state="stored"], [data-state="delivered"], [data-state="read"]', delivered: '[data-state="delivered"], [data-state="read"]' };

/** A picture of this size, as a PNG that any server can read. @param {number} width @param {number} height */
export function pictureOf(width, height) {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) rows.set([(x * 255) / width, (y * 255) / height, 160], y * (1 + width * 3) + 1 + x * 3);
  const part = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), part('IHDR', head), part('IDAT', deflateSync(rows)), part('IEND', Buffer.alloc(0))]);
}

/** Asks again and again until it holds. @param {() => Promise<boolean> | boolean} holds @param {string} what */
export async function until(holds, what, patience = WAIT) {
  for (const end = Date.now() + patience; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 50))) assert.ok(Date.now() < end, `in vain: ${what}`);
}

let made = 0;
/** A handle nobody had before. @param {string} stem */
export const handleOf = (stem) => `${stem}_${Date.now().toString(36)}${(made++).toString(36)}`;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {{ url: string, size?: 'wide' | 'narrow', lang?: string, dark?: boolean, timezoneId?: string }} how
 */
export async function person(browser, { url, size = 'wide', lang = 'en', dark = false, timezoneId }) {
  const context = await browser.newContext({ baseURL: url, viewport: SIZES[size], locale: lang, colorScheme: dark ? 'dark' : 'light', timezoneId });
  context.setDefaultTimeout(WAIT);
  const wire = await loseAnswers(context);
  const page = await context.newPage();
  const t = words(lang);
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('dialog', (dialog) => (faults.push(`a script opened a dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on('console', (entry) => {
    if (/Content.Security.Policy|Trusted ?Type|Unhandled/i.test(entry.text())) faults.push(entry.text());
  });

  const me = {
    context, page, t, wire, size, lang, handle: '', name: '',
    /** Nothing on the page broke a rule while this person used it. */
    async done() {
      await context.close();
      assert.deepEqual(faults, []);
    },
    async register(handle, name) {
      Object.assign(me, { handle, name });
      await page.goto('/register');
      await page.getByLabel(t('register.name'), { exact: true }).fill(name);
      await page.getByLabel(t('register.handle'), { exact: true }).fill(handle);
      await page.getByLabel(t('register.email'), { exact: true }).fill(`${handle}@example.com`);
      await page.getByLabel(t('register.password'), { exact: true }).fill(PASSWORD);
      await me.noSidewaysScroll();
      await page.getByRole('button', { name: t('register.submit') }).click();
      await page.getByRole('heading', { name: t('nav.chats'), level: 1 }).waitFor();
    },
    async signIn(login, password = PASSWORD) {
      await page.goto('/signin');
      await page.getByLabel(t('signin.login')).fill(login);
      await page.getByLabel(t('signin.password')).fill(password);
      await page.getByRole('button', { name: t('signin.submit') }).click();
      await page.getByRole('heading', { name: t('nav.chats'), level: 1 }).waitFor();
    },
    place: (name) => page.getByRole('navigation').getByRole('link', { name: t(`nav.${name}`) }),
    /** From a conversation back to the tabs, where the width hides them. */
    async toTabs() {
      const back = page.getByRole('link', { name: t('nav.back') });
      if (await back.isVisible()) await back.click();
    },
    async findByHandle(handle) {
      await me.toTabs();
      await me.place('chats').click();
      await page.getByTestId('new-chat').click();
      const dialog = page.getByTestId('new-chat-dialog');
      await dialog.getByLabel(t('new.handle'), { exact: true }).fill(handle);
      await dialog.getByTestId('person').filter({ hasText: `@${handle}` }).click();
      await me.composer.waitFor();
    },
    async openChat(name) {
      await me.toTabs();
      await me.place('chats').click();
      await page.getByTestId('chat-row').filter({ hasText: name }).first().click();
      await me.composer.waitFor();
    },
    composer: page.getByTestId('composer'),
    async send(text) {
      await me.composer.fill(text);
      await me.composer.press('Enter');
    },
    message: (text) => page.getByTestId('message').filter({ hasText: text }),
    /** Waits until the message's tick says so. */
    tick: (text, state) => me.message(text).locator(PASSED[state] ?? `[data-state="${state}"]`).waitFor(),
    /** Stored, and perhaps read already. */
    arrived: (text) => me.message(text).locator('[data-state="stored"], [data-state="delivered"], [data-state="read"]').waitFor(),
    /** One of the acts on a message, by its words. @param {string} text @param {string} key of the words @param {any} [params] */
    async act(text, key, params) {
      await me.openActions(text);
      await page.getByRole('menuitem', { name: t(key, params), exact: true }).click();
    },
    async openActions(text) {
      const row = me.message(text).last();
      await row.hover();
      await row.getByTestId('message-actions').click();
      await page.getByTestId('menu').waitFor();
    },
    /** Answers the question of a dialog with yes. */
    confirm: () => page.getByTestId('confirm').click(),
    async makeGroup(title, ...others) {
      await me.toTabs();
      await me.place('chats').click();
      await page.getByTestId('new-chat').click();
      const dialog = page.getByTestId('new-chat-dialog');
      await dialog.getByRole('button', { name: t('new.group'), exact: true }).click();
      await dialog.getByLabel(t('new.group_title'), { exact: true }).fill(title);
      for (const other of others) {
        await dialog.getByTestId('people-search').fill(other.handle);
        await dialog.getByTestId('person').filter({ hasText: `@${other.handle}` }).click();
      }
      await dialog.getByTestId('make-group').click();
      await me.composer.waitFor();
    },
    async openDetails() {
      await page.getByTestId('details-button').click();
      await page.getByTestId('details').waitFor();
    },
    async closeDetails() {
      await page.getByTestId('details').getByRole('button', { name: t('action.close') }).click();
    },
    async balance(shown) {
      await page.getByTestId('balance').filter({ hasText: shown }).waitFor();
    },
    async openPay() {
      await page.getByRole('button', { name: t('composer.more') }).click();
      await page.getByRole('menuitem', { name: t('pay.transfer') }).click();
      await page.getByTestId('pay-dialog').waitFor();
    },
    async toConfirm(amount, note = '') {
      await me.openPay();
      await page.getByTestId('pay-amount').fill(amount);
      if (note) await page.getByLabel(t('pay.note'), { exact: true }).fill(note);
      await page.getByRole('button', { name: t('pay.continue') }).click();
      await page.getByTestId('confirm-amount').waitFor();
    },
    /** The result bears a moment of deafness, against double clicks: pressed until it has closed. */
    async closeResult() {
      const done = page.getByRole('button', { name: t('action.done') });
      for (const until = Date.now() + WAIT; (await done.count()) > 0 && Date.now() < until; ) await done.click().catch(() => {});
      await page.getByTestId('pay-dialog').waitFor({ state: 'detached' });
    },
    /** A picture of the screen, where QUIPU_SHOTS names a folder for them. @param {string} name */
    shot: (name) => me.shotOf(page, name),
    /** @param {import('playwright-core').Page} page another window of theirs @param {string} name */
    async shotOf(page, name) {
      const folder = process.env.QUIPU_SHOTS;
      if (!folder) return;
      await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
      await page.screenshot({ path: `${folder}/${name}-${size}-${lang}.png` });
    },
    /** The page has no sideways scroll, and nothing on it that is seen sticks out beyond its edges. */
    async noSidewaysScroll() {
      const extra = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(extra <= 0, `${extra} px too wide at ${page.url()}`);
      const out = await page.evaluate(() => [...document.querySelectorAll('.bubble *, .sheet *, .popmenu *, .bar *, .details *')].filter((node) => {
        const box = node.getBoundingClientRect();
        return box.width > 1 && node.checkVisibility({ opacityProperty: true }) && (box.left < -0.5 || box.right > innerWidth + 0.5);
      }).slice(0, 3).map((node) => node.outerHTML.slice(0, 200)));
      assert.deepEqual(out, [], `beyond the edge at ${page.url()}`);
    },
  };
  return me;
}

/**
 * A network that can lose the answer to one kind of request: the request arrives, its answer does not. It can lose one kind of
 * push as well, and say something else in the answers to one kind, as a server would in a state that is hard to bring about.
 * @param {import('playwright-core').BrowserContext} context
 */
async function loseAnswers(context) {
  const wire = { lose: /** @type {string | null} */ (null), deaf: /** @type {string | null} */ (null), reworded: /** @type {Record<string, (ok: any) => any>} */ ({}), swallowed: () => {}, sent: /** @type {string[]} */ ([]), cut: () => {} };
  await context.routeWebSocket(/\/ws\/v1$/, (page) => {
    const server = page.connectToServer();
    const doomed = new Set();
    const asked = /** @type {Map<number, string>} */ (new Map());
    wire.cut = () => page.close({ code: 4002 });
    page.onMessage((data) => {
      const frame = JSON.parse(String(data));
      wire.sent.push(frame.op);
      if (frame.op === wire.lose) doomed.add(frame.id);
      if (wire.reworded[frame.op]) asked.set(frame.id, frame.op);
      server.send(data);
    });
    server.onMessage((data) => {
      const frame = JSON.parse(String(data));
      const { id, ev } = frame;
      if (ev !== undefined && ev === wire.deaf) return;
      if (id !== undefined && doomed.has(id)) return wire.swallowed();
      const words = id === undefined ? undefined : wire.reworded[asked.get(id) ?? ''];
      page.send(words && frame.ok ? JSON.stringify({ ...frame, ok: words(frame.ok) }) : data);
    });
  });
  return wire;
}
