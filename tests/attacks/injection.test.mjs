// Hostile text of every kind in every place that takes text: P-INJ-01 to 04 and 06, P-MEM-02 and 05
// of the catalogue, and more of their kind.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { World, credentials, field } from './world.mjs';
import { head, http, say } from './wire.mjs';

let world, web, machine, begun, person, json;

before(async () => {
  world = await World.open();
  ({ web, machine } = world.apps);
  json = await world.instance({ GATEHOUSE_LOG_FORMAT: 'json' });
  person = await world.person(web);
  begun = await world.codePage(web);
});
after(() => world?.close());

// Every place that takes a text: how it is asked with `text` in each of its fields in turn.
function places() {
  const { flow, formToken: form_token, mail: { token } } = begun;
  const form = (path, fields) => ({ path, fields, method: 'POST' });
  const query = (path, fields) => ({ path, fields, method: 'GET' });
  const authorize = { response_type: 'code', client_id: web.id, redirect_uri: web.redirectUri, scope: 'openid',
    state: 's',
    nonce: 'n', code_challenge: 'x'.repeat(43), code_challenge_method: 'S256', prompt: 'login', max_age: '1',
    login_hint: 'a',
    ui_locales: 'en', domain: 'a', domain_hint: 'a', organization_id: 'o', connection_id: 'c', provider: 'p',
    id_token_hint: 'h',
    response_mode: 'query', display: 'x', acr_values: 'x', request: 'x', request_uri: 'x', claims: 'x' };
  const known = (fields) => ({ ...credentials(web), ...fields });
  const logout = { id_token_hint: 'x', client_id: web.id, post_logout_redirect_uri: web.signedOutUri, state: 's',
    ui_locales: 'en', form_token: 'x' };
  return [
    query('/oauth/authorize', authorize), form('/oauth/authorize', authorize),
    query('/a/auth/login', { flow, ui_locales: 'en' }), query('/a/auth/signup', { flow }),
    query('/a/auth/code', { flow, sent: 'again', ui_locales: 'en' }), query('/a/auth/status', { flow }),
    query('/a/auth/link', { token, ui_locales: 'en' }), query('/oidc/logout', logout), form('/oidc/logout', logout),
    form('/a/auth/login', { flow, form_token, email: 'a@b.example', intent: 'sign_in' }),
    form('/a/auth/code', { flow, form_token, code: 'x' }), form('/a/auth/resend', { flow, form_token }),
    form('/a/auth/continue', { flow, form_token }), form('/a/auth/link', { token, form_token }),
    form('/a/auth/number', { token, number: 'x' }), form('/a/auth/restart', { flow: 'req_1' }),
    form('/oauth/token', known({ grant_type: 'authorization_code', code: 'c', redirect_uri: 'r',
    code_verifier: 'x'.repeat(43) })),
    form('/oauth/token', known({ grant_type: 'refresh_token', refresh_token: 'r', scope: 'openid' })),
    form('/oauth/token', { grant_type: 'client_credentials', ...credentials(machine), scope: 'reports:read' }),
    form('/oauth/token', { grant_type: 'client_credentials', client_id: machine.id, client_assertion: 'x',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }),
    form('/oauth/introspect', known({ token: 't', token_type_hint: 'access_token' })),
    form('/revoke', known({ token: 't', token_type_hint: 'refresh_token' })),
    query('/userinfo', { access_token: 'x' }), form('/userinfo', { access_token: 'x' }),
  ];
}

function send({ path, method }, fields) {
  const all = new URLSearchParams(fields);
  return method === 'GET' ? world.request(begun.visitor, `${path}?${all}`) : world.post(begun.visitor, path, all);
}

// Each text in each field, in both senses of `with`: alone, and at the end of what belongs there.
async function everywhere(texts, judge) {
  for (const place of places()) {
    for (const name of Object.keys(place.fields)) {
      const answers = await Promise.all(texts.map((text) => send(place, { ...place.fields, [name]: text })));
      answers.forEach((answer, i) => {
        assert.ok(answer.status < 500, `${answer.status}: ${place.method} ${place.path} ${name}=${texts[i]}`);
        judge?.(answer, texts[i], `${place.method} ${place.path} ${name}`);
      });
    }
  }
}

const headersToo = ['User-Agent', 'Accept-Language', 'Authorization', 'Cookie', 'Origin', 'Referer',
  'X-Forwarded-For',
  'Accept', 'Sec-Fetch-Site', 'Access-Control-Request-Method'];

const counts = () => world.value(`SELECT concat_ws(' ',
  (SELECT count(*) FROM applications), (SELECT count(*) FROM users),
  (SELECT count(*) FROM sessions), (SELECT count(*) FROM signing_keys), (SELECT count(*) FROM client_secrets))`);

