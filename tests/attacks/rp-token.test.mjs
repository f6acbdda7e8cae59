// Attacks on Gatehouse as a relying party: ID tokens, and the keys and documents by which they are judged
// (P-RP).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { newKey, signHs256, signRs256, signTexts, unsigned } from '../providers/bent.mjs';
import { Trap, assertArrived, assertErrorAtApp, assertFailed, claimsOf, clientOf, fresh, leavesNothing,
  visit } from './realm.mjs';
import { api, enter, home, joe, provider, refuses, refusesClaims, refusesTokens, useHome, withoutEmail,
  world } from './rp.mjs';

useHome();

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
  realm.provider.bends = { discovery: (document) => ({ ...document, issuer: provider.issuer }) };
  await world.sql(`DELETE FROM connection_documents WHERE connection_id = '${realm.connection.id}'`);
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
