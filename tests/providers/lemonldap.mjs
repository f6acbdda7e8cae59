// LemonLDAP::NG as Debian packages it, an identity provider that nobody here wrote: its portal as one
// process of whoever runs the tests, with a configuration and sessions in a folder of its own, and
// the people of its demonstration: dwho@badwolf.org signs in as "dwho" with the password "dwho".
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, start, until } from '../browser/process.mjs';

const PORTAL = 'use Lemonldap::NG::Portal; Lemonldap::NG::Portal->run({})';
const FOLDERS = ['conf', 'sessions', 'locks', 'cache'];

export class Lemonldap {
  constructor(folder) {
    Object.assign(this, { folder, clients: [], key: randomBytes(16).toString('hex') });
  }

  async listen() {
    this.port = await freePort();
    this.issuer = `http://localhost:${this.port}/`;
    for (const name of FOLDERS) mkdirSync(join(this.folder, name), { recursive: true });
    this.rotate();
    return this;
  }

  // Signs with a new key from the next start on.
  rotate() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
    this.signing = { oidcServicePrivateKeySig: privateKey, oidcServicePublicKeySig: publicKey,
      oidcServiceKeyIdSig: randomBytes(6).toString('hex') };
  }

  // `clients`: { id, secret, redirectUri }.
  async start() {
    this.#configure();
    this.process = start('plackup', ['--host', '127.0.0.1', '--port', String(this.port),
      '--env', 'deployment', '-e', PORTAL], { log: join(this.folder, 'portal.log'),
      env: { ...process.env, LLNG_DEFAULTCONFFILE: join(this.folder, 'lemonldap-ng.ini') } });
    await until('LemonLDAP::NG is up', () => {
      if (!this.process.isRunning()) throw new Error(this.process.log());
      return fetch(`${this.issuer}.well-known/openid-configuration`).then((answer) => answer.ok, () => false);
    }, 120_000);
  }

  async stop() {
    await this.process?.stop();
  }

  // What it has kept of the last configuration would be good for a second still.
  #configure() {
    rmSync(join(this.folder, 'cache'), { recursive: true, force: true });
    mkdirSync(join(this.folder, 'cache'));
    writeFileSync(join(this.folder, 'conf/lmConf-1.json'), JSON.stringify(this.#configuration()),
      { mode: 0o600 });
    writeFileSync(join(this.folder, 'lemonldap-ng.ini'), `[all]
logLevel = warn
[configuration]
type = File
dirName = ${join(this.folder, 'conf')}
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'conf', 'default_expires_in' => 1, \\
  'cache_root' => '${join(this.folder, 'cache')}' }
[portal]
templateDir = /usr/share/lemonldap-ng/portal/templates
`);
  }

  #configuration() {
    const storage = { Directory: join(this.folder, 'sessions'), LockDirectory: join(this.folder, 'locks') };
    const perClient = (facts) => Object.fromEntries(this.clients.map((client) => [client.id, facts(client)]));
    return {
      cfgNum: 1, cfgDate: 1, cfgAuthor: 'tests', cfgVersion: '2.16.1', key: this.key,
      portal: this.issuer, domain: 'localhost', cookieName: 'lemonldap', securedCookie: 0,
      authentication: 'Demo', userDB: 'Same', passwordDB: 'Null', registerDB: 'Null', whatToTrace: 'uid',
      demoExportedVars: { cn: 'cn', mail: 'mail', uid: 'uid' }, locationRules: {}, exportedHeaders: {},
      globalStorage: 'Apache::Session::File', globalStorageOptions: storage,
      persistentStorage: 'Apache::Session::File', persistentStorageOptions: storage,
      // Always loaded and never asked here; the one that draws captchas needs more packages.
      captcha: '::Password::Null', captcha_mail_enabled: 0, captcha_register_enabled: 0,
      portalDisplayResetPassword: 0, portalDisplayRegister: 0,
      issuerDBOpenIDConnectActivation: 1, issuerDBOpenIDConnectRule: 1,
      oidcServiceAllowAuthorizationCodeFlow: 1, ...this.signing,
      oidcRPMetaDataExportedVars: perClient(() => ({ email: 'mail', name: 'cn' })),
      oidcRPMetaDataOptions: perClient(({ id, secret, redirectUri }) => ({
        oidcRPMetaDataOptionsClientID: id, oidcRPMetaDataOptionsClientSecret: secret,
        oidcRPMetaDataOptionsRedirectUris: redirectUri, oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsRequirePKCE: 1 })),
    };
  }
}