test('P-INJ-01 SQL in any field or header is text', async () => {
  const before = await counts();
  const texts = ["'", "''; DROP TABLE users; --", "x' OR '1'='1", '"; DELETE FROM sessions; --',
    "1); SELECT pg_sleep(99)--",
    "'||(SELECT pg_sleep(99))||'", '$1', '\\', "\\'; --", '{"a":1}', '{a,b}', '%', "E'\\x00'", 'null'];
  // One that is run ends in a statement's time-out, and so in a 5xx.
  await everywhere(texts, (answer, text, where) => {
    assert.doesNotMatch(answer.text, /syntax error|PostgreSQL|SQLSTATE|relation "|ERROR:/, where);
  });
  for (const header of headersToo) {
    for (const text of texts) {
      const answer = await world.request(null, await web.authorizeUrl(), { headers: { [header]: text } });
      assert.ok(answer.status < 500, `${header}: ${text}`);
    }
  }
  assert.equal(await counts(), before);
});

test('P-INJ-02 P-INJ-06 markup in any field is shown as text or not at all', async () => {
  const texts = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onfocus='alert(1)",
    '</title><script>alert(1)',
    '{{7*7}}', '</script><!--', '\u2028alert(1)', 'javascript:alert(1)', '&lt;script&gt;',
    '</textarea><svg/onload=alert(1)>'];
  await everywhere(texts, ({ text, headers }, given, where) => {
    assert.doesNotMatch(text, /<script>|<img src=x|<svg\/|onfocus='|<\/title><script|<!--|href="javascript:/i, where);
    if (/html/.test(headers['content-type'])) {
      const scripts = [...text.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)];
      for (const [, tag, inside] of scripts) {
        assert.match(tag, /^ src="\/assets\/[^"]+" defer$/, where);
        assert.equal(inside, '', where);
      }
      assert.doesNotMatch(text.replace(/="[^"]*"/g, ''), /<[^>]* on\w+\b[^>]*>|<style/i, where);
    }
    assert.ok(!text.includes('<') || /html/.test(headers['content-type']),
      `${where}: markup as ${headers['content-type']}`);
  });
  const page = await world.post(begun.visitor, '/a/auth/login', { flow: begun.flow, form_token: begun.formToken,
    email: '"><script>alert(1)</script>@x' });
  assert.equal(page.status, 400);
  assert.ok(page.text.includes('&lt;script&gt;alert(1)'), 'what was typed is not kept');
});

test('P-INJ-02 an application cannot be declared with an address that runs or leads astray', async () => {
  const app = { id: 'skc_20000000000000051', name: 'X', type: 'SPA', redirect_uris: ['https://x.example/cb'] };
  const places = ['javascript:alert(1)', 'data:text/html,x', 'http://x.example/', '//x.example',
    'https://u@x.example/', 'x',
    'https://x.example/#f', 'https://x.example/\r\nX: y', 'https://x.example\\@evil.example/', 'https://*.example/'];
  const pictures = ['javascript:alert(1)', 'data:image/svg+xml,x', 'http://x.example/a.png',
    '//x.example/a.png', '/a.png', 'https://x.example/"onerror='];
  const changes = [
    ...places.flatMap((uri) => [{ redirect_uris: [uri] }, { post_logout_redirect_uris: [uri] },
      { initiate_login_uri: uri }]),
    ...pictures.map((uri) => ({ logo_url: uri }))];
  const { stderr } = await world.apply(...changes.map((change, i) =>
    ({ ...app, id: `skc_2000000000000006${i}`, ...change })))
    .then(() => assert.fail('all were taken'), (error) => error);
  changes.forEach((change, i) => assert.ok(stderr.includes(`applications[${i}].${Object.keys(change)[0]}`),
    JSON.stringify(change)));
  assert.equal(await world.value(`SELECT count(*) FROM applications WHERE id LIKE 'skc_2000000000000006%'`), '0');
});

const LINE = /^time=\S+Z level=(debug|info|warn|error) event=[\w-]+( \w+=("([^"\\]|\\.)*"|[^\s"\\]*))*$/;

