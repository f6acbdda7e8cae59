#include "handle/email_step.h"

#include "flow/email.h"
#include "handle/next_step.h"

static result_t read_facts(call_t *call, email_step_t *step, const email_t *email) {
    page_t *page = &step->page;
    TRY(browser_read(call, &page->browser));
    if (!page_is_flow_id(page->flow_id)) {
        return OK;
    }
    store_email_in_t in = {.flow_id = page->flow_id,
                           .browser_hash = browser_hash_bytes(&page->browser)};
    if (email) {
        in.email = email->normal;
        in.domain = email->domain;
    }
    TRY(store_email_read(call->store, &in, &step->facts, &call->err));
    page->flow = step->facts.flow;
    return page_form_check(call, page, &page->is_own_browser);
}

// What the proof will link: that of the code before it, for the same address again; a social
// identity that waits for an address (M6), for one that was typed.
static str_t waiting(const email_step_t *step) {
    const store_flow_t *flow = &step->page.flow;
    return step->is_resend ? flow->challenge_assertion_id : flow->assertion_id;
}

static flow_decision_t decide(call_t *call, const email_step_t *step) {
    const store_flow_t *flow = &step->page.flow;
    const flow_email_t in = {.now = flow->now,
                             .status = flow->status,
                             .flow_expires_at = flow->expires_at,
                             .is_own_browser = step->page.is_own_browser,
                             .hrd = step->facts.hrd,
                             .challenge = flow->challenge,
                             .is_resend = step->is_resend,
                             .resend_wait_s = CHALLENGE_RESEND_WAIT_S};
    return flow_after_email(call->arena, &in);
}

// An answer that is the same for every page, or leads away.
static result_t answer(call_t *call, email_step_t *step, const email_t *email, response_t *out) {
    const store_flow_t *flow = &step->page.flow;
    const flow_decision_t *decision = &step->decision;
    if (next_step_is(decision->step)) {
        const next_step_t next = {.flow = flow,
                                  .decision = decision,
                                  .event = "login.email",
                                  .email = email ? email->normal : STR_NONE,
                                  .email_display = email ? email->display : STR_NONE};
        step->is_answered = true;
        return next_step_go(call, &next, out);
    }
    const page_outcome_t outcome = {.flow = flow, .decision = decision};
    TRY(page_decision(call, &outcome, out, &step->is_answered));
    if (decision->step == FLOW_STEP_SEND_CODE) {
        return OK; // the audit row goes with the challenge
    }
    store_audit_t audit = page_audit(call, "login.email", flow, decision);
    audit.email = email ? email->normal : flow->email;
    return store_audit_add(call->store, &audit, &call->err);
}

result_t email_step_decide(call_t *call, email_step_t *step, const email_t *email,
                           response_t *out) {
    step->is_resend = email == NULL;
    TRY(read_facts(call, step, email));
    TRY(page_judge(call, &step->page, out, &step->is_answered));
    if (step->is_answered) {
        return OK;
    }
    const store_request_t *request = &step->page.flow.request;
    if (!step->is_resend && !str_is_empty(page_forced(request))) {
        // No address leads round what the request forces.
        step->is_answered = true;
        out->log_code = STR("forced");
        response_redirect(out, page_start_url(call, request));
        return OK;
    }
    step->decision = decide(call, step);
    return answer(call, step, email, out);
}

result_t email_step_send(call_t *call, email_step_t *step, const email_t *email, response_t *out) {
    const store_flow_t *flow = &step->page.flow;
    const challenge_send_t mail = {.page = &step->page,
                                   .email = email ? email->normal : flow->email,
                                   .email_display = email ? email->display : flow->email_display,
                                   .is_known_browser = step->facts.is_known_browser,
                                   .decision = &step->decision,
                                   .event = "login.email",
                                   .assertion_id = waiting(step)};
    if (step->decision.step == FLOW_STEP_LIMITED) {
        step->limited = (store_limited_t){true, step->decision.retry_after_s};
        return OK;
    }
    const result_t result = challenge_send(call, &mail, &step->limited);
    if (result != CONFLICT) {
        return result;
    }
    // Finished in another tab between the read and the write: the page says how things stand now.
    call->err = (err_t){0};
    step->is_answered = true;
    *out = (response_t){.log_code = STR("conflict")};
    response_redirect(out, page_url(call, "/a/auth/code", step->page.flow_id));
    return OK;
}
