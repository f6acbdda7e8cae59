// Signing in by email, as people meet it in Chromium.
import { after, before, beforeEach, afterEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from './stack.mjs';
import { openBrowser, closeBrowser, newPerson, newTab, enterEmail, enterCode, press, signIn, typeInto }
  from './person.mjs';
import { expectHeading, expectText } from './expect.mjs';

let stack, web, second, person, page, email;

before(async () => {
  [stack] = await Promise.all([Stack.start(), openBrowser()]);
  ({ web, second } = stack.applications);
});
after(async () => {
  await closeBrowser();
  await stack?.stop();
});
beforeEach(async () => {
  person = await newPerson();
  page = person.page;
  email = stack.address();
});
afterEach(async () => {
  const { complaints } = page;
  await person.leave();
  assert.deepEqual(complaints, [], 'the pages logged errors');
});

const wrong = (code) => (code === '000000' ? '000001' : '000000');
const age = (address) => stack.sql(`UPDATE challenges SET expires_at = now() - interval '1 second'
  WHERE email = '${address}'`);
// As if the person had waited: a new code may be asked for now.
async function waitForResend(tab, address) {
  await stack.sql(`UPDATE challenges SET sent_at = sent_at - interval '2 minutes'
    WHERE email = '${address}'`);
  await stack.sql('TRUNCATE rate_counters'); // apart: both at once may deadlock with a login
  await tab.reload();
}

test('by code: the page is named after the application and leads back to it', async () => {
  await page.goto(`${web.url}/login`);
  await expectHeading(page, 'Sign in to Acme Web');
  assert.match(await page.title(), /Acme Web/);
  assert.equal(new URL(page.url()).pathname, '/a/auth/login');
  await enterEmail(page, email);
  await expectText(page, new RegExp(email));
  const field = page.getByLabel('Verification code');
  assert.equal(await field.getAttribute('autocomplete'), 'one-time-code');
  assert.equal(await field.getAttribute('inputmode'), 'numeric');
  const mail = await stack.mail.nth(email);
  assert.match(mail.text, /Acme Web/);
  await enterCode(page, mail.code);
  await expectHeading(page, 'Signed in to Acme Web');
  const { claims, tokens } = web.results.at(-1);
  assert.equal(claims.email, email);
  assert.equal(claims.email_verified, true);
  assert.ok(tokens.refresh_token);
  assert.deepEqual(await stack.sql(`SELECT count(*) FROM users WHERE email = '${email}'`), ['1']);
});

test('by code, pasted with a space or with words around it', async () => {
  for (const around of [(code) => `${code.slice(0, 3)} ${code.slice(3)}`, (code) => `code: ${code}`]) {
    const someone = await newPerson();
    const address = stack.address('paste');
    await someone.page.goto(`${web.url}/login`);
    await enterEmail(someone.page, address);
    await enterCode(someone.page, around((await stack.mail.nth(address)).code));
    await expectHeading(someone.page, 'Signed in to Acme Web');
    await someone.leave();
  }
});

test('by keyboard alone', async () => {
  await page.goto(`${web.url}/login`);
  await typeInto(page, 'Email', email);
  await page.keyboard.press('Enter');
  await expectHeading(page, 'Check your email');
  await typeInto(page, 'Verification code', (await stack.mail.nth(email)).code);
  await page.keyboard.press('Enter');
  await expectHeading(page, 'Signed in to Acme Web');
});

test('by the link in the same browser: opening consumes nothing, one button finishes', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const { link } = await stack.mail.nth(email);
  const tab = await newTab(person.context);
  for (let i = 0; i < 3; i++) await tab.goto(link);
  const [consumed] = await stack.sql(
    `SELECT count(*) FROM challenges WHERE email = '${email}' AND consumed_at IS NOT NULL`);
  assert.equal(consumed, '0', 'GET consumed the link');
  await tab.locator('main button').click();
  await expectHeading(tab, 'Signed in to Acme Web');
  assert.equal(web.results.at(-1).claims.email, email);
  await tab.goto(link);
  assert.equal(await tab.locator('form[action="/a/auth/link"]').count(), 0, 'the link works twice');
  assert.deepEqual(tab.complaints, []);
});