test('P-INJ-03 nothing of a request breaks a line of the log, or a terminal', async () => {
  const octets = ['\x1b[31mhostile', '"quoted" \\', 'a=b level=error event=forged', '\xff\xfe\xc0\x80',
    '\xe2\x80\xae\xe2\x80\xa8', 'x'.repeat(9000),
    '\x85\x9b31m', '{"hostile":1}'];
  for (const port of [world.port, json.port]) {
    for (const text of octets) {
      for (const lines of [
        ['GET /keys HTTP/1.1', 'Host: a', `User-Agent: ${text}`],
        ['GET /keys HTTP/1.1', `Host: ${text}`],
        [`GET /${text} HTTP/1.1`, 'Host: a'],
        [`${text} / HTTP/1.1`, 'Host: a'],
        ['GET / HTTP/1.1', 'Host: a', `X-Forwarded-For: ${text}`],
        ['GET / HTTP/1.1', 'Host: a', `Referer: ${text}`],
        [`GET /oauth/authorize?client_id=${encodeURIComponent(text)} HTTP/1.1`, 'Host: a', `User-Agent: ${text}`],
        ['GET /userinfo HTTP/1.1', 'Host: a', `Authorization: Bearer ${text}`],
      ]) {
        const { answers } = await say(port, head(...lines), 1);
        assert.ok(answers.length === 1 && answers[0].status < 500, lines.join('\n'));
      }
    }
    for (const email of ['a\r\ntime=x level=error event=forged', '\u001b[2J@x.example', '\u202e@x.example',
      '"@x.example']) {
      const { flow, formToken: form_token, visitor } = begun;
      await http(`http://127.0.0.1:${port}/a/auth/login`, { method: 'POST',
        body: new URLSearchParams({ flow, form_token, email }),
        headers: { origin: world.issuer, cookie: world.cookieHeader(visitor) } });
    }
  }
  const [text, lines] = [world.stack.serverLog(), json.process.log()].map((log) => log.trimEnd().split('\n'));
  for (const line of text) assert.match(line, LINE);
  for (const line of lines) assert.equal(typeof JSON.parse(line), 'object', line);
  for (const line of [...text, ...lines]) {
    assert.ok(line.length < 4000 && !/forged|hostile/.test(line), line);
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u202e]/);
  }
  const rows = await world.sql(`SELECT a::text FROM audit_events a WHERE a::text ~ '[\\x01-\\x1f\\x7f]'`);
  assert.deepEqual(rows, []);
});

test('P-INJ-04 CR and LF in any parameter make no header', async () => {
  const texts = ['x\r\nSet-Cookie: evil=1', 'x\nLocation: https://evil.example/', 'x\rX-Evil: 1',
    '\r\n\r\n<html>', 'x\u010d\u010aX-Evil: 1',
    'x%0d%0aX-Evil: 1', 'x\u0085X-Evil: 1'];
  await everywhere(texts, ({ headers, location }, given, where) => {
    assert.equal(headers['x-evil'], undefined, where);
    assert.doesNotMatch(String(headers['set-cookie'] ?? ''), /evil/, where);
    if (location) assert.ok(/^\/(a|oauth|oidc)\//.test(location) || location.startsWith(web.url),
      `${where}: ${location}`);
  });
});

test('P-MEM-02 empty, tiny, longest and too long values in every field', async () => {
  const lengths = [0, 1, 2, 42, 43, 44, 63, 64, 65, 127, 128, 129, 254, 255, 256, 257, 320, 321, 511, 512, 513,
    2047, 2048, 2049];
  await everywhere(lengths.map((length) => 'a'.repeat(length)));
  await everywhere([' ', '@', '.', '=', '-', '_', 'req_', `req_${'9'.repeat(28)}`, `req_${'9'.repeat(29)}`,
    'a@', '@a', 'a@b', '..', '...', 'A.A.A',
    '000000', '٠٠٠٠٠٠', '😀', '\u0301', ' '.repeat(64)]);
  for (const header of headersToo) {
    for (const length of [0, 1, 42, 43, 44, 255, 256, 257, 4096, 8192]) {
      for (const char of ['a', '=', ' ', ',', ';', '.']) {
        const answer = await world.request(null, '/userinfo', { headers: { [header]: char.repeat(length) } });
        assert.ok(answer.status < 500, `${header} ${length} ${char}`);
      }
    }
  }
  for (const cookie of ['', '=', ';', '; ', 'gh_session', 'gh_session=', 'gh_browser=;', '=gh_session=',
    'gh_session=a; gh_browser', ';;;;', 'a;b=;=c']) {
    assert.ok((await world.request(null, await web.authorizeUrl({ prompt: 'none' }),
      { headers: { cookie } })).status < 500);
  }
});

