// Attacks on Gatehouse as the relying party of an OpenID provider: what comes back from the provider,
// what comes back in its name, and what its servers answer (P-RP).
import { after, before, beforeEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { assertNoLogin } from './world.mjs';
import { formsOf } from '../browser/visitor.mjs';
import { until } from '../browser/process.mjs';
import { newKey, signHs256, signRs256, signTexts, unsigned } from '../providers/bent.mjs';
import { Trap, answerOf, assertArrived, assertAsksForCode, assertErrorAtApp, assertFailed, claimsOf,
  clientOf, closeRealmWorld, comeBack, depart, fresh, freshDomain, identitiesOf, leavesNothing,
  openRealmWorld, userOf, visit } from './realm.mjs';

let world, api, home, provider, joe, dripping;

before(async () => {
  world = await openRealmWorld();
  // An identity provider that cannot be reached is a 503 with a page of its own.
  world.tolerated = / status=503 .*code=provider_unreachable/;
  ({ api } = world);
  home = await api.realm();
  ({ provider } = home);
  joe = provider.person;
  dripping = await drip();
});
after(() => closeRealmWorld(world));
beforeEach(() => provider.straighten({ ...joe }));

const enter = (options) => visit(world, provider, { email: joe.email, ...options });
const gone = (options) => depart(world, provider, { email: joe.email, ...options });
const callbackOf = ({ id }, parameters) =>
  `/sso/v1/oidc/${id}/callback?${new URLSearchParams(parameters)}`;

// Each of these bends ends on an error page, with a line of the audit that says why, and nothing of
// it leaves anything. `each` looks at the provider after every one.
async function refuses(bends, { detail = /\(invalid_id_token\)/, of = home, each = () => {} } = {}) {
  const audits = async () => Number(await world.value(`SELECT count(*) FROM audit_events
    WHERE event = 'login.sso' AND connection_id = '${of.connection.id}' AND decision = 'sso_failed'`));
  const before = await audits();
  await leavesNothing(world, async () => {
    for (const bend of bends) {
      of.provider.straighten();
      of.provider.bends = bend;
      const { end } = await visit(world, of.provider, { email: `joe@${of.domain}` });
      assertFailed({ end }, detail, end.text.includes('(provider_unreachable)') ? 503 : 400);
      each(bend);
    }
  });
  assert.equal(await audits(), before + bends.length, 'not every one is in the audit');
}

const refusesTokens = (tokens, options) => refuses(tokens.map((idToken) => ({ idToken })), options);
const refusesClaims = (changes) =>
  refuses(changes.map((change) => ({ claims: (claims) => ({ ...claims, ...change }) })));
const refusesCallbacks = (changes, options) => refuses(changes.map((change) => ({
  callback: (back) => { change(back); return back; } })), { detail: /\(invalid_response\)/, ...options });
const asksNoToken = (of = home) => assert.equal(of.provider.asked('/token').length, 0, 'the code was sent');

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

// ---- the ID token -------------------------------------------------------------------------------

test('P-RP-04 a nonce that is missing, empty, another one or no text is refused', async () => {
  await refusesClaims([{ nonce: undefined }, { nonce: '' }, { nonce: 'another' }, { nonce: 7 },
    { nonce: null }, { nonce: true }]);
  await refuses([(nonce) => [nonce], (nonce) => nonce.toUpperCase(), (nonce) => `${nonce}\0`, (nonce) => nonce.slice(1)]
    .map((change) => ({ claims: (claims) => ({ ...claims, nonce: change(claims.nonce) }) })));
});

test('P-RP-04 an ID token of an earlier login, whose nonce is another, is refused', async () => {
  let earlier;
  provider.bends = { idToken: ({ key, header, claims }) => (earlier = signRs256(key, header, claims)) };
  assertArrived(world, await enter());
  await refusesTokens([() => earlier]);
});

test('P-RP-05 alg none in every spelling, and no alg, with and without a signature', async () => {
  const algs = ['none', 'None', 'nOnE', 'NONE', ' none', '', undefined, null, ['none'], 0];
  await refusesTokens(algs.flatMap((alg) => [({ header, claims }) => unsigned({ ...header, alg }, claims),
    ({ header, claims, key }) => signRs256(key, { ...header, alg }, claims)]));
  await refusesTokens([({ header, claims }) => unsigned({ ...header, alg: 'none' }, claims).slice(0, -1)]);
});

test('P-RP-06 HS256 with the public key as secret, in every way to write the key', async () => {
  const { publicKey, jwk } = provider.key;
  const pem = publicKey.export({ format: 'pem', type: 'spki' });
  const secrets = [pem, pem.trim(), publicKey.export({ format: 'pem', type: 'pkcs1' }),
    publicKey.export({ format: 'der', type: 'spki' }), Buffer.from(jwk.n, 'base64url'), jwk.n,
    JSON.stringify(jwk), ''];
  await refusesTokens(secrets.map((secret) => ({ header, claims }) =>
    signHs256(secret, { ...header, alg: 'HS256' }, claims)));
});

test('P-RP-07 HS256 with the client secret, and a symmetric key among the provider\'s keys', async () => {
  const hs256 = ({ header, claims }) => signHs256(provider.secret, { ...header, alg: 'HS256' }, claims);
  await refusesTokens([hs256]);
  const oct = { kty: 'oct', kid: 'sym', alg: 'HS256', use: 'sig', k: Buffer.from('known').toString('base64url') };
  const other = await api.realm();
  await refuses([{ jwks: ({ keys }) => ({ keys: [...keys, oct] }),
    idToken: ({ header, claims }) => signHs256('known', { ...header, alg: 'HS256', kid: 'sym' }, claims) }],
  { of: other });
});

// Too long or empty for a token at all, or no good one.
const TOKEN = /\((failed_to_exchange_token|invalid_id_token)\)/;

test('P-RP-08 signature bytes flipped, removed, or taken from another token', async () => {
  const parts = (token) => token.split('.');
  const good = ({ key, header, claims }) => signRs256(key, header, claims);
  const with_ = (change) => (all) => change(parts(good(all)), all).join('.');
  const stranger = newKey(provider.key.kid);
  await refusesTokens([
    with_(([h, c, s]) => [h, c, `${s[0] === 'A' ? 'B' : 'A'}${s.slice(1)}`]),
    with_(([h, c]) => [h, c, '']), with_(([h, c]) => [h, c]), with_(([h, c, s]) => [h, c, s, s]),
    with_(([h, c, s]) => [h, c, s.slice(0, -8)]), with_(([h, c, s]) => [h, c, `${s}AAAA`]),
    with_(([h, c, s]) => [h, c, `${s}==`]), with_(([h, c, s]) => [h, `${c}\n`, s]),
    with_(([h, , s], { claims }) =>
      [h, Buffer.from(JSON.stringify({ ...claims, email: 'ceo@evil.example' })).toString('base64url'), s]),
    with_(([h, c], { key, header, claims }) =>
      [h, c, parts(signRs256(key, header, { ...claims, sub: 'other' }))[2]]),
    ({ header, claims }) => signRs256(stranger, header, claims),
    () => '', () => '.', () => '..', () => 'a.b.c', () => 'a.b.c.d.e', () => 'A'.repeat(60_000),
  ], { detail: TOKEN });
});

test('P-RP-08 an ID token that is no text in the token answer', async () => {
  const values = [null, 7, ['a.b.c'], { payload: 'x', signatures: [] }, undefined];
  await refuses(values.map((value) => ({ token: (answer) => ({ ...answer, id_token: value }) })),
    { detail: /\(failed_to_exchange_token\)/ });
});

// As if the time in which a provider is asked once were over.
const forgetFetches = (of) => world.sql(`UPDATE connection_documents
  SET tried_at = tried_at - interval '10 minutes' WHERE connection_id = '${of.connection.id}'`);

test('P-RP-09 an unknown kid asks the provider for its keys once in an interval, however often it comes',
  async () => {
    const realm = await api.realm();
    assertArrived(world, await visit(world, realm.provider, { email: `joe@${realm.domain}` }));
    await forgetFetches(realm);
    let asked = 0;
    const stranger = newKey();
    await refusesTokens(Array.from({ length: 6 }, (_, n) => ({ header, claims }) =>
      signRs256(stranger, { ...header, kid: `unknown-${n}` }, claims)),
    { of: realm, each: () => { asked += realm.provider.asked('/jwks').length; } });
    assert.equal(asked, 1);
    await forgetFetches(realm);
    realm.provider.requests.length = 0;
    realm.provider.bends = { idToken: ({ header, claims }) =>
      signRs256(stranger, { ...header, kid: 'unknown' }, claims) };
    await leavesNothing(world, () => Promise.all(Array.from({ length: 6 },
      () => visit(world, realm.provider, { email: `joe@${realm.domain}` }))));
    assert.equal(realm.provider.asked('/jwks').length, 1, 'six at once');
  });

test('P-RP-09 a rotated key is found by one request, and the old key is nobody\'s afterwards', async () => {
  const realm = await api.realm();
  const email = `joe@${realm.domain}`;
  assertArrived(world, await visit(world, realm.provider, { email }));
  const old = realm.provider.key;
  realm.provider.keys = [newKey()];
  await forgetFetches(realm);
  realm.provider.requests.length = 0;
  for (let n = 0; n < 3; n++) assertArrived(world, await visit(world, realm.provider, { email }));
  assert.equal(realm.provider.asked('/jwks').length, 1);
  await refusesTokens([({ header, claims }) => signRs256(old, { ...header, kid: old.kid }, claims),
    ({ header, claims }) => signRs256(old, header, claims),
    ({ header, claims }) => signRs256(old, { ...header, kid: undefined }, claims)], { of: realm });
});

test('P-RP-09 keys that cannot be had leave the last good ones in use, and no login without them', async () => {
  const realm = await api.realm();
  const email = `joe@${realm.domain}`;
  assertArrived(world, await visit(world, realm.provider, { email }));
  await world.sql(`UPDATE connection_documents SET expires_at = now(), tried_at = now() - interval '1 hour'
    WHERE connection_id = '${realm.connection.id}'`);
  for (const answer of ['{"keys":[]}', 'nonsense', '{"keys":{}}', '[]']) {
    realm.provider.straighten();
    realm.provider.bends = { raw: { '/jwks': (_, response) => response.end(answer) } };
    await forgetFetches(realm);
    assertArrived(world, await visit(world, realm.provider, { email }));
    assert.equal(realm.provider.asked('/jwks').length, 1, answer);
  }
});

test('P-RP-10 a kid is a name and nothing else', async () => {
  const stranger = newKey();
  const kids = ['../../dev/null', '/etc/passwd', "' OR 1=1 --", 'x'.repeat(10_000), 'a\0b', { kid: 1 }, ['a'], 7,
    true, '', '%s%n%s', '\u202e', `${provider.key.kid}\0`];
  await refusesTokens(kids.map((kid) => ({ header, claims }) => signRs256(stranger, { ...header, kid }, claims)),
    { detail: TOKEN });
});

test('P-RP-11 jku, x5u, jwk and x5c bring no key, and nobody is asked for one', async () => {
  const stranger = newKey();
  const trap = await Trap.open(world, (_, response) => response.end(JSON.stringify({ keys: [stranger.jwk] })));
  const { jwk } = stranger;
  const extras = [{ jku: `${trap.url}/keys` }, { x5u: `${trap.url}/cert` }, { jwk }, { x5c: ['MIIB'] },
    { jku: `${trap.url}/keys`, kid: stranger.kid }, { jwk, kid: stranger.kid },
    { jwk: { ...jwk, kid: provider.key.kid } }];
  await refusesTokens(extras.map((extra) => ({ header, claims }) =>
    signRs256(stranger, { ...header, ...extra }, claims)));
  // Beside a signature that holds they are passed over.
  provider.straighten();
  provider.bends = { header: (header) => ({ ...header, jku: `${trap.url}/keys`, x5u: trap.url }) };
  await enter();
  assert.equal(trap.asked, 0);
});

test('P-RP-12 crit with anything, and b64 false, are refused', async () => {
  const extras = [{ crit: ['unknown'], unknown: 1 }, { crit: ['b64'], b64: false }, { crit: [] },
    { crit: ['exp'], exp: 1 }, { crit: 'exp' }, { crit: null }];
  await refusesTokens(extras.map((extra) => ({ key, header, claims }) =>
    signRs256(key, { ...header, ...extra }, claims)));
});

test('P-RP-13 iss of the ID token is exactly the configured one', async () => {
  const { issuer } = provider;
  await refusesClaims([undefined, '', 'https://evil.example', `${issuer}/`, issuer.toUpperCase(),
    issuer.replace('http:', 'https:'), `${issuer}\0`, `${issuer}#`, [issuer], { issuer }, null]
    .map((iss) => ({ iss })));
});

test('P-RP-13 a discovery document that names another issuer completes nothing', async () => {
  const { provider: liar, connection } = await api.realm();
  await api.do('PATCH', `${connection.path}:disable`);
  const save = async () => (await api.do('PATCH', connection.path, { oidc_config: clientOf(liar) })).connection.status;
  for (const issuer of ['https://evil.example', `${liar.issuer}/`, liar.issuer.toUpperCase(), '', null,
    [liar.issuer], provider.issuer]) {
    await world.sql(`DELETE FROM connection_documents WHERE connection_id = '${connection.id}'`);
    liar.bends = { discovery: (document) => ({ ...document, issuer }) };
    assert.equal(await save(), 'IN_PROGRESS', `issuer ${issuer}`);
    assert.equal((await api.call('PATCH', `${connection.path}:enable`)).status, 400);
  }
  liar.bends = {};
  assert.equal(await save(), 'COMPLETED');
});

test('P-RP-13 a discovery document that names another issuer by the time of a login ends it', async () => {
  const realm = await api.realm();
  await world.sql(`DELETE FROM connection_documents WHERE connection_id = '${realm.connection.id}'`);
  realm.provider.bends = { discovery: (document) => ({ ...document, issuer: provider.issuer }) };
  const visitor = world.visitor();
  const page = await visitor.go(await world.apps.web.authorizeUrl());
  const end = await visitor.submit(page, '/a/auth/login', { email: `joe@${realm.domain}` });
  assertFailed({ end }, '(invalid_provider_metadata)');
  assert.equal(realm.provider.asked('/authorize').length, 0);
});

test('P-RP-19 aud is us, and azp whenever it is there or we are not alone', async () => {
  const us = provider.clientId;
  await refusesClaims([{ aud: 'another' }, { aud: undefined }, { aud: '' }, { aud: [] }, { aud: ['another'] },
    { aud: us.toUpperCase() }, { aud: `${us} ` }, { aud: [us, 'another'] },
    { aud: [us, 'another'], azp: 'another' }, { aud: us, azp: 'another' }, { aud: us, azp: [us] },
    { aud: { [us]: true } }, { aud: null }, { aud: [[us]] }, { aud: [us, us], azp: 7 }]);
  for (const change of [{ aud: [us] }, { aud: [us, 'another'], azp: us }, { aud: us, azp: us }]) {
    provider.bends = { claims: (claims) => ({ ...claims, ...change }) };
    assertArrived(world, await enter());
  }
});

// The claims with one member's value written as this text.
const written = (name, text) => ({ key, header, claims }) => signTexts(key, JSON.stringify(header),
  JSON.stringify({ ...claims, [name]: '@@' }).replace('"@@"', text));

test('P-RP-20 exp past, absent, no number, or a number beyond reason', async () => {
  const now = Math.floor(Date.now() / 1000);
  await refusesClaims([{ exp: now - 600 }, { exp: undefined }, { exp: null }, { exp: String(now + 300) },
    { exp: -1 }, { exp: 0 }, { exp: [now + 300] }, { exp: true }]);
  await refusesTokens(['1e300', '-1e300', '1e400', 'NaN', 'Infinity', '9223372036854775808',
    '-9223372036854775809', '99999999999999999999999999', '0x7fffffff'].map((text) => written('exp', text)));
});

test('P-RP-20 iat absent or far ahead, and nbf far ahead, are refused', async () => {
  const now = Math.floor(Date.now() / 1000);
  await refusesClaims([{ iat: undefined }, { iat: now + 7200, exp: now + 9000 }, { iat: 'now' },
    { nbf: now + 3600 }, { nbf: 'now' }, { iat: null }]);
  await refusesTokens([written('iat', '1e300'), written('nbf', '1e300'), written('nbf', 'NaN')]);
});

test('P-RP-21 a sub that is absent, empty, long, or no plain text is refused', async () => {
  const subs = [undefined, '', null, 7, true, ['a'], { a: 1 }, 'x'.repeat(10_000), 'x'.repeat(256), 'a\0b', 'a\nb'];
  await refuses(subs.map((sub) => ({ claims: (claims) => ({ ...claims, sub }) })), { detail: TOKEN });
});

test('P-RP-21 subjects that differ only in case are two people', async () => {
  const sub = fresh('Subject-');
  const emails = ['upper', 'lower'].map((name) => `${name}@${home.domain}`);
  const people = [];
  for (const [i, subject] of [sub.toUpperCase(), sub.toLowerCase()].entries()) {
    provider.straighten({ sub: subject, email: emails[i] });
    people.push((await claimsOf(world, await enter({ email: emails[i] }))).sub);
  }
  assert.notEqual(people[0], people[1]);
});

test('an ID token whose JSON two readers could read differently is refused', async () => {
  const texts = [
    (text) => text.replace('{', '{"sub":"admin",'), (text) => text.replace(/}$/, ',"sub":"admin"}'),
    (text) => `${text}{}`, (text) => `[${text}]`, (text) => text.replace('{', '{/* */'),
    (text) => text.replace(/}$/, ',}'), (text) => Buffer.concat([Buffer.from(text.slice(0, -1)),
      Buffer.from(',"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    (text) => text.replace(/}$/, ',"x":"\\ud800"}'), () => '{}', () => 'null', () => '',
    (text) => text.replace(/}$/, `,"x":${'['.repeat(5000)}${']'.repeat(5000)}}`),
  ];
  await refusesTokens(texts.map((change) => ({ key, header, claims }) =>
    signTexts(key, JSON.stringify(header), change(JSON.stringify(claims)))), { detail: TOKEN });
  await refusesTokens([({ key, header, claims }) =>
    signTexts(key, JSON.stringify(header).replace('{', '{"alg":"none",'), JSON.stringify(claims))]);
});

