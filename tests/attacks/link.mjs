// Organizations with providers of their own that have nothing to do with each other: `a` and `b`, and
// `shut`, whose people sign in by its provider alone.
import { after, before } from 'node:test';
import { closeRealmWorld, fresh, openRealmWorld, visit } from './realm.mjs';

export let world, api, web, a, b, shut;

// One for all tests of a file.
export function useRivals() {
  before(async () => {
    world = await openRealmWorld();
    // A provider that a hundred ask at once; and a state that no login makes, where the store says no.
    world.tolerated = / status=503 .*code=(temporarily_unavailable|conflict)\b/;
    ({ api } = world);
    ({ web } = world.apps);
    [a, b, shut] = [await api.realm(), await api.realm(), await api.realm()];
    await world.sql(`UPDATE organizations SET is_sso_exclusive = true
      WHERE id = '${shut.organization.id}'`);
  });
  after(() => closeRealmWorld(world));
}

export const forced = ({ connection }) => ({ extra: { connection_id: connection.id } });

// The provider of `realm` says that this is the person; the request names the connection.
export function assert_(realm, person, options = {}) {
  realm.provider.straighten({ sub: fresh('subject-'), email_verified: true, ...person });
  return visit(world, realm.provider, { ...forced(realm), ...options });
}

// The same by the social connection whose word counts, or by the one whose does not.
export async function comeBySocial(person, options) {
  const door = await api.door(options);
  door.provider.straighten({ sub: fresh('social-'), email_verified: true, ...person });
  return { ...await visit(world, door.provider, { button: door.connection.id }), door };
}

export const flowOf = ({ url }) => new URL(url).searchParams.get('flow');
