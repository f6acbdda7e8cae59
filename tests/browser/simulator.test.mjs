// The identity provider for developers, as a person meets it on the way into an application, as
// another relying party does, and when it is told to misbehave.
import { after, before, beforeEach, afterEach, test } from 'node:test';
import assert from 'node:assert/strict';
import * as oidc from 'openid-client';
import { Stack } from './stack.mjs';
import { openBrowser, closeBrowser, newPerson, press, enterCode } from './person.mjs';
import { expectHeading, expectText } from './expect.mjs';
import { Visitor } from './visitor.mjs';

const ON = { GATEHOUSE_SIMULATOR: 'on', GATEHOUSE_ALLOW_HTTP: 'on',
  GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8,::1/128' };

let stack, web, person, page, connection;

before(async () => {
  [stack] = await Promise.all([Stack.start({ settings: ON, instances: 2 }), openBrowser()]);
  ({ web } = stack.applications);
  [connection] = await stack.sql(`SELECT id FROM connections WHERE provider = 'IDP_SIMULATOR'`);
});
after(async () => {
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

const HEADING = 'Who do you want to be?';
const sessions = async () => Number((await stack.sql('SELECT count(*) FROM sessions'))[0]);

async function typeEmail(email) {
  await page.goto(`${web.url}/login`);
  await page.getByLabel('Email', { exact: true }).fill(email);
  await press(page, page.getByRole('button', { name: 'Continue', exact: true }));
}

async function atSimulator(email = stack.address('joe')) {
  await typeEmail(email);
  await expectHeading(page, HEADING);
  return email;
}

const goOn = () => press(page, page.getByRole('button', { name: 'Continue', exact: true }));

test('who types an address of the test organization is at the simulator, filled in already', async () => {
  const email = await atSimulator('jane@example.org');
  assert.equal(await page.getByLabel('Email, before the @').inputValue(), 'jane');
  assert.equal(await page.getByLabel('Email, domain').inputValue(), 'example.org');
  await expectText(page, new RegExp(`${stack.issuer}/sso/v1/oidc/${connection}/callback`));
  await page.getByLabel('Given name').fill('Jane');
  await goOn();
  await expectHeading(page, 'Signed in to Acme Web');
  const { claims } = web.results.at(-1);
  const [organization] = await stack.sql('SELECT id FROM organizations WHERE is_test');
  assert.equal(claims.email, email);
  assert.equal(claims.given_name, 'Jane');
  assert.equal(claims.oid, organization);
  assert.ok(claims.amr.includes(connection), `amr ${claims.amr}`);
});

test('the same address is the same person the next time', async () => {
  const subjects = [];
  for (let i = 0; i < 2; i++) {
    await person.leave();
    person = await newPerson();
    page = person.page;
    await atSimulator('twice@example.com');
    await goOn();
    await expectHeading(page, 'Signed in to Acme Web');
    subjects.push(web.results.at(-1).claims.sub);
  }
  assert.equal(subjects[0], subjects[1]);
});

test('a guest with an address of another domain proves it by a code', async () => {
  const guest = `ann-${Date.now()}@foocorp.example`;
  await atSimulator();
  await page.getByLabel('More claims').fill(`email=${guest}`);
  await goOn();
  await expectHeading(page, 'Confirm your email');
  await enterCode(page, (await stack.mail.nth(guest)).code);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.equal(web.results.at(-1).claims.email, guest);
});

test('who cancels there chooses another way here', async () => {
  const before = await sessions();
  await atSimulator();
  await press(page, page.getByRole('button', { name: 'Cancel' }));
  await expectHeading(page, 'Sign in to Acme Web');
  assert.equal(await sessions(), before);
});

for (const error of ['login_required', 'server_error']) {
  test(`the error ${error} ends on a page that says so, without a session`, async () => {
    const before = await sessions();
    await atSimulator();
    await page.getByLabel('What happens').selectOption('error');
    await page.getByLabel('More claims').fill(`error=${error}`);
    await goOn();
    await expectText(page, /authentication_not_completed/);
    assert.equal(await sessions(), before);
  });
}

// What each fault has to look like to the person; none may leave a session.
const FAULTS = {
  wrong_audience: ['p_rp_19', /invalid_id_token/],
  expired: ['p_rp_20', /invalid_id_token/],
  wrong_nonce: ['p_rp_04', /invalid_id_token/],
  unsigned: ['p_rp_05', /invalid_id_token/],
  unknown_key: ['p_rp_09', /invalid_id_token/],
  subject_mismatch: ['p_rp_18', /user_info_retrieve_failed/],
  dead: ['a dead provider', /provider_unreachable/],
};
for (const [fault, [row, text]] of Object.entries(FAULTS)) {
  test(`${row}: ${fault} ends on a page that says so, without a session`, async () => {
    const before = await sessions();
    await atSimulator();
    await page.getByLabel('Fault to build in').selectOption(fault);
    await goOn();
    await expectText(page, text);
    assert.equal(await sessions(), before);
  });
}

test('without an email nobody is signed in', async () => {
  const before = await sessions();
  await atSimulator();
  await page.getByLabel('Fault to build in').selectOption('email_missing');
  await goOn();
  await page.waitForURL(`${web.url}/callback?error=mandatory_attribute_missing&**`);
  assert.equal(await sessions(), before);
});

test('an address of another domain is not believed before it is proven', async () => {
  const before = await sessions();
  await atSimulator();
  await page.getByLabel('Fault to build in').selectOption('email_foreign');
  await goOn();
  await expectHeading(page, 'Confirm your email');
  assert.equal(await sessions(), before);
});

for (const [row, fault] of [['p_rp_16', 'verified_text'], ['patience', 'slow']]) {
  test(`${row}: the fault ${fault} does not keep the organization's own people out`, async () => {
    await atSimulator();
    await page.getByLabel('Fault to build in').selectOption(fault);
    await goOn();
    await expectHeading(page, 'Signed in to Acme Web');
  });
}

test('a sign-in that begins at the simulator comes back to it with a request of ours', async () => {
  await stack.sql(`UPDATE applications SET is_default = true WHERE id = '${web.id}'`);
  await atSimulator('initiator@example.com');
  const first = await page.locator('input[name=request]').inputValue();
  await page.getByLabel('What happens').selectOption('idp_initiated');
  await goOn();
  await expectHeading(page, HEADING);
  const second = await page.locator('input[name=request]').inputValue();
  const stateOf = (request) => new URLSearchParams(request).get('state');
  assert.notEqual(stateOf(second), stateOf(first), 'a request of its own');
  assert.equal(await page.getByLabel('Email, before the @').inputValue(), 'initiator');
  await goOn();
  await page.waitForURL(`${web.url}/**`);
});

test('by form_post the person presses once more, and is in', async () => {
  await stack.sql(`UPDATE connections SET response_mode = 'form_post' WHERE id = '${connection}'`);
  try {
    await atSimulator('poster@example.com');
    await goOn();
    await expectHeading(page, 'The answer is posted back');
    await goOn();
    await expectHeading(page, 'Signed in to Acme Web');
  } finally {
    await stack.sql(`UPDATE connections SET response_mode = 'query' WHERE id = '${connection}'`);
  }
  assert.equal(web.results.at(-1).claims.email, 'poster@example.com');
});

test('a claim that is no key=value is asked for again, and nothing is lost', async () => {
  await atSimulator('lost@example.com');
  await page.getByLabel('More claims').fill('department=Sales\nnonsense');
  await goOn();
  await expectText(page, /Write each claim as key=value/);
  assert.equal(await page.getByLabel('More claims').inputValue(), 'department=Sales\nnonsense\n');
  assert.equal(await page.getByLabel('Email, before the @').inputValue(), 'lost');
});

// ---- as another relying party -------------------------------------------------------------------

const simulator = () => `${stack.issuer}/simulator`;
const CALLBACK = 'http://localhost:9/anywhere';

async function relyingParty(authentication) {
  return oidc.discovery(new URL(simulator()), 'any client', {}, authentication,
    { execute: [oidc.allowInsecureRequests] });
}

// From the request to the URL that the browser would fetch; `fields` as the page would send them.
async function answerOf(configuration, extra, fields = {}) {
  const url = oidc.buildAuthorizationUrl(configuration, { redirect_uri: CALLBACK,
    scope: 'openid profile email', ...extra });
  const visitor = new Visitor();
  return visitor.submit(await visitor.go(url), '/simulator/authorize', { email_local: 'ann',
    email_domain: 'example.com', scenario: 'sign_in', fault: 'none', action: 'continue', ...fields },
  { until: CALLBACK });
}

for (const [name, authentication] of [['client_secret_post', oidc.ClientSecretPost('x')],
  ['client_secret_basic', oidc.ClientSecretBasic('x:/ y')], ['none', oidc.None()]]) {
  test(`openid-client signs in at the simulator by ${name}`, async () => {
    const configuration = await relyingParty(authentication);
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
    const { arrived } = await answerOf(configuration, { state, nonce, code_challenge_method: 'S256',
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier), max_age: '60' },
    { claims: 'department=Sales\ngroups=["a","b"]' });
    assert.equal(arrived.searchParams.get('iss'), simulator()); // RFC 9207
    const tokens = await oidc.authorizationCodeGrant(configuration, arrived, { expectedState: state,
      expectedNonce: nonce, pkceCodeVerifier, maxAge: 60, idTokenExpected: true });
    const claims = tokens.claims();
    assert.equal(claims.email, 'ann@example.com');
    assert.equal(claims.department, 'Sales');
    assert.deepEqual(claims.groups, ['a', 'b']);
    assert.ok(claims.at_hash);
    const info = await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub);
    assert.equal(info.email, claims.email);
    // A code works once, and a lost one is of no use to anybody.
    await assert.rejects(oidc.authorizationCodeGrant(configuration, arrived, { expectedState: state,
      expectedNonce: nonce, pkceCodeVerifier }), { error: 'invalid_grant' });
  });
}

test('a code is of no use without the verifier that its challenge was made of', async () => {
  const configuration = await relyingParty(oidc.ClientSecretPost('x'));
  const state = oidc.randomState();
  const { arrived } = await answerOf(configuration, { state, code_challenge_method: 'S256',
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()) });
  await assert.rejects(oidc.authorizationCodeGrant(configuration, arrived, { expectedState: state,
    pkceCodeVerifier: oidc.randomPKCECodeVerifier() }), { error: 'invalid_grant' });
});

