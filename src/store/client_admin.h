// Applications and their secrets, for the REST API. What was deleted is absent.
#pragma once
#include "store/page.h"

enum { STORE_CLIENT_SECRETS_MAX = 2 };

typedef struct {
    str_t id, suffix, created_by;
    bool is_active;
    time_ms_t created_at, updated_at;
    time_ms_t expires_at, last_used_at; // 0: never
} store_secret_t;

typedef struct {
    flow_client_t client;
    str_t version; // of the row: a change names the one that it was made from
    str_t scopes;  // space separated
    flow_list_t back_channel_logout_uris, grant_types;
    str_t custom_claims; // a JSON list
    time_ms_t created_at, updated_at;
    store_secret_t secrets[STORE_CLIENT_SECRETS_MAX];
    size_t secret_count;
} store_application_t;

typedef struct {
    bool is_present;
    store_application_t row;
} store_application_found_t;
MUST_USE result_t store_application_read(store_t *store, str_t id, store_application_found_t *out,
                                         err_t *err);

typedef struct {
    store_page_t page;
    flow_list_t types; // "web_app" and so on; none: any
} store_applications_in_t;
typedef struct {
    const store_application_t *items;
    store_paged_t page;
} store_applications_t;
MUST_USE result_t store_applications_read(store_t *store, const store_applications_in_t *in,
                                          store_applications_t *out, err_t *err);

// Each of these NOTIFYs gatehouse_config: redirect URIs say which origins may call us.
MUST_USE result_t store_application_create(store_t *store, const store_application_t *row,
                                           const store_audit_t *audit, store_application_t *out,
                                           err_t *err);
// All but id, type and secrets. CONFLICT: it was changed meanwhile.
MUST_USE result_t store_application_update(store_t *store, const store_application_t *row,
                                           const store_audit_t *audit, store_application_t *out,
                                           err_t *err);
// Its grants and secrets end with it; the row stays for what names it. CONFLICT: it is gone.
MUST_USE result_t store_application_delete(store_t *store, str_t id, const store_audit_t *audit,
                                           err_t *err);

typedef struct {
    str_t client_id, id;
    bytes_t hash; // client_auth_secret_hash
    str_t suffix; // for people, to tell two apart
    str_t created_by;
} store_secret_in_t;
// CONFLICT: there are two already, or the application is gone.
MUST_USE result_t store_secret_add(store_t *store, const store_secret_in_t *in,
                                   const store_audit_t *audit, err_t *err);
typedef struct {
    str_t client_id, id;
    bool is_active;
} store_secret_state_t;
// CONFLICT: it is gone.
MUST_USE result_t store_secret_set(store_t *store, const store_secret_state_t *state,
                                   const store_audit_t *audit, err_t *err);
MUST_USE result_t store_secret_remove(store_t *store, str_t client_id, str_t id,
                                      const store_audit_t *audit, err_t *err);
