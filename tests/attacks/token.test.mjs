// Attacks on codes, tokens and the authentication of applications: P-OP-04, 07 to 09, 11 and 21 to
// 28 of the catalogue, and more of their kind.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { Application } from '../browser/application.mjs';
import { World, assertRefused, assertSuccesses, credentials } from './world.mjs';
import { claimsOf, es256, hs256, partsOf, rs256, tampered, unsigned } from './jwt.mjs';
import { http } from './wire.mjs';
import { newKeyPair } from '../browser/keys.mjs';

let world, web, second, es, spa, loose, keyed, machine, person;

before(async () => {
  world = await World.open();
  ({ web, second, es256: es, spa, loose, keyed, machine } = world.apps);
  person = await world.person(web);
});
after(() => world?.close());

const newGrant = (app = web, extra) => world.again(app, person.visitor, extra);
const newTokens = async (app = web) => world.tokens(app, await newGrant(app));
const machineToken = async () => (await world.token({ grant_type: 'client_credentials',
  ...credentials(machine) })).json.access_token;
const basic = (id, secret) => ({ Authorization:
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}` });

// Neither the family nor any access token of it does anything any more.
async function assertDead(app, tokens) {
  if (tokens.refresh_token) assertRefused(await world.refresh(app, tokens.refresh_token), 'invalid_grant');
  assert.equal((await world.userinfo(tokens.access_token)).status, 401);
  assert.deepEqual((await world.introspect(second, tokens.access_token)).json, { active: false });
}

async function assertAlive(app, tokens) {
  assert.equal((await world.userinfo(tokens.access_token)).status, 200);
  const { status, json } = await world.refresh(app, tokens.refresh_token);
  assert.equal(status, 200);
  return json;
}

test('P-OP-04 a code is redeemed with the redirect_uri of its request or not at all', async () => {
  for (const uri of [undefined, '', `${web.redirectUri}/`, `${web.redirectUri}?`, second.redirectUri,
    web.signedOutUri, web.redirectUri.toUpperCase(), encodeURIComponent(web.redirectUri)]) {
    const answer = await world.redeem(web, await newGrant(), { redirect_uri: uri });
    assertRefused(answer, 'invalid_grant');
  }
});

test('P-OP-07 a code that is replayed takes its tokens along, at once and later', async () => {
  for (const later of ['0 s', '31 s', '2 min', '2 h']) {
    const grant = await newGrant();
    const tokens = await world.tokens(web, grant);
    const newer = await assertAlive(web, tokens);
    await world.sql(`UPDATE authorization_codes SET consumed_at = consumed_at - interval '${later}',
      expires_at = expires_at - interval '${later}' WHERE consumed_at IS NOT NULL`);
    assertRefused(await world.redeem(web, grant), 'invalid_grant');
    await assertDead(web, newer);
    await assertDead(web, tokens);
  }
});

test('P-OP-07 a replay without the right verifier or redirect_uri counts as one, too', async () => {
  const grant = await newGrant();
  const tokens = await world.tokens(web, grant);
  assertRefused(await world.redeem(web, grant, { code_verifier: 'x'.repeat(43),
    redirect_uri: 'https://evil.example/' }), 'invalid_grant');
  await assertDead(web, tokens);
});

test('P-OP-08 a code of one application is nothing to another, and stays good for its own', async () => {
  const grant = await newGrant();
  for (const other of [second, loose, es, spa]) {
    assertRefused(await world.redeem(other, grant), 'invalid_grant');
    assertRefused(await world.redeem(other, grant, { redirect_uri: other.redirectUri }), 'invalid_grant');
  }
  const mixed = await world.redeem(second, grant, { client_id: web.id });
  assertRefused(mixed, 'invalid_client', 401);
  const tokens = await world.tokens(web, grant);
  assertRefused(await world.redeem(second, grant), 'invalid_grant');
  await assertAlive(web, tokens);
});

test('P-OP-09 a code lives for a minute at most', async () => {
  const grant = await newGrant();
  const left = await world.value(`SELECT extract(epoch FROM max(expires_at) - now())::int
    FROM authorization_codes`);
  assert.ok(Number(left) > 0 && Number(left) <= 60, left);
  await world.sql("UPDATE authorization_codes SET expires_at = now() - interval '1 ms'");
  assertRefused(await world.redeem(web, grant), 'invalid_grant');
});

test('P-OP-11 PKCE cannot be left out, added, guessed or turned into plain', async () => {
  const bare = () => newGrant(loose, { code_challenge: undefined, code_challenge_method: undefined });
  assertRefused(await world.redeem(loose, await bare(), { code_verifier: 'x'.repeat(43) }), 'invalid_grant');
  assert.equal((await world.redeem(loose, await bare(), { code_verifier: undefined })).status, 200);
  for (const app of [web, spa, loose]) {
    const grant = await newGrant(app);
    const challenge = createHash('sha256').update(grant.verifier).digest('base64url');
    for (const verifier of [undefined, '', challenge, `${grant.verifier}x`, 'x'.repeat(43)]) {
      assertRefused(await world.redeem(app, grant, { code_verifier: verifier }), 'invalid_grant');
    }
    for (const verifier of [grant.verifier.slice(1, 20), `${grant.verifier}=`, 'x'.repeat(129)]) {
      assertRefused(await world.redeem(app, grant, { code_verifier: verifier }), 'invalid_request');
    }
  }
});

test('P-OP-21 a client that does not prove who it is gets 401, two proofs at once 400', async () => {
  const request = { grant_type: 'client_credentials' };
  for (const secret of ['wrong', '', ' ', machine.secret.slice(1), `${machine.secret}\n`, web.secret,
    machine.secret.toUpperCase()]) {
    const answers = [await world.token(request, basic(machine.id, secret)),
      await world.token({ ...request, client_id: machine.id, client_secret: secret })];
    for (const answer of answers) {
      assertRefused(answer, 'invalid_client', 401);
      assert.match(answer.headers['www-authenticate'], /^Basic realm=/);
    }
  }
  for (const header of ['Basic', 'Basic ', 'Basic ====', 'Basic !!!', 'Basic OjE=', 'Digest x', 'Basic eA==']) {
    assertRefused(await world.token(request, { Authorization: header }), 'invalid_client', 401);
  }
  const proof = basic(machine.id, machine.secret);
  assertRefused(await world.token({ ...request, ...credentials(machine) }, proof), 'invalid_request');
  assertRefused(await world.token({ ...request, client_id: web.id }, proof), 'invalid_request');
  assertRefused(await world.token({ ...request, client_id: web.id }), 'invalid_client', 401);
  const secret = 'a:b+c%20d&e=f/"<> 0123456789 0123456789';
  await world.apply({ id: 'skc_20000000000000031', name: 'Signs', type: 'M2M', scopes: ['x'],
    secrets: [secret] });
  const own = basic('skc_20000000000000031', secret);
  assert.equal((await world.token(request, own)).status, 200);
  world.keep(secret);
});

test('P-OP-22 nothing is taken from the URL, and no secret of one is logged', async () => {
  world.keep(machine.secret, web.secret);
  for (const path of ['/oauth/token', '/oauth/introspect', '/revoke']) {
    const query = new URLSearchParams({ ...credentials(machine), grant_type: 'client_credentials',
      token: person.tokens.access_token });
    for (const body of [query, new URLSearchParams({ grant_type: 'client_credentials' })]) {
      const answer = await http(`${world.issuer}${path}?${query}`, { method: 'POST', body });
      assert.equal(answer.status, 400);
      assert.doesNotMatch(answer.text, /access_token"|"active":true/);
    }
    assert.equal((await http(`${world.issuer}${path}?${query}`)).status, 405);
  }
});

test('P-OP-23 client assertions: wrong in one thing each, and a good one only once', async () => {
  const now = Math.floor(Date.now() / 1000);
  const good = () => {
    const iat = Math.floor(Date.now() / 1000);
    return { iss: keyed.id, sub: keyed.id, aud: world.issuer, iat, exp: iat + 60, jti: randomUUID() };
  };
  const header = { kid: keyed.jwk.kid };
  const use = (assertion, changes = {}) => world.token({ grant_type: 'client_credentials',
    client_id: keyed.id, client_assertion: assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', ...changes });
  const key = keyed.privateKey;
  const stranger = newKeyPair('ec', { namedCurve: 'P-256' });
  const jwk = JSON.stringify(keyed.jwk);
  const claims = (changes) => es256(header, { ...good(), ...changes }, key);
  const once = claims();
  assert.equal((await use(once)).status, 200);
  assertRefused(await use(once), 'invalid_client', 401);
  for (const assertion of [
    claims({ aud: 'https://evil.example' }), claims({ aud: [world.issuer, 'https://evil.example'] }),
    claims({ aud: undefined }), claims({ aud: `${world.issuer}/` }), claims({ exp: undefined }),
    claims({ exp: now - 120 }), claims({ exp: now + 86_400 }), claims({ exp: '99999999999' }),
    claims({ jti: undefined }), claims({ jti: '' }), claims({ jti: 'x'.repeat(5000) }),
    claims({ iss: web.id }), claims({ sub: web.id }), claims({ iss: web.id, sub: web.id }),
    claims({ nbf: now + 3600 }), claims({ jti: 5 }), es256(header, good(), stranger.privateKey),
    es256({ jwk: stranger.publicKey.export({ format: 'jwk' }) }, good(), stranger.privateKey),
    unsigned(header, good()), unsigned({ ...header, alg: 'None' }, good()),
    hs256(header, good(), jwk), hs256(header, good(), keyed.jwk.x),
    hs256(header, good(), stranger.publicKey.export({ format: 'pem', type: 'spki' })),
    tampered(claims(), { claims: { jti: randomUUID() } }), 'a.b.c', '..', claims().split('.').slice(0, 2).join('.'),
    person.tokens.id_token, 'x'.repeat(9000),
  ]) assertRefused(await use(assertion), 'invalid_client', 401);
  assertRefused(await use(claims(), { client_assertion_type: 'x' }), 'invalid_request');
  assertRefused(await use(claims(), { client_secret: 'x' }), 'invalid_request');
  assertRefused(await use(claims(), { client_id: web.id }), 'invalid_client', 401);
  const raced = claims();
  assertSuccesses(await Promise.all(Array.from({ length: 20 }, () => use(raced))), 1);
});

test('P-OP-24 a refresh token is its application\'s own', async () => {
  const tokens = await newTokens();
  for (const other of [second, spa, loose]) {
    assertRefused(await world.refresh(other, tokens.refresh_token), 'invalid_grant');
  }
  await assertAlive(web, tokens);
});

test('P-OP-24 and dies with the logout, the user, and a new policy of the organization', async () => {
  const leaver = await world.person(web);
  await world.request(leaver.visitor, `/oidc/logout?id_token_hint=${leaver.tokens.id_token}`);
  await assertDead(web, leaver.tokens);
  const inactive = await world.person(web);
  await world.sql(`UPDATE users SET is_active = false WHERE email = '${inactive.email}'`);
  await assertDead(web, inactive.tokens);
  const deleted = await world.person(web);
  await world.sql(`DELETE FROM users WHERE email = '${deleted.email}'`);
  await assertDead(web, deleted.tokens);
  const bound = await world.person(web, { email: `bound-${randomUUID().slice(0, 8)}@policy.example` });
  await world.sql(`INSERT INTO organizations (id, name, is_sso_on) VALUES ('org_7', 'Seven', true);
    INSERT INTO organization_domains (id, organization_id, domain, type, status)
      VALUES ('dom_7', 'org_7', 'policy.example', 'ORGANIZATION_DOMAIN', 'verified');
    INSERT INTO connections (id, organization_id, type, name, is_enabled, status)
      VALUES ('conn_7', 'org_7', 'oidc', 'Seven', true, 'COMPLETED')`);
  await assertDead(web, bound.tokens);
});

test('P-OP-25 a refresh token that is used again ends its family, the newest included', async () => {
  const first = await newTokens();
  const next = await assertAlive(web, first);
  const last = await assertAlive(web, next);
  assertRefused(await world.refresh(web, first.refresh_token), 'invalid_grant');
  for (const tokens of [last, next, first]) await assertDead(web, tokens);
});

test('P-OP-26 no grant type but three, and none for an application that may not have it', async () => {
  for (const type of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:device_code', 'AUTHORIZATION_CODE', 'client_credentials ', '\u0430']) {
    assertRefused(await world.token({ grant_type: type, ...credentials(web), username: person.email,
      password: 'x' }), 'unsupported_grant_type');
  }
  assertRefused(await world.token(credentials(web)), 'invalid_request');
  assertRefused(await world.token({ grant_type: 'client_credentials', client_id: spa.id }),
    'unauthorized_client');
  for (const fields of [{ grant_type: 'authorization_code', code: (await newGrant()).code },
    { grant_type: 'refresh_token', refresh_token: person.tokens.refresh_token }]) {
    assertRefused(await world.token({ ...fields, ...credentials(machine) }), 'unauthorized_client');
  }
  assertRefused(await world.token({ grant_type: 'client_credentials', ...credentials(machine),
    scope: 'reports:read admin' }), 'invalid_scope');
});

test('P-OP-27 userinfo answers an access token of a person in the header, and nothing else', async () => {
  const { access_token: good, id_token, refresh_token } = await newTokens();
  const [header, claims] = partsOf(good);
  const { privateKey, publicKey } = newKeyPair('rsa', { modulusLength: 2048 });
  const jwks = JSON.parse((await http(`${world.issuer}/keys`)).text);
  const ours = jwks.keys.find(({ kid }) => kid === header.kid);
  for (const token of [id_token, refresh_token, 'x', '.', '..', `${good}x`, good.slice(0, -1),
    rs256({ typ: 'at+jwt', kid: header.kid }, claims, privateKey),
    rs256({ typ: 'at+jwt', jwk: publicKey.export({ format: 'jwk' }) }, claims, privateKey),
    rs256({ typ: 'at+jwt', jku: `${web.url}/keys`, kid: 'x' }, claims, privateKey),
    hs256({ typ: 'at+jwt', kid: header.kid }, claims, JSON.stringify(ours)),
    hs256({ typ: 'at+jwt', kid: header.kid }, claims, ours.n),
    hs256({ typ: 'at+jwt', kid: "' OR 1=1 --" }, claims, ''),
    hs256({ typ: 'at+jwt', kid: '../../../../dev/null' }, claims, ''),
    unsigned({ typ: 'at+jwt', kid: header.kid }, claims), tampered(good, { header: { alg: 'ES256' } }),
    tampered(good, { header: { alg: 'none' } }), tampered(good, { claims: { sub: 'usr_1' } }),
    tampered(good, { claims: { exp: 9999999999 } }), tampered(good, { header: { typ: 'JWT' } })]) {
    const { status, headers, text } = await world.userinfo(token);
    assert.equal(status, 401, token);
    assert.match(headers['www-authenticate'], /^Bearer .*error="invalid_token"/);
    assert.doesNotMatch(text, /@/);
    assert.deepEqual((await world.introspect(second, token)).json, { active: false });
  }
  for (const headers of [{}, basic(web.id, web.secret), { Authorization: good }]) {
    const { status, headers: given } = await http(`${world.issuer}/userinfo`, { headers });
    assert.equal(status, 401);
    assert.match(given['www-authenticate'], /^Bearer/);
  }
  for (const query of [`access_token=${good}`, `access_token=${good}&access_token=${good}`]) {
    assert.equal((await http(`${world.issuer}/userinfo?${query}`)).status, 400);
    assert.equal((await world.request(null, `/userinfo?${query}`,
      { headers: { Authorization: `Bearer ${good}` } })).status, 400);
  }
  assert.equal((await world.userinfo(await machineToken())).status, 403);
  const noOpenid = await world.tokens(web, await newGrant(web, { scope: 'email' }));
  assert.equal((await world.userinfo(noOpenid.access_token)).status, 403);
  assert.equal(JSON.parse((await world.userinfo(good)).text).email, person.email);
});

test('P-OP-27 a token of another issuer is none, though its key is the same', async () => {
  const other = await world.instance((port) => ({ GATEHOUSE_ISSUER: `http://localhost:${port}` }));
  const answer = await http(`${other.origin}/oauth/token`, { method: 'POST', body: new URLSearchParams(
    { grant_type: 'client_credentials', ...credentials(machine) }) });
  const token = JSON.parse(answer.text).access_token;
  assert.equal(claimsOf(token).iss, other.origin);
  assert.equal((await world.userinfo(token)).status, 401);
  assert.deepEqual((await world.introspect(web, token)).json, { active: false });
  const own = await http(`${other.origin}/userinfo`,
    { headers: { Authorization: `Bearer ${(await newTokens()).access_token}` } });
  assert.equal(own.status, 401);
});

