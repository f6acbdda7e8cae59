#include "handle/login_form.h"

enum { SHOWN_EMAIL_MAX = 320 };

result_t login_form_show(call_t *call, const page_t *page, const login_form_t *form,
                         response_t *out) {
    view_login_t login = {.flow_id = page->flow_id,
                          .email = str_sub(form->email, 0, SHOWN_EMAIL_MAX),
                          .is_signup = form->is_signup,
                          .is_signup_open = call->settings->is_signup_on,
                          .error = form->error,
                          .retry_after_s = form->retry_after_s};
    TRY(form_token_make(call, &page->browser, page->flow_id, &login.form_token));
    const view_frame_t frame = page_frame(call, &page->flow, &page->form);
    str_t html;
    TRY(view_login_page(call->arena, &frame, &login, &html, &call->err));
    response_html(out, form->status, html);
    response_retry_after(call, form->retry_after_s, out);
    out->form_action = login_form_action(call->arena, page->flow.request.redirect_uri);
    return OK;
}
