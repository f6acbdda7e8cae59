// A whole Gatehouse of its own for one test file: PostgreSQL, a mail sink, one or more instances of
// gatehouse, and applications of every type. Nothing is shared, no port is fixed, nothing is kept.
import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync,
  writeFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { Application } from './application.mjs';
import { run, start, until, freePort, START_MS } from './process.mjs';
import { newKeyPair } from './keys.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BINARY = process.env.GATEHOUSE_BINARY ?? join(ROOT, 'build/release/gatehouse');

// PostgreSQL refuses to run as root; then its own user runs it.
const IS_ROOT = process.getuid() === 0;
const AS_POSTGRES = IS_ROOT ? ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'] : [];

class Postgres {
  constructor(folder) {
    const version = readdirSync('/usr/lib/postgresql').sort((a, b) => a - b).at(-1);
    this.bin = `/usr/lib/postgresql/${version}/bin`;
    this.folder = folder;
    this.data = join(folder, 'data');
    this.url = `postgresql://postgres@/postgres?host=${folder}`;
  }

  async create() {
    mkdirSync(this.folder, { mode: 0o700 });
    if (IS_ROOT) chownSync(this.folder, Number(await run('id', ['-u', 'postgres'])), 0);
    await run('setpriv', [...AS_POSTGRES, '--pdeathsig', 'TERM', `${this.bin}/initdb`, '-D', this.data,
      '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync',
      '--no-instructions'], { cwd: '/' });
  }

  async start() {
    this.process = start(`${this.bin}/postgres`, ['-D', this.data, '-c', 'listen_addresses=',
      '-c', `unix_socket_directories=${this.folder}`, '-c', 'fsync=off'],
    { log: `${this.folder}.log`, stopSignal: 'SIGINT', rights: AS_POSTGRES });
    await until('PostgreSQL is up', () => {
      if (!this.process.isRunning()) throw new Error(this.process.log());
      return run(`${this.bin}/pg_isready`, ['-q', '-h', this.folder]).then(() => true, () => false);
    }, START_MS);
  }

  async stop() {
    await this.process?.stop();
  }

  // Rows of text, columns apart by '|'.
  async query(text) {
    const output = await run(`${this.bin}/psql`, ['-XAtq', '-v', 'ON_ERROR_STOP=1', this.url, '-c', text]);
    return output.split('\n').filter((line) => line !== '');
  }
}

class MailSink {
  constructor(log) {
    this.log = log;
  }

  // A second start takes the ports of the first, which nobody else gets while it is away.
  async start() {
    writeFileSync(this.log, '');
    this.ports ??= ['--smtp', await freePort(), '--http', await freePort()];
    this.process = start(join(ROOT, 'tools/mail-sink'), this.ports, { log: this.log });
    const [, smtp, http] = await until('the mail sink is up', () => {
      if (!this.process.isRunning()) throw new Error(this.process.log());
      return /smtp (\d+)\nhttp (\d+)\n/.exec(this.process.log());
    }, START_MS);
    this.smtpUrl = `smtp://127.0.0.1:${smtp}?starttls=off`;
    this.url = `http://127.0.0.1:${http}`;
  }

  async stop() {
    await this.process?.stop();
  }

  // Oldest first.
  async all(address) {
    const answer = await fetch(`${this.url}/messages?to=${encodeURIComponent(address)}`);
    return (await answer.json()).reverse();
  }

  // Waits for the nth mail to the address and reads code and link from its text.
  async nth(address, n = 1) {
    const mail = await until(`mail ${n} to ${address}`, async () => (await this.all(address))[n - 1]);
    const [, first, second] = /\b(\d{3})[ \u00a0]?(\d{3})\b/.exec(mail.text);
    const [link] = /https?:\/\/\S+\/a\/auth\/link\?token=[\w-]+/.exec(mail.text);
    return { ...mail, code: first + second, link };
  }
}

// Forwards bytes to whichever instance is in charge, so that several stand behind one issuer.
class Proxy {
  async start() {
    this.sockets = new Set();
    this.server = createServer((client) => {
      if (!this.upstreamPort) return client.destroy(); // gatehouse calls itself while it starts
      const upstream = connect(this.upstreamPort, '127.0.0.1');
      for (const [from, to] of [[client, upstream], [upstream, client]]) {
        this.sockets.add(from);
        from.on('close', () => this.sockets.delete(from));
        from.on('error', () => to.destroy());
        from.pipe(to);
      }
    }).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
  }

  // Open connections end, as they do when an instance goes away.
  switchTo(port) {
    this.upstreamPort = port;
    for (const socket of this.sockets) socket.destroy();
  }

  stop() {
    this.server?.close();
    for (const socket of this.sockets ?? []) socket.destroy();
  }
}

// The caller's environment, less what would count as a setting of gatehouse.
function environment(settings) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('GATEHOUSE_'));
  return { ...Object.fromEntries(own), ...settings };
}

class Instance {
  constructor(port, settings, log) {
    Object.assign(this, { port, settings, logFile: log });
  }

  async start() {
    const env = { ...environment(this.settings), GATEHOUSE_LISTEN: `127.0.0.1:${this.port}` };
    this.process = start(BINARY, ['serve'], { log: this.logFile, env });
    await until('gatehouse is ready', () => {
      if (!this.process.isRunning()) throw new Error(`gatehouse ended:\n${this.process.log()}`);
      return fetch(`http://127.0.0.1:${this.port}/health/ready`).then((answer) => answer.ok, () => false);
    }, START_MS);
  }

