// flow.md section 3, M1 and M2, and section 8: an email was entered, or a new code asked for.
#pragma once
#include "flow/decision.h"

typedef struct {
    time_ms_t now;
    flow_status_t status;
    time_ms_t flow_expires_at;
    bool is_own_browser; // the browser's cookie is the one that the flow is bound to
    flow_hrd_t hrd;
    flow_challenge_t challenge; // the latest one of this flow, if any
    bool is_resend;
    int64_t resend_wait_s; // before a resend; another address typed anew does not wait for it
} flow_email_t;

// SSO, PICK_CONNECTION, SEND_CODE, LIMITED, OTHER_BROWSER, EXPIRED, or LOGIN_PAGE for a resend in a
// flow that has sent nothing yet. Says SEND_CODE whether or not a user has the address: the flow
// core is not told. Limits per address and network are counted in the write, which may turn
// SEND_CODE into LIMITED.
flow_decision_t flow_after_email(arena_t *arena, const flow_email_t *facts);
