// Gatehouse as the relying party of an OpenID provider: an organization at home, whose provider every
// test finds straight again and may bend.
import { after, before, beforeEach } from 'node:test';
import assert from 'node:assert/strict';
import { assertFailed, closeRealmWorld, depart, leavesNothing, openRealmWorld,
  visit } from './realm.mjs';

export let world, api, home, provider, joe;

// One for all tests of a file. `prepare` is what the file itself needs before its first test: Node.js
// would not let a second hook wait for this one.
export function useHome(prepare = () => {}) {
  before(async () => {
    world = await openRealmWorld();
    // An identity provider that cannot be reached is a 503 with a page of its own.
    world.tolerated = / status=503 .*code=provider_unreachable/;
    ({ api } = world);
    home = await api.realm();
    ({ provider } = home);
    joe = provider.person;
    await prepare();
  });
  after(() => closeRealmWorld(world));
  beforeEach(() => provider.straighten({ ...joe }));
}

export const enter = (options) => visit(world, provider, { email: joe.email, ...options });
export const gone = (options) => depart(world, provider, { email: joe.email, ...options });

// Each of these bends ends on an error page, with a line of the audit that says why, and nothing of
// it leaves anything. `each` looks at the provider after every one.
export async function refuses(bends,
  { detail = /\(invalid_id_token\)/, of = home, each = () => {} } = {}) {
  const audits = async () => Number(await world.value(`SELECT count(*) FROM audit_events
    WHERE event = 'login.sso' AND connection_id = '${of.connection.id}' AND decision = 'sso_failed'`));
  const before = await audits();
  await leavesNothing(world, async () => {
    for (const bend of bends) {
      of.provider.straighten();
      of.provider.bends = bend;
      const { end } = await visit(world, of.provider, { email: `joe@${of.domain}` });
      assertFailed({ end }, detail, end.text.includes('(provider_unreachable)') ? 503 : 400);
      each(bend);
    }
  });
  assert.equal(await audits(), before + bends.length, 'not every one is in the audit');
}

export const refusesTokens = (tokens, options) =>
  refuses(tokens.map((idToken) => ({ idToken })), options);
export const refusesClaims = (changes) =>
  refuses(changes.map((change) => ({ claims: (claims) => ({ ...claims, ...change }) })));

export const withoutEmail = ({ email, ...claims }) => claims;
