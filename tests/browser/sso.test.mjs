// Signing in at an organization's own provider, as people meet it in Chromium.
import { after, before, beforeEach, afterEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from './stack.mjs';
import { IdentityProvider, consentThere, signInBySso, signInThere } from './provider.mjs';
import { openBrowser, closeBrowser, newPerson, enterCode, press } from './person.mjs';
import { expectHeading, expectText } from './expect.mjs';

let stack, provider, web, person, page;

before(async () => {
  [stack] = await Promise.all([
    Stack.start({ settings: { GATEHOUSE_ALLOW_HTTP: 'on', GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8,::1/128' } }),
    openBrowser(),
  ]);
  ({ web } = stack.applications);
  const callback = (id) => `${stack.issuer}/sso/v1/oidc/${id}/callback`;
  provider = await IdentityProvider.start({ keysOf: stack.issuer, clients: [
    { client_id: 'conn_1', redirect_uris: [callback('conn_1')] },
    { client_id: 'conn_2', redirect_uris: [callback('conn_2')] },
  ] });
  await stack.sql(`
    INSERT INTO organizations (id, name, external_id, is_sso_on) VALUES ('org_1', 'Megacorp', 'mega-1', true);
    INSERT INTO organization_domains (id, organization_id, domain, type, status)
      VALUES ('dom_1', 'org_1', 'megacorp.example', 'ORGANIZATION_DOMAIN', 'verified');
    ${provider.connection({ id: 'conn_1', organization: 'org_1', name: 'Megacorp' })};
    ${provider.connection({ id: 'conn_2', name: 'Chirper' })};
    UPDATE connections SET is_email_trusted = true WHERE id = 'conn_2'`);
});
after(async () => {
  provider?.stop();
  await closeBrowser();
  await stack?.stop();
});
beforeEach(async () => {
  person = await newPerson();
  page = person.page;
});
afterEach(async () => {
  const { complaints } = page;
  await person.leave();
  assert.deepEqual(complaints, [], 'the pages logged errors');
});

const sessionCookies = async () => (await person.context.cookies(stack.issuer))
  .filter(({ name }) => name.endsWith('gh_session'));

test('by an address of the organization: at its provider with the address filled in, then in the application',
  async () => {
    const hint = await signInBySso(page, web, 'joe@megacorp.example');
    assert.equal(hint, 'joe@megacorp.example');
    await expectHeading(page, 'Signed in to Acme Web');
    const { claims, tokens } = web.results.at(-1);
    assert.equal(claims.email, 'joe@megacorp.example');
    assert.equal(claims.oid, 'org_1');
    assert.equal(claims.xoid, 'mega-1');
    assert.deepEqual(claims.amr, ['conn_1']);
    const access = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url'));
    assert.deepEqual(access.roles, ['member']);
    assert.equal(access.oid, 'org_1');
    await page.goto(`${web.url}/login`); // the session goes on without a page
    await expectHeading(page, 'Signed in to Acme Web');
  });

test('a guest of the provider confirms the address once', async () => {
  const guest = stack.address('guest');
  provider.people.guest = { email: guest };
  await signInBySso(page, web, 'joe@megacorp.example', 'guest');
  await expectText(page, new RegExp(guest));
  await expectText(page, /Megacorp/);
  assert.deepEqual(await sessionCookies(), []);
  await enterCode(page, (await stack.mail.nth(guest)).code);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.deepEqual(web.results.at(-1).claims.amr.toSorted(), ['conn_1', 'otp']);
  const again = await newPerson();
  await signInBySso(again.page, web, 'joe@megacorp.example', 'guest');
  await expectHeading(again.page, 'Signed in to Acme Web');
  await again.leave();
});

test('by a social button with an address of an organization: its provider, with a sentence that says why',
  async () => {
    provider.people.joe2 = { email: 'joe@megacorp.example', email_verified: true };
    await page.goto(`${web.url}/login`);
    await press(page, page.getByRole('button', { name: /Chirper/ }));
    await signInThere(page, 'joe2');
    await expectText(page, /Megacorp/);
    assert.deepEqual(await sessionCookies(), []);
    await press(page, page.locator('form[action="/a/auth/sso"] button'));
    await consentThere(page);
    await expectHeading(page, 'Signed in to Acme Web');
    assert.deepEqual(web.results.at(-1).claims.amr, ['conn_1']);
  });

test('who turns back at the provider is on the login page with a sentence, and can go on', async () => {
  await page.goto(`${web.url}/login`);
  await page.getByLabel('Email', { exact: true }).fill('joe@megacorp.example');
  await page.getByRole('button', { name: 'Continue', exact: true }).click();
  await page.waitForURL(/\/interaction\//);
  await page.getByRole('link', { name: /Cancel/ }).click();
  await expectHeading(page, 'Sign in to Acme Web');
  await expectText(page, /Megacorp/);
  await press(page, page.getByRole('button', { name: 'Continue', exact: true }));
  await signInThere(page, 'joe@megacorp.example');
  await expectHeading(page, 'Signed in to Acme Web');
});

test('back and reload at the provider break nothing', async () => {
  await page.goto(`${web.url}/login?organization_id=org_1`);
  await page.waitForURL(/\/interaction\//);
  await page.reload();
  await page.goBack();
  await page.goto(`${web.url}/login?organization_id=org_1`);
  await signInThere(page, 'joe@megacorp.example');
  await expectHeading(page, 'Signed in to Acme Web');
});

test('an application that forces the organization is told when the person turns back', async () => {
  await page.goto(`${web.url}/login?connection_id=conn_1`);
  await page.waitForURL(/\/interaction\//);
  await page.getByRole('link', { name: /Cancel/ }).click();
  await expectHeading(page, 'Refused');
  assert.equal(await page.locator('#error').innerText(), 'access_denied');
});
