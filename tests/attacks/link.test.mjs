// Attacks on whose word counts for whom: organizations against each other, accounts prepared before
// their owner comes, and everybody at once (P-LINK).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertNoLogin, field, wrongFor } from './world.mjs';
import { assertArrived, assertAsksForCode, assertErrorAtApp, claimsOf, depart, fresh, freshDomain,
  identitiesOf, leavesNothing, prove, userOf, visit } from './realm.mjs';
import { a, api, assert_, b, comeBySocial, forced, shut, useRivals, web, world } from './link.mjs';

useRivals();

const mailsTo = async (email) => (await world.stack.mail.all(email)).length;

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

// ---- all at once (P-LINK-14) --------------------------------------------------------------------

// Somebody's provider has as many callers as it may; the page says to try again.
const isBusy = ({ status, text }) => status === 503 && text.includes('(temporarily_unavailable)');

// Who finds the provider busy tries again a while later, as the page says: people who press without a
// pause would leave those inside no time to come to their end.
async function persistently(go) {
  for (let pause = 50; ; pause = Math.min(2 * pause, 800)) {
    const login = await go();
    if (!isBusy(login.end)) return login;
    await sleep(pause);
  }
}

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
  const bySocial = async () => (await persistently(() =>
    visit(world, door.provider, { button: door.connection.id }))).end;
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
  const come = async (email) => claimsOf(world, await persistently(() => visit(world, realm.provider,
    { extra: { connection_id: realm.connection.id, login_hint: email } })));
  const emails = Array.from({ length: 50 }, (_, n) => `p${n}@${realm.domain}`);
  const people = await Promise.all(emails.map(come));
  people.forEach((claims, n) => assert.equal(claims.email, emails[n]));
  assert.equal(new Set(people.map(({ sub }) => sub)).size, 50);
});
