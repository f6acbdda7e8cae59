// JSON Web Tokens. One signer for what we issue and one verifier for whatever is shown to us; the
// rules of RFC 8725 are in the verifier and nowhere else: the algorithm is pinned by the caller, a
// key is always required, `kid` is an opaque string, jku/x5u/jwk/x5c/crit are refused, 8 kB at
// most.
#pragma once
#include "base/json.h"
#include "crypto/signing.h"

enum { JWT_LEN_MAX = 8192 };

// Compact serialization, header {"alg","kid","typ"}. Token in the arena.
typedef struct {
    const signing_key_t *key;
    const char *typ; // "JWT", "at+jwt" (RFC 9068 2.1), "logout+jwt"
} jwt_signer_t;
MUST_USE result_t jwt_sign(arena_t *arena, const jwt_signer_t *signer, const json_t *claims,
                           str_t *out, err_t *err);

// Verifies the signature of a token that this installation issued, with any key of the set that is
// not removed at `now`, and its typ. REFUSED otherwise; the caller checks the claims and owns *out.
typedef struct {
    const keyset_t *keyset;
    const char *typ;
    time_ms_t now;
} jwt_own_t;
MUST_USE result_t jwt_verify_own(arena_t *arena, str_t token, const jwt_own_t *rules, json_t **out,
                                 err_t *err);

// Public keys of somebody else: a client (private_key_jwt) or an identity provider. Parsed once,
// immutable, any thread, owner frees. Unknown key types and private or symmetric members are left
// out; RSA 2048 to 8192 bits, P-256, P-384, Ed25519 (P-SSRF-05). BAD_REQUEST if it is no JWKS,
// holds more than 50 keys or is longer than 256 kB; a set in which no key is left is a set of none.
typedef struct jwks jwks_t;
MUST_USE result_t jwks_parse(str_t json, jwks_t **out, err_t *err);
void jwks_free(jwks_t **jwks);
size_t jwks_count(const jwks_t *jwks);

// Verifies with a key of `jwks`: by kid if the token has one, else every key that fits the
// algorithm. `algs` is what is pinned for that issuer, space separated ("RS256 ES256"). NOT_FOUND
// if there is no key of that kid (the caller may refresh its copy), REFUSED otherwise. The caller
// checks the claims and owns *out.
typedef struct {
    const jwks_t *jwks;
    str_t algs;      // of RS256 RS384 RS512 PS256 ES256 ES384 EdDSA
    const char *typ; // what it must be ("logout+jwt"); NULL: "JWT" or absent (RFC 8725 3.11, 3.12)
} jwt_foreign_t;
MUST_USE result_t jwt_verify_foreign(arena_t *arena, str_t token, const jwt_foreign_t *rules,
                                     json_t **out, err_t *err);

// Time claims (RFC 7519 4.1.4-4.1.6): exp required; nbf and iat, if present, not in the future.
// Numbers from 0 to the year 9999; `leeway_s` forgives clocks. REFUSED says which and by how much.
MUST_USE result_t jwt_check_times(const json_t *claims, time_ms_t now, int64_t leeway_s,
                                  err_t *err);

// True if `aud` is the string `audience` or an array of strings that holds it (RFC 7519 4.1.3).
bool jwt_has_audience(const json_t *claims, str_t audience);

static inline void jwks_scope_free(jwks_t *jwks) {
    jwks_free(&jwks);
}
SCOPED_BY(jwks_t, jwks_scope_free)
