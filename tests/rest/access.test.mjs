// Who may use the REST API, and what a request must look like before an endpoint sees it.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { World } from '../attacks/world.mjs';
import { head, http, say } from '../attacks/wire.mjs';
import { Api, machineToken, refusal } from './api.mjs';
import { OrganizationResponse, check } from './schema.mjs';

let world;
let api;
before(async () => {
  world = await World.open();
  world.tolerated = / route=\/api\/v1\/organizations status=503 /; // of hundreds at once, see P-REST-11
  api = await Api.of(world.stack);
  world.keep(api.token);
});
after(() => world.close());

async function ask(headers, path = '/api/v1/organizations', method = 'GET') {
  const answer = await http(new URL(path, world.issuer), { method, headers });
  return { ...answer, body: JSON.parse(answer.text) };
}

test('P-REST-03 without a token, or with one in another place, nobody is let in', async () => {
  const { token } = api;
  const cases = [
    [{}], [{ authorization: 'Bearer' }], [{ authorization: 'Bearer ' }], [{ authorization: `Basic ${token}` }],
    [{}, `/api/v1/organizations?access_token=${token}`], [{ cookie: `gh_session=${token}` }],
    [{ authorization: `Bearer ${token},Bearer ${token}` }], [{ authorization: `Bearer ${token} ${token}` }],
    [{ 'x-authorization': `Bearer ${token}` }], [{ authorization: 'Bearer ' + 'a'.repeat(4000) }],
  ];
  for (const [headers, path] of cases) {
    const answer = await ask(headers, path);
    assert.deepEqual(refusal(answer, 401), []);
    assert.match(answer.headers['www-authenticate'], /^Bearer realm="api"/);
  }
});

test('P-REST-03 two Authorization headers are refused before anybody reads one', async () => {
  const answer = await ask({ authorization: [`Bearer ${api.token}`, `Bearer ${api.token}`] });
  assert.equal(answer.status, 400);
});

test('P-REST-03 the scheme may be written in any case', async () => {
  for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
    assert.equal((await ask({ authorization: `${scheme} ${api.token}` })).status, 200);
  }
});

test('P-REST-03 a broken, foreign or expired token is invalid_token', async () => {
  const [head, body, signature] = api.token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  const pack = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const broken = [
    `${head}.${body}.`, `${head}.${body}`, `${head}.${pack({ ...claims, exp: claims.exp + 9 })}.${signature}`,
    `${pack({ alg: 'none', typ: 'at+jwt' })}.${body}.`, 'x', `${api.token}x`, api.token.slice(1),
  ];
  for (const token of broken) {
    const answer = await ask({ authorization: `Bearer ${token}` });
    refusal(answer, 401);
    assert.match(answer.headers['www-authenticate'], /error="invalid_token"/);
  }
});

test('P-REST-03 a person’s access token is 403, their ID token is no access token', async () => {
  const { tokens } = await world.person(world.apps.web);
  const forbidden = await ask({ authorization: `Bearer ${tokens.access_token}` });
  refusal(forbidden, 403);
  assert.match(forbidden.headers['www-authenticate'], /error="insufficient_scope"/);
  refusal(await ask({ authorization: `Bearer ${tokens.id_token}` }), 401);
});

test('P-REST-09 a browser’s session opens nothing, and no other origin is let in', async () => {
  const { visitor } = await world.login(world.apps.web);
  const answer = await world.request(visitor, '/api/v1/organizations', {
    headers: { origin: 'https://elsewhere.example' } });
  assert.equal(answer.status, 401);
  assert.equal(answer.headers['access-control-allow-origin'], undefined);
  const preflight = await ask({ origin: 'https://elsewhere.example',
    'access-control-request-method': 'GET' }, '/api/v1/organizations', 'OPTIONS');
  assert.equal(preflight.status, 405);
  assert.equal(preflight.headers['access-control-allow-origin'], undefined);
});

test('an application that may not use the API gets 403, and that is written down', async () => {
  const token = await machineToken(world.stack, world.apps.web);
  world.keep(token);
  refusal(await ask({ authorization: `Bearer ${token}` }), 403);
  const rows = await world.stack.sql(`select decision from audit_events where event = 'api.access'
    and client_id = '${world.apps.web.id}' and session_id = ''`);
  assert.deepEqual(rows, ['refuse']);
});

