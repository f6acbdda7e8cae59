// Public keys of others in memory: what jwk.c builds and jwt.c verifies with. Internal to crypto/.
#pragma once
#include "crypto/jwt.h"
#include "crypto/signature.h"

enum {
    JWKS_KEYS_MAX = 50,
    JWKS_LEN_MAX = 256 * 1024, // fifty keys with certificate chains, amply
};

typedef struct {
    EVP_PKEY *key;
    const signature_alg_t *alg; // NULL: any that fits the key (RFC 7517 4.4)
    char *kid;                  // NULL: none
} jwk_t;

struct jwks {
    size_t count;
    jwk_t keys[JWKS_KEYS_MAX];
};
