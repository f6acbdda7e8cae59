// GET and POST /a/auth/sso: to the provider that the flow goes to next. Somebody who asked for it
// (by address, by the application's request) goes at once; who comes from another sign-in reads why
// first (FLOW_WHY_*). Reload and back are safe: each time is a new request.
#include "handle/endpoints.h"
#include "handle/sso_begin.h"

static view_sso_why_t why_of(flow_why_t why) {
    if (why == FLOW_WHY_SESSION) {
        return VIEW_SSO_SESSION;
    }
    return why == FLOW_WHY_SWITCH ? VIEW_SSO_SWITCH : VIEW_SSO_POLICY;
}

static result_t show(call_t *call, const page_t *page, const flow_connection_t *connection,
                     response_t *out) {
    view_sso_t view = {.why = why_of(page->flow.request.why),
                       .flow_id = page->flow_id,
                       .organization = connection->organization_name,
                       .connection = connection->name,
                       .email = page->flow.email_display};
    TRY(form_token_make(call, &page->browser, page->flow_id, &view.form_token));
    const view_frame_t frame = page_frame(call, &page->flow, &page->form);
    str_t html;
    TRY(view_sso_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, 200, html);
    out->form_action = login_form_action(call->arena, page->flow.request.redirect_uri);
    return OK;
}

// A flow without a next connection has another page to be on.
static str_t other_url(call_t *call, const page_t *page) {
    return page->flow.request.picked_ids.count > 0 ? page_url(call, "/a/auth/pick", page->flow_id)
                                                   : page_url(call, "/a/auth/login", page->flow_id);
}

static result_t open_page(call_t *call, page_t *page, store_begin_t *out_begin, response_t *out,
                          bool *out_is_answered) {
    *out_begin = (store_begin_t){0};
    page->takes_test = true;
    TRY(page_parse(call, page));
    if (page_is_flow_id(page->flow_id)) {
        TRY(store_begin_read(call->store, page->flow_id, out_begin, &call->err));
    }
    page_flow_set(page, &out_begin->flow);
    return page_judge(call, page, out, out_is_answered);
}

result_t handle_sso(call_t *call, response_t *out) {
    page_t page = {0};
    store_begin_t begin;
    bool is_answered, is_button = false;
    TRY(call_store_acquire(call));
    TRY(open_page(call, &page, &begin, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    if (str_is_empty(page.flow.request.next_connection_id)) {
        response_redirect(out, other_url(call, &page));
        return OK;
    }
    if (call->request->method == METHOD_POST) {
        TRY(page_form_check(call, &page, &is_button));
    }
    const bool is_usable = begin.connection.facts.is_usable;
    return page.flow.request.why != FLOW_WHY_NONE && is_usable && !is_button
               ? show(call, &page, &begin.connection.facts, out)
               : sso_begin(call, &page, &begin, out);
}
