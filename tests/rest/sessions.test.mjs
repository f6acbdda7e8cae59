// Sessions of people by the REST API, each answer against its schema.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';
import { Api } from './api.mjs';
import { RevokeSessionResponse, RevokeSessionsResponse, Session, SessionsResponse } from './schema.mjs';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
let stack;
let api;
before(async () => {
  stack = await Stack.start();
  api = await Api.of(stack);
});
after(() => stack.stop());

// The nth login with an address, each in a browser of its own.
async function signIn(email = stack.address(), nth = 1) {
  const visitor = new Visitor();
  visitor.headers['User-Agent'] = FIREFOX;
  const { web } = stack.applications;
  const codePage = await visitor.askForCode(await web.authorizeUrl({ scope: 'openid email offline_access' }), email);
  const { code } = await stack.mail.nth(email, nth);
  const { arrived } = await visitor.submit(codePage, '/a/auth/code', { code }, { until: web.redirectUri });
  const [row] = await stack.sql(`select s.id, s.user_id from sessions s join users u on u.id = s.user_id
    where u.email = '${email}' order by s.created_at desc limit 1`);
  const [session, user] = row.split('|');
  return { visitor, email, session, user, arrived };
}
const list = (user, query = '') => api.call(SessionsResponse, 'GET', `/users/${user}/sessions?${query}`);
const statusOf = async (id) => (await api.call(Session, 'GET', `/sessions/${id}`)).status;

test('a session says whose it is, where and for which applications', async () => {
  const { session, user } = await signIn();
  const found = await api.call(Session, 'GET', `/sessions/${session}`);
  assert.deepEqual([found.session_id, found.user_id, found.status], [session, user, 'active']);
  assert.deepEqual(found.authenticated_clients, [{ client_id: stack.applications.web.id, organization_id: '' }]);
  const { os, browser, device_type, user_agent } = found.device;
  assert.deepEqual([os, browser, device_type, user_agent], ['Linux', 'Firefox', 'desktop', FIREFOX]);
  await api.refused(404, 'GET', '/sessions/ses_1');
});

test('a revoked session is over at once, for the browser and for its grants', async () => {
  const { session, visitor } = await signIn();
  const { web } = stack.applications;
  const { revoked_session } = await api.call(RevokeSessionResponse, 'POST', `/sessions/${session}/revoke`);
  assert.deepEqual([revoked_session.session_id, revoked_session.status], [session, 'revoked']);
  assert.deepEqual(await stack.sql(`select 1 from grants where session_id = '${session}' and revoked_at is null`), []);
  const { arrived } = await visitor.go(await web.authorizeUrl({ prompt: 'none' }), { until: web.redirectUri });
  assert.equal(arrived.searchParams.get('error'), 'login_required');
  const again = await api.call(RevokeSessionResponse, 'POST', `/sessions/${session}/revoke`);
  assert.deepEqual(again.revoked_session, revoked_session);
  await api.refused(404, 'POST', '/sessions/ses_1/revoke');
  assert.deepEqual(await stack.sql(`select distinct event from audit_events where session_id = '${session}'
    and event like 'api.%'`), ['api.session.revoke']);
});

test('a revoked session’s refresh token is dead', async () => {
  const { web } = stack.applications;
  const { session, arrived } = await signIn();
  const { tokens } = await web.finish(arrived);
  assert.ok(tokens.refresh_token);
  await api.call(RevokeSessionResponse, 'POST', `/sessions/${session}/revoke`);
  const answer = await fetch(`${stack.issuer}/oauth/token`, { method: 'POST', body: new URLSearchParams({
    grant_type: 'refresh_token', refresh_token: tokens.refresh_token, client_id: web.id, client_secret: web.secret }) });
  assert.equal(answer.status, 400);
  assert.equal((await answer.json()).error, 'invalid_grant');
});

test('all sessions of a user are revoked, and nobody else’s', async () => {
  const stranger = await signIn();
  const first = await signIn();
  const second = await signIn(first.email, 2);
  const { revoked_sessions, total_revoked } =
    await api.call(RevokeSessionsResponse, 'POST', `/users/${first.user}/sessions/revoke`);
  assert.equal(total_revoked, 2);
  assert.deepEqual(revoked_sessions.map(({ session_id, status }) => [session_id, status]),
    [[first.session, 'revoked'], [second.session, 'revoked']]);
  assert.equal(await statusOf(stranger.session), 'active');
  assert.deepEqual(await stack.sql(`select 1 from grants where user_id = '${first.user}' and revoked_at is null`), []);
  assert.equal((await api.call(RevokeSessionsResponse, 'POST', `/users/${first.user}/sessions/revoke`)).total_revoked, 0);
  await api.refused(404, 'POST', '/users/usr_1/sessions/revoke');
});

test('a session that ran out, and one that was logged out of, say so', async () => {
  const [spent, idle, left] = [await signIn(), await signIn(), await signIn()];
  await stack.sql(`update sessions set expires_at = now() - interval '1 second' where id = '${spent.session}';
    update sessions set idle_s = 60, last_active_at = now() - interval '1 hour' where id = '${idle.session}';
    update sessions set ended_at = now(), end_reason = 'logout' where id = '${left.session}'`);
  const found = await api.call(Session, 'GET', `/sessions/${idle.session}`);
  assert.deepEqual([found.status, found.expired_at], ['expired', found.idle_expires_at]);
  assert.equal(await statusOf(spent.session), 'expired');
  assert.ok((await api.call(Session, 'GET', `/sessions/${left.session}`)).logout_at);
  assert.equal(await statusOf(left.session), 'logout');
});

test('P-REST-10 the list is one user’s, by status and time, in pages', async () => {
  const first = await signIn();
  const second = await signIn(first.email, 2);
  const stranger = await signIn();
  const ids = async (query) => (await list(first.user, query)).sessions.map(({ session_id }) => session_id);
  assert.deepEqual(await ids(''), [first.session, second.session]);
  await api.call(RevokeSessionResponse, 'POST', `/sessions/${first.session}/revoke`);
  assert.deepEqual(await ids('filter.status=ACTIVE'), [second.session]);
  assert.deepEqual(await ids('filter.status=active&filter.status=revoked'), [first.session, second.session]);
  assert.deepEqual(await ids('filter.end_time=2020-01-01T00:00:00Z'), []);
  assert.deepEqual(await ids('filter.start_time=2020-01-01T00:00:00Z&page_size=1'), [first.session]);
  const { next_page_token } = await list(first.user, 'page_size=1');
  assert.deepEqual(await ids(`page_size=1&page_token=${next_page_token}`), [second.session]);
  assert.deepEqual(await api.refused(400, 'GET', `/users/${stranger.user}/sessions?page_token=${next_page_token}`),
    ['page_token']);
  assert.deepEqual(await api.refused(400, 'GET', `/users/${first.user}/sessions?filter.status=gone`), ['filter.status']);
  await api.refused(404, 'GET', '/users/usr_1/sessions');
});
