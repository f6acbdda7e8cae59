// Requests to where an administrator, or a provider, points: nothing of the inner network is asked,
// nothing is followed, nothing without end is read (P-SSRF).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { World } from './world.mjs';
import { newKey, signRs256 } from '../providers/bent.mjs';
import { Api, Trap, assertArrived, assertFailed, clientOf, closeRealmWorld, leavesNothing, openRealmWorld,
  visit } from './realm.mjs';
import { newKeyPair } from '../browser/keys.mjs';

// `strict` is as it is delivered; in `open` 127.0.0.1 alone may be asked, without TLS.
let strict, open, trap, inner;

before(async () => {
  strict = await World.open();
  strict.servers = [];
  strict.api = await Api.open(strict);
  open = await openRealmWorld({ GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.1/32' });
  open.tolerated = / status=503 .*code=provider_unreachable/;
  trap = await Trap.open(strict);
  // The same port at another address of this machine, which is not in the list.
  inner = { asked: 0 };
  inner.server = createServer((_, response) => { inner.asked += 1; response.end('{}'); })
    .listen(trap.port, '127.0.0.2');
  await once(inner.server, 'listening');
});
after(async () => {
  inner?.server.close();
  const ends = await Promise.allSettled([closeRealmWorld(strict), closeRealmWorld(open)]);
  for (const { reason } of ends) if (reason) throw reason;
});

const FIELDS = ['issuer', 'discovery_endpoint', 'authorize_uri', 'token_uri', 'user_info_uri', 'jwks_uri'];

const addresses = (port) => [
  ...['127.0.0.1', '127.1', '127.0.1', '127.0.0.1.', '127.255.255.254', '0.0.0.0', '0', '2130706433', '0x7f000001',
    '0x7f.1', '0177.0.0.1', '017700000001', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:0:0:1]',
    '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[fe80::1]', '[fe80::1%25lo]', '[fc00::1]', '[fd00::1]',
    'localhost', 'LOCALHOST', 'localhost.', 'foo.localhost', '169.254.169.254', '[fd00:ec2::254]', '10.0.0.1',
    '172.16.0.1', '172.31.255.255', '192.168.0.1', '100.64.0.1', '192.0.0.1', '198.18.0.1', '224.0.0.1', '240.0.0.1',
    '255.255.255.255', '\u2460\u2461\u2466.\u24ea.\u24ea.\u2460', '127\u3002' + '0\u30020\u30021', '127.0.0.1%00.good.example',
  ].flatMap((host) => [`https://${host}:${port}/x`, `http://${host}:${port}/x`]),
];

// One parser's good host is the other's evil one (P-SSRF-03), and what is no https URL at all.
const spellings = (port) => [
  `https://good.example\\@127.0.0.1:${port}/`, `https://good.example#@127.0.0.1:${port}/`,
  `https://127.0.0.1:${port}#.good.example/`, `https://user@127.0.0.1:${port}/`, `https://user:pass@good.example/`,
  `https://good.example@127.0.0.1:${port}/`, `https://evil%2f.good.example/`, `https://127.0.0.1%2f.good.example/`,
  `https://good.example\r\nHost: evil/`, 'https://good.example/\nx', 'https://good.example/ x', 'https://good.example/\t',
  ` https://127.0.0.1:${port}/`, `https:127.0.0.1:${port}`, `https:/127.0.0.1:${port}`, `https:///127.0.0.1:${port}/`,
  `//127.0.0.1:${port}/`, `127.0.0.1:${port}`, `https://:${port}/`, 'https://', 'https://good.example:0/',
  'https://good.example:65536/', 'https://good.example:443x/', 'https://[::1/', 'https://::1/', 'https://[]/',
  'file:///etc/passwd', 'gopher://127.0.0.1:25/_x', 'ftp://good.example/', 'dict://127.0.0.1:11211/', 'ldap://x.example/',
  'javascript:alert(1)', 'data:application/json,{}', 'HTTPS://127.0.0.1/', 'https+unix://x/', 'jar:https://x!/', 'x',
  `https://good.example/${'x'.repeat(3000)}`, 'https://g\u043e\u043ed.example/',
  'https://good..example/', 'https://.good.example/', 'https://good.example%00/', 'https://go_od\u200b.example/',
];

async function draft(world) {
  world.hall ??= await world.api.organization();
  const organization = world.hall;
  const { connection } = await world.api.do('POST', `/organizations/${organization.id}/connections`,
    { type: 'OIDC', provider: 'CUSTOM' });
  return `/organizations/${organization.id}/connections/${connection.id}`;
}

async function refusesEach(world, urls) {
  const path = await draft(world);
  for (const url of urls) {
    const oidc_config = Object.fromEntries(FIELDS.map((name) => [name, url]));
    const { status, json, text } = await world.api.call('PATCH', path, { oidc_config });
    assert.equal(status, 400, `${url}: ${text}`);
    const fields = json.details[0].validation_error_info.field_violations.map(({ field }) => field);
    assert.deepEqual(fields.sort(), FIELDS.map((name) => `oidc_config.${name}`).sort(), url);
  }
  assert.equal((await world.api.do('GET', path)).connection.status, 'DRAFT');
}

test('P-SSRF-01 an address of the inner network is refused in every field and in every spelling', async () => {
  await refusesEach(strict, addresses(trap.port));
  assert.equal(trap.asked + inner.asked, 0);
});

test('P-SSRF-01 where some addresses are allowed, the others are not', async () => {
  const hosts = ['127.0.0.2', '169.254.169.254', '10.0.0.1', '[::1]', '0.0.0.0', '2130706434', '0x7f.0.0.2',
    '[::ffff:127.0.0.2]', '192.168.1.1', '[fe80::1]'];
  await refusesEach(open, hosts.flatMap((host) => [`http://${host}:${trap.port}/`, `https://${host}:${trap.port}/`]));
  assert.equal(inner.asked, 0);
});

test('P-SSRF-03 what two parsers read differently, and what is no https URL, is refused', async () => {
  await refusesEach(strict, spellings(trap.port));
  const nul = await strict.api.call('PATCH', await draft(strict), { oidc_config: { issuer: 'https://good.example/\0' } });
  assert.equal(nul.status, 400);
  assert.equal(trap.asked + inner.asked, 0);
});

test('P-SSRF-01 plain HTTP is refused wherever it leads, unless it is allowed', async () => {
  await refusesEach(strict, ['http://good.example/', 'http://8.8.8.8/', 'HTTP://good.example/']);
});

test('a refusal says the same of an open port as of a closed one', async () => {
  const path = await draft(strict);
  const say = async (port) => {
    const { text } = await strict.api.call('PATCH', path, { oidc_config: { issuer: `https://127.0.0.1:${port}` } });
    return text.replace(/"request_id":"\w+"/, '');
  };
  assert.equal(await say(trap.port), await say(1));
});

// What a discovery document may point at. Nothing of it may be asked.
const evils = () => [`http://127.0.0.2:${trap.port}/`, 'http://169.254.169.254/latest/', `http://[::1]:${trap.port}/`,
  `http://0.0.0.0:${trap.port}/`, `http://2130706434:${trap.port}/`, 'https://10.0.0.1/', 'file:///etc/passwd',
  'gopher://127.0.0.1:1/', `http://127.0.0.1:1@127.0.0.2:${trap.port}/`, `http://127.0.0.2:${trap.port}\\@x/`, '', 7, null];

for (const endpoint of ['token_endpoint', 'jwks_uri', 'userinfo_endpoint']) {
  test(`P-SSRF-01 a discovery document cannot name the inner network as its ${endpoint}`, async () => {
    const realm = await open.api.realm();
    const { provider } = realm;
    const isOptional = endpoint === 'userinfo_endpoint';
    for (const url of evils()) {
      if (isOptional && url === null) continue; // then there is none
      provider.straighten();
      provider.bends = { discovery: (document) => ({ ...document, [endpoint]: url }),
        claims: ({ email, ...claims }) => claims };
      await open.sql(`DELETE FROM connection_documents WHERE connection_id = '${realm.connection.id}'`);
      const visitor = open.visitor();
      const end = await leavesNothing(open, async () => {
        const page = await visitor.go(await open.apps.web.authorizeUrl());
        return visitor.submit(page, '/a/auth/login', { email: `joe@${realm.domain}` },
          { until: open.apps.web.redirectUri });
      });
      assert.equal(end.arrived, undefined, `${url}`);
      assertFailed({ end }, /\(\w+\)/, end.status === 503 ? 503 : 400);
    }
    assert.equal(inner.asked, 0);
  });
}

test('P-SSRF-01 a document that points into the inner network, or at no https URL, completes no connection', async () => {
  const provider = await open.api.provider();
  for (const endpoint of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint']) {
    for (const url of ['file:///etc/passwd', 'javascript:alert(1)', 'gopher://127.0.0.1:1/', 'data:,x',
      `http://127.0.0.1:1@127.0.0.2:${trap.port}/`, `http://127.0.0.2:${trap.port}\\@x/`, 7]) {
      provider.bends = { discovery: (document) => ({ ...document, [endpoint]: url }) };
      const path = await draft(open);
      const { connection } = await open.api.do('PATCH', path, { oidc_config: clientOf(provider) });
      assert.equal(connection.status, 'IN_PROGRESS', `${endpoint} ${url}`);
      assert.equal((await open.api.call('PATCH', `${path}:enable`)).status, 400);
    }
  }
  assert.equal(inner.asked, 0);
});

// A provider whose discovery document is answered like this; always the same one, to a new connection.
async function configures(answer) {
  open.liar ??= await open.api.provider();
  const provider = open.liar;
  provider.bends = { raw: { '/.well-known/openid-configuration': (request, response) =>
    answer(response, JSON.stringify(provider.discovery()), request) } };
  const { connection } = await open.api.do('PATCH', await draft(open), { oidc_config: clientOf(provider) });
  return connection.status;
}

const json = { 'content-type': 'application/json' };

test('P-SSRF-02 no redirect is followed, neither to a private address nor to another protocol', async () => {
  const friend = await Trap.open(open, (_, response) => response.writeHead(200, json).end('{}'));
  assert.equal(await configures((response, body) => response.writeHead(200, json).end(body)), 'COMPLETED');
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [`${friend.url}/`, `http://127.0.0.2:${trap.port}/`, 'file:///etc/passwd', 'gopher://127.0.0.1/',
      'ftp://127.0.0.1/', 'dict://127.0.0.1/', '/other']) {
      assert.equal(await configures((response) => response.writeHead(status, { location }).end()), 'IN_PROGRESS');
    }
  }
  assert.equal(friend.asked + inner.asked, 0);
});

