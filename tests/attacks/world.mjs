// What every attack needs: a whole Gatehouse, people with addresses of their own, and a look at what
// it left behind. A world is closed by proving that the server lived through it: the same process,
// an orderly exit, nothing of a sanitizer, no 500, and none of the secrets that went by in its log.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { globalAgent } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';
import { run, start, until, freePort } from '../browser/process.mjs';
import { fileURLToPath } from 'node:url';
import { http } from './wire.mjs';

const BINARY = process.env.GATEHOUSE_BINARY
  ?? fileURLToPath(new URL('../../build/release/gatehouse', import.meta.url));

export const wrongFor = (code) => (code === '000000' ? '000001' : '000000');

export class World {
  // Every visitor comes from an address of its own, by way of a proxy that is trusted.
  static async open(settings = {}) {
    const world = new World();
    world.stack = await Stack.start({
      settings: { GATEHOUSE_TRUSTED_PROXIES: '127.0.0.1/32', ...settings } });
    Object.assign(world, { issuer: world.stack.issuer, apps: world.stack.applications,
      port: world.stack.gatehouse.port, pid: world.stack.gatehouse.process.pid });
    return world;
  }

  constructor() {
    this.secrets = new Set();
    this.others = [];
    this.visitors = 0;
    this.mails = new Map();
    this.tolerated = null; // what a line of the log with a 5xx must match to be expected
  }

  // A person with a fresh browser in a network of their own.
  visitor() {
    this.visitors += 1;
    const [high, low] = [this.visitors >> 8, this.visitors & 255];
    return new Visitor({ address: `198.18.${high}.${low}` });
  }

  // The cookies of a visitor at the issuer, as a map that can be changed.
  cookies(visitor) {
    const { host } = new URL(this.issuer);
    if (!visitor.jars.has(host)) visitor.jars.set(host, new Map());
    return visitor.jars.get(host);
  }