test('an ID token for another kind of use is refused: no typ of a request or of an access token passes for a login',
  async () => {
    // Same key, but not made for us: the claims say so, whatever the header is.
    await refuses([{ header: (header) => ({ ...header, typ: 'at+jwt' }),
      claims: ({ iss, iat, exp, sub, email }) => ({ iss, iat, exp, sub, email, aud: 'https://api.example' }) },
    { claims: ({ iss, aud, iat, sub }) => ({ iss, aud, iat, sub,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} }, jti: 'x' }) }]);
  });

test('an at_hash or c_hash that is of another token or code is refused', async () => {
  const half = (value) => createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url');
  await refusesClaims([{ at_hash: half('another') }, { c_hash: half('another') }]);
});

// ---- userinfo -----------------------------------------------------------------------------------

const USERINFO = /\((user_info_retrieve_failed|provider_unreachable)\)/;
const withoutEmail = ({ email, ...claims }) => claims;

test('P-RP-18 userinfo about another sub ends the login', async () => {
  const subs = ['another', undefined, '', [joe.sub], null, joe.sub.toUpperCase(), `${joe.sub}\0`];
  await refuses(subs.map((sub) => ({ claims: withoutEmail, userinfo: (said) => ({ ...said, sub }) })),
    { detail: USERINFO });
  provider.straighten({ ...joe });
  provider.bends = { claims: withoutEmail };
  assert.equal((await claimsOf(world, await enter())).email, joe.email);
  assert.equal(provider.asked('/userinfo').length, 1);
});

