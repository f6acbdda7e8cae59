// An OpenID provider that does exactly what a test bends it to. Straight, it is a correct one: code
// flow with PKCE, nonce, RS256, userinfo. It asks nobody anything: whoever is sent to it comes back
// at once as `person`, or as whoever a function `person` says for the request's query. What it was
// asked is kept in `requests`.
//
// bends: functions that change one answer each, or take it over.
//   discovery(document), jwks(set)  -> another document
//   callback(parameters)            -> other parameters for the way back (URLSearchParams)
//   header(header), claims(claims)  -> another header or payload of the ID token
//   idToken(parts)                  -> the ID token itself; `parts` has sign, header, claims, key
//   token(answer), userinfo(claims) -> another JSON answer
//   raw: { '/token': (request, response) => ... } takes a whole endpoint over
import { createHash, createHmac, createSign, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { newKeyPair } from '../browser/keys.mjs';

const base64url = (value) => Buffer.from(value).toString('base64url');
const encode = (value) => base64url(JSON.stringify(value));

export function newKey(kid = randomBytes(6).toString('hex')) {
  const { privateKey, publicKey } = newKeyPair('rsa', { modulusLength: 2048 });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
  return { kid, privateKey, publicKey, jwk };
}

// Header and claims as the texts that they are: what JSON.stringify would never write can be signed.
export function signTexts(key, header, claims) {
  const input = `${base64url(header)}.${base64url(claims)}`;
  return `${input}.${createSign('RSA-SHA256').update(input).sign(key.privateKey).toString('base64url')}`;
}

export const signRs256 = (key, header, claims) =>
  signTexts(key, JSON.stringify(header), JSON.stringify(claims));

export function signHs256(secret, header, claims) {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

export const unsigned = (header, claims) => `${encode(header)}.${encode(claims)}.`;

export class BentProvider {
  constructor({ clientId = 'gatehouse', secret = randomBytes(18).toString('hex') } = {}) {
    Object.assign(this, { clientId, secret, bends: {}, requests: [], codes: new Map(),
      tokens: new Map(), keys: [newKey()], person: { sub: 'subject-1', email: 'joe@megacorp.example' } });
  }

  async listen() {
    this.server = createServer((request, response) => {
      this.#serve(request, response).catch((error) => response.writeHead(500).end(String(error)));
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    this.issuer = `http://localhost:${this.port}`;
    return this;
  }

  stop() {
    this.server?.closeAllConnections();
    this.server?.close();
  }

  // Straight again, with nothing remembered.
  straighten(person = this.person) {
    Object.assign(this, { bends: {}, requests: [], person });
  }

  asked(path) {
    return this.requests.filter((request) => request.path === path);
  }

  get key() {
    return this.keys.at(-1);
  }

  async #serve(request, response) {
    const url = new URL(request.url, this.issuer);
    const body = new URLSearchParams(await this.#body(request));
    this.requests.push({ method: request.method, path: url.pathname, query: url.searchParams, body,
      headers: request.headers });
    const raw = this.bends.raw?.[url.pathname];
    if (raw) return raw(request, response, body);
    const endpoint = {
      '/.well-known/openid-configuration': () => this.#json(response, this.#bend('discovery', this.discovery())),
      '/jwks': () => this.#json(response, this.#bend('jwks', { keys: this.keys.map(({ jwk }) => jwk) })),
      '/authorize': () => this.#authorize(url.searchParams, response),
      '/token': () => this.#token(request, body, response),
      '/userinfo': () => this.#userinfo(request, response),
    }[url.pathname];
    return endpoint ? endpoint() : response.writeHead(404).end();
  }

  async #body(request) {
    const parts = [];
    for await (const part of request) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  #bend(name, value) {
    return this.bends[name] ? this.bends[name](value) : value;
  }

  #json(response, value, status = 200) {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  }

  discovery() {
    const at = (path) => `${this.issuer}${path}`;
    return { issuer: this.issuer, authorization_endpoint: at('/authorize'), token_endpoint: at('/token'),
      userinfo_endpoint: at('/userinfo'), jwks_uri: at('/jwks'), response_types_supported: ['code'],
      subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      code_challenge_methods_supported: ['S256'], authorization_response_iss_parameter_supported: true };
  }

  #authorize(query, response) {
    const code = randomBytes(16).toString('hex');
    const person = typeof this.person === 'function' ? this.person(query) : this.person;
    this.codes.set(code, { query, person: { ...person } });
    let back = new URLSearchParams({ code, state: query.get('state') ?? '', iss: this.issuer });
    back = this.#bend('callback', back);
    const target = query.get('redirect_uri');
    if (query.get('response_mode') !== 'form_post') {
      response.writeHead(302, { location: `${target}?${back}` }).end();
      return;
    }
    const fields = [...back].map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
    response.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html><title>Back</title>
<form method="post" action="${target}">${fields.join('')}<button>Go</button></form>
<script>document.forms[0].submit()</script>`);
  }

  #isClient(request, body) {
    const [scheme, value] = (request.headers.authorization ?? '').split(' ');
    if (scheme !== 'Basic') {
      return body.get('client_id') === this.clientId && body.get('client_secret') === this.secret;
    }
    const [id, secret] = Buffer.from(value, 'base64').toString().split(':').map(decodeURIComponent);
    return id === this.clientId && secret === this.secret;
  }

  #token(request, body, response) {
    const grant = this.codes.get(body.get('code'));
    this.codes.delete(body.get('code'));
    if (!this.#isClient(request, body)) return this.#json(response, { error: 'invalid_client' }, 401);
    const challenge = createHash('sha256').update(body.get('code_verifier') ?? '').digest('base64url');
    const isGood = grant && grant.query.get('redirect_uri') === body.get('redirect_uri')
      && (!grant.query.has('code_challenge') || grant.query.get('code_challenge') === challenge);
    if (!isGood) return this.#json(response, { error: 'invalid_grant' }, 400);
    const access = randomBytes(16).toString('hex');
    this.tokens.set(access, grant.person);
    return this.#json(response, this.#bend('token', { access_token: access, token_type: 'Bearer',
      expires_in: 300, id_token: this.#idToken(grant) }));
  }

  #idToken({ query, person }) {
    const now = Math.floor(Date.now() / 1000);
    const nonce = query.get('nonce') ?? undefined;
    const header = this.#bend('header', { alg: 'RS256', kid: this.key.kid, typ: 'JWT' });
    const claims = this.#bend('claims', { iss: this.issuer, aud: this.clientId, iat: now, exp: now + 300,
      nonce, ...person });
    const parts = { header, claims, key: this.key };
    return this.bends.idToken ? this.bends.idToken(parts) : signRs256(this.key, header, claims);
  }

  #userinfo(request, response) {
    const person = this.tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, ''));
    if (!person) return response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    return this.#json(response, this.#bend('userinfo', person));
  }
}
