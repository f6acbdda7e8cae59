// What the world does to a server while it is being used: P-MEM-04 and 06 to 08 of the catalogue. The
// log is as talkative as it can be, so that the world's end shows what it must not hold.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Hold } from './hold.mjs';
import { World, assertRefused, credentials } from './world.mjs';
import { claimsOf, partsOf } from './jwt.mjs';
import { http } from './wire.mjs';
import { until } from '../browser/process.mjs';

let world, web, machine, person;

before(async () => {
  world = await World.open({ GATEHOUSE_LOG_LEVEL: 'debug', GATEHOUSE_KEY_PUBLISH_BEFORE: '0' });
  ({ web, machine } = world.apps);
  person = await world.person(web);
  world.keep(world.cookies(person.visitor).get('gh_session'), web.secret, machine.secret);
});
after(() => world?.close());

// Gone, and not only told to go, when this is over.
const killBackends = () => world.sql(`SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`);

// Every thread has its connection again: after a loss each waits a little before its next try.
const recovered = () => until('the database is back for every thread', async () => {
  const answers = await Promise.all(Array.from({ length: 24 }, () => world.refresh(web, 'x')));
  return answers.every(({ status }) => status === 400);
});

// A thread that did not answer then may be in its pause still: who is told to come back later does so.
const persistently = (ask) => until('an answer', async () => {
  const answer = await ask();
  return answer.status !== 503 && answer;
});

const atOnce = (count, grant) => Promise.all(Array.from({ length: count }, () => world.redeem(web, grant)));

const grants = (count) => Promise.all(Array.from({ length: count }, () => world.again(web, person.visitor)));

function assertSpentOnce(answers) {
  const good = answers.filter(({ status }) => status === 200);
  assert.ok(good.length <= 1, `${good.length} redemptions of one code`);
  for (const answer of answers) assert.ok([200, 400, 503].includes(answer.status), `${answer.status} ${answer.text}`);
}

test('P-MEM-04 no core, no secret in what the process shows of itself', async () => {
  const of = (name) => readFileSync(`/proc/${world.pid}/${name}`, 'utf8');
  assert.match(of('limits'), /Max core file size\s+0\s+0/);
  const key = readFileSync(world.stack.settings.GATEHOUSE_MASTER_KEY_FILE, 'utf8').trim();
  world.keep(key);
  for (const name of ['environ', 'cmdline', 'status', 'comm', 'maps']) {
    for (const secret of [key, web.secret, person.tokens.access_token]) assert.ok(!of(name).includes(secret), name);
  }
  const check = await world.stack.command('check');
  assert.ok(!check.includes(key));
  for (const command of [['keys', 'list'], ['version']]) {
    assert.doesNotMatch(await world.stack.command(...command), /PRIVATE|"d"/);
  }
});

test('P-MEM-06 connections that are cut in the middle spend no code twice', async () => {
  world.tolerated = / status=503 /;
  const codes = await grants(12);
  const storm = (async () => {
    for (let i = 0; i < 8; i++) await killBackends();
  })();
  const answers = await Promise.all(codes.map((grant) => atOnce(3, grant)));
  await storm;
  answers.forEach(assertSpentOnce);
  await recovered();
  for (const [i, grant] of codes.entries()) {
    const was = answers[i].some(({ status }) => status === 200);
    const last = await persistently(() => world.redeem(web, grant));
    assert.ok([200, 400].includes(last.status), last.text);
    if (was) assertRefused(last, 'invalid_grant');
  }
});

test('P-MEM-06 a table that is locked makes requests wait, and nobody else', async () => {
  const codes = await grants(10);
  const lock = await Hold.take(world.stack, 'LOCK TABLE authorization_codes IN ACCESS EXCLUSIVE MODE');
  const waiting = Promise.all(codes.map((grant) => atOnce(4, grant)));
  try {
    await until('somebody waits', () => lock.isWaitedFor());
    for (let i = 0; i < 10; i++) {
      for (const path of ['/keys', '/health/live', '/.well-known/openid-configuration']) {
        assert.equal((await http(`${world.issuer}${path}`)).status, 200);
      }
    }
    assert.ok(await lock.isWaitedFor(), 'those who wait have held up the others');
  } finally {
    await lock.commit();
  }
  for (const answers of await waiting) {
    assertSpentOnce(answers);
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  }
});

