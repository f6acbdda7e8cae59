// What a session, a refresh and a choice of organization are worth under the policy of today: people
// with several organizations, with invitations, with none; and logins that begin at the provider.
// Here people may make organizations of their own.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as oidc from 'openid-client';
import scalekit from '@scalekit-sdk/node';
import { useRealm } from './realm.mjs';
import { until } from './process.mjs';
import { enterCode, enterEmail } from './person.mjs';
import { expectHeading, expectText } from './expect.mjs';
import { Api } from '../rest/api.mjs';

const realm = useRealm({ GATEHOUSE_ORGANIZATION_SIGNUP: 'on' });
const address = (name) => realm.stack.address(name);
const plain = (name) => realm.organization({ name, isSsoOn: false, connections: [] });

const CHOOSE = 'Choose your organization';

async function proveByCode(email, extra = {}) {
  await realm.begin(extra);
  await enterEmail(realm.page, email);
  await enterCode(realm.page, await realm.code(email));
}

const refresh = async ({ tokens }) => oidc.refreshTokenGrant(await realm.web.client(), tokens.refresh_token);
const isOver = { name: 'ResponseBodyError', error: 'invalid_grant' };

// ---- sessions of before -------------------------------------------------------------------------

test('a session of before the organization switched its sign-in on is sent there; its tokens end', async () => {
  const { page } = realm;
  const megacorp = await realm.organization({ isSsoOn: false });
  const joe = megacorp.member('joe');
  await realm.user(joe, [megacorp]);
  await proveByCode(joe);
  assert.equal((await realm.signedIn()).oid, megacorp.id);
  const before = realm.web.results.at(-1);
  await realm.set('organizations', megacorp.id, 'is_sso_on = true');
  await assert.rejects(refresh(before), isOver);
  await realm.begin({ prompt: 'none' });
  await realm.refused('login_required');
  await realm.begin();
  await expectHeading(page, 'Continue with Megacorp');
  await expectText(page, /You are signed in already, but Megacorp now asks you to sign in with its own account/);
  await realm.assertDecided(['login.entry sso'], /is verified for/);
  await realm.pressButton('Continue to Megacorp');
  assert.equal(await realm.signInThere(), joe);
  assert.ok((await realm.signedIn()).amr.includes(megacorp.connection));
  await refresh(realm.web.results.at(-1));
  await realm.begin(); // and now it is good again, without a page
  assert.equal((await realm.signedIn()).oid, megacorp.id);
});

test('a removed membership acts at the next use of token and session', async () => {
  const [first, second] = [await plain('First'), await plain('Second')];
  const email = address();
  const id = await realm.user(email, [first, second]);
  await proveByCode(email, { organization_id: first.id });
  assert.equal((await realm.signedIn()).oid, first.id);
  const before = realm.web.results.at(-1);
  await realm.sql(`DELETE FROM memberships WHERE user_id = '${id}' AND organization_id = '${first.id}'`);
  await assert.rejects(refresh(before), isOver);
  await realm.begin({ organization_id: first.id });
  await expectHeading(realm.page, /You are not a member/);
  await realm.begin();
  assert.equal((await realm.signedIn()).oid, second.id);
});

test('a disabled connection acts at the next use', async () => {
  const megacorp = await realm.organization();
  const joe = megacorp.member('joe');
  await realm.begin({ connection_id: megacorp.connection });
  await realm.signInThere(joe);
  await realm.signedIn();
  await realm.set('connections', megacorp.connection, 'is_enabled = false');
  await realm.begin({ connection_id: megacorp.connection });
  await realm.refused('invalid_connection_id');
  await realm.takeNewBrowser();
  await realm.beginWithEmail(joe);
  await expectHeading(realm.page, 'Check your email');
});

