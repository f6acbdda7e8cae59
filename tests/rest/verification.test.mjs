// Domains that DNS decides about and providers' documents, as running instances look after them: against
// a name server and a web server of the test's own.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { Stack } from '../browser/stack.mjs';
import { until } from '../browser/process.mjs';
import { Api } from './api.mjs';
import { DomainResponse, OrganizationResponse, VerifyResponse } from './schema.mjs';
import { newKeyPair } from '../browser/keys.mjs';

// Says for each name what `texts` has for it (RFC 1035 4.1); nothing at all for a name in `silent`.
// `asked` has a name once for each question about it: who waits sends the same one again, with its id.
class NameServer {
  async start() {
    this.texts = new Map();
    this.silent = new Set();
    this.asked = [];
    this.questions = new Set();
    this.socket = createSocket('udp4').on('message', (query, from) => {
      const [name, end] = NameServer.question(query);
      const question = `${query.readUInt16BE(0)} ${name}`;
      if (!this.questions.has(question)) this.asked.push(name);
      this.questions.add(question);
      if (!this.silent.has(name)) this.socket.send(this.answer(query, name, end), from.port, from.address);
    });
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    this.port = this.socket.address().port;
  }

  static question(query) {
    const labels = [];
    let at = 12;
    for (; query[at]; at += query[at] + 1) labels.push(query.toString('latin1', at + 1, at + 1 + query[at]));
    return [labels.join('.').toLowerCase(), at + 5];
  }

  answer(query, name, end) {
    const text = this.texts.get(name);
    const code = text === undefined ? 3 : 0;
    const record = text === undefined ? [] : [0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 0, text.length + 1,
      text.length, ...Buffer.from(text)];
    return Buffer.from([query[0], query[1], 0x81, 0x80 | code, 0, 1, 0, code ? 0 : 1, 0, 0, 0, 0,
      ...query.subarray(12, end), ...record]);
  }

  stop() {
    this.socket.close();
  }
}

// A domain is due as soon as it is made. Instances look around when they like, so that one could ask
// before the test has told the name server what to say: here each is due a year later than the
// server would have it, until it is released.
const PUT_OFF = `create function put_off() returns trigger language plpgsql as $$
  begin new.verify_due_at := new.verify_due_at + interval '1 year'; return new; end $$;
  create trigger put_off before insert on organization_domains
  for each row execute function put_off()`;
const release = (owner) => stack.sql(`update organization_domains
  set verify_due_at = verify_due_at - interval '1 year' where organization_id = '${owner}'`);

