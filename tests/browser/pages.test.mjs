// Every page in every language, light and dark, narrow and wide: axe-core finds nothing for WCAG 2.2
// A and AA, nothing overflows, and the first page is light. Screenshots go to build/screenshots for
// people to look at.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createConnection } from 'node:net';
import { Stack } from './stack.mjs';
import { openBrowser, closeBrowser, newPerson, press } from './person.mjs';
import { Visitor, formsOf } from './visitor.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const SHOTS = fileURLToPath(new URL('../../build/screenshots/', import.meta.url));
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const WIDTHS = [1280, 360, 320];
const LOCALES = { en: 'ltr', de: 'ltr', ar: 'rtl' };

let stack, web;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  [stack] = await Promise.all([
    Stack.start({ settings: { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32' } }), openBrowser()]);
  ({ web } = stack.applications);
});
after(async () => {
  await closeBrowser();
  await stack?.stop();
});

const visit = async (page, locale, extra = {}) =>
  page.goto(await web.authorizeUrl({ ui_locales: locale, ...extra }));

async function submitEmail(page, email) {
  await page.locator('#email').fill(email);
  await press(page, page.locator('form[action="/a/auth/login"] button').first());
}

async function toCodePage(page, locale) {
  const email = stack.address('pages');
  await visit(page, locale);
  await submitEmail(page, email);
  await page.locator('#code').waitFor();
  return email;
}

// Every page a person can meet, by the shortest way to it.
const PAGES = {
  login: visit,
  signup: (page, locale) => visit(page, locale, { prompt: 'create' }),
  async 'login-wrong'(page, locale) {
    await visit(page, locale);
    await submitEmail(page, 'not an address');
    await page.locator('#email[aria-invalid]').waitFor();
  },
  code: toCodePage,
  async 'code-wrong'(page, locale) {
    const { code } = await stack.mail.nth(await toCodePage(page, locale));
    await page.locator('#code').fill(code === '000000' ? '000001' : '000000');
    await press(page, page.locator('form[action="/a/auth/code"] button'));
    await page.locator('#code[aria-invalid]').waitFor();
  },
  async 'code-resent'(page, locale) {
    const email = await toCodePage(page, locale);
    await stack.sql(`UPDATE challenges SET sent_at = sent_at - interval '1 hour' WHERE email = '${email}'`);
    await page.reload();
    await press(page, page.locator('form[action="/a/auth/resend"] button'));
    await page.getByRole('status').waitFor();
  },
  async 'code-expired'(page, locale) {
    const email = await toCodePage(page, locale);
    await stack.sql(`UPDATE challenges SET expires_at = now() - interval '1 s' WHERE email = '${email}'`);
    await page.reload();
  },
  async 'link-finish'(page, locale) {
    const { link } = await stack.mail.nth(await toCodePage(page, locale));
    await page.goto(`${link}&ui_locales=${locale}`);
    await page.locator('form[action="/a/auth/link"]').waitFor();
  },
  async 'link-elsewhere'(page, locale) {
    const email = stack.address('pages');
    await new Visitor().askForCode(await web.authorizeUrl(), email);
    await page.goto(`${(await stack.mail.nth(email)).link}&ui_locales=${locale}`);
    await page.locator('.number').waitFor();
  },
  'link-over': (page, locale) => page.goto(`${stack.issuer}/a/auth/link?token=gone&ui_locales=${locale}`),
  'bad-request': (page, locale) => visit(page, locale, { client_id: 'skc_99999999999999999' }),
  'not-found': (page, locale) => page.goto(`${stack.issuer}/nowhere?ui_locales=${locale}`),
  async 'other-browser'(page, locale) {
    const started = await new Visitor().go(await web.authorizeUrl());
    await page.goto(`${started.url}&ui_locales=${locale}`);
  },
  'sign-out': (page, locale) => page.goto(`${stack.issuer}/oidc/logout?client_id=${web.id}&ui_locales=${locale}`),
};

async function axeFindings(page) {
  // Evaluated by the driver, so the page's Content-Security-Policy stays as it is.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) =>
    globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }), WCAG);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

for (const [name, go] of Object.entries(PAGES)) {
  for (const [locale, direction] of Object.entries(LOCALES)) {
    test(`${name} in ${locale}: accessible, and nothing overflows`, async () => {
      const { page, leave } = await newPerson({ locale, viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce' }); // no colour is measured on its way to another
      await go(page, locale);
      await page.getByRole('heading', { level: 1 }).waitFor();
      assert.equal(await page.locator('html').getAttribute('lang'), locale);
      assert.equal(await page.locator('html').getAttribute('dir') ?? 'ltr', direction);
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme });
        for (const width of WIDTHS) {
          await page.setViewportSize({ width, height: 900 });
          const where = `${name} ${locale} ${colorScheme} ${width}`;
          assert.deepEqual(await axeFindings(page), [], where);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(overflow <= 0, `${where}: ${overflow} px wider than the window`);
          if (width !== 320) {
            await page.screenshot({ path: `${SHOTS}${name}-${locale}-${colorScheme}-${width}.png` });
          }
        }
      }
      assert.deepEqual(page.complaints, []);
      await leave();
    });
  }
}

