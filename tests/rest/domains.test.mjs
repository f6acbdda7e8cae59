// Email domains of organizations by the REST API, each answer against its schema.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { randomUUID } from 'node:crypto';
import { Stack } from '../browser/stack.mjs';
import { Api } from './api.mjs';
import { DomainResponse, DomainsResponse, Empty, OrganizationResponse, VerifyResponse } from './schema.mjs';

let stack;
let api;
before(async () => {
  // A name server that is not there: the one of this machine is nobody to rely on.
  stack = await Stack.start({ settings: { GATEHOUSE_DNS_SERVERS: '127.0.0.1:9' } });
  api = await Api.of(stack);
});
after(() => stack.stop());

const name = () => `d${randomUUID().slice(0, 8)}.example`;
const organization = async () => (await api.call(OrganizationResponse, 'POST', '/organizations',
  { display_name: 'Owner' }, 201)).organization.id;
const add = async (id, fields) =>
  (await api.call(DomainResponse, 'POST', `/organizations/${id}/domains`, fields)).domain;

test('an organization’s domain is verified at once by its administrator', async () => {
  const id = await organization();
  const domain = name();
  const made = await add(id, { domain, domain_type: 'ORGANIZATION_DOMAIN' });
  assert.equal(made.domain, domain);
  assert.equal(made.organization_id, id);
  assert.equal(made.verification_status, 'VERIFIED');
  assert.equal(made.verification_method, 'ADMIN');
  assert.deepEqual((await api.call(DomainResponse, 'GET', `/organizations/${id}/domains/${made.id}`)).domain, made);
  assert.deepEqual(await stack.sql(`select status, verified_at is not null from organization_domains
    where id = '${made.id}'`), ['verified|t']);
  assert.deepEqual(await stack.sql(`select event from audit_events where reason like '%${made.id}%'`),
    ['api.domain.create']);
});

test('without a type it is an organization’s domain', async () => {
  assert.equal((await add(await organization(), { domain: name() })).domain_type, 'ORGANIZATION_DOMAIN');
});

test('an allowed email domain needs no verification and may be several organizations’', async () => {
  const domain = name();
  for (const id of [await organization(), await organization()]) {
    const made = await add(id, { domain, domain_type: 'ALLOWED_EMAIL_DOMAIN' });
    assert.equal(made.verification_method, 'NOT_APPLICABLE');
    assert.equal(made.verification_status, 'AUTO_VERIFIED');
  }
});

test('spellings of one domain are one', async () => {
  const id = await organization();
  const made = await add(id, { domain: 'MÜLLER-GmbH.Example.' });
  assert.equal(made.domain, 'xn--mller-gmbh-9db.example');
  for (const domain of ['müller-gmbh.example', 'xn--mller-gmbh-9db.example', 'Mu\u0308ller-gmbh.example']) {
    await api.refused(409, 'POST', `/organizations/${id}/domains`, { domain });
    await api.refused(409, 'POST', `/organizations/${await organization()}/domains`, { domain });
  }
});

test('what nobody can own is refused for either type', async () => {
  const id = await organization();
  const unownable = ['gmail.com', 'GMAIL.com.', 'mail.yahoo.co.uk', 'co.uk', 'github.io', 'yopmail.com',
    'localhost', '127.0.0.1', '[::1]', 'a b.example', '-a.example', 'a_b.example', 'a..example', '@a.example',
    'user@a.example', 'https://a.example', 'аpple.co\u202em', '*.a.example', 'a.example/x', 'abc', 7, null, ''];
  for (const domain of unownable) {
    for (const domain_type of ['ORGANIZATION_DOMAIN', 'ALLOWED_EMAIL_DOMAIN']) {
      assert.deepEqual(await api.refused(400, 'POST', `/organizations/${id}/domains`, { domain, domain_type }),
        ['domain'], String(domain));
    }
  }
  assert.deepEqual(await api.refused(400, 'POST', `/organizations/${id}/domains`,
    { domain: name(), domain_type: 'ANY' }), ['domain_type']);
});

