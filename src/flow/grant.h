// What the token endpoint and the resources behind tokens decide from: authorization codes, refresh
// tokens, access tokens (RFC 6749 4.1.3, 6; RFC 9700 4.14; flow.md 6).
#pragma once
#include "flow/entry.h"

enum { FLOW_CODE_LIFETIME_S = 60 };

// What a code or refresh token hangs on.
typedef struct {
    str_t id;
    str_t client_id;
    str_t scope;
    str_t nonce;
    bool is_revoked;
    str_t organization_id;  // whose tokens these are; may be empty
    bool is_member;         // still an active member of it; true where there is none
    flow_session_t session; // is_present false: ended or expired since
    flow_hrd_t hrd;         // of the session's user, read now
} flow_grant_t;

typedef struct {
    time_ms_t now;
    str_t client_id; // the client that authenticated itself
    bool is_present; // the code is known
    bool is_consumed;
    time_ms_t expires_at;
    str_t redirect_uri;
    str_t code_challenge;  // empty: the request had none
    bool has_redirect_uri; // in the token request
    str_t given_redirect_uri;
    bool has_verifier;          // in the token request
    str_t given_code_challenge; // S256 of the verifier
    flow_grant_t grant;
} flow_code_facts_t;

typedef struct {
    time_ms_t now;
    str_t client_id;
    bool is_present;
    bool is_used; // rotated before: a replay
    time_ms_t expires_at;
    bool has_scope; // in the token request
    str_t given_scope;
    flow_grant_t grant;
} flow_refresh_facts_t;

typedef enum {
    FLOW_GRANT_ISSUE,
    FLOW_GRANT_REFUSE,            // `error`, nothing changes
    FLOW_GRANT_REFUSE_AND_REVOKE, // `error`, and the grant with all that it gave is revoked
} flow_grant_step_t;

typedef struct {
    flow_grant_step_t step;
    const char *error; // "invalid_grant", "invalid_scope"; NULL for ISSUE
    str_t scope;       // ISSUE: what is granted
    str_t reason;
} flow_grant_decision_t;

flow_grant_decision_t flow_code_redeem(arena_t *arena, const flow_code_facts_t *facts);
flow_grant_decision_t flow_refresh_use(arena_t *arena, const flow_refresh_facts_t *facts);
