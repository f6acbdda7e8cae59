// Users, memberships, invitations and roles by the REST API, each answer against its schema.
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test, before, after } from 'node:test';
import { until } from '../browser/process.mjs';
import { Stack } from '../browser/stack.mjs';
import { Api, refusal } from './api.mjs';
import { Empty, InviteResponse, OrganizationResponse, PermissionsResponse, RolesResponse,
  UserManagementResponse, UserResponse, UsersResponse } from './schema.mjs';

let stack;
let api;
before(async () => {
  stack = await Stack.start();
  api = await Api.of(stack);
});
after(() => stack.stop());

const DAY_MS = 24 * 3600 * 1000;
const NOBODY = '/users/usr_1';
const unique = () => randomUUID().slice(0, 8);
const address = () => `person-${unique()}@acme.example`;

const makeOrganization = async (max_allowed_users) => {
  const { organization } = await api.call(OrganizationResponse, 'POST', '/organizations',
    { display_name: `Megasoft ${unique()}` }, 201);
  if (max_allowed_users) await limit(organization.id, max_allowed_users);
  return organization.id;
};
const limit = (organization, max_allowed_users) => api.call(UserManagementResponse, 'PATCH',
  `/organizations/${organization}/settings/usermanagement`, { settings: { max_allowed_users } });
const usersOf = (organization, query = '') => `/organizations/${organization}/users${query}`;
const memberPath = (organization, user) => `/memberships/organizations/${organization}/users/${user}`;
const silent = '?send_invitation_email=false';

const add = async (organization, fields = {}, query = silent) => (await api.call(UserResponse, 'POST',
  usersOf(organization, query), { email: address(), ...fields }, 201)).user;
const get = async (id) => (await api.call(UserResponse, 'GET', `/users/${id}`)).user;
const patch = async (id, fields) => (await api.call(UserResponse, 'PATCH', `/users/${id}`, fields)).user;
const membershipIn = (user, organization) =>
  user.memberships.find(({ organization_id }) => organization_id === organization);
const audited = (id) => stack.sql(`select event from audit_events where user_id = '${id}' order by id`);

const invitations = async (to, count) => {
  const mails = await until(`${count} invitations to ${to}`, async () => {
    const all = await stack.mail.all(to);
    return all.length >= count && all;
  });
  assert.equal(mails.length, count);
  return mails.map((mail) => {
    const [link] = /https?:\/\/\S+\/a\/auth\/invitation\?token=[\w-]+/.exec(mail.text);
    assert.ok(link.startsWith(`${stack.issuer}/a/auth/invitation?token=`));
    return { ...mail, link, token: new URL(link).searchParams.get('token') };
  });
};
const isLinkKnown = async (token) => {
  const hash = createHash('sha256').update(token).digest('hex');
  const rows = await stack.sql(`select id from invitations where token_hash = '\\x${hash}'`);
  return rows.length === 1;
};

// ---- making -------------------------------------------------------------------------------------

test('a user is made with all that may be said, read by both names and written down', async () => {
  const organization = await makeOrganization();
  const external_id = `ext ${unique()}/ü`;
  const profile = { given_name: 'Jörg', family_name: '<b>O\'Neil</b>', locale: 'de-AT', phone_number: '+4312345',
    preferred_username: 'joe', picture: 'https://cdn.example.com/a.png', gender: 'x', groups: ['a', 'b'],
    metadata: { src: 'hr' }, custom_attributes: { team: 'red' } };
  const user = await add(organization, { email: ' Jörg.Test@ACME.Example ', external_id, user_profile: profile,
    metadata: { plan: 'pro' }, membership: { roles: [{ name: 'admin' }], metadata: { seat: '1' } } });
  assert.equal(user.email, 'jörg.test@acme.example');
  assert.equal(user.user_profile.name, 'Jörg <b>O\'Neil</b>');
  assert.equal(user.user_profile.email_verified, true);
  for (const [name, value] of Object.entries(profile)) assert.deepEqual(user.user_profile[name], value, name);
  assert.deepEqual(user.metadata, { plan: 'pro' });
  const [membership] = user.memberships;
  assert.equal(membership.membership_status, 'ACTIVE');
  assert.equal(membership.provisioning_method, 'direct_provision');
  assert.deepEqual(membership.metadata, { seat: '1' });
  assert.deepEqual(membership.roles.map(({ name }) => name), ['admin']);
  assert.equal(membership.permissions.length, 12);
  assert.deepEqual(await get(user.id), user);
  const byExternal = await api.call(UserResponse, 'GET', `/users:external/${encodeURIComponent(external_id)}`);
  assert.deepEqual(byExternal.user, user);
  assert.deepEqual(await audited(user.id), ['api.membership.create']);
  assert.deepEqual(await stack.mail.all(user.email), []);
});