test('barring, switching off and revoking act at once', async () => {
  const { machine } = world.apps;
  const change = (set) => world.stack.sql(`update applications set ${set} where id = '${machine.id}'`);
  const token = await machineToken(world.stack);
  world.keep(token);
  await change('may_use_api = false');
  refusal(await ask({ authorization: `Bearer ${token}` }), 403);
  await change('may_use_api = true, is_active = false');
  refusal(await ask({ authorization: `Bearer ${token}` }), 401);
  await change('is_active = true');
  assert.equal((await ask({ authorization: `Bearer ${token}` })).status, 200);
  const revoked = await fetch(`${world.issuer}/revoke`, { method: 'POST', body: new URLSearchParams({
    token, client_id: machine.id, client_secret: machine.secret }) });
  assert.equal(revoked.status, 200);
  refusal(await ask({ authorization: `Bearer ${token}` }), 401);
});

test('P-REST-11 wrong tokens by the hundred write nothing and let the right one through', async () => {
  const before = await world.stack.sql('select count(*) from audit_events');
  const answers = await Promise.all(Array.from({ length: 300 }, (_, i) =>
    ask({ authorization: `Bearer a.b.${i}` })));
  assert.ok(answers.every(({ status }) => status === 401 || status === 503));
  assert.deepEqual(await world.stack.sql('select count(*) from audit_events'), before);
  assert.equal((await ask({ authorization: `Bearer ${api.token}` })).status, 200);
});

// ---- bodies -------------------------------------------------------------------------------------

const DEEP = '{"a":'.repeat(1000) + '1' + '}'.repeat(1000);
const BROKEN = {
  'a name twice': '{"display_name":"a","display_name":"b"}',
  'an array': '[{"display_name":"a"}]',
  'a text': '"a"',
  'nothing but null': 'null',
  'garbage behind': '{"display_name":"a"} x',
  'two objects': '{"display_name":"a"}{}',
  'a comment': '{"display_name":"a"/* b */}',
  'a trailing comma': '{"display_name":"a",}',
  'single quotes': "{'display_name':'a'}",
  'half an object': '{"display_name":"a"',
  'deep nesting': DEEP,
  'a NUL escape': '{"display_name":"a\\u0000b"}',
  'a lone surrogate': '{"display_name":"\\ud800"}',
  'a byte order mark': '\ufeff{"display_name":"a"}',
  'NaN': '{"display_name":NaN}',
};

test('P-REST-06 what is not one plain JSON object is 400', async () => {
  for (const [what, body] of Object.entries(BROKEN)) {
    const answer = await api.send('POST', '/organizations', body);
    assert.equal(answer.status, 400, what);
    refusal(answer, 400);
  }
});

test('P-REST-05 octets that are no UTF-8 are 400', async () => {
  for (const octets of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]]) {
    const body = `{"display_name":"a${String.fromCharCode(...octets)}"}`;
    const { answers: [answer] } = await say(world.port, head('POST /api/v1/organizations HTTP/1.1',
      'Host: h', `Authorization: Bearer ${api.token}`, 'Content-Type: application/json',
      `Content-Length: ${body.length}`) + body, 1);
    refusal({ ...answer, body: JSON.parse(answer.text) }, 400);
  }
});

test('P-REST-06 other content types and encoded bodies are 415, a charset is tolerated', async () => {
  const body = '{"display_name":"Typed"}';
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data',
    'application/json-patch+json', 'application/jsonx', 'text/json', '']) {
    await api.refused(415, 'POST', '/organizations', body, { 'content-type': type });
  }
  await api.refused(415, 'POST', '/organizations', body, { 'content-encoding': 'gzip' });
  for (const type of ['application/json; charset=utf-8', 'Application/JSON ;charset=UTF-8']) {
    const answer = await api.send('POST', '/organizations', body, { 'content-type': type });
    assert.equal(answer.status, 201);
    check(OrganizationResponse, answer.body);
  }
});

test('a body over the limit is 413', async () => {
  const bodyOf = (size) => `{"display_name":"${'a'.repeat(size - 19)}"}`;
  await api.refused(400, 'POST', '/organizations', bodyOf(65_536));
  await api.refused(413, 'POST', '/organizations', bodyOf(65_537));
});

