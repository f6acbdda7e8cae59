// Where a flow goes next when that is not one of our own pages' business: to a provider, to the
// choice among several, or back to the email field (flow.md M1, M3, M6 to M8, M10).
#pragma once
#include "handle/page.h"
#include "store/sso.h"

// SSO, SOCIAL, PICK_CONNECTION and ASK_EMAIL are written with the flow.
bool next_step_is(flow_step_t step);

// The page that such a step continues on.
str_t next_step_url(call_t *call, flow_step_t step, str_t flow_id);

typedef struct {
    const store_flow_t *flow;
    const flow_decision_t *decision; // one of next_step_is
    const char *event;
    str_t email, email_display;         // typed or asserted by now; may be empty
    const store_assertion_t *assertion; // ASK_EMAIL: kept until an address is proven; else NULL
} next_step_t;

// Beats four and five: one write, 303. A flow that was finished meanwhile is led to its page, which
// says how things stand.
MUST_USE result_t next_step_go(call_t *call, const next_step_t *in, response_t *out);