test('by default a person is invited: pending, unproven, with one mail and a link good for 15 days', async () => {
  const organization = await makeOrganization();
  const user = await add(organization, { membership: { inviter_email: 'Boss@acme.example' } }, '');
  const membership = membershipIn(user, organization);
  assert.equal(membership.membership_status, 'PENDING_INVITE');
  assert.equal(membership.provisioning_method, 'invitation');
  assert.equal(membership.inviter_email, 'Boss@acme.example');
  assert.deepEqual(membership.permissions, []);
  assert.ok(!('accepted_at' in membership));
  const days = (Date.parse(membership.expires_at) - Date.parse(membership.created_at)) / DAY_MS;
  assert.ok(Math.abs(days - 15) < 0.001, `${days}`);
  assert.equal(user.user_profile.email_verified, false);
  const [mail] = await invitations(user.email, 1);
  assert.ok(await isLinkKnown(mail.token));
  assert.match(mail.text, /Boss@acme\.example/);
  assert.match(mail.text, /15 /);
  assert.deepEqual(await audited(user.id), ['api.membership.invite']);
});

test('an invitation is in the language of the person', async () => {
  const organization = await makeOrganization();
  const english = await add(organization, {}, '?send_invitation_email=true');
  const german = await add(organization, { user_profile: { locale: 'de-CH' } }, '');
  const [one] = await invitations(english.email, 1);
  const [other] = await invitations(german.email, 1);
  assert.notEqual(one.subject, other.subject);
});

test('one user per address: who has it already becomes a member and keeps the profile', async () => {
  const [first, second] = [await makeOrganization(), await makeOrganization()];
  const user = await add(first, { user_profile: { given_name: 'Ann' }, metadata: { plan: 'pro' } });
  const again = await add(second, { email: user.email.toUpperCase(), external_id: `x-${unique()}`,
    user_profile: { given_name: 'Mallory' }, metadata: { plan: 'free' } });
  assert.equal(again.id, user.id);
  assert.equal(again.user_profile.given_name, 'Ann');
  assert.deepEqual(again.metadata, { plan: 'pro' });
  assert.match(again.external_id, /^x-/);
  assert.equal(again.memberships.length, 2);
  await api.refused(409, 'POST', usersOf(second, silent), { email: user.email });
  await api.refused(409, 'POST', usersOf(await makeOrganization(), silent),
    { email: user.email, external_id: 'another' });
  const { external_id } = again;
  await api.refused(409, 'POST', usersOf(first, silent), { email: address(), external_id });
  assert.equal((await get(user.id)).memberships.length, 2);
});

test('of many that add one address at once, one user is made and one membership', async () => {
  const organization = await makeOrganization();
  const email = address();
  const answers = await Promise.all(Array.from({ length: 8 }, () =>
    api.send('POST', usersOf(organization, silent), { email })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409, 409, 409, 409, 409, 409, 409]);
  const rows = await stack.sql(`select count(*) from users where email = '${email}'`);
  assert.deepEqual(rows, ['1']);
});

test('an organization takes no more users than it may, however many come at once', async () => {
  const organization = await makeOrganization(3);
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) =>
    api.send('POST', usersOf(organization, i % 2 ? silent : ''), { email: address() })));
  assert.equal(answers.filter(({ status }) => status === 201).length, 3);
  for (const { status } of answers) assert.ok([201, 400, 409].includes(status), `${status}`);
  await api.refused(400, 'POST', usersOf(organization, silent), { email: address() });
  await limit(organization, 4);
  await add(organization);
});

