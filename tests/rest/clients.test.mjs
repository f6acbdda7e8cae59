// Applications and their secrets by the REST API, each answer against its schema.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';
import { Api } from './api.mjs';
import { ClientResponse, ClientsResponse, Empty, SecretCreatedResponse, SecretResponse } from './schema.mjs';

let stack;
let api;
before(async () => {
  stack = await Stack.start();
  api = await Api.of(stack);
});
after(() => stack.stop());

const create = async (fields) =>
  (await api.call(ClientResponse, 'POST', '/clients', { name: 'Made', client_type: 'WEB_APP', ...fields })).client;
const addSecret = (id) => api.call(SecretCreatedResponse, 'POST', `/clients/${id}/secrets`);
const token = async (id, secret) => (await fetch(`${stack.issuer}/oauth/token`, { method: 'POST',
  body: new URLSearchParams({ grant_type: 'client_credentials', client_id: id, client_secret: secret }) })).status;

test('an application is made, changed and read back', async () => {
  const fields = { name: 'Shop', client_type: 'WEB_APP', post_login_uris: ['https://shop.example/callback'],
    post_logout_redirect_uris: ['https://shop.example/bye'], initiate_login_uri: 'https://shop.example/login',
    access_token_expiry: '600', grant_types: ['authorization_code'], custom_claims: [{ key: 'a', value: 'b' }],
    enforce_pkce: true, disallow_scalekit_api_access: false, back_channel_logout_uris: ['https://shop.example/out'],
    scopes: [] };
  const made = await create(fields);
  const { id, keyId, create_time, update_time, secrets, ...rest } = made;
  assert.deepEqual(rest, fields);
  assert.deepEqual(secrets, []);
  const { client } = await api.call(ClientResponse, 'PATCH', `/clients/${id}`, { name: 'Shop 2', access_token_expiry: 60 });
  assert.deepEqual({ ...client, update_time }, { ...made, name: 'Shop 2', access_token_expiry: '60' });
  assert.deepEqual((await api.call(ClientResponse, 'GET', `/clients/${id}`)).client, client);
  assert.deepEqual(await stack.sql(`select event from audit_events where reason like 'application ${id}%' order by id`),
    ['api.client.create', 'api.client.update']);
  await api.refused(404, 'GET', '/clients/skc_1');
  await api.refused(404, 'PATCH', '/clients/skc_1', { name: 'x' });
});

test('redirect URIs are exact: no wildcard, no http beyond loopback, schemes of its own for NTV only', async () => {
  const wrong = ['https://*.shop.example/cb', 'http://shop.example/cb', 'https://shop.example/cb#x', 'javascript:alert(1)',
    'https://user@shop.example/', '//shop.example', 'https://shop.example/{organization_id}', 'https://shop.example/../x',
    'com.shop.app:/cb'];
  for (const uri of wrong) {
    for (const name of ['post_login_uris', 'post_logout_redirect_uris']) {
      assert.deepEqual(await api.refused(400, 'POST', '/clients', { name: 'x', client_type: 'WEB_APP', [name]: [uri] }),
        [`${name}[0]`], uri);
    }
  }
  const uris = ['http://localhost:3000/cb', 'http://127.0.0.1/cb', 'https://shop.example/cb'];
  assert.deepEqual((await create({ post_login_uris: uris })).post_login_uris, uris);
  assert.deepEqual((await create({ client_type: 'NTV', post_login_uris: ['com.shop.app:/cb'] })).client_type, 'NTV');
  assert.deepEqual(await api.refused(400, 'POST', '/clients', { name: 'x', client_type: 'WEB_APP',
    post_login_uris: [uris[0], uris[0]] }), ['post_login_uris[1]']);
});

test('P-SSRF-01 a back-channel address of the inner network cannot be configured', async () => {
  for (const uri of ['https://127.0.0.1/', 'https://[::1]/', 'https://169.254.169.254/', 'https://2130706433/']) {
    assert.deepEqual(await api.refused(400, 'POST', '/clients', { name: 'x', client_type: 'WEB_APP',
      back_channel_logout_uris: [uri] }), ['back_channel_logout_uris[0]'], uri);
  }
});

test('what does not fit the type is refused', async () => {
  for (const [fields, names] of [
    [{ client_type: 'ENV' }, ['client_type']], [{ client_type: undefined }, ['client_type']], [{ name: '' }, ['name']],
    [{ client_type: 'M2M', post_login_uris: ['https://a.example/'] }, ['post_login_uris']],
    [{ scopes: ['a'] }, ['scopes']], [{ client_type: 'M2M', scopes: ['a b'] }, ['scopes']],
    [{ client_type: 'SPA', enforce_pkce: false }, ['enforce_pkce']],
    [{ client_type: 'SPA', disallow_scalekit_api_access: false }, ['disallow_scalekit_api_access']],
    [{ access_token_expiry: '59' }, ['access_token_expiry']], [{ access_token_expiry: 1e9 }, ['access_token_expiry']],
    [{ grant_types: ['password'] }, ['grant_types']], [{ custom_claims: [{ value: 'x' }] }, ['custom_claims[0].key']]]) {
    assert.deepEqual(await api.refused(400, 'POST', '/clients', { name: 'x', client_type: 'WEB_APP', ...fields }), names,
      JSON.stringify(fields));
  }
});

test('P-REST-04 without a word an application may not use this API, and its id and type are ours', async () => {
  const made = await create({ id: 'skc_1', secrets: [{ id: 'sec_1' }], may_use_api: true });
  assert.notEqual(made.id, 'skc_1');
  assert.deepEqual([made.disallow_scalekit_api_access, made.secrets], [true, []]);
  const { client } = await api.call(ClientResponse, 'PATCH', `/clients/${made.id}`, { client_type: 'M2M', id: 'skc_2' });
  assert.deepEqual([client.client_type, client.id], ['WEB_APP', made.id]);
});

