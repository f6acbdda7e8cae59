// Organizations with identity providers of their own in a world: set up over the REST API as an
// administrator would, entered as people are, and bent as no provider should be.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { holdErrands } from './hold.mjs';
import { World } from './world.mjs';
import { http } from './wire.mjs';
import { formsOf } from '../browser/visitor.mjs';
import { BentProvider } from '../providers/bent.mjs';

// Providers of these tests are on the loopback interface.
export const OUTBOUND = { GATEHOUSE_ALLOW_HTTP: 'on', GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8,::1/128' };

// Everything that a login may leave. What was refused leaves all of it as it was.
const LEFT = `SELECT concat_ws(' ', 'sessions', (SELECT count(*) FROM sessions),
  'grants', (SELECT count(*) FROM grants), 'codes', (SELECT count(*) FROM authorization_codes),
  'users', (SELECT count(*) FROM users), 'identities', (SELECT count(*) FROM identities),
  'channels', (SELECT count(channel_email) FROM identities),
  'memberships', (SELECT count(*) FROM memberships))`;

let names = 0;
export const fresh = (word) => `${word}${(names += 1)}`;
export const freshDomain = (word = 'corp') => `${fresh(word)}.example`;

// The management API with the token of the machine application, or with any other.
export class Api {
  static async open(world) {
    const api = new Api();
    api.world = world;
    const { machine } = world.apps;
    const { json, text } = await world.token({ grant_type: 'client_credentials',
      client_id: machine.id, client_secret: machine.secret });
    assert.ok(json.access_token, text);
    world.keep(json.access_token);
    api.token = json.access_token;
    return api;
  }

  // As it is said: `body` is a value, or octets with their own Content-Type in `headers`.
  async call(method, path, body, headers = {}) {
    const isText = typeof body === 'string';
    const answer = await http(`${this.world.issuer}/api/v1${path}`, { method,
      body: body === undefined || isText ? body : JSON.stringify(body),
      headers: { authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }), ...headers } });
    return { ...answer, json: parsed(answer.text) };
  }

  // What must succeed.
  async do(method, path, body) {
    const answer = await this.call(method, path, body);
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.json;
  }

  // An organization whose people sign in by SSO, with these domains of its own.
  async organization({ domains = [], sso = true } = {}) {
    const { organization } = await this.do('POST', '/organizations', { display_name: fresh('Org ') });
    await this.do('PATCH', `/organizations/${organization.id}/settings`,
      { features: [{ name: 'sso', enabled: sso }] });
    const made = { id: organization.id, domains: [] };
    for (const domain of domains) made.domains.push(await this.domain(made.id, domain));
    return made;
  }

  async domain(organizationId, domain, type = 'ORGANIZATION_DOMAIN') {
    const made = await this.do('POST', `/organizations/${organizationId}/domains`,
      { domain, domain_type: type });
    return made.domain.id;
  }

  // A connection to the provider; without an organization a social one. Gives back its path too.
  async connect(provider, { organization, preset = 'CUSTOM', config = {}, top = {}, enable = true } = {}) {
    const base = organization ? `/organizations/${organization.id}/connections` : '/connections';
    const { connection } = await this.do('POST', base, { type: 'OIDC', provider: preset });
    const path = `${base}/${connection.id}`;
    const answer = await this.do('PATCH', path, { ui_button_title: fresh('Door '), ...top,
      oidc_config: { ...clientOf(provider), ...config } });
    if (enable) {
      assert.equal(answer.connection.status, 'COMPLETED');
      await this.do('PATCH', `${path}:enable`);
    }
    return { id: connection.id, path };
  }

  async provider() {
    const provider = await new BentProvider().listen();
    this.world.servers.push(provider);
    return provider;
  }

  // An organization with one domain and one connection to a provider of its own.
  async realm({ domain = freshDomain(), config, top } = {}) {
    const provider = await this.provider();
    const organization = await this.organization({ domains: [domain] });
    const connection = await this.connect(provider, { organization, config, top });
    provider.straighten({ sub: fresh('subject-'), email: `joe@${domain}` });
    return { provider, organization, connection, domain, domainId: organization.domains[0] };
  }

  // The social connection of this kind, whose provider's word about addresses counts or does not.
  // There is one of a kind, straight again each time.
  async door({ trusted = true, preset = trusted ? 'CUSTOM' : 'GITLAB' } = {}) {
    this.doors ??= {};
    if (!this.doors[preset]) {
      const provider = await this.provider();
      const connection = await this.connect(provider, { preset, top: { email_trust: trusted } });
      this.doors[preset] = { provider, connection };
    }
    const door = this.doors[preset];
    door.provider.straighten({ sub: fresh('subject-'), email: this.world.stack.address() });
    return door;
  }
}

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
};

export const clientOf = ({ issuer, clientId, secret }) => ({ issuer, client_id: clientId,
  client_secret: secret, token_auth_type: 'BASIC_AUTH' });

