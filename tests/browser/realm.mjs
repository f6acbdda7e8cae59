// Organizations that sign their people in at a provider of their own, as tests of the login decision
// need them: any number, each with domains and connections that nobody else has. The provider is
// npm's oidc-provider, where everybody may be anybody.
import { after, afterEach, before, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Stack } from './stack.mjs';
import { IdentityProvider, consentThere, signInThere } from './provider.mjs';
import { openBrowser, closeBrowser, newPerson, press } from './person.mjs';
import { expectHeading } from './expect.mjs';

const CONNECTIONS_MAX = 80;

const quote = (text) => `'${String(text).replaceAll("'", "''")}'`;
const array = (items) => `ARRAY[${items.map(quote).join(', ')}]::text[]`;

export class Realm {
  async start(settings) {
    [this.stack] = await Promise.all([
      Stack.start({ settings: { GATEHOUSE_ALLOW_HTTP: 'on',
        GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8,::1/128', ...settings } }),
      openBrowser(),
    ]);
    this.web = this.stack.applications.web;
    this.free = Array.from({ length: CONNECTIONS_MAX }, (_, i) => `conn_${i + 1}`);
    this.provider = await IdentityProvider.start({ keysOf: this.stack.issuer,
      clients: this.free.map((id) => ({ client_id: id, redirect_uris: [this.callback(id)] })) });
  }

  async stop() {
    this.provider?.stop();
    await closeBrowser();
    await this.stack?.stop();
  }

  // A person for each test, and the place in the audit from where on it is about them.
  async arrive() {
    this.person = await newPerson();
    this.page = this.person.page;
    [this.mark] = await this.sql('SELECT coalesce(max(id), 0) FROM audit_events');
  }

  async leave() {
    const { complaints } = this.page;
    await this.person.leave();
    assert.deepEqual(complaints, [], 'the pages logged errors');
  }

  // The same person with another browser: no cookie of ours, none of the provider.
  async takeNewBrowser() {
    await this.leave();
    this.person = await newPerson();
    this.page = this.person.page;
  }

  sql(text) {
    return this.stack.sql(text);
  }

  callback(id) {
    return `${this.stack.issuer}/sso/v1/oidc/${id}/callback`;
  }

  // ---- who there is -----------------------------------------------------------------------------

  // With a verified domain that is its alone; `connections`: the names of its connections.
  async organization({ name = 'Megacorp', isSsoOn = true, isExclusive = false, status = 'verified',
    type = 'ORGANIZATION_DOMAIN', connections = [name] } = {}) {
    const tag = randomUUID().slice(0, 8);
    const made = { id: `org_${tag}`, name, domain: `${tag}.example`, connections: [] };
    await this.sql(`
      INSERT INTO organizations (id, name, external_id, is_sso_on, is_sso_exclusive)
        VALUES ('${made.id}', ${quote(name)}, 'x-${tag}', ${isSsoOn}, ${isExclusive});
      INSERT INTO organization_domains (id, organization_id, domain, type, status)
        VALUES ('dom_${tag}', '${made.id}', '${made.domain}', '${type}', '${status}')`);
    for (const one of connections) {
      made.connections.push(await this.connection({ organization: made.id, name: one }));
    }
    [made.connection] = made.connections;
    made.member = (local) => `${local}@${made.domain}`;
    return made;
  }

  async connection({ organization, name, provider }) {
    const id = this.free.shift();
    await this.sql(this.provider.connection({ id, organization, name, provider }));
    return id;
  }

  // A social connection is everybody's, and there is one of a kind: it is gone after the `use`.
  async withSocial({ name = 'Chirper', isTrusted = true }, use) {
    const id = await this.connection({ name });
    await this.set('connections', id, `is_email_trusted = ${isTrusted}`);
    try {
      return await use(id);
    } finally {
      await this.sql(`DELETE FROM connections WHERE id = '${id}'`);
    }
  }

  // Changes a row: set('connections', id, 'is_enabled = false').
  set(table, id, change) {
    return this.sql(`UPDATE ${table} SET ${change} WHERE id = '${id}'`);
  }

  // A user who has proven the address before, active in these organizations.
  async user(email, organizations = []) {
    const id = `usr_${randomUUID().replaceAll('-', '').replace(/[^0-9]/g, '')}`;
    await this.sql(`
      INSERT INTO users (id, email, email_display, proven_at) VALUES ('${id}', '${email}', '${email}', now());
      INSERT INTO memberships (organization_id, user_id, status, provisioning, accepted_at)
        SELECT o, '${id}', 'ACTIVE', 'direct_provision', now()
        FROM unnest(${array(organizations.map((one) => one.id))}) o`);
    return id;
  }

  // ---- what they do -----------------------------------------------------------------------------

  // The application's link, with further parameters of the request.
  async begin(extra = {}) {
    await this.page.goto(`${this.web.url}/login?${new URLSearchParams(extra)}`);
  }

  async typeEmail(email) {
    await this.page.getByLabel('Email', { exact: true }).fill(email);
    await press(this.page, this.page.getByRole('button', { name: 'Continue', exact: true }));
  }

  async beginWithEmail(email, extra = {}) {
    await this.begin(extra);
    await expectHeading(this.page, `Sign in to ${this.web.name}`);
    await this.typeEmail(email);
  }

  async pressButton(name) {
    await press(this.page, this.page.getByRole('button', { name }));
  }

  // At the provider's page; gives back the login_hint that it was given.
  signInThere(login) {
    return signInThere(this.page, login);
  }

  consentThere() {
    return consentThere(this.page);
  }

  async code(email, n = 1) {
    return (await this.stack.mail.nth(email, n)).code;
  }

  // ---- what came of it --------------------------------------------------------------------------

  // In the application: what its ID token says.
  async signedIn() {
    await expectHeading(this.page, `Signed in to ${this.web.name}`);
    return this.web.results.at(-1).claims;
  }

  // Back in the application with an error.
  async refused(error) {
    await expectHeading(this.page, 'Refused');
    assert.equal(await this.page.locator('#error').innerText(), error);
    const { callback } = this.web.results.at(-1);
    assert.equal(callback.searchParams.get('iss'), this.stack.issuer); // RFC 9207
    return callback;
  }

  async atProvider() {
    await this.page.waitForURL(/\/interaction\//);
    return this.page.locator('input[name=login]').inputValue();
  }

  atGatehouse() {
    assert.ok(this.page.url().startsWith(this.stack.issuer), this.page.url());
  }

  async assertNoSession() {
    const cookies = await this.person.context.cookies(this.stack.issuer);
    assert.deepEqual(cookies.filter(({ name }) => name.endsWith('gh_session')), []);
  }

  async assertNoMail(email) {
    assert.deepEqual(await this.stack.mail.all(email), []);
    assert.deepEqual(await this.sql(`SELECT id FROM challenges WHERE email = '${email}'`), []);
  }

  // What was decided since the test began, oldest first: "login.email sso".
  decisions() {
    return this.sql(`SELECT event || ' ' || decision FROM audit_events
      WHERE id > ${this.mark} AND event LIKE 'login.%' ORDER BY id`);
  }

  // The last decisions are these, and the very last one says why. Each is of a flow of its own browser.
  async assertDecided(decisions, reason) {
    assert.deepEqual((await this.decisions()).slice(-decisions.length), decisions);
    const [why] = await this.sql(`SELECT reason FROM audit_events
      WHERE id > ${this.mark} AND event LIKE 'login.%' ORDER BY id DESC LIMIT 1`);
    assert.match(why, reason);
  }

  // "connection user's-email channel's-email", of all that hang on the address.
  identities(email) {
    return this.sql(`SELECT concat_ws(' ', i.connection_id, u.email, i.channel_email)
      FROM identities i JOIN users u ON u.id = i.user_id WHERE u.email = '${email}' ORDER BY 1`);
  }
}

// One for all tests of a file.
export function useRealm(settings = {}) {
  const realm = new Realm();
  before(() => realm.start(settings));
  after(() => realm.stop());
  beforeEach(() => realm.arrive());
  afterEach(() => realm.leave());
  return realm;
}
