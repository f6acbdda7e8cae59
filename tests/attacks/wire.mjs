// HTTP as attackers speak it: octets on a socket, or node's own client with every header theirs.
import { connect } from 'node:net';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { once } from 'node:events';

const SILENCE_MS = 20_000;

// Octets as a text of one character each, which is how this file passes them around.
const OCTETS = 'latin1';

function headOf(text) {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const [first, ...lines] = text.slice(0, end).split('\r\n');
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first.split(' ')[1]), headers, length: end + 4 };
}

// The complete answers in what a server has sent.
export function answersIn(text) {
  const answers = [];
  for (let head = headOf(text); head; head = headOf(text)) {
    const isBodiless = head.status < 200 || head.status === 204 || head.status === 304;
    const length = isBodiless ? 0 : Number(head.headers['content-length'] ?? NaN);
    if (text.length < head.length + (length || 0)) break;
    const end = Number.isNaN(length) ? text.length : head.length + length;
    answers.push({ status: head.status, headers: head.headers, text: text.slice(head.length, end) });
    text = text.slice(end);
  }
  return answers;
}

// A connection that says exactly what it is told to say.
export class Wire {
  constructor(port) {
    this.text = '';
    this.isClosed = false;
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => { this.text += chunk.toString(OCTETS); });
    this.socket.on('error', () => {}); // a reset closes it as well
    this.closed = new Promise((resolve) => { this.socket.on('close', resolve); })
      .then(() => { this.isClosed = true; });
  }

  send(octets) {
    this.socket.write(octets, OCTETS);
    return this;
  }

  answers() {
    return answersIn(this.text);
  }

  // Until the server has closed or has given `count` answers, interim ones not counted.
  async settled(count = Infinity) {
    const deadline = Date.now() + SILENCE_MS;
    while (!this.isClosed && this.answers().filter(({ status }) => status >= 200).length < count) {
      if (Date.now() > deadline) throw new Error(`the server is silent after:\n${this.text}`);
      await Promise.race([this.closed, once(this.socket, 'data').catch(() => {}),
        new Promise((resolve) => { setTimeout(resolve, 50); })]);
    }
    return this.answers();
  }

  destroy() {
    this.socket.destroy();
  }
}

// Says `octets` on a connection of its own and gives back what came until `count` answers were
// there or the server closed. Without a count, closing is what is expected.
export async function say(port, octets, count) {
  const wire = new Wire(port).send(octets);
  try {
    return { answers: await wire.settled(count), isClosed: wire.isClosed, text: wire.text };
  } finally {
    wire.destroy();
  }
}

export const head = (...lines) => `${lines.join('\r\n')}\r\n\r\n`;

// One request with exactly these headers; follows nothing and keeps nothing. A fresh connection
// each, unless an agent is given.
export function http(url, { method = 'GET', headers = {}, body, agent = false, ...tls } = {}) {
  const target = new URL(url);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const isForm = body instanceof URLSearchParams;
  const octets = body === undefined ? undefined : Buffer.from(String(body));
  const all = {
    ...(isForm && { 'Content-Type': 'application/x-www-form-urlencoded' }),
    ...(octets && { 'Content-Length': octets.length }),
    ...headers,
  };
  return new Promise((resolve, reject) => {
    const request = send(target, { method, headers: all, agent, rejectUnauthorized: false, ...tls },
      (answer) => {
        const chunks = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ url: target.href, status: answer.statusCode,
          headers: answer.headers, location: answer.headers.location,
          text: Buffer.concat(chunks).toString() }));
      });
    request.on('error', (error) => {
      error.message += ` (${method} ${target.href.slice(0, 100)})`;
      reject(error);
    });
    request.end(octets);
  });
}