test('what a body says wrongly is told at once, and nothing is written', async () => {
  const organization = await makeOrganization();
  const fields = await api.refused(400, 'POST', usersOf(organization, '?send_invitation_email=perhaps'), {
    email: 'no address', external_id: '', metadata: { ab: 'x' },
    user_profile: { given_name: 'x'.repeat(256), picture: 'javascript:alert(1)', locale: 'en US',
      groups: ['a', 'a'], phone_number: 5, custom_attributes: [] },
    membership: { roles: [{ name: 'root' }], inviter_email: 'x', metadata: { good: 'x'.repeat(257) } },
  });
  assert.deepEqual(fields.sort(), ['email', 'external_id', 'membership.inviter_email', 'membership.metadata.good',
    'membership.roles[0].name', 'metadata', 'send_invitation_email', 'user_profile.custom_attributes',
    'user_profile.given_name', 'user_profile.groups[1]', 'user_profile.locale', 'user_profile.phone_number',
    'user_profile.picture']);
  assert.deepEqual(await api.refused(400, 'POST', usersOf(organization), {}), ['email']);
  await api.refused(404, 'POST', usersOf('org_1'), { email: address() });
  const { total_size } = await api.call(UsersResponse, 'GET', usersOf(organization));
  assert.equal(total_size, 0);
});

test('P-OTP-12 an address that only looks like one, or holds what misleads, is refused', async () => {
  const organization = await makeOrganization();
  for (const email of ['a@b', '"a b"@acme.example', 'a\u202eb@acme.example', 'a\u200bb@acme.example',
    'k\u212a@acme.example', 'a@acme.example\r\nBcc: x@evil.example', 'a@acme.example,b@evil.example',
    `${'a'.repeat(65)}@acme.example`, '<a@acme.example>', 'a@[192.0.2.1]']) {
    assert.deepEqual(await api.refused(400, 'POST', usersOf(organization), { email }), ['email'], email);
  }
});

// ---- changing -----------------------------------------------------------------------------------

test('PATCH changes what is given, merges maps and takes the deprecated names', async () => {
  const external_id = unique();
  const user = await add(await makeOrganization(), { external_id, metadata: { plan: 'pro', seat: '1' },
    user_profile: { name: 'Ann B', phone_number: '+49', groups: ['a'], custom_attributes: { team: 'red' } } });
  const changed = await patch(user.id, { metadata: { plan: null, kind: 'k' },
    user_profile: { first_name: 'Ann', last_name: 'Berg', groups: ['b'], custom_attributes: { site: 'x1' } } });
  assert.deepEqual(changed.metadata, { seat: '1', kind: 'k' });
  assert.equal(changed.user_profile.given_name, 'Ann');
  assert.equal(changed.user_profile.family_name, 'Berg');
  assert.equal(changed.user_profile.name, 'Ann B');
  assert.equal(changed.user_profile.phone_number, '+49');
  assert.deepEqual(changed.user_profile.groups, ['b']);
  assert.deepEqual(changed.user_profile.custom_attributes, { team: 'red', site: 'x1' });
  assert.ok(changed.update_time >= user.update_time);
  const renamed = (await api.call(UserResponse, 'PATCH', `/users:external/${external_id}`,
    { external_id: `${external_id}-2`, user_profile: { name: '' } })).user;
  assert.equal(renamed.external_id, `${external_id}-2`);
  assert.equal(renamed.user_profile.name, '');
  assert.ok(!('external_id' in await patch(user.id, { external_id: '' })));
  await api.refused(404, 'PATCH', `/users:external/${external_id}`, {});
  await api.refused(404, 'PATCH', NOBODY, {});
});

test('P-REST-04 the address and all that is not offered stay as they are', async () => {
  const organization = await makeOrganization();
  const user = await add(organization, {}, '');
  const tampered = { id: 'usr_9', email: 'mallory@evil.example', create_time: '2000-01-01T00:00:00Z',
    is_active: false, last_login_time: '2000-01-01T00:00:00Z',
    memberships: [{ organization_id: organization, roles: [{ name: 'admin' }] }],
    user_profile: { id: 'x', email_verified: true, phone_number_verified: true, external_identities: [{}] } };
  const changed = await patch(user.id, tampered);
  assert.deepEqual({ ...changed, update_time: '' }, { ...user, update_time: '' });
});

