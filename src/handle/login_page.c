// GET /a/auth/login and /a/auth/signup: the field for the email address, and the buttons.
#include "handle/endpoints.h"
#include "handle/login_form.h"

static view_login_note_t note_of(const page_t *page) {
    const str_t note = page_field(&page->form, STR("note"));
    if (str_eq(note, STR("cancelled"))) {
        return VIEW_LOGIN_NOTE_CANCELLED;
    }
    return str_eq(note, STR("failed")) ? VIEW_LOGIN_NOTE_FAILED : VIEW_LOGIN_NOTE_NONE;
}

static result_t show(call_t *call, response_t *out, bool is_signup) {
    page_t page = {0};
    bool is_answered;
    TRY(page_open(call, &page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (!str_is_empty(page_forced(&page.flow.request))) {
        response_redirect(out, page_start_url(call, &page.flow.request));
        return OK;
    }
    const str_t entered = page.flow.email_display;
    const login_form_t form = {.email =
                                   str_is_empty(entered) ? page.flow.request.login_hint : entered,
                               .is_signup = is_signup && call->settings->is_signup_on,
                               .note = note_of(&page),
                               .status = 200};
    return login_form_show(call, &page, &form, out);
}

result_t handle_login_page(call_t *call, response_t *out) {
    return show(call, out, false);
}

result_t handle_signup_page(call_t *call, response_t *out) {
    return show(call, out, true);
}
