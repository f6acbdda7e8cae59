import assert from 'node:assert/strict';

// The one h1 of the page, once it says so.
export async function expectHeading(page, text) {
  const heading = page.getByRole('heading', { level: 1, name: text });
  await heading.waitFor().catch(async () => {
    const found = await page.locator('h1').allInnerTexts();
    const body = await page.locator('body').innerText();
    assert.fail(`no heading "${text}" at ${page.url()} but ${JSON.stringify(found)}:\n${body}`);
  });
}

export async function expectText(page, text) {
  const found = await page.locator('main').innerText();
  assert.match(found, text, `at ${page.url()}`);
}
