#include "handle/login_form.h"

#include "handle/buttons.h"

enum { SHOWN_EMAIL_MAX = 320 };

// What happened before this page is about the connection that the flow went to last.
static result_t fill_note(call_t *call, const page_t *page, const store_buttons_t *rows,
                          view_login_t *login) {
    const str_t id = page->flow.request.next_connection_id;
    const store_button_t *button = buttons_find(rows, id);
    if (login->note == VIEW_LOGIN_NOTE_NONE) {
        return OK;
    }
    if (button) {
        login->note_name = button->name;
        return OK;
    }
    return buttons_name(call, id, &login->note_name);
}

result_t login_form_show(call_t *call, const page_t *page, const login_form_t *form,
                         response_t *out) {
    const bool is_waiting = !str_is_empty(page->flow.assertion_id); // M6
    view_login_t login = {.flow_id = page->flow_id,
                          .email = str_sub(form->email, 0, SHOWN_EMAIL_MAX),
                          .is_signup = form->is_signup,
                          .is_signup_open = call->settings->is_signup_on,
                          .error = form->error,
                          .retry_after_s = form->retry_after_s,
                          .note = is_waiting ? VIEW_LOGIN_NOTE_NO_EMAIL : form->note};
    store_buttons_t rows;
    TRY(store_buttons_read(call->store, &rows, &call->err));
    TRY(fill_note(call, page, &rows, &login));
    login.buttons = buttons_view(call->arena, &rows);
    TRY(form_token_make(call, &page->browser, page->flow_id, &login.form_token));
    view_frame_t frame = page_frame(call, &page->flow, &page->form);
    TRY(page_brand(call, page->flow.request.organization_id, &frame)); // flow.md E10
    str_t html;
    TRY(view_login_page(call->arena, &frame, &login, &html, &call->err));
    response_html(out, form->status, html);
    response_retry_after(call, form->retry_after_s, out);
    out->form_action = login_form_action(call->arena, page->flow.request.redirect_uri);
    return OK;
}
