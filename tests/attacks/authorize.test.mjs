// Attacks on the authorization endpoint and what answers beside it: P-OP-01 to 06, 10, 12 to 20 and
// 32 to 38 of the catalogue.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { World, assertErrorRedirect, assertOwnPage, assertRefused } from './world.mjs';
import { claimsOf, partsOf, tampered, unsigned } from './jwt.mjs';
import { head, http, say } from './wire.mjs';

let world, web, second, spa, loose, strict, native, person;
const SECRET = 'x'.repeat(32);

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

before(async () => {
  world = await World.open();
  ({ web, second, spa, loose } = world.apps);
  native = { id: 'skc_20000000000000021', redirectUri: 'http://127.0.0.1/cb' };
  strict = { id: 'skc_20000000000000024', redirectUri: 'https://strict.example/cb' };
  await world.apply(
    { id: strict.id, name: 'Strict', type: 'WEB_APP', secrets: [SECRET], enforce_pkce: true,
      redirect_uris: [strict.redirectUri] },
    { id: native.id, name: 'Native', type: 'NTV', redirect_uris: ['http://127.0.0.1/cb'] },
    { id: 'skc_20000000000000022', name: 'Fixed', type: 'WEB_APP', secrets: [SECRET],
      redirect_uris: ['http://127.0.0.1:8912/cb'] });
  person = await world.person(web);
});
after(() => world?.close());

// A request that is right but for what is changed; undefined takes a parameter away.
function parameters(app, changes = {}) {
  const all = { response_type: 'code', client_id: app.id, redirect_uri: app.redirectUri,
    scope: 'openid email', state: 'st-1', nonce: 'n-1', code_challenge: CHALLENGE,
    code_challenge_method: 'S256', ...changes };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== undefined));
}

const authorize = (app, changes, visitor = null) =>
  world.request(visitor, `/oauth/authorize?${parameters(app, changes)}`);

// Whether or not somebody is signed in: a session makes an open redirect worth a code.
async function assertNowhere(app, redirectUri, changes = {}) {
  for (const visitor of [null, person.visitor]) {
    for (const extra of [{}, { prompt: 'none' }, { response_type: 'token' }]) {
      const answer = await authorize(app, { redirect_uri: redirectUri, ...changes, ...extra }, visitor);
      assertOwnPage(answer);
      assert.ok(!answer.text.includes('href="' + redirectUri), redirectUri);
    }
  }
}

function assertLoginPage(answer) {
  assert.equal(answer.status, 303, answer.text);
  assert.match(answer.location, /^\/a\/auth\/(login|signup)\?flow=req_\d+$/);
}

test('P-OP-01 a redirect_uri that is nearly the registered one leads nowhere', async () => {
  const own = new URL(web.redirectUri);
  const base = own.origin;
  for (const uri of [
    `http://evil.example:${own.port}/callback`, `https://localhost:${own.port}/callback`,
    `http://localhost:${Number(own.port) % 65535 + 1}/callback`, 'http://localhost/callback',
    `${base}/callback/more`, `${base}/callback/../evil`, `${base}/callback%2f..`,
    `${base}/callback;x`, `${base}/callback/`, `${base}/Callback`, `${base}/`, base,
    `${base}//callback`, `${base}/./callback`, `${base}/%63allback`, `${base}/callback%00`,
    `HTTP://localhost:${own.port}/callback`, `http://LOCALHOST:${own.port}/callback`,
    `http://localhost.:${own.port}/callback`, `http://localhost:0${own.port}/callback`,
    `http://127.0.0.1:${own.port}/callback`, second.redirectUri, web.signedOutUri, '/callback',
    'callback', ' ', '*', 'null',
  ]) await assertNowhere(web, uri);
});

