// The reads and writes of a login through an identity provider, in the order in which it makes
// them: begin (the request goes out), take (it came back), arrival (who it is), then store/login.h.
#pragma once
#include "store/login.h"

// ---- connections ------------------------------------------------------------------------------

// A provider's published document, as last fetched by any instance.
typedef struct {
    bool is_present; // there is a good copy
    str_t url;       // where it came from: of no use for another address
    str_t body;
    time_ms_t fetched_at, expires_at;
    time_ms_t tried_at; // 0: never
    str_t error;        // of the last try; empty: it went well
} store_document_t;
typedef enum { STORE_DISCOVERY, STORE_JWKS } store_document_kind_t;

// What the protocol needs to know of a connection. Texts as the administrator set them; empty ones
// are the provider's preset's or the discovery document's.
typedef struct {
    flow_connection_t facts;
    str_t provider; // "GOOGLE", "OKTA", "CUSTOM", ...: names of the REST API
    str_t protocol; // "OIDC", "OAUTH", "SAML"
    str_t issuer, discovery_endpoint, authorize_uri, token_uri, userinfo_uri, jwks_uri, client_id;
    bytes_t client_secret; // sealed; empty: none
    flow_list_t scopes, tenants;
    str_t token_auth;        // "basic", "post", "private_key_jwt"
    str_t response_mode;     // "query", "form_post"
    str_t prompt, algs;      // algs: space separated
    str_t attribute_mapping; // a JSON object
    bool is_pkce_on, is_email_trusted, is_profile_synced;
    store_document_t discovery, jwks;
} store_connection_t;
MUST_USE result_t store_connection_read(store_t *store, str_t connection_id,
                                        store_connection_t *out, err_t *err);

// The new copy, or why there is none: then the last good one stays.
typedef struct {
    str_t connection_id;
    store_document_kind_t kind;
    str_t url, body;
    int64_t lifetime_s;
    str_t error; // empty: body counts
} store_document_in_t;
MUST_USE result_t store_document_write(store_t *store, const store_document_in_t *in, err_t *err);
// May this instance ask the provider now? Of all that want to, one in `interval_s` may.
MUST_USE result_t store_document_claim(store_t *store, const store_document_in_t *in,
                                       int64_t interval_s, bool *out_may, err_t *err);
// For whoever may not: the copy that was fetched after `fetched_at` from the address of `in`, by
// anybody.
typedef struct {
    str_t body;      // empty: there is none
    bool is_awaited; // somebody has asked the provider and not written down yet what came of it
} store_newer_t;
MUST_USE result_t store_document_newer(store_t *store, const store_document_in_t *in,
                                       time_ms_t fetched_at, store_newer_t *out, err_t *err);

// ---- begin --------------------------------------------------------------------------------------

typedef struct {
    store_flow_t flow;             // with next_connection_id, why, picked_ids
    store_connection_t connection; // the next one; is_present false: none, or it is gone
} store_begin_t;
MUST_USE result_t store_begin_read(store_t *store, str_t flow_id, store_begin_t *out, err_t *err);

typedef struct {
    bytes_t state_hash;
    str_t flow_id, connection_id;
    bytes_t sealed; // nonce and PKCE verifier
    int64_t lifetime_s;
} store_sso_request_t;
// CONFLICT: the flow is over or goes elsewhere by now.
MUST_USE result_t store_sso_begin(store_t *store, const store_sso_request_t *request,
                                  const store_audit_t *audit, err_t *err);

// ---- take ---------------------------------------------------------------------------------------

// Consumes a state: of two callbacks one finds it (P-RP-02). is_present false: unknown, of another
// connection (P-RP-01), of another browser, used before, or too old; `why` says which, static, and
// nothing was consumed. Of a known state the flow and the connection are given all the same, for
// the way back and the audit row; what was sealed only to whom took it.
typedef struct {
    bytes_t state_hash, browser_hash;
    str_t connection_id;
} store_take_in_t;
typedef struct {
    bool is_present;
    const char *why;
    bytes_t sealed;
    time_ms_t sent_at; // when the request went out
    store_flow_t flow;
    store_connection_t connection;
} store_take_t;
MUST_USE result_t store_sso_take(store_t *store, const store_take_in_t *in, store_take_t *out,
                                 err_t *err);

// A callback that came cross-site by POST, until the browser fetches it; once.
// Nothing is kept, and a fetch finds nothing, unless the state is one that somebody waits for.
typedef struct {
    bytes_t token_hash, state_hash;
    str_t connection_id;
    bytes_t sealed;
} store_callback_t;
MUST_USE result_t store_callback_park(store_t *store, const store_callback_t *callback, err_t *err);
// *out_sealed empty: unknown, too old, or fetched before.
MUST_USE result_t store_callback_fetch(store_t *store, bytes_t token_hash, str_t connection_id,
                                       bytes_t *out_sealed, err_t *err);

// A taken state is given back by who took it, and what was parked is parked again (NULL: nothing
// was): the provider was not asked, so the same answer is as good as before.
MUST_USE result_t store_sso_give_back(store_t *store, bytes_t state_hash,
                                      const store_callback_t *parked, err_t *err);

// ---- arrival ------------------------------------------------------------------------------------

typedef struct {
    str_t flow_id, connection_id, subject;
    str_t email, email_domain; // normalised; empty: none
    bytes_t session_hash;
} store_arrival_in_t;
typedef struct {
    store_flow_t flow;
    flow_connection_t connection;
    flow_identity_t identity;
    flow_user_t user;
    flow_hrd_t hrd, hrd_user;
    bool is_organization_domain;
    flow_memberships_t memberships; // of `user`, and what the asserted address may join
    flow_session_t session;         // of the browser
} store_arrival_t;
MUST_USE result_t store_arrival_read(store_t *store, const store_arrival_in_t *in,
                                     store_arrival_t *out, err_t *err);

// ---- where a flow goes next ---------------------------------------------------------------------

typedef struct {
    str_t flow_id;
    str_t next_connection_id;
    flow_list_t picked_ids; // PICK_CONNECTION
    flow_why_t why;
    const store_assertion_t *assertion; // M6: kept until the address is proven; NULL: none
    str_t email, email_display; // asserted or typed, prefilled at the provider; may be empty
} store_next_t;
// CONFLICT: the flow is over.
MUST_USE result_t store_flow_next(store_t *store, const store_next_t *in,
                                  const store_audit_t *audit, err_t *err);

// ---- tests of a connection, IdP-initiated -------------------------------------------------------

// The end of a test login: the result is kept for the administrator.
typedef struct {
    str_t test_id;
    bool is_success;
    str_t user_info, error, error_description, error_details; // user_info: a JSON object
} store_test_result_t;
MUST_USE result_t store_test_finish(store_t *store, const store_test_result_t *in,
                                    const store_audit_t *audit, err_t *err);

// The application that an IdP-initiated login goes to: the default one, or the oldest that has an
// initiate-login URL. is_present false: there is none.
MUST_USE result_t store_default_application(store_t *store, flow_client_t *out, err_t *err);

// The social connections that the login page offers, enabled and completed, by name.
typedef struct {
    str_t id, provider, name;
} store_button_t;
typedef struct {
    const store_button_t *items;
    size_t count;
} store_buttons_t;
MUST_USE result_t store_buttons_read(store_t *store, store_buttons_t *out, err_t *err);
// The names of connections that a person picks from, those usable of `ids`, in their order.
MUST_USE result_t store_picked_read(store_t *store, const flow_list_t *ids, store_buttons_t *out,
                                    err_t *err);
