// npm's oauth4webapi: no convenience, every check spelled out, signatures and RFC 9068 included.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';

const HTTP = { [oauth.allowInsecureRequests]: true };
let stack;

before(async () => { stack = await Stack.start(); });
after(async () => { await stack?.stop(); });

async function discover(algorithm) {
  const issuer = new URL(stack.issuer);
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { ...HTTP, algorithm }));
}

test('discovery is the same for OpenID Connect and for OAuth 2.0 (RFC 8414)', async () => {
  const [oidc, oauth2] = [await discover('oidc'), await discover('oauth2')];
  assert.equal(oidc.token_endpoint, oauth2.token_endpoint);
  assert.equal(oidc.authorization_response_iss_parameter_supported, true);
  assert.deepEqual(oidc.code_challenge_methods_supported, ['S256']);
});

for (const [key, method] of [['web', oauth.ClientSecretBasic], ['es256', oauth.ClientSecretPost], ['spa', oauth.None]]) {
  test(`${key}: a full login with ${method.name}`, async () => {
    const application = stack.applications[key];
    const as = await discover('oidc');
    const client = { client_id: application.id, id_token_signed_response_alg: application.token_alg ?? 'RS256' };
    const authentication = method(application.secret);
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const email = stack.address();
    const url = new URL(as.authorization_endpoint);
    url.search = new URLSearchParams({ response_type: 'code', client_id: application.id,
      redirect_uri: application.redirectUri, scope: 'openid email offline_access', state, nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' });
    const arrived = await new Visitor().signIn(stack, url, email, application.redirectUri);

    const parameters = oauth.validateAuthResponse(as, client, arrived, state);
    const answer = await oauth.authorizationCodeGrantRequest(as, client, authentication, parameters,
      application.redirectUri, verifier, HTTP);
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer,
      { expectedNonce: nonce, requireIdToken: true });
    await oauth.validateApplicationLevelSignature(as, answer, HTTP);
    const claims = oauth.getValidatedIdTokenClaims(tokens);
    assert.equal(claims.email, email);

    const info = await oauth.processUserInfoResponse(as, client, claims.sub,
      await oauth.userInfoRequest(as, client, tokens.access_token, HTTP));
    assert.equal(info.email, email);

    // RFC 9068: what a resource server checks about the access token.
    const request = new Request(`${application.url}/api`,
      { headers: { authorization: `Bearer ${tokens.access_token}` } });
    const access = await oauth.validateJwtAccessToken(as, request, application.id, HTTP);
    assert.equal(access.sub, claims.sub);
    assert.ok(access.exp - access.iat <= 300);

    const again = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, HTTP);
    const fresh = await oauth.processRefreshTokenResponse(as, client, again);
    await oauth.validateApplicationLevelSignature(as, again, HTTP);
    assert.equal(oauth.getValidatedIdTokenClaims(fresh).sub, claims.sub);

    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, client, authentication, fresh.refresh_token, HTTP));
  });
}
