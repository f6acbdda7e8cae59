// npm's openid-client, as every kind of application, with every validation that it has.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import * as oidc from 'openid-client';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';

let stack;

before(async () => { stack = await Stack.start(); });
after(async () => { await stack?.stop(); });

async function login(application, extra = {}, visitor = new Visitor(), email = stack.address()) {
  const url = await application.authorizeUrl(extra);
  const arrived = await visitor.signIn(stack, url, email, application.redirectUri);
  return { visitor, email, arrived, ...(await application.finish(arrived)) };
}

const refuses = (code) => (error) => {
  assert.equal(error.error, code, String(error));
  return true;
};

for (const key of ['web', 'es256', 'spa', 'native', 'keyed', 'loose']) {
  test(`${key}: sign in, refresh, userinfo, introspect or revoke, sign out`, async () => {
    const application = stack.applications[key];
    const client = await application.client();
    const { tokens, claims, email, visitor, arrived } = await login(application);
    assert.equal(arrived.searchParams.get('iss'), stack.issuer);
    assert.equal(claims.email, email);
    assert.deepEqual(claims.aud, [application.id]);
    assert.ok(claims.sub.startsWith('usr_') && claims.sid.startsWith('ses_'));
    assert.ok(claims.at_hash && claims.c_hash && claims.auth_time && claims.amr.length);
    const header = JSON.parse(atob(tokens.id_token.split('.')[0]));
    assert.equal(header.alg, key === 'es256' ? 'ES256' : 'RS256');

    const userinfo = await oidc.fetchUserInfo(client, tokens.access_token, claims.sub);
    assert.equal(userinfo.email, email);

    const fresh = await oidc.refreshTokenGrant(client, tokens.refresh_token);
    assert.equal(fresh.claims().sub, claims.sub);
    assert.notEqual(fresh.refresh_token, tokens.refresh_token);

    if (application.secret || application.privateKey) {
      const seen = await oidc.tokenIntrospection(client, fresh.access_token);
      assert.equal(seen.active, true);
      assert.equal(seen.sub, claims.sub);
    }
    await oidc.tokenRevocation(client, fresh.refresh_token);
    await assert.rejects(oidc.refreshTokenGrant(client, fresh.refresh_token), refuses('invalid_grant'));

    const out = oidc.buildEndSessionUrl(client, { id_token_hint: tokens.id_token,
      post_logout_redirect_uri: application.signedOutUri, state: 'x' });
    const { arrived: left } = await visitor.go(out, { until: application.signedOutUri });
    assert.equal(left.searchParams.get('state'), 'x');
    const { arrived: asked } = await visitor.go(await application.authorizeUrl({ prompt: 'none' }),
      { until: application.redirectUri });
    await assert.rejects(application.finish(asked), refuses('login_required'));
  });
}

test('a refresh token that is used twice ends its whole family', async () => {
  const { web } = stack.applications;
  const client = await web.client();
  const { tokens } = await login(web);
  const second = await oidc.refreshTokenGrant(client, tokens.refresh_token);
  await oidc.refreshTokenGrant(client, second.refresh_token);
  await assert.rejects(oidc.refreshTokenGrant(client, tokens.refresh_token), refuses('invalid_grant'));
});

test('a code works once, and its second use revokes what the first gave', async () => {
  const { web } = stack.applications;
  const client = await web.client();
  const url = await web.authorizeUrl();
  const arrived = await new Visitor().signIn(stack, url, stack.address(), web.redirectUri);
  const { nonce, verifier } = web.pending.get(arrived.searchParams.get('state'));
  const redeem = () => oidc.authorizationCodeGrant(client, arrived, {
    expectedState: arrived.searchParams.get('state'), expectedNonce: nonce, pkceCodeVerifier: verifier });
  const tokens = await redeem();
  await assert.rejects(redeem(), refuses('invalid_grant'));
  await assert.rejects(oidc.refreshTokenGrant(client, tokens.refresh_token), refuses('invalid_grant'));
  assert.equal((await oidc.tokenIntrospection(client, tokens.access_token)).active, false);
});

test('a code of one application is refused to another, and without its verifier', async () => {
  const { web, second } = stack.applications;
  const arrived = await new Visitor().signIn(stack, await web.authorizeUrl(), stack.address(), web.redirectUri);
  const { verifier } = web.pending.get(arrived.searchParams.get('state'));
  const redeem = (application, fields) => fetch(`${stack.issuer}/oauth/token`, { method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', code: arrived.searchParams.get('code'),
      redirect_uri: web.redirectUri, client_id: application.id, client_secret: application.secret,
      ...fields }) });
  for (const answer of [await redeem(second, { code_verifier: verifier }), await redeem(web, {})]) {
    assert.equal(answer.status, 400);
    assert.match((await answer.json()).error, /^invalid_(grant|request)$/);
  }
});

test('client credentials, with both spellings of the scopes', async () => {
  const { machine } = stack.applications;
  const tokens = await oidc.clientCredentialsGrant(await machine.client(), { scope: 'reports:read' });
  assert.equal(tokens.scope, 'reports:read');
  assert.equal(tokens.id_token, undefined);
  assert.equal(tokens.refresh_token, undefined);
  const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url'));
  assert.equal(claims.scope, 'reports:read');
  assert.deepEqual(claims.scopes, ['reports:read']);
  assert.equal(claims.sub, machine.id);
});

test('a wrong secret is refused, whichever way it comes', async () => {
  const { web } = stack.applications;
  const fields = { grant_type: 'client_credentials', client_id: web.id };
  const post = (body, headers = {}) => fetch(`${stack.issuer}/oauth/token`,
    { method: 'POST', headers, body: new URLSearchParams(body) });
  const basic = { authorization: `Basic ${btoa(`${web.id}:wrong`)}` };
  for (const answer of [await post({ ...fields, client_secret: 'wrong' }),
    await post({ grant_type: 'client_credentials' }, basic)]) {
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).error, 'invalid_client');
  }
});

test('a public client without PKCE, or with a plain challenge, is refused', async () => {
  const { spa } = stack.applications;
  for (const extra of [{ code_challenge: undefined, code_challenge_method: undefined },
    { code_challenge_method: 'plain' }]) {
    const url = await spa.authorizeUrl(extra);
    const { arrived } = await new Visitor().go(url, { until: spa.redirectUri });
    await assert.rejects(spa.finish(arrived), refuses('invalid_request'));
  }
});

test('a single-page application may call the token endpoint from its own origin only', async () => {
  const { spa } = stack.applications;
  const ask = (origin) => fetch(`${stack.issuer}/oauth/token`, { method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST' } });
  const own = new URL(spa.redirectUri).origin;
  assert.equal((await ask(own)).headers.get('access-control-allow-origin'), own);
  assert.equal((await ask('https://evil.example')).headers.get('access-control-allow-origin'), null);
});
