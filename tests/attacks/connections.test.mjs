// Attacks by who may write connections and applications, or nearly: what the management API takes, what
// it keeps, and what a flood of refusals leaves behind (P-REST, P-LINK).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { http } from './wire.mjs';
import { Trap, assertArrived, closeRealmWorld, fresh, freshDomain, openRealmWorld, visit } from './realm.mjs';

let world, api;

before(async () => {
  world = await openRealmWorld();
  ({ api } = world);
});
after(() => closeRealmWorld(world));

const row = (id) => world.value(`SELECT md5((to_jsonb(k) - 'updated_at')::text) FROM connections k WHERE id = '${id}'`);
const machine = async (fields) => {
  const app = { id: `skc_${fresh('machine')}`, name: 'Machine', type: 'M2M', secrets: ['s'.repeat(40)], ...fields };
  await world.apply(app);
  const { json } = await world.token({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secrets[0] });
  world.keep(json.access_token);
  return { app, headers: { authorization: `Bearer ${json.access_token}` } };
};
const organizations = (headers) => http(`${world.issuer}/api/v1/organizations?page_size=1`, { headers });

// ---- floods (P-REST-11) -------------------------------------------------------------------------

test('P-REST-11 an application that is barred from the API is refused each time, and leaves some rows a minute', async () => {
  const { app, headers } = await machine({ api_access: false });
  const answers = await Promise.all(Array.from({ length: 60 }, () => organizations(headers)));
  assert.ok(answers.every(({ status }) => status === 403));
  const rows = Number(await world.value(`SELECT count(*) FROM audit_events
    WHERE event = 'api.access' AND client_id = '${app.id}'`));
  assert.ok(rows >= 1 && rows < answers.length, `${rows} rows`); // ten for each minute that it took
  const other = await machine({ api_access: true });
  assert.equal((await organizations(other.headers)).status, 200);
  await world.apply({ ...app, api_access: true });
  assert.equal((await organizations(headers)).status, 200, 'refusals bar nobody');
});

// ---- applications -------------------------------------------------------------------------------

test('P-REST-03 the token of an application that is deleted by the API opens nothing', async () => {
  const { app, headers } = await machine({ api_access: true });
  assert.equal((await organizations(headers)).status, 200);
  await api.do('DELETE', `/clients/${app.id}`);
  assert.equal((await organizations(headers)).status, 401);
  assert.equal(await world.value(`SELECT count(*) FROM client_secrets WHERE client_id = '${app.id}'`), '0');
  const { status } = await world.token({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secrets[0] });
  assert.equal(status, 401);
});

test('P-REST-04 a secret that the API switched off is not switched on by a file that changes something else', async () => {
  const { app } = await machine({ api_access: true });
  const ask = () => world.token({ grant_type: 'client_credentials', client_id: app.id, client_secret: app.secrets[0] });
  const { client } = await api.do('GET', `/clients/${app.id}`);
  await api.do('PATCH', `/clients/${app.id}/secrets/${client.secrets[0].id}`, { status: 'INACTIVE' });
  assert.equal((await ask()).status, 401);
  await world.apply({ ...app, name: 'Another name' });
  assert.equal((await ask()).status, 401);
  assert.equal((await api.do('GET', `/clients/${app.id}`)).client.secrets[0].status, 'INACTIVE');
});

test('P-REST-05 a name that nobody could read is none', async () => {
  const { connection } = await api.realm();
  for (const name of [' ', '   \t', '']) {
    assert.equal((await api.call('PATCH', connection.path, { ui_button_title: name })).status, 400, JSON.stringify(name));
    assert.equal((await api.call('POST', '/clients', { name, client_type: 'WEB_APP' })).status, 400, JSON.stringify(name));
  }
});

// ---- connections --------------------------------------------------------------------------------

test('P-REST-04 what was read can be written back and changes nothing', async () => {
  const { connection } = await api.realm({ config: { tenants: ['0a1b2c3d-0000-4000-8000-000000000001'],
    scopes: ['openid', 'email'], prompt: 'login consent', algs: ['RS256', 'ES256'] },
  top: { attribute_mapping: { email: 'email' } } });
  const { connection: read } = await api.do('GET', connection.path);
  const before = await row(connection.id);
  await api.do('PATCH', connection.path, read);
  assert.equal(await row(connection.id), before);
});

