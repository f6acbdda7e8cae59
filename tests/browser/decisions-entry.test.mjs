// Where a login begins, row by row: what the application asks for, and where the person finds
// themselves. The rows E1 to E10 and what is looked at before them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { useRealm } from './realm.mjs';
import { enterCode, enterEmail } from './person.mjs';
import { expectHeading, expectText } from './expect.mjs';

const realm = useRealm();
const CANNOT = 'This sign-in link does not work';

async function signInByCode(email) {
  const { page } = realm;
  await realm.begin();
  await enterEmail(page, email);
  await enterCode(page, await realm.code(email));
  return realm.signedIn();
}

// ---- E1 to E3: the request itself ---------------------------------------------------------------

for (const [what, extra] of Object.entries({
  'an unknown application': { client_id: 'skc_99999999999999999' },
  'a redirect_uri that is not registered': { redirect_uri: 'https://evil.example/callback' },
})) {
  test(`E1: ${what} ends on a page of ours, never at the address it names`, async () => {
    await realm.begin(extra);
    await expectHeading(realm.page, CANNOT);
    realm.atGatehouse();
    await realm.assertNoSession();
    await realm.assertDecided(['login.entry error_page'], /client_id is unknown|redirect/);
  });
}

test('E1: an application that is switched off ends on a page of ours', async () => {
  await realm.set('applications', realm.web.id, 'is_active = false');
  try {
    await realm.begin();
    await expectHeading(realm.page, CANNOT);
    await expectText(realm.page, /application_not_active/);
  } finally {
    await realm.set('applications', realm.web.id, 'is_active = true');
  }
});

for (const [what, extra, error] of [
  ['E2: another response_type', { response_type: 'token' }, 'unsupported_response_type'],
  ['E2: PKCE by the plain method', { code_challenge_method: 'plain' }, 'invalid_request'],
  ['E2: a malformed max_age', { max_age: 'soon' }, 'invalid_request'],
  ['E3: prompt=none beside another', { prompt: 'none login' }, 'invalid_request'],
]) {
  test(`${what} goes back to the application with state and iss`, async () => {
    await realm.begin({ state: 'the state', ...extra });
    const callback = await realm.refused(error);
    assert.equal(callback.searchParams.get('state'), 'the state');
    await realm.assertNoSession();
    await realm.assertDecided(['login.entry error_redirect'], /./);
  });
}

// ---- E4 to E8: the request names a way ----------------------------------------------------------

test('E4: a named provider is where the person is at once', async () => {
  const joe = realm.stack.address('joe');
  realm.provider.people.joe4 = { email: joe, email_verified: true };
  await realm.withSocial({}, async (id) => {
    await realm.begin({ provider: 'custom' });
    await realm.signInThere('joe4');
    const claims = await realm.signedIn();
    assert.equal(claims.email, joe);
    assert.deepEqual(claims.amr, [id]);
    await realm.assertDecided(['login.entry social', 'login.sso_begin social', 'login.sso complete'],
      /verified/);
  });
});

test('E4: an unknown or disabled provider is refused, whatever else is named', async () => {
  const { connection } = await realm.organization();
  await realm.begin({ provider: 'nobody', connection_id: connection });
  await realm.refused('invalid_connection_selector');
  await realm.withSocial({}, async (id) => {
    await realm.set('connections', id, 'is_enabled = false');
    await realm.begin({ provider: 'custom' });
    await realm.refused('invalid_connection_selector');
  });
  await realm.assertNoSession();
});

test('E5: a named connection is where the person is at once, and no other way is offered', async () => {
  const megacorp = await realm.organization();
  await realm.begin({ connection_id: megacorp.connection });
  await realm.atProvider();
  const flow = await realm.sql(`SELECT id FROM flows WHERE forced_connection_id = '${megacorp.connection}'`);
  await realm.page.goto(`${realm.stack.issuer}/a/auth/login?flow=${flow[0]}`);
  await realm.signInThere(megacorp.member('joe')); // led there again instead of to the form
  const claims = await realm.signedIn();
  assert.equal(claims.oid, megacorp.id);
  assert.deepEqual(claims.amr, [megacorp.connection]);
});

test('E5: an unknown, disabled or foreign connection is refused', async () => {
  const [own, other] = [await realm.organization(), await realm.organization()];
  await realm.begin({ connection_id: 'conn_none' });
  await realm.refused('invalid_connection_id');
  await realm.begin({ connection_id: own.connection, organization_id: other.id });
  await realm.refused('invalid_connection_id');
  await realm.set('connections', own.connection, 'is_enabled = false');
  await realm.begin({ connection_id: own.connection });
  await realm.refused('invalid_connection_id');
  await realm.assertDecided(['login.entry error_redirect'], /unknown, disabled or of another/);
});

test('E6: an unknown organization is refused', async () => {
  await realm.begin({ organization_id: 'org_none' });
  await realm.refused('invalid_organization_id');
  await realm.assertDecided(['login.entry error_redirect'], /organization is unknown/);
});