test('P-OP-28 the key set holds public members only, and may be kept for a while', async () => {
  const { headers, text } = await http(`${world.issuer}/keys`);
  assert.match(headers['cache-control'], /max-age=\d+/);
  const members = { RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'], EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'] };
  const { keys } = JSON.parse(text);
  assert.ok(keys.length >= 2);
  for (const key of keys) assert.deepEqual(Object.keys(key).sort(), members[key.kty]);
});

test('a code that a hundred redeem at once is redeemed once, and the race is a replay', async () => {
  const grant = await newGrant();
  const answers = await Promise.all(Array.from({ length: 100 }, () => world.redeem(web, grant)));
  assertSuccesses(answers, 1);
  for (const answer of answers.filter(({ status }) => status !== 200)) assertRefused(answer, 'invalid_grant');
  await assertDead(web, answers.find(({ status }) => status === 200).json);
});

test('a refresh token that fifty use at once gives one, whose family is dead', async () => {
  const { refresh_token } = await newTokens();
  const answers = await Promise.all(Array.from({ length: 50 }, () => world.refresh(web, refresh_token)));
  assertSuccesses(answers, 1);
  await assertDead(web, answers.find(({ status }) => status === 200).json);
});

test('no secret passes for one of another kind', async () => {
  const grant = await newGrant();
  const { access_token, id_token, refresh_token } = await newTokens();
  const session = world.cookies(person.visitor).get('gh_session');
  const browser = world.cookies(person.visitor).get('gh_browser');
  for (const token of [grant.code, access_token, id_token, session, browser, person.mail.token,
    person.mail.code, person.formToken]) {
    assertRefused(await world.refresh(web, token), 'invalid_grant');
    assert.notEqual((await world.revoke(web, token)).status, 500);
  }
  for (const token of [refresh_token, access_token, id_token, session, person.mail.token]) {
    assertRefused(await world.redeem(web, { ...grant, code: token }), 'invalid_grant');
  }
});

