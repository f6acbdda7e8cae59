// Attacks by people and on people: an administrator's words that are as long as they may be, whoever
// waits at the chooser, and what an organization says about who may come in.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { assertArrived, assertAsksForCode, assertFailed, closeRealmWorld, fresh, freshDomain, leavesNothing,
  openRealmWorld, prove, visit } from './realm.mjs';

let world, api, web;

before(async () => {
  world = await openRealmWorld({ GATEHOUSE_ORGANIZATION_SIGNUP: 'on' });
  ({ api } = world);
  ({ web } = world.apps);
});
after(() => closeRealmWorld(world));

const member = (organization, email) =>
  api.do('POST', `/organizations/${organization.id}/users?send_invitation_email=false`, { email });
const join = (organization, userId) => api.do('POST',
  `/memberships/organizations/${organization.id}/users/${userId}?send_invitation_email=false`, {});

// ---- as much as may be said (P-REST-10, P-MEM-02) -----------------------------------------------

// A map with as many pairs, as long, as the API takes, in characters of four octets.
const FULLEST = `(SELECT jsonb_object_agg(lpad(n::text, 25, 'k'), repeat(chr(128512), 256))
  FROM generate_series(1, 20) n)`;

test('P-REST-10 a list of people of whom much is said is read page by page, and ends nothing', async () => {
  const organization = await api.organization();
  await world.sql(`INSERT INTO users (id, email, email_display, metadata, profile)
    SELECT 'usr_7' || n, e, e, ${FULLEST}, jsonb_build_object('metadata', ${FULLEST}, 'custom_attributes', ${FULLEST})
    FROM generate_series(10, 25) n, LATERAL (SELECT 'full' || n || '@many.example' AS e) named`);
  await world.sql(`INSERT INTO memberships (organization_id, user_id, status, provisioning, metadata)
    SELECT '${organization.id}', id, 'ACTIVE', 'direct_provision', ${FULLEST} FROM users WHERE email LIKE 'full%'`);
  const seen = [];
  let page = { next_page_token: '' };
  do {
    page = await api.do('GET', `/organizations/${organization.id}/users?page_size=100&page_token=${page.next_page_token}`);
    assert.equal(page.total_size, 16);
    seen.push(...page.users.map(({ id }) => id));
  } while (page.next_page_token);
  assert.equal(seen.length, 16);
  assert.equal(new Set(seen).size, 16);
  const back = [];
  while (page.prev_page_token) {
    page = await api.do('GET', `/organizations/${organization.id}/users?page_size=100&page_token=${page.prev_page_token}`);
    back.unshift(...page.users.map(({ id }) => id));
  }
  assert.deepEqual(back, seen.slice(0, back.length));
  await world.sql("DELETE FROM users WHERE email LIKE 'full%'");
});

test('P-REST-10 somebody in a thousand organizations is too much for an answer, and not for the server', async () => {
  world.tolerated = /rest_user|\/users/;
  await world.sql(`INSERT INTO organizations (id, name) SELECT 'org_8' || n, 'Many' FROM generate_series(1, 1000) n`);
  await world.sql("INSERT INTO users (id, email, email_display) VALUES ('usr_8', 'all@many.example', 'all@many.example')");
  await world.sql(`INSERT INTO memberships (organization_id, user_id, status, provisioning, metadata)
    SELECT id, 'usr_8', 'ACTIVE', 'direct_provision', ${FULLEST} FROM organizations WHERE name = 'Many'`);
  const { status } = await api.call('GET', '/users/usr_8');
  assert.equal(status, 500);
  await api.do('GET', '/organizations?page_size=1');
  assert.equal((await api.do('POST', '/users/usr_8/sessions/revoke')).total_revoked, 0);
  await api.do('DELETE', '/users/usr_8');
  await world.sql("DELETE FROM organizations WHERE name = 'Many'");
});

// ---- exclusive sign-in (flow.md 3) --------------------------------------------------------------

test('P-LINK-05 an organization is made exclusive by its settings, and open again', async () => {
  const [own, other] = [await api.realm(), await api.realm()];
  const settings = `/organizations/${own.organization.id}/settings`;
  const email = `ceo@${own.domain}`;
  const come = () => {
    other.provider.straighten({ sub: fresh('subject-'), email });
    return visit(world, other.provider, { extra: { connection_id: other.connection.id } });
  };
  const set = async (enabled) => {
    const features = [{ name: 'sso_exclusive', enabled }];
    const { organization } = await api.do('PATCH', settings, { features });
    return organization.settings.features.filter((feature) => feature.enabled).map(({ name }) => name);
  };
  assertAsksForCode(await come(), email);
  assert.deepEqual(await set(true), ['sso', 'sso_exclusive']);
  const { organization } = await api.do('GET', `/organizations/${own.organization.id}`);
  assert.ok(organization.settings.features.some(({ name, enabled }) => name === 'sso_exclusive' && enabled));
  const { end } = await leavesNothing(world, come);
  assertFailed({ end }, '', 403);
  own.provider.straighten({ sub: fresh('subject-'), email });
  assertArrived(world, await visit(world, own.provider, { email }));
  assert.deepEqual(await set(false), ['sso']);
  assertAsksForCode(await come(), email);
  const rows = await world.sql(`SELECT reason FROM audit_events WHERE event = 'api.organization.settings'
    AND organization_id = '${own.organization.id}' AND reason LIKE '%exclusive%' ORDER BY id`);
  assert.deepEqual(rows, [`organization ${own.organization.id}, sso_exclusive on`,
    `organization ${own.organization.id}, sso_exclusive off`]);
});