  cookieHeader(visitor) {
    return [...this.cookies(visitor)].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  // A request of a visitor's browser, without its automatisms.
  request(visitor, path, { headers = {}, ...options } = {}) {
    const cookie = visitor && this.cookieHeader(visitor);
    return http(new URL(path, this.issuer), {
      headers: { ...visitor?.headers, ...(cookie && { cookie }), ...headers }, ...options });
  }

  // A form of ours, posted as the visitor's browser would.
  post(visitor, path, fields, headers = {}) {
    return this.request(visitor, path, { method: 'POST', body: new URLSearchParams(fields),
      headers: { origin: this.issuer, ...headers } });
  }

  keep(...secrets) {
    for (const secret of secrets) if (secret) this.secrets.add(secret);
  }

  // The next mail to the address that nobody has read yet.
  async mail(email) {
    const mailbox = email.toLowerCase();
    const n = (this.mails.get(mailbox) ?? 0) + 1;
    this.mails.set(mailbox, n);
    const mail = await this.stack.mail.nth(email, n);
    mail.token = new URL(mail.link).searchParams.get('token');
    this.keep(mail.token);
    return mail;
  }

  // From the application's start to the page that asks for the code.
  async codePage(app, { visitor = this.visitor(), email = this.stack.address(), extra } = {}) {
    const page = await visitor.askForCode(await app.authorizeUrl(extra), email);
    assert.equal(page.status, 200, page.text);
    const mail = await this.mail(email);
    const flow = new URL(page.url).searchParams.get('flow');
    return { visitor, email, page, mail, flow, formToken: field(page, 'form_token') };
  }

  // A whole login by code, up to the answer that the application would get.
  async login(app, options = {}) {
    const begun = await this.codePage(app, options);
    const { arrived, status, text } = await begun.visitor.submit(begun.page, '/a/auth/code',
      { code: begun.mail.code }, { until: app.redirectUri });
    assert.ok(arrived, `not back at the application (${status}):\n${text}`);
    return { ...begun, ...this.grantOf(app, arrived) };
  }

  // From the application to the page that asks for the address.
  async begin(visitor = this.visitor(), app = this.apps.web) {
    const page = await visitor.go(await app.authorizeUrl());
    return { visitor, page, flow: field(page, 'flow'), formToken: field(page, 'form_token') };
  }

  // The forms of a login that has begun, sent by whoever is its visitor.
  ask({ visitor, flow, formToken }, email, headers) {
    return this.post(visitor, '/a/auth/login', { flow, form_token: formToken, email }, headers);
  }

  verify({ visitor, flow, formToken }, code) {
    return this.post(visitor, '/a/auth/code', { flow, form_token: formToken, code });
  }

  follow({ visitor, formToken }, token) {
    return this.post(visitor, '/a/auth/link', { token, form_token: formToken });
  }

  resend({ visitor, flow, formToken }) {
    return this.post(visitor, '/a/auth/resend', { flow, form_token: formToken });
  }

  // Another code for somebody who is signed in already.
  async again(app, visitor, extra) {
    const { arrived, status, text } = await visitor.go(await app.authorizeUrl(extra),
      { until: app.redirectUri });
    assert.ok(arrived, `no reuse of the session (${status}):\n${text}`);
    return this.grantOf(app, arrived);
  }

  // What the application needs to redeem the code of this answer.
  grantOf(app, callback) {
    const code = callback.searchParams.get('code');
    const pending = app.pending.get(callback.searchParams.get('state')) ?? {};
    this.keep(code);
    return { callback, code, verifier: pending.verifier, nonce: pending.nonce };
  }

  // The token endpoint with whatever is given.
  async token(fields, headers = {}) {
    return withJson(await http(`${this.issuer}/oauth/token`,
      { method: 'POST', body: new URLSearchParams(fields), headers }));
  }

  redeem(app, { code, verifier }, changes = {}) {
    return this.token(without({ grant_type: 'authorization_code', ...credentials(app), code,
      code_verifier: verifier, redirect_uri: app.redirectUri, ...changes }));
  }

  async tokens(app, grant) {
    const { status, json, text } = await this.redeem(app, grant);
    assert.equal(status, 200, text);
    this.keep(json.access_token, json.id_token, json.refresh_token);
    return json;
  }

  // A signed-in person with tokens of the application.
  async person(app, options) {
    const login = await this.login(app, options);
    return { ...login, tokens: await this.tokens(app, login) };
  }

  refresh(app, refreshToken, changes = {}) {
    return this.token(without({ grant_type: 'refresh_token', ...credentials(app),
      refresh_token: refreshToken, ...changes }));
  }

  async userinfo(token, headers = {}) {
    return http(`${this.issuer}/userinfo`, { headers: { Authorization: `Bearer ${token}`, ...headers } });
  }

  async introspect(app, token) {
    return withJson(await http(`${this.issuer}/oauth/introspect`, { method: 'POST',
      body: new URLSearchParams({ ...credentials(app), token }) }));
  }

  revoke(app, token) {
    return http(`${this.issuer}/revoke`, { method: 'POST',
      body: new URLSearchParams({ ...credentials(app), token }) });
  }

  sql(text) {
    return this.stack.sql(text);
  }

  // The one value of a query.
  async value(text) {
    return (await this.sql(text))[0];
  }

  // As if a minute had passed for the limits of mails.
  forgetLimits() {
    return this.sql(`TRUNCATE rate_counters;
      UPDATE challenges SET sent_at = sent_at - interval '2 minutes'`);
  }

  // Declares further applications; the failure of `gatehouse apply` is thrown.
  async apply(...applications) {
    const file = join(this.stack.folder, `apply-${randomBytes(4).toString('hex')}.json`);
    writeFileSync(file, JSON.stringify({ applications }), { mode: 0o600 });
    return this.stack.command('apply', file);
  }

  // A further instance on the same database, with other settings.
  async instance(settings, scheme = 'http') {
    const port = await freePort();
    const log = join(this.stack.folder, `other-${port}.log`);
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GATEHOUSE_'));
    const env = { ...Object.fromEntries(own), ...this.stack.settings,
      GATEHOUSE_LISTEN: `127.0.0.1:${port}`,
      ...(typeof settings === 'function' ? settings(port) : settings) };
    const child = start(BINARY, ['serve'], { log, env });
    const other = { port, log, process: child, origin: `${scheme}://localhost:${port}` };
    this.others.push(other);
    await until('the other instance is ready', () => {
      if (!child.isRunning()) throw new Error(`gatehouse ended:\n${child.log()}`);
      return http(`${other.origin}/health/ready`).then(({ status }) => status === 200, () => false);
    });
    return other;
  }

  // Whoever goes to the issuer reaches this instance from now on. Visitors keep connections; what
  // stands open is given up on both sides, or one of them would be used while it closes.
  turnTo(port) {
    globalAgent.destroy();
    this.stack.proxy.switchTo(port);
  }

  // A certificate and key for localhost, made for this world.
  async certificate() {
    const [certificate, key] = ['tls.pem', 'tls.key'].map((name) => join(this.stack.folder, name));
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
      '-nodes', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2',
      '-keyout', key, '-out', certificate]);
    return { certificate, key };
  }

  log() {
    return this.stack.serverLog()
      + this.others.map(({ log }) => readFileSync(log, 'utf8')).join('');
  }

  async close() {
    if (!this.stack) return;
    try {
      await this.#judge();
    } finally {
      for (const { process: child } of this.others) await child.stop('SIGKILL');
      await this.stack.stop();
    }
  }

  async #judge() {
    assert.equal(this.stack.gatehouse.process.pid, this.pid, 'the process is another one');
    assert.equal((await fetch(`http://127.0.0.1:${this.port}/health/live`)).status, 200);
    for (const { process: child, port } of this.others) {
      const { code, signal } = await child.stop();
      assert.equal(code, 0, `the instance on ${port} ended with ${signal ?? code}:\n${child.log()}`);
    }
    await this.stack.gatehouse.stop();
    const log = this.log();
    assert.doesNotMatch(log, /Sanitizer|runtime error:/);
    const failures = log.split('\n').filter((line) => / status=5\d\d /.test(line));
    assert.deepEqual(failures.filter((line) => !this.tolerated?.test(line)), []);
    for (const secret of this.secrets) assert.ok(!log.includes(secret), `in the log: ${secret}`);
  }
}

