// JSON Web Tokens, good ones and such as no library would make.
import { createHmac, sign } from 'node:crypto';

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  .toString('base64url');

export const partsOf = (token) => token.split('.').slice(0, 2)
  .map((part) => JSON.parse(Buffer.from(part, 'base64url')));

export const claimsOf = (token) => partsOf(token)[1];

// Signed by whatever `signer` makes of the octets to be signed.
function make(header, claims, signer) {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${signer(signed)}`;
}

export const es256 = (header, claims, key) => make({ alg: 'ES256', ...header }, claims,
  (text) => sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'));

export const rs256 = (header, claims, key) => make({ alg: 'RS256', ...header }, claims,
  (text) => sign('sha256', Buffer.from(text), key).toString('base64url'));

export const hs256 = (header, claims, secret) => make({ alg: 'HS256', ...header }, claims,
  (text) => createHmac('sha256', secret).update(text).digest('base64url'));

export const unsigned = (header, claims) => make({ alg: 'none', ...header }, claims, () => '');

// The same token with another header or other claims, and its old signature.
export function tampered(token, { header = {}, claims = {} }) {
  const [oldHeader, oldClaims] = partsOf(token);
  return make({ ...oldHeader, ...header }, { ...oldClaims, ...claims }, () => token.split('.')[2]);
}
