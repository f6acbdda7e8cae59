// GATEHOUSE_LINK_SAME_BROWSER=off: a link opened elsewhere is confirmed by a number.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { Stack } from './stack.mjs';
import { openBrowser, closeBrowser, newPerson, enterEmail, press } from './person.mjs';
import { expectHeading } from './expect.mjs';

let stack, web;

before(async () => {
  [stack] = await Promise.all([
    Stack.start({ settings: { GATEHOUSE_LINK_SAME_BROWSER: 'off' } }), openBrowser()]);
  ({ web } = stack.applications);
});
after(async () => {
  await closeBrowser();
  await stack?.stop();
});

async function openOnPhone(email, options) {
  const desk = await newPerson(options);
  await desk.page.goto(`${web.url}/login`);
  await enterEmail(desk.page, email);
  const { link, code } = await stack.mail.nth(email);
  const phone = await newPerson();
  await phone.page.goto(link);
  const number = (await desk.page.locator('.number').innerText()).trim();
  assert.match(number, /^\d\d$/);
  assert.doesNotMatch(await phone.page.locator('main').innerText(), new RegExp(`${code}|\\b${number}\\b`));
  return { desk, phone, number };
}

async function enterNumber(page, number) {
  await page.locator('#number').fill(number);
  await press(page, page.locator('form[action="/a/auth/number"] button'));
}

test('the number confirmed on the phone lets the first browser go on by itself', async () => {
  const email = stack.address();
  const { desk, phone, number } = await openOnPhone(email);
  await enterNumber(phone.page, number);
  await expectHeading(desk.page, 'Signed in to Acme Web');
  assert.equal(web.results.at(-1).claims.email, email);
  const cookies = await phone.context.cookies(stack.issuer);
  assert.ok(!cookies.some(({ name }) => name.endsWith('gh_session')), 'the phone is signed in');
  assert.deepEqual([...desk.page.complaints, ...phone.page.complaints], []);
  await desk.leave();
  await phone.leave();
});

test('without JavaScript the first browser goes on by its button', async () => {
  const email = stack.address();
  const { desk, phone, number } = await openOnPhone(email, { javaScriptEnabled: false });
  await enterNumber(phone.page, number);
  await phone.page.locator('#number').waitFor({ state: 'detached' });
  await desk.page.locator('form[action="/a/auth/continue"] button').click();
  await expectHeading(desk.page, 'Signed in to Acme Web');
  await desk.leave();
  await phone.leave();
});

test('wrong numbers end the link and sign nobody in', async () => {
  const email = stack.address();
  const { desk, phone, number } = await openOnPhone(email);
  const wrong = number === '00' ? '01' : '00';
  for (let i = 0; i < 5 && (await phone.page.locator('#number').count()); i++) {
    await enterNumber(phone.page, wrong);
  }
  assert.equal(await phone.page.locator('#number').count(), 0, 'the number can be tried for ever');
  assert.equal((await stack.sql(`SELECT count(*) FROM users WHERE email = '${email}'`))[0], '0');
  await desk.leave();
  await phone.leave();
});