test('P-RP-18 userinfo that is a page, a redirect, an error or a signed text that nobody checked', async () => {
  const trap = await Trap.open(world, (_, response) => response.end(JSON.stringify(joe)));
  const answers = [
    (response) => response.writeHead(302, { location: trap.url }).end(),
    (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(JSON.stringify(joe)),
    (response) => response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(joe)),
    (response) => response.writeHead(200, { 'content-type': 'application/jwt' })
      .end(unsigned({ alg: 'none' }, joe)),
    (response) => response.writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify([joe])),
  ];
  await refuses(answers.map((answer) => ({ claims: withoutEmail,
    raw: { '/userinfo': (_, response) => answer(response) } })), { detail: USERINFO });
  assert.equal(trap.asked, 0);
});

test('an email that is no one address is no email, wherever it stands', async () => {
  for (const email of [undefined, null, '', 7, [joe.email], { email: joe.email }, 'joe', `joe@`, `@${home.domain}`,
    `${joe.email}, ceo@evil.example`, `${joe.email}\r\nBcc: x@evil.example`, `${joe.email}\u202e`, '"joe"@evil.example@' ]) {
    provider.straighten({ ...joe });
    provider.bends = { claims: (claims) => ({ ...claims, email }), userinfo: withoutEmail };
    const login = await leavesNothing(world, () => enter());
    assertErrorAtApp(login, 'mandatory_attribute_missing');
  }
});

