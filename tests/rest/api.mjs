// A client of the REST API, as an application's backend is one: a token by client_credentials, JSON in
// and out. It believes no answer: what is not as the contract says ends the test.
import assert from 'node:assert/strict';
import { ApiError, check } from './schema.mjs';

export async function machineToken(stack, application = stack.applications.machine) {
  const answer = await fetch(`${stack.issuer}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: application.id,
      client_secret: application.secret }),
  });
  assert.equal(answer.status, 200);
  return (await answer.json()).access_token;
}

export class Api {
  static async of(stack, application) {
    return new Api(stack, await machineToken(stack, application));
  }

  constructor(stack, token) {
    Object.assign(this, { stack, token });
  }

  // A request below /api/v1, whatever comes of it. `body` is JSON, or sent as it is if it is a text.
  async send(method, path, body, headers = {}) {
    const answer = await fetch(`${this.stack.issuer}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.equal(answer.headers.get('content-type'), 'application/json', text);
    return { status: answer.status, headers: answer.headers, body: JSON.parse(text) };
  }

  // One that works: its answer, as `rule` describes it.
  async call(rule, method, path, body, status = 200) {
    const answer = await this.send(method, path, body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return check(rule, answer.body);
  }

  // One that does not: the names of the fields that are wrong, if any.
  async refused(status, method, path, body, headers) {
    return refusal(await this.send(method, path, body, headers), status);
  }
}

const NUMBERS = { 400: [3, 9], 401: [16], 403: [7], 404: [5], 405: [12], 409: [6, 10], 413: [3],
  415: [3], 429: [8], 500: [13], 503: [14] };

export function refusal(answer, status) {
  assert.equal(answer.status, status, JSON.stringify(answer.body));
  check(ApiError, answer.body);
  assert.ok(NUMBERS[status].includes(answer.body.code), JSON.stringify(answer.body));
  const [info] = answer.body.details;
  return (info.validation_error_info?.field_violations ?? []).map(({ field }) => field);
}
