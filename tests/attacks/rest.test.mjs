// Attacks on the management API: who may call it, whose things it gives, and what a body may be
// (P-REST).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { Wire, head, http, say } from './wire.mjs';
import { closeRealmWorld, fresh, freshDomain, openRealmWorld } from './realm.mjs';

let world, api, a, b, person;

before(async () => {
  world = await openRealmWorld();
  ({ api } = world);
  [a, b] = [await api.realm(), await api.realm()];
  person = await world.person(world.apps.web);
});
after(() => closeRealmWorld(world));

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const url = (path) => `${world.issuer}/api/v1${path}`;
const get = (path, headers) => http(url(path), { headers });
const bearer = (token) => ({ authorization: `Bearer ${token}` });

// The body of every refusal has the one shape, tells a support id, and nothing of how it is made.
function assertProblem(answer, status) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.headers['content-type'], /^application\/json/);
  const body = JSON.parse(answer.text);
  assert.deepEqual(Object.keys(body), ['code', 'message', 'details']);
  assert.doesNotMatch(answer.text, /select |insert |\/work|\.c:|jansson|libpq/i);
}

const everything = () => world.value(`SELECT md5(string_agg(t, ',')) FROM (
  SELECT o::text AS t FROM organizations o UNION ALL SELECT u::text FROM users u
  UNION ALL SELECT m::text FROM memberships m UNION ALL SELECT d::text FROM organization_domains d
  UNION ALL SELECT c::text FROM connections c ORDER BY 1) all_of_it`);

async function changesNothing(action) {
  const before = await everything();
  const result = await action();
  assert.equal(await everything(), before, 'something was written');
  return result;
}

// ---- who may (P-REST-03, 09, 11) ----------------------------------------------------------------

test('P-REST-03 without a token, or with anything but one machine\'s token in the header, nobody is answered', async () => {
  const { token } = api;
  const [header, body, signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url'));
  const forged = (change) => `${header}.${encode({ ...claims, ...change })}.${signature}`;
  const { tokens } = person;
  const cases = [{}, { authorization: '' }, { authorization: 'Bearer' }, { authorization: 'Bearer ' },
    { authorization: token }, { authorization: `Basic ${Buffer.from(`a:${token}`).toString('base64')}` },
    bearer(`${token}x`), bearer(`${token},${token}`), bearer(`${token} ${token}`), bearer(`${header}.${body}.`),
    bearer(`${encode({ alg: 'none' })}.${body}.`), bearer(forged({ exp: claims.exp + 1e6 })), bearer(forged({ sub: 'admin' })),
    bearer(tokens.id_token), bearer(tokens.refresh_token), bearer(tokens.access_token), bearer('null'), bearer('x'.repeat(7000)),
    bearer(world.apps.machine.secret)];
  for (const headers of cases) {
    const answer = await get('/organizations', headers);
    assert.ok([401, 403].includes(answer.status), `${answer.status} for ${JSON.stringify(headers).slice(0, 80)}`);
    assert.match(answer.headers['www-authenticate'], /^Bearer/);
    assertProblem(answer, answer.status);
  }
  assert.equal((await get('/organizations', bearer(tokens.access_token))).status, 403);
});

test('P-REST-03 the scheme is written in any case; a token in the query or twice is none', async () => {
  for (const scheme of ['bearer', 'BEARER', 'bEaReR']) {
    assert.equal((await get('/organizations', { authorization: `${scheme} ${api.token}` })).status, 200, scheme);
  }
  const query = await get(`/organizations?access_token=${api.token}`);
  assert.equal(query.status, 401);
  const body = await http(url('/organizations'), { method: 'POST', body: new URLSearchParams({ access_token: api.token }) });
  assert.ok([401, 415].includes(body.status), `${body.status}`);
  const wire = new Wire(world.port).send(`GET /api/v1/organizations HTTP/1.1\r\nHost: localhost\r\n`
    + `Authorization: Bearer ${api.token}\r\nAuthorization: Bearer ${api.token}\r\n\r\n`);
  const [twice] = await wire.settled(1);
  wire.destroy();
  assert.ok([400, 401].includes(twice.status), `${twice.status}`);
});

test('P-REST-03 a token is over with its time, its application, and its right to the API', async () => {
  const app = { id: 'skc_20000000000000031', name: 'Leaving', type: 'M2M', api_access: true, secrets: ['s'.repeat(40)] };
  await world.apply(app);
  const { json } = await world.token({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secrets[0] });
  const headers = bearer(json.access_token);
  assert.equal((await get('/organizations', headers)).status, 200);
  await world.apply({ ...app, api_access: false });
  assert.equal((await get('/organizations', headers)).status, 403);
  await world.apply({ ...app, active: false });
  assert.ok([401, 403].includes((await get('/organizations', headers)).status));
});

test('P-REST-09 a session cookie is no key to the API, and no other site is told that it may try', async () => {
  const answer = await world.request(person.visitor, '/api/v1/organizations');
  assertProblem(answer, 401);
  for (const method of ['POST', 'PATCH', 'DELETE']) {
    const { status } = await changesNothing(() => world.request(person.visitor,
      `/api/v1/organizations/${a.organization.id}`, { method, headers: { origin: world.issuer } }));
    assert.ok([401, 405].includes(status), `${method} ${status}`);
  }
  const preflight = await http(url('/organizations'), { method: 'OPTIONS', headers: { origin: 'https://evil.example',
    'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' } });
  for (const { headers } of [answer, preflight, await get('/organizations',
    { ...bearer(api.token), origin: 'https://evil.example' })]) {
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers['access-control-allow-credentials'], undefined);
  }
  assert.match(answer.headers['cache-control'], /no-store/);
});

