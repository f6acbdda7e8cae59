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
    flow_memberships_t memberships; // of the session's user
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
    str_t forced_connection_id; // E5, E7, E8: what the request demands; may be empty
    str_t test_id;              // a test login of a connection; else empty
    // Where the flow goes first, if not to the login page.
    str_t next_connection_id;
    flow_list_t picked_ids;
    flow_why_t why;
    // A session that waits for an organization to be chosen (prompt=select_account): the person is
    // authenticated by it. Empty: nobody is.
    str_t session_id;
} store_request_t;

// What a provider said about somebody, kept while the address waits to be proven, or linked at
// once when the login completes.
typedef struct {
    str_t id; // ast_; for a new one
    str_t connection_id, subject;
    str_t email, email_display; // normalised, and as asserted; may be empty
    int64_t trust_epoch;        // of the connection when it was said
    str_t profile; // JSON object: name, given_name, family_name, picture, locale and what is mapped
} store_assertion_t;

// Who has been authenticated in a flow while the organization is not yet known.
typedef struct {
    bool is_present;
    str_t user_id;
    flow_list_t amr, connection_ids;
    str_t organization_id; // the connection's: no other will do; may be empty
    str_t session_id;      // a session that is switched; empty: a new login
    time_ms_t at;
} store_authenticated_t;

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
    store_authenticated_t authenticated;
    str_t assertion_id; // of a social identity that waits for an address (M6); may be empty
    str_t challenge_assertion_id; // what the latest challenge's proof links: a resend keeps it
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
    // What the proof of this address will link: a new assertion, or one that the flow keeps already
    // (M6). NULL and empty: nothing.
    const store_assertion_t *assertion;
    str_t assertion_id;
} store_challenge_new_t;
// Limited: nothing was written but the audit row.
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
    flow_user_t user; // the waiting identity's if that is known, else of the challenge's email
    flow_hrd_t hrd_user;
    flow_connection_t connection; // of what waits for this proof
    flow_identity_t identity;
    store_assertion_t assertion; // id empty: nothing waits
    bool is_organization_domain; // flow.md 4.1 for the challenge's email and `connection`
    flow_memberships_t memberships;
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

// How the person was authenticated. Exactly one of: a challenge, an assertion alone (trusted SSO,
// verified social), what the flow already knows (`is_from_flow`), a session (`session_id` with
// is_new_session false).
typedef struct {
    str_t challenge_id;         // consumed here
    str_t email, email_display; // proven by this login; empty for a session or from the flow
    const store_assertion_t *assertion; // linked, its channel recorded if `is_channel`; NULL: none
    bool is_channel;                    // the address was proven by a code for this very identity
    bool is_from_flow;
    str_t user_id; // a new user's; if the identity or the address has one, that one is taken
    bool may_create_user;
    flow_list_t amr;
    str_t connection_id; // an organization's connection that made this login; may be empty
    // What the decision relied on, re-checked in the write (CONFLICT): for a login through an
    // organization's connection that it is usable and its epoch unchanged, and with `is_by_domain`
    // that the address's domain is still verified for its organization, locked so that a removal
    // waits or wins; for every other that the address, and the user's own, match no realm.
    bool is_by_domain;
} store_proven_t;

typedef struct {
    str_t flow_id;
    const store_request_t *new_request; // session reuse at the entry: the flow is written along
    store_proven_t proven;
    str_t organization_id; // of the session and the grant; may be empty
    flow_membership_step_t membership;
    str_t new_organization_id, new_organization_name; // made here, the user its admin; or empty
    bool is_new_session;
    str_t session_id;                  // the new one's, or the reused one's
    bytes_t session_hash;              // of the new cookie value
    bytes_t session_old_hash;          // of the cookie that the browser showed; may be empty
    int64_t session_s, session_idle_s; // the environment's; idle 0: none. The organization's policy
                                       // can only make them shorter (hosted-login.md 4.1)
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
// finds or makes the one user (flow.md 5: a known identity is its user; else the one with the
// address; an unproven user's earlier sessions and credentials are dropped at the first proof),
// links the identity, makes or changes the membership (CONFLICT if it is not what was decided on,
// or the organization is full), makes the session, ends the one that the browser had (if it was the
// same user's, its row goes on under a new cookie and its old cookie is dead), writes grant and
// code, closes the flow. CONFLICT for session reuse if the session ended meanwhile.
MUST_USE result_t store_login_complete(store_t *store, const store_completion_t *in,
                                       const store_audit_t *audit, store_completed_t *out,
                                       err_t *err);

// The same proof without an end: the user is found or made, the identity linked, the challenge
// consumed, and the flow remembers who it is until an organization is chosen. No session, no code.
typedef struct {
    str_t flow_id;
    const store_request_t *new_request; // at the entry: the flow is written along
    store_proven_t proven;
    str_t session_id; // of a session that is switched; else empty
    bytes_t browser_hash;
} store_authentication_t;
MUST_USE result_t store_login_authenticate(store_t *store, const store_authentication_t *in,
                                           const store_audit_t *audit, err_t *err);

// ---- the chooser ------------------------------------------------------------------------------

typedef struct {
    store_flow_t flow; // .authenticated
    flow_user_t user;
    flow_connection_t connection; // of the login, if through an organization's
    flow_memberships_t memberships;
    flow_session_t session; // of the browser, or the one that is switched
    flow_hrd_t hrd;         // of the user's email
    str_t email_display;
} store_choice_t;
MUST_USE result_t store_choice_read(store_t *store, str_t flow_id, bytes_t session_hash,
                                    store_choice_t *out, err_t *err);

// Whose name a page says, and whose logo it shows; both empty: gone meanwhile.
typedef struct {
    str_t name, logo_url;
} store_brand_t;
MUST_USE result_t store_organization_brand(store_t *store, str_t organization_id,
                                           store_brand_t *out, err_t *err);

// ---- invitations ------------------------------------------------------------------------------

typedef struct {
    bool is_present; // the token is known
    time_ms_t now;
    bool is_consumed;
    time_ms_t expires_at;
    str_t organization_id, organization_name, inviter_email;
    flow_user_t user;
    str_t email_display;
    flow_hrd_t hrd;       // of the user's email
    flow_client_t client; // the default application; may be absent
} store_invitation_t;
MUST_USE result_t store_invitation_read(store_t *store, bytes_t token_hash, store_invitation_t *out,
                                        err_t *err);

// Consumes the invitation: the address counts as proven (a first proof drops what was before), the
// membership is active. With `is_new_session` the browser is signed in for the organization.
// CONFLICT: used, replaced, too old, or the realm matches by now.
typedef struct {
    bytes_t token_hash;
    bool is_new_session; // false: the organization's sign-in follows
    str_t session_id;
    bytes_t session_hash, session_old_hash, browser_hash;
    int64_t session_s, session_idle_s;
    str_t ip, user_agent;
} store_invitation_accept_t;
MUST_USE result_t store_invitation_accept(store_t *store, const store_invitation_accept_t *in,
                                          const store_audit_t *audit, err_t *err);
