// Somebody who issues tokens, honest or not: key pairs, JWKs and tokens with any header that a test
// asks for. Written against OpenSSL alone, so that an error of src/crypto is not mirrored here.
#pragma once
#include "base/arena.h"
#include <openssl/evp.h>

EVP_PKEY *issuer_rsa(unsigned bits);
EVP_PKEY *issuer_ec(const char *curve); // "P-256", "P-384"
EVP_PKEY *issuer_ed25519(void);

// {"kty":...} of the public key; `more` is put behind the key's members as it is: ",\"kid\":\"a\"".
str_t issuer_jwk(arena_t *arena, EVP_PKEY *key, const char *more);
// {"keys":[...]} of that one key.
str_t issuer_jwks(arena_t *arena, EVP_PKEY *key, const char *more);

// "-----BEGIN PUBLIC KEY-----" or the private key, NUL behind it.
str_t issuer_pem(arena_t *arena, EVP_PKEY *key, bool is_private);

// base64url(header) "." base64url(payload)
str_t issuer_input(arena_t *arena, str_t header, str_t payload);
// A token whose signature is that of `alg` with `key` whatever the header says.
str_t issuer_token(arena_t *arena, EVP_PKEY *key, const char *alg, str_t input);
// A PS256 token whose salt has another length than the digest's 32 octets.
str_t issuer_pss_token(arena_t *arena, EVP_PKEY *key, int salt_len, str_t input);
// The same by HMAC-SHA256.
str_t issuer_hmac_token(arena_t *arena, str_t secret, str_t input);