// ---- the chooser --------------------------------------------------------------------------------

// Somebody of two organizations, at the page that asks for which.
async function atChooser() {
  const email = world.stack.address();
  const [one, two] = [await api.organization({ sso: false }), await api.organization({ sso: false })];
  const { user } = await member(one, email);
  await join(two, user.id);
  const { visitor, page, mail } = await world.codePage(web, { email });
  const chooser = await visitor.submit(page, '/a/auth/code', { code: mail.code }, { until: web.redirectUri });
  assert.equal(new URL(chooser.url).pathname, '/a/auth/organization', chooser.text);
  return { user, visitor, chooser, one };
}

test('P-SESS-11 who waits for an organization when all sessions of the user are ended must sign in again', async () => {
  const { user, visitor, chooser, one } = await atChooser();
  const end = await leavesNothing(world, async () => {
    await api.do('POST', `/users/${user.id}/sessions/revoke`);
    return visitor.submit(chooser, '/a/auth/organization', { organization_id: one.id }, { until: web.redirectUri });
  });
  assert.equal(end.arrived, undefined, `signed in: ${end.arrived}`);
  assert.equal(new URL(end.url).pathname, '/a/auth/login', end.text);
  const other = await atChooser();
  const { arrived } = await other.visitor.submit(other.chooser, '/a/auth/organization',
    { organization_id: other.one.id }, { until: web.redirectUri });
  assert.ok(arrived?.searchParams.get('code'));
});

test('who does not exist has no sessions to end, and nothing is written down about them', async () => {
  const rows = () => world.value("SELECT count(*) FROM audit_events WHERE event LIKE 'api.%'");
  const before = await rows();
  assert.equal((await api.call('POST', '/users/usr_1/sessions/revoke')).status, 404);
  assert.equal(await rows(), before);
});

// Through the connection of `realm`, and then to the chooser by the session that it made.
async function switchAfter(realm, email) {
  realm.provider.straighten({ sub: fresh('subject-'), email });
  const login = await visit(world, realm.provider, { extra: { connection_id: realm.connection.id } });
  if (!login.end.arrived) login.end = await prove(world, login, login.end, email);
  assertArrived(world, login);
  const userId = await world.value(`SELECT id FROM users WHERE email = '${email}'`);
  await join(await api.organization({ sso: false }), userId);
  const page = await login.visitor.go(await web.authorizeUrl({ prompt: 'select_account' }), { until: web.redirectUri });
  assert.equal(new URL(page.url).pathname, '/a/auth/organization', page.text);
  return { visitor: login.visitor, page };
}

test('P-LINK-05 a guest of an organization makes no other in their name by its provider\'s word', async () => {
  const realm = await api.realm();
  const made = (name) => world.value(`SELECT count(*) FROM organizations WHERE name = '${name}'`);
  const guest = await switchAfter(realm, `guest@${freshDomain('elsewhere')}`);
  const name = fresh('Mine ');
  const end = await guest.visitor.submit(guest.page, '/a/auth/organization', { intent: 'create', organization_name: name },
    { until: web.redirectUri });
  assert.equal(end.arrived, undefined, `made: ${end.arrived}`);
  assert.equal(await made(name), '0');
  const own = await switchAfter(realm, `joe@${realm.domain}`);
  const { arrived } = await own.visitor.submit(own.page, '/a/auth/organization', { intent: 'create', organization_name: name },
    { until: web.redirectUri });
  assert.ok(arrived?.searchParams.get('code'));
  assert.equal(await made(name), '1');
});

// ---- what is told of sessions -------------------------------------------------------------------

test('a session whose connection is switched off is over, and has not come to its own end', async () => {
  const realm = await api.realm();
  const login = await visit(world, realm.provider, { email: `joe@${realm.domain}` });
  assertArrived(world, login);
  const id = await world.value(`SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE u.email = 'joe@${realm.domain}'`);
  assert.equal((await api.do('GET', `/sessions/${id}`)).status, 'active');
  await api.do('PATCH', `${realm.connection.path}:disable`);
  const session = await api.do('GET', `/sessions/${id}`);
  assert.equal(session.status, 'expired');
  assert.ok(!session.expired_at, session.expired_at);
  await world.sql(`UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE id = '${id}'`);
  const over = await api.do('GET', `/sessions/${id}`);
  assert.equal(over.expired_at, over.absolute_expires_at);
});
