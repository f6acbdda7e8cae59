// GET and POST /a/auth/test: an administrator tries a connection out, enabled or not, with the URL
// that the REST API gave (connection_test.h). The way to the provider and back is that of every
// login; its end is test_result.c.
#include "crypto/random.h"
#include "handle/connection_test.h"
#include "handle/endpoints.h"
#include "handle/page.h"
#include "store/connection_admin.h"

typedef struct {
    form_t form;
    str_t token;
    browser_t browser;
    test_t test;
    store_connection_t connection;
    bool is_good;
} try_t;

static str_t form_subject(call_t *call, const try_t *attempt) {
    return arena_format(call->arena, "test %.*s", STR_ARG(attempt->test.test_id));
}

static result_t open_link(call_t *call, try_t *attempt) {
    err_t why = {0};
    TRY(page_form(call, &attempt->form));
    TRY(browser_read(call, &attempt->browser));
    attempt->token = page_field(&attempt->form, STR("token"));
    const result_t result =
        test_token_open(call->arena, call->master, attempt->token, &attempt->test, &why);
    if (result != OK || attempt->test.expires_at <= call_now(call)) {
        return OK;
    }
    TRY(store_connection_read(call->store, attempt->test.connection_id, &attempt->connection,
                              &call->err));
    attempt->is_good = attempt->connection.facts.is_present;
    return OK;
}

static result_t show_over(call_t *call, response_t *out) {
    const page_notice_t notice = {.kind = VIEW_NOTICE_NOT_FOUND, .status = 404};
    return page_notice(call, NULL, &notice, out);
}

// From this form the browser goes to the provider, wherever that is.
static str_t form_action(const call_t *call) {
    return call->settings->is_http_allowed ? STR("https: http:") : STR("https:");
}

result_t handle_test_page(call_t *call, response_t *out) {
    try_t attempt = {0};
    TRY(open_link(call, &attempt));
    if (!attempt.is_good) {
        return show_over(call, out);
    }
    TRY(browser_ensure(call, &attempt.browser, out));
    view_confirm_t view = {.kind = VIEW_CONFIRM_TEST,
                           .token = attempt.token,
                           .organization = attempt.connection.facts.organization_name,
                           .connection = attempt.connection.facts.name};
    TRY(form_token_make(call, &attempt.browser, form_subject(call, &attempt), &view.form_token));
    const view_frame_t frame = page_frame(call, NULL, NULL);
    str_t html;
    TRY(view_confirm_page(call->arena, &frame, &view, &html, &call->err));
    response_html(out, 200, html);
    out->form_action = form_action(call);
    return OK;
}

// A flow of no application, which can end on the result's page and nowhere else.
static result_t begin(call_t *call, try_t *attempt, response_t *out) {
    const flow_connection_t *connection = &attempt->connection.facts;
    const bool is_social = connection->is_social;
    store_request_t request = {.browser_hash = browser_hash_bytes(&attempt->browser),
                               .forced_connection_id = connection->id,
                               .test_id = attempt->test.test_id,
                               .next_connection_id = connection->id,
                               .lifetime_s = LOGIN_FLOW_LIFETIME_S};
    TRY(random_id(call->arena, "req", call_now(call), &request.id, &call->err));
    store_audit_t audit = browser_audit(call, "connection.test");
    audit.decision = flow_step_name(is_social ? FLOW_STEP_SOCIAL : FLOW_STEP_SSO);
    audit.reason = arena_format(call->arena, "test %.*s begins", STR_ARG(attempt->test.test_id));
    audit.flow_id = request.id;
    audit.connection_id = connection->id;
    audit.organization_id = connection->organization_id;
    TRY(store_connection_test_begin(call->store, connection->id, request.test_id, &call->err));
    TRY(store_flow_create(call->store, &request, &audit, &call->err));
    response_redirect(out, page_url(call, "/a/auth/sso", request.id));
    return OK;
}

result_t handle_test(call_t *call, response_t *out) {
    try_t attempt = {0};
    bool is_button;
    TRY(open_link(call, &attempt));
    if (!attempt.is_good) {
        return show_over(call, out);
    }
    TRY(form_token_check(call, &attempt.browser, form_subject(call, &attempt),
                         page_field(&attempt.form, STR("form_token")), &is_button));
    return is_button ? begin(call, &attempt, out) : handle_test_page(call, out);
}
