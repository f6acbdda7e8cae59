// A real identity provider that nobody here wrote: npm's oidc-provider, certified, with the login
// pages that it has for development. Everybody may be anybody: the login is the subject, and what
// `people` says of it are the claims.
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Provider } from 'oidc-provider';
import { expectHeading } from './expect.mjs';
import { press } from './person.mjs';
import { newKeyPair } from './keys.mjs';

export class IdentityProvider {
  // `clients`: { client_id, redirect_uris, ... }; each authenticates itself with the keys of
  // `keysOf` unless it says otherwise.
  static async start({ clients = [], keysOf }) {
    const own = new IdentityProvider();
    Object.assign(own, { people: {}, clients });
    own.server = createServer((request, response) => own.handler(request, response)).listen(0, '127.0.0.1');
    await once(own.server, 'listening');
    own.issuer = `http://localhost:${own.server.address().port}`;
    own.clientKeys = await (await fetch(`${keysOf}/keys`)).json(); // it asks no loopback address itself
    own.rotate();
    return own;
  }

  // Signs with new keys from now on, and publishes no others.
  rotate() {
    const kid = randomBytes(6).toString('hex');
    const jwk = (type, options) => newKeyPair(type, options).privateKey.export({ format: 'jwk' });
    this.keys = [
      { ...jwk('rsa', { modulusLength: 2048 }), kid: `rsa-${kid}`, use: 'sig' },
      { ...jwk('ec', { namedCurve: 'P-256' }), kid: `ec-${kid}`, use: 'sig' },
    ];
    this.#provide();
  }

  // One more client from now on.
  register(client) {
    this.clients.push(client);
    this.#provide();
  }

  // What it remembers of people and codes outlives the object.
  #provide() {
    const provider = new Provider(this.issuer, {
      clients: this.clients.map((client) => ({ token_endpoint_auth_method: 'private_key_jwt',
        grant_types: ['authorization_code'], response_types: ['code'],
        jwks: this.clientKeys, ...client })),
      jwks: { keys: this.keys },
      claims: { openid: ['sub'], email: ['email', 'email_verified'],
        profile: ['name', 'given_name', 'family_name'] },
      findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub, email: sub, ...this.people[sub] }) }),
      cookies: { keys: ['for tests only'] },
      pkce: { required: () => true },
    });
    this.handler = provider.callback();
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  // What `connections` holds of a connection to it.
  connection({ id, organization, name, provider = 'CUSTOM' }) {
    const type = organization ? 'oidc' : 'social';
    return `INSERT INTO connections (id, organization_id, type, provider, name, is_enabled, status, issuer,
      client_id, token_auth) VALUES ('${id}', ${organization ? `'${organization}'` : 'NULL'}, '${type}',
      '${provider}', '${name}', true, 'COMPLETED', '${this.issuer}', '${id}', 'private_key_jwt')`;
  }
}

// At the provider: the address is filled in already; who is somebody else says so. Gives back what
// was filled in, once the person is elsewhere.
export async function signInThere(page, login) {
  await page.waitForURL(/\/interaction\//);
  const field = page.locator('input[name=login]');
  const hint = await field.inputValue();
  if (login) await field.fill(login);
  await page.locator('input[name=password]').fill('anything');
  await press(page, page.locator('button[type=submit]'));
  await consentThere(page);
  return hint;
}

// Who has a session at the provider is asked only whether this client may know.
export async function consentThere(page) {
  await page.waitForURL(/\/interaction\//);
  await press(page, page.getByRole('button', { name: 'Continue' })).catch(async (error) => {
    throw new Error(`at ${page.url()}: ${await page.locator('body').innerText()}`, { cause: error });
  });
}

export async function signInBySso(page, application, email, login) {
  await page.goto(`${application.url}/login`);
  await expectHeading(page, `Sign in to ${application.name}`);
  await page.getByLabel('Email', { exact: true }).fill(email);
  await press(page, page.getByRole('button', { name: 'Continue', exact: true }));
  return signInThere(page, login);
}
