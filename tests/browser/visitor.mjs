// A browser reduced to what a login needs: cookies by origin, redirects, forms. For tests that are
// about protocols or need hundreds of people at once; how pages behave is Chromium's to say.
import { once } from 'node:events';
import { request } from 'node:http';

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" };
const unescape = (text) => text.replace(/&(\w+|#\w+);/g, (whole, name) => ENTITIES[name] ?? whole);

function attributes(tag) {
  const found = {};
  for (const [, name, value] of tag.matchAll(/([\w-]+)="([^"]*)"/g)) found[name] = unescape(value);
  return found;
}

// The forms of a page: where each goes, and what is filled in already.
export function formsOf(page) {
  return [...page.text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, tag, inside]) => {
    const { action, method = 'get' } = attributes(tag);
    const fields = {};
    for (const [, input] of inside.matchAll(/<input\b([^>]*)>/g)) {
      const { name, value = '' } = attributes(input);
      if (name) fields[name] = value;
    }
    return { action: new URL(action ?? page.url, page.url), method, fields };
  });
}

// One request as a browser makes it on the way to a page. Not fetch: that says of itself that it is a
// script's request, and would be answered as one.
async function exchange(url, options, body) {
  const sent = request(url, options);
  sent.end(body);
  const [answer] = await once(sent, 'response');
  const chunks = await answer.toArray();
  return {
    status: answer.statusCode,
    headers: new Map(Object.entries(answer.headers)),
    setCookies: answer.headers['set-cookie'] ?? [],
    text: Buffer.concat(chunks).toString(),
  };
}

export class Visitor {
  // `address`: what a trusted proxy would say about where this person's requests come from.
  constructor({ address } = {}) {
    this.jars = new Map();
    this.headers = { Accept: 'text/html, */*', 'Sec-Fetch-Mode': 'navigate',
      ...(address && { 'X-Forwarded-For': address }) };
  }

  #jar(url) {
    const { hostname, port } = new URL(url);
    const key = `${hostname}:${port}`;
    if (!this.jars.has(key)) this.jars.set(key, new Map());
    return this.jars.get(key);
  }

  async #request(url, { method = 'GET', body, headers } = {}) {
    const jar = this.#jar(url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await exchange(url, {
      method,
      headers: { ...this.headers, ...(cookie && { Cookie: cookie }), ...headers },
    }, body);
    for (const line of answer.setCookies) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      const isOver = /max-age=0|expires=thu, 01[ -]jan[ -]1970/i.test(line);
      if (isOver) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  // Goes there and follows redirects, but not to a URL that starts with `until`: that one it gives
  // back as { arrived }.
  async go(url, { until, ...options } = {}) {
    let answer = await this.#request(url, options);
    for (let hops = 0; hops < 20; hops++) {
      const location = answer.headers.get('location');
      if (!location || answer.status < 300 || answer.status > 399) {
        return { url: String(url), ...answer };
      }
      url = new URL(location, url);
      if (until && url.href.startsWith(until)) return { arrived: url };
      answer = await this.#request(url);
    }
    throw new Error(`too many redirects, the last to ${url}`);
  }

  // Fills in the form that goes to `action` and sends it.
  async submit(page, action, fields = {}, options = {}) {
    const form = formsOf(page).find((one) => one.action.pathname === action);
    if (!form) throw new Error(`no form for ${action} at ${page.url} (${page.status}):\n${page.text}`);
    const body = new URLSearchParams({ ...form.fields, ...fields }).toString();
    const headers = { Origin: new URL(page.url).origin, 'Content-Length': Buffer.byteLength(body),
      'Content-Type': 'application/x-www-form-urlencoded' };
    return this.go(form.action, { method: form.method.toUpperCase(), body, headers, ...options });
  }

  // From the first page to the code page.
  async askForCode(url, email) {
    const page = await this.go(url);
    return this.submit(page, '/a/auth/login', { email });
  }

  // A whole login by code; gives back the URL at `redirectUri` that the application would see.
  async signIn(stack, url, email, redirectUri) {
    const codePage = await this.askForCode(url, email);
    const { code } = await stack.mail.nth(email);
    const { arrived, text, status } = await this.submit(codePage, '/a/auth/code', { code },
      { until: redirectUri });
    if (!arrived) throw new Error(`not back at the application (${status}):\n${text}`);
    return arrived;
  }
}
