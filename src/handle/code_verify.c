// POST /a/auth/code: a code was typed (flow.md M3, M4).
#include "handle/code_page.h"
#include "handle/endpoints.h"
#include "handle/limits.h"
#include "handle/proof_step.h"

// Without the token that this browser's page carried, nothing is counted: the form is judged by
// what its flow says, and answered with a way on.
static result_t refuse_form(call_t *call, page_t *page, response_t *out) {
    if (page_is_flow_id(page->flow_id)) {
        TRY(store_flow_read(call->store, page->flow_id, &page->flow, &call->err));
    }
    page->is_own_browser = false;
    bool is_answered;
    return page_judge(call, page, out, &is_answered);
}

static result_t show_again(call_t *call, page_t *page, const code_form_t *form, response_t *out) {
    TRY(store_flow_read(call->store, page->flow_id, &page->flow, &call->err));
    bool is_answered;
    TRY(page_judge(call, page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (!page->flow.challenge.is_present) {
        response_redirect(out, page_url(call, "/a/auth/login", page->flow_id));
        return OK;
    }
    return code_page_show(call, page, form, out);
}

static code_form_t form_of(const flow_decision_t *decision) {
    code_form_t form = {.status = 400, .tries_left = decision->tries_left};
    if (decision->step == FLOW_STEP_CODE_WRONG) {
        form.error = VIEW_ERROR_CODE_WRONG;
    } else {
        form.error =
            decision->step == FLOW_STEP_CODE_DEAD ? VIEW_ERROR_CODE_DEAD : VIEW_ERROR_CODE_EXPIRED;
    }
    return form;
}

static result_t show_limited(call_t *call, page_t *page, const store_proof_t *proof,
                             response_t *out) {
    const flow_decision_t decision = {.step = FLOW_STEP_LIMITED,
                                      .reason =
                                          STR("too many tries from this network -> not looked at")};
    const store_audit_t audit = page_audit(call, "login.code", &proof->flow, &decision);
    TRY(store_audit_add(call->store, &audit, &call->err));
    out->log_code = STR("limited");
    const code_form_t form = {
        .error = VIEW_ERROR_LIMITED, .retry_after_s = proof->retry_after_s, .status = 429};
    return show_again(call, page, &form, out);
}

static result_t evaluate(call_t *call, page_t *page, str_t code, response_t *out) {
    limits_t limits;
    TRY(limits_for_try(call, &limits));
    const store_try_t in = {.flow_id = page->flow_id,
                            .session_hash = browser_session_bytes(&page->browser),
                            .browser_hash = browser_hash_bytes(&page->browser),
                            .limits = limits_list(&limits)};
    store_proof_t proof;
    TRY(store_challenge_try(call->store, &in, &proof, &call->err));
    if (proof.is_limited) {
        return show_limited(call, page, &proof, out);
    }
    proof_step_t step = {.kind = FLOW_PROOF_CODE, .is_own_browser = page->is_own_browser};
    TRY(challenge_code_matches(call, &proof, code, &step.is_secret_right));
    const flow_decision_t decision = proof_step_decide(call, &proof, &step);
    const proof_end_t end = {page, &proof, &decision, "login.code"};
    bool is_answered;
    TRY(proof_step_end(call, &end, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    const code_form_t form = form_of(&decision);
    return show_again(call, page, &form, out);
}

result_t handle_code_verify(call_t *call, response_t *out) {
    page_t page = {0};
    TRY(page_form(call, &page.form));
    page.flow_id = page_field(&page.form, STR("flow"));
    TRY(browser_read(call, &page.browser));
    TRY(page_form_check(call, &page, &page.is_own_browser));
    if (!page.is_own_browser) {
        return refuse_form(call, &page, out);
    }
    str_t code;
    if (!challenge_is_code(call->arena, page_field(&page.form, STR("code")), &code)) {
        const code_form_t form = {.error = VIEW_ERROR_CODE_EMPTY, .status = 400};
        return show_again(call, &page, &form, out);
    }
    return evaluate(call, &page, code, out);
}
