// Attacks on the steps of a login with a provider: left out or exchanged, overtaken by a change of what
// they stand on, or taken with what is from before (P-LINK, and what of P-OP touches it).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Hold } from './hold.mjs';
import { assertNoLogin, assertRefused, field, wrongFor } from './world.mjs';
import { until } from '../browser/process.mjs';
import { formsOf } from '../browser/visitor.mjs';
import { answerOf, assertArrived, assertAsksForCode, assertErrorAtApp, assertFailed, claimsOf, comeBack,
  depart, fresh, freshDomain, leavesNothing, prove, userOf, visit } from './realm.mjs';
import { a, api, assert_, b, comeBySocial, flowOf, forced, shut, useRivals, web,
  world } from './link.mjs';

useRivals();

// ---- steps left out, exchanged, or of another browser (P-LINK-10, 11, 12) -----------------------

test('P-LINK-10 who must prove an address cannot go around it', async () => {
  const email = world.stack.address('guest');
  const login = await depart(world, a.provider, forced(a));
  a.provider.straighten({ sub: fresh('subject-'), email });
  const callback = await answerOf(login.sent);
  const page = await comeBack(login, callback);
  assertAsksForCode({ end: page }, email);
  const flow = flowOf(page);
  const { visitor } = login;
  const form = { flow, form_token: field(page, 'form_token') };
  const roads = [
    () => world.request(visitor, `/a/auth/organization?flow=${flow}`),
    () => world.request(visitor, callback.href),
    () => world.request(visitor, `/a/auth/code?flow=${flow}`),
    () => world.request(visitor, `/a/auth/login?flow=${flow}`),
    () => world.request(visitor, `/a/auth/pick?flow=${flow}`),
    () => world.request(visitor, `/a/auth/cancel?flow=${flow}`),
    () => world.post(visitor, '/a/auth/organization', { ...form, organization_id: a.organization.id }),
    () => world.post(visitor, '/a/auth/organization', { ...form, intent: 'create', organization_name: 'Mine' }),
    () => world.post(visitor, '/a/auth/continue', form),
    () => world.post(visitor, '/a/auth/pick', { ...form, connection_id: b.connection.id }),
    () => world.post(visitor, '/a/auth/code', { ...form, code: '' }),
    () => world.post(visitor, '/a/auth/number', { ...form, number: '00' }),
    () => world.request(visitor, `/a/auth/test?flow=${flow}`),
    () => world.post(visitor, '/a/auth/restart', { flow }),
  ];
  await leavesNothing(world, async () => {
    for (const road of roads) {
      const answer = await road();
      assert.ok(answer.status < 500, answer.text);
      const isHome = answer.location?.startsWith(web.redirectUri);
      if (isHome) assert.equal(new URL(answer.location).searchParams.get('code'), null);
      else assertNoLogin(answer);
    }
  });
  const silent = await visitor.go(await web.authorizeUrl({ prompt: 'none' }), { until: web.redirectUri });
  assertErrorAtApp({ end: silent }, 'login_required');
});

test('P-LINK-10 the chooser is no door: nobody is in it before who they are is settled', async () => {
  const begun = await world.begin();
  for (const flow of [begun.flow, 'req_1', '', flowOf((await world.codePage(web)).page)]) {
    await leavesNothing(world, async () => {
      assertNoLogin(await world.request(begun.visitor, `/a/auth/organization?flow=${flow}`));
      assertNoLogin(await world.post(begun.visitor, '/a/auth/organization',
        { flow, form_token: begun.formToken, organization_id: a.organization.id }));
    });
  }
});

test('P-LINK-11 the code of one address does not finish the flow of another, in two tabs of one browser', async () => {
  const own = world.stack.address('attacker');
  const victim = world.stack.address('victim');
  const first = await world.codePage(web, { email: own });
  const second = await assert_(a, { email: victim }, { visitor: first.visitor, ...forced(a) });
  assertAsksForCode(second, victim);
  await world.mail(victim);
  const [flow, form_token] = [flowOf(second.end), field(second.end, 'form_token')];
  await leavesNothing(world, async () => {
    for (const fields of [{ flow, form_token, code: first.mail.code },
      { flow, form_token: first.formToken, code: first.mail.code },
      { flow: first.flow, form_token, code: wrongFor(first.mail.code) }]) {
      assertNoLogin(await world.post(first.visitor, '/a/auth/code', fields));
    }
  });
  const grant = world.grantOf(web, (await first.visitor.submit(first.page, '/a/auth/code',
    { code: first.mail.code }, { until: web.redirectUri })).arrived);
  const { id_token } = await world.tokens(web, grant);
  assert.equal(JSON.parse(Buffer.from(id_token.split('.')[1], 'base64url')).email, own);
  assert.equal(await userOf(world, victim), undefined);
});