test('controls are at least 44 px high and the text 16 px', async () => {
  const { page, leave } = await newPerson();
  await visit(page, 'en');
  for (const selector of ['#email', 'form[action="/a/auth/login"] button']) {
    assert.ok((await page.locator(selector).first().boundingBox()).height >= 44, selector);
  }
  const size = await page.locator('#email').evaluate((field) => parseFloat(getComputedStyle(field).fontSize));
  assert.ok(size >= 16, 'a phone would zoom into the field');
  await leave();
});

test('at 200 % zoom, with high contrast and without animations nothing is lost', async () => {
  const { page, leave } = await newPerson({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2,
    forcedColors: 'active', reducedMotion: 'reduce' });
  await toCodePage(page, 'de');
  assert.deepEqual(await axeFindings(page), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await page.screenshot({ path: `${SHOTS}code-de-zoom-contrast.png` });
  await leave();
});

test('a first page costs at most 30 kB on the wire, all of it from here', async () => {
  const { context, page, leave } = await newPerson();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  let octets = 0;
  const foreign = [];
  session.on('Network.loadingFinished', (event) => { octets += event.encodedDataLength; });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(stack.issuer) && !url.startsWith('data:')) foreign.push(url);
  });
  await visit(page, 'en');
  await page.waitForLoadState('networkidle');
  assert.deepEqual(foreign, []);
  assert.ok(octets > 1000, 'nothing was measured');
  assert.ok(octets <= 30_000, `${octets} octets`);
  console.log(`cold first page: ${octets} octets on the wire`);
  // The second visit brings only the page itself: the rest is cached by its hash.
  octets = 0;
  await visit(page, 'en');
  await page.waitForLoadState('networkidle');
  assert.ok(octets <= 14_000, `${octets} octets the second time`);
  await leave();
});

test('no page holds inline script or style, and the policy forbids them', async () => {
  const answer = await fetch(await web.authorizeUrl());
  const policy = answer.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe-(inline|eval)/);
  const text = await answer.text();
  assert.doesNotMatch(text, /<style|style=|<script>|onload=|onclick=/i);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.ok(answer.headers.get('referrer-policy'));
});

test('a template gone wrong cannot be fed by the request: markup in parameters comes back as text', async () => {
  const visitor = new Visitor();
  const attack = `"><script>alert(1)</script>'`;
  const page = await visitor.go(await web.authorizeUrl({ login_hint: attack, state: attack, ui_locales: attack }));
  assert.doesNotMatch(page.text, /<script>alert/);
  const refused = await visitor.submit(page, '/a/auth/login', { email: attack });
  assert.equal(refused.status, 400);
  assert.doesNotMatch(refused.text, /<script>alert/);
  assert.ok(formsOf(refused).some(({ fields }) => fields.email === attack), 'the value was not kept');
});

test('HTTP/2 stays off, and a request that pretends otherwise is refused', async () => {
  const socket = createConnection(new URL(stack.issuer).port, '127.0.0.1');
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  let text = '';
  for await (const chunk of socket) text += chunk;
  assert.doesNotMatch(text, /^HTTP\/2|^\0/);
});
