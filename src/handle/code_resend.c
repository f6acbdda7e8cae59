// POST /a/auth/resend: a new code for the same address and flow.
#include "handle/code_page.h"
#include "handle/email_step.h"
#include "handle/endpoints.h"

result_t handle_code_resend(call_t *call, response_t *out) {
    email_step_t step = {0};
    TRY(page_form(call, &step.page.form));
    step.page.flow_id = page_field(&step.page.form, STR("flow"));
    TRY(email_step_decide(call, &step, NULL, out));
    if (step.is_answered) {
        return OK;
    }
    if (!step.page.flow.challenge.is_present) {
        response_redirect(out, page_url(call, "/a/auth/login", step.page.flow_id));
        return OK;
    }
    TRY(email_step_send(call, &step, NULL, out));
    if (step.is_answered) {
        return OK;
    }
    if (step.limited.is_limited) {
        out->log_code = STR("limited");
        const code_form_t form = {.error = VIEW_ERROR_LIMITED,
                                  .retry_after_s = step.limited.retry_after_s,
                                  .status = 429};
        return code_page_show(call, &step.page, &form, out);
    }
    response_redirect(out, arena_format(call->arena, "/a/auth/code?flow=%.*s&sent=again",
                                        STR_ARG(step.page.flow_id)));
    return OK;
}
