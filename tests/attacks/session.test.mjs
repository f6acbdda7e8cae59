// Attacks on the browser's session, its cookies, its forms and its end: P-OP-29 to 31 and the rows
// P-SESS of the catalogue, and more of their kind. (P-SESS-14 is tests/browser's.)
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { World, assertErrorRedirect, assertOwnPage, assertRefused, field } from './world.mjs';
import { tampered, unsigned, partsOf } from './jwt.mjs';
import { head, http, say } from './wire.mjs';

let world, web, second, secure;

before(async () => {
  world = await World.open();
  ({ web, second } = world.apps);
  const { certificate, key } = await world.certificate();
  secure = await world.instance((port) => ({ GATEHOUSE_ISSUER: `https://localhost:${port}`,
    GATEHOUSE_TLS_CERTIFICATE: certificate, GATEHOUSE_TLS_KEY: key }), 'https');
});
after(() => world?.close());

const EVIL = 'https://evil.example';

async function person(app = web, options = {}) {
  const someone = await world.person(app, options);
  world.keep(world.cookies(someone.visitor).get('gh_session'), world.cookies(someone.visitor).get('gh_browser'));
  return someone;
}

// A silent request tells whether the browser is signed in.
const silently = (visitor, app = web) => app.authorizeUrl({ prompt: 'none' })
  .then((url) => world.request(visitor, url));

async function assertSignedIn(visitor) {
  const { location } = await silently(visitor);
  assert.ok(new URL(location).searchParams.get('code'), location);
}

async function assertSignedOut(visitor) {
  assertErrorRedirect(world, await silently(visitor), web, 'login_required');
}

const logout = (visitor, parameters, options) =>
  world.request(visitor, `/oidc/logout?${new URLSearchParams(parameters)}`, options);

const sessionSet = ({ headers }) => (headers['set-cookie'] ?? []).some((line) => /gh_session=[^;]/.test(line));