test('P-OP-02 a redirect_uri with anything added or disguised leads nowhere', async () => {
  const uri = web.redirectUri;
  const { host, port } = new URL(uri);
  for (const other of [
    `${uri}?next=https://evil.example`, `${uri}?`, `${uri}#`, `${uri}#x`, `${uri}&x=y`,
    `http://${host}@evil.example/callback`, `http://evil.example@${host}/callback`,
    `http://${host}\\@evil.example/callback`, `http://evil.example\\@${host}/callback`,
    `${uri}\t`, `${uri}\n`, ` ${uri}`, `${uri} `, `\t${uri}`, `ht\ntp://${host}/callback`,
    `http://loc\u0430lhost:${port}/callback`, `http://\uff4cocalhost:${port}/callback`,
    `//${host}/callback`, '//evil.example', '///evil.example', '/\\evil.example',
    `http://%6cocalhost:${port}/callback`, `http://localhost%2eevil.example:${port}/callback`,
    `http://localhost:${port}.evil.example/callback`, `http://localhost:${port}%40evil.example/`,
    'javascript:alert(1)', `javascript://${host}/%0aalert(1)`, 'data:text/html,x', 'file:///etc/passwd',
    `view-source:${uri}`, `${uri},https://evil.example`, `${uri} https://evil.example`,
  ]) await assertNowhere(web, other);
  const twice = parameters(web);
  twice.append('redirect_uri', 'https://evil.example/');
  assertOwnPage(await world.request(person.visitor, `/oauth/authorize?${twice}`));
  for (const tail of ['%00', '%ff', '%c0%af', '%']) {
    assertOwnPage(await world.request(person.visitor, `/oauth/authorize?${parameters(web,
      { redirect_uri: undefined })}&redirect_uri=${encodeURIComponent(uri)}${tail}`));
  }
});

test('P-OP-03 the port of a loopback redirect is free for native applications only', async () => {
  for (const uri of ['http://127.0.0.1/cb', 'http://127.0.0.1:1234/cb', 'http://127.0.0.1:65535/cb']) {
    assertLoginPage(await authorize(native, { redirect_uri: uri }));
  }
  for (const uri of [
    'http://localhost:1234/cb', 'http://[::1]:1234/cb', 'http://127.0.0.1:1234/other',
    'https://127.0.0.1:1234/cb', 'http://127.0.0.1.evil.example/cb', 'http://127.0.0.2:1234/cb',
    'http://127.0.0.1:80@evil.example/cb', 'http://127.0.0.1:65536/cb', 'http://127.0.0.1:/cb',
    'http://127.0.0.1:0/cb', 'http://127.1:1234/cb', 'http://127.0.0.1:1234/cb?x=y',
  ]) await assertNowhere(native, uri);
  const fixed = { id: 'skc_20000000000000022' };
  assertLoginPage(await authorize(fixed, { redirect_uri: 'http://127.0.0.1:8912/cb' }));
  await assertNowhere(fixed, 'http://127.0.0.1:8913/cb');
});

test('P-OP-05 an unknown or inactive application gets a page of ours', async () => {
  for (const id of ['skc_1', '', undefined, `${web.id}'`, `${web.id} `, web.id.toUpperCase(),
    '<script>alert(1)</script>', 'x'.repeat(5000)]) {
    const answer = await authorize(web, { client_id: id }, person.visitor);
    assertOwnPage(answer);
    assert.ok(!answer.text.includes('<script>alert'));
  }
  const app = { id: 'skc_20000000000000023', name: 'Gone', type: 'WEB_APP',
    redirect_uris: ['https://gone.example/cb'], secrets: [SECRET] };
  await world.apply(app);
  const gone = { id: app.id, redirectUri: 'https://gone.example/cb', secret: SECRET };
  const flow = (await authorize(gone, {}, person.visitor)).location;
  await world.apply({ ...app, active: false });
  assertOwnPage(await authorize(gone, {}, person.visitor));
  assertRefused(await world.token({ grant_type: 'client_credentials', client_id: gone.id,
    client_secret: gone.secret }), 'invalid_client', 401);
  assert.ok(flow.includes(gone.redirectUri), 'it was refused before it was inactive');
});