test('P-LINK-11 a flow is finished by its own browser\'s cookie alone', async () => {
  const login = await depart(world, a.provider, forced(a));
  const mine = await depart(world, a.provider, forced(a));
  a.provider.straighten({ sub: fresh('subject-'), email: `joe@${a.domain}` });
  const callback = await answerOf(login.sent);
  const { visitor } = mine;
  const swapped = await leavesNothing(world, () => comeBack({ visitor, app: web }, callback));
  assertFailed({ end: swapped }, 'invalid_state');
  const guest = await assert_(a, { email: world.stack.address('guest') });
  const form = { flow: flowOf(guest.end), form_token: field(guest.end, 'form_token') };
  const { code } = await world.mail(guest.end.text.match(/guest-[0-9a-f]+@example\.org/)[0]);
  assertNoLogin(await leavesNothing(world, () => world.post(visitor, '/a/auth/code', { ...form, code })));
});

test('P-LINK-11 the social way and the organization\'s way of one flow do not mix', async () => {
  const door = await api.door();
  const login = await depart(world, door.provider, { button: door.connection.id });
  const callback = await answerOf(login.sent);
  callback.pathname = `/sso/v1/oidc/${a.connection.id}/callback`;
  assertFailed({ end: await leavesNothing(world, () => comeBack(login, callback)) }, 'invalid_state');
});

test('P-LINK-12 a social login into a realm leads to the realm, and turning back leaves nothing', async () => {
  for (const person of [{}, { email_verified: false }]) {
    const email = `${fresh('sam')}@${b.domain}`;
    const { end, visitor } = await leavesNothing(world, () => comeBySocial({ email, ...person }));
    assert.equal(new URL(end.url).pathname, '/a/auth/sso', end.text);
    const away = await visitor.submit(end, '/a/auth/sso', {}, { until: `${b.provider.issuer}/` });
    const back = new URL(away.arrived.searchParams.get('redirect_uri'));
    back.search = new URLSearchParams({ error: 'access_denied', state: away.arrived.searchParams.get('state'),
      iss: b.provider.issuer });
    const page = await leavesNothing(world, () => visitor.go(back, { until: web.redirectUri }));
    assert.equal(page.arrived, undefined);
    assert.equal(await userOf(world, email), undefined);
    assertNoLogin(await world.request(visitor, `/a/auth/organization?flow=${flowOf(end)}`));
  }
});

// ---- while a login is under way -----------------------------------------------------------------

// Somebody at the provider, ready to come back with what it says.
async function readyToArrive(realm, person) {
  const login = await depart(world, realm.provider, forced(realm));
  realm.provider.straighten({ sub: fresh('subject-'), email: `joe@${realm.domain}`, ...person });
  return { login, callback: await answerOf(login.sent) };
}

// Meets the login with a change that is made but not committed before the login waits for it or is
// over: it must wait for it, or see it, and in no case win against it.
async function meets(change, { login, callback }) {
  const hold = await Hold.take(world.stack, change);
  let isOver = false;
  const over = () => { isOver = true; };
  const coming = comeBack(login, callback);
  coming.then(over, over);
  try {
    await until('the login waits, or is over', async () => isOver || hold.isWaitedFor());
  } finally {
    await hold.commit();
  }
  return coming;
}

test('P-LINK-13 a domain that is removed between callback and completion is not trusted any more', async () => {
  const realm = await api.realm();
  const ready = await readyToArrive(realm);
  const end = await leavesNothing(world, () =>
    meets(`DELETE FROM organization_domains WHERE id = '${realm.domainId}'`, ready));
  assertAsksForCode({ end }, `joe@${realm.domain}`);
});

test('P-LINK-13 a domain that moves to another organization takes its people along, also those under way', async () => {
  const [from, to] = [await api.realm(), await api.realm()];
  const racing = await readyToArrive(from);
  const move = `UPDATE organization_domains SET organization_id = '${to.organization.id}'
    WHERE id = '${from.domainId}'`;
  assertAsksForCode({ end: await leavesNothing(world, () => meets(move, racing)) });
  const late = await readyToArrive(from);
  assertAsksForCode({ end: await leavesNothing(world, () => comeBack(late.login, late.callback)) });
  await world.sql(`UPDATE organizations SET is_sso_exclusive = true WHERE id = '${to.organization.id}'`);
  const latest = await readyToArrive(from);
  const { status, arrived } = await leavesNothing(world, () => comeBack(latest.login, latest.callback));
  assert.equal(arrived, undefined);
  assert.ok([400, 403].includes(status));
  to.provider.straighten({ sub: fresh('subject-'), email: `joe@${from.domain}` });
  const claims = await claimsOf(world, await visit(world, to.provider, { email: `joe@${from.domain}` }));
  assert.equal(claims.oid, to.organization.id);
});