  // In good order: anything but a clean exit is a defect.
  async stop() {
    if (!this.process?.isRunning()) return;
    const { code, signal } = await this.process.stop();
    if (code !== 0) throw new Error(`gatehouse ended with ${signal ?? code}:\n${this.process.log()}`);
  }

  async kill() {
    await this.process.stop('SIGKILL');
  }
}

const APPLICATIONS = {
  web: { id: 'skc_20000000000000001', name: 'Acme Web', type: 'WEB_APP' },
  second: { id: 'skc_20000000000000002', name: 'Acme Reports', type: 'WEB_APP' },
  es256: { id: 'skc_20000000000000003', name: 'Acme ES256', type: 'WEB_APP', token_alg: 'ES256' },
  spa: { id: 'skc_20000000000000004', name: 'Acme Browser', type: 'SPA' },
  native: { id: 'skc_20000000000000005', name: 'Acme Desktop', type: 'NTV' },
  loose: { id: 'skc_20000000000000006', name: 'Acme Classic', type: 'WEB_APP', enforce_pkce: false },
  keyed: { id: 'skc_20000000000000007', name: 'Acme Keyed', type: 'WEB_APP' },
  machine: { id: 'skc_20000000000000008', name: 'Acme Worker', type: 'M2M', api_access: true,
    scopes: ['reports:read', 'reports:write'] },
};
const PUBLIC_TYPES = ['SPA', 'NTV'];

export class Stack {
  // `settings`: further GATEHOUSE_* variables. `instances`: how many gatehouse processes.
  // `homes`: further addresses at which an application lives, by its key: { web: 'http://...' }.
  static async start({ settings = {}, instances = 1, homes = {} } = {}) {
    const stack = new Stack();
    try {
      await stack.#start(settings, instances, homes);
    } catch (error) {
      await stack.stop().catch(() => {});
      throw error;
    }
    return stack;
  }

  async #start(settings, instances, homes) {
    this.folder = mkdtempSync('/tmp/gatehouse-test.');
    chmodSync(this.folder, 0o711);
    this.postgres = new Postgres(join(this.folder, 'pg'));
    this.mail = new MailSink(join(this.folder, 'mail-sink.log'));
    this.proxy = new Proxy();
    await Promise.all([
      this.postgres.create().then(() => this.postgres.start()),
      this.mail.start(),
      this.proxy.start(),
    ]);
    this.issuer = `http://localhost:${this.proxy.port}`;
    await this.#makeApplications(homes);
    this.settings = this.#settingsWith(settings);
    await this.command('migrate');
    await this.command('apply', this.applyFile);
    this.instances = [];
    for (let i = 0; i < instances; i++) {
      const log = join(this.folder, `gatehouse-${i}.log`);
      this.instances.push(new Instance(await freePort(), this.settings, log));
    }
    await Promise.all(this.instances.map((instance) => instance.start()));
    this.gatehouse = this.instances[0];
    this.proxy.switchTo(this.gatehouse.port);
  }

  #settingsWith(settings) {
    const keyFile = join(this.folder, 'master.key');
    writeFileSync(keyFile, randomBytes(32).toString('base64'), { mode: 0o600 });
    return {
      GATEHOUSE_ISSUER: this.issuer,
      GATEHOUSE_DATABASE_URL: this.postgres.url,
      GATEHOUSE_MASTER_KEY_FILE: keyFile,
      GATEHOUSE_SMTP_URL: this.mail.smtpUrl,
      GATEHOUSE_MAIL_FROM: 'Gatehouse <login@gatehouse.example>',
      GATEHOUSE_ORGANIZATION_SIGNUP: 'off', // most logins here have no organization
      ...settings,
    };
  }

  async #makeApplications(homes) {
    this.applications = {};
    for (const [key, facts] of Object.entries(APPLICATIONS)) {
      const application = new Application(this.issuer, facts);
      if (!PUBLIC_TYPES.includes(facts.type) && key !== 'keyed') {
        application.secret = randomBytes(24).toString('hex');
      }
      if (key === 'keyed') {
        const { privateKey, publicKey } = newKeyPair('ec', { namedCurve: 'P-256' });
        application.privateKey = privateKey;
        application.jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'own-1', alg: 'ES256', use: 'sig' };
      }
      await application.listen();
      this.applications[key] = application;
    }
    this.declaration = { applications: Object.entries(this.applications).map(([key, application]) =>
      application.declaration(homes[key])) };
    this.applyFile = join(this.folder, 'apply.json');
    writeFileSync(this.applyFile, JSON.stringify(this.declaration, null, 2), { mode: 0o600 });
  }

  // Runs `gatehouse <command>` with the settings of this stack.
  command(...args) {
    return run(BINARY, args, { env: environment(this.settings) });
  }

  sql(text) {
    return this.postgres.query(text);
  }

  address(name = 'person') {
    return `${name}-${randomUUID().slice(0, 8)}@example.org`;
  }

  serverLog() {
    return this.instances.map((instance) => readFileSync(instance.logFile, 'utf8')).join('');
  }

  async stop() {
    const endings = await Promise.allSettled([
      ...(this.instances ?? []).map((instance) => instance.stop()),
      ...Object.values(this.applications ?? {}).map((application) => application.stop()),
    ]);
    this.proxy?.stop();
    await this.mail?.stop();
    await this.postgres?.stop();
    if (this.folder && !process.env.GATEHOUSE_KEEP) rmSync(this.folder, { recursive: true, force: true });
    const failed = endings.find(({ status }) => status === 'rejected');
    if (failed) throw failed.reason;
  }
}
