// The reads and writes of a login, in the order in which a login makes them.
#pragma once
#include "store/store.h"

// ---- /oauth/authorize -------------------------------------------------------------------------

typedef struct {
    str_t client_id;
    bytes_t session_hash;                           // empty: the browser showed none
    str_t provider, connection_id, organization_id; // empty: not given
    str_t domain;                                   // normalised, empty: not given
    str_t hint_domain;                              // of a well-formed login_hint
} store_entry_in_t;

typedef struct {
    time_ms_t now;
    flow_client_t client;
    flow_session_t session;
    flow_hrd_t hrd_session, hrd_domain, hrd_hint;
    flow_named_t provider, connection, organization;
} store_entry_t;

MUST_USE result_t store_entry_read(store_t *store, const store_entry_in_t *in, store_entry_t *out,
                                   err_t *err);

// The stored request: enough to rebuild a lost flow.
typedef struct {
    str_t id; // req_
    bytes_t browser_hash;
    str_t client_id, redirect_uri, scope, state, nonce, code_challenge, prompt, login_hint,
        ui_locales, organization_id;
    bool has_state; // an empty state is given back, an absent one is not
    bool has_max_age;
    int64_t max_age_s;
    int64_t lifetime_s;
} store_request_t;

MUST_USE result_t store_flow_create(store_t *store, const store_request_t *request,
                                    const store_audit_t *audit, err_t *err);

// ---- the pages --------------------------------------------------------------------------------

typedef struct {
    bool is_present;
    time_ms_t now;
    store_request_t request;
    flow_status_t status;
    time_ms_t created_at, expires_at;
    str_t email, email_display; // last entered; may be empty
    flow_client_t client;
    flow_challenge_t challenge; // the latest
    str_t confirm_number;       // of the latest challenge, two digits; empty if it has none
} store_flow_t;

MUST_USE result_t store_flow_read(store_t *store, str_t flow_id, store_flow_t *out, err_t *err);

// What POST email and resend decide from: the flow and the realm of the domain, in one round trip.
typedef struct {
    store_flow_t flow;
    flow_hrd_t hrd;
    bool is_known_browser; // this browser has finished a login for this address before
} store_email_t;
typedef struct {
    str_t flow_id;
    str_t email, domain; // normalised; empty for a resend: the flow's own
    bytes_t browser_hash;
} store_email_in_t;
MUST_USE result_t store_email_read(store_t *store, const store_email_in_t *in, store_email_t *out,
                                   err_t *err);

// A new challenge for a flow: replaces the flow's earlier one (never another flow's), counts the
// limits and queues the mail, all or nothing.
typedef struct {
    str_t challenge_id; // chl_
    str_t flow_id;
    flow_purpose_t purpose;
    str_t email, email_display;
    bytes_t code_hash;    // keyed
    bytes_t link_hash;    // SHA-256 of the link's token
    bytes_t code_sealed;  // opens only with the link's token
    str_t confirm_number; // empty: the link works in the same browser only
    int64_t lifetime_s;
    str_t outbox_id;     // out_
    bytes_t mail_sealed; // what the outbox needs to make the mail
    store_limits_t limits;
} store_challenge_new_t;
typedef struct {
    bool is_limited;       // nothing was written but the audit row
    int64_t retry_after_s; // then
} store_limited_t;
MUST_USE result_t store_challenge_create(store_t *store, const store_challenge_new_t *challenge,
                                         const store_audit_t *audit, store_limited_t *out,
                                         err_t *err);

// ---- proof ------------------------------------------------------------------------------------

// A challenge with all that flow_after_proof needs, and the secrets to compare with.
typedef struct {
    store_flow_t flow; // .challenge is the one in question, not necessarily the latest
    bytes_t code_hash, code_sealed;
    str_t confirm_number;
    flow_hrd_t hrd;
    flow_user_t user;
    flow_session_t session; // of the browser, if it showed one
    bool is_limited;        // by the network's counter of tries
    int64_t retry_after_s;
} store_proof_t;

// Registers one evaluation of the flow's latest challenge before anybody compares anything, so that
// a hundred parallel guesses are at most FLOW_TRIES_MAX evaluations. `tries` counts on past the
// maximum, and the flow core refuses. The limits do not stop a browser that is known for the
// challenge's address: a stranger in its network cannot keep it out.
typedef struct {
    str_t flow_id;
    bytes_t session_hash;
    bytes_t browser_hash; // may be empty
    store_limits_t limits;
} store_try_t;
MUST_USE result_t store_challenge_try(store_t *store, const store_try_t *in, store_proof_t *out,
                                      err_t *err);

// By the link's token; registers an evaluation only if `is_try` (the number of another device).
typedef struct {
    bytes_t link_hash;
    bytes_t session_hash;
    bool is_try;
} store_link_in_t;
MUST_USE result_t store_link_read(store_t *store, const store_link_in_t *in, store_proof_t *out,
                                  err_t *err);

// The latest challenge of a flow without an evaluation: the first browser goes on after a number
// was confirmed elsewhere.
typedef struct {
    str_t flow_id;
    bytes_t session_hash;
} store_confirmed_in_t;
MUST_USE result_t store_confirmed_read(store_t *store, const store_confirmed_in_t *in,
                                       store_proof_t *out, err_t *err);

// The number was right: the first browser may go on. CONFLICT if the challenge is used or over.
MUST_USE result_t store_challenge_confirm(store_t *store, str_t challenge_id,
                                          const store_audit_t *audit, err_t *err);

// ---- completing -------------------------------------------------------------------------------

typedef struct {
    str_t flow_id;
    const store_request_t *new_request; // session reuse at the entry: the flow is written along
    str_t challenge_id;                 // consumed here; empty for session reuse
    str_t email, email_display;         // proven by this login; empty for session reuse
    str_t user_id;                      // for a new user; if the address has one, that one is taken
    bool is_signup_open;                // re-checked: CONFLICT if a user would be made without it
    bool is_new_session;
    str_t session_id;         // the new one's, or the reused one's
    bytes_t session_hash;     // of the new cookie value
    bytes_t session_old_hash; // of the cookie that the browser showed; may be empty
    flow_list_t amr;
    int64_t session_s, session_idle_s; // idle 0: none
    bytes_t browser_hash;              // remembered as known for this address
    str_t grant_id;                    // grt_
    bytes_t code_hash;
    int64_t code_s;
    str_t ip, user_agent;
} store_completion_t;

typedef struct {
    str_t user_id;
    bool is_new_user;
    str_t session_id;
} store_completed_t;

// One transaction: consumes the challenge (CONFLICT if it was used, replaced or expired meanwhile),
// finds or makes the one user of the address (an unproven user's earlier sessions and credentials
// are dropped at the first proof, flow.md 5), makes the session, ends the one that the browser had
// (if it was the same user's, its row goes on under a new cookie and its old cookie is dead),
// writes grant and code, closes the flow. CONFLICT for session reuse if the session ended
// meanwhile.
MUST_USE result_t store_login_complete(store_t *store, const store_completion_t *in,
                                       const store_audit_t *audit, store_completed_t *out,
                                       err_t *err);