test('an external id belongs to one user, also when several want it at once', async () => {
  const organization = await makeOrganization();
  const external_id = unique();
  const [one, other] = [await add(organization, { external_id }), await add(organization)];
  await api.refused(409, 'PATCH', `/users/${other.id}`, { external_id });
  await patch(one.id, { external_id });
  const wanted = unique();
  const answers = await Promise.all([one, other].map(({ id }) =>
    api.send('PATCH', `/users/${id}`, { external_id: wanted })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409]);
});

test('a map has twenty pairs at most, after the merge too', async () => {
  const map = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, 'v']));
  const user = await add(await makeOrganization(), { metadata: map, user_profile: { metadata: map } });
  assert.deepEqual(await api.refused(400, 'PATCH', `/users/${user.id}`,
    { metadata: { one: 'x' }, user_profile: { metadata: { two: 'x' } } }), ['metadata', 'user_profile.metadata']);
  const changed = await patch(user.id, { metadata: { one: 'x', key0: null } });
  assert.equal(Object.keys(changed.metadata).length, 20);
});

test('P-REST-05 names are stored as they are or refused, and never a 500', async () => {
  const user = await add(await makeOrganization());
  for (const name of ['😀', '<img src=x onerror=alert(1)>', 'a\u202eb', '\'; drop table users; --', '']) {
    assert.equal((await patch(user.id, { user_profile: { name } })).user_profile.name, name);
  }
  for (const name of [5, true, [], {}, 'x'.repeat(10000), 'a\nb']) {
    assert.deepEqual(await api.refused(400, 'PATCH', `/users/${user.id}`, { user_profile: { name } }),
      ['user_profile.name']);
  }
  for (const raw of ['{"user_profile":{"name":"\\ud800"}}', '{"user_profile":{"name":"a\\u0000"}}',
    '{"user_profile":{"name":"a","name":"b"}}', '[{}]', '{} {}',
    `{"metadata":${'['.repeat(5000)}`]) {
    await api.refused(400, 'PATCH', `/users/${user.id}`, raw);
  }
});

// ---- lists --------------------------------------------------------------------------------------

// All pages forward, then all backward: the ids of each way.
async function walk(path) {
  const [forward, backward] = [[], []];
  const sign = path.includes('?') ? '&' : '?';
  let token = '';
  let answer;
  do {
    answer = await api.call(UsersResponse, 'GET', `${path}${token && `${sign}page_token=${token}`}`);
    forward.push(...answer.users.map(({ id }) => id));
    token = answer.next_page_token;
  } while (token);
  backward.push(...answer.users.map(({ id }) => id));
  while (answer.prev_page_token) {
    answer = await api.call(UsersResponse, 'GET', `${path}${sign}page_token=${answer.prev_page_token}`);
    backward.unshift(...answer.users.map(({ id }) => id));
  }
  assert.deepEqual(backward, forward);
  assert.equal(answer.total_size, forward.length);
  return forward;
}

test('lists and searches go forward and back by pages', async () => {
  const [organization, other] = [await makeOrganization(), await makeOrganization()];
  const tag = unique();
  const made = [];
  for (let i = 0; i < 5; i += 1) {
    made.push((await add(organization, { email: `p${i}-${tag}@acme.example` }, i === 2 ? '' : silent)).id);
  }
  const stranger = (await add(other, { email: `q-${tag}@acme.example` })).id;
  assert.deepEqual(await walk(usersOf(organization, '?page_size=2')), made);
  assert.deepEqual(await walk(`/users:search?query=${tag}&page_size=2`), [...made, stranger]);
  const found = `/organizations/${organization}/users:search?query=`;
  assert.deepEqual(await walk(`${found}${tag.toUpperCase()}&page_size=2`), made);
  assert.deepEqual(await walk(`${found}q-${tag}`), []);
  assert.deepEqual(await walk(`/users:search?query=${made[1]}`), [made[1]]);
  const all = await walk('/users?page_size=4');
  for (const id of [...made, stranger]) assert.ok(all.includes(id));
});