test('a deactivated user is signed in no more, and gets no new tokens', async () => {
  const acme = await plain('Acme');
  const email = address();
  const id = await realm.user(email, [acme]);
  await proveByCode(email);
  await realm.signedIn();
  await realm.set('users', id, 'is_active = false');
  await assert.rejects(refresh(realm.web.results.at(-1)), isOver);
  await realm.begin({ prompt: 'none' });
  await realm.refused('login_required');
});

// ---- several organizations ----------------------------------------------------------------------

test('who is in two organizations chooses, is signed in nowhere before, and may choose again', async () => {
  const { page } = realm;
  const [alpha, beta] = [await plain('Alpha'), await plain('Beta')];
  const email = address();
  await realm.user(email, [alpha, beta]);
  await proveByCode(email);
  await expectHeading(page, CHOOSE);
  await expectText(page, new RegExp(email));
  await realm.assertNoSession();
  await page.reload();
  await realm.pressButton('Beta');
  assert.equal((await realm.signedIn()).oid, beta.id);
  await realm.assertDecided(['login.code choose_organization', 'login.organization complete'], /active member/);
  await realm.begin({ prompt: 'select_account' });
  await expectHeading(page, CHOOSE);
  await realm.pressButton('Alpha');
  const claims = await realm.signedIn();
  assert.equal(claims.oid, alpha.id);
  assert.equal(claims.email, email);
});

test('prompt=select_account with organization_id switches at once', async () => {
  const [alpha, beta] = [await plain('Alpha'), await plain('Beta')];
  const email = address();
  await realm.user(email, [alpha, beta]);
  await proveByCode(email, { organization_id: alpha.id });
  const { oid, sid } = await realm.signedIn();
  assert.equal(oid, alpha.id);
  await realm.begin({ prompt: 'select_account', organization_id: beta.id });
  const claims = await realm.signedIn();
  assert.equal(claims.oid, beta.id);
  assert.equal(claims.sid, sid, 'it is the same session');
  assert.equal((await realm.stack.mail.all(email)).length, 1);
});

test('a switch to an organization with its own sign-in leads there, and says why', async () => {
  const { page } = realm;
  const [alpha, beta] = [await plain('Alpha'), await realm.organization({ name: 'Beta' })];
  const email = address();
  await realm.user(email, [alpha, beta]);
  await proveByCode(email, { organization_id: alpha.id });
  await realm.signedIn();
  await realm.begin({ prompt: 'select_account', organization_id: beta.id });
  await expectHeading(page, 'Continue with Beta');
  await expectText(page, /To switch to Beta, sign in with its own account/);
  await realm.pressButton('Continue to Beta');
  await realm.signInThere(email);
  await expectHeading(page, 'Confirm your email');
  await enterCode(page, await realm.code(email, 2));
  assert.equal((await realm.signedIn()).oid, beta.id);
});

test('a switch to an organization that the person is no member of is refused', async () => {
  const [alpha, other] = [await plain('Alpha'), await plain('Other')];
  const email = address();
  await realm.user(email, [alpha]);
  await proveByCode(email);
  await realm.signedIn();
  await realm.begin({ prompt: 'select_account', organization_id: other.id });
  await expectHeading(realm.page, /You are not a member/);
  await realm.assertDecided(['login.entry no_member'], /not a member/);
});

// ---- new organizations, joining, invitations ----------------------------------------------------

test('who has no organization makes one, and is its administrator', async () => {
  const { page } = realm;
  const email = address();
  await proveByCode(email, { prompt: 'create' });
  await expectHeading(page, 'Create your organization');
  await realm.assertNoSession();
  await realm.pressButton('Create organization');
  await expectText(page, /Enter a name for your organization/);
  await page.getByLabel('Name of the organization').fill('Brand & <New>');
  await realm.pressButton('Create organization');
  const claims = await realm.signedIn();
  assert.deepEqual(await realm.sql(`SELECT o.name, m.roles, m.provisioning FROM organizations o
    JOIN memberships m ON m.organization_id = o.id WHERE o.id = '${claims.oid}'`),
  ['Brand & <New>|{admin}|org_creator']);
});

