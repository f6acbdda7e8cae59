// What a typed code, a followed link and a confirmed number have in common: from the facts of the
// challenge to the decision, and finishing the login.
#pragma once
#include "flow/proof.h"
#include "handle/page.h"

// Beat three. `is_own_browser` is the caller's: by form token or by cookie.
typedef struct {
    flow_proof_kind_t kind;
    bool is_own_browser;
    bool is_secret_right;
} proof_step_t;
flow_decision_t proof_step_decide(call_t *call, const store_proof_t *proof,
                                  const proof_step_t *step);

// Beats four and five for a decision that ends here: COMPLETE, or one that page_decision answers;
// each is audited. *out_is_answered false: the page's own answer is needed.
typedef struct {
    const page_t *page; // browser and form; the flow is the proof's
    const store_proof_t *proof;
    const flow_decision_t *decision;
    const char *event;
} proof_end_t;
MUST_USE result_t proof_step_end(call_t *call, const proof_end_t *end, response_t *out,
                                 bool *out_is_answered);