test('P-REST-04 a PATCH of one field leaves all others', async () => {
  const { connection } = await api.realm();
  const columns = () => world.value(`SELECT (to_jsonb(k) - 'updated_at')::text FROM connections k WHERE id = '${connection.id}'`);
  const changes = [['name', { ui_button_title: 'New' }], ['provider_key', { provider_key: 'new' }], ['jit', { jit: 'off' }],
    ['idp_initiated', { idp_initiated: 'off' }], ['attribute_mapping', { attribute_mapping: { name: 'cn' } }],
    ['scopes', { oidc_config: { scopes: ['openid', 'email'] } }], ['prompt', { oidc_config: { prompt: 'login' } }],
    ['algs', { oidc_config: { algs: ['RS256', 'PS256'] } }], ['client_id', { oidc_config: { client_id: 'other' } }],
    ['is_pkce_on', { oidc_config: { pkce_enabled: false } }], ['token_auth', { oidc_config: { token_auth_type: 'URL_PARAMS' } }],
    ['client_secret', { oidc_config: { client_secret: 'another' } }], ['is_logout_wanted', { oidc_config: { idp_logout_required: true } }]];
  for (const [column, body] of changes) {
    const before = JSON.parse(await columns());
    await api.do('PATCH', connection.path, body);
    const now = JSON.parse(await columns());
    const changed = Object.keys(now).filter((name) => JSON.stringify(now[name]) !== JSON.stringify(before[name]));
    assert.deepEqual(changed, [column]);
  }
});

// What an administrator may do with the connections of a customer whose secrets he does not know.
const moves = (evil, own) => ({
  'the endpoint': [{ token_uri: `${evil}/token` }],
  'the endpoint, as of another client': [{ token_uri: `${evil}/token`, client_id: 'mine', client_secret: '' }],
  'the endpoint, written like the old one': [{ token_uri: `${evil}/token?${own}/token` }],
  'the document': [{ discovery_endpoint: `${evil}/document` }],
  'the issuer': [{ issuer: evil, discovery_endpoint: `${evil}/document` }],
  'by way of another path': [{ token_uri: `${own}/token` }, { token_uri: `${evil}/token` }],
  'by way of no endpoint': [{ token_uri: `${own}/token` }, { token_uri: '' }, { discovery_endpoint: `${evil}/document` }],
  'by way of no issuer': [{ issuer: '' }, { issuer: evil, token_uri: `${evil}/token` }],
  'by way of our key': [{ token_auth_type: 'PRIVATE_KEY_JWT', token_uri: `${evil}/token` }, { token_auth_type: 'BASIC_AUTH' }],
});

test('P-REST-04 a kept secret goes to no other server on the word of one who does not know it', async () => {
  const trap = await Trap.open(world);
  const own = await api.provider();
  for (const [what, steps] of Object.entries(moves(trap.url, own.issuer))) {
    const connection = await api.connect(own, { organization: await api.organization(), enable: false });
    for (const oidc_config of steps.slice(0, -1)) await api.do('PATCH', connection.path, { oidc_config });
    const before = await row(connection.id);
    const { status, json, text } = await api.call('PATCH', connection.path, { oidc_config: steps.at(-1) });
    assert.equal(status, 400, `${what}: ${text}`);
    assert.deepEqual(json.details[0].validation_error_info.field_violations.map(({ field }) => field),
      ['oidc_config.client_secret'], what);
    assert.equal(await row(connection.id), before, what);
  }
  assert.equal(trap.asked, 0);
});