test('P-LINK-13 a connection that is switched off between begin and callback signs nobody in', async () => {
  const realm = await api.realm();
  const racing = await readyToArrive(realm);
  const off = `UPDATE connections SET is_enabled = false WHERE id = '${realm.connection.id}'`;
  assertFailed({ end: await leavesNothing(world, () => meets(off, racing)) }, '(connection_not_active)');
  await api.do('PATCH', `${realm.connection.path}:enable`);
  const late = await readyToArrive(realm);
  await api.do('PATCH', `${realm.connection.path}:disable`);
  const { end } = { end: await leavesNothing(world, () => comeBack(late.login, late.callback)) };
  assertFailed({ end }, '(connection_not_active)');
  await api.do('PATCH', `${realm.connection.path}:enable`);
  const gone = await readyToArrive(realm);
  await api.do('DELETE', realm.connection.path);
  const deleted = await leavesNothing(world, () => comeBack(gone.login, gone.callback));
  assert.equal(deleted.arrived, undefined);
  assert.ok(deleted.status >= 400 && deleted.status < 500, `${deleted.status}`);
});

test('P-LINK-13 a connection that is off, a draft or gone cannot be forced, and leads to no weaker one', async () => {
  const realm = await api.realm();
  const draft = await api.do('POST', `/organizations/${realm.organization.id}/connections`,
    { type: 'OIDC', provider: 'CUSTOM' });
  await api.do('PATCH', `${realm.connection.path}:disable`);
  for (const extra of [{ connection_id: draft.connection.id }, { connection_id: realm.connection.id },
    { connection_id: 'conn_0' }, { connection_id: b.connection.id, organization_id: realm.organization.id }]) {
    const end = await world.visitor().go(await web.authorizeUrl(extra), { until: web.redirectUri });
    assertErrorAtApp({ end }, 'invalid_connection_id');
  }
});

test('P-LINK-13 two connections of one domain are a choice of these two and of no other', async () => {
  const realm = await api.realm();
  await api.connect(realm.provider, { organization: realm.organization });
  const visitor = world.visitor();
  const login = await visitor.go(await web.authorizeUrl());
  const page = await visitor.submit(login, '/a/auth/login', { email: `joe@${realm.domain}` });
  assert.equal(new URL(page.url).pathname, '/a/auth/pick', page.text);
  const form = { flow: flowOf(page), form_token: field(page, 'form_token') };
  const { connection: door } = await api.door();
  for (const connection_id of [b.connection.id, door.id, '', 'conn_0']) {
    const answer = await world.post(visitor, '/a/auth/pick', { ...form, connection_id });
    assert.doesNotMatch(answer.location ?? '', /\/a\/auth\/sso|^https?:/, connection_id);
    const other = await world.post(visitor, '/a/auth/connection', { ...form, connection_id });
    assertNoLogin(other);
  }
});

test('a connection that is edited while a code is under way makes the code worth nothing', async () => {
  const changes = [{ oidc_config: { token_uri: '@/token?x' } }, { oidc_config: { jwks_uri: '@/jwks?x' } },
    { oidc_config: { user_info_uri: '@/userinfo?x' } }];
  for (const change of changes) {
    const realm = await api.realm();
    const email = world.stack.address('guest');
    const login = await assert_(realm, { email });
    assertAsksForCode(login, email);
    await api.do('PATCH', realm.connection.path,
      JSON.parse(JSON.stringify(change).replace('@', realm.provider.issuer)));
    const end = await leavesNothing(world, () => prove(world, login, login.end, email));
    assert.equal(end.arrived, undefined);
    assert.equal(end.status, 400, end.text);
  }
});

test('a connection that is switched off, or taken from its organization, while a code is under way', async () => {
  for (const change of [(realm) => api.do('PATCH', `${realm.connection.path}:disable`),
    (realm) => api.do('DELETE', realm.connection.path),
    (realm) => api.do('PATCH', `/organizations/${realm.organization.id}/settings`,
      { features: [{ name: 'sso', enabled: false }] })]) {
    const realm = await api.realm();
    const email = world.stack.address('guest');
    const login = await assert_(realm, { email });
    await change(realm);
    const end = await leavesNothing(world, () => prove(world, login, login.end, email));
    assert.equal(end.arrived, undefined, `${end.arrived}`);
  }
});