// ---- whose word about an address counts ---------------------------------------------------------

test('P-RP-16 only boolean true is verified, and only from a connection whose word counts', async () => {
  const trusted = await api.door();
  const doubtful = await api.door({ trusted: false });
  const come = (door, person) => {
    door.provider.straighten({ sub: fresh('subject-'), ...person });
    return visit(world, door.provider, { button: door.connection.id });
  };
  for (const email_verified of [false, 'false', 'true', 1, '1', undefined, null, [true], { true: true }, 'yes']) {
    const email = world.stack.address();
    assertAsksForCode(await leavesNothing(world, () => come(trusted, { email, email_verified })), email);
  }
  const email = world.stack.address();
  assertAsksForCode(await leavesNothing(world, () => come(doubtful, { email, email_verified: true })), email);
  assert.equal((await claimsOf(world, await come(trusted, { email, email_verified: true }))).email, email);
});

test('P-RP-16 email_verified of the ID token says nothing about an address of userinfo', async () => {
  const door = await api.door();
  const email = world.stack.address();
  door.provider.straighten({ sub: fresh('subject-'), email, email_verified: false });
  door.provider.bends = { claims: (claims) => ({ ...withoutEmail(claims), email_verified: true }) };
  assertAsksForCode(await leavesNothing(world, () => visit(world, door.provider,
    { button: door.connection.id })), email);
});

