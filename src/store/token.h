// What the token endpoint and the resources behind tokens read and write.
#pragma once
#include "flow/grant.h"
#include "store/store.h"

enum { STORE_SECRETS_MAX = 2 };

typedef struct {
    flow_client_t client;
    bytes_t secret_hashes[STORE_SECRETS_MAX]; // active ones, keyed hashes
    bool is_use_due[STORE_SECRETS_MAX];       // its last use is known to be an hour ago or more
    size_t secret_count;
    str_t jwks;   // for private_key_jwt; empty: none
    str_t scopes; // a machine client may ask for, space separated
} store_client_auth_t;

MUST_USE result_t store_client_auth_read(store_t *store, str_t client_id, store_client_auth_t *out,
                                         err_t *err);

// Notes that the secret with this hash was used; where is_use_due says so, after it held.
MUST_USE result_t store_client_secret_used(store_t *store, str_t client_id, bytes_t hash,
                                           err_t *err);

// A client assertion's jti, once (RFC 7523 3 point 7). CONFLICT: it was seen before.
MUST_USE result_t store_assertion_use(store_t *store, str_t client_id, str_t jti,
                                      time_ms_t expires_at, err_t *err);

// The user's claims (OIDC Core 5.1), and those of the organization that the grant is for; empty
// texts are left out of tokens.
typedef struct {
    str_t id, email, name, given_name, family_name, picture, locale;
    bool is_email_verified;
    time_ms_t updated_at;
    str_t organization_id, organization_external_id; // oid, xoid
    flow_list_t roles;                               // of the membership
} store_user_claims_t;

// The facts' client_id and given_* members are the caller's to fill.
typedef struct {
    flow_code_facts_t facts;
    store_user_claims_t user;
} store_code_t;
MUST_USE result_t store_code_read(store_t *store, bytes_t code_hash, store_code_t *out, err_t *err);

typedef struct {
    flow_refresh_facts_t facts;
    store_user_claims_t user;
} store_refresh_t;
MUST_USE result_t store_refresh_read(store_t *store, bytes_t refresh_hash, store_refresh_t *out,
                                     err_t *err);

// Consumes a code and, with a refresh_hash, writes the first refresh token of its family. CONFLICT:
// somebody was faster, or the grant was revoked meanwhile.
typedef struct {
    bytes_t code_hash;
    str_t grant_id;
    bytes_t refresh_hash; // empty: no offline_access
    int64_t refresh_s;
} store_redeem_t;
MUST_USE result_t store_code_redeem(store_t *store, const store_redeem_t *in,
                                    const store_audit_t *audit, err_t *err);

// Marks the old token used and writes its successor. CONFLICT as above: a replay.
typedef struct {
    bytes_t old_hash, new_hash;
    str_t grant_id;
    int64_t refresh_s;
} store_rotate_t;
MUST_USE result_t store_refresh_rotate(store_t *store, const store_rotate_t *in,
                                       const store_audit_t *audit, err_t *err);

// Ends a grant and every token that hangs on it. Idempotent.
MUST_USE result_t store_grant_revoke(store_t *store, str_t grant_id, const char *why,
                                     const store_audit_t *audit, err_t *err);

// Bars one access token until it would have expired. Idempotent.
MUST_USE result_t store_access_revoke(store_t *store, str_t jti, time_ms_t expires_at,
                                      const store_audit_t *audit, err_t *err);

// Is an access token still good? `is_active` is false if it was revoked, its grant was revoked, its
// session ended, its client or user is inactive or gone, or policy no longer allows the session
// (`hrd` is for the caller to judge with flow_session_is_allowed).
typedef struct {
    str_t jti, client_id;
    str_t grant_id; // empty for a machine's token
} store_access_in_t;
typedef struct {
    time_ms_t now;
    bool is_active;
    bool may_use_api;         // the client, and the REST API
    store_user_claims_t user; // absent for a machine's token
    flow_session_t session;
    flow_hrd_t hrd;
} store_access_t;
MUST_USE result_t store_access_read(store_t *store, const store_access_in_t *in,
                                    store_access_t *out, err_t *err);

// An audit row for a machine's token is all that client_credentials writes: store_audit_add.