test('a policy that comes while a code is under way is obeyed by the code', async () => {
  const domain = freshDomain();
  const email = `ann@${domain}`;
  const begun = await world.codePage(web, { email });
  await api.realm({ domain });
  const end = await leavesNothing(world, () => world.verify(begun, begun.mail.code));
  assertNoLogin(end);
  assert.match(end.location ?? '', /^\/a\/auth\/sso/);
  assert.equal(await userOf(world, email), undefined);
});

// ---- sessions and tokens from before (P-OP-24, P-OP-37) -----------------------------------------

test('P-LINK-13 a session from before the policy is sent to the organization\'s provider, its refresh token ends',
  async () => {
    const domain = freshDomain();
    const person = await world.person(web, { email: `ann@${domain}` });
    const realm = await api.realm({ domain });
    const silent = await person.visitor.go(await web.authorizeUrl({ prompt: 'none' }), { until: web.redirectUri });
    assert.equal(silent.arrived.searchParams.get('code'), null);
    const shown = await person.visitor.go(await web.authorizeUrl(), { until: web.redirectUri });
    assert.equal(shown.arrived, undefined, 'the old session was used');
    assert.equal(new URL(shown.url).pathname, '/a/auth/sso');
    assertRefused(await world.refresh(web, person.tokens.refresh_token), 'invalid_grant');
    realm.provider.straighten({ sub: fresh('subject-'), email: person.email });
    const again = await claimsOf(world, await visit(world, realm.provider, { email: person.email }));
    assert.equal(again.sub, await userOf(world, person.email));
  });

test('P-OP-24 a refresh token is worth nothing after its connection is off, its member or its user gone', async () => {
  const ends = {
    'the membership is removed': ({ realm, user }) =>
      api.do('DELETE', `/memberships/organizations/${realm.organization.id}/users/${user}`),
    'the user is deleted': ({ user }) => api.do('DELETE', `/users/${user}`),
    'the organization is deleted': ({ realm }) => api.do('DELETE', `/organizations/${realm.organization.id}`),
    'the connection is switched off': ({ realm }) => api.do('PATCH', `${realm.connection.path}:disable`),
    'the connection is deleted': ({ realm }) => api.do('DELETE', realm.connection.path),
  };
  for (const [what, end] of Object.entries(ends)) {
    const realm = await api.realm();
    const login = await visit(world, realm.provider, { email: `joe@${realm.domain}` });
    const { tokens, sub } = await claimsOf(world, login);
    await end({ realm, user: sub });
    const answer = await world.refresh(web, tokens.refresh_token);
    assert.equal(answer.json.error, 'invalid_grant', `${what}: ${answer.text}`);
    const silent = await login.visitor.go(await web.authorizeUrl({ prompt: 'none' }), { until: web.redirectUri });
    assert.equal(silent.arrived.searchParams.get('code'), null, `${what}: the session goes on`);
  }
});

test('P-OP-37 the organization of a login is fixed on our side, whatever the browser says later', async () => {
  const realm = await api.realm();
  const { login, callback } = await readyToArrive(realm);
  callback.searchParams.set('organization_id', b.organization.id);
  const grant = world.grantOf(web, (await comeBack(login, callback)).arrived);
  const { json } = await world.redeem(web, grant, { organization_id: b.organization.id, oid: b.organization.id });
  assert.equal(JSON.parse(Buffer.from(json.id_token.split('.')[1], 'base64url')).oid, realm.organization.id);
  world.keep(json.refresh_token);
  const refreshed = await world.refresh(web, json.refresh_token, { organization_id: b.organization.id });
  assert.equal(JSON.parse(Buffer.from(refreshed.json.access_token.split('.')[1], 'base64url')).oid,
    realm.organization.id);
});

