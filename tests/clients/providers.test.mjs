// Gatehouse as a client of identity providers that nobody here wrote: npm's oidc-provider, certified,
// as an organization's and as a social one, and Debian's LemonLDAP::NG. All is set up over the REST
// API, as an administrator would.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { holdErrands } from '../attacks/hold.mjs';
import { Stack } from '../browser/stack.mjs';
import { Visitor, formsOf } from '../browser/visitor.mjs';
import { IdentityProvider } from '../browser/provider.mjs';
import { Lemonldap } from '../providers/lemonldap.mjs';
import { Api } from '../rest/api.mjs';

const SECRET = 'a secret of theirs: +/%&=';

let stack, web, api, errands, provider, lemonldap;

before(async () => {
  stack = await Stack.start({ settings: { GATEHOUSE_ALLOW_HTTP: 'on',
    GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8,::1/128' } });
  ({ web } = stack.applications);
  api = await Api.of(stack);
  errands = await holdErrands(stack); // new keys are fetched by the login that needs them
  provider = await IdentityProvider.start({ keysOf: stack.issuer });
});
after(async () => {
  await lemonldap?.stop();
  provider?.stop();
  await errands?.commit();
  await stack?.stop();
});

// ---- as an administrator ------------------------------------------------------------------------

async function call(method, path, body) {
  const answer = await api.send(method, path, body);
  assert.ok(answer.status < 300, `${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function organization(domain = `${randomUUID().slice(0, 8)}.example`) {
  const { organization: made } = await call('POST', '/organizations', { display_name: 'Megacorp' });
  await call('PATCH', `/organizations/${made.id}/settings`, { features: [{ name: 'sso', enabled: true }] });
  await call('POST', `/organizations/${made.id}/domains`, { domain, domain_type: 'ORGANIZATION_DOMAIN' });
  return { id: made.id, domain, base: `/organizations/${made.id}/connections` };
}

// `known` is told where the provider sends people back to, before the connection is switched on.
async function connect(base, config, known, top = {}) {
  const { connection } = await call('POST', base, { provider: 'CUSTOM', type: 'OIDC' });
  const path = `${base}/${connection.id}`;
  await known(connection.oidc_config.redirect_uri);
  await call('PATCH', path, { ...top, oidc_config: config });
  await call('PATCH', `${path}:enable`);
  return connection.id;
}

async function connectNpm(base, { client = {}, config = {}, top } = {}) {
  const clientId = randomUUID();
  return connect(base, { issuer: provider.issuer, client_id: clientId, token_auth_type: 'PRIVATE_KEY_JWT', ...config },
    (redirectUri) => provider.register({ client_id: clientId, redirect_uris: [redirectUri], ...client }), top);
}

// ---- as a person --------------------------------------------------------------------------------

// From the application's request on: fills in whatever is asked, until the application is reached.
async function signIn(visitor, extra, answers) {
  let page = await visitor.go(await web.authorizeUrl(extra), { until: web.redirectUri });
  for (let steps = 0; !page.arrived; steps++) {
    const [form] = formsOf(page);
    assert.ok(form && steps < 6 && page.status < 400, `${page.status} ${page.url}: ${page.text}`);
    const fields = {};
    for (const name of Object.keys(answers)) {
      if (name in form.fields) fields[name] = await answers[name];
    }
    page = await visitor.submit(page, form.action.pathname, fields, { until: web.redirectUri });
    visitor.steps = steps + 1;
  }
  return web.finish(page.arrived);
}

const as = (login) => ({ login, password: 'anything' });

// The keys were fetched a moment ago, and Gatehouse asks a provider once a minute at most.
const letAMinutePass = (connection) => stack.sql(`UPDATE connection_documents
  SET tried_at = tried_at - interval '2 minutes' WHERE connection_id = '${connection}'`);

const keyIds = async (connection) => {
  const [body] = await stack.sql(`SELECT body FROM connection_documents
    WHERE connection_id = '${connection}' AND kind = 'jwks'`);
  return JSON.parse(body).keys.map(({ kid }) => kid);
};

// ---- npm's oidc-provider ------------------------------------------------------------------------

for (const [what, client, config] of [
  ['private_key_jwt', {}, {}],
  ['client_secret_basic', { token_endpoint_auth_method: 'client_secret_basic', client_secret: SECRET },
    { token_auth_type: 'BASIC_AUTH', client_secret: SECRET }],
  ['client_secret_post', { token_endpoint_auth_method: 'client_secret_post', client_secret: SECRET },
    { token_auth_type: 'URL_PARAMS', client_secret: SECRET }],
  ['form_post', {}, { response_mode: 'form_post' }],
  ['PS256', { id_token_signed_response_alg: 'PS256' }, { algs: ['PS256'] }],
  ['ES256', { id_token_signed_response_alg: 'ES256' }, { algs: ['ES256'] }],
]) {
  test(`oidc-provider as an organization's, with ${what}`, async () => {
    const megacorp = await organization();
    const connection = await connectNpm(megacorp.base, { client, config });
    const joe = `joe@${megacorp.domain}`;
    const { claims } = await signIn(new Visitor(), { login_hint: joe }, as(joe));
    assert.equal(claims.email, joe);
    assert.equal(claims.oid, megacorp.id);
    assert.deepEqual(claims.amr, [connection]);
  });
}

test('oidc-provider as an organization\'s, which signs with another algorithm than was agreed', async () => {
  const megacorp = await organization();
  const connection = await connectNpm(megacorp.base, { client: { id_token_signed_response_alg: 'ES256' } });
  await assert.rejects(signIn(new Visitor(), { connection_id: connection }, as(`joe@${megacorp.domain}`)),
    /invalid_id_token/);
  assert.deepEqual(await stack.sql(`SELECT 1 FROM identities WHERE connection_id = '${connection}'`), []);
});

test('oidc-provider as a social one, whose word about addresses counts', async () => {
  const connection = await connectNpm('/connections', { top: { email_trust: true } });
  const email = stack.address('ann');
  provider.people.ann = { email, email_verified: true, name: 'Ann Example' };
  const { claims } = await signIn(new Visitor(), { provider: 'custom' }, as('ann'));
  assert.equal(claims.email, email);
  assert.equal(claims.name, 'Ann Example');
  assert.deepEqual(claims.amr, [connection]);
  const { user } = await call('GET', `/users/${claims.sub}`);
  assert.deepEqual(user.user_profile.external_identities.map(({ connection_id }) => connection_id), [connection]);
  await call('DELETE', `/connections/${connection}`);
});

test('p_rp_09: oidc-provider with new keys, the next login fetches them', async () => {
  const megacorp = await organization();
  const connection = await connectNpm(megacorp.base);
  const joe = `joe@${megacorp.domain}`;
  const { claims } = await signIn(new Visitor(), { login_hint: joe }, as(joe));
  const before = await keyIds(connection);
  provider.rotate();
  await letAMinutePass(connection);
  const again = await signIn(new Visitor(), { login_hint: joe }, as(joe));
  assert.equal(again.claims.sub, claims.sub);
  assert.deepEqual((await keyIds(connection)).filter((kid) => before.includes(kid)), []);
});

test('oidc-provider remembers the person; prompt=login is passed on and asks there, too', async () => {
  const megacorp = await organization();
  const connection = await connectNpm(megacorp.base);
  const joe = `joe@${megacorp.domain}`;
  const visitor = new Visitor();
  const { claims, tokens } = await signIn(visitor, { login_hint: joe }, as(joe));
  const out = new URL('/oidc/logout', stack.issuer);
  out.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: web.signedOutUri });
  assert.ok((await visitor.go(out, { until: web.signedOutUri })).arrived);
  visitor.steps = 0;
  const again = await signIn(visitor, { connection_id: connection }, {});
  assert.equal(visitor.steps, 0, 'nothing was asked');
  assert.equal(again.claims.sub, claims.sub);
  const fresh = await signIn(visitor, { connection_id: connection, prompt: 'login' }, as(joe));
  assert.ok(visitor.steps > 0, 'the provider asked');
  assert.equal(fresh.claims.sub, claims.sub);
});

