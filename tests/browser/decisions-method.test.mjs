// What follows when a person has typed an address, entered a code or come back from a provider, row
// by row as they meet it: M1 to M9 and M12 to M15, trust and the loop guard. (M10 and M11 are about
// passkeys.)
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { useRealm } from './realm.mjs';
import { enterCode, enterEmail, press } from './person.mjs';
import { expectHeading, expectText } from './expect.mjs';

const realm = useRealm();
const address = (name) => realm.stack.address(name);

const CONFIRM = 'Confirm your email';
const trust = () => ['login.sso send_code', 'login.code complete'];

async function comeBySocial(login) {
  await realm.begin();
  await press(realm.page, realm.page.getByRole('button', { name: /Chirper/ }));
  await realm.signInThere(login);
}

async function confirm(email, n = 1) {
  await expectHeading(realm.page, CONFIRM);
  await enterCode(realm.page, await realm.code(email, n));
}

// ---- M1 to M5: addresses, codes and links -------------------------------------------------------

test('M1: an address of an organization leads to its sign-in, and no code is sent', async () => {
  const megacorp = await realm.organization();
  const joe = megacorp.member('joe');
  await realm.beginWithEmail(joe.toUpperCase());
  await realm.assertNoSession();
  await realm.signInThere(joe);
  assert.equal((await realm.signedIn()).email, joe);
  await realm.assertNoMail(joe);
  await realm.assertDecided(['login.entry login_page', 'login.email sso', 'login.sso_begin sso',
    'login.sso complete'], /organization's domain/);
});

test('M2: the page after the address is the same whether or not there is a user', async () => {
  const [known, unknown] = [address('kn'), address('un')];
  await realm.user(known);
  const pages = [];
  for (const email of [known, unknown]) {
    await realm.begin();
    await enterEmail(realm.page, email);
    await realm.page.locator('form[data-wait] bdi').waitFor(); // the script has run
    const text = await realm.page.locator('main').innerText();
    pages.push(text.replaceAll(email, '(address)').replace(/\d:\d\d/, '(clock)'));
    assert.match((await realm.code(email)), /^\d{6}$/);
  }
  assert.equal(pages[0], pages[1]);
  await realm.assertDecided(['login.entry login_page', 'login.email send_code'], /./);
});

for (const way of ['code', 'link']) {
  test(`M3: a ${way} for an address that an organization has claimed meanwhile leads to its sign-in`,
    async () => {
      const { page } = realm;
      const megacorp = await realm.organization({ isSsoOn: false });
      const joe = megacorp.member('joe');
      await realm.begin();
      await enterEmail(page, joe);
      const mail = await realm.stack.mail.nth(joe);
      await realm.set('organizations', megacorp.id, 'is_sso_on = true');
      if (way === 'code') {
        await enterCode(page, mail.code);
      } else {
        await page.goto(mail.link);
        await realm.pressButton('Sign in');
      }
      await expectHeading(page, 'Continue with Megacorp');
      await expectText(page, /Megacorp asks you to sign in with its own account/);
      realm.atGatehouse();
      await realm.assertNoSession();
      await realm.pressButton('Continue to Megacorp');
      await realm.signInThere(joe);
      assert.deepEqual((await realm.signedIn()).amr, [megacorp.connection]);
    });
}

test('M4: a code where no organization decides completes the login', async () => {
  const email = address();
  await realm.begin();
  await enterEmail(realm.page, email);
  await realm.assertNoSession();
  await enterCode(realm.page, await realm.code(email));
  const claims = await realm.signedIn();
  assert.equal(claims.email, email);
  assert.equal(claims.oid, undefined);
  assert.deepEqual(claims.amr, ['otp']);
  await realm.assertDecided(['login.email send_code', 'login.code complete'], /proven/);
});

test('M5: a guest proves the address once, and is never asked again while provider and address stay',
  async () => {
    const megacorp = await realm.organization();
    const guest = address('guest');
    realm.provider.people.guest5 = { email: guest };
    await realm.beginWithEmail(megacorp.member('any'));
    await realm.signInThere('guest5');
    await confirm(guest);
    const claims = await realm.signedIn();
    assert.equal(claims.oid, megacorp.id);
    assert.deepEqual(claims.amr.toSorted(), [megacorp.connection, 'otp']);
    assert.deepEqual(await realm.identities(guest), [`${megacorp.connection} ${guest} ${guest}`]);
    await realm.assertDecided(trust(), /proven -> link/);
    await realm.takeNewBrowser();
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere('guest5');
    assert.equal((await realm.signedIn()).sub, claims.sub);
    assert.equal((await realm.stack.mail.all(guest)).length, 1);
    await realm.assertDecided(['login.sso complete'], /proven before/);
  });

test('M5: the proof lapses when the connection is pointed elsewhere by hand', async () => {
  const megacorp = await realm.organization();
  const guest = address('guest');
  realm.provider.people.guest6 = { email: guest };
  for (const n of [1, 2]) {
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere('guest6');
    await confirm(guest, n);
    await realm.signedIn();
    await realm.set('connections', megacorp.connection, 'trust_epoch = trust_epoch + 1');
    await realm.takeNewBrowser();
  }
});

test('M5: p_rp_27, another address of the same subject has to be proven, and moves nobody to another user',
  async () => {
    const megacorp = await realm.organization();
    const [first, second] = [address('first'), address('second')];
    await realm.user(second);
    realm.provider.people.guest7 = { email: first };
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere('guest7');
    await confirm(first);
    const { sub } = await realm.signedIn();
    realm.provider.people.guest7 = { email: second };
    await realm.takeNewBrowser();
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere('guest7');
    await confirm(second);
    assert.equal((await realm.signedIn()).sub, sub);
    assert.deepEqual(await realm.identities(second), []);
  });

// ---- M6 to M9: social ---------------------------------------------------------------------------

test('M6: a provider that tells no address: the person is asked, proves it, and both belong together',
  async () => {
    const { page } = realm;
    const email = address();
    realm.provider.people.silent = { email: undefined };
    await realm.withSocial({}, async (id) => {
      await comeBySocial('silent');
      await expectText(page, /Chirper did not tell us your email address/);
      await realm.assertNoSession();
      await enterEmail(page, email);
      assert.deepEqual(await realm.sql(`SELECT 1 FROM identities WHERE connection_id = '${id}'`), []);
      await enterCode(page, await realm.code(email));
      const claims = await realm.signedIn();
      assert.equal(claims.email, email);
      assert.deepEqual(await realm.identities(email), [`${id} ${email} ${email}`]);
      await realm.assertDecided(['login.sso ask_email', 'login.email send_code', 'login.code complete'],
        /proven -> link/);
    });
  });

test('M6: who then types an address of an organization is sent to its sign-in, and nothing is linked',
  async () => {
    const megacorp = await realm.organization();
    const joe = megacorp.member('joe');
    realm.provider.people.silent2 = { email: undefined };
    await realm.withSocial({}, async (id) => {
      await comeBySocial('silent2');
      await expectText(realm.page, /did not tell us your email address/);
      await realm.typeEmail(joe);
      await realm.assertNoMail(joe);
      realm.provider.people.silent2 = { email: joe };
      await realm.consentThere();
      assert.deepEqual((await realm.signedIn()).amr, [megacorp.connection]);
      assert.deepEqual(await realm.sql(`SELECT 1 FROM identities WHERE connection_id = '${id}'`), []);
    });
  });

for (const [what, said] of Object.entries({
  'says nothing of verified': {},
  'says verified as a text': { email_verified: 'true' },
  'says that it is not': { email_verified: false },
})) {
  test(`M7: p_link_04, p_rp_16, an address of which the provider ${what} is linked only after a code`, async () => {
    const email = address();
    const login = `unverified ${what}`;
    await realm.user(email); // whom a link without proof would hand over
    realm.provider.people[login] = { email, ...said };
    await realm.withSocial({}, async (id) => {
      await comeBySocial(login);
      await expectHeading(realm.page, CONFIRM);
      await expectText(realm.page, new RegExp(`Chirper says that your email is ${email}`));
      await realm.assertNoSession();
      assert.deepEqual(await realm.identities(email), []);
      await confirm(email);
      assert.equal((await realm.signedIn()).email, email);
      assert.deepEqual(await realm.identities(email), [`${id} ${email} ${email}`]);
      await realm.assertDecided(trust(), /proven -> link/);
    });
  });
}

test('M7: a verified address of a provider that is no authority is linked only after a code', async () => {
  const email = address();
  realm.provider.people.claimed = { email, email_verified: true };
  await realm.withSocial({ isTrusted: false }, async () => {
    await comeBySocial('claimed');
    await confirm(email);
    assert.equal((await realm.signedIn()).email, email);
  });
});

for (const isVerified of [true, false]) {
  const row = isVerified ? 'M8' : 'M7';
  test(`${row}: a social sign-in with ${isVerified ? 'a verified' : 'an'} address of an organization is sent `
    + 'to its own sign-in, and not linked', async () => {
    const { page } = realm;
    const megacorp = await realm.organization();
    const joe = megacorp.member('joe');
    realm.provider.people[`joe ${row}`] = { email: joe, email_verified: isVerified };
    await realm.withSocial({}, async (id) => {
      await comeBySocial(`joe ${row}`);
      await expectHeading(page, 'Continue with Megacorp');
      await expectText(page, /Megacorp asks you to sign in with its own account/);
      await realm.assertNoSession();
      await realm.assertNoMail(joe);
      await realm.pressButton('Continue to Megacorp');
      await realm.consentThere();
      assert.deepEqual((await realm.signedIn()).amr, [megacorp.connection]);
      assert.deepEqual(await realm.sql(`SELECT 1 FROM identities WHERE connection_id = '${id}'`), []);
    });
  });
}

test('M8: p_link_12, who turns back at the sign-in of the organization is signed in nowhere', async () => {
  const { page } = realm;
  const megacorp = await realm.organization();
  const joe = megacorp.member('joe');
  realm.provider.people.turncoat = { email: joe, email_verified: true };
  await realm.withSocial({}, async () => {
    await comeBySocial('turncoat');
    await realm.pressButton('Continue to Megacorp');
    await page.waitForURL(/\/interaction\//);
    await page.getByRole('link', { name: /Cancel/ }).click();
    await expectHeading(page, 'Sign in to Acme Web');
    await expectText(page, /Sign-in with Megacorp was cancelled/);
    await realm.assertNoSession();
    assert.deepEqual(await realm.sql(`SELECT 1 FROM users WHERE email = '${joe}'`), []);
  });
});

test('M8: the page that says why goes on by itself, but not for who touches it or comes back', async () => {
  const { page } = realm;
  const megacorp = await realm.organization();
  realm.provider.people.watcher = { email: megacorp.member('joe'), email_verified: true };
  const waiting = async () => {
    await page.waitForLoadState();
    return page.evaluate(() => [...window.held.values()].map(({ ms }) => ms));
  };
  await realm.withSocial({}, async () => {
    await comeBySocial('watcher');
    await expectHeading(page, 'Continue with Megacorp');
    assert.deepEqual(await waiting(), [5000]);
    await page.keyboard.press('Tab');
    assert.deepEqual(await waiting(), [], 'who touches anything is left to read');
    await page.goto(page.url());
    assert.deepEqual(await waiting(), [5000]);
    await page.evaluate(() => { for (const { run } of window.held.values()) run(); });
    await page.waitForURL(/\/interaction\//);
    await page.goBack();
    await expectHeading(page, 'Continue with Megacorp');
    assert.deepEqual(await waiting(), [], 'who comes back is not sent away again');
    await realm.pressButton('Continue to Megacorp');
    await realm.consentThere();
    await realm.signedIn();
  });
});

test('M9: a verified address where no organization decides completes, as the user who has it', async () => {
  const email = address();
  const id = await realm.user(email);
  realm.provider.people.verified = { email, email_verified: true };
  await realm.withSocial({}, async (connection) => {
    await comeBySocial('verified');
    const claims = await realm.signedIn();
    assert.equal(claims.sub, id);
    assert.deepEqual(claims.amr, [connection]);
    await realm.assertNoMail(email);
    await realm.assertDecided(['login.entry login_page', 'login.connection social', 'login.sso_begin social',
      'login.sso complete'], /is verified -> trusted/);
  });
});

// ---- M12 to M15: an organization's sign-in ------------------------------------------------------

test('M12: p_link_13, a connection that is switched off meanwhile ends on a page with a way back and a support id',
  async () => {
    const { page } = realm;
    const megacorp = await realm.organization();
    await realm.beginWithEmail(megacorp.member('joe'));
    await realm.atProvider();
    await realm.set('connections', megacorp.connection, 'is_enabled = false');
    await realm.signInThere();
    await expectHeading(page, 'Sign-in with Megacorp is switched off');
    await expectText(page, /Support id: \S+/);
    await realm.assertNoSession();
    assert.deepEqual(await realm.identities(megacorp.member('joe')), []);
    await realm.assertDecided(['login.sso sso_failed'], /switched off/);
    await page.getByRole('link', { name: 'Use another email' }).click();
    await expectHeading(page, 'Sign in to Acme Web');
  });

test('M12: an answer that does not hold ends on a page that offers to try again, which works', async () => {
  const { page } = realm;
  const megacorp = await realm.organization();
  const requests = [];
  page.on('request', (request) => requests.push(new URL(request.url())));
  await realm.beginWithEmail(megacorp.member('joe'));
  await realm.atProvider();
  const { searchParams } = requests.findLast(({ searchParams: all }) => all.has('nonce') && all.has('login_hint'));
  const forged = new URLSearchParams({ code: 'made up', state: searchParams.get('state'),
    iss: realm.provider.issuer });
  await page.goto(`${realm.callback(megacorp.connection)}?${forged}`);
  await expectHeading(page, 'Sign-in with Megacorp did not work');
  await expectText(page, /Support id: \S+/);
  await realm.assertNoSession();
  await realm.assertDecided(['login.sso sso_failed'], /does not hold/);
  // The answer cannot be had again in another language.
  assert.equal(await page.getByRole('navigation', { name: 'Language' }).count(), 0);
  await page.getByRole('link', { name: 'Try again' }).click();
  await realm.signInThere();
  assert.equal((await realm.signedIn()).email, megacorp.member('joe'));
});

test('M12: who turns back at the provider of a forced connection is back in the application', async () => {
  const megacorp = await realm.organization();
  await realm.begin({ connection_id: megacorp.connection });
  await realm.atProvider();
  await realm.page.getByRole('link', { name: /Cancel/ }).click();
  await realm.refused('access_denied');
  await realm.assertNoSession();
  await realm.assertDecided(['login.sso sso_failed'], /cancelled at the provider/);
});

for (const [what, email] of Object.entries({ none: undefined, 'something else': 'not an address' })) {
  test(`M13: an organization's provider that tells ${what} for an email signs nobody in`, async () => {
    const megacorp = await realm.organization();
    realm.provider.people[`attribute ${what}`] = { email };
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere(`attribute ${what}`);
    await realm.refused('mandatory_attribute_missing');
    await realm.assertNoSession();
    await realm.assertDecided(['login.sso error_redirect'], /no usable email/);
  });
}

test('M14: an address of the organization completes at once: user, identity and membership', async () => {
  const megacorp = await realm.organization();
  const joe = megacorp.member('joe');
  realm.provider.people[joe] = { email: joe.toUpperCase(), given_name: 'Joe', family_name: 'Doe' };
  await realm.beginWithEmail(joe);
  await realm.signInThere();
  const claims = await realm.signedIn();
  assert.equal(claims.oid, megacorp.id);
  assert.deepEqual(claims.amr, [megacorp.connection]);
  await realm.assertNoMail(joe);
  assert.deepEqual(await realm.sql(`SELECT u.email, m.status, m.provisioning, m.roles FROM memberships m
    JOIN users u ON u.id = m.user_id WHERE m.organization_id = '${megacorp.id}'`),
  [`${joe}|ACTIVE|jit_using_sso|{member}`]);
});

for (const jit of ['off', 'organization_domains']) {
  test(`M14: with just-in-time provisioning ${jit}, who is no member yet`, async () => {
    const megacorp = await realm.organization();
    const [joe, guest] = [megacorp.member('joe'), address('guest')];
    await realm.set('connections', megacorp.connection, `jit = '${jit}'`);
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere(joe);
    if (jit === 'off') {
      await expectHeading(realm.page, 'You are not a member of Megacorp');
      await realm.assertNoSession();
      await realm.assertDecided(['login.sso no_member'], /not a member/);
    } else {
      await realm.signedIn();
    }
    await realm.takeNewBrowser();
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere(guest);
    await confirm(guest);
    await expectHeading(realm.page, 'You are not a member of Megacorp');
    await realm.assertNoSession();
  });
}

for (const [what, asserted, status] of [
  ['of another domain', () => address('ann')],
  ['of a sub-domain', ({ domain }) => `ann@eu.${domain}`],
  ['of a domain that goes on after it', ({ domain }) => `ann@${domain}.evil.example`],
  ['of a domain that looks alike', ({ domain }) => `ann@${domain.replace('e', '\u0435')}`],
  ['of a domain that is pending', ({ member }) => member('ann'), 'pending'],
]) {
  test(`M15: p_link_07, an address ${what} is confirmed by a code before anything is stored`, async () => {
    const megacorp = await realm.organization({ status: status ?? 'verified' });
    const email = asserted(megacorp);
    const login = `ann of ${megacorp.id}`;
    realm.provider.people[login] = { email };
    await realm.begin({ connection_id: megacorp.connection });
    await realm.signInThere(login);
    await expectHeading(realm.page, CONFIRM);
    await expectText(realm.page, /Megacorp says that your email is/);
    await realm.assertNoSession();
    assert.deepEqual(await realm.sql(`SELECT 1 FROM identities WHERE subject = '${login}'`), []);
    assert.deepEqual(await realm.sql(`SELECT 1 FROM memberships WHERE organization_id = '${megacorp.id}'`), []);
    await realm.assertDecided(['login.entry sso', 'login.sso_begin sso', 'login.sso send_code'],
      /nobody has proven/);
  });
}

test('M15: p_link_10, no address of a page leads past the code', async () => {
  const { page } = realm;
  const megacorp = await realm.organization();
  const guest = address('guest');
  realm.provider.people.skipper = { email: guest };
  await realm.begin({ connection_id: megacorp.connection });
  await realm.signInThere('skipper');
  await expectHeading(page, CONFIRM);
  const codePage = page.url();
  for (const path of ['organization', 'continue', 'login', 'pick', 'connection']) {
    await page.goto(codePage.replace('/a/auth/code', `/a/auth/${path}`));
    await realm.assertNoSession();
  }
  await realm.begin({ prompt: 'none' });
  await realm.refused('login_required');
  await page.goto(codePage);
  // The provider knows the person and sent them back to a new code, where a page led there again.
  const [sent] = await realm.sql(`SELECT count(*) FROM challenges WHERE email = '${guest}'`);
  await confirm(guest, Number(sent));
  assert.equal((await realm.signedIn()).email, guest);
});

test('M15: the address that the provider asserts counts, not the one that was typed', async () => {
  const megacorp = await realm.organization();
  const [typed, asserted] = [megacorp.member('typed'), megacorp.member('asserted')];
  await realm.beginWithEmail(typed);
  await realm.signInThere(asserted);
  assert.equal((await realm.signedIn()).email, asserted);
  assert.deepEqual(await realm.sql(`SELECT 1 FROM users WHERE email = '${typed}'`), []);
});

// ---- the loop guard -----------------------------------------------------------------------------

test('loop guard: p_link_05, a person of B through the connection of A proves the address and is in A, never in B',
  async () => {
    const [a, b] = [await realm.organization({ name: 'Alpha' }), await realm.organization({ name: 'Beta' })];
    const joe = b.member('joe');
    await realm.user(joe, [a, b]);
    await realm.begin({ connection_id: a.connection });
    await realm.signInThere(joe);
    await confirm(joe);
    assert.equal((await realm.signedIn()).oid, a.id);
    await realm.begin(); // the session is good for A
    assert.equal((await realm.signedIn()).oid, a.id);
    await realm.begin({ organization_id: b.id });
    await realm.consentThere(); // B asks for its own
    const claims = await realm.signedIn();
    assert.equal(claims.oid, b.id);
    assert.ok(claims.amr.includes(b.connection));
  });

test('loop guard: an organization that is exclusive gets its people only by its own sign-in', async () => {
  const [a, b] = [await realm.organization({ name: 'Alpha' }),
    await realm.organization({ name: 'Beta', isExclusive: true })];
  const joe = b.member('joe');
  await realm.user(joe, [a, b]);
  await realm.begin({ connection_id: a.connection });
  await realm.signInThere(joe);
  await expectHeading(realm.page, 'Your organization has its own sign-in');
  await realm.assertNoSession();
  await realm.assertNoMail(joe);
  await realm.assertDecided(['login.sso other_realm'], /accepts only its own sign-in/);
  await realm.page.getByRole('link', { name: 'Back to' }).click();
  await realm.refused('access_denied');
});

// ---- who is switched off ------------------------------------------------------------------------

test('a deactivated user and a deactivated membership complete by no method', async () => {
  const megacorp = await realm.organization();
  const joe = megacorp.member('joe');
  const id = await realm.user(joe, [megacorp]);
  await realm.sql(`UPDATE memberships SET status = 'INACTIVE' WHERE user_id = '${id}'`);
  await realm.begin({ connection_id: megacorp.connection });
  await realm.signInThere(joe);
  await expectHeading(realm.page, 'Your access to Megacorp is switched off');
  await realm.assertNoSession();
  await realm.set('users', id, 'is_active = false');
  await realm.begin({ connection_id: megacorp.connection });
  await expectHeading(realm.page, 'Your account is switched off');
  await realm.assertNoSession();
  await realm.assertDecided(['login.sso not_active'], /deactivated/);
});
