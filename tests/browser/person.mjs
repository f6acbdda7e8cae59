// People in Chromium: each has a browser of their own, with what they see and press by its name.
import { chromium } from 'playwright-core';
import { expectHeading } from './expect.mjs';
import { START_MS } from './process.mjs';

// How many times slower than the machine pages are to run: what a test forgot to wait for shows.
const SLOWNESS = Number(process.env.GATEHOUSE_TEST_SLOWNESS ?? 1);

// The provider's pages ask for a font of the Internet, and are not there before that has failed.
const NOWHERE_ELSE = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1';

let browser;

// No page goes on by itself while a test still looks at it: what a page would do after a second or
// later waits in `held` until the test does it. (Clocks and polls are intervals, and run.)
function holdLongTimers() {
  const { setTimeout, clearTimeout } = window;
  window.held = new Map();
  window.setTimeout = (run, ms = 0, ...rest) => {
    if (ms < 1000) return setTimeout(run, ms, ...rest);
    const id = `held ${window.held.size}`;
    window.held.set(id, { run, ms });
    return id;
  };
  window.clearTimeout = (id) => window.held.delete(id) || clearTimeout(id);
}

export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    timeout: START_MS,
    args: [NOWHERE_ELSE, ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
  });
}

export async function closeBrowser() {
  await browser?.close();
}

// A person with a fresh browser; options as of Playwright's newContext. Whatever a page logs as an
// error (a violated Content-Security-Policy above all) is kept in `page.complaints`.
export async function newPerson(options = {}) {
  const context = await browser.newContext({ locale: 'en-US', ...options });
  context.setDefaultTimeout(20_000);
  return { context, page: await newTab(context), leave: () => context.close() };
}

export async function newTab(context) {
  const page = await context.newPage();
  await page.addInitScript(holdLongTimers);
  if (SLOWNESS > 1) {
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWNESS });
  }
  page.complaints = [];
  page.on('console', (message) => {
    // Chromium reports every answer of 4xx as an error; those are the tests' own business.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) {
      page.complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  return page;
}

// Presses a button and waits for the page that comes of it, all of it: until then the old one, which
// may look just like the new, or half of the new one would answer whoever asks.
export async function press(page, button) {
  await page.evaluate(() => { document.documentElement.dataset.isOld = ''; });
  await button.click();
  await page.locator('html:not([data-is-old])').waitFor({ state: 'attached' });
  await page.waitForLoadState();
}

// Types on the keyboard alone, once the page has put the cursor into the field (a browser does so some
// time after the page is there).
export async function typeInto(page, label, text) {
  const field = page.getByLabel(label, { exact: true }).and(page.locator(':focus'));
  await field.waitFor();
  await page.keyboard.type(text);
}

export async function enterEmail(page, email) {
  await page.getByLabel('Email', { exact: true }).fill(email);
  await press(page, page.getByRole('button', { name: 'Continue', exact: true }));
  await expectHeading(page, 'Check your email');
}

export async function enterCode(page, code) {
  await page.getByLabel('Verification code').fill(code);
  await press(page, page.getByRole('button', { name: 'Verify' }));
}

// A whole login by code from the application's own link.
export async function signIn(page, stack, application, email) {
  await page.goto(`${application.url}/login`);
  await enterEmail(page, email);
  await enterCode(page, (await stack.mail.nth(email)).code);
  await expectHeading(page, `Signed in to ${application.name}`);
  return application.results.at(-1);
}
