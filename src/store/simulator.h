// What the identity provider for developers keeps: its key, what people chose to be, and the test
// organization whose people sign in there.
#pragma once
#include "store/store.h"

typedef struct {
    bool is_present;
    str_t kid;
    bytes_t sealed;
} store_simulator_key_t;
MUST_USE result_t store_simulator_key_read(store_t *store, store_simulator_key_t *out, err_t *err);

// The domains of the organizations that sign in at this issuer, for the page to choose from: first
// those of the organizations that do so with this client_id.
typedef struct {
    str_t issuer;
    str_t client_id;
} store_simulator_client_t;
MUST_USE result_t store_simulator_domains_read(store_t *store,
                                               const store_simulator_client_t *client,
                                               flow_list_t *out, err_t *err);

// ---- the way of a code --------------------------------------------------------------------------

typedef struct {
    bytes_t code_hash;
    str_t chosen; // a JSON object
    int64_t lifetime_s;
} store_simulator_grant_t;
// Also forgets what is over.
MUST_USE result_t store_simulator_grant_add(store_t *store, const store_simulator_grant_t *grant,
                                            err_t *err);

typedef struct {
    bytes_t code_hash, access_hash;
    int64_t lifetime_s; // of the access token
} store_simulator_redeem_t;
typedef struct {
    bool is_present; // false: the code is unknown, over, or was used before
    str_t chosen;
    store_simulator_key_t key;
} store_simulator_redeemed_t;
MUST_USE result_t store_simulator_redeem(store_t *store, const store_simulator_redeem_t *in,
                                         store_simulator_redeemed_t *out, err_t *err);

// Empty: there is no such access token.
MUST_USE result_t store_simulator_access_read(store_t *store, bytes_t access_hash,
                                              str_t *out_chosen, err_t *err);

// ---- the test organization ----------------------------------------------------------------------

// Fresh ids and secrets for what is not there yet; what is there keeps its own.
enum { STORE_SIMULATOR_DOMAINS = 2 };
typedef struct {
    str_t issuer;              // of the simulator
    store_simulator_key_t key; // used if there is none
    str_t organization_id, connection_id, client_id;
    bytes_t client_secret; // sealed for connection_id
    str_t domain_ids[STORE_SIMULATOR_DOMAINS];
    str_t domains[STORE_SIMULATOR_DOMAINS];
} store_simulator_ensure_t;
// The test organization with its domains (but those that somebody else owns), single sign-on
// switched on, and its connection to the simulator, enabled. Any number of instances at once make
// one of each. Another issuer than before lapses what was verified through the connection.
MUST_USE result_t store_simulator_ensure(store_t *store, const store_simulator_ensure_t *in,
                                         const store_audit_t *audit, err_t *err);

// Switches off every connection to the simulator: its pages are not there any more.
MUST_USE result_t store_simulator_disable(store_t *store, str_t issuer, err_t *err);
