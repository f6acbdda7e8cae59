// Attacks on Gatehouse as a relying party: what comes back by the browser, in whose name, and what went
// out before it (P-RP).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { assertNoLogin } from './world.mjs';
import { http } from './wire.mjs';
import { formsOf } from '../browser/visitor.mjs';
import { answerOf, assertArrived, assertErrorAtApp, assertFailed, claimsOf, comeBack, depart, fresh,
  leavesNothing, visit } from './realm.mjs';
import { api, enter, gone, home, joe, provider, refuses, useHome, world } from './rp.mjs';

useHome();

const callbackOf = ({ id }, parameters) =>
  `/sso/v1/oidc/${id}/callback?${new URLSearchParams(parameters)}`;

const refusesCallbacks = (changes, options) => refuses(changes.map((change) => ({
  callback: (back) => { change(back); return back; } })), { detail: /\(invalid_response\)/, ...options });
const asksNoToken = () => assert.equal(provider.asked('/token').length, 0, 'the code was sent');

test('a straight provider signs its people in, which all else here is measured by', async () => {
  const claims = await claimsOf(world, await enter());
  assert.equal(claims.email, joe.email);
  assert.equal(claims.oid, home.organization.id);
  assert.deepEqual(claims.amr, [home.connection.id]);
  assert.equal(provider.asked('/token').length, 1);
  assert.equal(provider.asked('/userinfo').length, 0);
});

// ---- state, mix-up, login CSRF ------------------------------------------------------------------

test('P-RP-01 an answer of provider A at the callback of provider B is not accepted', async () => {
  const other = await api.realm();
  for (const [mine, its] of [[home, other], [other, home]]) {
    const login = await depart(world, mine.provider, { email: `joe@${mine.domain}` });
    const callback = await answerOf(login.sent);
    callback.pathname = `/sso/v1/oidc/${its.connection.id}/callback`;
    const end = await leavesNothing(world, () => comeBack(login, callback));
    assertFailed({ end }, 'invalid_state');
    assert.deepEqual([...mine.provider.asked('/token'), ...its.provider.asked('/token')], []);
    mine.provider.requests.length = 0;
  }
});

test('P-RP-01 iss of another provider, none, an empty one or one that only looks alike is refused', async () => {
  const { issuer } = provider;
  const wrong = ['https://evil.example', `${issuer}/`, issuer.toUpperCase(), ` ${issuer}`,
    issuer.replace('http:', 'https:'), ''];
  await refusesCallbacks([(back) => back.delete('iss'), ...wrong.map((iss) => (back) => back.set('iss', iss))],
    { each: () => asksNoToken() });
});

test('P-RP-02 a state that is missing, empty, wrong or unknown brings no token request', async () => {
  const login = await gone();
  const state = login.sent.searchParams.get('state');
  const flipped = `${state.slice(0, -1)}${state.endsWith('A') ? 'E' : 'A'}`;
  for (const parameters of [{}, { state: '' }, { state: 'x' }, { state: flipped }, { state: state.slice(1) },
    { state: `${state}=` }, { state: `${state} ` }, { state: 'A'.repeat(43) }, { state: "' OR 1=1 --" },
    { state: state.toUpperCase() }, { state: 'A'.repeat(4000) }]) {
    const end = await leavesNothing(world, () => world.request(login.visitor,
      callbackOf(home.connection, { code: 'x', iss: provider.issuer, ...parameters })));
    assert.equal(end.status, 400, JSON.stringify(parameters));
    assertNoLogin(end);
  }
  assert.equal(provider.asked('/token').length, 0);
  assertArrived(world, { ...login, end: await comeBack(login, await answerOf(login.sent)) });
});

test('P-RP-02 a state counts once: after success its answer brings neither a code nor a token request',
  async () => {
    const login = await gone();
    const callback = await answerOf(login.sent);
    assertArrived(world, { ...login, end: await comeBack(login, callback) });
    for (let n = 0; n < 3; n++) {
      const again = await leavesNothing(world, () => world.request(login.visitor, callback.href));
      assertNoLogin(again);
    }
    const other = await answerOf(login.sent); // a fresh code for the old state
    assertNoLogin(await leavesNothing(world, () => world.request(login.visitor, other.href)));
    assert.equal(provider.asked('/token').length, 1);
  });

