// GET /a/auth/link: shows what can be done with the link and changes nothing, so that a mail
// scanner that opens it costs nobody a login (P-OTP-08).
#include "handle/endpoints.h"
#include "handle/link.h"

result_t handle_link_page(call_t *call, response_t *out) {
    link_t link = {0};
    TRY(link_open(call, &link, false, out));
    if (link.is_answered) {
        return OK;
    }
    const proof_step_t step = {.kind = FLOW_PROOF_LINK_VIEW,
                               .is_own_browser = link.page.is_own_browser,
                               .is_secret_right = true};
    const flow_decision_t decision = proof_step_decide(call, &link.proof, &step);
    out->log_code = str_from_c(flow_step_name(decision.step));
    link_form_t form = {.status = 200};
    if (decision.step == FLOW_STEP_SHOW_CODE) {
        form.kind = VIEW_LINK_SHOW_CODE;
    } else if (decision.step == FLOW_STEP_COMPLETE) {
        form.kind = VIEW_LINK_FINISH;
    } else if (decision.step == FLOW_STEP_CONFIRM_NUMBER) {
        form.kind = VIEW_LINK_NUMBER;
    } else if (decision.step == FLOW_STEP_CONFIRMED) {
        form.kind = VIEW_LINK_CONFIRMED;
    } else {
        return link_over(call, &link, out);
    }
    return link_show(call, &link, &form, out);
}
