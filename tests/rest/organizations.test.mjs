// Organizations and their settings by the REST API, each answer against its schema.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { randomUUID } from 'node:crypto';
import { Stack } from '../browser/stack.mjs';
import { Api } from './api.mjs';
import { Empty, OrganizationResponse, OrganizationsResponse, SessionPolicyResponse,
  UserManagementResponse } from './schema.mjs';

let stack;
let api;
before(async () => {
  stack = await Stack.start();
  api = await Api.of(stack);
});
after(() => stack.stop());

const unique = () => randomUUID().slice(0, 8);
const make = async (fields = {}) => (await api.call(OrganizationResponse, 'POST', '/organizations',
  { display_name: 'Megasoft', ...fields }, 201)).organization;
const get = async (id) => (await api.call(OrganizationResponse, 'GET', `/organizations/${id}`)).organization;
const patch = async (id, fields) =>
  (await api.call(OrganizationResponse, 'PATCH', `/organizations/${id}`, fields)).organization;

test('an organization is created whole, read and written down', async () => {
  const fields = { display_name: 'Megasoft Inc', external_id: `ext ${unique()}/ü`, slug: `mega-${unique()}`,
    logo_url: 'https://cdn.example.com/logo.png', region_code: 'EU', metadata: { plan: 'gold', 'a b': 'ü' } };
  const made = await make(fields);
  for (const [name, value] of Object.entries(fields)) assert.deepEqual(made[name], value);
  assert.deepEqual(await get(made.id), made);
  const byExternal = await api.call(OrganizationResponse, 'GET',
    `/organizations:external/${encodeURIComponent(fields.external_id)}`);
  assert.deepEqual(byExternal.organization, made);
  const rows = await stack.sql(`select event, client_id from audit_events
    where organization_id = '${made.id}' or reason like '%${made.id}%'`);
  assert.deepEqual(rows, [`api.organization.create|${stack.applications.machine.id}`]);
});

test('the least organization has zero values and no optional members', async () => {
  const made = await make();
  assert.equal(made.region_code, 'REGION_CODE_UNSPECIFIED');
  assert.deepEqual(made.metadata, {});
  for (const name of ['external_id', 'slug', 'logo_url']) assert.ok(!(name in made), name);
  assert.ok(made.settings.features.every(({ enabled }) => !enabled));
});

test('external_id and slug belong to one organization', async () => {
  const external_id = unique();
  const slug = `s-${unique()}`;
  await make({ external_id, slug });
  await api.refused(409, 'POST', '/organizations', { display_name: 'a', external_id });
  await api.refused(409, 'POST', '/organizations', { display_name: 'a', slug });
  const other = await make();
  await api.refused(409, 'PATCH', `/organizations/${other.id}`, { external_id });
  await api.refused(409, 'PATCH', `/organizations/${other.id}`, { slug });
  await api.refused(404, 'GET', `/organizations:external/${unique()}`);
});

test('of many that want one external_id at once, one gets it', async () => {
  const external_id = unique();
  const answers = await Promise.all(Array.from({ length: 8 }, () =>
    api.send('POST', '/organizations', { display_name: 'Racer', external_id })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409, 409, 409]);
});

test('PATCH changes what is given, and an empty text takes away', async () => {
  const made = await make({ external_id: unique(), slug: `s-${unique()}`, logo_url: 'https://a.example/x' });
  const renamed = await patch(made.id, { display_name: 'Renamed' });
  assert.equal(renamed.display_name, 'Renamed');
  assert.equal(renamed.external_id, made.external_id);
  assert.ok(renamed.update_time >= made.update_time);
  const bare = await patch(made.id, { external_id: '', slug: '', logo_url: '' });
  for (const name of ['external_id', 'slug', 'logo_url']) assert.ok(!(name in bare), name);
  assert.deepEqual((await patch(made.id, {})).display_name, 'Renamed');
  assert.deepEqual(await api.refused(400, 'PATCH', `/organizations/${made.id}`, { display_name: '' }),
    ['display_name']);
  await api.refused(404, 'PATCH', '/organizations/org_1', { display_name: 'Nobody' });
});

test('metadata is merged, a null removes its key, and ten pairs are the most', async () => {
  const made = await make({ metadata: { one: '1', two: '2' } });
  assert.deepEqual((await patch(made.id, { metadata: { two: 'b', three: 'c' } })).metadata,
    { one: '1', two: 'b', three: 'c' });
  assert.deepEqual((await patch(made.id, { metadata: { one: null, gone: null } })).metadata,
    { two: 'b', three: 'c' });
  const eight = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`key${i}`, 'v']));
  assert.equal(Object.keys((await patch(made.id, { metadata: eight })).metadata).length, 10);
  assert.deepEqual(await api.refused(400, 'PATCH', `/organizations/${made.id}`, { metadata: { more: 'v' } }),
    ['metadata']);
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`key${i}`, 'v']));
  assert.deepEqual(await api.refused(400, 'POST', '/organizations', { display_name: 'a', metadata: eleven }),
    ['metadata']);
  assert.deepEqual(await api.refused(400, 'POST', '/organizations',
    { display_name: 'a', metadata: { key: null } }), ['metadata.key']);
});

