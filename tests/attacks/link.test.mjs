// Attacks on whose word counts for whom: organizations against each other, accounts prepared before
// their owner comes, and steps of a login that are left out or exchanged (P-LINK, and what of P-OP
// and P-SESS touches them).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { assertNoLogin, assertRefused, field, wrongFor } from './world.mjs';
import { until } from '../browser/process.mjs';
import { formsOf } from '../browser/visitor.mjs';
import { answerOf, assertArrived, assertAsksForCode, assertErrorAtApp, assertFailed, claimsOf, comeBack,
  depart, fresh, freshDomain, closeRealmWorld, identitiesOf, leavesNothing, openRealmWorld, prove,
  userOf, visit } from './realm.mjs';

let world, api, web, a, b, shut;

before(async () => {
  world = await openRealmWorld();
  // A provider that a hundred ask at once; and a state that no login makes, where the store says no.
  world.tolerated = / status=503 .*code=(temporarily_unavailable|conflict)\b/;
  ({ api } = world);
  ({ web } = world.apps);
  [a, b, shut] = [await api.realm(), await api.realm(), await api.realm()];
  await world.sql(`UPDATE organizations SET is_sso_exclusive = true WHERE id = '${shut.organization.id}'`);
});
after(() => closeRealmWorld(world));

const forced = ({ connection }) => ({ extra: { connection_id: connection.id } });

// The provider of `realm` says that this is the person; the request names the connection.
function assert_(realm, person, options = {}) {
  realm.provider.straighten({ sub: fresh('subject-'), email_verified: true, ...person });
  return visit(world, realm.provider, { ...forced(realm), ...options });
}

// The same by the social connection whose word counts, or by the one whose does not.
async function comeBySocial(person, options) {
  const door = await api.door(options);
  door.provider.straighten({ sub: fresh('social-'), email_verified: true, ...person });
  return { ...await visit(world, door.provider, { button: door.connection.id }), door };
}

const mailsTo = async (email) => (await world.stack.mail.all(email)).length;
const flowOf = ({ url }) => new URL(url).searchParams.get('flow');

// ---- another organization's people (P-LINK-05, 07, 15) ------------------------------------------

// What organization A's provider may call somebody of B's domain.
const namesFor = (domain) => [`ceo@${domain}`, `CEO@${domain.toUpperCase()}`, ` ceo@${domain}`, `ceo@${domain} `,
  `ceo@eu.${domain}`, `ceo@${domain}.evil.example`, `ceo@evil-${domain}`, `ceo@${domain}.`,
  `"ceo"@${domain}`, `ceo@${a.domain}@${domain}`, `"ceo@${a.domain}"@${domain}`, `ceo@${domain}@${a.domain}`,
  `ceo%40${domain}`, `ceo@[127.0.0.1]`, `ceo+${a.domain}@${domain}`, `ceo@${domain}\t`, `CEO <ceo@${domain}>`,
  [`ceo@${domain}`], [`joe@${a.domain}`, `ceo@${domain}`], { email: `ceo@${domain}` }];

test('P-LINK-05 organization A\'s provider signs in nobody of B\'s domain, however it is written', async () => {
  await leavesNothing(world, async () => {
    for (const email of namesFor(b.domain)) {
      const { end } = await assert_(a, { email });
      const code = end.arrived?.searchParams.get('code');
      assert.equal(code ?? null, null, `signed in: ${JSON.stringify(email)}`);
      if (end.arrived) assertErrorAtApp({ end }, 'mandatory_attribute_missing');
      else assertAsksForCode({ end });
    }
  });
});

test('P-LINK-05 of an exclusive organization\'s people nobody else\'s provider speaks, and no mail is sent', async () => {
  const email = `ceo@${shut.domain}`;
  const { end } = await leavesNothing(world, () => assert_(a, { email }));
  assert.equal(end.arrived, undefined);
  assert.ok([400, 403].includes(end.status), `${end.status}\n${end.text}`);
  assert.equal(await mailsTo(email), 0);
  const [row] = await world.sql(`SELECT decision FROM audit_events WHERE event = 'login.sso'
    AND email = '${email}' ORDER BY at DESC LIMIT 1`);
  assert.equal(row, 'other_realm');
});