test('P-REST-10 sizes are bounded, and a token is good for its own list only', async () => {
  const [organization, other] = [await makeOrganization(), await makeOrganization()];
  for (let i = 0; i < 3; i += 1) await add(organization);
  const token = (await api.call(UsersResponse, 'GET', usersOf(organization, '?page_size=1'))).next_page_token;
  for (const path of [usersOf(other), '/users', '/users:search?query=acme', '/organizations',
    `/organizations/${organization}/users:search?query=acme`]) {
    const sign = path.includes('?') ? '&' : '?';
    assert.deepEqual(await api.refused(400, 'GET', `${path}${sign}page_token=${token}`), ['page_token'], path);
  }
  for (const size of ['-1', '101', '1000000000', '1e2', 'x', '1&page_size=2']) {
    assert.deepEqual(await api.refused(400, 'GET', `/users?page_size=${size}`), ['page_size'], size);
  }
  assert.deepEqual(await api.refused(400, 'GET', '/users:search?query=acme&page_size=31'), ['page_size']);
  await api.call(UsersResponse, 'GET', '/users?page_size=0');
  for (const query of ['', '?query=', '?query=ab', `?query=${'x'.repeat(101)}`]) {
    assert.deepEqual(await api.refused(400, 'GET', `/users:search${query}`), ['query'], query);
  }
});

test('a search has no wildcards and no way into the statement', async () => {
  for (const query of ['%%%', '___', '\\\\\\', '\' or \'\'=\'', '$1$']) {
    const { users } = await api.call(UsersResponse, 'GET', `/users:search?query=${encodeURIComponent(query)}`);
    assert.deepEqual(users, [], query);
  }
});

// ---- memberships --------------------------------------------------------------------------------

test('an existing user is added by id and by external id, with and without an invitation', async () => {
  const [first, second, third] = [await makeOrganization(), await makeOrganization(), await makeOrganization()];
  const external_id = unique();
  const { id, email } = await add(first, { external_id });
  const added = (await api.call(UserResponse, 'POST', `${memberPath(second, id)}${silent}`,
    { roles: [{ name: 'admin' }, { name: 'member' }], metadata: { seat: '1' } }, 201)).user;
  assert.equal(membershipIn(added, second).membership_status, 'ACTIVE');
  assert.deepEqual(membershipIn(added, second).roles.map(({ name }) => name), ['admin', 'member']);
  const byExternal = `/memberships/organizations/${third}/users:external/${external_id}`;
  const invited = (await api.call(UserResponse, 'POST', byExternal, undefined, 201)).user;
  assert.equal(membershipIn(invited, third).membership_status, 'PENDING_INVITE');
  assert.deepEqual(membershipIn(invited, third).roles.map(({ name }) => name), ['member']);
  await invitations(email, 1);
  await api.refused(409, 'POST', byExternal, {});
  await api.refused(404, 'POST', memberPath(third, 'usr_1'), {});
  await api.refused(404, 'POST', memberPath('org_1', id), {});
});

test('a membership is changed: roles are replaced, metadata is merged', async () => {
  const organization = await makeOrganization();
  const external_id = unique();
  const { id } = await add(organization, { external_id, membership: { metadata: { seat: '1' } } });
  let { user } = await api.call(UserResponse, 'PATCH', memberPath(organization, id),
    { roles: [{ name: 'admin' }], metadata: { site: 'x1' } });
  assert.deepEqual(user.memberships[0].roles.map(({ name }) => name), ['admin']);
  assert.deepEqual(user.memberships[0].metadata, { seat: '1', site: 'x1' });
  ({ user } = await api.call(UserResponse, 'PATCH',
    `/memberships/organizations/${organization}/users:external/${external_id}`,
    { roles: [], metadata: { seat: null }, membership_status: 'INACTIVE' }));
  assert.deepEqual(user.memberships[0].roles.map(({ name }) => name), ['admin']);
  assert.deepEqual(user.memberships[0].metadata, { site: 'x1' });
  assert.equal(user.memberships[0].membership_status, 'ACTIVE');
  assert.deepEqual(await audited(id),
    ['api.membership.create', 'api.membership.update', 'api.membership.update']);
});