test('P-MEM-06 a read-only standby refuses, and loses neither a code nor a revocation', async () => {
  const [code, other] = await grants(2);
  const tokens = await world.tokens(web, other);
  await world.sql('ALTER SYSTEM SET default_transaction_read_only = on');
  await world.sql('SELECT pg_reload_conf()');
  await killBackends();
  try {
    for (const answer of [
      await world.redeem(web, code),
      await world.refresh(web, tokens.refresh_token),
      await world.revoke(web, tokens.refresh_token),
      await http(await web.authorizeUrl()),
      await world.token({ grant_type: 'client_credentials', ...credentials(machine) }),
    ]) {
      assert.equal(answer.status, 503, answer.text);
    }
  } finally {
    await world.sql('ALTER SYSTEM RESET default_transaction_read_only');
    await world.sql('SELECT pg_reload_conf()');
    await killBackends();
  }
  await recovered();
  assert.equal((await persistently(() => world.redeem(web, code))).status, 200);
  const next = await persistently(() => world.refresh(web, tokens.refresh_token));
  assert.equal(next.status, 200, next.text);
});

test('P-MEM-06 a revocation that was answered holds, whatever happened to the connection', async () => {
  const families = await Promise.all((await grants(10)).map((grant) => world.tokens(web, grant)));
  const storm = (async () => {
    for (let i = 0; i < 6; i++) await killBackends();
  })();
  const answers = await Promise.all(families.map(({ refresh_token }) => world.revoke(web, refresh_token)));
  await storm;
  await recovered();
  for (const [i, { status }] of answers.entries()) {
    assert.ok([200, 503].includes(status), String(status));
    if (status !== 200) continue;
    assertRefused(await persistently(() => world.refresh(web, families[i].refresh_token)), 'invalid_grant');
  }
});

test('P-MEM-07 time zones of two instances play no part, neither for codes nor for tokens', async () => {
  const east = await world.instance({ TZ: 'Pacific/Kiritimati' });
  const west = await world.instance({ TZ: 'America/Los_Angeles' });
  try {
    world.turnTo(east.port);
    const begun = await world.codePage(web);
    world.turnTo(west.port);
    const done = await world.verify(begun, begun.mail.code);
    const grant = world.grantOf(web, new URL(done.location));
    world.turnTo(east.port);
    const tokens = await world.tokens(web, grant);
    const { iat, exp } = claimsOf(tokens.access_token);
    assert.ok(Math.abs(iat - Date.now() / 1000) < 30 && exp - iat === tokens.expires_in);
    world.turnTo(west.port);
    assert.equal((await world.userinfo(tokens.access_token)).status, 200);
    assert.equal((await world.refresh(web, tokens.refresh_token)).status, 200);
    const left = await world.value(`SELECT extract(epoch FROM expires_at - now())::int FROM challenges
      WHERE flow_id = '${begun.flow}'`);
    assert.ok(Number(left) > 200 && Number(left) <= 300, left);
  } finally {
    world.turnTo(world.port);
  }
});

const keySet = async () => JSON.parse((await http(`${world.issuer}/keys`)).text).keys;

// As an application verifies it: by the key set of the moment.
async function assertVerifies(token) {
  const [{ kid }] = partsOf(token);
  const jwk = (await keySet()).find((key) => key.kid === kid);
  assert.ok(jwk, `${kid} is not published`);
  const [header, payload, signature] = token.split('.');
  assert.ok(verify('sha256', Buffer.from(`${header}.${payload}`), createPublicKey({ key: jwk, format: 'jwk' }),
    Buffer.from(signature, 'base64url')));
}

test('P-MEM-08 P-OP-28 a rotation in the middle of logins breaks none, and no token of before', async () => {
  const old = await world.tokens(web, await world.again(web, person.visitor));
  const [{ kid }] = partsOf(old.access_token);
  const logins = Array.from({ length: 15 }, async (_, i) => {
    if (i % 5 === 0) await world.stack.command('keys', 'rotate');
    const tokens = await world.tokens(web, await world.again(web, person.visitor));
    await assertVerifies(tokens.id_token);
    assert.equal((await world.userinfo(tokens.access_token)).status, 200);
    return tokens;
  });
  await Promise.all(logins);
  await until('another key signs', async () => {
    const { json } = await world.token({ grant_type: 'client_credentials', ...credentials(machine) });
    return partsOf(json.access_token)[0].kid !== kid;
  });
  for (const token of [old.access_token, old.id_token]) await assertVerifies(token);
  assert.equal((await world.userinfo(old.access_token)).status, 200);
  assert.ok((await keySet()).every((key) => !('d' in key || 'p' in key || 'q' in key || 'k' in key)));
});

test('P-MEM-08 a restart ends neither sessions nor tokens nor a login that is under way', async () => {
  const begun = await world.codePage(web);
  const tokens = await world.tokens(web, await world.again(web, person.visitor));
  await world.stack.gatehouse.stop();
  await world.stack.gatehouse.start();
  world.pid = world.stack.gatehouse.process.pid;
  assert.equal((await world.userinfo(tokens.access_token)).status, 200);
  assert.equal((await world.refresh(web, tokens.refresh_token)).status, 200);
  await world.again(web, person.visitor, { prompt: 'none' });
  const done = await world.verify(begun, begun.mail.code);
  assert.equal((await world.redeem(web, world.grantOf(web, new URL(done.location)))).status, 200);
});