test('P-LINK-05 a guest of A with an address of B works for A alone, and for B only through B', async () => {
  const email = `guest@${b.domain}`;
  const login = await assert_(a, { email });
  assertAsksForCode(login, email);
  const claims = await claimsOf(world, { ...login, end: await prove(world, login, login.end, email) });
  assert.equal(claims.oid, a.organization.id);
  for (const extra of [{ organization_id: b.organization.id }, { connection_id: b.connection.id },
    { domain: b.domain }]) {
    const { sent } = await depart(world, b.provider, { visitor: login.visitor, extra });
    assert.equal(sent.origin, b.provider.issuer);
  }
  const page = await login.visitor.go(await web.authorizeUrl({ prompt: 'select_account',
    organization_id: b.organization.id }), { until: web.redirectUri });
  assert.equal(page.arrived, undefined);
  assert.equal(new URL(page.url).pathname, '/a/auth/sso');
  assert.equal(await world.value(`SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE u.email = '${email}' AND m.organization_id = '${b.organization.id}'`), '0');
});

test('P-LINK-05 B\'s subject at A\'s connection is somebody else', async () => {
  const sub = fresh('ceo-');
  const email = `boss@${b.domain}`;
  b.provider.straighten({ sub, email });
  const boss = await claimsOf(world, await visit(world, b.provider, { email }));
  assertAsksForCode(await leavesNothing(world, () => assert_(a, { sub, email })), email);
  const other = await claimsOf(world, await assert_(a, { sub, email: `boss@${a.domain}` }));
  assert.notEqual(other.sub, boss.sub);
});

test('P-LINK-05 a known subject of A that takes an address of B stays who it was', async () => {
  const sub = fresh('subject-');
  const before = await claimsOf(world, await assert_(a, { sub, email: `mole@${a.domain}` }));
  const victim = `victim@${b.domain}`;
  b.provider.straighten({ sub: fresh('subject-'), email: victim });
  assertArrived(world, await visit(world, b.provider, { email: victim }));
  assertAsksForCode(await leavesNothing(world, () => assert_(a, { sub, email: victim })), victim);
  const after_ = await claimsOf(world, await assert_(a, { sub, email: `mole@${a.domain}` }));
  assert.equal(after_.sub, before.sub);
  assert.equal((await identitiesOf(world, victim)).length, 1);
});

test('P-LINK-07 what only looks like the organization\'s own domain is not', async () => {
  const lookalikes = [`eu.${a.domain}`, `${a.domain}.evil.example`, `evil${a.domain}`, `x-${a.domain}`,
    a.domain.replace('o', '0'), a.domain.replace('o', '\u043e'), a.domain.replace('c', '\u0441'),
    a.domain.replace('.example', '.examp1e'), `${a.domain}\u200b.example`, a.domain.replace('p', '\u0440'),
    a.domain.slice(1), a.domain.replace('.', '-')];
  await leavesNothing(world, async () => {
    for (const domain of lookalikes) {
      const { end } = await assert_(a, { email: `joe@${domain}` });
      assert.equal(end.arrived?.searchParams.get('code') ?? null, null, `trusted: ${domain}`);
    }
  });
});

test('P-LINK-07 one domain in every spelling is one domain: IDN, case, composed or not', async () => {
  const word = fresh('m\u00fcnchen');
  const realm = await api.realm({ domain: `${word}.example` });
  const ascii = new URL(`http://${word}.example`).hostname;
  const subs = new Set();
  for (const domain of [`${word}.example`, ascii, ascii.toUpperCase(), `${word}.example`.normalize('NFD'),
    `${word}\uff0eexample`]) {
    subs.add((await claimsOf(world, await assert_(realm, { sub: 'one', email: `hans@${domain}` }))).sub);
  }
  assert.equal(subs.size, 1);
  const cyrillic = `${word.replace('c', '\u0441')}.example`;
  const { end } = await leavesNothing(world, () => assert_(realm, { email: `hans@${cyrillic}` }));
  assert.equal(end.arrived?.searchParams.get('code') ?? null, null);
});