const TENANTS = ['11111111-1111-1111-1111-111111111111', '22222222-2222-2222-2222-222222222222'];
const template = (of) => `${of.issuer}/{tenantid}/v2.0`;
const filled = (of, tenant) => `${of.issuer}/${tenant}/v2.0`;

// A provider that speaks for many tenants, as Entra does. `said` changes the claims.
function speakAsEntra(of, { tenant = TENANTS[0], said = {}, keyIssuer = template(of) } = {}) {
  of.bends = {
    discovery: (document) => ({ ...document, issuer: template(of) }),
    jwks: ({ keys }) => ({ keys: keys.map((key) => ({ ...key, issuer: keyIssuer })) }),
    callback: (back) => { back.set('iss', filled(of, tenant)); return back; },
    claims: (claims) => ({ ...claims, iss: filled(of, tenant), tid: tenant, ...said }),
  };
}

test('P-RP-14 of a provider for many tenants only those of the list sign in, each by its own issuer and key', async () => {
  const realm = await api.realm();
  const { provider: entra, organization, domain } = realm;
  const email = `joe@${domain}`;
  speakAsEntra(entra);
  const connection = await api.connect(entra, { organization, preset: 'MICROSOFT_AD', config: {
    issuer: template(entra), discovery_endpoint: `${entra.issuer}/.well-known/openid-configuration`,
    tenants: [TENANTS[0]] } });
  const come = () => visit(world, entra, { extra: { connection_id: connection.id, login_hint: email } });
  assertArrived(world, await come());
  const bad = [{ tenant: TENANTS[1] }, { said: { tid: TENANTS[1] } }, { said: { iss: filled(entra, TENANTS[1]) } },
    { said: { tid: undefined } }, { said: { tid: '../x' } }, { said: { iss: template(entra) } },
    { said: { tid: '{tenantid}', iss: template(entra) } }, { said: { iss: `${filled(entra, TENANTS[0])}/` } }];
  for (const bend of bad) {
    speakAsEntra(entra, bend);
    assertFailed(await leavesNothing(world, come), 'invalid_id_token');
  }
  for (const keyIssuer of [filled(entra, TENANTS[1]), 'https://evil.example/{tenantid}/v2.0']) {
    await world.sql(`DELETE FROM connection_documents WHERE kind = 'jwks'`);
    speakAsEntra(entra, { keyIssuer });
    assertFailed(await leavesNothing(world, come), 'invalid_id_token');
  }
});

