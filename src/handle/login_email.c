// POST /a/auth/login: an email address was entered (flow.md M1, M2).
#include "handle/email_step.h"
#include "handle/endpoints.h"
#include "handle/login_form.h"

// A malformed address: nothing is looked up but the flow, and what was typed is kept.
static result_t refuse(call_t *call, page_t *page, login_form_t *form, response_t *out) {
    TRY(browser_read(call, &page->browser));
    if (page_is_flow_id(page->flow_id)) {
        TRY(store_flow_read(call->store, page->flow_id, &page->flow, &call->err));
    }
    bool is_answered;
    TRY(page_form_check(call, page, &page->is_own_browser));
    TRY(page_judge(call, page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (!str_is_empty(page_forced(&page->flow.request))) {
        response_redirect(out, page_start_url(call, &page->flow.request));
        return OK;
    }
    form->error = str_is_empty(form->email) ? VIEW_ERROR_EMAIL_EMPTY : VIEW_ERROR_EMAIL_INVALID;
    form->status = 400;
    return login_form_show(call, page, form, out);
}

result_t handle_login_email(call_t *call, response_t *out) {
    email_step_t step = {0};
    TRY(page_form(call, &step.page.form));
    step.page.flow_id = page_field(&step.page.form, STR("flow"));
    const str_t intent = page_field(&step.page.form, STR("intent"));
    login_form_t form = {.email = str_trim(page_field(&step.page.form, STR("email"))),
                         .is_signup =
                             call->settings->is_signup_on && str_eq(intent, STR("sign_up"))};
    email_t email;
    err_t why = {0};
    if (email_parse(call->arena, form.email, &email, &why) != OK) {
        return refuse(call, &step.page, &form, out);
    }

    TRY(email_step_decide(call, &step, &email, out));
    if (step.is_answered) {
        return OK;
    }
    TRY(email_step_send(call, &step, &email, out));
    if (step.is_answered) {
        return OK;
    }
    if (step.limited.is_limited) {
        out->log_code = STR("limited");
        form.error = VIEW_ERROR_LIMITED;
        form.retry_after_s = step.limited.retry_after_s;
        form.status = 429;
        return login_form_show(call, &step.page, &form, out);
    }
    response_redirect(out, page_url(call, "/a/auth/code", step.page.flow_id));
    return OK;
}
