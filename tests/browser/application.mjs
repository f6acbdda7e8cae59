// An application as its developer would write it with npm's openid-client, every validation on. Its
// pages show what came of a login, and keep it for the test in `results`.
import { createServer } from 'node:http';
import { once } from 'node:events';
import * as oidc from 'openid-client';

const ESCAPES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => String(text).replace(/[&<>"]/g, (char) => ESCAPES[char]);

const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>${escape(title)}</title><link rel="icon" href="data:,"></head><body>${body}</body></html>`;

export class Application {
  constructor(issuer, facts) {
    Object.assign(this, { issuer, ...facts });
    this.pending = new Map();
    this.results = [];
  }

  async listen() {
    this.server = createServer((request, response) => {
      this.#answer(new URL(request.url, this.url), response).catch((error) => {
        response.writeHead(500).end(String(error));
      });
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://localhost:${this.server.address().port}`;
    this.redirectUri = `${this.url}/callback`;
    this.signedOutUri = `${this.url}/signed-out`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  // What `gatehouse apply` is told about it, and about the same application at `home`.
  declaration(home) {
    const { id, name, type, token_alg, enforce_pkce, scopes, api_access } = this;
    const isMachine = type === 'M2M';
    return JSON.parse(JSON.stringify({
      id, name, type, token_alg, enforce_pkce, scopes, api_access,
      redirect_uris: isMachine ? undefined : [this.redirectUri, ...(home ? [`${home}/callback`] : [])],
      post_logout_redirect_uris: isMachine ? undefined : [this.signedOutUri, ...(home ? [`${home}/`] : [])],
      secrets: this.secret ? [this.secret] : undefined,
      jwks: this.jwk ? { keys: [this.jwk] } : undefined,
    }));
  }

  #authentication() {
    if (this.privateKey) {
      return crypto.subtle.importKey('pkcs8', this.privateKey.export({ format: 'der', type: 'pkcs8' }),
        { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
        .then((key) => oidc.PrivateKeyJwt({ key, kid: this.jwk.kid }));
    }
    return this.secret ? oidc.ClientSecretPost(this.secret) : oidc.None();
  }

  async client() {
    this.configuration ??= await oidc.discovery(new URL(this.issuer), this.id,
      { id_token_signed_response_alg: this.token_alg ?? 'RS256' }, await this.#authentication(),
      { execute: [oidc.allowInsecureRequests] });
    return this.configuration;
  }

  // The URL that starts a login; `extra` are further request parameters, undefined takes one away.
  async authorizeUrl(extra = {}) {
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const verifier = oidc.randomPKCECodeVerifier();
    this.pending.set(state, { nonce, verifier, maxAge: extra.max_age });
    const parameters = {
      redirect_uri: this.redirectUri, scope: 'openid profile email offline_access', state, nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
      ...extra,
    };
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined) delete parameters[name];
    }
    return oidc.buildAuthorizationUrl(await this.client(), parameters).href;
  }

  // Takes the answer that the browser brought and redeems the code.
  async finish(callback) {
    const state = callback.searchParams.get('state');
    const expected = this.pending.get(state);
    if (!expected) throw new Error('an answer to no question of ours');
    const tokens = await oidc.authorizationCodeGrant(await this.client(), callback, {
      expectedState: state,
      expectedNonce: expected.nonce,
      pkceCodeVerifier: expected.verifier,
      maxAge: expected.maxAge === undefined ? undefined : Number(expected.maxAge),
      idTokenExpected: true,
    });
    this.pending.delete(state);
    return { tokens, claims: tokens.claims(), callback };
  }

  async #answer(url, response) {
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.setHeader('Cache-Control', 'no-store');
    if (url.pathname === '/login') {
      const extra = Object.fromEntries(url.searchParams);
      response.writeHead(302, { Location: await this.authorizeUrl(extra) }).end();
    } else if (url.pathname === '/callback') {
      response.end(await this.#callbackPage(url));
    } else {
      const title = url.pathname === '/signed-out' ? 'Signed out' : this.name;
      response.end(page(title, `<h1>${escape(title)}</h1><a href="/login">Sign in</a>`));
    }
  }

  async #callbackPage(url) {
    try {
      const result = await this.finish(url);
      this.results.push(result);
      return page('Signed in', `<h1>Signed in to ${escape(this.name)}</h1>
        <p id="email">${escape(result.claims.email)}</p><p id="sub">${escape(result.claims.sub)}</p>`);
    } catch (error) {
      this.results.push({ error, callback: url });
      const code = url.searchParams.get('error') ?? error.code ?? error.message;
      return page('Refused', `<h1>Refused</h1><p id="error">${escape(code)}</p>`);
    }
  }
}