test('P-OP-06 no response_type but code', async () => {
  for (const [type, error] of [[undefined, 'invalid_request'], ['', 'invalid_request'],
    ['token', 'unsupported_response_type'], ['code token', 'unsupported_response_type'],
    ['id_token', 'unsupported_response_type'], ['none', 'unsupported_response_type'],
    ['CODE', 'unsupported_response_type'], ['code code', 'unsupported_response_type']]) {
    const answer = await authorize(web, { response_type: type }, person.visitor);
    const given = assertErrorRedirect(world, answer, web, error);
    assert.equal(given.get('state'), 'st-1');
  }
  const answer = await world.request(person.visitor,
    `/oauth/authorize?${parameters(web)}&response_type=code`);
  assertErrorRedirect(world, answer, web, 'invalid_request');
});

test('P-OP-10 PKCE: none for a public client, plain, and challenges that are none', async () => {
  for (const [app, changes] of [
    [spa, { code_challenge: undefined, code_challenge_method: undefined }],
    [spa, { code_challenge_method: 'plain' }], [spa, { code_challenge_method: undefined }],
    [spa, { code_challenge_method: 's256' }], [spa, { code_challenge: '' }],
    [strict, { code_challenge: undefined, code_challenge_method: undefined }],
    [loose, { code_challenge_method: 'plain' }], [loose, { code_challenge: undefined }],
    ...[CHALLENGE.slice(1), `${CHALLENGE}A`, `${CHALLENGE.slice(1)}=`, `${CHALLENGE.slice(1)}+`,
      `${CHALLENGE.slice(1)} `, 'A'.repeat(500)].map((challenge) =>
      [loose, { code_challenge: challenge }]),
  ]) {
    assertErrorRedirect(world, await authorize(app, changes, person.visitor), app, 'invalid_request');
  }
});

test('P-OP-12 prompt=none shows no page and gives a code to a usable session only', async () => {
  const stranger = world.visitor();
  const none = { prompt: 'none' };
  assertErrorRedirect(world, await authorize(web, none, stranger), web, 'login_required');
  assertErrorRedirect(world, await authorize(web, { ...none, max_age: '0' }, person.visitor), web,
    'login_required');
  for (const prompt of ['none login', 'login none', 'none none login', 'none create']) {
    assertErrorRedirect(world, await authorize(web, { prompt }, person.visitor), web, 'invalid_request');
  }
  const good = await authorize(web, none, person.visitor);
  assert.ok(new URL(good.location).searchParams.get('code'), good.location);
  assertLoginPage(await authorize(web, { prompt: 'login' }, person.visitor));
});

test('P-OP-13 an id_token_hint never switches the user', async () => {
  const other = await world.person(web);
  const foreign = await world.tokens(second, await world.again(second, person.visitor));
  const own = person.tokens.id_token;
  const [header, claims] = partsOf(own);
  for (const hint of [other.tokens.id_token, foreign.id_token, person.tokens.access_token,
    unsigned({ kid: header.kid, typ: 'JWT' }, claims),
    tampered(own, { claims: { email: 'x@example.org' } }), tampered(own, { header: { alg: 'none' } }),
    'x', '..', 'a.b.c', 'x'.repeat(7000)]) {
    const answer = await authorize(web, { prompt: 'none', id_token_hint: hint }, person.visitor);
    assertErrorRedirect(world, answer, web, 'login_required');
    assertLoginPage(await authorize(web, { id_token_hint: hint }, person.visitor));
  }
  const good = await authorize(web, { prompt: 'none', id_token_hint: own }, person.visitor);
  assert.ok(new URL(good.location).searchParams.get('code'), good.location);
});

test('P-OP-14 hints with HTML, of any length, with line breaks, and strange locales', async () => {
  const { visitor } = person;
  for (const hint of ['"><script>alert(1)</script>@x.example', "'-alert(1)-'", 'a\r\nb@x.example',
    'a\u0000b', '"onfocus=alert(1) x="@x.example', `${'a'.repeat(3000)}@x.example`]) {
    const encoded = parameters(web, { login_hint: hint, prompt: 'login' });
    const answer = await world.request(visitor, `/oauth/authorize?${encoded}`);
    if (hint.includes('\u0000')) {
      assertOwnPage(answer);
      continue;
    }
    assertLoginPage(answer);
    const page = await world.request(visitor, answer.location);
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /<script>|onfocus=|alert\(1\)-/);
  }
  const long = await authorize(web, { login_hint: 'a'.repeat(10_000) });
  assert.equal(long.status, 414);
  for (const locale of ['../../etc/passwd', 'en/../../x', '%n%s', 'en\r\nX: y', '{{x}}', 'a'.repeat(900)]) {
    const answer = await authorize(web, { ui_locales: locale, prompt: 'login' }, visitor);
    assertLoginPage(answer);
    assert.match((await world.request(visitor, answer.location)).text, /lang="en"/);
  }
});

