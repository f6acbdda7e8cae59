// Attacks on Gatehouse as a relying party: whose word about an address counts, and what the servers of a
// provider answer (P-RP).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer as createTlsServer } from 'node:https';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { until } from '../browser/process.mjs';
import { Trap, assertArrived, assertAsksForCode, assertFailed, claimsOf, clientOf, fresh, freshDomain,
  identitiesOf, leavesNothing, userOf, visit } from './realm.mjs';
import { api, enter, home, joe, provider, refuses, useHome, withoutEmail, world } from './rp.mjs';

let dripping;

useHome(async () => { dripping = await drip(); });

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
  await until('eight logins hang', () => held.length >= 8);
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
  await until('it drips', () => slow.provider.asked('/token').length > 0);
  return state;
}

test('P-RP-25 one octet a second holds a login only as long as we will wait', async () => {
  const { end } = await dripping.login;
  assert.equal(end.status, 503, end.text);
  await until('the provider is hung up on', () => dripping.isGivenUp);
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
  await api.do('PATCH', realm.connection.path,
    { oidc_config: { token_uri: `${base}/token`, client_secret: realm.provider.secret } });
  const { end } = await leavesNothing(world,
    () => visit(world, realm.provider, { email: `joe@${realm.domain}` }));
  assert.equal(end.status, 503, end.text);
  assert.equal(asked, 0);
  server.closeAllConnections();
  server.close();
});