test('P-REST-01 a member of another organization is not there, nor is anybody who is unknown', async () => {
  const [organization, other] = [await makeOrganization(), await makeOrganization()];
  const { id } = await add(other);
  const roles = `/organizations/${organization}/users/${id}/roles`;
  for (const [method, path, body] of [
    ['PATCH', memberPath(organization, id), {}], ['DELETE', memberPath(organization, id)], ['GET', roles],
    ['POST', roles, { roles: [{ role_name: 'admin' }] }], ['DELETE', `${roles}/member`],
    ['GET', `/organizations/${organization}/users/${id}/permissions`],
    ['PATCH', `/invites/organizations/${organization}/users/${id}/resend`],
    ['GET', NOBODY], ['DELETE', NOBODY], ['GET', '/users:external/nobody'], ['DELETE', '/users:external/nobody'],
    ['GET', usersOf('org_1')], ['GET', '/organizations/org_1/users:search?query=acme'],
  ]) {
    assert.deepEqual(await api.refused(404, method, path, body), [], `${method} ${path}`);
  }
  assert.deepEqual((await get(id)).memberships.map(({ roles: [role] }) => role.name), ['member']);
});

test('P-REST-08 leaving twice is 404, and with the last membership the user goes', async () => {
  const [first, second] = [await makeOrganization(), await makeOrganization()];
  const external_id = unique();
  const { id } = await add(first, { external_id });
  await api.call(UserResponse, 'POST', `${memberPath(second, id)}${silent}`, {}, 201);
  await api.call(Empty, 'DELETE', memberPath(first, id));
  await api.refused(404, 'DELETE', memberPath(first, id));
  assert.deepEqual((await get(id)).memberships.map(({ organization_id }) => organization_id), [second]);
  await api.call(Empty, 'DELETE', `/memberships/organizations/${second}/users:external/${external_id}`);
  await api.refused(404, 'GET', `/users/${id}`);
});

test('P-REST-08 a user is deleted once, with everything, and the address is free again', async () => {
  const organization = await makeOrganization();
  const external_id = unique();
  const user = await add(organization, { external_id }, '');
  await api.call(Empty, 'DELETE', `/users:external/${external_id}`);
  await api.refused(404, 'DELETE', `/users/${user.id}`);
  await api.refused(404, 'DELETE', `/users:external/${external_id}`);
  const left = await stack.sql(`select (select count(*) from memberships where user_id = '${user.id}')
    + (select count(*) from invitations where user_id = '${user.id}')`);
  assert.deepEqual(left, ['0']);
  const again = await add(organization, { email: user.email, external_id });
  assert.notEqual(again.id, user.id);
  assert.deepEqual(await audited(user.id), ['api.membership.invite', 'api.user.delete']);
});

test('identities at providers are shown with the user', async () => {
  const user = await add(await makeOrganization());
  await stack.sql(`insert into connections (id, type, protocol, provider, name)
    values ('conn_777', 'social', 'OAUTH', 'github', 'GitHub')`);
  await stack.sql(`insert into identities (connection_id, subject, user_id, email)
    values ('conn_777', 'octo"cat', '${user.id}', '${user.email}')`);
  const [identity] = (await get(user.id)).user_profile.external_identities;
  assert.equal(identity.connection_user_id, 'octo"cat');
  assert.equal(identity.connection_provider, 'GITHUB');
  assert.equal(identity.connection_type, 'OAUTH');
  assert.equal(identity.is_social, true);
});

// ---- invitations --------------------------------------------------------------------------------

// For the counters; two mails a minute are all that an address gets.
const minutePasses = () => stack.sql('update rate_counters set window_ends_at = now()');
const resend = (organization, user) => `/invites/organizations/${organization}/users/${user}/resend`;

