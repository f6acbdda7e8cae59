// POST /a/auth/link: the button behind the link, in the browser that asked for it.
#include "handle/endpoints.h"
#include "handle/link.h"

result_t handle_link_finish(call_t *call, response_t *out) {
    link_t link = {0};
    TRY(link_open(call, &link, false, out));
    if (link.is_answered) {
        return OK;
    }
    const page_t *page = &link.page;
    proof_step_t step = {.kind = FLOW_PROOF_LINK, .is_secret_right = true};
    TRY(page_form_check(call, page, &step.is_own_browser));
    const flow_decision_t decision = proof_step_decide(call, &link.proof, &step);
    const proof_end_t end = {page, &link.proof, &decision, "login.link"};
    bool is_answered;
    TRY(proof_step_end(call, &end, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (decision.step == FLOW_STEP_SHOW_CODE || decision.step == FLOW_STEP_CONFIRM_NUMBER) {
        // Not this flow's browser: its page says what to do, again without changing anything.
        response_redirect(
            out, arena_format(call->arena, "/a/auth/link?token=%.*s", STR_ARG(link.token)));
        return OK;
    }
    return link_over(call, &link, out);
}
