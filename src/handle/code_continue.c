// POST /a/auth/continue: the first browser goes on after its number was confirmed on another
// device. GET /a/auth/status: whether that has happened, for the page's script.
#include "handle/code_page.h"
#include "handle/endpoints.h"
#include "handle/proof_step.h"

result_t handle_code_status(call_t *call, response_t *out) {
    page_t page = {0};
    bool is_answered;
    TRY(page_open(call, &page, out, &is_answered));
    const bool is_confirmed = !is_answered && page.flow.challenge.is_confirmed;
    *out = (response_t){0};
    response_json(out, 200,
                  is_confirmed ? STR("{\"confirmed\":true}") : STR("{\"confirmed\":false}"));
    return OK;
}

result_t handle_code_continue(call_t *call, response_t *out) {
    page_t page = {0};
    bool is_answered;
    TRY(page_open(call, &page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    TRY(page_form_check(call, &page, &page.is_own_browser));
    const store_confirmed_in_t in = {page.flow_id, browser_session_bytes(&page.browser)};
    store_proof_t proof;
    TRY(store_confirmed_read(call->store, &in, &proof, &call->err));
    const proof_step_t step = {.kind = FLOW_PROOF_CONTINUE,
                               .is_own_browser = page.is_own_browser,
                               .is_secret_right = proof.flow.challenge.is_confirmed};
    const flow_decision_t decision = proof_step_decide(call, &proof, &step);
    const proof_end_t end = {&page, &proof, &decision, "login.number"};
    TRY(proof_step_end(call, &end, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    response_redirect(out, page_url(call, "/a/auth/code", page.flow_id));
    return OK;
}
