#include "flow/domain.h"

enum {
    MINUTE_S = 60,
    HOUR_S = 3600,
    DAY_S = 86400,
    // 1 + 5 + 15 + 60 minutes, then every hour: this one is the first after 48 hours.
    PENDING_FAILURES_MAX = 52,
    VERIFIED_FAILURES_MAX = 7, // a day apart
};

static const int64_t STEPS_S[] = {MINUTE_S, 5 * MINUTE_S, 15 * MINUTE_S, HOUR_S};
enum { STEPS_COUNT = sizeof(STEPS_S) / sizeof(STEPS_S[0]) };

const char *const flow_domain_status_names[] = {
    [FLOW_DOMAIN_PENDING] = "pending",
    [FLOW_DOMAIN_VERIFIED] = "verified",
    [FLOW_DOMAIN_FAILED] = "failed",
};

static const char *pending_reason(const flow_domain_facts_t *facts) {
    if (facts->txt == FLOW_TXT_FOUND) {
        return "the TXT record is there, but another organization has verified this domain";
    }
    return facts->txt == FLOW_TXT_ABSENT ? "the TXT record is not there"
                                         : "the domain's name servers did not answer";
}

static flow_domain_decision_t found(const flow_domain_facts_t *facts) {
    return (flow_domain_decision_t){.status = FLOW_DOMAIN_VERIFIED,
                                    .due_in_s = DAY_S,
                                    .is_told = facts->status != FLOW_DOMAIN_VERIFIED,
                                    .reason = "the TXT record is there"};
}

static flow_domain_decision_t keep(const flow_domain_facts_t *facts) {
    if (facts->txt == FLOW_TXT_NO_ANSWER) {
        return (flow_domain_decision_t){.status = FLOW_DOMAIN_VERIFIED,
                                        .failures = facts->failures,
                                        .due_in_s = HOUR_S,
                                        .reason = "the domain's name servers did not answer"};
    }
    const int64_t failures = facts->failures + 1;
    const bool is_lost = failures >= VERIFIED_FAILURES_MAX;
    return (flow_domain_decision_t){
        .status = is_lost ? FLOW_DOMAIN_FAILED : FLOW_DOMAIN_VERIFIED,
        .failures = failures,
        .due_in_s = is_lost ? 0 : DAY_S,
        .is_told = is_lost,
        .reason = is_lost ? "the TXT record has been gone for a week"
                          : "the TXT record is not there any more",
    };
}

// Whoever asks begins the quick steps anew, and a claim that had failed is one again.
static flow_domain_decision_t try_on(const flow_domain_facts_t *facts) {
    const int64_t failures = (facts->is_requested ? 0 : facts->failures) + 1;
    const bool is_over = failures >= PENDING_FAILURES_MAX;
    const int64_t step = failures < STEPS_COUNT ? failures : STEPS_COUNT;
    return (flow_domain_decision_t){
        .status = is_over ? FLOW_DOMAIN_FAILED : FLOW_DOMAIN_PENDING,
        .failures = failures,
        .due_in_s = is_over ? 0 : STEPS_S[step - 1],
        .is_told = is_over || facts->is_requested || facts->txt == FLOW_TXT_FOUND,
        .reason = pending_reason(facts),
    };
}

flow_domain_decision_t flow_domain_after_check(const flow_domain_facts_t *facts) {
    if (facts->txt == FLOW_TXT_FOUND && !facts->is_taken) {
        return found(facts);
    }
    return facts->status == FLOW_DOMAIN_VERIFIED ? keep(facts) : try_on(facts);
}
