// Digests, keyed hashes and comparing. Pure but for OpenSSL's allocations; any thread.
#pragma once
#include "base/arena.h"
#include "base/result.h"

typedef struct {
    uint8_t bytes[32];
} hash256_t;

static inline bytes_t hash256_bytes(const hash256_t *hash) {
    return (bytes_t){hash->bytes, sizeof(hash->bytes)};
}

MUST_USE result_t sha256(bytes_t data, hash256_t *out, err_t *err);

// SHA-256 of a token of 256 random bits: what the database keeps of it. Not for codes or passwords,
// which have too little entropy (master_keyed_hash is for those).
MUST_USE result_t hash_token(secret_t token, hash256_t *out, err_t *err);

// INTERNAL if the key is empty.
MUST_USE result_t hmac_sha256(bytes_t key, bytes_t data, hash256_t *out, err_t *err);

// Constant time in the content; the lengths are not secret.
bool secret_equal(bytes_t a, bytes_t b);

// base64url(SHA-256(ascii)) : PKCE S256 (RFC 7636 4.2).
MUST_USE result_t hash_pkce_s256(arena_t *arena, str_t verifier, str_t *out, err_t *err);

// base64url of the left half of SHA-256(ascii): at_hash and c_hash (OIDC Core 3.1.3.6, 3.3.2.11)
// for RS256, PS256 and ES256.
MUST_USE result_t hash_left_half(arena_t *arena, str_t ascii, str_t *out, err_t *err);
