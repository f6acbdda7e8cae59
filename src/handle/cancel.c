// GET /a/auth/cancel: back to the application with a refusal, from a page that knows no other way.
// Nothing changes: the flow stays as it is, should the person come back to another way of signing
// in.
#include "handle/endpoints.h"
#include "handle/page.h"

// RFC 6749 4.1.2.1, hosted-login.md 2.4. Nothing else can be put into the application's mouth.
static const char *error_of(const page_t *page) {
    return str_eq(page_field(&page->form, STR("error")), STR("user_not_active")) ? "user_not_active"
                                                                                 : "access_denied";
}

result_t handle_cancel(call_t *call, response_t *out) {
    page_t page = {0};
    bool is_answered;
    TRY(page_open(call, &page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    const flow_decision_t decision = {.step = FLOW_STEP_ERROR_REDIRECT,
                                      .error = error_of(&page),
                                      .reason = STR("the person went back to the application")};
    const store_audit_t audit = page_audit(call, "login.cancel", &page.flow, &decision);
    TRY(store_audit_add(call->store, &audit, &call->err));
    const store_request_t *request = &page.flow.request;
    const login_answer_t answer = {.redirect_uri = request->redirect_uri,
                                   .state = request->state,
                                   .has_state = request->has_state,
                                   .error = decision.error};
    login_redirect(call, &answer, out);
    return OK;
}
