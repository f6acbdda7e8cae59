// Attacks on a login as a whole, beyond the rows of the catalogue: steps out of order, twice, by two at
// once, or by somebody else.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { World, assertLogin, assertNoLogin, codeOf, field, hasSession, wrongFor } from './world.mjs';

let world, web;

before(async () => {
  world = await World.open();
  ({ web } = world.apps);
});
after(() => world?.close());

test('a stranger who hammers an address locks nobody out', async () => {
  const victim = await world.person(web);
  const { email } = victim;
  for (let i = 0; i < 3; i++) {
    const stranger = await world.codePage(web, { email });
    for (let guess = 0; guess < 7; guess++) await world.verify(stranger, wrongFor(stranger.mail.code));
  }
  const before = await world.codePage(web, { email });
  const strangers = await world.begin();
  await Promise.all(Array.from({ length: 20 }, () => world.ask(strangers, email)));
  for (let n = 0; n < 2; n++) await world.mail(email);
  assertLogin(await world.verify(before, before.mail.code), web);
  // Even in the victim's own network, the browser that has signed in before has a share of its own.
  const neighbour = await world.begin();
  await Promise.all(Array.from({ length: 20 }, () => world.ask(neighbour, email,
    { 'X-Forwarded-For': victim.visitor.headers['X-Forwarded-For'] })));
  const n = Number(await world.value(`SELECT count(*) FROM challenges WHERE email = '${email}'`));
  await world.stack.mail.nth(email, n); // none of them may come after the next one
  world.mails.set(email, n);
  const again = await world.codePage(web, { visitor: victim.visitor, email, extra: { prompt: 'login' } });
  assertLogin(await world.verify(again, again.mail.code), web);
});

test('a link is nothing after its code was used, and the other way round', async () => {
  const byCode = await world.codePage(web);
  assertLogin(await world.verify(byCode, byCode.mail.code), web);
  assertNoLogin(await world.follow(byCode, byCode.mail.token));
  const byLink = await world.codePage(web);
  assertLogin(await world.follow(byLink, byLink.mail.token), web);
  assertNoLogin(await world.verify(byLink, byLink.mail.code));
  assertNoLogin(await world.follow(byLink, byLink.mail.token));
  for (const { visitor, flow, mail } of [byCode, byLink]) {
    for (const path of [`/a/auth/code?flow=${flow}`, `/a/auth/login?flow=${flow}`,
      `/a/auth/link?token=${mail.token}`]) {
      assertNoLogin(await world.request(visitor, path));
    }
    assertNoLogin(await world.post(visitor, '/a/auth/restart', { flow }));
  }
});

test('fifty right codes, and as many right links, at once make one login', async () => {
  for (const use of [(begun) => world.verify(begun, begun.mail.code),
    (begun) => world.follow(begun, begun.mail.token)]) {
    const begun = await world.codePage(web);
    const answers = await Promise.all(Array.from({ length: 50 }, () => use(begun)));
    assert.equal(answers.filter(codeOf).length, 1);
    assert.equal(answers.filter(hasSession).length, 1);
    assert.equal(await world.value(`SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id
      WHERE u.email = '${begun.email}'`), '1');
  }
});

test('an application that is switched off in the middle of a login gets no code', async () => {
  const app = { id: 'skc_20000000000000043', name: 'Leaving', type: 'SPA', redirect_uris: [web.redirectUri] };
  await world.apply(app);
  const url = (await web.authorizeUrl()).replace(web.id, app.id);
  const visitor = world.visitor();
  const email = world.stack.address();
  const page = await visitor.askForCode(url, email);
  const { code } = await world.mail(email);
  await world.apply({ ...app, active: false });
  const begun = { visitor, flow: field(page, 'flow'), formToken: field(page, 'form_token') };
  assertNoLogin(await world.verify(begun, code));
});

test('whoever learns a flow\'s id cannot answer its request in a browser of their own', async () => {
  const victim = await world.begin();
  const copies = () => world.value(`SELECT count(*) FROM flows WHERE state =
    (SELECT state FROM flows WHERE id = '${victim.flow}')`);
  const attacker = await world.begin();
  for (const visitor of [attacker.visitor, world.visitor()]) {
    const shown = await world.request(visitor, `/a/auth/login?flow=${victim.flow}`);
    assert.doesNotMatch(shown.text, /action="\/a\/auth\/(restart|login)"/);
    assertNoLogin(await world.post(visitor, '/a/auth/restart', { flow: victim.flow }));
    assertNoLogin(await world.ask({ ...victim, visitor }, world.stack.address()));
    assert.equal(await copies(), '1', 'the victim\'s state is in a flow of the attacker');
  }
  await world.sql(`UPDATE flows SET expires_at = now() WHERE id = '${victim.flow}'`);
  const again = await world.post(victim.visitor, '/a/auth/restart', { flow: victim.flow });
  assert.match(again.location, /^\/a\/auth\/login\?flow=req_\d+$/);
  assert.equal(await copies(), '2');
});