test('resending makes a new link and kills the old one, also when it has expired', async () => {
  const organization = await makeOrganization();
  const { id, email } = await add(organization, { membership: { inviter_email: 'boss@acme.example' } }, '');
  const [first] = await invitations(email, 1);
  const { invite } = await api.call(InviteResponse, 'PATCH', resend(organization, id), {});
  assert.equal(invite.user_id, id);
  assert.equal(invite.inviter_email, 'boss@acme.example');
  assert.equal(invite.resent_count, 1);
  const [, second] = await invitations(email, 2);
  assert.ok(!await isLinkKnown(first.token));
  assert.ok(await isLinkKnown(second.token));
  await stack.sql(`update invitations set expires_at = now() - interval '1 second' where user_id = '${id}'`);
  assert.equal((await get(id)).memberships[0].membership_status, 'INVITE_EXPIRED');
  await minutePasses();
  const renewed = (await api.call(InviteResponse, 'PATCH', resend(organization, id))).invite;
  assert.equal(renewed.resent_count, 2);
  assert.ok(Date.parse(renewed.expires_at) > Date.now() + 14 * DAY_MS);
  assert.equal((await get(id)).memberships[0].membership_status, 'PENDING_INVITE');
  await invitations(email, 3);
});

test('only what is pending is resent, and an expired one needs a place', async () => {
  const organization = await makeOrganization();
  const active = await add(organization);
  await api.refused(400, 'PATCH', resend(organization, active.id), {});
  const { id } = await add(organization, {}, '');
  await stack.sql(`update invitations set expires_at = now() where user_id = '${id}'`);
  await limit(organization, 1);
  await api.refused(400, 'PATCH', resend(organization, id), {});
  await limit(organization, 2);
  await api.call(InviteResponse, 'PATCH', resend(organization, id), {});
});

const tooMany = (answer) => {
  assert.deepEqual(refusal(answer, 429), []);
  assert.equal(answer.body.details[0].error_code, 'RATE_LIMITED');
  const wait = Number(answer.headers.get('retry-after'));
  assert.ok(wait >= 1 && wait <= 3600, `${wait}`);
  return wait;
};

test('P-OTP-19 a mailbox gets two invitations a minute, whichever way they are asked for, and ten an hour', async () => {
  const [one, two] = [await makeOrganization(), await makeOrganization()];
  const { id, email } = await add(one, {}, '');
  const [local, domain] = email.split('@');
  const person = await add(one, { email: `${local}+a@${domain}` });
  const ways = [
    ['PATCH', resend(one, id), {}],
    ['POST', memberPath(two, id), {}],
    ['POST', memberPath(two, person.id), {}],
    ['POST', usersOf(two), { email: `${local}+b@${domain}` }],
  ];
  const state = () => stack.sql(`select (select count(*) from users) || ' ' || (select count(*) from memberships) || ' '
    || (select count(*) from invitations) || ' ' || (select count(*) from outbox) || ' '
    || (select count(*) from audit_events) || ' ' || (select sum(resent_count) from invitations)`);
  await api.call(InviteResponse, 'PATCH', resend(one, id), {});
  const before = await state();
  for (const way of ways) assert.ok(tooMany(await api.send(...way)) <= 60);
  assert.deepEqual(await state(), before, 'a refusal writes nothing');
  await api.call(UserResponse, 'POST', memberPath(two, id) + silent, {}, 201);
  for (let n = 3; n <= 10; n++) {
    await stack.sql("update rate_counters set window_ends_at = now() where window_ends_at < now() + interval '2 min'");
    await api.call(InviteResponse, 'PATCH', resend(one, id), {});
  }
  await stack.sql("update rate_counters set window_ends_at = now() where window_ends_at < now() + interval '2 min'");
  assert.ok(tooMany(await api.send('PATCH', resend(one, id), {})) > 60);
  await invitations(email, 10);
});

test('a link is nowhere in the answers, the database or the log', async () => {
  const organization = await makeOrganization();
  const user = await add(organization, {}, '');
  const [{ token }] = await invitations(user.email, 1);
  assert.ok(token.length >= 43);
  const answers = JSON.stringify([user, await get(user.id),
    await api.call(InviteResponse, 'PATCH', resend(organization, user.id), {})]);
  assert.ok(!answers.includes(token));
  const rows = await stack.sql(`select coalesce(string_agg(t::text, ''), '') from
    (select o.* from outbox o) t`);
  assert.ok(!rows.join('').includes(token));
  assert.ok(!stack.gatehouse.process.log().includes(token));
});

// ---- roles --------------------------------------------------------------------------------------

