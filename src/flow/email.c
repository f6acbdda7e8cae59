#include "flow/email.h"
#include "flow/step.h"

// Whole seconds until the next mail may go, 0 if now.
static int64_t wait_left_s(const flow_email_t *facts) {
    const int64_t since_ms = facts->now - facts->challenge.sent_at;
    const int64_t left_ms = facts->resend_wait_s * 1000 - (since_ms > 0 ? since_ms : 0);
    return left_ms > 0 ? (left_ms + 999) / 1000 : 0;
}

flow_decision_t flow_after_email(arena_t *arena, const flow_email_t *facts) {
    if (!facts->is_own_browser) {
        return flow_decide(FLOW_STEP_OTHER_BROWSER,
                           STR("the flow was begun in another browser -> back to the application"));
    }
    if (facts->status != FLOW_OPEN || facts->flow_expires_at <= facts->now) {
        return flow_decide(FLOW_STEP_EXPIRED,
                           STR("the flow is finished or too old -> start again"));
    }
    if (facts->is_resend && !facts->challenge.is_present) {
        return flow_decide(FLOW_STEP_LOGIN_PAGE,
                           STR("a new code was asked for before any address was entered"));
    }
    // M1, and for a resend too: the realm is that of today. A code for an address that a connection
    // asserted (M15) is judged when it comes back.
    const bool is_trust = facts->is_resend && facts->challenge.purpose == FLOW_PURPOSE_SSO_TRUST;
    if (facts->hrd.kind != FLOW_HRD_NONE && !is_trust) {
        return flow_decide_realm(arena, &facts->hrd);
    }
    const int64_t wait_s = facts->is_resend ? wait_left_s(facts) : 0;
    if (wait_s > 0) {
        flow_decision_t limited = flow_decide(
            FLOW_STEP_LIMITED, STR("the last mail of this flow is too recent for another one"));
        limited.retry_after_s = wait_s;
        return limited;
    }
    flow_decision_t code =
        flow_decide(FLOW_STEP_SEND_CODE,
                    STR("no connection covers the address's domain -> code by mail")); // M2
    code.purpose = is_trust ? FLOW_PURPOSE_SSO_TRUST : FLOW_PURPOSE_LOGIN;
    return code;
}
