// What happens around a login may break: an instance is killed between any two steps, PostgreSQL
// goes away, a hundred people are faster than one.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stack } from './stack.mjs';
import { openBrowser, closeBrowser, newPerson, enterEmail, enterCode } from './person.mjs';
import { expectHeading } from './expect.mjs';
import { Visitor } from './visitor.mjs';
import { until } from './process.mjs';

let stack, web;

before(async () => {
  [stack] = await Promise.all([
    Stack.start({ instances: 2, settings: { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32' } }), openBrowser()]);
  ({ web } = stack.applications);
});
after(async () => {
  await closeBrowser();
  await stack?.stop();
});

// Kills the instance in charge without a warning; the other one takes over. A mail that it was about to
// send is another's after 90 seconds, which are over here at once.
let inCharge = 0;
async function killAndSwitch() {
  const [killed, other] = [stack.instances[inCharge], stack.instances[1 - inCharge]];
  await killed.kill();
  await stack.sql('UPDATE outbox SET due_at = now() WHERE sent_at IS NULL');
  stack.proxy.switchTo(other.port);
  inCharge = 1 - inCharge;
  await killed.start();
}

test('kill -9 between any two steps, and the other instance finishes the login', async () => {
  const email = stack.address();
  const { page, leave } = await newPerson();
  const start = await web.authorizeUrl();
  await killAndSwitch();
  await page.goto(start);
  await killAndSwitch();
  await enterEmail(page, email);
  await killAndSwitch();
  const { code } = await stack.mail.nth(email);
  await page.reload();
  await killAndSwitch();
  // The code is on its way back to the application when the instance dies.
  let callback;
  await page.route(`${web.redirectUri}*`, async (route) => {
    callback ??= await killAndSwitch().then(() => route.request().url());
    await route.continue();
  });
  await enterCode(page, code);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.equal(web.results.at(-1).claims.email, email);
  await leave();
});

test('an accepted mail is sent although the mail server was away and the instance was killed', async () => {
  const email = stack.address();
  const { page, leave } = await newPerson();
  await page.goto(`${web.url}/login`);
  await stack.mail.stop();
  await enterEmail(page, email);
  await killAndSwitch();
  await stack.mail.start();
  // As if the time until the next try were over, but for a try that is under way (it is due again in
  // 90 seconds; after a failed one that is 60 at most).
  await stack.sql(`UPDATE outbox SET due_at = now()
    WHERE sent_at IS NULL AND due_at < now() + interval '65 seconds'`);
  await enterCode(page, (await stack.mail.nth(email)).code);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.equal((await stack.mail.all(email)).length, 1);
  await leave();
});

test('PostgreSQL stopped for ten seconds: a clear page, then the login goes on', async () => {
  const email = stack.address();
  const { page, leave } = await newPerson();
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const { code } = await stack.mail.nth(email);
  await stack.postgres.stop();
  const began = Date.now();
  const answer = await page.goto(page.url());
  assert.equal(answer.status(), 503);
  assert.ok(answer.request().timing().responseStart < 10_000, 'the page took too long to admit it');
  await page.getByRole('heading', { level: 1 }).waitFor();
  assert.ok(await page.locator('main a, main button').count(), 'the page has no way on');
  await until('gatehouse says that it is not ready',
    async () => (await fetch(`${stack.issuer}/health/ready`)).status === 503);
  assert.equal((await fetch(`${stack.issuer}/health/live`)).status, 200);
  await sleep(Math.max(0, 10_000 - (Date.now() - began)));
  await stack.postgres.start();
  await until('gatehouse is ready again', async () => (await fetch(`${stack.issuer}/health/ready`)).ok);
  await page.reload();
  await expectHeading(page, 'Check your email');
  await enterCode(page, code);
  await expectHeading(page, 'Signed in to Acme Web');
  await leave();
});

test('a hundred simultaneous first logins of one address make one user', async () => {
  const email = stack.address('crowd');
  const visitors = Array.from({ length: 100 }, (_, i) => new Visitor({ address: `198.51.100.${i + 1}` }));
  const attempts = [];
  for (const visitor of visitors) {
    const page = await visitor.askForCode(await web.authorizeUrl(), email);
    const { code } = await stack.mail.nth(email, attempts.length + 1);
    attempts.push({ visitor, page, code });
  }
  const arrivals = await Promise.all(attempts.map(({ visitor, page, code }) =>
    visitor.submit(page, '/a/auth/code', { code }, { until: web.redirectUri })));
  assert.equal(arrivals.filter(({ arrived }) => arrived?.searchParams.has('code')).length, 100);
  const results = await Promise.all(arrivals.map(({ arrived }) => web.finish(arrived)));
  assert.equal(new Set(results.map(({ claims }) => claims.sub)).size, 1);
  assert.deepEqual(await stack.sql(`SELECT count(*) FROM users WHERE email = '${email}'`), ['1']);
});