test('by the link in another browser: it shows the code to type in the first', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const { link, code } = await stack.mail.nth(email);
  const phone = await newPerson();
  await phone.page.goto(link);
  assert.equal((await phone.page.locator('.number').innerText()).replace(/\D/g, ''), code);
  assert.equal(await phone.page.locator('form[action="/a/auth/link"]').count(), 0);
  const cookies = await phone.context.cookies(stack.issuer);
  assert.ok(!cookies.some(({ name }) => name.endsWith('gh_session')), 'the other browser is signed in');
  await enterCode(page, code);
  await expectHeading(page, 'Signed in to Acme Web');
  await phone.leave();
});

test('a wrong code can be mended, the sixth try cannot, a new code can', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const { code } = await stack.mail.nth(email);
  for (let i = 1; i <= 4; i++) {
    await enterCode(page, wrong(code));
    const field = page.getByLabel('Verification code');
    await page.locator('#code[aria-invalid="true"]').waitFor();
    await page.locator(`#${await field.getAttribute('aria-describedby')}`).waitFor();
    assert.match(await page.title(), /^Error/);
  }
  await enterCode(page, wrong(code));
  await page.getByLabel('Verification code').waitFor({ state: 'detached' });
  await waitForResend(page, email);
  await press(page, page.getByRole('button', { name: 'Send a new code' }));
  await enterCode(page, (await stack.mail.nth(email, 2)).code);
  await expectHeading(page, 'Signed in to Acme Web');
});

test('after five wrong codes the right one is refused', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const { code } = await stack.mail.nth(email);
  const tab = await newTab(person.context);
  await tab.goto(page.url());
  for (let i = 1; i <= 5; i++) {
    await enterCode(page, wrong(code));
  }
  await enterCode(tab, code);
  await tab.getByLabel('Verification code').waitFor({ state: 'detached' });
  assert.equal((await stack.sql(`SELECT count(*) FROM users WHERE email = '${email}'`))[0], '0');
});

test('an expired code is refused and a new one goes on', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const { code, link } = await stack.mail.nth(email);
  await age(email);
  await enterCode(page, code);
  await page.getByLabel('Verification code').waitFor({ state: 'detached' });
  const tab = await newTab(person.context);
  await tab.goto(link);
  assert.equal(await tab.locator('form[action="/a/auth/link"]').count(), 0, 'an expired link works');
  await waitForResend(page, email);
  await press(page, page.getByRole('button', { name: 'Send a new code' }));
  await enterCode(page, (await stack.mail.nth(email, 2)).code);
  await expectHeading(page, 'Signed in to Acme Web');
});

test('a new code replaces the old one, after a wait that the page shows', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const old = await stack.mail.nth(email);
  const button = page.getByRole('button', { name: 'Send a new code' });
  await expectText(page, /new code\s+0:[0-3]\d/);
  assert.equal(await button.getAttribute('aria-disabled'), 'true');
  await waitForResend(page, email);
  await press(page, button);
  await page.getByRole('status').waitFor();
  const fresh = await stack.mail.nth(email, 2);
  if (old.code !== fresh.code) {
    await enterCode(page, old.code);
    await page.locator('#code[aria-invalid="true"]').waitFor();
  }
  await enterCode(page, fresh.code);
  await expectHeading(page, 'Signed in to Acme Web');
});

test('more than two mails a minute are refused with the time left', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  // Without the script that holds the button back.
  const form = page.locator('form[action="/a/auth/resend"]');
  const submit = { click: () => form.evaluate((element) => element.submit()) };
  let answer;
  for (let i = 0; i < 3; i++) {
    [answer] = await Promise.all([
      page.waitForResponse((response) => response.url().endsWith('/a/auth/resend')),
      press(page, submit),
    ]);
  }
  assert.equal(answer.status(), 429);
  await expectText(page, /\d+ (second|minute)/);
  assert.ok((await stack.mail.all(email)).length <= 2);
});

test('an address that cannot be one is refused beside its field, and kept', async () => {
  await page.goto(`${web.url}/login`);
  for (const bad of ['', 'not an address', 'a@', 'a@b..example']) {
    await page.getByLabel('Email', { exact: true }).fill(bad);
    await press(page, page.getByRole('button', { name: 'Continue', exact: true }));
    await page.locator('#email[aria-invalid="true"]').waitFor();
    assert.equal(await page.getByLabel('Email', { exact: true }).inputValue(), bad);
    await page.locator('#email:focus').waitFor();
  }
});

test('back to another email, and back again', async () => {
  const other = stack.address('other');
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  await page.getByRole('link', { name: 'Use another email' }).click();
  await enterEmail(page, other);
  await enterCode(page, (await stack.mail.nth(other)).code);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.equal(web.results.at(-1).claims.email, other);
});

