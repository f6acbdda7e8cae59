// Child processes that never outlive the test run: the kernel ends them should this process die.
import { spawn, execFile } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const execute = promisify(execFile);

// Runs a command to its end and gives back its standard output.
export async function run(command, args, options = {}) {
  return (await execute(command, args, { maxBuffer: 16 << 20, ...options })).stdout;
}

// Starts a command with its output in `log`. `stopSignal` asks it to end in good order.
export function start(command, args, { log, env = process.env, stopSignal = 'SIGTERM', rights = [] }) {
  const file = openSync(log, 'a');
  const child = spawn('setpriv', ['--pdeathsig', stopSignal, ...rights, command, ...args], {
    env,
    stdio: ['ignore', file, file],
  });
  closeSync(file);
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return {
    pid: child.pid,
    ended,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    async stop(signal = stopSignal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      return ended;
    },
    log: () => readFileSync(log, 'utf8'),
  };
}

// Until `condition` gives something true, which it gives back; `what` says what did not come.
export async function until(what, condition, timeoutMs = 30_000) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`);
    await sleep(20);
  }
}

// A port that nobody listens on at the moment.
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