test('who has an allowed email domain is offered to join, and joins by asking for it only', async () => {
  const { page } = realm;
  const acme = await realm.organization({ name: 'Acme', isSsoOn: false, connections: [],
    type: 'ALLOWED_EMAIL_DOMAIN' });
  const ann = acme.member('ann');
  await proveByCode(ann);
  await expectHeading(page, CHOOSE);
  await expectText(page, /You can join/);
  assert.deepEqual(await realm.sql(`SELECT 1 FROM memberships WHERE organization_id = '${acme.id}'`), []);
  await realm.pressButton('Acme Join');
  assert.equal((await realm.signedIn()).oid, acme.id);
  assert.deepEqual(await realm.sql(`SELECT status, provisioning FROM memberships
    WHERE organization_id = '${acme.id}'`), ['ACTIVE|allowed_email_domain']);
});

// Invited by REST; gives back the link of the mail.
async function invite(organization, email) {
  const api = await Api.of(realm.stack);
  const { status, body } = await api.send('POST', `/organizations/${organization.id}/users`,
    { email, membership: { inviter_email: 'boss@acme.example' } });
  assert.equal(status, 201, JSON.stringify(body));
  const [mail] = await until('the invitation', async () => {
    const mails = await realm.stack.mail.all(email);
    return mails.length > 0 && mails;
  });
  return /https?:\/\/\S+\/a\/auth\/invitation\?token=[\w-]+/.exec(mail.text)[0];
}

async function withInitiateLogin(use, uri = `${realm.web.url}/login`) {
  const { web } = realm;
  await realm.set('applications', web.id, `initiate_login_uri = '${uri}', is_default = true`);
  try {
    return await use();
  } finally {
    await realm.set('applications', web.id, `initiate_login_uri = '', is_default = false`);
  }
}

test('an invitation leads from its mail into the application, once', async () => {
  const { page } = realm;
  const acme = await plain('Acme');
  const email = address('invited');
  await withInitiateLogin(async () => {
    const link = await invite(acme, email);
    await page.goto(link);
    await expectHeading(page, 'Join Acme');
    await expectText(page, /boss@acme\.example/);
    await realm.assertNoSession();
    await realm.pressButton('Join Acme');
    const claims = await realm.signedIn();
    assert.equal(claims.email, email);
    assert.equal(claims.oid, acme.id);
    assert.equal((await realm.stack.mail.all(email)).length, 1, 'the invitation was the proof');
    await page.goto(link);
    await expectHeading(page, 'This invitation no longer works');
  });
});

test('an invitation to who has a sign-in of an organization leads there', async () => {
  const { page } = realm;
  const megacorp = await realm.organization();
  const joe = megacorp.member('joe');
  await withInitiateLogin(async () => {
    await page.goto(await invite(megacorp, joe));
    await realm.pressButton('Join Megacorp');
    await realm.assertNoSession();
    assert.equal(await realm.signInThere(), joe);
    assert.deepEqual((await realm.signedIn()).amr, [megacorp.connection]);
  });
});

test('who is invited and signs in otherwise finds the invitation on the page', async () => {
  const { page } = realm;
  const acme = await plain('Acme');
  const email = address('waiting');
  await invite(acme, email);
  await realm.begin();
  await enterEmail(page, email);
  const mail = await until('the code', async () => (await realm.stack.mail.all(email))
    .find(({ text }) => text.includes('/a/auth/link')));
  await enterCode(page, /\b(\d{3})[ \u00a0]?(\d{3})\b/.exec(mail.text).slice(1).join(''));
  await expectHeading(page, CHOOSE);
  await expectText(page, /Invitations/);
  await realm.pressButton('Acme Join');
  assert.equal((await realm.signedIn()).oid, acme.id);
});

// ---- answers by form_post, logins that begin at the provider ------------------------------------

