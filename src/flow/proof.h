// flow.md section 3, M3 to M5: a code was typed, a link followed, or a number confirmed.
#pragma once
#include "flow/decision.h"

typedef enum {
    FLOW_PROOF_CODE,      // typed on the code page
    FLOW_PROOF_LINK,      // the link's button, POST
    FLOW_PROOF_LINK_VIEW, // the link's page, GET: decides what to show and changes nothing
    FLOW_PROOF_NUMBER,    // the two digits typed behind the link in another browser
    FLOW_PROOF_CONTINUE,  // the first browser goes on after the number was confirmed
} flow_proof_kind_t;

enum { FLOW_TRIES_MAX = 5 };

typedef struct {
    time_ms_t now;
    flow_proof_kind_t kind;
    flow_status_t status;
    time_ms_t flow_expires_at;
    bool is_own_browser;
    bool is_same_browser_enforced;
    flow_challenge_t challenge;
    bool is_secret_right; // code, link token or number, compared in constant time by the caller
    flow_hrd_t hrd;       // of the challenge's email, read now: it may match by now (M3)
    flow_user_t user;     // of the challenge's email
    bool is_signup_open;
    // The connection that asserted the address, and its organization: purpose SSO_TRUST only.
    str_t trust_connection_id, trust_organization_id;
} flow_proof_t;

// The order of the checks is the security argument:
// 1. a code or CONTINUE from another browser learns nothing and costs nobody anything;
// 2. what is over (flow, challenge, five tries) is over whatever the secret: dead before right;
// 3. only then the secret counts, and what it proves it proves to this browser alone;
// 4. only what is proven tells about accounts (NO_ACCOUNT, NOT_ACTIVE).
// LINK_VIEW in the flow's own browser answers COMPLETE: the page with the button, whose POST (LINK)
// decides. A CODE or CONTINUE in a flow that has sent nothing answers LOGIN_PAGE. CONTINUE answers
// CONFIRM_NUMBER as long as the number is not confirmed.
flow_decision_t flow_after_proof(arena_t *arena, const flow_proof_t *facts);
