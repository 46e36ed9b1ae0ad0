// What axe has to say of a screen, once it stands still.
import { AxeBuilder } from '@axe-core/playwright';
import assert from 'node:assert/strict';

/** @param {{ page: import('playwright-core').Page, size: string }} one @param {string} name of the screen */
export async function accessible({ page, size }, name) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {}))));
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  assert.deepEqual(violations.map((one) => [one.id, one.nodes.map((node) => `${node.html} ${node.failureSummary}`)]), [], `${name}, ${size}`);
}
