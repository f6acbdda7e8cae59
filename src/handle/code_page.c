// GET /a/auth/code: where the code is typed.
#include "handle/code_page.h"

#include "flow/proof.h"
#include "handle/buttons.h"
#include "handle/endpoints.h"

static view_error_t challenge_state(const store_flow_t *flow) {
    const flow_challenge_t *challenge = &flow->challenge;
    if (challenge->is_consumed || challenge->expires_at <= flow->now) {
        return VIEW_ERROR_CODE_EXPIRED;
    }
    return challenge->tries >= FLOW_TRIES_MAX && !challenge->is_confirmed ? VIEW_ERROR_CODE_DEAD
                                                                          : VIEW_ERROR_NONE;
}

static int64_t resend_wait_s(const store_flow_t *flow) {
    const int64_t since_s = (flow->now - flow->challenge.sent_at) / 1000;
    return since_s >= CHALLENGE_RESEND_WAIT_S ? 0 : CHALLENGE_RESEND_WAIT_S - since_s;
}

// M7, M15: the address came from a provider and may differ from what was typed. With M6 the person
// typed it.
static result_t asserted_by(call_t *call, const store_flow_t *flow, str_t *out) {
    const str_t waits = flow->challenge_assertion_id;
    return str_is_empty(waits) || str_eq(waits, flow->assertion_id)
               ? OK
               : buttons_name(call, flow->request.next_connection_id, out);
}

result_t code_page_show(call_t *call, const page_t *page, const code_form_t *form,
                        response_t *out) {
    const store_flow_t *flow = &page->flow;
    const view_error_t state = challenge_state(flow);
    view_code_t code = {.flow_id = page->flow_id,
                        .email = flow->challenge.email_display,
                        .error = state == VIEW_ERROR_NONE ? form->error : state,
                        .tries_left = form->tries_left,
                        .retry_after_s = form->retry_after_s,
                        .resend_wait_s = resend_wait_s(flow),
                        .lifetime_min = call->settings->code_lifetime_s / 60,
                        .was_resent = form->was_resent,
                        .confirm_number = flow->confirm_number,
                        .is_code_usable = state == VIEW_ERROR_NONE};
    TRY(form_token_make(call, &page->browser, page->flow_id, &code.form_token));
    TRY(asserted_by(call, flow, &code.asserted_by));
    const view_frame_t frame = page_frame(call, flow, &page->form);
    str_t html;
    TRY(view_code_page(call->arena, &frame, &code, &html, &call->err));
    response_html(out, form->status, html);
    response_retry_after(call, form->retry_after_s, out);
    out->form_action = login_form_action(call->arena, flow->request.redirect_uri);
    return OK;
}

result_t handle_code_page(call_t *call, response_t *out) {
    page_t page = {0};
    bool is_answered;
    TRY(page_open(call, &page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (!page.flow.challenge.is_present) {
        response_redirect(out, page_start_url(call, &page.flow.request));
        return OK;
    }
    if (page.flow.challenge.is_consumed && page.flow.authenticated.is_present) {
        response_redirect(out, page_url(call, "/a/auth/organization", page.flow_id));
        return OK;
    }
    const code_form_t form = {
        .status = 200, .was_resent = str_eq(page_field(&page.form, STR("sent")), STR("again"))};
    return code_page_show(call, &page, &form, out);
}
