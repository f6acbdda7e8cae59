// Browser sessions, by the hash of their cookie.
#pragma once
#include "store/store.h"

// Also reads the client that asks for a logout, if one is named.
typedef struct {
    bytes_t session_hash; // may be empty
    str_t client_id;      // may be empty
} store_logout_in_t;
typedef struct {
    flow_session_t session;
    flow_client_t client;
} store_logout_t;
MUST_USE result_t store_logout_read(store_t *store, const store_logout_in_t *in,
                                    store_logout_t *out, err_t *err);

// Ends a session with its grants, outstanding codes and refresh tokens. Idempotent.
MUST_USE result_t store_session_end(store_t *store, str_t session_id, const char *why,
                                    const store_audit_t *audit, err_t *err);