// The processor's time that the server has used so far: waiting for a turn is not in it. Hundredths of
// a second, the 14th and 15th field of proc_pid_stat(5), counted from behind the name (it could hold blanks).
async function workedMs() {
  const fields = (await readFile(`/proc/${world.pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
}

// Work for one answer; a quadratic algorithm takes seconds for inputs of these sizes.
async function assertQuick(what, ask, statuses) {
  const began = await workedMs();
  const { status } = await ask();
  const took = await workedMs() - began;
  assert.ok(statuses.includes(status), `${what}: ${status}`);
  assert.ok(took < 3000, `${what}: ${took} ms`);
}

test('P-MEM-05 no input takes more than linear time', async () => {
  const { visitor, flow, formToken: form_token } = begun;
  // A server that will not read on may close before all is sent: that is a refusal as well.
  const orCut = (answer) => answer.catch(({ code }) =>
    ({ status: ['ECONNRESET', 'EPIPE'].includes(code) ? 413 : code }));
  const login = (email) => () => orCut(world.post(visitor, '/a/auth/login', { flow, form_token, email }));
  const token = (fields) => () => orCut(world.token(fields));
  const raw = (...lines) => () => say(world.port, head(...lines), 1).then(({ answers }) => answers[0]);
  await assertQuick('1 MB of a.a.a.', login('a.'.repeat(500_000)), [413]);
  for (const text of ['a.'.repeat(7000), '@'.repeat(4000), `a@${'a.'.repeat(7000)}`, `a@${'xn--'.repeat(3500)}`,
    'a\u0301'.repeat(1700), ' '.repeat(15_000),
    '"'.repeat(4000), `a@${'\u00df'.repeat(2000)}`]) await assertQuick(`email ${text.slice(0, 8)}`, login(text),
    [400, 413]);
  const assertion = { grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' };
  for (const text of ['='.repeat(9000), '.'.repeat(30_000), 'A'.repeat(30_000),
    `${Buffer.from('['.repeat(6000)).toString('base64url')}.e30.x`,
    `${Buffer.from(`{"a":${'{"a":'.repeat(1500)}`).toString('base64url')}.e30.x`]) {
    await assertQuick('assertion', token({ ...assertion, client_assertion: text }), [401, 413]);
    await assertQuick('refresh token', token({ grant_type: 'refresh_token', ...credentials(web),
      refresh_token: text }), [400, 413]);
  }
  await assertQuick('100 000 =', token({ grant_type: '='.repeat(100_000) }), [413]);
  await assertQuick('5 000 fields', () => orCut(world.post(visitor, '/a/auth/login',
    Array.from({ length: 5000 }, () => ['a', '']))), [400, 413]);
  await assertQuick('a query of ampersands', () => world.request(null, `/oauth/authorize?${'&'.repeat(8000)}`),
    [400]);
  await assertQuick('scopes', () => world.request(null, `/oauth/authorize?scope=${'a+'.repeat(3900)}`), [400]);
  await assertQuick('10 000 cookies', raw('GET /oauth/authorize HTTP/1.1', 'Host: a',
    `Cookie: ${'a=b; '.repeat(10_000)}`), [431]);
  await assertQuick('3 000 cookies', raw('GET /oauth/authorize HTTP/1.1', 'Host: a',
    `Cookie: ${'a=b; '.repeat(3000)}`), [400]);
  await assertQuick('languages', raw('GET /oauth/authorize HTTP/1.1', 'Host: a',
    `Accept-Language: ${'x;q=1,'.repeat(2500)}`), [400]);
  await assertQuick('forwarded', raw('GET /keys HTTP/1.1', 'Host: a',
    `X-Forwarded-For: ${'127.0.0.1,'.repeat(1500)}`), [200]);
  await assertQuick('agent', raw('GET /oauth/authorize HTTP/1.1', 'Host: a',
    `User-Agent: ${'Mozilla/('.repeat(1700)}`), [400]);
});

test('fields that no form of ours has change nothing', async () => {
  const own = await world.codePage(web);
  const admin = { is_active: 'true', user_id: 'usr_1', sub: 'usr_1', email: person.email,
    email_verified: 'true', role: 'admin', client_id: machine.id,
    redirect_uri: 'https://evil.example/', scope: 'openid admin', status: 'completed', is_admin: '1',
    organization_id: 'org_1', sid: 'x', amr: 'mfa' };
  const done = await world.post(own.visitor, '/a/auth/code',
    { ...admin, flow: own.flow, form_token: own.formToken, code: own.mail.code });
  const { claims } = await web.finish(new URL(done.location));
  assert.equal(claims.email, own.email);
  assert.deepEqual(claims.amr, ['otp']);
  const answer = await world.token({ ...admin, grant_type: 'client_credentials', ...credentials(machine),
    scope: 'reports:read' });
  const { json: tokens } = answer;
  assert.equal(JSON.parse(Buffer.from(tokens.access_token.split('.')[1], 'base64url')).sub, machine.id);
  assert.equal(field(own.page, 'email'), undefined);
});
