// What became of logins: by the REST API, and by `gatehouse why`.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';
import { Api } from './api.mjs';
import { LogsResponse } from './schema.mjs';

let stack;
let api;
const emails = {};
before(async () => {
  stack = await Stack.start();
  api = await Api.of(stack);
  const { web } = stack.applications;
  for (const name of ['asks', 'signs']) emails[name] = stack.address(name);
  await new Visitor().go(await web.authorizeUrl());
  await new Visitor().askForCode(await web.authorizeUrl(), emails.asks);
  await new Visitor().signIn(stack, await web.authorizeUrl(), emails.signs, web.redirectUri);
  await new Visitor().go(await web.authorizeUrl({ prompt: 'none' }), { until: web.redirectUri });
});
after(() => stack.stop());

const list = (query = '') => api.call(LogsResponse, 'GET', `/logs/authentication/requests?${query}`);

test('each login is there with what became of it, newest first', async () => {
  const { authRequests, total_size } = await list();
  assert.deepEqual(authRequests.map(({ status }) => status), ['FAILED', 'SUCCESS', 'PENDING', 'INITIATED']);
  assert.deepEqual(authRequests.map(({ email }) => email), ['', emails.signs, emails.asks, '']);
  assert.equal(total_size, 4);
  assert.ok(authRequests.every(({ client_name, client_type }) => client_name === 'Acme Web' && client_type === 'WEB_APP'));
});

test('a login that was left alone has failed when its time is over', async () => {
  await stack.sql(`update flows set expires_at = now() - interval '1 second' where email = '${emails.asks}'`);
  assert.deepEqual((await list(`email=${emails.asks}`)).authRequests.map(({ status }) => status), ['FAILED']);
  await stack.sql(`update flows set expires_at = now() + interval '1 hour' where email = '${emails.asks}'`);
});

test('filters narrow it, in any case and together', async () => {
  const count = async (query) => (await list(query)).total_size;
  assert.equal(await count(`email=${encodeURIComponent(emails.signs.toUpperCase())}`), 1);
  assert.equal(await count('email=nobody@example.org'), 0);
  assert.equal(await count('status=success&status=FAILED'), 2);
  assert.equal(await count(`status=PENDING&email=${emails.signs}`), 0);
  assert.equal(await count(`client_id=${stack.applications.web.id}`), 4);
  assert.equal(await count('client_id=skc_1'), 0);
  assert.equal(await count('resource_id=res_1'), 0);
  assert.equal(await count('start_time=2020-01-01T00:00:00Z&end_time=2021-01-01T00:00:00Z'), 0);
  assert.equal(await count('start_time=2020-01-01T00:00:00Z'), 4);
  for (const query of ['status=DONE', 'start_time=yesterday', 'page_size=101', 'email=x']) {
    assert.deepEqual(await api.refused(400, 'GET', `/logs/authentication/requests?${query}`), [query.split('=')[0]]);
  }
});

test('P-REST-10 pages go both ways and are good for their own filters', async () => {
  const all = (await list()).authRequests;
  const first = await list('page_size=3');
  assert.deepEqual(first.authRequests, all.slice(0, 3));
  assert.equal(first.prev_page_token, '');
  const second = await list(`page_size=3&page_token=${first.next_page_token}`);
  assert.deepEqual(second.authRequests, all.slice(3));
  assert.equal(second.next_page_token, '');
  assert.deepEqual((await list(`page_size=3&page_token=${second.prev_page_token}`)).authRequests, all.slice(0, 3));
  assert.deepEqual(await api.refused(400, 'GET',
    `/logs/authentication/requests?status=FAILED&page_token=${first.next_page_token}`), ['page_token']);
});

test('why tells a login from its request to its end', async () => {
  const [{ auth_request_id }] = (await list(`email=${emails.signs}`)).authRequests;
  const text = await stack.command('why', auth_request_id);
  assert.match(text, /application +Acme Web \(skc_/);
  assert.match(text, /the application asked for a sign-in -> the sign-in page\n +why +/);
  assert.match(text, /an address was entered -> a code is sent/);
  assert.match(text, /a code was entered -> signed in/);
  assert.ok(text.includes(emails.signs));
});

test('why knows no login that is not there, and is safe for a terminal', async () => {
  await assert.rejects(stack.command('why', 'req_1'), /nothing is known/);
  await assert.rejects(stack.command('why', ''), /nothing is known/);
  await stack.sql(`insert into audit_events (event, decision, reason, flow_id, client_id, user_id, session_id, email,
    request_id, ip, user_agent) values ('login.sso', 'sso_failed', E'a\\x1b[2Jb\\u202e', 'req_7', '', '', '', '', '', '', '')`);
  const text = await stack.command('why', 'req_7');
  assert.match(text, /single sign-on failed/);
  assert.equal(/[\x1b\u202e]/.test(text), false);
});