test('P-REST-05 every kind of wrong value is named by its field, all of them at once', async () => {
  const fields = await api.refused(400, 'POST', '/organizations', {
    display_name: 7, external_id: ['a'], slug: 'Not A Slug', logo_url: 'http://a.example/x.png',
    region_code: 'MARS', metadata: { abc: 1, de: 'short', abcd: '' },
  });
  assert.deepEqual(fields.sort(), ['display_name', 'external_id', 'logo_url', 'metadata', 'metadata.abc',
    'metadata.abcd', 'region_code', 'slug']);
});

test('P-REST-05 hostile names are refused or kept exactly as they are', async () => {
  for (const name of ['', 'x'.repeat(201), 'a\nb', 'a\u0007b', 'a\u2028b', 'a\u0085b', 'a\u007fb', null]) {
    assert.deepEqual(await api.refused(400, 'POST', '/organizations', { display_name: name }),
      ['display_name']);
  }
  for (const name of ['<img src=x onerror=alert(1)>', "'; drop table users;--", '\u202eevil', '😀'.repeat(200),
    '${7*7}{{7*7}}', ' spaced ', '%00%0a']) {
    const { organization } = await api.call(OrganizationResponse, 'POST', '/organizations',
      { display_name: name }, 201);
    assert.equal(organization.display_name, name);
    const read = await api.call(OrganizationResponse, 'GET', `/organizations/${organization.id}`);
    assert.deepEqual(read, { organization });
  }
});

test('P-REST-04 members that are not the caller’s to set are ignored', async () => {
  const { organization } = await api.call(OrganizationResponse, 'POST', '/organizations', {
    display_name: 'Plain', id: 'org_1', create_time: '2000-01-01T00:00:00Z', is_test: true,
    settings: { features: [{ name: 'sso', enabled: true }] }, is_sso_on: true, unknown: { a: [1] },
  }, 201);
  assert.notEqual(organization.id, 'org_1');
  assert.ok(organization.create_time > '2026');
  assert.ok(organization.settings.features.every(({ enabled }) => !enabled));
});

// ---- paths and methods --------------------------------------------------------------------------

test('unknown paths are 404 and unknown methods 405, in the API’s own form', async () => {
  for (const path of ['/nothing', '/organizations/', '/organizations/a/b', '/organizations/a:enable',
    '/organizations/..', '/organizations/%2e%2e', '/organizations/%2E./settings', '/organizations//settings',
    '/organizations/a%zz', '/organizations/a;b', `/organizations/${'a'.repeat(129)}`]) {
    const answer = await ask({ authorization: `Bearer ${api.token}` }, `/api/v1${path}`);
    assert.equal(answer.status, 404, path);
    refusal(answer, 404);
  }
  const answer = await ask({ authorization: `Bearer ${api.token}` }, '/api/v1/organizations/org_1', 'PUT');
  refusal(answer, 405);
  assert.equal(answer.headers.allow, 'GET, HEAD, PATCH, DELETE');
});

test('P-REST-07 no header and no field makes one method another', async () => {
  const { organization: { id } } = await api.call(OrganizationResponse, 'POST', '/organizations',
    { display_name: 'Stays' }, 201);
  const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' };
  await api.refused(405, 'POST', `/organizations/${id}`, { _method: 'DELETE' }, headers);
  const read = await api.send('GET', `/organizations/${id}?_method=DELETE`, undefined, headers);
  assert.equal(read.status, 200);
});

test('a path parameter that is no text is refused', async () => {
  for (const id of ['%00', '%ff', 'a%0ab', '%ed%a0%80']) {
    await api.refused(400, 'GET', `/organizations/${id}`);
  }
  await api.refused(404, 'GET', '/organizations/%E2%82%AC');
});

test('one slash too many is tolerated for the endpoints that are open to everybody, and for no other',
  async () => {
    const answer = await http(new URL(world.issuer), { method: 'POST', path: '//oauth/token',
      body: 'grant_type=x', headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    assert.equal(JSON.parse(answer.text).error, 'invalid_client');
    const barred = await http(new URL(world.issuer), { path: '//api/v1/organizations',
      headers: { authorization: `Bearer ${api.token}` } });
    assert.equal(barred.status, 404);
  });
