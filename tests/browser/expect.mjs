import assert from 'node:assert/strict';
import { until } from './process.mjs';

const PATIENCE_MS = 20_000;

// The one h1 of the page, once it says so.
export async function expectHeading(page, text) {
  const heading = page.getByRole('heading', { level: 1, name: text });
  await heading.waitFor().catch(async () => {
    const found = await page.locator('h1').allInnerTexts();
    const body = await page.locator('body').innerText();
    assert.fail(`no heading "${text}" at ${page.url()} but ${JSON.stringify(found)}:\n${body}`);
  });
}

// The page's own words, once they say so: it may be half there, and its script may not have run yet.
export async function expectText(page, text) {
  let found = '';
  await until(`${text}`, async () => {
    found = await page.locator('main').innerText();
    return text.test(found);
  }, PATIENCE_MS).catch((error) => assert.fail(`${error.message}\nat ${page.url()}:\n${found}`));
}