test('P-OP-15 scopes: unknown ones vanish, a thousand are too many, openid makes the ID token', async () => {
  const { visitor } = person;
  const grant = await world.again(web, visitor, { scope: 'email profile' });
  assert.ok(!('id_token' in await world.tokens(web, grant)));
  const wild = await world.tokens(web, await world.again(web, visitor,
    { scope: 'openid openid admin users:write email' }));
  assert.deepEqual(claimsOf(wild.access_token).scopes.sort(), ['email', 'openid']);
  assert.ok(!('refresh_token' in wild));
  for (const scope of [undefined, '', ' ', 'admin', Array(1000).fill('openid').join(' '), 'openid\t', 'o"x']) {
    const answer = await authorize(web, { scope }, visitor);
    const error = scope?.length > 1000 ? 'invalid_request' : 'invalid_scope';
    assertErrorRedirect(world, answer, web, error);
  }
});

test('P-OP-16 response modes that are not supported are refused, with the state encoded', async () => {
  const state = '"><script>alert(1)</script>';
  for (const mode of ['form_post', 'fragment', 'web_message', 'query.jwt', 'jwt']) {
    const answer = await authorize(web, { response_mode: mode, state }, person.visitor);
    const given = assertErrorRedirect(world, answer, web, 'invalid_request');
    assert.equal(given.get('state'), state);
    assert.doesNotMatch(answer.location, /[<>"]/);
    assert.doesNotMatch(answer.text, /<script>alert/);
  }
});

test('P-OP-17 a state comes back as it went, or is refused for its length', async () => {
  for (const state of ['"\'</script><!--', 'a\r\nSet-Cookie: x=y', '%0d%0a', '\u2028&code=evil#',
    ' ', 'ä€😀', 'x'.repeat(2048)]) {
    const grant = await world.again(web, person.visitor, { state });
    assert.equal(grant.callback.searchParams.get('state'), state);
    assert.equal(grant.callback.searchParams.getAll('code').length, 1);
  }
  const long = await authorize(web, { state: 'x'.repeat(2049) }, person.visitor);
  assert.equal(assertErrorRedirect(world, long, web, 'invalid_request').get('state'), null);
  assert.equal((await authorize(web, { state: 'x'.repeat(10_000) })).status, 414);
});

test('P-OP-18 a parameter that stands twice is refused, at both endpoints', async () => {
  for (const [name, value] of parameters(web, { prompt: 'login', max_age: '5', foo: 'bar' })) {
    const answer = await world.request(person.visitor,
      `/oauth/authorize?${parameters(web)}&${name}=${encodeURIComponent(value)}&${name}=x`);
    if (['client_id', 'redirect_uri'].includes(name)) assertOwnPage(answer);
    else assertErrorRedirect(world, answer, web, 'invalid_request');
  }
  const grant = await world.again(web, person.visitor);
  const good = { grant_type: 'authorization_code', client_id: web.id, client_secret: web.secret,
    code: grant.code, code_verifier: grant.verifier, redirect_uri: web.redirectUri };
  for (const name of Object.keys(good)) {
    assertRefused(await world.token([...Object.entries(good), [name, good[name]]]), 'invalid_request');
  }
});

test('P-OP-19 the endpoint by POST: forms up to a limit, nothing else', async () => {
  const form = await world.post(person.visitor, '/oauth/authorize', parameters(web),
    { origin: 'https://app.example', 'sec-fetch-site': 'cross-site' });
  assert.equal(form.status, 303);
  assert.match(form.location, /^\/oauth\/authorize\?/);
  assert.ok((await world.request(person.visitor, form.location)).location.startsWith(web.redirectUri));
  for (const [type, body] of [['multipart/form-data; boundary=x', '--x--'], ['text/plain', 'a=b'],
    ['application/json', JSON.stringify(Object.fromEntries(parameters(web)))], ['', 'a=b']]) {
    const answer = await world.request(null, '/oauth/authorize',
      { method: 'POST', body, headers: { 'Content-Type': type } });
    assert.equal(answer.status, 415, type);
  }
  const { answers } = await say(world.port, head('POST /oauth/authorize HTTP/1.1', 'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded', 'Content-Length: 10485760'), 1);
  assert.equal(answers[0].status, 413);
  for (const target of ['https://evil.example/', '//evil.example']) {
    const sent = await world.post(null, '/oauth/authorize', parameters(web, { redirect_uri: target }));
    assertOwnPage(await world.request(person.visitor, sent.location));
  }
});

test('P-OP-20 iss stands once in every answer, and is the issuer', async () => {
  const answers = [
    await authorize(web, {}, person.visitor), await authorize(web, { prompt: 'none' }),
    await authorize(web, { response_type: 'token', iss: 'https://evil.example' }),
    await authorize(web, { state: undefined, scope: '' }),
  ];
  for (const { location } of [...answers, { location: person.callback.href }]) {
    assert.deepEqual(new URL(location).searchParams.getAll('iss'), [world.issuer]);
  }
});

test('P-OP-32 after a form the browser is sent on with 303, never 302 or 307', async () => {
  const { visitor, flow, formToken } = await world.codePage(web);
  const again = await world.ask({ visitor, flow, formToken }, world.stack.address());
  assert.match(again.location, /^\/a\/auth\/code\?flow=/);
  assert.equal(again.status, 303);
  const other = await world.codePage(web);
  const done = await world.verify(other, other.mail.code);
  assert.equal(done.status, 303);
  assert.ok(done.location.startsWith(web.redirectUri));
});

test('P-OP-33 no page of ours can be framed', async () => {
  const { visitor, flow, mail } = await world.codePage(web);
  for (const path of [`/a/auth/login?flow=${flow}`, `/a/auth/code?flow=${flow}`,
    `/a/auth/link?token=${mail.token}`, '/a/auth/link?token=x', '/oauth/authorize', '/oidc/logout',
    '/nothing', '/a/auth/login?flow=req_1', '/a/auth/signup']) {
    const { headers } = await world.request(visitor, path, { headers: { accept: 'text/html' } });
    assert.match(headers['content-security-policy'], /frame-ancestors 'none'/, path);
    assert.equal(headers['x-frame-options'], 'DENY', path);
  }
});

test('P-OP-34 nothing tells another site the address of a page', async () => {
  const { visitor, flow, mail } = await world.codePage(web);
  for (const path of [`/a/auth/login?flow=${flow}`, `/a/auth/code?flow=${flow}`,
    `/a/auth/link?token=${mail.token}`]) {
    const page = await world.request(visitor, path);
    assert.match(page.headers['referrer-policy'], /^(no-referrer|same-origin)$/);
    for (const [, url] of page.text.matchAll(/\b(?:src|href|action|srcset|data)="([^"]*)"/g)) {
      assert.equal(new URL(url, world.issuer).origin, world.issuer, url);
    }
  }
});

test('P-OP-35 the issuer is what is configured, whatever Host and proxies say', async () => {
  const evil = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example',
    'X-Forwarded-Proto': 'https', 'X-Original-URL': '/evil', 'X-Forwarded-Prefix': '/evil' };
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']) {
    const good = JSON.parse((await world.request(null, path)).text);
    assert.equal(good.issuer, world.issuer);
    for (const name of Object.keys(evil)) {
      const answer = await world.request(null, path, { headers: { [name]: evil[name] } });
      assert.doesNotMatch(answer.text, /evil/);
      if (answer.status === 200) assert.deepEqual(JSON.parse(answer.text), good);
    }
    for (const value of Object.values(good).filter((one) => /^https?:/.test(one))) {
      assert.ok(value.startsWith(world.issuer), value);
    }
  }
});

