// Applications as an operator declares them (`gatehouse apply`).
#pragma once
#include "store/store.h"

typedef struct {
    flow_client_t client;
    str_t jwks;                // empty: none
    str_t scopes;              // of a machine client
    flow_list_t secret_hashes; // declared secrets as keyed hashes, at most 2 (octets in str_t)
} store_client_row_t;

// One transaction for the whole file: begin, any number of the calls below, then finish. Nothing is
// kept unless `commit` is true and every call before it was OK.
MUST_USE result_t store_apply_begin(store_t *store, err_t *err);
MUST_USE result_t store_apply_finish(store_t *store, bool commit, err_t *err);

MUST_USE result_t store_client_read(store_t *store, str_t client_id, store_client_row_t *out,
                                    err_t *err);
// Inserts or replaces; secrets not in the list are dropped, and one that stays is left as it is:
// what was switched off by the REST API stays so. NOTIFYs gatehouse_config.
MUST_USE result_t store_client_write(store_t *store, const store_client_row_t *row,
                                     const store_audit_t *audit, err_t *err);