test('P-OP-37 the chooser gives no organization that the person is no member of, and cannot join', async () => {
  const [one, two, foreign] = await Promise.all(Array.from({ length: 3 }, () => api.organization({ sso: false })));
  const email = world.stack.address();
  const { user } = await api.do('POST', `/organizations/${one.id}/users?send_invitation_email=false`,
      { email });
  await api.do('POST', `/memberships/organizations/${two.id}/users/${user.id}?send_invitation_email=false`, { membership: {} });
  await world.sql(`UPDATE memberships SET status = 'ACTIVE' WHERE user_id = '${user.id}'`);
  await api.domain(foreign.id, freshDomain(), 'ALLOWED_EMAIL_DOMAIN');
  const begun = await world.codePage(web, { email });
  const page = await begun.visitor.submit(begun.page, '/a/auth/code', { code: begun.mail.code },
    { until: web.redirectUri });
  assert.equal(page.arrived, undefined);
  assert.equal(new URL(page.url).pathname, '/a/auth/organization');
  const form = { flow: flowOf(page), form_token: field(page, 'form_token') };
  await leavesNothing(world, async () => {
    for (const organization_id of [foreign.id, a.organization.id, shut.organization.id, 'org_0', `${one.id}\0`,
      `${one.id},${two.id}`]) {
      assertNoLogin(await world.post(begun.visitor, '/a/auth/organization', { ...form, organization_id }));
    }
    assertNoLogin(await world.post(begun.visitor, '/a/auth/organization',
      { ...form, intent: 'create', organization_name: 'Mine' })); // switched off here
    assertNoLogin(await world.post(world.visitor(), '/a/auth/organization', { ...form, organization_id: one.id }));
  });
  const good = await world.post(begun.visitor, '/a/auth/organization', { ...form, organization_id: two.id });
  assert.ok(good.location.startsWith(web.redirectUri), good.text);
});

test('a login through A\'s connection cannot be finished for another organization at the chooser', async () => {
  const realm = await api.realm();
  const other = await api.organization({ sso: false });
  const login = await assert_(realm, { email: `joe@${realm.domain}` });
  const { sub } = await claimsOf(world, login);
  await api.do('POST', `/memberships/organizations/${other.id}/users/${sub}?send_invitation_email=false`,
    { membership: {} });
  const guest = world.stack.address('guest');
  const invited = await api.do('POST', `/organizations/${other.id}/users?send_invitation_email=false`, { email: guest });
  assert.ok(invited.user.id);
  const parked = await assert_(realm, { email: guest },
    { extra: { connection_id: realm.connection.id, prompt: 'select_account' } });
  assertAsksForCode(parked, guest);
  const page = await prove(world, parked, parked.end, guest);
  if (!page.arrived && formsOf(page).length > 0) {
    const answer = await world.post(parked.visitor, '/a/auth/organization',
      { flow: flowOf(page), form_token: field(page, 'form_token'), organization_id: other.id });
    assertNoLogin(answer);
  } else {
    const claims = await claimsOf(world, { ...parked, end: page });
    assert.equal(claims.oid, realm.organization.id);
  }
});

test('a connection that provisions only its own domains makes no member of a guest', async () => {
  const realm = await api.realm({ top: { jit: 'organization_domains' } });
  const email = world.stack.address('guest');
  const login = await assert_(realm, { email });
  const end = await prove(world, login, login.end, email);
  assert.equal(end.arrived?.searchParams.get('code') ?? null, null);
  assert.equal(await world.value(`SELECT count(*) FROM memberships
    WHERE organization_id = '${realm.organization.id}'`), '0');
  const strict = await api.realm({ top: { jit: 'off' } });
  const own = await leavesNothing(world, () => assert_(strict, { email: `joe@${strict.domain}` }));
  assert.equal(own.end.arrived?.searchParams.get('code') ?? null, null);
});

test('a member or user that is deactivated is not let in by the provider', async () => {
  const realm = await api.realm();
  const { sub } = await claimsOf(world, await visit(world, realm.provider, { email: `joe@${realm.domain}` }));
  for (const [off, on] of [
    [`UPDATE memberships SET status = 'INACTIVE' WHERE user_id = '${sub}'`,
      `UPDATE memberships SET status = 'ACTIVE' WHERE user_id = '${sub}'`],
    [`UPDATE users SET is_active = false WHERE id = '${sub}'`,
      `UPDATE users SET is_active = true WHERE id = '${sub}'`]]) {
    const racing = await leavesNothing(world, async () => {
      const login = await depart(world, realm.provider, forced(realm));
      return meets(off, { login, callback: await answerOf(login.sent) });
    });
    assert.equal(racing.arrived?.searchParams.get('code') ?? null, null);
    const { end } = await leavesNothing(world, () => visit(world, realm.provider, forced(realm)));
    assert.equal(end.arrived?.searchParams.get('code') ?? null, null);
    await world.sql(on);
  }
  assertArrived(world, await visit(world, realm.provider, forced(realm)));
});