test('the back button and reload lose nothing', async () => {
  await page.goto(`${web.url}/login`);
  await page.reload();
  await enterEmail(page, email);
  await page.reload();
  await expectHeading(page, 'Check your email');
  await page.goBack();
  await expectHeading(page, 'Sign in to Acme Web');
  await page.goForward();
  await expectHeading(page, 'Check your email');
  await enterCode(page, (await stack.mail.nth(email)).code);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.equal((await stack.mail.all(email)).length, 1, 'a reload sent another mail');
  // Back into the finished login: a way on, no dead end.
  await page.goBack();
  await page.locator('main a, main button').first().waitFor();
});

test('two tabs with two applications at once do not disturb one another', async () => {
  const tab = await newTab(person.context);
  const other = stack.address('tab');
  await page.goto(`${web.url}/login`);
  await tab.goto(`${second.url}/login`);
  await enterEmail(page, email);
  await enterEmail(tab, other);
  await expectText(page, new RegExp(email));
  await enterCode(tab, (await stack.mail.nth(other)).code);
  await expectHeading(tab, 'Signed in to Acme Reports');
  await enterCode(page, (await stack.mail.nth(email)).code);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.equal(second.results.at(-1).claims.email, other);
  assert.equal(web.results.at(-1).claims.email, email);
  assert.deepEqual(tab.complaints, []);
});

test('without JavaScript', async () => {
  const plain = await newPerson({ javaScriptEnabled: false });
  await plain.page.goto(`${web.url}/login`);
  await enterEmail(plain.page, email);
  await waitForResend(plain.page, email);
  await press(plain.page, plain.page.getByRole('button', { name: 'Send a new code' }));
  const { code } = await stack.mail.nth(email, 2);
  await plain.page.getByRole('status').waitFor();
  await enterCode(plain.page, code);
  await expectHeading(plain.page, 'Signed in to Acme Web');
  await plain.leave();
});

test('a page from another site cannot press our buttons', async () => {
  await page.goto(`${web.url}/login`);
  await enterEmail(page, email);
  const { code } = await stack.mail.nth(email);
  const flow = new URL(page.url()).searchParams.get('flow');
  const attack = await newTab(person.context);
  await attack.goto(second.url);
  await attack.setContent(`<form method="post" action="${stack.issuer}/a/auth/code">
    <input name="flow" value="${flow}"><input name="code" value="${code}"><button>Win</button></form>`);
  const [answer] = await Promise.all([
    attack.waitForResponse((response) => response.url().endsWith('/a/auth/code')),
    attack.getByRole('button', { name: 'Win' }).click(),
  ]);
  assert.equal(answer.status() >= 400 && answer.status() < 500, true, `status ${answer.status()}`);
  await enterCode(page, code);
  await expectHeading(page, 'Signed in to Acme Web');
});

test('the sign-up page makes an account too', async () => {
  await page.goto(`${web.url}/login?prompt=create`);
  await expectHeading(page, 'Create your Acme Web account');
  assert.equal(new URL(page.url()).pathname, '/a/auth/signup');
  await enterEmail(page, email);
  await enterCode(page, (await stack.mail.nth(email)).code);
  await expectHeading(page, 'Signed in to Acme Web');
});

test('a login hint fills in the email', async () => {
  await page.goto(`${web.url}/login?login_hint=${encodeURIComponent(email)}`);
  assert.equal(await page.getByLabel('Email', { exact: true }).inputValue(), email);
});

