// Connections as an administrator makes, changes and looks at them. One of an organization is
// looked up below its organization only, one of the environment below no organization: whatever is
// asked for elsewhere is absent.
#pragma once
#include "store/domain.h"
#include "store/sso.h"

typedef struct {
    str_t organization_id; // empty: the environment's
    str_t id;
} store_connection_key_t;

typedef struct {
    store_connection_t config; // its documents are read, never written by the calls below
    str_t version;             // of the row: a change names the one that it was made from
    str_t status;              // "DRAFT", "IN_PROGRESS", "COMPLETED"
    str_t provider_key, configuration_type; // the latter "DISCOVERY", "MANUAL"
    str_t jit, idp_initiated;               // by their names in the table; those of facts not used
    bool is_enabled, is_logout_wanted;
    time_ms_t created_at, updated_at;
    const store_domain_t *domains; // assigned to it
    size_t domain_count;
} store_connection_row_t;

typedef struct {
    bool is_present;
    store_connection_row_t row;
} store_connection_found_t;
MUST_USE result_t store_connection_find(store_t *store, const store_connection_key_t *key,
                                        store_connection_found_t *out, err_t *err);

// What there is before one is made.
typedef struct {
    bool is_organization_present;
    bool is_social_taken; // the environment has one of this provider
} store_connection_place_t;
MUST_USE result_t store_connection_place_read(store_t *store, str_t organization_id, str_t provider,
                                              store_connection_place_t *out, err_t *err);

// A draft, with the defaults of the table where the struct has no member.
typedef struct {
    store_connection_key_t key;
    str_t provider, protocol, name, provider_key, response_mode;
    bool is_pkce_on;
} store_connection_draft_t;
// CONFLICT: the organization is gone, or the environment has one of this provider by now.
MUST_USE result_t store_connection_create(store_t *store, const store_connection_draft_t *draft,
                                          const store_audit_t *audit, store_connection_row_t *out,
                                          err_t *err);

// The row as it is to be, but for id, provider, protocol, domains and is_enabled. With
// `is_trust_lapsed` the trust epoch advances, which lapses every verified channel (flow.md 4.2),
// and what the provider published is forgotten. CONFLICT: it was changed meanwhile.
typedef struct {
    const store_connection_row_t *row;
    bool is_trust_lapsed;
} store_connection_change_t;
MUST_USE result_t store_connection_update(store_t *store, const store_connection_change_t *change,
                                          const store_audit_t *audit, store_connection_row_t *out,
                                          err_t *err);

// CONFLICT: it is gone, or switched on and not complete.
MUST_USE result_t store_connection_toggle(store_t *store, const store_connection_key_t *key,
                                          bool is_enabled, const store_audit_t *audit, err_t *err);

// CONFLICT: it is gone already.
MUST_USE result_t store_connection_delete(store_t *store, const store_connection_key_t *key,
                                          const store_audit_t *audit, err_t *err);

// How many of these are organization domains of the organization.
MUST_USE result_t store_connection_domains_count(store_t *store, str_t organization_id,
                                                 flow_list_t domain_ids, size_t *out, err_t *err);
// Assigns these and no others; none: all of its organization. CONFLICT: one of them is gone.
typedef struct {
    store_connection_key_t key;
    flow_list_t domain_ids;
} store_connection_domains_t;
MUST_USE result_t store_connection_domains_set(store_t *store, const store_connection_domains_t *in,
                                               const store_audit_t *audit,
                                               store_connection_row_t *out, err_t *err);

// ---- tests --------------------------------------------------------------------------------------

// A test that begins; one that began before stays as it is.
MUST_USE result_t store_connection_test_begin(store_t *store, str_t connection_id, str_t test_id,
                                              err_t *err);
typedef struct {
    bool is_connection_present;
    bool is_present;
    str_t status; // "PENDING", "SUCCESS", "FAILURE"
    str_t user_info, error, error_description, error_details;
} store_connection_test_t;
MUST_USE result_t store_connection_test_read(store_t *store, str_t connection_id, str_t test_id,
                                             store_connection_test_t *out, err_t *err);
