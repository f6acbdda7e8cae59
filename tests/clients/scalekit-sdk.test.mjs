// The login half of @scalekit-sdk/node, unmodified.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import scalekit from '@scalekit-sdk/node';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';

let stack;

before(async () => { stack = await Stack.start(); });
after(async () => { await stack?.stop(); });

async function signIn(application, authorizeOptions, codeOptions) {
  const sdk = new scalekit.ScalekitClient(stack.issuer, application.id, application.secret);
  const email = stack.address();
  const visitor = new Visitor();
  const url = sdk.getAuthorizationUrl(application.redirectUri, { state: 'a b&c', ...authorizeOptions });
  const arrived = await visitor.signIn(stack, url, email, application.redirectUri);
  assert.equal(arrived.searchParams.get('state'), 'a b&c');
  const result = await sdk.authenticateWithCode(arrived.searchParams.get('code'), application.redirectUri, codeOptions);
  return { sdk, email, visitor, result };
}

test('sign in without PKCE, validate, refresh, sign out', async () => {
  const { loose } = stack.applications;
  const { sdk, email, visitor, result } = await signIn(loose,
    { scopes: ['openid', 'profile', 'email', 'offline_access'], loginHint: 'a@example.org' });
  assert.equal(result.user.email, email);
  assert.match(result.user.id, /^usr_[0-9]+$/);
  assert.ok(result.idToken && result.accessToken && result.refreshToken);
  assert.ok(result.expiresIn > 290 && result.expiresIn <= 300);

  assert.equal(await sdk.validateAccessToken(result.accessToken), true);
  assert.equal(await sdk.validateAccessToken(`${result.accessToken}x`), false);
  const claims = await sdk.validateToken(result.idToken, { issuer: stack.issuer, audience: loose.id });
  assert.equal(claims.email, email);
  await sdk.validateToken(result.accessToken, { issuer: stack.issuer });

  const fresh = await sdk.refreshAccessToken(result.refreshToken);
  assert.equal(await sdk.validateAccessToken(fresh.accessToken), true);
  assert.notEqual(fresh.refreshToken, result.refreshToken);

  const out = sdk.getLogoutUrl({ idTokenHint: result.idToken, postLogoutRedirectUri: loose.signedOutUri,
    state: 'bye' });
  const { arrived } = await visitor.go(out, { until: loose.signedOutUri });
  assert.equal(arrived.searchParams.get('state'), 'bye');
  await assert.rejects(sdk.refreshAccessToken(fresh.refreshToken));
});

test('sign in with PKCE, as the SDK spells it', async () => {
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
  const { email, result } = await signIn(stack.applications.web,
    { codeChallenge, codeChallengeMethod: 'S256' }, { codeVerifier });
  assert.equal(result.user.email, email);
});

test('a client token, and its scopes', async () => {
  const { machine } = stack.applications;
  const sdk = new scalekit.ScalekitClient(stack.issuer, machine.id, machine.secret);
  const token = await sdk.getClientAccessToken();
  await sdk.validateToken(token, { issuer: stack.issuer, requiredScopes: ['reports:read'] });
});
