// What entering an email address and asking for a new code have in common: the facts, the decision
// and the mail.
#pragma once
#include "base/email.h"
#include "handle/challenge.h"

typedef struct {
    page_t page;
    store_email_t facts;
    flow_decision_t decision;
    bool is_resend;
    bool is_answered;        // `out` already holds the answer
    store_limited_t limited; // after beat four
} email_step_t;

// Beats one to three. `email` NULL is a resend: the flow's own address. `step->page.form` and
// `.flow_id` are filled before. An answer that policy dictates is written and audited here.
MUST_USE result_t email_step_decide(call_t *call, email_step_t *step, const email_t *email,
                                    response_t *out);

// Beat four: the mail, unless `step->limited`. Answers itself if the flow was closed meanwhile.
MUST_USE result_t email_step_send(call_t *call, email_step_t *step, const email_t *email,
                                  response_t *out);
