// Organizations and their settings, for the REST API. `id` or, where `id` is empty, `external_id`
// says which. An absent one is a fact; a write that finds it gone or a name taken meanwhile is
// CONFLICT and undone.
#pragma once
#include "store/page.h"

// Null in the database reads as 0 here: no value of its own, the environment's counts.
typedef struct {
    bool is_custom;
    int64_t absolute_min;
    bool has_idle; // whether it says if there is an idle end at all
    bool is_idle_on;
    int64_t idle_min;
} store_session_policy_t;

typedef struct {
    str_t id, name, external_id, slug, logo_url;
    str_t region;   // name of the REST API
    str_t metadata; // a JSON object
    bool is_sso_on, is_directory_sync_on, is_domain_verification_on, is_session_policy_on;
    bool is_sso_exclusive; // flow.md 3: its people come in by its own sign-in only
    store_session_policy_t policy;
    int64_t max_users; // 0: no limit
    time_ms_t created_at, updated_at;
} store_organization_t;

// May the names be given to it? Those of another organization are taken.
typedef struct {
    str_t id;          // empty: by external_id, or none yet
    str_t external_id; // empty: as above
    str_t wanted_external_id, wanted_slug;
} store_organization_in_t;
typedef struct {
    bool is_present;
    store_organization_t row;
    bool is_external_id_taken, is_slug_taken;
} store_organization_found_t;
MUST_USE result_t store_organization_read(store_t *store, const store_organization_in_t *in,
                                          store_organization_found_t *out, err_t *err);

// Members that the creator may choose: id, name, external_id, slug, logo_url, region, metadata.
MUST_USE result_t store_organization_create(store_t *store, const store_organization_t *row,
                                            const store_audit_t *audit, store_organization_t *out,
                                            err_t *err);

// What is not given stays. `metadata` is merged; a null in it removes its key.
typedef struct {
    str_t id;
    bool has_name, has_external_id, has_slug, has_logo_url;
    str_t name, external_id, slug, logo_url; // external_id and slug: empty takes them away
    str_t metadata;                          // a JSON object; empty: none given
    int64_t metadata_max;                    // pairs that it may have then
} store_organization_change_t;
MUST_USE result_t store_organization_update(store_t *store, const store_organization_change_t *in,
                                            const store_audit_t *audit, store_organization_t *out,
                                            err_t *err);

typedef struct {
    str_t external_id; // empty: all
    store_page_t page;
} store_organizations_in_t;
typedef struct {
    const store_organization_t *items;
    store_paged_t page;
} store_organizations_t;
MUST_USE result_t store_organizations_read(store_t *store, const store_organizations_in_t *in,
                                           store_organizations_t *out, err_t *err);

// With its members who belong to no other organization (hosted-login.md 6.3), and with its
// domains, connections, invitations and sessions.
MUST_USE result_t store_organization_delete(store_t *store, str_t id, const store_audit_t *audit,
                                            err_t *err);

// ---- settings -----------------------------------------------------------------------------------

typedef enum {
    STORE_FEATURE_SSO,
    STORE_FEATURE_DIRECTORY_SYNC,
    STORE_FEATURE_DOMAIN_VERIFICATION,
    STORE_FEATURE_SESSION_POLICY,
    STORE_FEATURE_SSO_EXCLUSIVE,
    STORE_FEATURE_COUNT,
} store_feature_t;
typedef struct {
    str_t id; // of the organization
    bool is_given[STORE_FEATURE_COUNT];
    bool is_on[STORE_FEATURE_COUNT];
} store_features_t;
MUST_USE result_t store_organization_features_set(store_t *store, const store_features_t *features,
                                                  const store_audit_t *audit,
                                                  store_organization_t *out, err_t *err);

// CONFLICT too if the policy is no longer `old`, on which `next` was decided.
typedef struct {
    str_t id;
    store_session_policy_t old, next;
} store_policy_change_t;
MUST_USE result_t store_session_policy_set(store_t *store, const store_policy_change_t *in,
                                           const store_audit_t *audit, err_t *err);

MUST_USE result_t store_user_limit_set(store_t *store, str_t id, int64_t max_users,
                                       const store_audit_t *audit, err_t *err);
