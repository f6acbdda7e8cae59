// POST /a/auth/connection: "Continue with Google" on the login page.
#include "handle/buttons.h"
#include "handle/endpoints.h"
#include "handle/next_step.h"

result_t handle_connection_button(call_t *call, response_t *out) {
    page_t page = {0};
    store_buttons_t rows;
    bool is_answered, is_button;
    TRY(page_open(call, &page, out, &is_answered));
    if (is_answered) {
        return OK;
    }
    TRY(page_form_check(call, &page, &is_button));
    TRY(store_buttons_read(call->store, &rows, &call->err));
    const str_t id = page_field(&page.form, STR("connection_id"));
    // Only what the page offers, and never round what the request forces.
    if (!is_button || !buttons_find(&rows, id) || !str_is_empty(page_forced(&page.flow.request))) {
        response_redirect(out, page_start_url(call, &page.flow.request));
        return OK;
    }
    const flow_decision_t decision = {
        .step = FLOW_STEP_SOCIAL,
        .connection_id = id,
        .reason = arena_format(call->arena, "the button of %.*s was pressed", STR_ARG(id))};
    const next_step_t next = {
        .flow = &page.flow, .decision = &decision, .event = "login.connection"};
    return next_step_go(call, &next, out);
}
