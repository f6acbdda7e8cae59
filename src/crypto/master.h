// The master key: the one secret that lives outside the database. Everything sealed at rest and
// every keyed hash derives from it (HKDF-SHA256, RFC 5869, one label a purpose). Immutable after
// loading, shared by all threads, wiped when freed.
#pragma once
#include "crypto/hash.h"

typedef struct master master_t;

// The file holds 32 random bytes as 43 or 44 characters of base64 or base64url, or as 64 hex
// digits, white space around allowed. BAD_REQUEST says what is wrong with it (absent, too short,
// readable by others). Owner frees.
MUST_USE result_t master_load(const char *path, master_t **out, err_t *err);
MUST_USE result_t master_from_bytes(bytes_t key32, master_t **out, err_t *err);
void master_free(master_t **master);

// HMAC-SHA256 under the key derived for `label`, over the parts, each preceded by its length, so
// that no two lists of parts collide. For codes, CSRF tokens, limit keys and client secrets.
MUST_USE result_t master_keyed_hash(const master_t *master, const char *label, bytes_list_t parts,
                                    hash256_t *out, err_t *err);

// AES-256-GCM under the key derived for `label`, 96 random bits of nonce in front, `context` as
// additional data, so that a sealed value opens only for the row that it was made for. At most 1
// MiB.
typedef struct {
    const master_t *master;
    const char *label;
    str_t context;
} seal_t;
MUST_USE result_t master_seal(arena_t *arena, const seal_t *seal, bytes_t plain, bytes_t *out,
                              err_t *err);
// REFUSED if it was not made by master_seal with the same key, label and context.
MUST_USE result_t master_open(arena_t *arena, const seal_t *seal, bytes_t sealed, bytes_t *out,
                              err_t *err);

// The same with a key that also needs `token`: nobody without the token can open it, not even with
// the database and the master key file. REFUSED if the token has not 16 to 128 octets.
typedef struct {
    const master_t *master;
    const char *label;
    str_t context;
    secret_t token;
} token_seal_t;
MUST_USE result_t token_seal(arena_t *arena, const token_seal_t *seal, bytes_t plain, bytes_t *out,
                             err_t *err);
MUST_USE result_t token_open(arena_t *arena, const token_seal_t *seal, bytes_t sealed, bytes_t *out,
                             err_t *err);