test('P-RP-02 a state that is older than its lifetime is refused', async () => {
  const login = await gone();
  await world.sql(`UPDATE sso_requests SET expires_at = now() - interval '1 second'
    WHERE consumed_at IS NULL`);
  const end = await leavesNothing(world, async () => comeBack(login, await answerOf(login.sent)));
  assertFailed({ end }, 'invalid_state');
  assert.equal(provider.asked('/token').length, 0);
});

test('P-RP-02 fifty callbacks with one state at once are one token request and one login', async () => {
  const login = await gone();
  const callback = await answerOf(login.sent);
  const answers = await Promise.all(Array.from({ length: 50 },
    () => world.request(login.visitor, callback.href)));
  assert.equal(answers.filter(({ location }) => location?.startsWith(login.app.redirectUri)).length, 1);
  assert.equal(provider.asked('/token').length, 1);
});

test('P-RP-03 the attacker\'s own code and state sign nobody in in the victim\'s browser', async () => {
  const attacker = await gone();
  const callback = await answerOf(attacker.sent);
  const victims = [world.visitor(), (await gone()).visitor, (await world.login(world.apps.web)).visitor];
  for (const visitor of victims) {
    const before = world.cookieHeader(visitor);
    const end = await leavesNothing(world, () => world.request(visitor, callback.href));
    assertNoLogin(end);
    assert.equal(end.status, 400);
    assert.equal(world.cookieHeader(visitor), before);
  }
  assert.equal(provider.asked('/token').length, 0);
  // It was not used up by them either.
  assertArrived(world, { ...attacker, end: await comeBack(attacker, callback) });
});

test('P-SESS-01 a login by SSO gives a new session cookie, and the one from before is dead', async () => {
  const login = await enter();
  assertArrived(world, login);
  const cookies = world.cookies(login.visitor);
  const name = [...cookies.keys()].find((one) => one.endsWith('gh_session'));
  const old = cookies.get(name);
  const again = await visit(world, provider, { visitor: login.visitor, email: joe.email,
    extra: { prompt: 'login' } });
  assertArrived(world, again);
  assert.notEqual(cookies.get(name), old);
  const thief = world.visitor();
  world.cookies(thief).set(name, old);
  const page = await thief.go(await world.apps.web.authorizeUrl(), { until: world.apps.web.redirectUri });
  assert.equal(page.arrived, undefined, 'the old cookie still signs in');
});

test('P-SESS-06 the way to a provider begins with a form of ours or not at all', async () => {
  const door = await api.door();
  const begun = await world.begin();
  const fields = { flow: begun.flow, form_token: begun.formToken, connection_id: door.connection.id };
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
  for (const [changes, headers] of [[{}, foreign], [{ form_token: '' }, {}], [{ form_token: 'x'.repeat(43) }, {}]]) {
    const answer = await world.post(begun.visitor, '/a/auth/connection', { ...fields, ...changes }, headers);
    assertNoLogin(answer);
    assert.doesNotMatch(answer.location ?? '', /\/a\/auth\/sso/);
  }
  const good = await world.post(begun.visitor, '/a/auth/connection', fields);
  assert.match(good.location ?? '', /^\/a\/auth\/sso\?flow=/);
});

// ---- the answer at the callback -----------------------------------------------------------------

test('P-RP-22 code and error at once, anything twice, or a code of any length that is none', async () => {
  await refusesCallbacks([
    (back) => back.append('error', 'access_denied'),
    (back) => back.append('code', 'another'),
    (back) => back.append('iss', 'https://evil.example'),
    (back) => back.set('code', 'c'.repeat(5000)),
    (back) => back.set('code', 'a\r\nb'),
    (back) => back.delete('code'),
    (back) => ['a', 'b'].forEach((value) => back.append('x', value)),
  ], { each: () => asksNoToken() });
});

test('P-RP-22 state twice, NUL, and a code of 100 kB, are refused before anything is looked up', async () => {
  for (const change of [(back) => back.append('state', 'x'), (back) => back.set('code', 'c'.repeat(100_000)),
    (back) => back.set('code', 'a\0b'), (back) => back.set('iss', `${provider.issuer}\0`)]) {
    const login = await gone();
    const callback = await answerOf(login.sent);
    change(callback.searchParams);
    const end = await leavesNothing(world, () => world.request(login.visitor, callback.href));
    assert.ok([400, 414, 431].includes(end.status), `${end.status}`);
    assertNoLogin(end);
  }
  assert.equal(provider.asked('/token').length, 0);
});