test('an answer by form_post comes from another site, is parked, and finds its browser', async () => {
  const megacorp = await realm.organization();
  await realm.set('connections', megacorp.connection, `response_mode = 'form_post'`);
  const seen = [];
  realm.page.on('request', (request) => seen.push(`${request.method()} ${new URL(request.url()).pathname}`));
  await realm.begin({ connection_id: megacorp.connection });
  await realm.signInThere(megacorp.member('joe'));
  assert.equal((await realm.signedIn()).oid, megacorp.id);
  const path = `/sso/v1/oidc/${megacorp.connection}/callback`;
  assert.deepEqual(seen.filter((one) => one.endsWith(path)), [`POST ${path}`, `GET ${path}`]);
  assert.deepEqual(await realm.sql('SELECT 1 FROM parked_callbacks'), []);
});

const initUrl = (connection, extra = {}) => `${realm.stack.issuer}/sso/v1/oidc/${connection}/init?`
  + new URLSearchParams({ iss: realm.provider.issuer, ...extra });

// An application's page for whom a provider sends, as its developer would write it with the SDK.
async function withStartPage(use) {
  const { stack, web } = realm;
  const sdk = new scalekit.ScalekitClient(stack.issuer, web.id, web.secret);
  const hints = [];
  const answer = async (request) => {
    const { searchParams } = new URL(request.url, web.url);
    const hint = await sdk.getIdpInitiatedLoginClaims(searchParams.get('idp_initiated_login'),
      { issuer: stack.issuer });
    hints.push({ ...hint, names: [...searchParams.keys()] });
    return web.authorizeUrl({ connection_id: hint.connection_id, login_hint: hint.login_hint });
  };
  const server = createServer((request, response) => answer(request).then(
    (url) => response.writeHead(302, { Location: url }).end(),
    (error) => response.writeHead(500).end(String(error))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    await withInitiateLogin(() => use(hints), `http://localhost:${server.address().port}/start`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a login that begins at the provider comes to the application as a signed hint', async () => {
  const megacorp = await realm.organization();
  const joe = megacorp.member('joe');
  await withStartPage(async (hints) => {
    await realm.page.goto(initUrl(megacorp.connection,
      { login_hint: joe, target_link_uri: 'https://evil.example/' }));
    await realm.assertNoSession();
    assert.equal(await realm.signInThere(), joe);
    assert.equal((await realm.signedIn()).email, joe);
    const [{ names, iss, organization_id, connection_id, login_hint, iat, exp }] = hints;
    assert.deepEqual(names, ['idp_initiated_login']);
    assert.deepEqual([iss, organization_id, connection_id, login_hint],
      [realm.stack.issuer, megacorp.id, megacorp.connection, joe]);
    assert.equal(exp - iat, 300);
    const [first] = await realm.decisions();
    assert.equal(first, 'login.init hint_application');
  });
});

test('without an initiate-login address the request is made for the default application', async () => {
  const { page, web } = realm;
  const megacorp = await realm.organization();
  await realm.set('applications', web.id, 'is_default = true');
  try {
    await page.goto(initUrl(megacorp.connection));
    await realm.signInThere(megacorp.member('joe'));
    // The application did not ask: openid-client refuses what has no state of its own.
    await expectHeading(page, 'Refused');
    assert.ok(page.url().startsWith(web.redirectUri));
  } finally {
    await realm.set('applications', web.id, 'is_default = false');
  }
});

test('a connection that lets nobody begin at the provider, or another issuer, leads nowhere', async () => {
  const { page } = realm;
  const megacorp = await realm.organization();
  await withInitiateLogin(async () => {
    await page.goto(initUrl(megacorp.connection, { iss: 'https://evil.example' }));
    realm.atGatehouse();
    await realm.set('connections', megacorp.connection, `idp_initiated = 'off'`);
    await page.goto(initUrl(megacorp.connection));
    await expectHeading(page, 'Please begin in the application');
    await realm.assertNoSession();
    await realm.assertDecided(['login.init sso_failed'], /lets no login begin at the provider/);
  });
});