test('P-LINK-06 a domain that another organization has is refused in every spelling', async () => {
  const organization = await api.organization();
  for (const domain of [a.domain, a.domain.toUpperCase(), `${a.domain}.`, a.domain.replace('.', '\uff0e'),
    a.domain.replace('.', '\u3002'), a.domain.replace('c', '\uff43')]) {
    const answer = await api.call('POST', `/organizations/${organization.id}/domains`, { domain });
    assert.ok([400, 409].includes(answer.status), `${domain}: ${answer.text}`);
  }
  for (const domain of ['gmail.com', 'co.uk', 'github.io', 'com', 'GMAIL.COM', 'outlook.com', 'example', '*.example',
    '127.0.0.1', 'a@b.example', 'https://x.example', '.example', 'x..example', `${'a'.repeat(64)}.example`, '']) {
    const answer = await api.call('POST', `/organizations/${organization.id}/domains`, { domain });
    assert.equal(answer.status, 400, `${domain}: ${answer.text}`);
  }
});

test('P-LINK-06 a pending domain, or one that is only allowed, gives no trust and no realm', async () => {
  const realm = await api.realm();
  const [pending, allowed] = [freshDomain(), freshDomain()];
  await world.sql(`INSERT INTO organization_domains (id, organization_id, domain, type, status)
    VALUES ('${fresh('dom_')}', '${realm.organization.id}', '${pending}', 'ORGANIZATION_DOMAIN', 'pending')`);
  await api.domain(realm.organization.id, allowed, 'ALLOWED_EMAIL_DOMAIN');
  await api.domain(a.organization.id, freshDomain(), 'ALLOWED_EMAIL_DOMAIN');
  for (const domain of [pending, allowed]) {
    assertAsksForCode(await leavesNothing(world, () => assert_(realm, { email: `ann@${domain}` })), domain);
    const typed = await world.codePage(web, { email: `bob@${domain}` });
    assert.equal(new URL(typed.page.url).pathname, '/a/auth/code');
  }
});

test('P-LINK-08 a forced connection proves nothing about an address outside its domains', async () => {
  for (const email of [world.stack.address(), `ann@${b.domain}`, `ann@${freshDomain()}`]) {
    for (const extra of [{ connection_id: a.connection.id }, { organization_id: a.organization.id },
      { domain: a.domain }, { connection_id: a.connection.id, login_hint: email },
      { login_hint: `joe@${a.domain}` }, { connection_id: a.connection.id, organization_id: a.organization.id }]) {
      const login = await leavesNothing(world, () => assert_(a, { email }, { extra }));
      assertAsksForCode(login, email);
    }
  }
});

test('P-LINK-08 a connection that is assigned one domain is not trusted for the organization\'s others', async () => {
  const realm = await api.realm();
  const second = freshDomain();
  const id = await api.domain(realm.organization.id, second);
  await api.do('PUT', `${realm.connection.path}/domains`, { domain_ids: [id] });
  assertAsksForCode(await leavesNothing(world, () => assert_(realm, { email: `joe@${realm.domain}` })));
  assertArrived(world, await assert_(realm, { email: `joe@${second}` }));
});

test('P-LINK-09 what begins at the provider proves no more than what begins here', async () => {
  await world.sql(`UPDATE applications SET is_default = true WHERE id = '${web.id}'`);
  const email = world.stack.address();
  for (const [person, hint] of [[email, email], [email, `joe@${a.domain}`], [`ceo@${b.domain}`, '']]) {
    a.provider.straighten({ sub: fresh('subject-'), email: person, email_verified: true });
    const visitor = world.visitor();
    const url = `${world.issuer}/sso/v1/oidc/${a.connection.id}/init?${new URLSearchParams({ login_hint: hint,
      iss: a.provider.issuer, target_link_uri: 'https://evil.example/' })}`;
    const end = await leavesNothing(world, () => visitor.go(url, { until: web.redirectUri }));
    assertAsksForCode({ end }, person);
  }
  await world.sql(`UPDATE applications SET is_default = false`);
});

