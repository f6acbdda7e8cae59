// Sealed signing keys. Their times are the database's clock, judged alike by every instance.
#pragma once
#include "store/store.h"

typedef struct {
    str_t kid;
    str_t alg; // "RS256", "ES256"
    bytes_t sealed;
    time_ms_t created_at, active_at;
    time_ms_t retired_at, removed_at; // 0: no end yet
} store_key_t;
typedef struct {
    time_ms_t now;
    const store_key_t *items;
    size_t count;
} store_keys_t;

// All that are not removed yet.
MUST_USE result_t store_keys_read(store_t *store, store_keys_t *out, err_t *err);

// Adds a key that signs `publish_s` from now on and then retires the older ones of its algorithm
// (they verify for `verify_s` more). With `only_if_none`, CONFLICT if the algorithm has a key that
// is not retired (two instances at first start). Tells all instances (NOTIFY gatehouse_config).
typedef struct {
    str_t kid, alg;
    bytes_t sealed;
    int64_t publish_s, verify_s;
    bool only_if_none;
} store_key_new_t;
MUST_USE result_t store_key_add(store_t *store, const store_key_new_t *key,
                                const store_audit_t *audit, err_t *err);

// Origins of the public browser applications' redirect URIs, for CORS (hosted-login.md 1).
MUST_USE result_t store_origins_read(store_t *store, flow_list_t *out, err_t *err);
