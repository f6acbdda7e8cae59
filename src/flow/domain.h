// What follows from asking DNS whether a domain is an organization's (hosted-login.md 8.2). Pure;
// any thread.
#pragma once
#include "base/str.h"
#include <stdint.h>

typedef enum {
    FLOW_DOMAIN_PENDING,
    FLOW_DOMAIN_VERIFIED,
    FLOW_DOMAIN_FAILED,
} flow_domain_status_t;

typedef enum {
    FLOW_TXT_FOUND,
    FLOW_TXT_ABSENT,    // the name's servers answered, and not with this record
    FLOW_TXT_NO_ANSWER, // nobody knows
} flow_txt_t;

typedef struct {
    flow_domain_status_t status;
    int64_t failures;  // checks in a row before this one that did not find the record
    bool is_taken;     // verified for another organization
    bool is_requested; // somebody asks now, who has probably just changed something
    flow_txt_t txt;
} flow_domain_facts_t;

typedef struct {
    flow_domain_status_t status;
    int64_t failures;
    int64_t due_in_s;   // when DNS is asked next; 0: never again by itself
    bool is_told;       // worth a row in the audit
    const char *reason; // static
} flow_domain_decision_t;

// A claim is tried for two days, at first every few minutes. What was verified is lost only when
// its servers have denied it for a week: a name server that is away takes nobody's sign-in away.
flow_domain_decision_t flow_domain_after_check(const flow_domain_facts_t *facts);

// "pending", "verified", "failed".
extern const char *const flow_domain_status_names[];