test('roles come and go, never the last, and permissions follow', async () => {
  const organization = await makeOrganization();
  const { id } = await add(organization);
  const roles = `/organizations/${organization}/users/${id}/roles`;
  const permissions = async () => (await api.call(PermissionsResponse, 'GET',
    `/organizations/${organization}/users/${id}/permissions`)).permissions.map(({ name }) => name);
  assert.deepEqual(await permissions(), ['sk_org_settings_read', 'sk_org_users_read']);
  const assigned = await api.call(RolesResponse, 'POST', roles, { roles: [{ role_name: 'admin' }] });
  assert.deepEqual(assigned.roles.map(({ name }) => name), ['admin', 'member']);
  assert.equal((await permissions()).length, 12);
  await api.call(Empty, 'DELETE', `${roles}/member`);
  await api.refused(404, 'DELETE', `${roles}/member`);
  await api.refused(404, 'DELETE', `${roles}/root`);
  await api.refused(400, 'DELETE', `${roles}/admin`);
  const listed = await api.call(RolesResponse, 'GET', roles);
  assert.deepEqual(listed.roles.map(({ name }) => name), ['admin']);
  assert.deepEqual(await api.refused(400, 'POST', roles, { roles: [{ role_name: 'root' }] }),
    ['roles[0].role_name']);
  assert.deepEqual(await api.refused(400, 'POST', roles, { roles: [] }), ['roles']);
  assert.deepEqual(await api.refused(400, 'POST', roles, {}), ['roles']);
  assert.deepEqual(await audited(id), ['api.membership.create', 'api.role.assign', 'api.role.remove']);
});

test('P-REST-06 roles are assigned by a list, which is one whole JSON value', async () => {
  const organization = await makeOrganization();
  const { id } = await add(organization);
  const roles = `/organizations/${organization}/users/${id}/roles`;
  const assigned = await api.call(RolesResponse, 'POST', roles, [{ role_name: 'admin' }]);
  assert.deepEqual(assigned.roles.map(({ name }) => name), ['admin', 'member']);
  await api.call(RolesResponse, 'POST', roles, ' \r\n\t[{"role_name":"member"}] ');
  assert.deepEqual(await api.refused(400, 'POST', roles, [{ role_name: 'member' }, { role_name: 'root' }]),
    ['roles[1].role_name']);
  assert.deepEqual(await api.refused(400, 'POST', roles, []), ['roles']);
  assert.deepEqual(await api.refused(400, 'POST', roles, ['admin']), ['roles[0]']);
  for (const body of ['[{"role_name":"admin"}', '[{"role_name":"admin"}] x', '[{"role_name":"admin"}],"roles":[]',
    '[{"role_name":"admin","role_name":"member"}]', '[{"role_name":"admin"}]{}', '"admin"', '[',
    `${'['.repeat(100_00)}`]) {
    assert.deepEqual(await api.refused(400, 'POST', roles, body), [], body.slice(0, 60));
  }
  // Only where the contract says so.
  assert.deepEqual(await api.refused(400, 'POST', '/organizations', [{ display_name: 'List' }]), []);
});

test('who is only invited has roles and no permissions yet', async () => {
  const organization = await makeOrganization();
  const { id } = await add(organization, { membership: { roles: [{ name: 'admin' }] } }, '');
  const path = `/organizations/${organization}/users/${id}`;
  assert.equal((await api.call(RolesResponse, 'GET', `${path}/roles`)).roles.length, 1);
  assert.deepEqual((await api.call(PermissionsResponse, 'GET', `${path}/permissions`)).permissions, []);
});

test('P-REST-07 a method is what it is: overrides are ignored', async () => {
  const { id } = await add(await makeOrganization());
  const answer = await api.send('GET', `/users/${id}?_method=DELETE`, undefined,
    { 'x-http-method-override': 'DELETE' });
  assert.equal(answer.status, 200);
  await api.refused(405, 'POST', `/users/${id}`, {}, { 'x-http-method-override': 'DELETE' });
  await get(id);
});

test('P-REST-09 a browser\'s session cookie alone opens nothing', async () => {
  const answer = await fetch(`${stack.issuer}/api/v1/users`, { headers: { cookie: '__Host-session=x' } });
  assert.equal(answer.status, 401);
});
