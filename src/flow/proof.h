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
    flow_user_t user;     // of the challenge's email; with a known identity, that identity's
    flow_hrd_t hrd_user;  // of the user's own email, where that is another one
    // What waited for this proof: the connection that asserted the address (purpose SSO_TRUST), or
    // a social identity (M6, M7). is_present false: nothing.
    flow_connection_t connection;
    flow_identity_t identity;
    int64_t asserted_epoch; // the connection's trust epoch when the assertion came
} flow_proof_t;

// The order of the checks is the security argument:
// 1. a code or CONTINUE from another browser learns nothing and costs nobody anything;
// 2. what is over (flow, challenge, five tries) is over whatever the secret: dead before right;
// 3. only then the secret counts, and what it proves it proves to this browser alone;
// 4. only what is proven tells about accounts and organizations: flow_complete, after this.
// LINK_VIEW in the flow's own browser answers COMPLETE: the page with the button, whose POST (LINK)
// decides. A CODE or CONTINUE in a flow that has sent nothing answers LOGIN_PAGE. CONTINUE answers
// CONFIRM_NUMBER as long as the number is not confirmed. COMPLETE otherwise means: who it is is
// settled, go on with flow_complete; `is_linking` says whether the waiting identity is linked,
// `organization_id` is that of an organization's connection. OTHER_REALM is the loop guard's. A
// connection that was disabled, or whose trust epoch advanced, while the code was on its way is
// SSO_FAILED (M12).
flow_decision_t flow_after_proof(arena_t *arena, const flow_proof_t *facts);