test('parallel PATCHes of metadata lose none', async () => {
  const made = await make();
  await Promise.all(Array.from({ length: 8 }, (_, i) => patch(made.id, { metadata: { [`key${i}`]: 'v' } })));
  assert.equal(Object.keys((await get(made.id)).metadata).length, 8);
});

test('a list is read page by page, forward and back, without a gap', async () => {
  for (let i = 0; i < 25; i++) await make({ display_name: `Page ${i}` });
  const seen = [];
  let path = '/organizations?page_size=10';
  let page;
  do {
    page = await api.call(OrganizationsResponse, 'GET', path);
    assert.ok(page.organizations.length <= 10);
    seen.push(...page.organizations.map(({ id }) => id));
    path = `/organizations?page_size=10&page_token=${page.next_page_token}`;
  } while (page.next_page_token);
  assert.equal(new Set(seen).size, seen.length);
  assert.equal(seen.length, page.total_size);
  const back = [];
  while (page.prev_page_token) {
    page = await api.call(OrganizationsResponse, 'GET',
      `/organizations?page_size=10&page_token=${page.prev_page_token}`);
    back.unshift(...page.organizations.map(({ id }) => id));
  }
  assert.deepEqual(back, seen.slice(0, back.length));
  assert.equal(page.prev_page_token, '');
});

test('the filter external_id finds one or none', async () => {
  const external_id = unique();
  const made = await make({ external_id });
  const found = await api.call(OrganizationsResponse, 'GET', `/organizations?external_id=${external_id}`);
  assert.deepEqual(found, { organizations: [made], total_size: 1, next_page_token: '', prev_page_token: '' });
  const none = await api.call(OrganizationsResponse, 'GET', `/organizations?external_id=${unique()}`);
  assert.equal(none.total_size, 0);
});

test('P-REST-10 page sizes are bounded, and a token is good for its own list only', async () => {
  await make();
  await make();
  for (const size of ['-1', '101', '1000000000', '99999999999999999999', 'ten', '1.5', '0x10']) {
    assert.deepEqual(await api.refused(400, 'GET', `/organizations?page_size=${size}`), ['page_size']);
  }
  const first = await api.call(OrganizationsResponse, 'GET', '/organizations?page_size=1');
  const token = first.next_page_token;
  const forged = [token.slice(0, -1), `${token}A`, 'x', 'AAAA', Buffer.from('>0 org_1').toString('base64url'),
    token.replace(/^./, (c) => (c === 'A' ? 'B' : 'A')), 'a'.repeat(600)];
  for (const wrong of forged) {
    assert.deepEqual(await api.refused(400, 'GET', `/organizations?page_token=${wrong}`), ['page_token']);
  }
  assert.deepEqual(await api.refused(400, 'GET',
    `/organizations?external_id=other&page_token=${token}`), ['page_token']);
  await api.refused(400, 'GET', `/organizations?page_token=${token}&page_token=${token}`);
});

test('features are switched by name, and what is not named stays', async () => {
  const { id } = await make();
  const set = async (features) => {
    const { organization } = await api.call(OrganizationResponse, 'PATCH', `/organizations/${id}/settings`,
      { features });
    return organization.settings.features.filter(({ enabled }) => enabled).map(({ name }) => name);
  };
  assert.deepEqual(await set([{ name: 'sso', enabled: true }]), ['sso']);
  assert.deepEqual(await set([{ name: 'dir_sync', enabled: true }]), ['sso', 'directory_sync']);
  assert.deepEqual(await set([]), ['sso', 'directory_sync']);
  assert.deepEqual(await set([{ name: 'directory_sync', enabled: false },
    { name: 'domain_verification', enabled: true }, { name: 'session_policy', enabled: true }]),
  ['sso', 'domain_verification', 'session_policy']);
  assert.deepEqual(await stack.sql(`select is_sso_on from organizations where id = '${id}'`), ['t']);
  const wrong = (features) => api.refused(400, 'PATCH', `/organizations/${id}/settings`, { features });
  assert.deepEqual(await wrong([{ name: 'root', enabled: true }, { name: 'sso' }, { enabled: 'yes' }]),
    ['features[0].name', 'features[1].enabled', 'features[2].name', 'features[2].enabled']);
  assert.deepEqual(await wrong('sso'), ['features']);
  assert.deepEqual(await wrong([7]), ['features[0]']);
  assert.deepEqual(await wrong([{ name: 'dir_sync', enabled: true },
    { name: 'directory_sync', enabled: false }]), ['features[1]']);
  await api.refused(404, 'PATCH', '/organizations/org_1/settings', { features: [] });
});

