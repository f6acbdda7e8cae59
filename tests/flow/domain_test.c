#include "flow/domain.h"
#include <criterion/criterion.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

static flow_domain_facts_t facts_of(flow_domain_status_t status, int64_t failures, flow_txt_t txt) {
    return (flow_domain_facts_t){.status = status, .failures = failures, .txt = txt};
}

static flow_domain_decision_t after(flow_domain_status_t status, int64_t failures, flow_txt_t txt) {
    const flow_domain_facts_t facts = facts_of(status, failures, txt);
    return flow_domain_after_check(&facts);
}

Test(flow_domain, a_record_that_is_there_verifies_and_is_looked_for_again_in_a_day) {
    static const flow_domain_status_t ALL[] = {FLOW_DOMAIN_PENDING, FLOW_DOMAIN_VERIFIED,
                                               FLOW_DOMAIN_FAILED};
    for (size_t i = 0; i < sizeof(ALL) / sizeof(ALL[0]); i++) {
        const flow_domain_decision_t decision = after(ALL[i], 6, FLOW_TXT_FOUND);
        cr_assert_eq(decision.status, FLOW_DOMAIN_VERIFIED);
        cr_assert_eq(decision.failures, 0);
        cr_assert_eq(decision.due_in_s, DAY_S);
        cr_assert_eq(decision.is_told, ALL[i] != FLOW_DOMAIN_VERIFIED);
    }
}

Test(flow_domain, a_claim_is_tried_after_1_5_15_and_60_minutes_then_hourly_for_48_hours) {
    static const flow_txt_t EITHER[] = {FLOW_TXT_ABSENT, FLOW_TXT_NO_ANSWER};
    static const int64_t FIRST[] = {MINUTE_S, 5 * MINUTE_S, 15 * MINUTE_S, HOUR_S, HOUR_S};
    for (size_t i = 0; i < 2; i++) {
        flow_domain_decision_t decision = {.status = FLOW_DOMAIN_PENDING};
        int64_t at_s = 0;
        for (int64_t n = 0; n < 1000 && decision.status == FLOW_DOMAIN_PENDING; n++) {
            at_s += decision.due_in_s;
            cr_assert(n == 0 || decision.due_in_s == FIRST[n < 5 ? n - 1 : 4], "check %d", (int)n);
            decision = after(decision.status, decision.failures, EITHER[i]);
            cr_assert_eq(decision.is_told, decision.status == FLOW_DOMAIN_FAILED);
        }
        cr_assert_eq(decision.status, FLOW_DOMAIN_FAILED);
        cr_assert_eq(decision.due_in_s, 0, "never again by itself");
        cr_assert(at_s >= 48 * HOUR_S && at_s < 49 * HOUR_S, "%d s", (int)at_s);
    }
}

Test(flow_domain, p_link_06_a_second_claim_stays_pending_and_says_why) {
    flow_domain_facts_t facts = facts_of(FLOW_DOMAIN_PENDING, 2, FLOW_TXT_FOUND);
    facts.is_taken = true;
    flow_domain_decision_t decision = flow_domain_after_check(&facts);
    cr_assert_eq(decision.status, FLOW_DOMAIN_PENDING);
    cr_assert_eq(decision.failures, 3);
    cr_assert(decision.is_told && strstr(decision.reason, "another organization"));
    facts.status = FLOW_DOMAIN_FAILED;
    facts.is_requested = true;
    decision = flow_domain_after_check(&facts);
    cr_assert_eq(decision.status, FLOW_DOMAIN_PENDING, "not verified by asking for it");
}

Test(flow_domain, what_was_verified_is_lost_at_the_seventh_denial_in_a_row) {
    flow_domain_decision_t decision = {.status = FLOW_DOMAIN_VERIFIED};
    for (int n = 1; n <= 6; n++) {
        decision = after(FLOW_DOMAIN_VERIFIED, decision.failures, FLOW_TXT_ABSENT);
        cr_assert_eq(decision.status, FLOW_DOMAIN_VERIFIED, "%d", n);
        cr_assert_eq(decision.due_in_s, DAY_S);
        cr_assert_not(decision.is_told);
    }
    decision = after(FLOW_DOMAIN_VERIFIED, decision.failures, FLOW_TXT_ABSENT);
    cr_assert_eq(decision.status, FLOW_DOMAIN_FAILED);
    cr_assert_eq(decision.due_in_s, 0);
    cr_assert(decision.is_told);
}

Test(flow_domain, a_name_server_that_is_away_takes_nothing_away) {
    for (int64_t failures = 0; failures < 7; failures++) {
        const flow_domain_decision_t decision =
            after(FLOW_DOMAIN_VERIFIED, failures, FLOW_TXT_NO_ANSWER);
        cr_assert_eq(decision.status, FLOW_DOMAIN_VERIFIED);
        cr_assert_eq(decision.failures, failures, "neither counted nor forgiven");
        cr_assert_eq(decision.due_in_s, HOUR_S);
    }
}

Test(flow_domain, whoever_asks_begins_the_quick_steps_anew) {
    static const flow_domain_status_t EITHER[] = {FLOW_DOMAIN_PENDING, FLOW_DOMAIN_FAILED};
    for (size_t i = 0; i < 2; i++) {
        flow_domain_facts_t facts = facts_of(EITHER[i], 51, FLOW_TXT_ABSENT);
        facts.is_requested = true;
        const flow_domain_decision_t decision = flow_domain_after_check(&facts);
        cr_assert_eq(decision.status, FLOW_DOMAIN_PENDING);
        cr_assert_eq(decision.failures, 1);
        cr_assert_eq(decision.due_in_s, MINUTE_S);
        cr_assert(decision.is_told);
    }
}