test('E7: a named organization with its own sign-in is where the person is at once', async () => {
  const megacorp = await realm.organization();
  await realm.begin({ organization_id: megacorp.id });
  await realm.signInThere(megacorp.member('joe'));
  assert.equal((await realm.signedIn()).oid, megacorp.id);
  await realm.assertDecided(['login.entry sso', 'login.sso_begin sso', 'login.sso complete'],
    /organization's domain/);
});

test('E7: of several connections the person picks one, and may come back and pick another', async () => {
  const { page } = realm;
  const megacorp = await realm.organization({ connections: ['Megacorp Europe', 'Megacorp Asia'] });
  await realm.begin({ organization_id: megacorp.id });
  await expectHeading(page, 'How do you want to sign in?');
  await realm.pressButton('Megacorp Asia');
  await realm.atProvider();
  await page.goBack();
  await expectHeading(page, 'How do you want to sign in?');
  await realm.pressButton('Megacorp Europe');
  await realm.signInThere(megacorp.member('joe'));
  assert.deepEqual((await realm.signedIn()).amr, [megacorp.connection]);
});

test('E7: a connection that covers a domain of its own is not asked about', async () => {
  const megacorp = await realm.organization({ connections: ['Everybody', 'Sales'] });
  await realm.set('connections', megacorp.connections[1], `domains = '{${megacorp.domain}}'`);
  await realm.beginWithEmail(megacorp.member('joe'));
  await realm.signInThere();
  assert.deepEqual((await realm.signedIn()).amr, [megacorp.connections[1]]);
});

for (const name of ['domain', 'domain_hint']) {
  test(`E8: ${name} of an organization leads to its sign-in, another one to the form`, async () => {
    const megacorp = await realm.organization();
    await realm.begin({ [name]: megacorp.domain });
    await realm.atProvider();
    await realm.begin({ [name]: `sub.${megacorp.domain}` });
    await expectHeading(realm.page, 'Sign in to Acme Web');
    await realm.assertDecided(['login.entry login_page'], /nothing in the request leads elsewhere/);
  });
}

// ---- E9, E10: hints -----------------------------------------------------------------------------

test('E9: a login_hint of an organization is at its sign-in with the address filled in', async () => {
  const megacorp = await realm.organization();
  await realm.begin({ login_hint: megacorp.member('joe') });
  assert.equal(await realm.signInThere(), megacorp.member('joe'));
  assert.equal((await realm.signedIn()).email, megacorp.member('joe'));
});

test('E9: who turns back at a sign-in that was only hinted at may use another address', async () => {
  const { page } = realm;
  const megacorp = await realm.organization();
  const other = realm.stack.address('other');
  await realm.begin({ login_hint: megacorp.member('joe') });
  await realm.atProvider();
  await page.getByRole('link', { name: /Cancel/ }).click();
  await expectHeading(page, 'Sign in to Acme Web');
  await expectText(page, /Sign-in with Megacorp was cancelled/);
  await enterEmail(page, other);
  await enterCode(page, await realm.code(other));
  assert.equal((await realm.signedIn()).email, other);
});

test('E10: any other login_hint fills in the form', async () => {
  const email = realm.stack.address();
  await realm.begin({ login_hint: email });
  await expectHeading(realm.page, 'Sign in to Acme Web');
  assert.equal(await realm.page.getByLabel('Email', { exact: true }).inputValue(), email);
  await realm.assertNoMail(email);
});

test('E10: an organization without a sign-in of its own leads the page and is fixed for who comes by code',
  async () => {
  const { page } = realm;
  const [acme, other] = [await realm.organization({ isSsoOn: false, connections: [] }),
    await realm.organization({ isSsoOn: false, connections: [] })];
  const email = realm.stack.address();
  await realm.user(email, [acme, other]);
  await realm.begin({ organization_id: acme.id });
  await expectHeading(page, `Sign in to ${acme.name}`);
  await expectText(page, /To continue to Acme Web/);
  await enterEmail(page, email);
  await enterCode(page, await realm.code(email));
  assert.equal((await realm.signedIn()).oid, acme.id); // and no chooser on the way
  await realm.assertDecided(['login.code complete'], /active member/);
});

test('E10: who is no member of the fixed organization is told whom to ask, and signed in nowhere', async () => {
  const { page } = realm;
  const acme = await realm.organization({ isSsoOn: false, connections: [] });
  const email = realm.stack.address();
  await realm.begin({ organization_id: acme.id });
  await enterEmail(page, email);
  await enterCode(page, await realm.code(email));
  await expectHeading(page, new RegExp(`You are not a member of ${acme.name}`));
  await expectText(page, /Ask the person who manages it for an invitation/);
  await realm.assertNoSession();
  await realm.assertDecided(['login.code no_member'], /not a member/);
  await page.getByRole('link', { name: 'Back to' }).click();
  await realm.refused('access_denied');
});

// ---- the session before E4 ----------------------------------------------------------------------

test('a session is used without a page, and prompt=login or max_age=0 ask again', async () => {
  const email = realm.stack.address();
  const { sub } = await signInByCode(email);
  await realm.begin();
  assert.equal((await realm.signedIn()).sub, sub);
  await realm.begin({ prompt: 'none' });
  assert.equal((await realm.signedIn()).sub, sub);
  for (const extra of [{ prompt: 'login' }, { max_age: '0' }]) {
    await realm.begin(extra);
    await expectHeading(realm.page, 'Sign in to Acme Web');
  }
});

test('prompt=none without a session is login_required, also where a connection is forced', async () => {
  const megacorp = await realm.organization();
  await realm.begin({ prompt: 'none' });
  await realm.refused('login_required');
  await signInByCode(realm.stack.address());
  await realm.begin({ prompt: 'none', connection_id: megacorp.connection });
  await realm.refused('login_required');
});

test('a session that came another way does not answer for a forced connection or provider', async () => {
  const megacorp = await realm.organization();
  await signInByCode(realm.stack.address());
  for (const extra of [{ connection_id: megacorp.connection }, { organization_id: megacorp.id },
    { domain: megacorp.domain }]) {
    await realm.begin(extra);
    await realm.atProvider();
  }
  await realm.withSocial({}, async () => {
    await realm.begin({ provider: 'custom' });
    await realm.atProvider();
  });
});

test('prompt=create is the page for new accounts', async () => {
  await realm.begin({ prompt: 'create' });
  await expectHeading(realm.page, 'Create your Acme Web account');
  await realm.assertDecided(['login.entry signup_page'], /prompt=create/);
});