test('P-OP-36 CORS: registered origins only, no credentials, nothing for pages', async () => {
  const paths = ['/oauth/token', '/userinfo', '/revoke', '/keys', '/.well-known/openid-configuration',
    '/oauth/authorize', '/a/auth/login', '/oauth/introspect', '/oidc/logout'];
  for (const origin of ['https://evil.example', 'null', `${spa.url}.evil.example`, `${spa.url}0`,
    spa.url.toUpperCase(), web.url]) {
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'OPTIONS']) {
        const { headers } = await world.request(person.visitor, path, { method,
          headers: { origin, 'Access-Control-Request-Method': 'POST' } });
        assert.equal(headers['access-control-allow-credentials'], undefined);
        const allowed = headers['access-control-allow-origin'];
        const isPublic = ['/keys', '/.well-known/openid-configuration'].includes(path);
        assert.ok(allowed === undefined || (isPublic && allowed === '*'), `${method} ${path}: ${allowed}`);
      }
    }
  }
  const { headers } = await http(`${world.issuer}/oauth/token`, { method: 'OPTIONS',
    headers: { origin: spa.url, 'Access-Control-Request-Method': 'POST' } });
  assert.equal(headers['access-control-allow-origin'], spa.url);
  assert.match(headers.vary, /Origin/i);
});