test('P-RP-15 nOAuth: an address that some tenant of Entra wrote down is nobody\'s until it is proven', async () => {
  const victim = await world.person(world.apps.web);
  const entra = await api.provider();
  speakAsEntra(entra);
  const door = await api.connect(entra, { preset: 'MICROSOFT', config: { issuer: template(entra),
    discovery_endpoint: `${entra.issuer}/.well-known/openid-configuration` } });
  entra.person = { sub: fresh('attacker-'), email: victim.email };
  for (const said of [{}, { email_verified: true }, { xms_edov: false }, { xms_edov: 'true' }, { xms_edov: 1 },
    { xms_edov: '1' }, { verified_primary_email: [victim.email] }]) {
    speakAsEntra(entra, { said });
    const login = await leavesNothing(world, () => visit(world, entra, { button: door.id }));
    assertAsksForCode(login, victim.email);
  }
  assert.deepEqual(await identitiesOf(world, victim.email), []);
  await world.forgetLimits();
});

test('P-RP-17 Google answers for gmail.com and for the domain of hd, for nobody else', async () => {
  const google = await api.provider();
  const door = await api.connect(google, { preset: 'GOOGLE' });
  const come = (person) => {
    google.straighten({ sub: fresh('google-'), email_verified: true, ...person });
    return visit(world, google, { button: door.id });
  };
  const domain = freshDomain();
  const email = `${fresh('ann')}@${domain}`;
  for (const person of [{}, { hd: 'evil.example' }, { hd: `sub.${domain}` }, { hd: '' }, { hd: [domain] },
    { hd: domain, email_verified: 'true' }, { hd: `${domain}.evil.example` }, { hd: true }]) {
    assertAsksForCode(await leavesNothing(world, () => come({ email, ...person })), email);
    await world.forgetLimits();
  }
  assertAsksForCode(await leavesNothing(world, () => come({ email: `${fresh('ann')}@gmail.com.evil.example` })));
  assert.equal((await claimsOf(world, await come({ email, hd: domain }))).email, email);
  const gmail = `${fresh('ann')}@gmail.com`;
  assert.equal((await claimsOf(world, await come({ email: gmail }))).email, gmail);
});

