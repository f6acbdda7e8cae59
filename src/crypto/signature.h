// Signatures by the names of JWA (RFC 7518 3.1, RFC 8037 3.1): the one table of algorithms, for
// signing.c, jwk.c and jwt.c. Tables are static; functions are pure but for OpenSSL's allocations.
#pragma once
#include "base/arena.h"
#include "crypto/openssl.h"

typedef struct {
    const char *name;
    const char *key_type; // as EVP_PKEY_is_a knows it
    const char *curve;    // OpenSSL's name of the group; NULL: not EC
    const char *digest;   // NULL: part of the algorithm (EdDSA)
    size_t half;          // octets of r and of s (RFC 7518 3.4); 0: not ECDSA
    bool is_pss;
} signature_alg_t;

// NULL if there is no such algorithm here; "none" and HMAC are not (RFC 8725 3.1, 3.2). Exact case.
const signature_alg_t *signature_alg_find(str_t name);

// Type and curve; the size of RSA keys is a matter of who made the key.
bool signature_alg_fits(const signature_alg_t *alg, const EVP_PKEY *key);

// A key and the algorithm that it is used with, which fits it. Not owned.
typedef struct {
    const signature_alg_t *alg;
    EVP_PKEY *key;
} signature_key_t;

// The signature as JWS has it, in the arena.
MUST_USE result_t signature_make(arena_t *arena, const signature_key_t *signer, bytes_t data,
                                 bytes_t *out, err_t *err);

// REFUSED if it is not the signature of `data`.
MUST_USE result_t signature_verify(const signature_key_t *verifier, bytes_t data, bytes_t signature,
                                   err_t *err);