test('a secret is shown once, works while it is on, and there are at most two', async () => {
  const { id } = await create({ client_type: 'M2M', scopes: ['a'] });
  const first = await addSecret(id);
  assert.equal(first.secret.secret_suffix, first.plain_secret.slice(-4));
  assert.equal(await token(id, first.plain_secret), 200);
  const { client } = await api.call(ClientResponse, 'GET', `/clients/${id}`);
  assert.equal(JSON.stringify(client).includes(first.plain_secret), false);
  assert.ok(client.secrets[0].last_used_time);
  assert.equal(stack.serverLog().includes(first.plain_secret), false);
  const second = await addSecret(id);
  await api.refused(400, 'POST', `/clients/${id}/secrets`);
  const path = `/clients/${id}/secrets/${first.secret.id}`;
  for (const [method, status, works] of [['PUT', 'INACTIVE', 401], ['PATCH', 'ACTIVE', 200]]) {
    assert.equal((await api.call(SecretResponse, method, path, { status })).secret.status, status);
    assert.equal(await token(id, first.plain_secret), works);
    assert.equal(await token(id, second.plain_secret), 200);
  }
  await stack.sql(`update client_secrets set expires_at = now() where id = '${second.secret.id}'`);
  assert.equal(await token(id, second.plain_secret), 401);
  await api.call(Empty, 'DELETE', path);
  assert.equal(await token(id, first.plain_secret), 401);
  await api.refused(404, 'DELETE', path);
  assert.deepEqual(await api.refused(400, 'PATCH', `/clients/${id}/secrets/${second.secret.id}`, { status: 'OFF' }),
    ['status']);
});

test('a use is noted at most once an hour', async () => {
  const { id } = await create({ client_type: 'M2M' });
  const { plain_secret } = await addSecret(id);
  const used = async () => (await stack.sql(`select last_used_at from client_secrets where client_id = '${id}'`))[0];
  await token(id, 'wrong');
  assert.equal(await used(), undefined);
  await token(id, plain_secret);
  const first = await used();
  await token(id, plain_secret);
  assert.equal(await used(), first);
  await stack.sql(`update client_secrets set last_used_at = now() - interval '61 minutes' where client_id = '${id}'`);
  await token(id, plain_secret);
  assert.ok(await used() > first);
});

test('of six secrets at once two are made', async () => {
  const { id } = await create({ client_type: 'M2M' });
  const answers = await Promise.all(Array.from({ length: 6 }, () => api.send('POST', `/clients/${id}/secrets`)));
  assert.equal(answers.filter(({ status }) => status === 200).length >= 1, true);
  assert.ok(answers.every(({ status }) => [200, 400, 409].includes(status)));
  assert.ok(Number((await stack.sql(`select count(*) from client_secrets where client_id = '${id}'`))[0]) <= 2);
});

test('P-REST-01 another application’s secret is not there', async () => {
  const [own, other] = [await create({ client_type: 'M2M' }), await create({ client_type: 'M2M' })];
  const { secret } = await addSecret(own.id);
  await api.refused(404, 'PATCH', `/clients/${other.id}/secrets/${secret.id}`, { status: 'INACTIVE' });
  await api.refused(404, 'DELETE', `/clients/${other.id}/secrets/${secret.id}`);
  assert.deepEqual(await stack.sql(`select is_active from client_secrets where id = '${secret.id}'`), ['t']);
  await api.refused(400, 'POST', `/clients/${(await create({ client_type: 'SPA' })).id}/secrets`);
  await api.refused(404, 'POST', '/clients/skc_1/secrets');
});

test('a deleted application is gone, with its secrets and grants', async () => {
  const { web } = stack.applications;
  const visitor = new Visitor();
  await visitor.signIn(stack, await web.authorizeUrl(), stack.address(), web.redirectUri);
  await api.call(Empty, 'DELETE', `/clients/${web.id}`);
  await api.refused(404, 'GET', `/clients/${web.id}`);
  await api.refused(404, 'DELETE', `/clients/${web.id}`);
  assert.deepEqual(await stack.sql(`select 1 from client_secrets where client_id = '${web.id}'
    union all select 1 from grants where client_id = '${web.id}' and revoked_at is null`), []);
  assert.equal((await visitor.go(await web.authorizeUrl(), { until: web.redirectUri })).status, 400);
  await api.refused(400, 'DELETE', `/clients/${stack.applications.machine.id}`);
});

test('P-REST-10 the list has pages and a filter by type', async () => {
  for (let i = 0; i < 3; i++) await create({ client_type: 'M2M', name: `M${i}` });
  const find = (query) => api.call(ClientsResponse, 'GET', `/clients?${query}`);
  const all = await find('filter.client_type=M2M&filter.client_type=NTV');
  assert.ok(all.clients.length >= 4 && all.clients.every(({ client_type }) => ['M2M', 'NTV'].includes(client_type)));
  const first = await find('page_size=2');
  const second = await find(`page_size=2&page_token=${first.next_page_token}`);
  assert.equal(new Set([...first.clients, ...second.clients].map(({ id }) => id)).size, 4);
  assert.equal((await find('filter.client_type=ENV')).total_size, 0);
  assert.deepEqual(await api.refused(400, 'GET', `/clients?filter.client_type=M2M&page_token=${first.next_page_token}`),
    ['page_token']);
  assert.deepEqual(await api.refused(400, 'GET', '/clients?page_size=31'), ['page_size']);
});