test('an unknown application or redirect URI gets a page, never a redirect', async () => {
  for (const change of [{ client_id: 'skc_99999999999999999' }, { redirect_uri: 'https://evil.example/' }]) {
    await page.goto(await web.authorizeUrl(change));
    assert.equal(new URL(page.url()).origin, stack.issuer);
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
});

test('a signed-in person enters a second application without a page', async () => {
  await signIn(page, stack, web, email);
  await page.goto(`${second.url}/login`);
  await expectHeading(page, 'Signed in to Acme Reports');
  assert.equal(second.results.at(-1).claims.email, email);
  assert.equal(second.results.at(-1).claims.sub, web.results.at(-1).claims.sub);
  assert.equal(second.results.at(-1).claims.sid, web.results.at(-1).claims.sid);
  assert.equal((await stack.mail.all(email)).length, 1);
});

test('prompt=none answers login_required before and a code after signing in', async () => {
  await page.goto(`${web.url}/login?prompt=none`);
  await expectHeading(page, 'Refused');
  assert.equal(await page.locator('#error').innerText(), 'login_required');
  assert.equal(web.results.at(-1).callback.searchParams.get('iss'), stack.issuer);
  await signIn(page, stack, web, email);
  await page.goto(`${web.url}/login?prompt=none`);
  await expectHeading(page, 'Signed in to Acme Web');
});

test('prompt=login asks again, and changes the cookie of the session', async () => {
  const sessionCookie = async () => (await person.context.cookies(stack.issuer))
    .find(({ name }) => name.endsWith('gh_session')).value;
  const first = await signIn(page, stack, web, email);
  const before = await sessionCookie();
  await page.goto(`${web.url}/login?prompt=login`);
  await expectHeading(page, 'Sign in to Acme Web');
  await enterEmail(page, email);
  await enterCode(page, (await stack.mail.nth(email, 2)).code);
  await expectHeading(page, 'Signed in to Acme Web');
  const again = web.results.at(-1);
  assert.equal(again.claims.sub, first.claims.sub);
  assert.notEqual(await sessionCookie(), before);
  assert.ok(again.claims.auth_time >= first.claims.auth_time);
});

test('max_age asks again when the login is older', async () => {
  await signIn(page, stack, web, email);
  await page.goto(`${web.url}/login?max_age=3600`);
  await expectHeading(page, 'Signed in to Acme Web');
  assert.ok(web.results.at(-1).claims.auth_time);
  await stack.sql(`UPDATE sessions SET auth_time = auth_time - interval '2 hours'
    WHERE user_id = '${web.results.at(-1).claims.sub}'`);
  await page.goto(`${web.url}/login?max_age=3600`);
  await expectHeading(page, 'Sign in to Acme Web');
  await page.goto(`${web.url}/login?max_age=3600&prompt=none`);
  assert.equal(await page.locator('#error').innerText(), 'login_required');
});

test('signing out with a hint ends the session for every application', async () => {
  const { tokens } = await signIn(page, stack, web, email);
  const parameters = new URLSearchParams({ id_token_hint: tokens.id_token,
    post_logout_redirect_uri: web.signedOutUri, state: 'back' });
  await page.goto(`${stack.issuer}/oidc/logout?${parameters}`);
  await expectHeading(page, 'Signed out');
  assert.equal(page.url(), `${web.signedOutUri}?state=back`);
  await page.goto(`${second.url}/login?prompt=none`);
  assert.equal(await page.locator('#error').innerText(), 'login_required');
});

test('signing out without a hint asks first', async () => {
  await signIn(page, stack, web, email);
  await page.goto(`${stack.issuer}/oidc/logout?client_id=${web.id}&post_logout_redirect_uri=${
    encodeURIComponent(web.signedOutUri)}`);
  assert.equal(new URL(page.url()).origin, stack.issuer);
  await page.goto(`${web.url}/login?prompt=none`);
  await expectHeading(page, 'Signed in to Acme Web');
  await page.goto(`${stack.issuer}/oidc/logout?client_id=${web.id}&post_logout_redirect_uri=${
    encodeURIComponent(web.signedOutUri)}`);
  await page.locator('main form button').click();
  await expectHeading(page, 'Signed out');
  await page.goto(`${web.url}/login?prompt=none`);
  assert.equal(await page.locator('#error').innerText(), 'login_required');
});

test('a session that an operator ended, or of a deactivated user, is over at its next use', async () => {
  const { claims } = await signIn(page, stack, web, email);
  await stack.sql(`UPDATE sessions SET ended_at = now(), end_reason = 'test' WHERE id = '${claims.sid}'`);
  await page.goto(`${web.url}/login?prompt=none`);
  assert.equal(await page.locator('#error').innerText(), 'login_required');
});

test('cookies are http-only, same-site and without a domain', async () => {
  await signIn(page, stack, web, email);
  const cookies = (await person.context.cookies(stack.issuer)).filter(({ name }) => name.startsWith('gh_'));
  assert.deepEqual(cookies.map(({ name }) => name).sort(), ['gh_browser', 'gh_session']);
  for (const cookie of cookies) {
    assert.equal(cookie.httpOnly, true);
    assert.equal(cookie.sameSite, 'Lax');
    assert.equal(cookie.path, '/');
  }
});