test('P-SSRF-04 an answer without end, packed, of another type or of another age is not a document', async () => {
  const big = (body) => `${body.slice(0, -1)},"x":"${'x'.repeat(10 << 20)}"}`;
  const answers = {
    'ten megabytes': (response, body) => response.writeHead(200, json).end(big(body)),
    'a packed bomb': (response, body) =>
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(big(body))),
    'packed at all': (response, body) =>
      response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(gzipSync(body)),
    'a page': (response, body) => response.writeHead(200, { 'content-type': 'text/html' }).end(body),
    'HTTP/0.9': (response, body, request) => request.socket.end(body),
    'headers without end': (response, body, request) =>
      request.socket.end(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}\r\n${body}`),
    'a hundred continues, then nothing': (response, body, request) =>
      request.socket.end('HTTP/1.1 100 Continue\r\n\r\n'.repeat(100)),
    'another status': (response, body) => response.writeHead(404, json).end(body),
    'no content': (response) => response.writeHead(204).end(),
    'no body': (response) => response.writeHead(200, json).end(),
    'two documents': (response, body) => response.writeHead(200, json).end(body + body),
    'a list': (response, body) => response.writeHead(200, json).end(`[${body}]`),
    'nesting': (response, body) =>
      response.writeHead(200, json).end(`${body.slice(0, -1)},"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    'a name twice': (response, body) => response.writeHead(200, json).end(body.replace('{', '{"issuer":"https://x.example",')),
  };
  for (const [what, answer] of Object.entries(answers)) {
    assert.equal(await configures(answer), 'IN_PROGRESS', what);
  }
});

