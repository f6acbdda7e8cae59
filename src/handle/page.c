#include "handle/page.h"
#include "protocol/oidc/redirect.h"

enum { FLOW_ID_LEN_MAX = 32 };

result_t page_form(call_t *call, form_t *out) {
    const request_t *request = call->request;
    const bool is_post = request->method == METHOD_POST;
    form_t form;
    TRY(form_parse(call->arena, is_post ? request->body : request->query, &form, &call->err));
    if (form_has_repeats(&form)) {
        return FAIL(&call->err, BAD_REQUEST, "invalid_request", "a field stands twice");
    }
    *out = form;
    return OK;
}

str_t page_field(const form_t *form, str_t name) {
    str_t value;
    return form_get(form, name, &value) == FORM_ONE ? value : STR_NONE;
}

bool page_is_flow_id(str_t id) {
    if (!str_starts(id, STR("req_")) || id.len < 5 || id.len > FLOW_ID_LEN_MAX) {
        return false;
    }
    for (size_t i = 4; i < id.len; i++) {
        if (id.ptr[i] < '0' || id.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

str_t page_url(call_t *call, const char *path, str_t flow_id) {
    return arena_format(call->arena, "%s?flow=%.*s", path, STR_ARG(flow_id));
}

// Where a person goes who has nothing left to do here: the application's own start, or its origin.
static str_t application_url(const flow_client_t *client, str_t redirect_uri) {
    if (!str_is_empty(client->initiate_login_uri)) {
        return client->initiate_login_uri;
    }
    const bool is_web =
        str_starts(redirect_uri, STR("https://")) || str_starts(redirect_uri, STR("http://"));
    if (!is_web) {
        return STR_NONE;
    }
    size_t slashes = 0;
    for (size_t i = 0; i < redirect_uri.len; i++) {
        slashes += redirect_uri.ptr[i] == '/';
        if (slashes == 3) {
            return str_sub(redirect_uri, 0, i + 1);
        }
    }
    return redirect_uri;
}

view_frame_t page_frame(call_t *call, const store_flow_t *flow, const form_t *form) {
    str_t ui_locales = form ? page_field(form, STR("ui_locales")) : STR_NONE;
    view_frame_t frame = {.views = call->views, .request_id = call->request->id};
    if (flow && flow->is_present) {
        frame.app_name = flow->client.name;
        frame.app_logo_url = flow->client.logo_url;
        if (str_is_empty(ui_locales)) {
            ui_locales = flow->request.ui_locales;
        }
        if (call->request->method == METHOD_GET) {
            const char *path = arena_c(call->arena, call->request->path);
            frame.language_url = page_url(call, path, flow->request.id);
        }
    }
    frame.locale = view_locale_choose(call->views, ui_locales, call->request->accept_language);
    return frame;
}

result_t page_form_check(call_t *call, const page_t *page, bool *out_is_own) {
    *out_is_own = false;
    if (!page_is_flow_id(page->flow_id)) {
        return OK;
    }
    return form_token_check(call, &page->browser, page->flow_id,
                            page_field(&page->form, STR("form_token")), out_is_own);
}

// The way on of a notice: start the flow again, or on to the application.
static void fill_way_on(const store_flow_t *flow, bool is_foreign, view_notice_t *page) {
    if (!flow || !flow->is_present) {
        return;
    }
    if (page->kind == VIEW_NOTICE_NO_ACCOUNT || page->kind == VIEW_NOTICE_NOT_ACTIVE) {
        page->email = flow->email_display; // its owner has just proven it
    }
    const bool is_restart =
        page->kind == VIEW_NOTICE_EXPIRED || page->kind == VIEW_NOTICE_LINK_OVER ||
        page->kind == VIEW_NOTICE_NO_ACCOUNT || page->kind == VIEW_NOTICE_NOT_ACTIVE ||
        page->kind == VIEW_NOTICE_NOT_AVAILABLE;
    if (is_restart && !is_foreign && flow->status != FLOW_COMPLETED) {
        page->action_url = STR("/a/auth/restart");
        page->is_action_post = true;
        page->flow_id = flow->request.id;
        return;
    }
    page->action_url = application_url(&flow->client, flow->request.redirect_uri);
}

result_t page_notice(call_t *call, const store_flow_t *flow, const page_notice_t *notice,
                     response_t *out) {
    view_notice_t page = {
        .kind = notice->kind, .detail = notice->detail, .retry_after_s = notice->retry_after_s};
    fill_way_on(flow, notice->is_foreign, &page);
    const view_frame_t frame = page_frame(call, flow, NULL);
    str_t html;
    TRY(view_notice_page(call->arena, &frame, &page, &html, &call->err));
    response_html(out, notice->status, html);
    response_retry_after(call, notice->retry_after_s, out);
    return OK;
}

const char *page_client_error(const store_flow_t *flow) {
    const flow_client_t *client = &flow->client;
    const oidc_list_t registered = {client->redirect_uris.items, client->redirect_uris.count};
    if (!client->is_active) {
        return "application_not_active";
    }
    // RFC 6749 4.1.2.1. A stored request lives for days and can be started again: what it was
    // registered with when it came says nothing about now.
    return oidc_redirect_matches(&registered, flow->request.redirect_uri,
                                 client->type == FLOW_CLIENT_NATIVE)
               ? NULL
               : "invalid_redirect_uri";
}

result_t page_judge(call_t *call, const page_t *page, response_t *out, bool *out_is_answered) {
    const store_flow_t *flow = &page->flow;
    page_notice_t notice = {.status = 200};
    if (!flow->is_present) {
        notice = (page_notice_t){.kind = VIEW_NOTICE_NOT_FOUND, .status = 404};
    } else if (page_client_error(flow)) {
        *out_is_answered = true;
        return login_error_page(call, page_client_error(flow), out);
    } else if (flow->status == FLOW_COMPLETED) {
        notice.kind = VIEW_NOTICE_DONE;
    } else if (!page->is_own_browser) {
        // Nothing of the flow but its application is told to a browser that does not own it.
        notice.kind = VIEW_NOTICE_OTHER_BROWSER;
    } else if (flow->status != FLOW_OPEN || flow->expires_at <= flow->now) {
        notice.kind = VIEW_NOTICE_EXPIRED;
    } else {
        *out_is_answered = false;
        return OK;
    }
    *out_is_answered = true;
    store_flow_t shown = *flow;
    if (!page->is_own_browser) {
        shown.email = shown.email_display = STR_NONE;
    }
    return page_notice(call, &shown, &notice, out);
}

result_t page_read(call_t *call, page_t *page) {
    TRY(page_form(call, &page->form));
    page->flow_id = page_field(&page->form, STR("flow"));
    TRY(browser_read(call, &page->browser));
    page->flow = (store_flow_t){0};
    if (page_is_flow_id(page->flow_id)) {
        TRY(store_flow_read(call->store, page->flow_id, &page->flow, &call->err));
    }
    page->is_own_browser =
        page->flow.is_present && page->browser.has_browser &&
        secret_equal(page->flow.request.browser_hash, browser_hash_bytes(&page->browser));
    return OK;
}

result_t page_open(call_t *call, page_t *page, response_t *out, bool *out_is_answered) {
    TRY(page_read(call, page));
    return page_judge(call, page, out, out_is_answered);
}

// Policy may send a person to a sign-in that this installation cannot run: fail closed, never fall
// back to a weaker method (P-LINK-13).
static bool is_elsewhere(flow_step_t step) {
    return step == FLOW_STEP_SSO || step == FLOW_STEP_PICK_CONNECTION || step == FLOW_STEP_SOCIAL ||
           step == FLOW_STEP_CHOOSE_ORGANIZATION;
}

static bool notice_of(const store_flow_t *flow, flow_step_t step, page_notice_t *out) {
    if (is_elsewhere(step)) {
        *out = (page_notice_t){.kind = VIEW_NOTICE_NOT_AVAILABLE, .status = 503};
    } else if (step == FLOW_STEP_OTHER_BROWSER) {
        *out = (page_notice_t){.kind = VIEW_NOTICE_OTHER_BROWSER, .status = 200};
    } else if (step == FLOW_STEP_EXPIRED) {
        const bool is_done = flow->status == FLOW_COMPLETED;
        *out = (page_notice_t){.kind = is_done ? VIEW_NOTICE_DONE : VIEW_NOTICE_EXPIRED,
                               .status = 200};
    } else if (step == FLOW_STEP_NO_ACCOUNT) {
        *out = (page_notice_t){.kind = VIEW_NOTICE_NO_ACCOUNT, .status = 403};
    } else if (step == FLOW_STEP_NOT_ACTIVE) {
        *out = (page_notice_t){.kind = VIEW_NOTICE_NOT_ACTIVE, .status = 403};
    } else {
        return false;
    }
    return true;
}

result_t page_decision(call_t *call, const store_flow_t *flow, const flow_decision_t *decision,
                       response_t *out, bool *out_is_answered) {
    page_notice_t notice;
    out->log_code = str_from_c(flow_step_name(decision->step));
    *out_is_answered = notice_of(flow, decision->step, &notice);
    return *out_is_answered ? page_notice(call, flow, &notice, out) : OK;
}

store_audit_t page_audit(call_t *call, const char *event, const store_flow_t *flow,
                         const flow_decision_t *decision) {
    store_audit_t audit = browser_audit(call, event);
    audit.flow_id = flow->request.id;
    audit.client_id = flow->request.client_id;
    audit.email = flow->email;
    audit.decision = flow_step_name(decision->step);
    audit.reason = decision->reason;
    return audit;
}