test('a session policy is set, kept within bounds and taken back', async () => {
  const { id } = await make();
  const path = `/organizations/${id}/session-policy`;
  const read = async () => (await api.call(SessionPolicyResponse, 'GET', path)).policy;
  const set = async (fields) => (await api.call(SessionPolicyResponse, 'PATCH', path, fields)).policy;
  assert.deepEqual(await read(), { policy_source: 'APPLICATION' });
  const whole = { policy_source: 'CUSTOM', absolute_session_timeout: 360,
    absolute_session_timeout_unit: 'MINUTES', idle_session_timeout_enabled: true, idle_session_timeout: 120,
    idle_session_timeout_unit: 'MINUTES' };
  assert.deepEqual(await set({ policy_source: 'CUSTOM', absolute_session_timeout: 6,
    absolute_session_timeout_unit: 'HOURS', idle_session_timeout_enabled: true, idle_session_timeout: 2,
    idle_session_timeout_unit: 'HOURS' }), whole);
  assert.deepEqual(await read(), whole);
  assert.deepEqual(await set({ absolute_session_timeout: 400 }),
    { ...whole, absolute_session_timeout: 400 });
  assert.deepEqual(await set({ idle_session_timeout_enabled: false }),
    { policy_source: 'CUSTOM', absolute_session_timeout: 400, absolute_session_timeout_unit: 'MINUTES',
      idle_session_timeout_enabled: false });
  assert.deepEqual(await set({ policy_source: 'APPLICATION' }), { policy_source: 'APPLICATION' });
  const wrong = [
    [{ policy_source: 'CUSTOM' }, ['policy_source']],
    [{ absolute_session_timeout: 60 }, ['policy_source']],
    [{ policy_source: 'CUSTOM', absolute_session_timeout: 0 }, ['absolute_session_timeout']],
    [{ policy_source: 'CUSTOM', absolute_session_timeout: 525601 }, ['absolute_session_timeout']],
    [{ policy_source: 'CUSTOM', absolute_session_timeout: 366, absolute_session_timeout_unit: 'DAYS' },
      ['absolute_session_timeout']],
    [{ policy_source: 'CUSTOM', idle_session_timeout: 10081 }, ['idle_session_timeout']],
    [{ policy_source: 'CUSTOM', idle_session_timeout: 5 }, ['idle_session_timeout']],
    [{ policy_source: 'CUSTOM', idle_session_timeout_enabled: true }, ['idle_session_timeout']],
    [{ policy_source: 'CUSTOM', absolute_session_timeout: 60, idle_session_timeout: 60 },
      ['absolute_session_timeout']],
    [{ policy_source: 'OTHER', absolute_session_timeout_unit: 'YEARS' },
      ['policy_source', 'absolute_session_timeout_unit']],
  ];
  for (const [fields, names] of wrong) {
    assert.deepEqual(await api.refused(400, 'PATCH', path, fields), names, JSON.stringify(fields));
  }
  assert.deepEqual(await read(), { policy_source: 'APPLICATION' });
  await api.refused(404, 'GET', '/organizations/org_1/session-policy');
  await api.refused(404, 'PATCH', '/organizations/org_1/session-policy', { policy_source: 'APPLICATION' });
});

test('a limit of users is set and taken back', async () => {
  const { id } = await make();
  const path = `/organizations/${id}/settings/usermanagement`;
  const set = async (settings) => (await api.call(UserManagementResponse, 'PATCH', path, { settings })).settings;
  assert.deepEqual((await api.call(UserManagementResponse, 'GET', path)).settings, { max_allowed_users: null });
  assert.deepEqual(await set({ max_allowed_users: 5 }), { max_allowed_users: 5 });
  assert.deepEqual(await set({}), { max_allowed_users: 5 });
  assert.deepEqual((await api.call(UserManagementResponse, 'GET', path)).settings, { max_allowed_users: 5 });
  assert.deepEqual(await set({ max_allowed_users: 0 }), { max_allowed_users: null });
  assert.deepEqual(await api.refused(400, 'PATCH', path, { settings: { max_allowed_users: -1 } }),
    ['settings.max_allowed_users']);
  assert.deepEqual(await api.refused(400, 'PATCH', path, {}), ['settings']);
  await api.refused(404, 'GET', '/organizations/org_1/settings/usermanagement');
});

test('P-REST-08 deleting takes those along who belong to no other, and twice is 404', async () => {
  const [one, two] = [await make(), await make()];
  await stack.sql(`insert into users (id, email, email_display) select 'usr_' || n, n || '@x.example',
    n || '@x.example' from unnest(array['71', '72', '73']) n`);
  await stack.sql(`insert into memberships (organization_id, user_id, status, provisioning) values
    ('${one.id}', 'usr_71', 'ACTIVE', 'direct_provision'), ('${one.id}', 'usr_72', 'ACTIVE', 'direct_provision'),
    ('${two.id}', 'usr_72', 'ACTIVE', 'direct_provision'), ('${two.id}', 'usr_73', 'ACTIVE', 'direct_provision')`);
  await api.call(Empty, 'DELETE', `/organizations/${one.id}`);
  assert.deepEqual(await stack.sql("select id from users where id like 'usr_7_' order by id"), ['usr_72', 'usr_73']);
  await api.refused(404, 'DELETE', `/organizations/${one.id}`);
  await api.refused(404, 'GET', `/organizations/${one.id}`);
  await get(two.id);
});