test('P-OP-29 a sign-out leads to registered addresses only', async () => {
  const someone = await person();
  const hint = someone.tokens.id_token;
  for (const uri of [`${EVIL}/`, second.signedOutUri, `${web.signedOutUri}?x=y`, `${web.signedOutUri}/`,
    `${web.signedOutUri}#x`, web.redirectUri, `//${EVIL.slice(8)}`, '/\\evil.example', 'javascript:alert(1)',
    `http://localhost@evil.example/`, `${web.signedOutUri}\r\nX: y`, 'x'.repeat(3000)]) {
    for (const parameters of [{ id_token_hint: hint }, { client_id: web.id },
      { client_id: web.id, id_token_hint: hint }, {}]) {
      // Nobody is signed in here, so that nothing has to be asked first.
      const answer = await logout(world.visitor(), { ...parameters, post_logout_redirect_uri: uri, state: 's' });
      assert.equal(answer.location, undefined, uri);
      assert.ok([200, 400].includes(answer.status));
      assert.doesNotMatch(answer.text, /(href|action|src)="(?!\/oidc\/|\/assets\/)/);
    }
  }
  const answer = await logout(someone.visitor, { id_token_hint: hint, post_logout_redirect_uri: `${EVIL}/` });
  assert.equal(answer.location, undefined);
  await assertSignedOut(someone.visitor);
});

test('P-OP-30 without a hint of this very session the person is asked, whoever sent them', async () => {
  const [victim, attacker] = [await person(), await person()];
  const hint = victim.tokens.id_token;
  const [header, claims] = partsOf(hint);
  const foreign = attacker.tokens.id_token;
  const elsewhere = (await person(web, { email: victim.email })).tokens.id_token;
  for (const parameters of [{}, { client_id: web.id }, { id_token_hint: foreign },
    { id_token_hint: elsewhere }, { id_token_hint: 'x' },
    { id_token_hint: unsigned(header, claims) }, { id_token_hint: hint, client_id: second.id },
    { id_token_hint: tampered(hint, { claims: { x: 1 } }) }, { id_token_hint: victim.tokens.access_token },
    { id_token_hint: tampered(foreign, { claims: { sid: claims.sid, sub: claims.sub } }) }]) {
    for (const headers of [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' }, {}]) {
      const answer = await logout(victim.visitor,
        { ...parameters, post_logout_redirect_uri: web.signedOutUri }, { headers });
      assert.equal(answer.status, 200);
      assert.ok(field(answer, 'form_token'), 'no question was asked');
    }
    await assertSignedIn(victim.visitor);
  }
});

test('a sign-out cannot be confirmed for somebody else', async () => {
  const [victim, attacker] = [await person(), await person()];
  const own = field(await logout(attacker.visitor, { client_id: web.id }), 'form_token');
  for (const [fields, headers] of [
    [{ form_token: own, client_id: web.id }, {}], [{ form_token: 'x', client_id: web.id }, {}],
    [{ form_token: own, client_id: web.id }, { origin: EVIL, 'sec-fetch-site': 'cross-site' }],
    [{ client_id: web.id }, {}], [{ form_token: victim.formToken, client_id: web.id }, {}],
    [{ form_token: '', client_id: web.id }, {}],
  ]) {
    await world.post(victim.visitor, '/oidc/logout', fields, headers);
    await assertSignedIn(victim.visitor);
  }
  const elsewhere = field(await logout(victim.visitor, { client_id: second.id }), 'form_token');
  await world.post(victim.visitor, '/oidc/logout', { form_token: elsewhere, client_id: web.id });
  await assertSignedIn(victim.visitor);
  await world.post(victim.visitor, '/oidc/logout', { form_token: elsewhere, client_id: second.id });
  await assertSignedOut(victim.visitor);
});

test('P-OP-31 the state comes back encoded, and codes of the session die with it', async () => {
  const someone = await person();
  const state = '"><script>alert(1)</script>\r\nX: y';
  const open = await world.again(web, someone.visitor);
  const asked = await logout(someone.visitor, { client_id: web.id, post_logout_redirect_uri: web.signedOutUri,
    state });
  assert.doesNotMatch(asked.text, /<script>alert/);
  const answer = await logout(someone.visitor, { id_token_hint: someone.tokens.id_token,
    post_logout_redirect_uri: web.signedOutUri, state });
  assert.equal(answer.status, 303);
  const target = new URL(answer.location);
  assert.equal(`${target.origin}${target.pathname}`, web.signedOutUri);
  assert.equal(target.searchParams.get('state'), state);
  assertRefused(await world.redeem(web, open), 'invalid_grant');
});

test('P-SESS-01 a login never takes a session or cookie over that was there before', async () => {
  const attacker = await person();
  const planted = world.cookies(attacker.visitor).get('gh_session');
  for (const value of [planted, 'A'.repeat(43), 'x']) {
    const victim = world.visitor();
    world.cookies(victim).set('gh_session', value);
    await person(web, { visitor: victim, extra: { prompt: 'login' } });
    const fresh = world.cookies(victim).get('gh_session');
    assert.notEqual(fresh, value);
    const thief = world.visitor();
    world.cookies(thief).set('gh_session', value);
    await assertSignedOut(thief);
  }
  const own = await person();
  const before = world.cookies(own.visitor).get('gh_session');
  await person(web, { visitor: own.visitor, email: own.email, extra: { prompt: 'login' } });
  assert.notEqual(world.cookies(own.visitor).get('gh_session'), before);
  const replay = world.visitor();
  world.cookies(replay).set('gh_session', before);
  await assertSignedOut(replay);
});

// A login at the https issuer, cookies by hand; the lines of Set-Cookie that it brought.
async function secureLogin() {
  const jar = new Map();
  const lines = [];
  const take = (answer) => {
    for (const line of answer.headers['set-cookie'] ?? []) {
      lines.push(line);
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      jar.set(name, value);
    }
    return answer;
  };
  const cookie = () => [...jar].map((pair) => pair.join('=')).join('; ');
  const get = (path) => http(new URL(path, secure.origin), { headers: { cookie: cookie() } }).then(take);
  const post = (path, fields) => http(new URL(path, secure.origin), { method: 'POST',
    body: new URLSearchParams(fields), headers: { cookie: cookie(), origin: secure.origin } }).then(take);
  const email = world.stack.address();
  const query = new URL(await web.authorizeUrl()).search;
  const flow = new URL((await get(`/oauth/authorize${query}`)).location, secure.origin).searchParams.get('flow');
  const page = await get(`/a/auth/login?flow=${flow}`);
  await post('/a/auth/login', { flow, form_token: field(page, 'form_token'), email });
  const { code } = await world.mail(email);
  const done = await post('/a/auth/code', { flow, form_token: field(page, 'form_token'), code });
  return { lines, jar, done, query };
}

test('P-SESS-02 cookies are __Host-, Secure, HttpOnly and Lax, without a domain', async () => {
  const { lines, done } = await secureLogin();
  assert.ok(done.location.startsWith(web.redirectUri));
  assert.deepEqual(lines.map((line) => line.split('=')[0]).sort(), ['__Host-gh_browser', '__Host-gh_session']);
  for (const line of lines) {
    assert.match(line, /; Path=\/(;|$)/);
    for (const word of ['Secure', 'HttpOnly', 'SameSite=Lax']) assert.match(line, new RegExp(`; ${word}(;|$)`));
    assert.doesNotMatch(line, /domain/i);
    assert.match(line.split(/[=;]/)[1], /^[\w-]{43}$/);
  }
});

test('P-SESS-03 a tossed, doubled or look-alike cookie is not ours', async () => {
  const { jar, query } = await secureLogin();
  const value = jar.get('__Host-gh_session');
  const silent = `/oauth/authorize${query}&prompt=none`;
  const ask = (cookie) => http(`${secure.origin}${silent}`, { headers: { cookie } });
  assert.match((await ask(`__Host-gh_session=${value}`)).location, /[?&]code=/);
  for (const cookie of [`__host-gh_session=${value}`, `__HOST-gh_session=${value}`, `gh_session=${value}`,
    `=__Host-gh_session=${value}`, `__Host-gh_session=${value}; __Host-gh_session=${value}`,
    `__Host-gh_session=; __Host-gh_session=${value}`, `__Host-gh_session=${value}; __Host-gh_session=x`,
    `a=b;  __Host-gh_session=${value}`, `__Host-gh_session =${value}`, `a=b;\t__Host-gh_session=${value}`,
    `__Host-gh_session="${value}"`, `__Host-gh_session=${value}x`, `__Host-gh_session=${value.slice(1)}`,
    `__Host-gh_session%3d${value}`, `a="; __Host-gh_session=${value}"`, `$Version=1; $__Host-gh_session=${value}`,
  ]) {
    const { location } = await ask(cookie);
    assert.match(location, /error=login_required/, cookie);
  }
  const twice = await say(world.port, head(`GET ${silent} HTTP/1.1`, 'Host: localhost', 'Cookie: a=b',
    `Cookie: gh_session=${value}`), 1);
  assert.equal(twice.answers[0].status, 400);
});

// All forms of ours, each with what a right one would hold.
const forms = ({ flow, formToken, mail, email }) => [
  ['/a/auth/login', { flow, form_token: formToken, email: `x.${email}` }],
  ['/a/auth/code', { flow, form_token: formToken, code: mail.code }],
  ['/a/auth/resend', { flow, form_token: formToken }],
  ['/a/auth/continue', { flow, form_token: formToken }],
  ['/a/auth/link', { token: mail.token, form_token: formToken }],
  ['/a/auth/number', { token: mail.token, form_token: formToken, number: '12' }],
  ['/a/auth/restart', { flow }],
];

// What a form could have changed.
const traces = (flow) => world.value(`SELECT concat_ws(' ', (SELECT count(*) FROM flows),
  (SELECT count(*) FROM challenges), (SELECT sum(tries) FROM challenges WHERE flow_id = '${flow}'),
  (SELECT status FROM flows WHERE id = '${flow}'), (SELECT count(*) FROM sessions))`);

test('P-SESS-04 no form is taken from another site, nor from nowhere', async () => {
  const begun = await world.codePage(web);
  const before = await traces(begun.flow);
  for (const [path, fields] of forms(begun)) {
    for (const headers of [{ origin: EVIL }, { origin: 'null' }, { origin: `${world.issuer}.evil.example` },
      { origin: `${world.issuer}/` }, { origin: '' }, { origin: world.issuer.replace('http:', 'https:') },
      { origin: world.issuer, 'sec-fetch-site': 'cross-site' },
      { origin: world.issuer, 'sec-fetch-site': 'same-site' },
      { origin: world.issuer, 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'cross-site' },
      { origin: EVIL, referer: world.issuer }, { origin: '', referer: `${world.issuer}/a/auth/login` }]) {
      const answer = await world.post(begun.visitor, path, fields, headers);
      assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`);
      assert.ok(!sessionSet(answer));
    }
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json']) {
      const answer = await world.request(begun.visitor, path, { method: 'POST',
        body: String(new URLSearchParams(fields)),
        headers: { 'Content-Type': type, origin: world.issuer } });
      assert.equal(answer.status, 415);
    }
  }
  assert.equal(await traces(begun.flow), before);
});

test('P-SESS-04 nor without the token of its page', async () => {
  const [begun, other] = [await world.codePage(web), await world.codePage(web)];
  const before = await traces(begun.flow);
  for (const [path, fields] of forms(begun).filter(([path]) => !/number|restart/.test(path))) {
    for (const token of [undefined, '', 'x', other.formToken, `${begun.formToken}A`, begun.formToken.slice(1),
      begun.flow]) {
      const { form_token, ...rest } = fields;
      const answer = await world.post(begun.visitor, path,
        token === undefined ? rest : { ...rest, form_token: token });
      assert.ok(!sessionSet(answer) && !/[?&]code=/.test(answer.location ?? ''), `${path} ${form_token}`);
    }
  }
  assert.equal(await traces(begun.flow), before);
});

test('P-SESS-05 GET and HEAD change nothing', async () => {
  const begun = await world.codePage(web);
  const signedIn = await person();
  const before = await traces(begun.flow);
  for (const [path, fields] of forms(begun)) {
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await world.request(begun.visitor, `${path}?${new URLSearchParams(fields)}`, { method,
        headers: { origin: world.issuer, 'X-HTTP-Method-Override': 'POST', 'X-HTTP-Method': 'POST' } });
      assert.ok([200, 405].includes(answer.status), `${method} ${path}: ${answer.status}`);
      assert.ok(!sessionSet(answer));
    }
  }
  for (const method of ['GET', 'HEAD']) {
    await logout(signedIn.visitor, { client_id: web.id, form_token: 'x', _method: 'POST' }, { method });
  }
  assert.equal(await traces(begun.flow), before);
  await assertSignedIn(signedIn.visitor);
});

test('P-SESS-06 the attacker\'s own login does not happen in the victim\'s browser', async () => {
  const attacker = await world.codePage(web);
  const victim = await world.codePage(web);
  const stranger = world.visitor();
  for (const { visitor } of [victim, { visitor: stranger }]) {
    for (const [path, fields] of forms(attacker).filter(([path]) => !/restart|number/.test(path))) {
      const answer = await world.post(visitor, path, fields);
      assert.ok(!sessionSet(answer), path);
      assert.ok(!(answer.location ?? '').startsWith(web.redirectUri), path);
    }
    await assertSignedOut(visitor);
  }
  const mixed = { flow: attacker.flow, form_token: victim.formToken, code: attacker.mail.code };
  assert.ok(!sessionSet(await world.post(victim.visitor, '/a/auth/code', mixed)));
});

test('P-SESS-07 P-SESS-08 P-SESS-09 P-SESS-10 every answer says what browsers may do with it', async () => {
  const { visitor, flow, mail } = await world.codePage(web);
  const page = await world.request(visitor, `/a/auth/login?flow=${flow}`);
  const assets = [...page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path);
  assert.ok(assets.length >= 2);
  const answers = [];
  for (const origin of [world.issuer, secure.origin]) {
    for (const path of ['/', '/nothing', '/assets/nothing', '/oauth/authorize', '/oauth/token', '/userinfo', '/keys',
      '/a/auth/login', `/a/auth/login?flow=${flow}`, `/a/auth/link?token=${mail.token}`, '/oidc/logout',
      '/a/auth/status', '/.well-known/openid-configuration', '/health/live', '/health/ready', `/${'x'.repeat(9000)}`,
      '/oauth/authorize?x=%', ...assets]) {
      answers.push({ path, origin, ...await http(`${origin}${path}`, { headers: { accept: 'text/html' } }) });
    }
    answers.push({ path: 'TRACE', origin, ...await http(`${origin}/oauth/token`, { method: 'TRACE' }) });
  }
  for (const raw of [head('GET / HTTP/1.1', 'Host: a', 'Host: b'), head('GET / HTTP/1.1', 'Host: a',
    `X: ${'x'.repeat(20_000)}`),
    head('POST /oauth/token HTTP/1.1', 'Host: a', 'Content-Length: 99999999'),
    `${head('POST /oauth/token HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}zz\r\n`]) {
    const [answer] = (await say(world.port, raw, 1)).answers;
    answers.push({ path: raw.slice(0, 60), origin: world.issuer, ...answer });
  }
  for (const { path, origin, headers, status } of answers) {
    const where = `${status} ${path.slice(0, 60)}`;
    const policy = headers['content-security-policy'];
    assert.match(policy, /default-src 'none'/, where);
    for (const part of ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
      assert.ok(policy.includes(part), where);
    }
    assert.doesNotMatch(policy, /unsafe-|data:|script-src[^;]*(\*|http)/, where);
    assert.equal(headers['x-frame-options'], 'DENY', where);
    assert.equal(headers['x-content-type-options'], 'nosniff', where);
    assert.match(headers['referrer-policy'], /^(no-referrer|same-origin)$/, where);
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', where);
    assert.ok(headers['cross-origin-resource-policy'], where);
    assert.match(headers['permissions-policy'], /publickey-credentials-get=\(self\)/, where);
    assert.equal(headers.server ?? headers['x-powered-by'], undefined, where);
    assert.equal(headers['strict-transport-security'],
      origin === secure.origin ? 'max-age=31536000' : undefined, where);
    const isPublic = status === 200 && /^\/(assets|keys|\.well-known)/.test(path);
    if (!isPublic) assert.equal(headers['cache-control'], 'no-store', where);
  }
});

test('P-SESS-11 after the sign-out nothing of the session works, in no tab and by no cookie', async () => {
  const someone = await person();
  const kept = new Map(world.cookies(someone.visitor));
  const refresh = (await world.tokens(second, await world.again(second, someone.visitor))).refresh_token;
  const answer = await logout(someone.visitor, { id_token_hint: someone.tokens.id_token });
  assert.match(String(answer.headers['set-cookie']), /gh_session=;.*Max-Age=0/);
  const thief = world.visitor();
  for (const [name, value] of kept) world.cookies(thief).set(name, value);
  await assertSignedOut(thief);
  assertRefused(await world.refresh(second, refresh), 'invalid_grant');
  assertRefused(await world.refresh(web, someone.tokens.refresh_token), 'invalid_grant');
  assert.equal((await world.userinfo(someone.tokens.access_token)).status, 401);
});

test('P-SESS-12 idle and absolute ends are kept by the server, and a deactivated user has no session', async () => {
  for (const change of ["expires_at = now() - interval '1 s'",
    "idle_s = 60, last_active_at = now() - interval '61 s'"]) {
    const someone = await person();
    await world.sql(`UPDATE sessions SET ${change} WHERE user_id =
      (SELECT id FROM users WHERE email = '${someone.email}')`);
    await assertSignedOut(someone.visitor);
    assertRefused(await world.refresh(web, someone.tokens.refresh_token), 'invalid_grant');
    assert.equal((await world.userinfo(someone.tokens.access_token)).status, 401);
  }
  const someone = await person();
  await world.sql(`UPDATE users SET is_active = false WHERE email = '${someone.email}'`);
  const answer = await silently(someone.visitor);
  assert.doesNotMatch(answer.location ?? '', /[?&]code=/);
  assert.equal((await world.userinfo(someone.tokens.access_token)).status, 401);
});

test('P-SESS-13 the session stands in no address, page or row', async () => {
  const someone = await person();
  const session = world.cookies(someone.visitor).get('gh_session');
  assert.match(session, /^[\w-]{43}$/);
  const { location, text } = await silently(someone.visitor);
  assert.ok(!location.includes(session) && !text.includes(session));
  assert.ok(!someone.page.text.includes(session) && !someone.callback.href.includes(session));
  const rows = await world.value("SELECT string_agg(s::text, ' ') FROM sessions s");
  assert.ok(!rows.includes(session) && !rows.includes(Buffer.from(session, 'base64url').toString('hex')));
  const asQuery = await world.request(world.visitor(),
    `${await web.authorizeUrl({ prompt: 'none' })}&gh_session=${session}`);
  assertErrorRedirect(world, asQuery, web, 'login_required');
});

test('P-SESS-15 X-Forwarded-For of a stranger neither resets nor moves a limit', async () => {
  const open = await world.instance({ GATEHOUSE_TRUSTED_PROXIES: '' });
  const { visitor, flow, formToken, email } = await world.codePage(web);
  const ask = (origin, forwarded) => http(`${origin}/a/auth/login`, { method: 'POST',
    body: new URLSearchParams({ flow, form_token: formToken, email }), headers: { origin: world.issuer,
      cookie: world.cookieHeader(visitor), 'X-Forwarded-For': forwarded, 'X-Real-IP': forwarded,
      Forwarded: `for=${forwarded}`,
      'CF-Connecting-IP': forwarded, 'True-Client-IP': forwarded, 'X-Client-IP': forwarded } });
  const statuses = [];
  for (let i = 1; i <= 5; i++) statuses.push((await ask(open.origin, `203.0.113.${i}`)).status);
  assert.deepEqual(statuses, [303, 303, 429, 429, 429]);
  // A proxy that is trusted appends the address it saw: what stands before is the client's own words.
  const own = visitor.headers['X-Forwarded-For'];
  const trusted = [];
  for (let i = 1; i <= 3; i++) trusted.push((await ask(`http://127.0.0.1:${world.port}`,
    `203.0.113.${i}, ${own}`)).status);
  assert.deepEqual(trusted, [303, 429, 429]);
});

test('a foreign Host or scheme of a stranger changes neither cookies nor redirects', async () => {
  const url = new URL(await web.authorizeUrl());
  for (const headers of [{ Host: 'evil.example' }, { 'X-Forwarded-Host': 'evil.example' },
    { 'X-Forwarded-Proto': 'https' }, { 'X-Forwarded-Port': '1' }]) {
    const answer = await world.request(null, `${url.pathname}${url.search}`, { headers });
    assert.doesNotMatch(`${answer.location} ${answer.headers['set-cookie']} ${answer.text}`, /evil|__Host-/);
    if (answer.status === 303) assert.match(answer.location, /^\/a\/auth\/login\?flow=/);
    else assertOwnPage(answer, answer.status);
  }
});
