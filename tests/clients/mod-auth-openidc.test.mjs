// Apache's mod_auth_openidc of Debian, in an apache2 of its own.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from '../browser/stack.mjs';
import { Visitor } from '../browser/visitor.mjs';
import { freePort, start, until } from '../browser/process.mjs';

const MODULES = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'auth_openidc'];
let stack, home, apache;

function configuration(folder, port, { id, secret }) {
  const load = MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`);
  return `${load.join('\n')}
ServerName localhost
ServerRoot ${folder}
DefaultRuntimeDir ${folder}
PidFile ${folder}/httpd.pid
ErrorLog ${folder}/error.log
DocumentRoot ${folder}/www
Listen 127.0.0.1:${port}
${process.getuid() === 0 ? 'User www-data\nGroup www-data' : ''}
OIDCProviderMetadataURL ${stack.issuer}/.well-known/openid-configuration
OIDCClientID ${id}
OIDCClientSecret ${secret}
OIDCProviderTokenEndpointAuth client_secret_basic
OIDCRedirectURI ${home}/callback
OIDCCryptoPassphrase only-for-this-test
OIDCPKCEMethod S256
OIDCScope "openid profile email offline_access"
OIDCPassClaimsAs both
<Location />
  AuthType openid-connect
  Require valid-user
  Header set X-Email "%{OIDC_CLAIM_email}e"
</Location>
`;
}

before(async () => {
  const port = await freePort();
  home = `http://localhost:${port}`;
  stack = await Stack.start({ homes: { web: home } });
  const folder = join(stack.folder, 'apache');
  mkdirSync(join(folder, 'www'), { recursive: true });
  writeFileSync(join(folder, 'www/index.html'), 'the protected page');
  chmodSync(folder, 0o755);
  const file = join(folder, 'httpd.conf');
  writeFileSync(file, configuration(folder, port, stack.applications.web));
  apache = start('/usr/sbin/apache2', ['-f', file, '-DFOREGROUND'], { log: join(folder, 'apache.log') });
  await until('apache2 is up', () => {
    if (!apache.isRunning()) throw new Error(apache.log());
    return fetch(home, { redirect: 'manual' }).then(() => true, () => false);
  });
});
after(async () => {
  await apache?.stop();
  await stack?.stop();
});

test('a protected page sends to the login and opens after it', async () => {
  const visitor = new Visitor();
  const email = stack.address();
  const arrived = await visitor.signIn(stack, `${home}/index.html`, email, `${home}/callback`);
  const page = await visitor.go(arrived);
  assert.equal(page.status, 200, page.text);
  assert.equal(page.url, `${home}/index.html`);
  assert.equal(page.text, 'the protected page');
  assert.equal(page.headers.get('x-email'), email);
  // Its own logout goes through our end_session_endpoint and comes back.
  const out = await visitor.go(`${home}/callback?logout=${encodeURIComponent(`${home}/`)}`, { until: `${home}/` });
  assert.ok(out.arrived, out.text);
  const again = await visitor.go(`${home}/index.html`);
  assert.equal(new URL(again.url).pathname, '/a/auth/login');
});
