// A transaction that a test begins and ends by itself: what it has locked or changed stays so exactly
// as long as the test needs it, however fast or slow everything else is.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../browser/process.mjs';

export class Hold {
  // Once the statements are through, and not committed.
  static async take(stack, statements) {
    const hold = new Hold();
    hold.stack = stack;
    hold.said = '';
    hold.psql = spawn('setpriv', ['--pdeathsig', 'KILL', `${stack.postgres.bin}/psql`, '-XAtq', '-v',
      'ON_ERROR_STOP=1', stack.postgres.url], { stdio: 'pipe' });
    hold.ended = once(hold.psql, 'close');
    for (const output of [hold.psql.stdout, hold.psql.stderr]) {
      output.on('data', (chunk) => { hold.said += chunk; });
    }
    hold.psql.stdin.on('error', () => {}); // it has ended, and has said why
    hold.psql.stdin.write(`BEGIN;\n${statements};\nSELECT 'held by ' || pg_backend_pid();\n`);
    [, hold.pid] = await until('the transaction holds', () => {
      if (hold.psql.exitCode !== null) throw new Error(hold.said);
      return /held by (\d+)/.exec(hold.said);
    });
    return hold;
  }

  // Whether somebody stands in line behind it.
  async isWaitedFor() {
    const [isIt] = await this.stack.sql(`SELECT EXISTS (SELECT FROM pg_stat_activity
      WHERE ${this.pid} = ANY (pg_blocking_pids(pid)))`);
    return isIt === 't';
  }

  async commit() {
    this.psql.stdin.end('COMMIT;\n');
    const [code] = await this.ended;
    if (code !== 0) throw new Error(`a held transaction was not committed:\n${this.said}`);
  }
}

// Gatehouse renews the documents of providers by itself, a few times a minute, and the first time soon
// after a connection was switched on. Whoever counts what a provider is asked, or bends what it
// answers, must be the only one who asks: until `commit` no errand gets its turn.
export const holdErrands = (stack) =>
  Hold.take(stack, "SELECT pg_advisory_lock(hashtextextended('gatehouse documents', 0))");