test('a refresh may narrow the scope and never widen it', async () => {
  const { refresh_token } = await world.tokens(web, await newGrant(web, { scope: 'openid offline_access' }));
  for (const scope of ['openid email', 'openid offline_access admin', 'profile', 'reports:read']) {
    assertRefused(await world.refresh(web, refresh_token, { scope }), 'invalid_scope');
  }
  const { json } = await world.refresh(web, refresh_token, { scope: 'openid' });
  assert.deepEqual(claimsOf(json.access_token).scopes, ['openid']);
});

test('an application learns nothing of, and ends nothing of, what another one holds', async () => {
  const tokens = await newTokens();
  assert.deepEqual((await world.introspect(second, tokens.refresh_token)).json, { active: false });
  for (const token of [tokens.refresh_token, tokens.access_token, tokens.id_token]) {
    assert.equal((await world.revoke(second, token)).status, 200);
    assert.equal((await world.revoke(spa, token)).status, 200);
  }
  assert.equal((await world.introspect({ id: spa.id }, tokens.access_token)).status, 401);
  assert.equal((await world.introspect({ id: web.id, secret: 'wrong' }, tokens.access_token)).status, 401);
  const newer = await assertAlive(web, tokens);
  assert.equal((await world.revoke(web, newer.access_token)).status, 200);
  assert.equal((await world.userinfo(newer.access_token)).status, 401);
  assert.equal((await world.revoke(web, newer.refresh_token)).status, 200);
  assertRefused(await world.refresh(web, newer.refresh_token), 'invalid_grant');
});

