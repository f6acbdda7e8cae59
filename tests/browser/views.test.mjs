// Every state of every page, as view_render writes it without a server: axe-core finds nothing for
// WCAG 2.2 A and AA, nothing overflows, nothing violates the policy that the server sends, and there
// is no more than one script, which no page needs. Screenshots go to build/screenshots/views.
// VIEWS=sso,pick looks at those pages alone.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBrowser, closeBrowser, newPerson } from './person.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RENDER = process.env.VIEW_RENDER ?? join(ROOT, 'build/dev/tests/view_render');
const SHOTS = join(ROOT, 'build/screenshots/views/');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const WIDTHS = [1280, 360, 320];
const STILL = { reducedMotion: 'reduce' }; // no colour is measured on its way to another
const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };
const POLICY = `default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https:;
  connect-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; form-action 'self'`.replace(/\s+/g, ' ');

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-views-'));
execFileSync(RENDER, [folder]);
const wanted = process.env.VIEWS?.split(',');
const files = readdirSync(folder).filter((name) => name.endsWith('.html'));
const isMail = (file) => /^(mail|invitation)\./.test(file);
const pages = files.filter((file) => !isMail(file) && (!wanted || wanted.includes(file.split('.')[0])));

let server, origin;

before(async () => {
  mkdirSync(SHOTS, { recursive: true });
  server = createServer((request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname);
    try {
      const body = readFileSync(join(folder, path));
      const policy = isMail(path.slice(1)) ? {} : { 'content-security-policy': POLICY };
      response.writeHead(200, { 'content-type': TYPES[extname(path)], ...policy }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${server.address().port}/`;
  await openBrowser();
});
after(async () => {
  await closeBrowser();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function axeFindings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((tags) =>
    globalThis.axe.run(document, { runOnly: { type: 'tag', values: tags } }), WCAG);
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

// Colours do not depend on the language: all of them are looked at in English, and in the others what
// does, the words and the direction.
async function look(page, name, axeWidth) {
  const schemes = name.endsWith('.en') ? ['light', 'dark'] : ['light'];
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const where = `${name} ${colorScheme} ${width}`;
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${where}: ${overflow} px wider than the window`);
      if (width === axeWidth) assert.deepEqual(await axeFindings(page), [], where);
      if (width === 360 || (width === 1280 && schemes.length === 2)) {
        await page.screenshot({ path: `${SHOTS}${name}-${colorScheme}-${width}.png`, fullPage: true });
      }
    }
  }
}

for (const file of pages) {
  test(`${file}: accessible, and nothing overflows`, async () => {
    const { page, leave } = await newPerson(STILL);
    await page.goto(origin + file);
    assert.equal(await page.locator('h1').count(), 1);
    assert.equal(await page.locator('script').count(), 1);
    assert.equal(await page.locator('[style], style').count(), 0);
    await look(page, file.replace(/\.html$/, ''), 360);
    assert.deepEqual(page.complaints, []);
    await leave();
  });
}

for (const file of files.filter((name) => isMail(name) && !wanted)) {
  test(`${file}: the mail fits narrow windows, light and dark`, async () => {
    const { page, leave } = await newPerson(STILL);
    await page.goto(origin + file);
    assert.equal(await page.locator('img, script, link').count(), 0);
    await look(page, file.replace(/\.html$/, ''), 0);
    await leave();
  });
}

test('every field of a form has a label, and every button is at least 44 px high', async () => {
  const { page, leave } = await newPerson();
  for (const file of pages.filter((name) => name.endsWith('.en.html'))) {
    await page.goto(origin + file);
    for (const field of await page.locator('input:not([type=hidden]), select, textarea').all()) {
      const id = await field.getAttribute('id');
      assert.equal(await page.locator(`label[for="${id}"]`).count(), 1, `${file} #${id}`);
    }
    for (const button of await page.locator('button').all()) {
      const box = await button.boundingBox();
      assert.ok(box.height >= 44, `${file}: ${await button.textContent()} is ${box.height} px high`);
    }
  }
  await leave();
});

test('a pressed button with a mark keeps the mark and its size while its words change', async () => {
  const { page, leave } = await newPerson();
  await page.route('**/a/auth/connection', (route) => route.fulfill({ status: 204 })); // the page stays
  await page.goto(`${origin}login-social.en.html`);
  const button = page.locator('button[name=connection_id]').first();
  const size = await button.boundingBox();
  await button.click();
  await page.getByRole('button', { name: 'Sending...' }).waitFor();
  assert.equal(await button.locator('svg').count(), 1);
  assert.deepEqual(await button.boundingBox(), size);
  await leave();
});

test('the pressed button of several says which one it was, once, with and without script', async () => {
  for (const javaScriptEnabled of [true, false]) {
    const { page, leave } = await newPerson({ javaScriptEnabled });
    const sent = [];
    await page.route('**/a/auth/**', (route) => {
      sent.push(new URLSearchParams(route.request().postData()));
      return route.fulfill({ status: 200, contentType: 'text/html', body: '<h1>ok</h1>' });
    });
    await page.goto(`${origin}organizations.en.html`);
    await page.getByRole('button', { name: 'Foocorp Join' }).click();
    await page.getByRole('heading', { name: 'ok' }).waitFor();
    await page.goto(`${origin}organizations.en.html`);
    await page.getByRole('button', { name: 'Create a new organization' }).click();
    await page.getByRole('heading', { name: 'ok' }).waitFor();
    assert.equal(sent.length, 2);
    assert.deepEqual(sent[0].getAll('organization_id'), ['org_3']);
    assert.equal(sent[0].has('intent'), false);
    assert.equal(sent[1].has('organization_id'), false);
    assert.deepEqual(sent[1].getAll('intent'), ['create']);
    await leave();
  }
});