export function field(page, name) {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1];
}

// How an application with a secret, or a public one, names itself in a body.
export function credentials({ id, secret }) {
  return { client_id: id, ...(secret && { client_secret: secret }) };
}

export function without(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function withJson(answer) {
  try {
    return { ...answer, json: JSON.parse(answer.text) };
  } catch {
    return { ...answer, json: {} };
  }
}

// A refusal of the token endpoint.
export function assertRefused(answer, error, status = 400) {
  assert.equal(answer.json.error, error, answer.text);
  assert.equal(answer.status, status);
  for (const name of ['access_token', 'id_token', 'refresh_token']) {
    assert.ok(!(name in answer.json), `a refusal with ${name}`);
  }
}

// The code that an answer brings to an application, if it does.
export function codeOf({ location = '' }) {
  return URL.canParse(location) ? new URL(location).searchParams.get('code') : null;
}

export function hasSession({ headers }) {
  return /gh_session=[^;]/.test(String(headers['set-cookie'] ?? ''));
}

// Whatever was sent, nobody is signed in by it.
export function assertNoLogin(answer) {
  assert.ok(!hasSession(answer), 'a session');
  assert.equal(codeOf(answer), null);
  assert.doesNotMatch(answer.location ?? '', /^https?:/);
}

export function assertLogin(answer, app) {
  assert.ok(codeOf(answer), `${answer.status}\n${answer.text}`);
  assert.ok(answer.location.startsWith(`${app.redirectUri}?`), answer.location);
}

// Our own page, and nobody is sent anywhere.
export function assertOwnPage(answer, status = 400) {
  assert.equal(answer.status, status, answer.url);
  assert.equal(answer.location, undefined);
  assert.match(answer.headers['content-type'], /^text\/html/);
  assert.doesNotMatch(answer.text, /http-equiv=.?refresh/i);
}

// An error that goes to the application, through an address that is registered (RFC 9207: with iss).
export function assertErrorRedirect(world, answer, app, error) {
  assert.equal(answer.status, 303, `${answer.url}\n${answer.text}`);
  const [base, query] = answer.location.split('?');
  const parameters = new URLSearchParams(query);
  assert.equal(base, app.redirectUri);
  assert.equal(parameters.get('error'), error, answer.location);
  assert.equal(parameters.get('iss'), world.issuer);
  assert.equal(parameters.get('code'), null);
  return parameters;
}

// Exactly `count` of these answers succeeded.
export function assertSuccesses(answers, count) {
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 200).length, count, statuses.join(' '));
}