// ---- keys (P-SSRF-05) ---------------------------------------------------------------------------

async function withKeys(keys, sign) {
  const realm = await open.api.realm();
  realm.provider.bends = { jwks: (set) => ({ keys: keys(set.keys, realm.provider) }),
    ...(sign && { idToken: (parts) => sign(parts, realm.provider) }) };
  return visit(open, realm.provider, { email: `joe@${realm.domain}` });
}

function rsaKey(modulusLength, publicExponent = 0x10001) {
  const { privateKey, publicKey } = newKeyPair('rsa', { modulusLength, publicExponent });
  const kid = `rsa-${modulusLength}-${publicExponent}`;
  return { kid, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' } };
}

const signWith = (key) => ({ header, claims }) => signRs256(key, { ...header, kid: key.kid }, claims);

test('P-SSRF-05 a key that is too short, for another use, symmetric or malformed verifies nothing', async () => {
  const short = rsaKey(1024);
  const good = newKey('for-encryption');
  const cases = [[short.jwk, short], [{ ...good.jwk, use: 'enc' }, good], [{ ...good.jwk, alg: 'RSA-OAEP' }, good],
    [{ ...good.jwk, key_ops: ['encrypt'] }, good], [{ ...good.jwk, kty: 'oct', k: good.jwk.n }, good],
    [{ ...good.jwk, e: 'AQ' }, good], [{ ...good.jwk, e: '' }, good], [{ ...good.jwk, n: `${good.jwk.n}=` }, good],
    [{ ...good.jwk, kty: 'EC' }, good], [{ ...good.jwk, n: 7 }, good]];
  for (const [jwk, key] of cases) {
    const { end } = await leavesNothing(open, () => withKeys((own) => [...own, jwk], signWith(key)));
    assertFailed({ end }, /invalid_id_token|invalid_provider_keys/);
  }
});

test('P-SSRF-05 ten thousand keys, keys of 16 kbit and garbage among them stop no other key', async () => {
  const huge = { kty: 'RSA', kid: 'huge', use: 'sig', alg: 'RS256', e: 'AQAB',
    n: Buffer.concat([Buffer.from([0xff]), randomBytes(2047)]).toString('base64url') };
  const garbage = [{ kty: 'none' }, { kty: 'RSA' }, {}, { kty: 'OKP', crv: 'X', x: '' },
    { kty: 'oct', k: 'AAAA', alg: 'HS256' }, { kty: 'EC', crv: 'P-256', x: 'AQ', y: 'AQ' }];
  assertArrived(open, await withKeys((own) => [huge, ...garbage, ...own]));
  const many = await leavesNothing(open, () => withKeys((own) => [...own, ...Array.from({ length: 10_000 },
    (_, n) => ({ ...own[0], kid: `k${n}` }))]));
  assertFailed(many, /invalid_provider_keys|provider_unreachable/, many.end.status === 503 ? 503 : 400);
  const { end } = await leavesNothing(open, () => withKeys((own) => [...own, huge],
    ({ header, claims, key }) => signRs256(key, { ...header, kid: 'huge' }, claims)));
  assertFailed({ end }, /invalid_id_token/);
});

test('P-SSRF-05 a key set that is no key set lets nobody in', async () => {
  for (const set of ['[]', '{}', 'null', '{"keys":{}}', '{"keys":[]}', '{"keys":["x"]}', '{"keys":null}', 'x', '',
    '{"keys":[[]]}']) {
    const realm = await open.api.realm();
    realm.provider.bends = { raw: { '/jwks': (_, response) => response.writeHead(200, json).end(set) } };
    const { end } = await leavesNothing(open, () => visit(open, realm.provider, { email: `joe@${realm.domain}` }));
    assertFailed({ end }, /invalid_provider_keys|invalid_id_token/);
    assert.equal(realm.provider.asked('/token').length, 0, `the code was sent in vain: ${set}`);
  }
});