test('P-LINK-15 a verified address in the word of an organization\'s provider is verified for nobody else', async () => {
  const victim = await world.person(web);
  for (const email_verified of [true, 'true', 1]) {
    const login = await leavesNothing(world, () => assert_(a, { email: victim.email, email_verified }));
    assertAsksForCode(login, victim.email);
  }
  await world.sql(`UPDATE connections SET is_email_trusted = true WHERE id = '${a.connection.id}'`);
  assertAsksForCode(await leavesNothing(world, () => assert_(a, { email: victim.email })), victim.email);
  await world.sql(`UPDATE connections SET is_email_trusted = false WHERE id = '${a.connection.id}'`);
  assert.equal((await api.call('PATCH', a.connection.path, { email_trust: true })).status, 400);
});

// ---- accounts prepared before their owner comes: Sudhodanan and Paverd, USENIX Security 2022 ----

test('P-LINK-01 classic-federated merge: who typed the address first keeps nothing of it', async () => {
  const email = world.stack.address('victim');
  const attacker = await world.codePage(web, { email });
  assert.equal(await userOf(world, email), undefined);
  const victim = await claimsOf(world, await comeBySocial({ email }));
  assertNoLogin(await world.verify(attacker, wrongFor(attacker.mail.code)));
  const page = await attacker.visitor.go(await web.authorizeUrl(), { until: web.redirectUri });
  assert.equal(page.arrived, undefined);
  assert.equal(await userOf(world, email), victim.sub);
  assert.equal((await identitiesOf(world, email)).length, 1);
});

// An account that an administrator has made, which nobody has claimed yet.
async function unproven(email) {
  const id = fresh('usr_10000000000000');
  await world.sql(`INSERT INTO users (id, email, email_display) VALUES ('${id}', '${email}', '${email}')`);
  return id;
}

test('P-LINK-02 unexpired session: what lived on the account before its owner proved it is dead', async () => {
  for (const arrive of [async (email) => ({ app: web, end: { arrived: (await world.login(web, { email })).callback } }),
    async (email) => comeBySocial({ email })]) {
    const email = world.stack.address('victim');
    const user = { id: await unproven(email) };
    // Whatever an attacker could have got hold of by then.
    await world.sql(`INSERT INTO sessions (id, token_hash, user_id, amr, expires_at, ip, user_agent)
      VALUES ('${fresh('ses_')}', decode(md5(random()::text), 'hex'), '${user.id}', '{otp}',
        now() + interval '1 day', '', '');
      INSERT INTO identities (connection_id, subject, user_id, email)
      VALUES ('${a.connection.id}', '${fresh('trojan-')}', '${user.id}', '${email}')`);
    assertArrived(world, await arrive(email));
    const alive = `SELECT count(*) FROM sessions WHERE user_id = '${user.id}' AND ended_at IS NULL`;
    assert.equal(await world.value(alive), '1');
    assert.equal(await world.value(`SELECT end_reason FROM sessions WHERE user_id = '${user.id}'
      AND ended_at IS NOT NULL`), 'first proof of the address');
    assert.ok(!(await identitiesOf(world, email)).some((one) => one.includes('trojan-')));
  }
});

test('P-LINK-02 the identity of an attacker on an unproven account comes into it neither before nor after', async () => {
  const email = world.stack.address('victim');
  const user = { id: await unproven(email) };
  const sub = fresh('trojan-');
  await world.sql(`INSERT INTO identities (connection_id, subject, user_id, email, channel_email, channel_epoch)
    SELECT id, '${sub}', '${user.id}', '${email}', 'mole@${a.domain}', trust_epoch FROM connections
    WHERE id = '${a.connection.id}'`);
  a.provider.straighten({ sub, email: `mole@${a.domain}` });
  const { end } = await visit(world, a.provider, forced(a));
  assert.equal(end.arrived?.searchParams.get('code') ?? null, null, 'in an account that nobody has claimed');
  assert.equal(await world.value(`SELECT count(*) FROM sessions WHERE user_id = '${user.id}'`), '0');
});