// ---- Debian's LemonLDAP::NG ---------------------------------------------------------------------

const DWHO = { user: 'dwho', password: 'dwho' };
const PLAIN = randomUUID(); // it takes a Basic header without the decoding of RFC 6749 2.3.1

async function connectLemonldap(owner, type) {
  const id = randomUUID();
  return connect(owner.base, { issuer: lemonldap.issuer, client_id: id, client_secret: PLAIN, token_auth_type: type },
    async (redirectUri) => {
      await lemonldap.stop();
      lemonldap.clients.push({ id, secret: PLAIN, redirectUri });
      await lemonldap.start();
    });
}

test('lemonldap-ng by basic and by post, its own person, a guest, and new keys', async () => {
  lemonldap = await new Lemonldap(join(stack.folder, 'lemonldap')).listen();
  const badwolf = await organization('badwolf.org');
  const basic = await connectLemonldap(badwolf, 'BASIC_AUTH');
  const visitor = new Visitor();
  const { claims } = await signIn(visitor, { login_hint: 'dwho@badwolf.org' }, DWHO);
  assert.equal(claims.email, 'dwho@badwolf.org');
  assert.equal(claims.oid, badwolf.id);
  assert.deepEqual(claims.amr, [basic]);

  const before = await keyIds(basic);
  lemonldap.rotate();
  const elsewhere = await organization();
  const post = await connectLemonldap(elsewhere, 'URL_PARAMS');
  await letAMinutePass(basic);
  const again = await signIn(new Visitor(), { connection_id: basic }, DWHO);
  assert.equal(again.claims.sub, claims.sub);
  assert.notDeepEqual(await keyIds(basic), before);

  // At another organization the same person is a guest, who proves the address once.
  const guest = { ...DWHO, get code() { return stack.mail.nth(claims.email).then(({ code }) => code); } };
  for (const amr of [['otp', post], [post]]) {
    const result = await signIn(new Visitor(), { connection_id: post }, guest);
    assert.equal(result.claims.sub, claims.sub);
    assert.equal(result.claims.oid, elsewhere.id);
    assert.deepEqual(result.claims.amr.toSorted(), amr.toSorted());
  }
});