test('form_post answers with a form of its own', async () => {
  const configuration = await relyingParty(oidc.ClientSecretPost('x'));
  const answer = await answerOf(configuration, { state: '"><i>', response_mode: 'form_post' });
  assert.equal(answer.status, 200);
  assert.match(answer.text, new RegExp(`<form method="post" action="${CALLBACK}"`));
  assert.match(answer.text, /name="code" value="[\w-]{43}"/);
  assert.match(answer.text, /name="state" value="&quot;&gt;&lt;i&gt;"/);
});

test('prompt=none sends nobody anywhere without the button', async () => {
  const url = oidc.buildAuthorizationUrl(await relyingParty(oidc.None()),
    { redirect_uri: CALLBACK, scope: 'openid', prompt: 'none', state: 's' });
  const answer = await new Visitor().go(url);
  assert.equal(answer.status, 200);
  assert.match(answer.text, /error=login_required/);
});

test('a page elsewhere cannot press the button', async () => {
  const url = oidc.buildAuthorizationUrl(await relyingParty(oidc.None()),
    { redirect_uri: CALLBACK, scope: 'openid' });
  const request = new URL(url).search.slice(1);
  const answer = await fetch(`${simulator()}/authorize`, { method: 'POST', redirect: 'manual',
    headers: { Origin: 'https://evil.example', 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ request, action: 'cancel' }) });
  assert.equal(answer.status, 403);
  assert.equal(answer.headers.get('location'), null);
});