test('P-OP-37 the organization of a token comes from the stored request alone', async () => {
  await world.sql("INSERT INTO organizations (id, name) VALUES ('org_1', 'One'), ('org_2', 'Two')");
  const begun = await world.codePage(web);
  const { visitor, flow, formToken, mail } = begun;
  await world.request(visitor, `/a/auth/code?flow=${flow}&organization_id=org_2`);
  const done = await world.post(visitor, `/a/auth/code?organization_id=org_2`,
    { flow, form_token: formToken, code: mail.code, organization_id: 'org_2', oid: 'org_2',
      client_id: second.id, redirect_uri: 'https://evil.example/', scope: 'admin', user_id: 'usr_1' });
  const callback = new URL(done.location);
  assert.equal(`${callback.origin}${callback.pathname}`, web.redirectUri);
  const tokens = await world.tokens(web, world.grantOf(web, callback));
  for (const token of [tokens.id_token, tokens.access_token]) {
    assert.ok(!['org_1', 'org_2'].includes(claimsOf(token).oid));
  }
  assert.equal(claimsOf(tokens.id_token).email, begun.email);
});

test('P-OP-38 no lifetime is negative when the clock seems to have been set back', async () => {
  const grant = await world.login(web, { extra: { max_age: '600' } });
  await world.sql(`UPDATE sessions SET auth_time = now() + interval '1 hour',
    created_at = now() + interval '1 hour', last_active_at = now() + interval '1 hour'`);
  const tokens = await world.tokens(web, grant);
  assert.ok(tokens.expires_in > 0);
  for (const token of [tokens.id_token, tokens.access_token]) {
    const { iat, exp } = claimsOf(token);
    assert.ok(exp > iat && Math.abs(iat - Date.now() / 1000) < 60);
  }
  const answer = await authorize(web, { max_age: '4294967295' }, grant.visitor);
  assert.ok(new URL(answer.location).searchParams.get('code'));
  for (const maxAge of ['-1', '1e3', '4294967296', '99999999999999999999', ' 1', '0x10', '1.5']) {
    assertErrorRedirect(world, await authorize(web, { max_age: maxAge }, grant.visitor), web,
      'invalid_request');
  }
});

test('an authorization request of 8 kB is answered, one octet too many is refused', async () => {
  const page = await world.request(null, `/oauth/authorize?${parameters(web, { pad: 'x'.repeat(7500) })}`);
  assertLoginPage(page);
  const target = `/oauth/authorize?${'x'.repeat(8 * 1024 - '/oauth/authorize?'.length)}`;
  assertOwnPage(await world.request(null, target));
  assert.equal((await world.request(null, `${target}x`)).status, 414);
});
