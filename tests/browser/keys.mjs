// Key pairs. Node.js 20 may stand still for ever where a key that it has just made is exported as a JWK:
// it holds the key's lock meanwhile, and should memory be collected at that moment, it wants the same
// lock to free the job that made the key. A key that was read from a text has a lock of its own.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

// As generateKeyPairSync without encodings.
export function newKeyPair(type, options) {
  const { privateKey, publicKey } = generateKeyPairSync(type, {
    ...options,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey: createPrivateKey(privateKey), publicKey: createPublicKey(publicKey) };
}