test('P-REST-04 whoever moves a connection sends the secret that he gave there, and no other', async () => {
  const said = [];
  const trap = await Trap.open(world, (request, response) => {
    said.push(request.headers.authorization);
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
  });
  const realm = await api.realm();
  const enter = () => visit(world, realm.provider, { email: `joe@${realm.domain}` });
  const move = (fields) => api.call('PATCH', realm.connection.path,
    { oidc_config: { token_uri: `${trap.url}/token`, ...fields } });
  assert.equal((await move({})).status, 400);
  assertArrived(world, await enter());
  assert.deepEqual(said, []);
  assert.equal((await move({ client_secret: 'of-my-own' })).status, 200);
  assert.equal((await enter()).end.arrived, undefined);
  const sent = said.map((text) => Buffer.from(text.replace('Basic ', ''), 'base64').toString().split(':')[1]);
  assert.deepEqual(sent, ['of-my-own']);
});

test('P-REST-05 the largest attribute mapping that is taken is one that a sign-in can use', async () => {
  const realm = await api.realm();
  const wide = (n, i) => `${i}${'\u{1f600}'.repeat(n - 2)}`.slice(0, 2 * n);
  const attribute_mapping = Object.fromEntries(Array.from({ length: 30 }, (_, i) =>
    [wide(100, i + 10), wide(250, i + 10)]));
  const answer = await api.call('PATCH', realm.connection.path, { attribute_mapping });
  assert.equal(answer.status, 200, answer.text);
  await api.do('PATCH', realm.connection.path, { oidc_config: { scopes: ['openid', 'email'] } });
  assertArrived(world, await visit(world, realm.provider, { email: `joe@${realm.domain}` }));
});

test('P-REST-01 an empty name in a path is no way to what belongs to nobody', async () => {
  const door = await api.door();
  for (const base of ['/organizations//connections', '/organizations/%20/connections', '/organizations/%00/connections']) {
    for (const [method, body] of [['GET'], ['PATCH', { ui_button_title: 'x' }], ['DELETE']]) {
      const { status } = await api.call(method, `${base}/${door.connection.id}`, body);
      assert.ok([400, 404, 405].includes(status), `${method} ${base}: ${status}`);
    }
  }
  await api.do('GET', door.connection.path);
});

test('P-LINK-07 a domain is found whatever way it is written', async () => {
  const realm = await api.realm({ domain: freshDomain('b\u00fccher') });
  const ids = async (domain) => (await api.do('GET', `/connections?domain=${encodeURIComponent(domain)}`))
    .connections.map(({ id }) => id);
  for (const domain of [realm.domain, realm.domain.toUpperCase(), `${realm.domain}.`]) {
    assert.deepEqual(await ids(domain), [realm.connection.id], domain);
  }
  for (const domain of [`sub.${realm.domain}`, 'no domain', "'", '%']) assert.deepEqual(await ids(domain), []);
});

test('P-LINK-13 switching on and taking apart at once never leaves on what is not complete', async () => {
  const { connection, provider } = await api.realm();
  for (let round = 0; round < 6; round++) {
    await api.do('PATCH', `${connection.path}:disable`);
    const answers = await Promise.all([api.call('PATCH', `${connection.path}:enable`),
      api.call('PATCH', connection.path, { oidc_config: { client_id: '' } })]);
    for (const { status, text } of answers) assert.ok([200, 400, 409].includes(status), text);
    const state = await world.value(`SELECT is_enabled || ' ' || status || ' ' || (client_id = '') FROM connections
      WHERE id = '${connection.id}'`);
    assert.ok(!/^true .* true$|^true IN_PROGRESS/.test(state), state);
    await api.call('PATCH', connection.path, { oidc_config: { client_id: provider.clientId } });
  }
});

test('P-LINK-13 whoever came by a connection is out when it is deleted, everywhere', async () => {
  const realm = await api.realm();
  const login = await visit(world, realm.provider, { email: `joe@${realm.domain}`, extra: { scope: 'openid email offline_access' } });
  const tokens = await world.tokens(login.app, assertArrived(world, login));
  const userinfo = () => http(`${world.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal((await userinfo()).status, 200);
  await api.do('DELETE', realm.connection.path);
  assert.equal((await userinfo()).status, 401);
  const silent = await login.visitor.go(await login.app.authorizeUrl({ prompt: 'none' }), { until: login.app.redirectUri });
  assert.equal(silent.arrived?.searchParams.get('error'), 'login_required');
  assert.equal(await world.value(`SELECT count(*) FROM identities WHERE connection_id = '${realm.connection.id}'`), '0');
});