for (const [what, query] of Object.entries({
  'a script as redirect_uri': 'client_id=a&response_type=code&redirect_uri=javascript:alert(1)',
  'no redirect_uri': 'client_id=a&response_type=code',
  'a token as answer': 'client_id=a&response_type=token&redirect_uri=http://localhost:9/',
  'a plain challenge': 'client_id=a&response_type=code&redirect_uri=http://localhost:9/&code_challenge='
    + 'a'.repeat(43),
  'a parameter twice': 'client_id=a&client_id=b&response_type=code&redirect_uri=http://localhost:9/',
})) {
  test(`a request with ${what} is refused on the spot`, async () => {
    const answer = await fetch(`${simulator()}/authorize?${query}`, { redirect: 'manual' });
    assert.equal(answer.status, 400);
  });
}

// ---- switched off -------------------------------------------------------------------------------

test('there is one test organization, however often and however many instances start', async () => {
  await stack.gatehouse.stop();
  await stack.gatehouse.start();
  const counts = await stack.sql(`SELECT (SELECT count(*) FROM organizations WHERE is_test),
    (SELECT count(*) FROM connections), (SELECT count(*) FROM organization_domains),
    (SELECT count(*) FROM simulator_keys)`);
  assert.deepEqual(counts, ['1|1|2|1']);
});

test('switched off there is neither a page of it nor a way in', async () => {
  await stack.gatehouse.stop();
  stack.gatehouse.settings.GATEHOUSE_SIMULATOR = 'off';
  await stack.gatehouse.start();
  for (const path of ['/.well-known/openid-configuration', '/keys', '/userinfo',
    '/authorize?client_id=a&response_type=code&redirect_uri=http://localhost:9/']) {
    assert.equal((await fetch(simulator() + path)).status, 404, path);
  }
  for (const path of ['/token', '/authorize']) {
    const answer = await fetch(simulator() + path, { method: 'POST', headers: { Origin: stack.issuer },
      body: new URLSearchParams({ grant_type: 'authorization_code' }) });
    assert.equal(answer.status, 404, path);
  }
  assert.deepEqual(await stack.sql('SELECT is_enabled FROM connections'), ['f']);
  await typeEmail('joe@example.com');
  await expectHeading(page, 'Check your email');
});
