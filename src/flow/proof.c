#include "flow/proof.h"
#include "flow/arrival.h"
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

// M12: what waits for this proof is not what it was when it was asserted. An organization's
// connection waits with a code of its own purpose, a social one never does.
static bool is_connection_lapsed(const flow_proof_t *facts) {
    const flow_connection_t *connection = &facts->connection;
    const bool is_trust = facts->challenge.purpose == FLOW_PURPOSE_SSO_TRUST;
    return !connection->is_present || !connection->is_usable || connection->is_social == is_trust ||
           connection->trust_epoch != facts->asserted_epoch;
}

static flow_decision_t fail(arena_t *arena, const flow_connection_t *connection) {
    flow_decision_t failed = flow_decide(
        FLOW_STEP_SSO_FAILED, arena_format(arena,
                                           "connection %.*s was switched off or changed while the "
                                           "code was on its way",
                                           STR_ARG(connection->id)));
    failed.connection_id = connection->id;
    failed.organization_id = connection->organization_id;
    return failed;
}

static flow_decision_t complete(arena_t *arena, const flow_proof_t *facts) {
    const flow_connection_t *connection = &facts->connection;
    const str_t whose = facts->user.is_present
                            ? arena_format(arena, "user %.*s", STR_ARG(facts->user.id))
                            : STR("somebody new");
    flow_decision_t decision = {.step = FLOW_STEP_COMPLETE, .is_new_session = true};
    if (!connection->is_present) {
        decision.reason = arena_format(arena, "the address of %.*s is proven", STR_ARG(whose));
        return decision;
    }
    decision.connection_id = connection->id;
    decision.organization_id = connection->organization_id;
    decision.is_linking = true;
    decision.reason =
        arena_format(arena, "the address of %.*s, for connection %.*s, is proven -> link",
                     STR_ARG(whose), STR_ARG(connection->id));
    return decision;
}

// M3, M4 and the proof of M6 and M7. The realm of a known identity's own user counts like that of
// the address; where one matches, nothing is linked.
static flow_decision_t after_login_proven(arena_t *arena, const flow_proof_t *facts) {
    if (facts->hrd.kind != FLOW_HRD_NONE) {
        return flow_decide_policy(arena, &facts->hrd);
    }
    if (facts->hrd_user.kind != FLOW_HRD_NONE) {
        return flow_decide_policy(arena, &facts->hrd_user);
    }
    if (facts->connection.is_present && is_connection_lapsed(facts)) {
        return fail(arena, &facts->connection);
    }
    return complete(arena, facts);
}

// M5 and the loop guard: a person of another organization's domain stays with the organization
// whose connection this is, unless the other one wants its people for itself alone.
static flow_decision_t after_trust_proven(arena_t *arena, const flow_proof_t *facts) {
    const str_t organization_id = facts->connection.organization_id;
    if (is_connection_lapsed(facts)) {
        return fail(arena, &facts->connection);
    }
    if (flow_is_other_exclusive(&facts->hrd, organization_id)) {
        return flow_decide_other_realm(arena, &facts->hrd);
    }
    if (flow_is_other_exclusive(&facts->hrd_user, organization_id)) {
        return flow_decide_other_realm(arena, &facts->hrd_user);
    }
    const flow_voucher_t voucher = {&facts->connection, &facts->identity, &facts->user,
                                    &facts->hrd_user, facts->challenge.email};
    if (!flow_is_user_vouched(&voucher)) {
        return flow_decide_unvouched(arena, &facts->connection);
    }
    return complete(arena, facts);
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
    return facts->challenge.purpose == FLOW_PURPOSE_LOGIN ? after_login_proven(arena, facts)
                                                          : after_trust_proven(arena, facts);
}
