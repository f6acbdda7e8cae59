// Our own signing keys and the set of them that is in force. A key set is immutable once built and
// shared by all threads; the snapshot that holds it frees it.
#pragma once
#include "base/clock.h"
#include "crypto/master.h"

typedef enum { SIGNING_RS256, SIGNING_ES256 } signing_alg_t;
enum { SIGNING_ALG_COUNT = 2 };

const char *signing_alg_name(signing_alg_t alg); // "RS256", static
bool signing_alg_from_name(str_t name, signing_alg_t *out);

typedef struct signing_key signing_key_t;

// RS256: RSA 2048 with e = 65537; ES256: P-256. `kid` is snk_ and digits; BAD_REQUEST if it is
// empty, longer than 47 characters or not of the base64url alphabet. Owner frees.
MUST_USE result_t signing_key_generate(signing_alg_t alg, str_t kid, signing_key_t **out,
                                       err_t *err);
void signing_key_free(signing_key_t **key);

// PKCS#8 sealed under the master key with the kid as context: the only form in which a private key
// leaves this folder.
MUST_USE result_t signing_key_seal(arena_t *arena, const signing_key_t *key, const master_t *master,
                                   bytes_t *out, err_t *err);
// A sealed key as its row has it.
typedef struct {
    signing_alg_t alg;
    str_t kid;
    bytes_t sealed;
} signing_sealed_t;
// REFUSED if it was not sealed under this master key and kid, or is no key for `alg`. Owner frees.
MUST_USE result_t signing_key_open(arena_t *arena, const master_t *master,
                                   const signing_sealed_t *row, signing_key_t **out, err_t *err);

signing_alg_t signing_key_alg(const signing_key_t *key);
str_t signing_key_id(const signing_key_t *key); // as long as the key lives

// The JWS signature of `data`, in the arena; REFUSED if `signature` is not one of `data`. A key is
// immutable: any thread.
MUST_USE result_t signing_key_sign(arena_t *arena, const signing_key_t *key, bytes_t data,
                                   bytes_t *out, err_t *err);
MUST_USE result_t signing_key_verify(const signing_key_t *key, bytes_t data, bytes_t signature,
                                     err_t *err);

// The public half as a JWK (RFC 7517 4), text in the arena.
MUST_USE result_t signing_key_jwk(arena_t *arena, const signing_key_t *key, str_t *out, err_t *err);

// When a key may be used. All instances judge by these times: published from created_at on, signs
// from active_at to retired_at (0: no end yet), verifies until removed_at (0: no end yet).
typedef struct {
    signing_key_t *key;
    time_ms_t created_at;
    time_ms_t active_at;
    time_ms_t retired_at;
    time_ms_t removed_at;
} signing_entry_t;

typedef struct keyset keyset_t;

// Takes over the keys in `entries` (on success only). CONFLICT if two keys have one kid. Owner
// frees.
MUST_USE result_t keyset_new(const signing_entry_t *entries, size_t count, keyset_t **out,
                             err_t *err);
void keyset_free(keyset_t **keyset);

// The newest key of `alg` that signs at `now`; NULL if there is none.
const signing_key_t *keyset_signer(const keyset_t *keyset, signing_alg_t alg, time_ms_t now);

// The key of that kid unless it is removed at `now`; NULL if there is none.
const signing_key_t *keyset_find(const keyset_t *keyset, str_t kid, time_ms_t now);

// {"keys":[...]} with public members only, of all keys that are published at `now` (RFC 7517 5).
MUST_USE result_t keyset_jwks(arena_t *arena, const keyset_t *keyset, time_ms_t now, str_t *out,
                              err_t *err);