test('P-LINK-03 unexpired email change: an address asserted for another account waits for nothing', async () => {
  const victim = world.stack.address('victim');
  const sub = fresh('subject-');
  const attacker = await claimsOf(world, await assert_(a, { sub, email: `mole@${a.domain}` }));
  const parked = await assert_(a, { sub, email: victim });
  assertAsksForCode(parked, victim);
  const { token } = await world.mail(victim);
  const own = await claimsOf(world, await comeBySocial({ email: victim }));
  assert.notEqual(own.sub, attacker.sub);
  // The victim follows the attacker's link: nothing of it is the attacker's afterwards.
  const visitor = world.visitor();
  const page = await world.request(visitor, `/a/auth/link?token=${token}`);
  assertNoLogin(page);
  assertNoLogin(await world.post(visitor, '/a/auth/link', { token, form_token: field(page, 'form_token') ?? '' }));
  assert.equal(await userOf(world, victim), own.sub);
  assert.equal(await world.value(`SELECT email FROM users WHERE id = '${attacker.sub}'`), `mole@${a.domain}`);
  assert.ok(!(await identitiesOf(world, victim)).some((one) => one.endsWith(sub)));
});

test('P-LINK-03 nobody\'s address is changed by the API behind their back', async () => {
  const person = await world.person(web);
  const id = await userOf(world, person.email);
  const answer = await api.call('PATCH', `/users/${id}`, { email: `ceo@${b.domain}` });
  assert.ok(answer.status < 500);
  assert.equal(await world.value(`SELECT email FROM users WHERE id = '${id}'`), person.email);
});

test('P-LINK-04 non-verifying provider: what it says is parked, and never linked without the mailbox', async () => {
  const email = world.stack.address('victim');
  const attacker = { sub: fresh('attacker-'), email };
  const parked = await leavesNothing(world, () => comeBySocial({ ...attacker }, { trusted: false }));
  assertAsksForCode(parked, email);
  await world.mail(email);
  const owner = await world.person(web, { email });
  const again = await leavesNothing(world, () => comeBySocial({ ...attacker }, { trusted: false }));
  assertAsksForCode(again, email);
  assert.deepEqual(await identitiesOf(world, email), []);
  assert.equal((await world.userinfo(owner.tokens.access_token)).status, 200, 'the owner is signed out by it');
});

test('P-LINK-04 trojan identifier: an identity without an address cannot be hung on a typed one', async () => {
  const victim = await world.person(web);
  const { end, visitor } = await comeBySocial({ email: undefined });
  assert.equal(new URL(end.url).pathname, '/a/auth/login', end.text);
  const code = await visitor.submit(end, '/a/auth/login', { email: victim.email });
  assertAsksForCode({ end: code }, victim.email);
  const { code: digits } = await world.mail(victim.email);
  const wrong = await leavesNothing(world, () => visitor.submit(code, '/a/auth/code',
    { code: wrongFor(digits) }, { until: web.redirectUri }));
  assert.equal(wrong.arrived, undefined);
  await world.login(web, { email: victim.email }); // the owner, elsewhere
  assert.deepEqual(await identitiesOf(world, victim.email), []);
});

test('trust that was proven for one address or subject is not trust in another', async () => {
  const sub = fresh('guest-');
  const email = world.stack.address('guest');
  const first = await assert_(a, { sub, email });
  assertArrived(world, { ...first, end: await prove(world, first, first.end, email) });
  assertArrived(world, await assert_(a, { sub, email })); // its channel
  assertAsksForCode(await leavesNothing(world, () => assert_(a, { sub, email: world.stack.address('other') })));
  assertAsksForCode(await leavesNothing(world, () => assert_(a, { sub: fresh('guest-'), email })), email);
  assertAsksForCode(await leavesNothing(world, () => assert_(b, { sub, email })), email);
});