test('P-OP-21 P-OP-27 garbage is refused without end, and leaves ten rows a minute', async () => {
  const wrong = { id: web.id, secret: 'wrong' };
  const guess = (app) => world.token({ grant_type: 'authorization_code', ...credentials(app), code: randomUUID(),
    redirect_uri: app.redirectUri ?? web.redirectUri, code_verifier: 'v'.repeat(43) });
  const kinds = [
    ['oauth.userinfo', 401, () => world.userinfo(randomUUID())],
    ['oauth.token', 401, () => guess(wrong)],
    ['oauth.token', 400, () => guess(spa)],
    ['oauth.introspect', 401, () => world.introspect(wrong, 'x')],
    ['oauth.revoke', 401, () => world.revoke(wrong, 'x')],
    ['oauth.revoke', 200, () => world.revoke(spa, 'x')], // RFC 7009 2.2: no error, and no secret was needed
  ];
  const rows = async (event) => Number(await world.value(
    `SELECT count(*) FROM audit_events WHERE event = '${event}' AND decision = 'refuse'`));
  for (const [, status, ask] of kinds) assert.equal((await ask()).status, status);
  // A minute that does not end while this test looks.
  await world.sql("UPDATE rate_counters SET count = 0, window_ends_at = now() + interval '1 hour'");
  for (const [event, status, ask] of kinds) {
    const before = await rows(event);
    for (let n = 0; n < 30; n++) assert.equal((await ask()).status, status, event);
    assert.equal(await rows(event) - before, 10, `${event} ${status}`);
  }
  await world.forgetLimits();
});

test('an application that is switched off has no working tokens', async () => {
  const app = { id: 'skc_20000000000000032', name: 'Soon off', type: 'WEB_APP', secrets: ['y'.repeat(40)],
    redirect_uris: [web.redirectUri] };
  await world.apply(app);
  const own = new Application(world.issuer,
    { id: app.id, secret: app.secrets[0], redirectUri: web.redirectUri });
  const grant = await world.again(own, person.visitor);
  const tokens = await world.tokens(own, await world.again(own, person.visitor));
  await world.apply({ ...app, active: false });
  assertRefused(await world.redeem(own, grant), 'invalid_client', 401);
  assertRefused(await world.refresh(own, tokens.refresh_token), 'invalid_client', 401);
  assert.equal((await world.userinfo(tokens.access_token)).status, 401);
});