export async function openRealmWorld(settings = {}) {
  const world = await World.open({ ...OUTBOUND, ...settings });
  world.servers = [];
  world.api = await Api.open(world);
  world.errands = await holdErrands(world.stack);
  return world;
}

export async function closeRealmWorld(world) {
  for (const server of world?.servers ?? []) server.stop();
  try {
    await world?.errands?.commit();
  } finally {
    await world?.close();
  }
}

// ---- a login by way of a provider ---------------------------------------------------------------

// To the gate of the provider: `sent` is where the browser would go next. `button` is the social
// connection that is pressed, `email` what is typed; neither where the request itself forces it.
export async function depart(world, provider, { visitor = world.visitor(), app = world.apps.web, email,
  button, extra } = {}) {
  const until = `${provider.issuer}/`;
  let page = await visitor.go(await app.authorizeUrl(extra), { until });
  if (!page.arrived && email) page = await visitor.submit(page, '/a/auth/login', { email }, { until });
  else if (!page.arrived && button) page = await press(visitor, page, button, until);
  assert.ok(page.arrived, `not sent to the provider (${page.status}):\n${page.text}`);
  return { visitor, app, sent: page.arrived };
}

function press(visitor, page, connectionId, until) {
  const form = formsOf(page).find(({ action }) => action.pathname === '/a/auth/connection');
  assert.ok(form, page.text);
  return visitor.submit(page, '/a/auth/connection', { connection_id: connectionId }, { until });
}

// Where the provider sends the browser: the callback with everything in it.
export async function answerOf(sent) {
  const answer = await http(sent);
  assert.ok(answer.location, `${answer.status} ${answer.text}`);
  return new URL(answer.location);
}

// The browser at the callback, up to the page or the application that it ends at.
export function comeBack({ visitor, app }, callback) {
  return visitor.go(callback, { until: app.redirectUri });
}

// All of it.
export async function visit(world, provider, options) {
  const login = await depart(world, provider, options);
  const end = await comeBack(login, await answerOf(login.sent));
  return { ...login, end };
}

// From the code page to the end: what was asserted is proven by the mail.
export async function prove(world, { visitor, app }, page, email) {
  const { code } = await world.mail(email);
  return visitor.submit(page, '/a/auth/code', { code }, { until: app.redirectUri });
}

// ---- how it ends --------------------------------------------------------------------------------

export function assertArrived(world, { app, end }) {
  assert.ok(end.arrived, `not back at the application (${end.status}):\n${end.text}`);
  const grant = world.grantOf(app, end.arrived);
  assert.ok(grant.code, end.arrived.href);
  return grant;
}

// What the application learns.
export async function claimsOf(world, login) {
  const tokens = await world.tokens(login.app, assertArrived(world, login));
  return { ...JSON.parse(Buffer.from(tokens.id_token.split('.')[1], 'base64url')), tokens };
}

// A page of ours with this word for support, and no next step that would be a login.
export function assertFailed({ end }, detail, status = 400) {
  assert.equal(end.arrived, undefined, `at ${end.arrived}`);
  assert.equal(end.status, status, end.text);
  assert.match(end.headers.get('content-type'), /^text\/html/);
  assert.match(end.text, detail instanceof RegExp ? detail : new RegExp(detail.replace(/[()]/g, "\\$&")));
}

export function assertErrorAtApp({ end }, error) {
  assert.ok(end.arrived, `${end.status}\n${end.text}`);
  assert.equal(end.arrived.searchParams.get('error'), error, end.arrived.href);
  assert.equal(end.arrived.searchParams.get('code'), null);
}

export function assertAsksForCode({ end }, email) {
  assert.equal(new URL(end.url).pathname, '/a/auth/code', `${end.url} ${end.status}\n${end.text}`);
  if (email) assert.ok(end.text.includes(email), `not for ${email}:\n${end.text}`);
}

// Whatever happens inside, nobody is signed in by it, made by it, or linked by it.
export async function leavesNothing(world, action) {
  const before = await world.value(LEFT);
  const result = await action();
  assert.equal(await world.value(LEFT), before);
  return result;
}

export const userOf = (world, email) =>
  world.value(`SELECT id FROM users WHERE email = '${email.toLowerCase()}'`);

export const identitiesOf = (world, email) => world.sql(`SELECT i.connection_id || ' ' || i.subject
  FROM identities i JOIN users u ON u.id = i.user_id WHERE u.email = '${email}' ORDER BY 1`);

// A server of somebody else that nobody should ask; `asked` counts.
export class Trap {
  static async open(world, answer = (_, response) => response.end('{}')) {
    const trap = new Trap();
    world.servers.push(trap);
    trap.asked = 0;
    trap.server = createServer((request, response) => {
      trap.asked += 1;
      answer(request, response);
    }).listen(0, '127.0.0.1');
    await once(trap.server, 'listening');
    trap.port = trap.server.address().port;
    trap.url = `http://localhost:${trap.port}`;
    return trap;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
