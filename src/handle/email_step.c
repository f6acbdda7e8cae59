#include "handle/email_step.h"

#include "flow/email.h"

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

result_t email_step_decide(call_t *call, email_step_t *step, const email_t *email,
                           response_t *out) {
    TRY(read_facts(call, step, email));
    const store_flow_t *flow = &step->page.flow;
    TRY(page_judge(call, &step->page, out, &step->is_answered));
    if (step->is_answered) {
        return OK;
    }
    const flow_email_t in = {.now = flow->now,
                             .status = flow->status,
                             .flow_expires_at = flow->expires_at,
                             .is_own_browser = step->page.is_own_browser,
                             .hrd = step->facts.hrd,
                             .challenge = flow->challenge,
                             .is_resend = email == NULL,
                             .resend_wait_s = CHALLENGE_RESEND_WAIT_S};
    step->decision = flow_after_email(call->arena, &in);
    TRY(page_decision(call, flow, &step->decision, out, &step->is_answered));
    if (step->decision.step == FLOW_STEP_SEND_CODE) {
        return OK; // the audit row goes with the challenge
    }
    store_audit_t audit = page_audit(call, "login.email", flow, &step->decision);
    audit.email = email ? email->normal : flow->email;
    return store_audit_add(call->store, &audit, &call->err);
}

result_t email_step_send(call_t *call, email_step_t *step, const email_t *email, response_t *out) {
    const store_flow_t *flow = &step->page.flow;
    const challenge_send_t mail = {.page = &step->page,
                                   .email = email ? email->normal : flow->email,
                                   .email_display = email ? email->display : flow->email_display,
                                   .is_known_browser = step->facts.is_known_browser,
                                   .decision = &step->decision};
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
