#include "flow/proof.h"
#include "flow/step.h"

static bool is_behind_link(flow_proof_kind_t kind) {
    return kind == FLOW_PROOF_LINK || kind == FLOW_PROOF_LINK_VIEW || kind == FLOW_PROOF_NUMBER;
}

// `tries` includes this evaluation for what is guessed; the rest finds the count as it was left. A
// number that was confirmed in time stays confirmed, whatever was guessed afterwards.
static bool is_dead(const flow_proof_t *facts) {
    switch (facts->kind) {
    case FLOW_PROOF_CODE:
    case FLOW_PROOF_NUMBER:
        return facts->challenge.tries > FLOW_TRIES_MAX;
    case FLOW_PROOF_LINK:
    case FLOW_PROOF_LINK_VIEW:
        return facts->challenge.tries >= FLOW_TRIES_MAX;
    case FLOW_PROOF_CONTINUE:
        return !facts->challenge.is_confirmed && facts->challenge.tries >= FLOW_TRIES_MAX;
    }
    return true;
}

// Steps 1 and 2 of proof.h. True if there is nothing to evaluate.
static bool is_over(const flow_proof_t *facts, flow_decision_t *out) {
    const flow_challenge_t *challenge = &facts->challenge;
    const bool is_link = is_behind_link(facts->kind);
    if (!is_link && !facts->is_own_browser) {
        *out = flow_decide(FLOW_STEP_OTHER_BROWSER,
                           STR("the flow was begun in another browser -> back to the application"));
    } else if (is_link && !challenge->is_present) {
        // Nothing is known of the flow then either.
        *out = flow_decide(FLOW_STEP_CODE_EXPIRED, STR("the link is unknown"));
    } else if (facts->status != FLOW_OPEN || facts->flow_expires_at <= facts->now) {
        *out =
            flow_decide(FLOW_STEP_EXPIRED, STR("the flow is finished or too old -> start again"));
    } else if (!challenge->is_present) {
        *out = flow_decide(FLOW_STEP_LOGIN_PAGE, STR("no code was sent in this flow"));
    } else if (challenge->is_consumed) {
        *out = flow_decide(FLOW_STEP_CODE_EXPIRED, STR("the code or link was used before"));
    } else if (challenge->is_superseded) {
        *out = flow_decide(FLOW_STEP_CODE_EXPIRED, STR("a newer mail replaced the code or link"));
    } else if (challenge->expires_at <= facts->now) {
        *out = flow_decide(FLOW_STEP_CODE_EXPIRED, STR("the code or link is too old"));
    } else if (is_dead(facts)) {
        *out = flow_decide(FLOW_STEP_CODE_DEAD, STR("five tries were used up"));
    } else {
        return false;
    }
    return true;
}

static flow_decision_t after_wrong_secret(const flow_proof_t *facts) {
    const int tries_left = FLOW_TRIES_MAX - facts->challenge.tries;
    if (is_behind_link(facts->kind) && facts->kind != FLOW_PROOF_NUMBER) {
        return flow_decide(FLOW_STEP_CODE_EXPIRED, STR("the link's token does not fit"));
    }
    if (tries_left <= 0) {
        return flow_decide(FLOW_STEP_CODE_DEAD, STR("wrong for the fifth time"));
    }
    flow_decision_t wrong =
        flow_decide(FLOW_STEP_CODE_WRONG, STR("what was typed is not what was sent"));
    wrong.tries_left = tries_left;
    return wrong;
}

// flow.md 8: what a link does outside the browser that asked for it.
static flow_decision_t after_link_elsewhere(const flow_proof_t *facts) {
    if (facts->is_same_browser_enforced) {
        return flow_decide(FLOW_STEP_SHOW_CODE,
                           STR("the link was opened in another browser, same browser is enforced"));
    }
    if (facts->challenge.is_confirmed) {
        return flow_decide(FLOW_STEP_CONFIRMED,
                           STR("the number is confirmed -> the first browser goes on"));
    }
    return flow_decide(FLOW_STEP_CONFIRM_NUMBER,
                       STR("the link was opened in another browser -> confirm the number"));
}

// M5 and the loop guard: a person of another organization's domain stays with the organization
// whose connection this is, unless the other one wants its people for itself alone.
static bool is_other_realm_exclusive(const flow_proof_t *facts) {
    return facts->challenge.purpose == FLOW_PURPOSE_SSO_TRUST && facts->hrd.kind != FLOW_HRD_NONE &&
           facts->hrd.is_exclusive &&
           !str_eq(facts->hrd.organization_id, facts->trust_organization_id) &&
           !flow_list_has(&facts->hrd.connection_ids, facts->trust_connection_id);
}

// M3 to M5: the address is proven to this browser.
static flow_decision_t after_proven(arena_t *arena, const flow_proof_t *facts) {
    const bool is_login = facts->challenge.purpose == FLOW_PURPOSE_LOGIN;
    if (is_login && facts->hrd.kind != FLOW_HRD_NONE) {
        return flow_decide_realm(arena, &facts->hrd); // M3
    }
    if (is_other_realm_exclusive(facts)) {
        return flow_decide_error(
            "access_denied",
            arena_format(arena, "the address belongs to %.*s, which accepts only its own sign-in",
                         STR_ARG(facts->hrd.organization_id)));
    }
    if (facts->user.is_present && !facts->user.is_active) {
        return flow_decide(FLOW_STEP_NOT_ACTIVE, arena_format(arena, "user %.*s is deactivated",
                                                              STR_ARG(facts->user.id)));
    }
    if (!facts->user.is_present && !facts->is_signup_open) {
        return flow_decide(FLOW_STEP_NO_ACCOUNT,
                           STR("the address is proven, has no user, and sign-up is off"));
    }
    return (flow_decision_t){
        .step = FLOW_STEP_COMPLETE,
        .connection_id = is_login ? STR_NONE : facts->trust_connection_id,
        .organization_id = is_login ? STR_NONE : facts->trust_organization_id,
        .is_new_session = true,
        .reason = facts->user.is_present
                      ? arena_format(arena, "the address of user %.*s is proven -> complete",
                                     STR_ARG(facts->user.id))
                      : STR("a new address is proven and sign-up is open -> complete"),
    };
}

flow_decision_t flow_after_proof(arena_t *arena, const flow_proof_t *facts) {
    flow_decision_t decision;
    if (is_over(facts, &decision)) {
        return decision;
    }
    if (facts->kind == FLOW_PROOF_NUMBER && facts->is_same_browser_enforced) {
        return after_link_elsewhere(facts); // there is no number to confirm
    }
    if (facts->kind != FLOW_PROOF_CONTINUE && !facts->is_secret_right) {
        return after_wrong_secret(facts);
    }
    if (facts->kind == FLOW_PROOF_NUMBER) {
        return flow_decide(FLOW_STEP_CONFIRMED,
                           STR("the number is right -> the first browser goes on"));
    }
    if (facts->kind == FLOW_PROOF_CONTINUE && !facts->challenge.is_confirmed) {
        return flow_decide(FLOW_STEP_CONFIRM_NUMBER,
                           STR("the number is not confirmed on the other device yet"));
    }
    if (!facts->is_own_browser) {
        return after_link_elsewhere(facts);
    }
    if (facts->kind == FLOW_PROOF_LINK_VIEW) {
        return flow_decide(FLOW_STEP_COMPLETE,
                           STR("the link was opened in its own browser -> the button finishes"));
    }
    return after_proven(arena, facts);
}