const names = new NameServer();
let provider;
let stack;
let api;
before(async () => {
  await names.start();
  const { publicKey } = newKeyPair('ec', { namedCurve: 'P-256' });
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' };
  provider = { asked: [], server: createServer((request, response) => {
    provider.asked.push(request.url);
    response.setHeader('content-type', 'application/json');
    response.setHeader('cache-control', 'max-age=600');
    response.statusCode = provider.failure ?? 200;
    const { issuer } = provider;
    response.end(JSON.stringify(request.url === '/keys' ? { keys: [key] } : { issuer,
      authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`, response_types_supported: ['code'], subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'] }));
  }).listen(0, '127.0.0.1') };
  await once(provider.server, 'listening');
  provider.issuer = `http://127.0.0.1:${provider.server.address().port}`;
  stack = await Stack.start({ instances: 2, settings: {
    GATEHOUSE_DNS_SERVERS: `127.0.0.1:${names.port}`,
    GATEHOUSE_ALLOW_HTTP: 'on',
    GATEHOUSE_OUTBOUND_ALLOW: '127.0.0.0/8',
  } });
  await stack.sql(PUT_OFF);
  api = await Api.of(stack);
});
after(async () => {
  await stack?.stop();
  provider?.server.close();
  names.stop();
});

const organization = async () => (await api.call(OrganizationResponse, 'POST', '/organizations',
  { display_name: 'Owner' }, 201)).organization.id;

// A domain to be proven by DNS, asked about by schedule once it is released and till then by hand.
async function claim(owner) {
  const { domain } = await api.call(DomainResponse, 'POST', `/organizations/${owner}/domains`,
    { domain: `d${randomUUID().slice(0, 8)}.example`, verification_method: 'DNS' });
  assert.deepEqual([domain.verification_status, domain.verification_method, domain.txt_record_key],
    ['PENDING', 'DNS', '@']);
  assert.match(domain.txt_record_secret, new RegExp(`^gatehouse-verify-${domain.id}=[0-9a-f]{32}$`));
  return { id: domain.id, name: domain.domain, text: domain.txt_record_secret, owner };
}

const statusOf = async ({ id }) => (await stack.sql(`select status from organization_domains where id = '${id}'`))[0];
const verify = ({ owner, id }) => api.call(VerifyResponse, 'PATCH', `/organizations/${owner}/domains/${id}:verify`);
// `gatehouse check` ends with 1 as soon as anything is wrong.
const check = () => stack.command('check').catch(({ stdout }) => stdout);

test('verify asks DNS at once, and what it finds counts at once', async () => {
  const domain = await claim(await organization());
  assert.deepEqual(await verify(domain), { verified: false });
  names.texts.set(domain.name, `${domain.text}0`);
  assert.deepEqual(await verify(domain), { verified: false });
  names.texts.set(domain.name, domain.text);
  assert.deepEqual(await verify(domain), { verified: true });
  const asked = names.asked.length;
  assert.deepEqual(await verify(domain), { verified: true });
  assert.equal(names.asked.length, asked, 'it is known');
  assert.deepEqual(await stack.sql(`select decision from audit_events where event = 'api.domain.verify'
    and reason like 'domain ${domain.id} %' order by id`), ['pending', 'pending', 'verified']);
  await api.refused(404, 'PATCH', `/organizations/${await organization()}/domains/${domain.id}:verify`);
});

test('P-LINK-06 a second organization is not verified, whatever its DNS says', async () => {
  const first = await claim(await organization());
  names.texts.set(first.name, first.text);
  assert.deepEqual(await verify(first), { verified: true });
  const second = await claim(await organization());
  await stack.sql(`update organization_domains set domain = '${first.name}' where id = '${second.id}'`);
  names.texts.set(first.name, second.text);
  assert.deepEqual(await verify(second), { verified: false });
  assert.equal(await statusOf(first), 'verified');
});

test('what is due is asked about by one of the instances, without anybody', async () => {
  const owner = await organization();
  const domains = await Promise.all(Array.from({ length: 12 }, () => claim(owner)));
  for (const { name, text } of domains) names.texts.set(name, text);
  await release(owner);
  await until('all are verified', async () => (await stack.sql(`select count(*) from organization_domains
    where status = 'verified' and organization_id = '${owner}'`))[0] === '12', 90_000);
  for (const { name } of domains) assert.equal(names.asked.filter((asked) => asked === name).length, 1, name);
  assert.deepEqual(await stack.sql(`select distinct event || ' ' || decision from audit_events
    where organization_id = '${owner}' and event like 'domain%'`), ['domain.check verified']);
});

test('documents are there before anybody signs in, asked for once by all instances', async () => {
  const owner = await organization();
  await stack.sql(`insert into connections (id, organization_id, type, provider, name, is_enabled, status, issuer,
    client_id, token_auth, algs) values ('conn_1', '${owner}', 'oidc', 'CUSTOM', 'C', true, 'COMPLETED',
    '${provider.issuer}', 'client', 'private_key_jwt', 'ES256')`);
  await until('both documents', async () => (await stack.sql(`select kind from connection_documents
    where body <> '' and expires_at - fetched_at = '10 minutes' order by kind`)).join() === 'discovery,jwks', 90_000);
  assert.deepEqual(provider.asked, ['/.well-known/openid-configuration', '/keys']);
});

test('check tells of providers that fail and of domains that were lost', async () => {
  const before = await check();
  assert.match(before, /^ok {5}providers' documents$/m);
  assert.match(before, /^ok {5}domains$/m);
  provider.failure = 502;
  const domain = await claim(await organization());
  await stack.sql(`update organization_domains set status = 'verified', failures = 6, verify_due_at = now()
    where id = '${domain.id}'`);
  await stack.sql(`update connection_documents set tried_at = tried_at - interval '1 hour',
    fetched_at = fetched_at - interval '1 hour', expires_at = expires_at - interval '1 hour'`);
  await until('both were looked at', async () => await statusOf(domain) === 'failed'
    && (await stack.sql("select count(*) from connection_documents where error <> ''"))[0] === '2', 90_000);
  const told = await check();
  assert.match(told, /^WRONG {2}connection conn_1, discovery document: .*502.* \(the last good copy is in use\)$/m);
  assert.match(told, /^WRONG {2}connection conn_1, keys: .*502/m);
  assert.match(told, new RegExp(`^WRONG  domain ${domain.name}: `, 'm'));
});

test('an instance stops in good order while a name server keeps it waiting', async () => {
  const owner = await organization();
  const domains = await Promise.all(Array.from({ length: 30 }, () => claim(owner)));
  for (const { name } of domains) names.silent.add(name);
  await release(owner);
  await until('somebody waits', () => names.asked.some((name) => names.silent.has(name)), 90_000);
  await Promise.all(stack.instances.map((instance) => instance.stop()));
  assert.deepEqual(await stack.sql(`select distinct status from organization_domains
    where organization_id = '${owner}'`), ['pending']);
});