test('P-RP-23 error and error_description are never markup, never unbounded and never in the log', async () => {
  const evil = '<script>alert(1)</script>\u001b[2J\r\nSet-Cookie: a=b\u202e"onload="';
  for (const [error, description] of [['server_error', evil], [evil, 'x'], ['server_error', evil.repeat(40)],
    ['', evil]]) {
    const { end } = await leavesNothing(world, () => {
      provider.bends = { callback: (back) => {
        back.delete('code');
        back.set('error', error);
        back.set('error_description', description);
        return back;
      } };
      return enter();
    });
    assert.equal(end.status, 400, end.text);
    assert.doesNotMatch(end.text, /<script>alert|onload="|\u001b|\u202e/);
    assert.equal(end.headers.get('set-cookie')?.some((line) => line.startsWith('a=b')) ?? false, false);
  }
  const [longest] = await world.sql(`SELECT max(length(reason)) FROM audit_events
    WHERE connection_id = '${home.connection.id}'`);
  assert.ok(Number(longest) < 1000, longest);
  assert.doesNotMatch(world.log(), /alert\(1\)/);
});

test('P-RP-23 access_denied leads back to our page, in a forced request to the application, without a session',
  async () => {
    const deny = { callback: (back) => { back.delete('code'); back.set('error', 'access_denied'); return back; } };
    provider.bends = deny;
    const { end } = await leavesNothing(world, () => enter());
    assert.equal(new URL(end.url).pathname, '/a/auth/login');
    const forced = await leavesNothing(world, () => visit(world, provider,
      { extra: { connection_id: home.connection.id } }));
    assertErrorAtApp(forced, 'access_denied');
  });

test('P-RP-29 an empty issuer is no issuer, at the init URL and at the callback', async () => {
  const visitor = world.visitor();
  for (const query of ['iss=', 'iss=%00', 'iss=&iss=', `iss=${encodeURIComponent(`${provider.issuer}/`)}`]) {
    const answer = await world.request(visitor, `/sso/v1/oidc/${home.connection.id}/init?${query}`);
    assert.equal(answer.status, 400, `${query}\n${answer.text}`);
    assertNoLogin(answer);
  }
});

test('a callback to a connection that does not exist, or by the path of another protocol, is refused', async () => {
  const login = await gone();
  const callback = await answerOf(login.sent);
  for (const path of ['/sso/v1/oidc/conn_1/callback', `/sso/v1/oauth/${home.connection.id}/callback`,
    `/sso/v1/oidc/${home.connection.id}%00/callback`, `/sso/v1/oidc/${home.connection.id.toUpperCase()}/callback`]) {
    const answer = await leavesNothing(world,
      () => world.request(login.visitor, `${path}${callback.search}`));
    assert.ok([400, 404].includes(answer.status), `${path} ${answer.status}`);
    assertNoLogin(answer);
  }
  assert.equal(provider.asked('/token').length, 0);
});

// ---- what we send -------------------------------------------------------------------------------

test('P-RP-24 verifier, state and nonce are fresh for every flow, S256, and stay on our side', async () => {
  const seen = { state: new Set(), nonce: new Set(), code_challenge: new Set() };
  const verifiers = new Set();
  for (let n = 0; n < 5; n++) {
    const login = await gone();
    const query = login.sent.searchParams;
    for (const [name, values] of Object.entries(seen)) {
      assert.ok(query.get(name).length >= 43, name);
      values.add(query.get(name));
    }
    assert.equal(query.get('code_challenge_method'), 'S256');
    assertArrived(world, { ...login, end: await comeBack(login, await answerOf(login.sent)) });
    const verifier = provider.asked('/token').at(-1).body.get('code_verifier');
    assert.equal(createHash('sha256').update(verifier).digest('base64url'), query.get('code_challenge'));
    assert.ok(!login.sent.href.includes(verifier) && verifier.length >= 43);
    verifiers.add(verifier);
    for (const secret of [verifier, query.get('state'), query.get('nonce')]) {
      world.keep(secret);
      assert.equal(await world.value(`SELECT count(*) FROM sso_requests
        WHERE position(convert_to('${secret}', 'UTF8') IN sealed) > 0`), '0');
    }
  }
  for (const values of [...Object.values(seen), verifiers]) assert.equal(values.size, 5);
});

test('the way back is always our own callback, and only the secret of this connection is sent', async () => {
  const login = await gone();
  assert.equal(login.sent.searchParams.get('redirect_uri'),
    `${world.issuer}/sso/v1/oidc/${home.connection.id}/callback`);
  await comeBack(login, await answerOf(login.sent));
  const [request] = provider.asked('/token');
  assert.equal(request.headers.authorization,
    `Basic ${Buffer.from(`${provider.clientId}:${provider.secret}`).toString('base64')}`);
  assert.equal(request.headers.cookie, undefined);
  assert.equal(request.headers.referer, undefined);
  world.keep(provider.secret);
});

// ---- form_post ----------------------------------------------------------------------------------

// What the provider's page would post, as the browser has it.
async function posted(realm, options) {
  const login = await depart(world, realm.provider, { email: `joe@${realm.domain}`, ...options });
  const [form] = formsOf(await http(login.sent));
  return { ...login, action: form.action, fields: form.fields };
}

// Without our cookies, which are SameSite=Lax.
const send = ({ action, fields }) => world.request(null, action.pathname, { method: 'POST',
  body: new URLSearchParams(fields), headers: { origin: 'null', 'sec-fetch-site': 'cross-site' } });

test('P-SAML-05 a parked callback is one browser\'s and counts once', async () => {
  const realm = await api.realm({ config: { response_mode: 'form_post' } });
  const login = await posted(realm);
  const parked = await send(login);
  assert.equal(parked.status, 303, parked.text);
  assertNoLogin(parked);
  const stolen = new URL(parked.location, world.issuer);
  assert.ok(!stolen.href.includes(login.fields.code) && !stolen.href.includes(login.fields.state));
  // Whoever reads the address has nothing: the browser is another one, and the token is used up.
  const thief = await leavesNothing(world, () => world.request(world.visitor(), stolen.href));
  assertNoLogin(thief);
  assert.equal(thief.status, 400);
  assert.equal(realm.provider.asked('/token').length, 0);
  const again = await posted(realm);
  const good = new URL((await send(again)).location, world.issuer);
  assertArrived(world, { ...again, end: await comeBack(again, good) });
  assertNoLogin(await leavesNothing(world, () => world.request(again.visitor, good.href)));
  assert.equal(realm.provider.asked('/token').length, 1);
});

test('a parked callback is kept in no form that could be read, at no other connection, and not for long', async () => {
  const realm = await api.realm({ config: { response_mode: 'form_post' } });
  const other = await api.realm({ config: { response_mode: 'form_post' } });
  const login = await posted(realm);
  const at = new URL((await send(login)).location, world.issuer);
  for (const secret of [login.fields.code, login.fields.state, at.searchParams.get('parked')]) {
    assert.equal(await world.value(`SELECT count(*) FROM parked_callbacks
      WHERE position(convert_to('${secret}', 'UTF8') IN sealed || token_hash) > 0`), '0');
  }
  const elsewhere = new URL(at);
  elsewhere.pathname = `/sso/v1/oidc/${other.connection.id}/callback`;
  assertNoLogin(await leavesNothing(world, () => world.request(login.visitor, elsewhere.href)));
  await world.sql(`UPDATE parked_callbacks SET expires_at = now()`);
  assertFailed({ end: await leavesNothing(world, () => comeBack(login, at)) }, 'invalid_state');
  assert.equal(realm.provider.asked('/token').length + other.provider.asked('/token').length, 0);
});

test('a cross-site POST to a callback without a state of ours keeps nothing and does nothing', async () => {
  const realm = await api.realm({ config: { response_mode: 'form_post' } });
  // Of this connection: what has expired of another one is cleaned up at any time.
  const count = () => world.value(`SELECT count(*) FROM parked_callbacks
    WHERE connection_id = '${realm.connection.id}'`);
  for (const fields of [{}, { code: 'x' }, { state: 'x', code: 'y' }, { state: '', code: 'y' },
    { state: `${'A'.repeat(42)}`, code: 'y' }]) {
    const answer = await send({ action: new URL(`/sso/v1/oidc/${realm.connection.id}/callback`, world.issuer), fields });
    assert.equal(answer.status, 400);
  }
  assert.equal(await count(), '0');
  const big = await world.request(null, `/sso/v1/oidc/${realm.connection.id}/callback`, { method: 'POST',
    body: new URLSearchParams({ state: 'A'.repeat(43), code: 'c'.repeat(20_000) }) });
  assert.equal(big.status, 413);
});

test('after all of it the straight provider still signs its people in', async () => {
  assert.equal((await claimsOf(world, await enter())).email, joe.email);
});