test('P-RP-27 another address for a known subject stays with its user, and is proven before it counts', async () => {
  const sub = fresh('subject-');
  const [first, second] = ['first', 'second'].map((name) => `${fresh(name)}@${home.domain}`);
  provider.straighten({ sub: fresh('subject-'), email: second });
  const owner = await claimsOf(world, await enter({ email: second }));
  provider.straighten({ sub, email: first });
  const before = await claimsOf(world, await enter({ email: first }));
  provider.straighten({ sub, email: second }); // now it says to be that other person
  const after_ = await claimsOf(world, await enter({ email: first }));
  assert.equal(after_.sub, before.sub);
  assert.notEqual(after_.sub, owner.sub);
  assert.equal(after_.email, first, 'the user\'s own address moved');
  const outside = world.stack.address();
  provider.straighten({ sub, email: outside });
  assertAsksForCode(await leavesNothing(world, () => enter({ email: first })), outside);
  assert.equal(await userOf(world, outside), undefined);
});

test('P-RP-28 the same sub of two issuers is two people', async () => {
  const other = await api.realm();
  const sub = fresh('same-');
  const people = [];
  for (const { provider: one, domain } of [home, other]) {
    one.straighten({ sub, email: `twin@${domain}` });
    people.push((await claimsOf(world, await visit(world, one, { email: `twin@${domain}` }))).sub);
  }
  assert.notEqual(people[0], people[1]);
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

// ---- the token endpoint -------------------------------------------------------------------------

const json = { 'content-type': 'application/json' };
const tokens = (extra = {}) => JSON.stringify({ access_token: 'a', token_type: 'Bearer', id_token: 'a.b.c', ...extra });

const fails = (answers) => refuses(answers.map((answer) => ({ raw: { '/token': answer } })),
  { detail: /\((failed_to_exchange_token|provider_unreachable|invalid_id_token)\)/ });

test('P-RP-25 a token endpoint that redirects is not followed', async () => {
  const trap = await Trap.open(world, (_, response) => response.writeHead(200, json).end(tokens()));
  await fails([301, 302, 303, 307, 308].map((status) => (_, response) =>
    response.writeHead(status, { location: `${trap.url}/token` }).end()));
  assert.equal(trap.asked, 0);
});

test('P-RP-25 HTML, an array, nonsense, nesting without end, wrong types: nothing of it is a login', async () => {
  const bodies = ['', 'null', '[]', '{}', '"text"', `[${tokens()}]`, `${tokens()}x`, '[{'.repeat(100_000),
    `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, tokens({ token_type: 'mac' }), tokens({ token_type: 7 }),
    tokens({ token_type: undefined }), tokens({ access_token: undefined }), tokens({ access_token: 'a\r\nb: c' }),
    tokens({ id_token: undefined }), tokens({ error: 'invalid_grant' }),
    tokens().replace('{', '{"id_token":"x.y.z",'), '{"access_token":"\\ud800"}'];
  await fails(bodies.map((body) => (_, response) => response.writeHead(200, json).end(body)));
  await fails([201, 204, 400, 401, 404, 500, 503].map((status) => (_, response) =>
    response.writeHead(status, json).end(tokens())));
  await fails([(_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(tokens())]);
});

test('P-RP-25 ten megabytes, with and without a length, packed or not, are not read', async () => {
  const big = `{"a":"${'x'.repeat(10 << 20)}"}`;
  await fails([
    (_, response) => response.writeHead(200, json).end(big),
    (_, response) => response.writeHead(200, { ...json, 'transfer-encoding': 'chunked' }).end(big),
    (_, response) => response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(big)),
    (_, response) => response.writeHead(200, { ...json, 'content-length': 1 << 30 }).write('{'),
  ]);
});

test('P-RP-25 a connection that ends early, or speaks no HTTP, is a login that failed', async () => {
  await fails([
    (request) => request.socket.destroy(),
    (request) => request.socket.resetAndDestroy(),
    (request) => request.socket.end('{"access_token":"a"}'),
    (request) => request.socket.end(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}\r\n`),
    (request) => request.socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
      + 'Content-Length: 100\r\n\r\n{'),
  ]);
});