test('P-REST-11 a thousand wrong tokens write nothing, and the right one is answered beside them', async () => {
  const rows = () => world.value(`SELECT count(*) FROM audit_events WHERE event = 'api.access'`);
  const before = await rows();
  const guesses = Array.from({ length: 10 }, async (_, line) => {
    for (let n = 0; n < 100; n++) {
      const { status } = await get('/organizations', bearer(`${encode({ alg: 'RS256' })}.${encode({ n, line })}.AAAA`));
      assert.ok([401, 429].includes(status), `${status}`);
    }
  });
  const honest = await get('/organizations', bearer(api.token));
  await Promise.all(guesses);
  assert.equal(honest.status, 200);
  assert.equal(await rows(), before);
});

// ---- whose things (P-REST-01, 02, 10) -----------------------------------------------------------

test('P-REST-01 what belongs to one organization is not there under another', async () => {
  const { id } = a.connection;
  const [own, other] = [a.organization.id, b.organization.id];
  const calls = [['GET', `/organizations/${other}/connections/${id}`], ['DELETE', `/organizations/${other}/connections/${id}`],
    ['PATCH', `/organizations/${other}/connections/${id}`, { ui_button_title: 'Mine' }],
    ['PATCH', `/organizations/${other}/connections/${id}:disable`],
    ['PUT', `/organizations/${other}/connections/${id}/domains`, { domain_ids: [] }],
    ['GET', `/organizations/${other}/domains/${a.domainId}`], ['DELETE', `/organizations/${other}/domains/${a.domainId}`],
    ['PATCH', `/organizations/${other}/domains/${a.domainId}:verify`],
    ['GET', `/connections/${id}`], ['DELETE', `/connections/${id}`], ['PATCH', `/connections/${id}`, { email_trust: true }],
    ['PATCH', `/connections/${id}:disable`], ['GET', `/organizations/-/connections/${id}`],
    ['GET', `/organizations/${own.toUpperCase()}`], ['GET', `/organizations/${own}%00`], ['GET', '/organizations/%2e%2e'],
    ['GET', `/organizations/${own}%2fconnections`], ['GET', `/organizations/${own}'--`]];
  await changesNothing(async () => {
    for (const [method, path, body] of calls) {
      const answer = await api.call(method, path, body);
      assert.ok([400, 404, 405].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text}`);
    }
  });
  const borrowed = await api.call('PUT', `${b.connection.path}/domains`, { domain_ids: [a.domainId] });
  assertProblem(borrowed, 400);
});

test('P-REST-01 what is not there and what is another\'s are told in the same words', async () => {
  const words = async (path) => (await api.call('GET', path)).text.replace(/"request_id":"\w+"/, '');
  const base = `/organizations/${b.organization.id}`;
  assert.equal(await words(`${base}/connections/${a.connection.id}`), await words(`${base}/connections/conn_1`));
  assert.equal(await words(`${base}/domains/${a.domainId}`), await words(`${base}/domains/dom_1`));
});

test('P-REST-10 pages are bounded, and a page token is good for its own list only', async () => {
  for (let n = 0; n < 3; n++) await api.domain(a.organization.id, freshDomain());
  for (const size of ['-1', '1000000000', '99999999999999999999', 'x', '1.5', '0x10', '1e3', '%00', '1&page_size=2']) {
    assertProblem(await api.call('GET', `/organizations?page_size=${size}`), 400);
  }
  const page = await api.do('GET', '/organizations?page_size=1');
  assert.equal(page.organizations.length, 1);
  const token = page.next_page_token;
  assert.ok(token);
  assert.equal((await api.call('GET', `/organizations?page_size=1&page_token=${token}`)).status, 200);
  const flipped = `${token.slice(0, 5)}${token[5] === 'A' ? 'B' : 'A'}${token.slice(6)}`;
  for (const path of [`/users?page_token=${token}`, `/organizations/${a.organization.id}/users?page_token=${token}`,
    `/organizations?page_token=${flipped}`, `/organizations?page_token=${token}x`, '/organizations?page_token=x',
    `/organizations?page_token=${'A'.repeat(5000)}`, `/organizations?page_token=${Buffer.from('1 org_1').toString('base64url')}`]) {
    assertProblem(await api.call('GET', path), 400);
  }
});

test('P-REST-10 the token of one organization\'s list of members opens no other\'s', async () => {
  const [one, two] = [await api.organization(), await api.organization()];
  for (let n = 0; n < 3; n++) {
    await api.do('POST', `/organizations/${one.id}/users?send_invitation_email=false`, { email: world.stack.address() });
  }
  const { next_page_token: token } = await api.do('GET', `/organizations/${one.id}/users?page_size=1`);
  assert.ok(token);
  assert.equal((await api.call('GET', `/organizations/${one.id}/users?page_size=1&page_token=${token}`)).status, 200);
  assertProblem(await api.call('GET', `/organizations/${two.id}/users?page_size=1&page_token=${token}`), 400);
});

// ---- what may be said (P-REST-04 to 07) ---------------------------------------------------------

test('P-REST-04 a connection has fields that no body sets, and a secret that no answer tells', async () => {
  const { path, id } = a.connection;
  const of = (column) => world.value(`SELECT ${column} FROM connections WHERE id = '${id}'`);
  const columns = ['id', 'organization_id', 'type', 'trust_epoch', 'is_enabled', 'status', 'is_email_trusted', 'domains'];
  const state = async () => Promise.all(columns.map(of));
  const before = await state();
  await api.call('PATCH', path, { id: 'conn_1', organization_id: b.organization.id, trust_epoch: 99, enabled: false,
    is_enabled: false, status: 'DRAFT', type: 'OIDC', domains: [b.domain], is_email_trusted: true, __proto__: { x: 1 } });
  assert.deepEqual(await state(), before);
  for (const body of [{ type: 'OAUTH' }, { provider: 'GOOGLE' }, { email_trust: true }]) {
    assertProblem(await api.call('PATCH', path, body), 400);
  }
  assert.deepEqual(await state(), before);
  const answers = [await api.call('GET', path), await api.call('PATCH', path, { ui_button_title: 'A' }),
    await api.call('GET', '/connections'), await api.call('GET', '/organizations/-/connections')];
  for (const { text } of answers) assert.ok(!text.includes(a.provider.secret));
  assert.equal(await of(`position(convert_to('${a.provider.secret}', 'UTF8') IN client_secret)`), '0');
  world.keep(a.provider.secret);
});

// What stands in the answer, or 400: never 500, never something else than was said.
test('P-REST-05 a display name is a name or an error, and on a page it is text', async () => {
  const path = `/organizations/${a.organization.id}`;
  for (const name of ['', 7, true, [], {}, 'x'.repeat(10_000), 'a\0b', 'a\nb', '\u0007']) {
    assertProblem(await changesNothing(() => api.call('PATCH', path, { display_name: name })), 400);
  }
  for (const text of ['{"display_name":"\\ud800"}', '{"display_name":"\\udc00\\ud800"}', '{"display_name":"a\\u0000b"}',
    '{"display_name":"a\u0001b"}']) {
    assertProblem(await changesNothing(() => api.call('PATCH', path, text)), 400);
  }
  const wire = Buffer.concat([Buffer.from('{"display_name":"'), Buffer.from([0xff, 0xc0, 0xaf]), Buffer.from('"}')]);
  const raw = await changesNothing(() => fetch(url(path), { method: 'PATCH', body: wire,
    headers: { ...bearer(api.token), 'content-type': 'application/json' } }));
  assert.equal(raw.status, 400);
  for (const name of ['\u{1f600} Inc', '<img src=x onerror=alert(1)>', "O'Hara \"&\" {{name}} %s ${x}", '\u05d0\u05d1 Ltd', 'a\u202eb']) {
    const { organization } = await api.do('PATCH', path, { display_name: name });
    assert.equal(organization.display_name, name);
    const page = await world.visitor().go(await world.apps.web.authorizeUrl({ organization_id: a.organization.id,
      prompt: 'select_account' }));
    assert.doesNotMatch(page.text ?? '', /<img src=x/);
  }
});

test('P-REST-05 the name of a connection on the page of everybody is text', async () => {
  const door = await api.door();
  for (const title of ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "';alert(1)//", '{{{name}}}', '&lt;b&gt;']) {
    await api.do('PATCH', door.connection.path, { ui_button_title: title });
    const page = await world.visitor().go(await world.apps.web.authorizeUrl());
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /<script>alert|<img src=x/);
    const shown = title.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
    assert.ok(page.text.replace(/&quot;|&#34;/g, '"').replace(/&#39;|&#x27;/g, "'").includes(shown), page.text);
  }
});

test('P-REST-06 a body is one JSON object that every reader reads alike', async () => {
  const path = `/organizations/${a.organization.id}`;
  const name = fresh('Named ');
  const bodies = [`{"display_name":"${name}","display_name":"other"}`, `[{"display_name":"${name}"}]`, `"${name}"`, 'null', '7',
    `{"display_name":"${name}"}x`, `{"display_name":"${name}"}{}`, `{"display_name":"${name}",}`, `{'display_name':'${name}'}`,
    `{display_name:"${name}"}`, `/* */{"display_name":"${name}"}`, `{"display_name":"${name}"//\n}`, '{"display_name":',
    `\ufeff{"display_name":"${name}"}`, `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, '{"a":'.repeat(10_000),
    `{"display_name":"${name}","a":NaN}`, `{"display_name":"${name}","a":1e999}`, `{"display_name":"${name}","a":0x1}`,
    `{"display_name":"${name}\\x"}`];
  await changesNothing(async () => {
    for (const body of bodies) assertProblem(await api.call('PATCH', path, body), 400);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/json',
      'application/jsonx', '', 'application/xml']) {
      const answer = await api.call('PATCH', path, JSON.stringify({ display_name: name }), { 'content-type': type });
      assert.ok([400, 415].includes(answer.status), `${type}: ${answer.status}`);
    }
    const packed = await fetch(url(path), { method: 'PATCH', body: gzipSync(JSON.stringify({ display_name: name })),
      headers: { ...bearer(api.token), 'content-type': 'application/json', 'content-encoding': 'gzip' } });
    assert.ok([400, 415].includes(packed.status), `${packed.status}`);
    // Only declared: a server that reads no further may close before a client has said it all.
    const [big] = (await say(world.port, head(`PATCH /api/v1${path} HTTP/1.1`, 'Host: localhost',
      `Authorization: Bearer ${api.token}`, 'Content-Type: application/json', 'Content-Length: 70000'), 1)).answers;
    assert.equal(big.status, 413);
  });
  await api.do('PATCH', path, { display_name: name });
});

test('P-REST-07 a method is what the request line says', async () => {
  const path = `/organizations/${b.organization.id}`;
  await changesNothing(async () => {
    for (const headers of [{ 'x-http-method-override': 'DELETE' }, { 'x-method-override': 'DELETE' }, { 'x-http-method': 'DELETE' }]) {
      for (const method of ['GET', 'POST']) await api.call(method, path, undefined, headers);
    }
    await api.call('POST', `${path}?_method=DELETE`, { _method: 'DELETE' });
    for (const method of ['PUT', 'TRACE', 'PROPFIND']) {
      const { status } = await api.call(method, path);
      assert.ok([400, 404, 405, 501].includes(status), `${method} ${status}`);
    }
  });
});

test('every write of the API is one row of the audit, with who did it, and a refused one is no row of a write', async () => {
  const rows = (id) => world.sql(`SELECT event || ' ' || decision || ' ' || client_id FROM audit_events
    WHERE organization_id = '${id}' ORDER BY id`);
  const { id } = await api.organization();
  const { id: client } = world.apps.machine;
  const before = await rows(id);
  assert.equal((await api.call('POST', `/organizations/${id}/domains`, { domain: a.domain })).status, 409);
  assert.deepEqual(await rows(id), before);
  await api.domain(id, freshDomain());
  assert.deepEqual((await rows(id)).slice(before.length), [`api.domain.create write ${client}`]);
});
