// POST /a/auth/number: the number of the first browser's page, typed behind the link in another one
// (flow.md 8, same-browser enforcement off).
#include "handle/endpoints.h"
#include "handle/link.h"

static result_t confirm(call_t *call, const link_t *link, const flow_decision_t *decision,
                        response_t *out) {
    store_audit_t audit = page_audit(call, "login.number", &link->page.flow, decision);
    audit.email = link->page.flow.challenge.email;
    const result_t result =
        store_challenge_confirm(call->store, link->page.flow.challenge.id, &audit, &call->err);
    if (result == CONFLICT) { // used or replaced between the read and the write
        call->err = (err_t){0};
        return link_over(call, link, out);
    }
    TRY(result);
    const link_form_t form = {.kind = VIEW_LINK_CONFIRMED, .status = 200};
    return link_show(call, link, &form, out);
}

result_t handle_link_number(call_t *call, response_t *out) {
    link_t link = {0};
    TRY(link_open(call, &link, true, out));
    if (link.is_answered) {
        return OK;
    }
    const str_t typed = str_trim(page_field(&link.page.form, STR("number")));
    const str_t number = link.proof.confirm_number;
    const proof_step_t step = {.kind = FLOW_PROOF_NUMBER,
                               .is_own_browser = link.page.is_own_browser,
                               .is_secret_right =
                                   !str_is_empty(number) &&
                                   secret_equal(str_bytes(typed), str_bytes(number))};
    const flow_decision_t decision = proof_step_decide(call, &link.proof, &step);
    if (decision.step == FLOW_STEP_CONFIRMED) {
        return confirm(call, &link, &decision, out);
    }
    const proof_end_t end = {&link.page, &link.proof, &decision, "login.number"};
    bool is_answered;
    TRY(proof_step_end(call, &end, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (decision.step != FLOW_STEP_CODE_WRONG) {
        return link_over(call, &link, out);
    }
    const link_form_t form = {.kind = VIEW_LINK_NUMBER,
                              .error = VIEW_ERROR_NUMBER_WRONG,
                              .tries_left = decision.tries_left,
                              .status = 400};
    return link_show(call, &link, &form, out);
}
