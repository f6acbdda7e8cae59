// Python's Authlib, in the shape of tools/sample-application: what people copy has to work.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';
import { freePort, start, until } from '../browser/process.mjs';

let stack, home, application;

before(async () => {
  home = `http://localhost:${await freePort()}`;
  stack = await Stack.start({ homes: { web: home } });
  const { id, secret } = stack.applications.web;
  application = start(fileURLToPath(new URL('../../tools/sample-application', import.meta.url)), [], {
    log: join(stack.folder, 'sample-application.log'),
    env: { ...process.env, OIDC_ISSUER: stack.issuer, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret,
      APPLICATION_URL: home, SESSION_SECRET: 'only for this test' },
  });
  await until('the sample application is up', () => {
    if (!application.isRunning()) throw new Error(application.log());
    return fetch(home).then((answer) => answer.ok, () => false);
  });
});
after(async () => {
  await application?.stop();
  await stack?.stop();
});

async function signIn(visitor, email) {
  const arrived = await visitor.signIn(stack, `${home}/login`, email, `${home}/callback`);
  return visitor.go(arrived);
}

test('sign in, userinfo, refresh, sign out', async () => {
  const visitor = new Visitor();
  const email = stack.address();
  let page = await signIn(visitor, email);
  assert.equal(page.status, 200, page.text);
  assert.ok(page.text.includes(`Signed in as <strong>${email}</strong>`), page.text);
  page = await visitor.submit(page, '/userinfo');
  assert.ok(page.text.includes('<h2>Userinfo</h2>'), page.text);
  page = await visitor.submit(page, '/refresh');
  assert.ok(page.text.includes('The tokens were refreshed.'), page.text);
  page = await visitor.submit(page, '/sign-out');
  assert.equal(page.url, `${home}/`);
  assert.ok(page.text.includes('You are not signed in.'), page.text);
  // Signed out at Gatehouse as well: the next login asks.
  page = await visitor.go(`${home}/login`);
  assert.equal(new URL(page.url).pathname, '/a/auth/login');
});

test('an answer with another state, or of another server, is refused', async () => {
  const visitor = new Visitor();
  const arrived = await visitor.signIn(stack, `${home}/login`, stack.address(), `${home}/callback`);
  for (const [name, value] of [['state', 'forged'], ['iss', 'https://evil.example']]) {
    const forged = new URL(arrived);
    forged.searchParams.set(name, value);
    const page = await visitor.go(forged);
    assert.equal(page.status, 400);
    assert.ok(!page.text.includes('Signed in as'));
  }
});