test('P-RP-25 a provider that hangs in every login keeps the others out of nothing', async () => {
  const slow = await api.realm();
  const held = [];
  slow.provider.bends = { raw: { '/token': (_, response) => held.push(response) } };
  const waiting = Array.from({ length: 8 }, () => visit(world, slow.provider, { email: `joe@${slow.domain}` }));
  await until('eight logins hang', () => held.length === 8);
  assertArrived(world, await enter());
  // Hung up on, and again if it is tried again.
  slow.provider.bends = { raw: { '/token': (request) => request.socket.destroy() } };
  for (const response of held) response.destroy();
  for (const { end } of await Promise.all(waiting)) assert.equal(end.status, 503);
});

// An answer that never comes to its end, from the beginning of this file on.
async function drip() {
  const slow = await api.realm();
  const state = { isGivenUp: false };
  slow.provider.bends = { raw: { '/token': (_, response) => {
    response.writeHead(200, { ...json, 'content-length': 100_000 });
    const timer = setInterval(() => response.write(' '), 1000);
    response.on('close', () => { clearInterval(timer); state.isGivenUp = true; });
  } } };
  state.login = visit(world, slow.provider, { email: `joe@${slow.domain}` });
  return state;
}

test('P-RP-25 one octet a second holds a login only as long as we will wait', async () => {
  const { end } = await dripping.login;
  assert.equal(end.status, 503, end.text);
  assert.ok(dripping.isGivenUp);
});

// ---- form_post ----------------------------------------------------------------------------------

// What the provider's page would post, as the browser has it.
async function posted(realm, options) {
  const login = await depart(world, realm.provider, { email: `joe@${realm.domain}`, ...options });
  const page = await fetch(login.sent).then(async (answer) => ({ url: login.sent.href, text: await answer.text() }));
  const [form] = formsOf(page);
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
  const count = () => world.value('SELECT count(*) FROM parked_callbacks');
  const before = await count();
  for (const fields of [{}, { code: 'x' }, { state: 'x', code: 'y' }, { state: '', code: 'y' },
    { state: `${'A'.repeat(42)}`, code: 'y' }]) {
    const answer = await send({ action: new URL(`/sso/v1/oidc/${realm.connection.id}/callback`, world.issuer), fields });
    assert.equal(answer.status, 400);
  }
  assert.equal(await count(), before);
  const big = await world.request(null, `/sso/v1/oidc/${realm.connection.id}/callback`, { method: 'POST',
    body: new URLSearchParams({ state: 'A'.repeat(43), code: 'c'.repeat(20_000) }) });
  assert.equal(big.status, 413);
});

// ---- TLS ----------------------------------------------------------------------------------------

test('P-RP-26 a certificate that nobody vouches for ends the connection before a word is said', async () => {
  const { certificate, key } = await world.certificate();
  let asked = 0;
  const server = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) },
    (_, response) => { asked += 1; response.end('{}'); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `https://localhost:${server.address().port}`;
  const { organization } = await api.realm();
  const { connection } = await api.do('POST', `/organizations/${organization.id}/connections`,
    { type: 'OIDC', provider: 'CUSTOM' });
  const path = `/organizations/${organization.id}/connections/${connection.id}`;
  const made = await api.do('PATCH', path, { oidc_config: { ...clientOf(provider), issuer: base } });
  assert.equal(made.connection.status, 'IN_PROGRESS');
  assert.equal((await api.call('PATCH', `${path}:enable`)).status, 400);
  const realm = await api.realm();
  await api.do('PATCH', realm.connection.path, { oidc_config: { token_uri: `${base}/token` } });
  const { end } = await leavesNothing(world,
    () => visit(world, realm.provider, { email: `joe@${realm.domain}` }));
  assert.equal(end.status, 503, end.text);
  assert.equal(asked, 0);
  server.closeAllConnections();
  server.close();
});

test('after all of it the straight provider still signs its people in', async () => {
  assert.equal((await claimsOf(world, await enter())).email, joe.email);
});