test('a trusted channel lapses when the connection believes somebody else', async () => {
  const realm = await api.realm();
  const email = world.stack.address('guest');
  const first = await assert_(realm, { sub: 'guest', email });
  assertArrived(world, { ...first, end: await prove(world, first, first.end, email) });
  await api.do('PATCH', realm.connection.path, { oidc_config: { jwks_uri: `${realm.provider.issuer}/jwks?2` } });
  assertAsksForCode(await leavesNothing(world, () => assert_(realm, { sub: 'guest', email })), email);
});

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

// Meets the login with a change that is made but not committed yet: the login must wait for it, or see
// it, and in no case win against it.
async function meets(change, { login, callback }) {
  const committing = world.sql(`BEGIN; ${change}; SELECT pg_sleep(1); COMMIT`);
  await until('the change is made', async () => (await world.value(`SELECT count(*) FROM pg_stat_activity
    WHERE wait_event = 'PgSleep'`)) === '1');
  const end = await comeBack(login, callback);
  await committing;
  return end;
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

// ---- all at once (P-LINK-14) --------------------------------------------------------------------

// Somebody's provider has as many callers as it may; the page says to try again.
const isBusy = ({ status, text }) => status === 503 && text.includes('(temporarily_unavailable)');

test('P-LINK-14 a hundred first logins of one person by mail, social and SSO at once are one user', async () => {
  const email = world.stack.address('crowd');
  const door = await api.door();
  const realm = await api.realm();
  const [social, guest] = [fresh('social-'), fresh('guest-')];
  door.provider.straighten({ sub: social, email, email_verified: true });
  realm.provider.straighten({ sub: guest, email });
  const ready = [];
  for (let n = 0; n < 10; n++) {
    const mailed = await world.codePage(web, { email });
    ready.push(() => mailed.visitor.submit(mailed.page, '/a/auth/code', { code: mailed.mail.code },
      { until: web.redirectUri }));
    const parked = await visit(world, realm.provider, forced(realm));
    assertAsksForCode(parked, email);
    const { code } = await world.mail(email);
    ready.push(() => parked.visitor.submit(parked.end, '/a/auth/code', { code }, { until: web.redirectUri }));
  }
  // Who finds the provider busy tries again, as the page says.
  const bySocial = async () => {
    for (;;) {
      const { end } = await visit(world, door.provider, { button: door.connection.id });
      if (!isBusy(end)) return end;
    }
  };
  for (let n = 0; n < 80; n++) ready.push(bySocial);
  const ends = await Promise.all(ready.map((go) => go()));
  const failed = ends.filter(({ arrived }) => !arrived?.searchParams.get('code'));
  assert.deepEqual(failed.map(({ status, text }) => `${status} ${text}`), []);
  assert.equal(await world.value(`SELECT count(*) FROM users WHERE email = '${email}'`), '1');
  assert.deepEqual(await identitiesOf(world, email),
    [`${door.connection.id} ${social}`, `${realm.connection.id} ${guest}`].sort());
  assert.equal(await world.value(`SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id
    WHERE u.email = '${email}' AND s.ended_at IS NULL`), '100');
  assert.equal(await world.value(`SELECT count(*) FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE u.email = '${email}'`), '1');
});

test('P-LINK-14 fifty people of a domain who come at once are fifty users, each their own', async () => {
  const realm = await api.realm();
  realm.provider.person = (query) => ({ sub: query.get('login_hint'), email: query.get('login_hint') });
  const come = async (email) => {
    for (;;) {
      const login = await visit(world, realm.provider, { extra: { connection_id: realm.connection.id, login_hint: email } });
      if (!isBusy(login.end)) return claimsOf(world, login);
    }
  };
  const emails = Array.from({ length: 50 }, (_, n) => `p${n}@${realm.domain}`);
  const people = await Promise.all(emails.map(come));
  people.forEach((claims, n) => assert.equal(claims.email, emails[n]));
  assert.equal(new Set(people.map(({ sub }) => sub)).size, 50);
});
