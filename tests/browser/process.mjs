// Child processes that never outlive the test run: the kernel ends them should this process die.
import { spawn, execFile } from 'node:child_process';
import { openSync, closeSync, readFileSync } from 'node:fs';
import { setDefaultResultOrder } from 'node:dns';
import { createServer, setDefaultAutoSelectFamily } from 'node:net';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

const execute = promisify(execFile);

// Whatever a test starts as `localhost` listens on 127.0.0.1. Left to itself Node.js tries each of the
// name's addresses for 250 ms, and a busy machine is late for the right one.
setDefaultResultOrder('ipv4first');
setDefaultAutoSelectFamily(false);

// Below them the kernel gives no port to anybody who asks for any, as servers and all outgoing
// connections do: a port from here is still free when its user gets to it, and after a restart. (None
// of them is one that browsers refuse to go to.)
const OWN_PORTS = { first: 10_240, end: 32_768, ofProcess: 64 };
let portsGiven = 0;

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

// What starts may take its time on a busy machine: who starts it looks whether it still runs.
export const START_MS = 120_000;

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

// Whether this process has the port from now on. For as long as it lives it holds the port at an address
// where nobody looks for it: whoever it is meant for finds it free at 127.0.0.1, and no other test gets it.
async function holdPort(port) {
  const holder = createServer().listen(port, '127.0.0.99');
  holder.unref();
  return once(holder, 'listening').then(() => true, () => false);
}

// A port that nobody listens on, and that no other test is given meanwhile.
export async function freePort() {
  const { first, end, ofProcess } = OWN_PORTS;
  for (;;) {
    const port = first + (process.pid * ofProcess + portsGiven++) % (end - first);
    if (!await holdPort(port)) continue;
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(() => true, () => false);
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
