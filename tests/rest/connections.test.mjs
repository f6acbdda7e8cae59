// Connections by the REST API, each answer against its schema. Two installations: one may ask
// providers on this machine, the other asks only who is outside, as installations do.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { test, before, after } from 'node:test';
import { randomUUID } from 'node:crypto';
import { Stack } from '../browser/stack.mjs';
import { Api } from './api.mjs';
import { ConnectionResponse, ConnectionsResponse, DomainResponse, Empty, ListConnectionsResponse,
  OrganizationResponse, TestResultResponse, ToggleResponse } from './schema.mjs';

let stack;
let strict;
let api;
let provider;

// What a provider publishes; `broken` instead of it if a test says so.
class Publisher {
  async start() {
    this.asked = 0;
    this.server = createServer((request, response) => {
      this.asked += 1;
      const status = this.broken ? 500 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ issuer: this.issuer, authorization_endpoint: `${this.issuer}/authorize`,
        token_endpoint: `${this.issuer}/token`, jwks_uri: `${this.issuer}/keys`,
        response_types_supported: ['code'], subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'] }));
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.issuer = `http://127.0.0.1:${this.server.address().port}`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

before(async () => {
  provider = new Publisher();
  [stack, strict] = await Promise.all([
    Stack.start({ settings: { GATEHOUSE_ALLOW_HTTP: 'on', GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8' } }),
    Stack.start(),
    provider.start(),
  ]);
  api = await Api.of(stack);
});
after(() => Promise.all([stack?.stop(), strict?.stop(), provider.stop()]));

const organization = async (client = api) => (await client.call(OrganizationResponse, 'POST', '/organizations',
  { display_name: `Owner ${randomUUID().slice(0, 8)}` }, 201)).organization.id;
const of = (owner) => `/organizations/${owner}/connections`;
const create = async (owner, fields = {}, client = api) => (await client.call(ConnectionResponse, 'POST', of(owner),
  { provider: 'CUSTOM', type: 'OIDC', ...fields })).connection;
const patch = async (owner, { id }, body) =>
  (await api.call(ConnectionResponse, 'PATCH', `${of(owner)}/${id}`, body)).connection;
const complete = (owner, made, fields = {}) => patch(owner, made, { oidc_config: { issuer: provider.issuer,
  client_id: 'us', client_secret: 'a secret of theirs', ...fields } });
const ready = async (owner) => {
  const made = await complete(owner, await create(owner));
  await api.call(ToggleResponse, 'PATCH', `${of(owner)}/${made.id}:enable`);
  return made;
};
const columns = async (made, what) => (await stack.sql(`select ${what} from connections where id = '${made.id}'`))[0];

test('a connection is a draft, then configured, then switched on', async () => {
  const owner = await organization();
  const made = await create(owner, { provider: 'OKTA', provider_key: 'acme-okta' });
  assert.deepEqual([made.status, made.enabled, made.provider, made.organization_id, made.ui_button_title],
    ['DRAFT', false, 'OKTA', owner, 'Okta']);
  assert.equal(made.test_connection_uri, '');
  assert.equal(made.oidc_config.redirect_uri, `${stack.issuer}/sso/v1/oidc/${made.id}/callback`);
  assert.deepEqual(made.oidc_config.scopes, ['openid', 'profile', 'email']);
  await api.refused(400, 'PATCH', `${of(owner)}/${made.id}:enable`);
  const partly = await patch(owner, made, { oidc_config: { client_id: 'us' } });
  assert.equal(partly.status, 'IN_PROGRESS');
  await api.refused(400, 'PATCH', `${of(owner)}/${made.id}:enable`);
  const whole = await complete(owner, made);
  assert.equal(whole.status, 'COMPLETED');
  assert.match(whole.test_connection_uri, /token=/);
  assert.deepEqual(await api.call(ToggleResponse, 'PATCH', `${of(owner)}/${made.id}:enable`), { enabled: true });
  const { connection } = await api.call(ConnectionResponse, 'GET', `${of(owner)}/${made.id}`);
  assert.equal(connection.enabled, true);
  assert.deepEqual(await api.call(ToggleResponse, 'PATCH', `${of(owner)}/${made.id}:disable`), { enabled: false });
  assert.deepEqual(await stack.sql(`select event from audit_events where connection_id = '${made.id}' order by id`),
    ['create', 'update', 'update', 'enable', 'disable'].map((verb) => `api.connection.${verb}`));
});

test('every member of the contract and of ours is kept', async () => {
  const owner = await organization();
  const made = await create(owner);
  const oidc_config = { issuer: 'https://idp.example', discovery_endpoint: 'https://idp.example/d',
    authorize_uri: 'https://idp.example/a', token_uri: 'https://idp.example/t',
    user_info_uri: 'https://idp.example/u', jwks_uri: 'https://idp.example/k', client_id: 'us',
    scopes: ['openid', 'email', 'groups'], token_auth_type: 'BASIC_AUTH', pkce_enabled: false,
    idp_logout_required: true, sync_user_profile_on_login: false, jit_provisioning_with_sso_enabled: false,
    response_mode: 'form_post', tenants: ['0a1b2c3d-0000-4000-8000-000000000001'], prompt: 'login' };
  const changed = await patch(owner, made, { ui_button_title: 'Acme', provider_key: 'k', configuration_type: 'MANUAL',
    attribute_mapping: { email: 'mail', name: 'cn' }, idp_initiated: 'off',
    oidc_config: { ...oidc_config, client_secret: 'sssh', algs: ['ES256', 'RS256'] } });
  const { redirect_uri, ...rest } = changed.oidc_config;
  assert.deepEqual(rest, { ...oidc_config, client_secret: '', algs: 'ES256 RS256' });
  assert.deepEqual([changed.ui_button_title, changed.provider_key, changed.configuration_type, changed.idp_initiated,
    changed.jit, changed.status], ['Acme', 'k', 'MANUAL', 'off', 'off', 'COMPLETED']);
  const merged = await patch(owner, made, { attribute_mapping: { name: null, phone: 'tel' } });
  assert.deepEqual(merged.attribute_mapping, { email: 'mail', phone: 'tel' });
  assert.deepEqual({ ...merged.oidc_config, redirect_uri }, changed.oidc_config);
  assert.equal((await patch(owner, made, { jit: 'organization_domains' })).jit, 'organization_domains');
  const kept = await patch(owner, made, { oidc_config: { jit_provisioning_with_sso_enabled: true } });
  assert.equal(kept.jit, 'organization_domains');
});

test('a secret goes in sealed, comes out never, and an empty one changes nothing', async () => {
  const owner = await organization();
  const made = await complete(owner, await create(owner));
  const before = await columns(made, "encode(client_secret, 'hex')");
  assert.ok(before.length > 60);
  assert.equal(before.includes(Buffer.from('a secret of theirs').toString('hex')), false);
  await patch(owner, made, { oidc_config: { client_secret: '', client_id: 'others' } });
  assert.equal(await columns(made, "encode(client_secret, 'hex')"), before);
  assert.equal(stack.serverLog().includes('a secret of theirs'), false);
  assert.deepEqual(await stack.sql("select reason from audit_events where reason like '%secret of%'"), []);
  assert.deepEqual(await api.refused(400, 'PATCH', `${of(owner)}/${made.id}`,
    { oidc_config: { client_secret: 'ünprintable' } }), ['oidc_config.client_secret']);
});

test('a provider that cannot be read leaves the connection in progress and says why', async () => {
  const owner = await organization();
  const made = await create(owner);
  provider.broken = true;
  const tried = await complete(owner, made).finally(() => { provider.broken = false; });
  assert.equal(tried.status, 'IN_PROGRESS');
  const answer = await api.send('PATCH', `${of(owner)}/${made.id}:enable`);
  assert.equal(answer.status, 400);
  assert.match(answer.body.message, /500/);
  assert.equal((await patch(owner, made, {})).status, 'COMPLETED'); // asked again
  assert.deepEqual(await stack.sql(`select kind, error from connection_documents where connection_id = '${made.id}'`),
    ['discovery|']);
});

test('what was read is not asked for again, unless the provider is another', async () => {
  const owner = await organization();
  const made = await complete(owner, await create(owner));
  const { asked } = provider;
  await patch(owner, made, { ui_button_title: 'Name' });
  await patch(owner, made, { oidc_config: { scopes: ['openid'] } });
  assert.equal(provider.asked, asked);
});

test('another issuer or key address by hand lapses trust and forgets what was published', async () => {
  const owner = await organization();
  const made = await complete(owner, await create(owner));
  assert.equal(await columns(made, 'trust_epoch'), '1');
  await complete(owner, made);
  assert.equal(await columns(made, 'trust_epoch'), '1');
  const steps = [{ jwks_uri: `${provider.issuer}/other` }, { discovery_endpoint: `${provider.issuer}/d` },
    { issuer: 'https://other.example', client_secret: 'another', configuration_type: 'MANUAL' }];
  for (const [i, fields] of steps.entries()) {
    await patch(owner, made, { configuration_type: fields.configuration_type, oidc_config: fields });
    assert.equal(await columns(made, 'trust_epoch'), String(i + 2));
  }
  assert.deepEqual(await stack.sql(`select 1 from connection_documents where connection_id = '${made.id}'`), []);
});

test('P-REST-04 a kept secret is asked for again before another server may get it, and nothing changes', async () => {
  const owner = await organization();
  const made = await ready(owner);
  const before = await columns(made, 'row(connections.*)');
  const elsewhere = 'https://other.example/t';
  for (const fields of [{ token_uri: elsewhere }, { token_uri: elsewhere, client_secret: '' },
    { discovery_endpoint: elsewhere }, { issuer: 'https://other.example' },
    { token_uri: provider.issuer.replace('127.0.0.1', 'localhost') }]) {
    assert.deepEqual(await api.refused(400, 'PATCH', `${of(owner)}/${made.id}`,
      { ui_button_title: 'Other', oidc_config: fields }), ['oidc_config.client_secret'], JSON.stringify(fields));
  }
  assert.deepEqual(await api.refused(400, 'PATCH', `${of(owner)}/${made.id}`,
    { oidc_config: { token_uri: elsewhere, client_secret: '\u00fc' } }), ['oidc_config.client_secret']);
  assert.equal(await columns(made, 'row(connections.*)'), before);
  const { body } = await api.send('PATCH', `${of(owner)}/${made.id}`, { oidc_config: { token_uri: elsewhere } });
  assert.match(body.message, /client_secret must be given again/);
  await patch(owner, made, { oidc_config: { token_uri: `${provider.issuer}/other` } }); // the same server
  const moved = await patch(owner, made, { oidc_config: { token_uri: elsewhere, client_secret: 'a secret of theirs' } });
  assert.equal(moved.oidc_config.token_uri, elsewhere);
});

test('without a secret, or with our key in its place, addresses are set freely', async () => {
  const owner = await organization();
  const made = await create(owner);
  await patch(owner, made, { oidc_config: { issuer: 'https://first.example', configuration_type: 'MANUAL' } });
  await patch(owner, made, { oidc_config: { issuer: provider.issuer, token_auth_type: 'PRIVATE_KEY_JWT' } });
  await patch(owner, made, { oidc_config: { client_secret: 'unused' } });
  await patch(owner, made, { oidc_config: { token_uri: 'https://other.example/t' } });
  assert.deepEqual(await api.refused(400, 'PATCH', `${of(owner)}/${made.id}`,
    { oidc_config: { token_auth_type: 'BASIC_AUTH' } }), ['oidc_config.client_secret']);
});

test('P-REST-04 the secret of a provider that is known by its name goes to no other server either', async () => {
  const { connection } = await api.call(ConnectionResponse, 'POST', '/connections', { provider: 'GITHUB', type: 'OAUTH' });
  const change = { oauth_config: { client_id: 'us', client_secret: 'theirs' } };
  await api.call(ConnectionResponse, 'PATCH', `/connections/${connection.id}`, change);
  assert.deepEqual(await api.refused(400, 'PATCH', `/connections/${connection.id}`,
    { oauth_config: { token_uri: 'https://other.example/t' } }), ['oauth_config.client_secret']);
  await api.call(ConnectionResponse, 'PATCH', `/connections/${connection.id}`,
    { oauth_config: { token_uri: 'https://github.com/login/oauth/access_token' } });
  await api.call(Empty, 'DELETE', `/connections/${connection.id}`);
});

test('a change that would break what is in use is refused as a whole', async () => {
  const owner = await organization();
  const made = await ready(owner);
  const before = await columns(made, 'row(connections.*)');
  for (const fields of [{ client_id: '' }, { scopes: ['email'] }, { issuer: `${provider.issuer}/elsewhere` }]) {
    const answer = await api.send('PATCH', `${of(owner)}/${made.id}`, { oidc_config: fields });
    assert.equal(answer.status, 400, JSON.stringify(fields));
    assert.match(answer.body.message, /would not work/);
  }
  assert.equal(await columns(made, 'row(connections.*)'), before);
});

test('P-REST-01 another organization’s connection is not there, whatever is done to it', async () => {
  const [own, other] = [await organization(), await organization()];
  const { id } = await create(own);
  const before = await columns({ id }, 'row(connections.*)');
  for (const base of [of(other), of('org_1'), '/connections']) {
    for (const [method, path, body] of [['GET', ''], ['PATCH', '', { ui_button_title: 'x' }], ['DELETE', ''],
      ['PATCH', ':enable'], ['PATCH', ':disable'], ['PUT', '/domains', { domain_ids: [] }]]) {
      if (base !== '/connections' || method !== 'PUT') {
        await api.refused(404, method, `${base}/${id}${path}`, body);
      }
    }
  }
  assert.equal(await columns({ id }, 'row(connections.*)'), before);
  await api.refused(404, 'POST', of('org_1'), { provider: 'OKTA', type: 'OIDC' });
});

test('P-REST-04 what only we decide is not taken from the body', async () => {
  const owner = await organization();
  const made = await create(owner, { id: 'conn_1', status: 'COMPLETED', enabled: true, organization_id: 'org_1' });
  const same = await patch(owner, made, { id: 'conn_2', status: 'COMPLETED', enabled: true, organization_id: 'org_1',
    trust_epoch: 9, domains: ['a.example'], oidc_config: { redirect_uri: 'https://evil.example' } });
  assert.deepEqual([same.id, same.status, same.enabled, same.organization_id, same.oidc_config.redirect_uri],
    [made.id, 'DRAFT', false, owner, made.oidc_config.redirect_uri]);
  for (const [field, value] of [['provider', 'GOOGLE'], ['type', 'OAUTH']]) {
    assert.deepEqual(await api.refused(400, 'PATCH', `${of(owner)}/${made.id}`, { [field]: value }), [field]);
  }
});

test('types and providers that do not fit are refused with the field’s name', async () => {
  const owner = await organization();
  for (const [body, fields] of [
    [{ provider: 'OKTA', type: 'SAML' }, ['type']], [{ provider: 'OKTA' }, ['type']],
    [{ provider: 'GITHUB', type: 'OAUTH' }, ['type']], [{ provider: 'GITHUB', type: 'OIDC' }, ['type']],
    [{ provider: 'NOBODY', type: 'OIDC' }, ['provider']], [{ provider: 7, type: 'OIDC' }, ['provider']],
    [{ provider: 'OKTA', type: 'PASSWORD' }, ['type']]]) {
    assert.deepEqual(await api.refused(400, 'POST', of(owner), body), fields, JSON.stringify(body));
  }
  const made = await create(owner);
  for (const [body, field] of [
    [{ saml_config: {} }, 'saml_config'], [{ oauth_config: {} }, 'oauth_config'],
    [{ email_trust: true }, 'email_trust'], [{ ui_button_title: '' }, 'ui_button_title'],
    [{ attribute_mapping: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`k${i}`, 'v'])) }, 'attribute_mapping'],
    [{ oidc_config: { algs: ['none'] } }, 'oidc_config.algs'], [{ oidc_config: { algs: ['HS256'] } }, 'oidc_config.algs'],
    [{ oidc_config: { scopes: ['a b'] } }, 'oidc_config.scopes'],
    [{ oidc_config: { tenants: ['common'] } }, 'oidc_config.tenants'],
    [{ oidc_config: { issuer: 'https://a.example/?x' } }, 'oidc_config.issuer'],
    [{ idp_initiated: 'maybe' }, 'idp_initiated']]) {
    assert.deepEqual(await api.refused(400, 'PATCH', `${of(owner)}/${made.id}`, body), [field], JSON.stringify(body));
  }
});

const URLS = ['issuer', 'discovery_endpoint', 'authorize_uri', 'token_uri', 'user_info_uri', 'jwks_uri'];
async function refusesUrl(url) {
  const client = await Api.of(strict);
  const owner = await organization(client);
  const made = await create(owner, {}, client);
  for (const name of URLS) {
    assert.deepEqual(await client.refused(400, 'PATCH', `${of(owner)}/${made.id}`, { oidc_config: { [name]: url } }),
      [`oidc_config.${name}`], `${name} ${url}`);
  }
  assert.deepEqual(await strict.sql(`select issuer || token_uri || jwks_uri || status from connections
    where id = '${made.id}'`), ['DRAFT']);
}

test('P-SSRF-01 an address of the inner network cannot be configured', async () => {
  for (const url of ['http://127.0.0.1/', 'https://127.0.0.1/', 'https://[::1]/', 'https://169.254.169.254/latest',
    'https://10.0.0.1/', 'https://0.0.0.0/', 'https://2130706433/', 'https://0177.0.0.1/', 'https://0x7f.1/',
    'https://[::ffff:127.0.0.1]/', 'https://[::ffff:a00:1]/', 'https://192.168.1.1/', 'https://[fd00::1]/']) {
    await refusesUrl(url);
  }
});

test('P-SSRF-03 what parsers read differently cannot be configured', async () => {
  for (const url of ['https://good.example\\@evil.example', 'https://good.example#@evil.example',
    'https://evil%2f.good.example', 'https://a.example/\r\nx', 'https://user@a.example/', 'https://u:p@a.example/',
    'file:///etc/passwd', 'gopher://a.example/', 'https:a.example', '//a.example', 'https://', 'javascript:x',
    ' https://a.example', 'https://a.example/ä']) {
    await refusesUrl(url);
  }
});

test('domains of the organization are assigned, others are not there', async () => {
  const [owner, other] = [await organization(), await organization()];
  const add = async (where, domain_type) => (await api.call(DomainResponse, 'POST', `/organizations/${where}/domains`,
    { domain: `d${randomUUID().slice(0, 8)}.example`, domain_type })).domain;
  const [first, second] = [await add(owner), await add(owner)];
  const made = await create(owner);
  const set = async (ids) => (await api.call(ConnectionResponse, 'PUT', `${of(owner)}/${made.id}/domains`,
    { domain_ids: ids })).connection;
  assert.deepEqual((await set([first.id])).domains, [first]);
  const both = await set([second.id, first.id]);
  assert.deepEqual(both.domains.map(({ id }) => id).sort(), [first.id, second.id].sort());
  for (const stranger of [(await add(other)).id, (await add(owner, 'ALLOWED_EMAIL_DOMAIN')).id, 'dom_1']) {
    assert.deepEqual(await api.refused(400, 'PUT', `${of(owner)}/${made.id}/domains`,
      { domain_ids: [first.id, stranger] }), ['domain_ids']);
  }
  assert.deepEqual(await api.refused(400, 'PUT', `${of(owner)}/${made.id}/domains`, {}), ['domain_ids']);
  assert.deepEqual((await set([])).domains, []);
});

test('a list shows what is switched on, or all, by organization and by domain', async () => {
  const owner = await organization();
  const { domain } = (await api.call(DomainResponse, 'POST', `/organizations/${owner}/domains`,
    { domain: `d${randomUUID().slice(0, 8)}.example` })).domain;
  const on = await ready(owner);
  const draft = await create(owner);
  const ids = async (query) => (await api.call(ListConnectionsResponse, 'GET', `/connections?${query}`))
    .connections.map(({ id }) => id);
  assert.deepEqual(await ids(`organization_id=${owner}`), [on.id]);
  assert.deepEqual(await ids(`organization_id=${owner}&include=all`), [on.id, draft.id]);
  assert.deepEqual(await ids(`domain=${domain}`), [on.id]);
  assert.deepEqual(await ids('domain=nobody.example&include=all'), []);
  assert.deepEqual(await ids('organization_id=org_1'), []);
});

test('P-REST-10 lists of all organizations have pages that are good for themselves only', async () => {
  const mark = randomUUID().slice(0, 8);
  const owner = await organization();
  const made = [];
  for (let i = 0; i < 5; i++) made.push((await create(owner, { provider_key: `${mark}-${i}`, provider: i ? 'OKTA' : 'AUTH0' })).id);
  const find = (query) => api.call(ConnectionsResponse, 'GET', `/organizations/-/connections:search?${query}`);
  const first = await find(`query=${mark}&page_size=3`);
  assert.equal(first.total_size, 5);
  const next = await find(`query=${mark}&page_size=3&page_token=${first.next_page_token}`);
  assert.deepEqual([...first.connections, ...next.connections].map(({ id }) => id), made);
  assert.equal(next.next_page_token, '');
  assert.equal((await find(`query=${mark}&provider=OKTA&status=DRAFT&connection_type=OIDC&enabled=false`)).total_size, 4);
  assert.equal((await find(`query=${mark}&enabled=true`)).total_size, 0);
  assert.deepEqual(await api.refused(400, 'GET',
    `/organizations/-/connections?page_token=${first.next_page_token}`), ['page_token']);
  const all = await api.call(ConnectionsResponse, 'GET', '/organizations/-/connections?page_size=2');
  assert.equal(all.connections.length, 2);
  for (const size of [-1, 31, 1e9]) {
    assert.deepEqual(await api.refused(400, 'GET', `/organizations/-/connections?page_size=${size}`), ['page_size']);
  }
});

test('P-REST-08 deleting twice is 404', async () => {
  const owner = await organization();
  const made = await ready(owner);
  await api.call(Empty, 'DELETE', `${of(owner)}/${made.id}`);
  await api.refused(404, 'DELETE', `${of(owner)}/${made.id}`);
  await api.refused(404, 'GET', `${of(owner)}/${made.id}`);
});

test('social connections are the environment’s, one a provider', async () => {
  const social = async (provider, type) => (await api.call(ConnectionResponse, 'POST', '/connections',
    { provider, type })).connection;
  const github = await social('GITHUB', 'OAUTH');
  assert.equal(github.organization_id, undefined);
  assert.equal(github.oauth_config.redirect_uri, `${stack.issuer}/sso/v1/oauth/${github.id}/callback`);
  await api.refused(409, 'POST', '/connections', { provider: 'GITHUB', type: 'OAUTH' });
  assert.deepEqual(await api.refused(400, 'POST', '/connections', { provider: 'OKTA', type: 'OIDC' }), ['provider']);
  const { connection } = await api.call(ConnectionResponse, 'PATCH', `/connections/${github.id}`,
    { email_trust: true, oauth_config: { client_id: 'us', client_secret: 'theirs' } });
  assert.deepEqual([connection.status, connection.email_trust], ['COMPLETED', true]);
  await api.call(ToggleResponse, 'PATCH', `/connections/${github.id}:enable`);
  await api.call(ToggleResponse, 'PATCH', `/connections/${github.id}:disable`);
  await api.call(ConnectionResponse, 'GET', `/connections/${github.id}`);
  await api.refused(404, 'GET', `${of(await organization())}/${github.id}`);
  await api.call(Empty, 'DELETE', `/connections/${github.id}`);
  await api.refused(404, 'GET', `/connections/${github.id}`);
  const apple = await social('APPLE', 'OIDC');
  assert.equal(apple.oidc_config.response_mode, 'form_post');
});

test('of six social connections to one provider at once, one is made', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () =>
    api.send('POST', '/connections', { provider: 'GITLAB', type: 'OIDC' })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409, 409]);
});

test('of changes of one connection at once, none is lost', async () => {
  const owner = await organization();
  const made = await create(owner);
  const answers = await Promise.all(Array.from({ length: 6 }, (_, i) =>
    api.send('PATCH', `${of(owner)}/${made.id}`, { attribute_mapping: { [`k${i}`]: 'v' } })));
  const done = answers.filter(({ status }) => status === 200).length;
  assert.ok(done > 0 && answers.every(({ status }) => status === 200 || status === 409));
  const { connection } = await api.call(ConnectionResponse, 'GET', `${of(owner)}/${made.id}`);
  assert.equal(Object.keys(connection.attribute_mapping).length, done);
});

test('the result of a test is the connection’s own', async () => {
  const owner = await organization();
  const [made, other] = [await create(owner), await create(owner)];
  await stack.sql(`insert into connection_tests (id, connection_id, status, error) values
    ('test_1', '${made.id}', 'FAILURE', 'access_denied')`);
  assert.deepEqual(await api.call(TestResultResponse, 'GET', `/connections/${made.id}/test-requests/test_1`),
    { status: 'FAILURE', error: 'access_denied' });
  for (const [id, name] of [[other.id, 'test_1'], [made.id, 'test_2'], ['conn_1', 'test_1']]) {
    await api.refused(404, 'GET', `/connections/${id}/test-requests/${name}`);
  }
});
