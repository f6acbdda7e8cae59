// What `gatehouse apply` asks beside the calls of the REST API. All of it runs in the transaction
// of store_apply_begin (store/client.h).
#pragma once
#include "store/store.h"

// The connection of an organization that has this key, or the environment's of this provider.
typedef struct {
    str_t organization_id; // empty: the environment's
    str_t key;             // provider_key, or the provider's name
} store_apply_connection_t;
// Empty: there is none.
MUST_USE result_t store_apply_connection_find(store_t *store, const store_apply_connection_t *in,
                                              str_t *out_id, err_t *err);

// The application that a login goes to which begins at a provider. There is one at most.
MUST_USE result_t store_apply_default_read(store_t *store, str_t *out_client_id, err_t *err);
MUST_USE result_t store_apply_default_set(store_t *store, str_t client_id,
                                          const store_audit_t *audit, err_t *err);
