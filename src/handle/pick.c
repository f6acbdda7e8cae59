// GET and POST /a/auth/pick: several of an organization's connections cover a person's domain, or
// are what the request allows, and the person picks one (flow.md 1). Only what was stored with the
// flow can be picked.
#include "handle/buttons.h"
#include "handle/endpoints.h"
#include "handle/next_step.h"

static result_t open_page(call_t *call, page_t *page, store_buttons_t *rows, response_t *out,
                          bool *out_is_answered) {
    TRY(page_open(call, page, out, out_is_answered));
    if (*out_is_answered) {
        return OK;
    }
    const flow_list_t *ids = &page->flow.request.picked_ids;
    TRY(store_picked_read(call->store, ids, rows, &call->err));
    if (ids->count > 0 && rows->count > 0) {
        return OK;
    }
    *out_is_answered = true;
    if (ids->count == 0) {
        response_redirect(out, page_url(call, "/a/auth/login", page->flow_id));
        return OK;
    }
    const page_notice_t notice = {.kind = VIEW_NOTICE_SSO_OFF, .status = 400};
    return page_notice(call, &page->flow, &notice, out);
}

static result_t show(call_t *call, const page_t *page, const store_buttons_t *rows,
                     response_t *out) {
    view_pick_t view = {.flow_id = page->flow_id,
                        .email = page->flow.email_display,
                        .buttons = buttons_view(call->arena, rows)};
    TRY(form_token_make(call, &page->browser, page->flow_id, &view.form_token));
    const view_frame_t frame = page_frame(call, &page->flow, &page->form);
    str_t html;
    TRY(view_pick_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, 200, html);
    out->form_action = login_form_action(call->arena, page->flow.request.redirect_uri);
    return OK;
}

result_t handle_pick_page(call_t *call, response_t *out) {
    page_t page = {0};
    store_buttons_t rows;
    bool is_answered;
    TRY(open_page(call, &page, &rows, out, &is_answered));
    return is_answered ? OK : show(call, &page, &rows, out);
}

result_t handle_pick(call_t *call, response_t *out) {
    page_t page = {0};
    store_buttons_t rows;
    bool is_answered, is_button;
    TRY(open_page(call, &page, &rows, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    TRY(page_form_check(call, &page, &is_button));
    const str_t id = page_field(&page.form, STR("connection_id"));
    if (!is_button || !buttons_find(&rows, id)) {
        return show(call, &page, &rows, out);
    }
    const flow_decision_t decision = {
        .step = FLOW_STEP_SSO,
        .connection_id = id,
        .why = page.flow.request.why,
        .reason = arena_format(call->arena, "connection %.*s was picked -> SSO", STR_ARG(id))};
    const next_step_t next = {.flow = &page.flow, .decision = &decision, .event = "login.pick"};
    return next_step_go(call, &next, out);
}
