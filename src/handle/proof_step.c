#include "handle/proof_step.h"

flow_decision_t proof_step_decide(call_t *call, const store_proof_t *proof,
                                  const proof_step_t *step) {
    const flow_proof_t facts = {.now = proof->flow.now,
                                .kind = step->kind,
                                .status = proof->flow.status,
                                .flow_expires_at = proof->flow.expires_at,
                                .is_own_browser = step->is_own_browser,
                                .is_same_browser_enforced = call->settings->is_link_same_browser,
                                .challenge = proof->flow.challenge,
                                .is_secret_right = step->is_secret_right,
                                .hrd = proof->hrd,
                                .user = proof->user,
                                .is_signup_open = call->settings->is_signup_on};
    return flow_after_proof(call->arena, &facts);
}

static store_audit_t audit_row(call_t *call, const proof_end_t *end) {
    store_audit_t audit = page_audit(call, end->event, &end->proof->flow, end->decision);
    audit.email = end->proof->flow.challenge.email;
    audit.user_id = end->proof->user.id;
    return audit;
}

// No session comes of a login that the application cannot be sent the answer of.
static result_t end_unanswerable(call_t *call, const proof_end_t *end, const char *error,
                                 response_t *out) {
    const flow_decision_t decision = {
        .step = FLOW_STEP_ERROR_PAGE,
        .error = error,
        .reason = STR("the application was switched off or gave up the redirect URI meanwhile")};
    const proof_end_t refusal = {end->page, end->proof, &decision, end->event};
    const store_audit_t audit = audit_row(call, &refusal);
    TRY(store_audit_add(call->store, &audit, &call->err));
    return login_error_page(call, decision.error, out);
}

// Nothing of the completion was kept, its audit row neither.
static result_t audit_conflict(call_t *call, const proof_end_t *end) {
    const flow_decision_t decision = {
        .step = FLOW_STEP_CODE_EXPIRED,
        .reason = STR("what it relied on changed between the read and the write")};
    const proof_end_t refusal = {end->page, end->proof, &decision, end->event};
    const store_audit_t audit = audit_row(call, &refusal);
    return store_audit_add(call->store, &audit, &call->err);
}

result_t proof_step_end(call_t *call, const proof_end_t *end, response_t *out,
                        bool *out_is_answered) {
    const store_flow_t *flow = &end->proof->flow;
    const char *error = flow->is_present ? page_client_error(flow) : NULL;
    if (error) {
        *out_is_answered = true;
        return end_unanswerable(call, end, error, out);
    }
    if (end->decision->step == FLOW_STEP_COMPLETE) {
        *out_is_answered = true;
        const login_finish_t finish = {.request = &flow->request,
                                       .client = &flow->client,
                                       .session = &end->proof->session,
                                       .challenge = &flow->challenge,
                                       .method = "otp",
                                       .decision = end->decision,
                                       .event = end->event};
        const result_t result = login_finish(call, &end->page->browser, &finish, out);
        if (result != CONFLICT) {
            return result;
        }
        // Used, replaced or expired between the read and the write, a double click perhaps: the
        // page says how things stand now.
        *out = (response_t){.log_code = STR("conflict")};
        call->err = (err_t){0};
        TRY(audit_conflict(call, end));
        response_redirect(out, page_url(call, "/a/auth/code", flow->request.id));
        return OK;
    }
    TRY(page_decision(call, flow, end->decision, out, out_is_answered));
    const store_audit_t audit = audit_row(call, end);
    return store_audit_add(call->store, &audit, &call->err);
}