test('a verified domain belongs to one organization, also when many want it at once', async () => {
  const domain = name();
  const owners = await Promise.all(Array.from({ length: 6 }, organization));
  const answers = await Promise.all(owners.map((id) => api.send('POST', `/organizations/${id}/domains`, { domain })));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409, 409, 409]);
  const owner = owners[answers.findIndex(({ status }) => status === 200)];
  const { domain: { id } } = answers.find(({ status }) => status === 200).body;
  await api.refused(409, 'POST', `/organizations/${owner}/domains`, { domain });
  await api.call(Empty, 'DELETE', `/organizations/${owner}/domains/${id}`);
  const next = owners.find((one) => one !== owner);
  assert.equal((await add(next, { domain })).verification_status, 'VERIFIED');
});

test('P-REST-01 another organization’s domain is not there, whatever is done to it', async () => {
  const [own, other] = [await organization(), await organization()];
  const { id } = await add(own, { domain: name() });
  for (const [method, path] of [['GET', ''], ['PATCH', ''], ['PATCH', ':verify'], ['DELETE', '']]) {
    await api.refused(404, method, `/organizations/${other}/domains/${id}${path}`);
    await api.refused(404, method, `/organizations/org_1/domains/${id}${path}`);
  }
  await api.call(DomainResponse, 'GET', `/organizations/${own}/domains/${id}`);
  await api.refused(404, 'POST', '/organizations/org_1/domains', { domain: name() });
});

test('the list has page numbers and a filter by type', async () => {
  const id = await organization();
  for (let i = 0; i < 5; i++) await add(id, { domain: name() });
  for (let i = 0; i < 2; i++) await add(id, { domain: name(), domain_type: 'ALLOWED_EMAIL_DOMAIN' });
  const list = (query) => api.call(DomainsResponse, 'GET', `/organizations/${id}/domains${query}`);
  const all = await list('');
  assert.equal(all.domains.length, 7);
  assert.deepEqual([all.page_size, all.page_number], [7, 0]);
  const second = await list('?page_size=3&page_number=1&include=verification_details');
  assert.deepEqual(second.domains, all.domains.slice(3, 6));
  assert.equal((await list('?page_size=3&page_number=9')).domains.length, 0);
  assert.equal((await list('?domain_type=ALLOWED_EMAIL_DOMAIN')).domains.length, 2);
  for (const query of ['page_size=-1', 'page_size=101', 'page_number=-1', 'domain_type=x',
    'page_number=9223372036854775807']) {
    assert.deepEqual(await api.refused(400, 'GET', `/organizations/${id}/domains?${query}`),
      [query.split('=')[0]]);
  }
  await api.refused(404, 'GET', '/organizations/org_1/domains');
});

test('PATCH has nothing to change, deleting twice is 404', async () => {
  const owner = await organization();
  const made = await add(owner, { domain: name() });
  const path = `/organizations/${owner}/domains/${made.id}`;
  const same = await api.call(DomainResponse, 'PATCH', path, { domain: 'other.example', verification_status: 'FAILED' });
  assert.deepEqual(same.domain, made);
  await api.call(Empty, 'DELETE', path);
  await api.refused(404, 'DELETE', path);
});

test('verify says what is known and has DNS asked only where DNS decides', async () => {
  const owner = await organization();
  const made = await add(owner, { domain: name() });
  const verify = (id) => api.call(VerifyResponse, 'PATCH', `/organizations/${owner}/domains/${id}:verify`);
  assert.deepEqual(await verify(made.id), { verified: true });
  await stack.sql(`insert into organization_domains (id, organization_id, domain, type, method, txt_secret)
    values ('dom_99', '${owner}', '${name()}', 'ORGANIZATION_DOMAIN', 'DNS', 'abc')`);
  assert.deepEqual(await verify('dom_99'), { verified: false });
  assert.deepEqual(await stack.sql(`select id from organization_domains where verify_due_at is not null
    and organization_id = '${owner}'`), ['dom_99']);
  const { domain } = await api.call(DomainResponse, 'GET', `/organizations/${owner}/domains/dom_99`);
  assert.deepEqual([domain.verification_status, domain.txt_record_secret], ['PENDING', 'abc']);
});
