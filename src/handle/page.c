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
        // Only a page of the flow can be asked for again: the state of a callback is spent, and an
        // authorization request is more than its flow.
        if (call->request->method == METHOD_GET &&
            str_starts(call->request->path, STR("/a/auth/"))) {
            const char *path = arena_c(call->arena, call->request->path);
            frame.language_url = page_url(call, path, flow->request.id);
        }
    }
    frame.locale = view_locale_choose(call->views, ui_locales, call->request->accept_language);
    return frame;
}

result_t page_brand(call_t *call, str_t organization_id, view_frame_t *frame) {
    if (str_is_empty(organization_id)) {
        return OK;
    }
    store_brand_t brand;
    TRY(store_organization_brand(call->store, organization_id, &brand, &call->err));
    frame->organization_name = brand.name;
    frame->organization_logo_url = brand.logo_url;
    return OK;
}

result_t page_form_check(call_t *call, const page_t *page, bool *out_is_own) {
    *out_is_own = false;
    if (!page_is_flow_id(page->flow_id)) {
        return OK;
    }
    return form_token_check(call, &page->browser, page->flow_id,
                            page_field(&page->form, STR("form_token")), out_is_own);
}

str_t page_start_url(call_t *call, const store_request_t *request) {
    const str_t forced = page_forced(request);
    if (str_is_empty(forced)) {
        return page_url(call, "/a/auth/login", request->id);
    }
    const bool is_choice = str_find(forced, ' ') < forced.len;
    return page_url(call, is_choice ? "/a/auth/pick" : "/a/auth/sso", request->id);
}

// Which ways lead on from a notice; none: to the application's start. RESTART makes the flow anew;
// RETRY goes to the provider once more; DENIED takes the refusal to the application (cancel.c).
enum { WAY_RESTART = 1, WAY_RETRY = 2, WAY_DENIED = 4, WAY_OTHER_EMAIL = 8 };
static const unsigned WAYS[VIEW_NOTICE_COUNT] = {
    [VIEW_NOTICE_EXPIRED] = WAY_RESTART,
    [VIEW_NOTICE_LINK_OVER] = WAY_RESTART,
    [VIEW_NOTICE_NO_ACCOUNT] = WAY_RESTART,
    [VIEW_NOTICE_NOT_ACTIVE] = WAY_RESTART | WAY_DENIED,
    [VIEW_NOTICE_NOT_AVAILABLE] = WAY_RESTART,
    [VIEW_NOTICE_SSO_FAILED] = WAY_RETRY | WAY_DENIED | WAY_OTHER_EMAIL,
    [VIEW_NOTICE_SSO_OFF] = WAY_DENIED | WAY_OTHER_EMAIL,
    [VIEW_NOTICE_SSO_UNREACHABLE] = WAY_RETRY | WAY_DENIED | WAY_OTHER_EMAIL,
    [VIEW_NOTICE_SSO_BUSY] = WAY_RETRY | WAY_DENIED | WAY_OTHER_EMAIL,
    [VIEW_NOTICE_SSO_NO_EMAIL] = WAY_RETRY,
    [VIEW_NOTICE_SSO_CANCELLED] = WAY_RETRY,
    [VIEW_NOTICE_NO_MEMBER] = WAY_DENIED | WAY_OTHER_EMAIL,
    [VIEW_NOTICE_OTHER_REALM] = WAY_DENIED | WAY_OTHER_EMAIL,
    [VIEW_NOTICE_MEMBER_INACTIVE] = WAY_DENIED | WAY_OTHER_EMAIL,
};

static bool is_inactive(view_notice_kind_t kind) {
    return kind == VIEW_NOTICE_NOT_ACTIVE || kind == VIEW_NOTICE_MEMBER_INACTIVE;
}

// The ways on of a flow that its own browser may still use.
static void fill_own_ways(call_t *call, const store_flow_t *flow, view_notice_t *page) {
    const bool is_test = !str_is_empty(flow->request.test_id);
    const bool is_forced = !str_is_empty(page_forced(&flow->request));
    const unsigned ways = WAYS[page->kind];
    page->flow_id = flow->request.id;
    if (ways & WAY_RETRY) {
        page->action_url = page_url(call, "/a/auth/sso", flow->request.id);
    } else if ((ways & WAY_RESTART) && !is_test) {
        page->action_url = STR("/a/auth/restart");
        page->is_action_post = true;
    }
    if ((ways & WAY_DENIED) && !is_test) {
        page->application_url = arena_format(
            call->arena, "/a/auth/cancel?flow=%.*s&error=%s", STR_ARG(flow->request.id),
            is_inactive(page->kind) ? "user_not_active" : "access_denied");
    }
    page->is_other_email = (ways & WAY_OTHER_EMAIL) && !is_test && !is_forced;
}

static void fill_ways_on(call_t *call, const store_flow_t *flow, bool is_foreign,
                         view_notice_t *page) {
    if (!flow || !flow->is_present) {
        return;
    }
    const bool is_usable = !is_foreign && flow->status != FLOW_COMPLETED;
    if (WAYS[page->kind] && is_usable) {
        page->email = flow->email_display; // its own browser has entered or proven it
        fill_own_ways(call, flow, page);
        return;
    }
    page->action_url = application_url(&flow->client, flow->request.redirect_uri);
}

result_t page_notice(call_t *call, const store_flow_t *flow, const page_notice_t *notice,
                     response_t *out) {
    view_notice_t page = {.kind = notice->kind,
                          .detail = notice->detail,
                          .name = notice->name,
                          .retry_after_s = notice->retry_after_s};
    fill_ways_on(call, flow, notice->is_foreign, &page);
    page.action_url = str_is_empty(notice->retry_url) ? page.action_url : notice->retry_url;
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
    if (!str_is_empty(flow->request.test_id)) {
        return NULL; // no application waits for a test login
    }
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
    const bool is_test = !str_is_empty(flow->request.test_id);
    if (!flow->is_present || (is_test && !page->takes_test)) {
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
    return page_notice(call, is_test ? NULL : &shown, &notice, out);
}

result_t page_parse(call_t *call, page_t *page) {
    TRY(page_form(call, &page->form));
    page->flow_id = page_field(&page->form, STR("flow"));
    return browser_read(call, &page->browser);
}

void page_flow_set(page_t *page, const store_flow_t *flow) {
    page->flow = *flow;
    page->flow_id = flow->is_present ? flow->request.id : page->flow_id;
    page->is_own_browser =
        flow->is_present && page->browser.has_browser &&
        secret_equal(flow->request.browser_hash, browser_hash_bytes(&page->browser));
}

result_t page_read(call_t *call, page_t *page) {
    store_flow_t flow = {0};
    TRY(page_parse(call, page));
    if (page_is_flow_id(page->flow_id)) {
        TRY(store_flow_read(call->store, page->flow_id, &flow, &call->err));
    }
    page_flow_set(page, &flow);
    return OK;
}

result_t page_open(call_t *call, page_t *page, response_t *out, bool *out_is_answered) {
    TRY(page_read(call, page));
    return page_judge(call, page, out, out_is_answered);
}

// What a step that ends here looks like. A table, so that a step without a row is visibly some
// page's own.
static const struct {
    flow_step_t step;
    page_notice_t notice;
} NOTICES[] = {
    {FLOW_STEP_OTHER_BROWSER, {.kind = VIEW_NOTICE_OTHER_BROWSER, .status = 200}},
    {FLOW_STEP_EXPIRED, {.kind = VIEW_NOTICE_EXPIRED, .status = 200}},
    {FLOW_STEP_NO_ACCOUNT, {.kind = VIEW_NOTICE_NO_ACCOUNT, .status = 403}},
    {FLOW_STEP_NOT_ACTIVE, {.kind = VIEW_NOTICE_NOT_ACTIVE, .status = 403}},
    {FLOW_STEP_NO_MEMBER, {.kind = VIEW_NOTICE_NO_MEMBER, .status = 403}},
    {FLOW_STEP_OTHER_REALM, {.kind = VIEW_NOTICE_OTHER_REALM, .status = 403}},
    {FLOW_STEP_SSO_FAILED, {.kind = VIEW_NOTICE_SSO_FAILED, .status = 400}},
};

static bool notice_of(const page_outcome_t *outcome, page_notice_t *out) {
    const flow_decision_t *decision = outcome->decision;
    for (size_t i = 0; i < sizeof(NOTICES) / sizeof(NOTICES[0]); i++) {
        if (NOTICES[i].step != decision->step) {
            continue;
        }
        *out = NOTICES[i].notice;
        out->name = outcome->name;
        if (decision->step == FLOW_STEP_EXPIRED && outcome->flow->status == FLOW_COMPLETED) {
            out->kind = VIEW_NOTICE_DONE;
        } else if (decision->step == FLOW_STEP_NOT_ACTIVE &&
                   !str_is_empty(decision->organization_id)) {
            out->kind = VIEW_NOTICE_MEMBER_INACTIVE; // the person may be well elsewhere
        }
        return true;
    }
    return false;
}

// These are about the organization that the decision names, and no other: not always the
// connection's.
static bool is_about_organization(const flow_decision_t *decision) {
    return !str_is_empty(decision->organization_id) &&
           (decision->step == FLOW_STEP_NO_MEMBER || decision->step == FLOW_STEP_NOT_ACTIVE ||
            decision->step == FLOW_STEP_OTHER_REALM);
}

result_t page_decision(call_t *call, const page_outcome_t *outcome, response_t *out,
                       bool *out_is_answered) {
    const flow_decision_t *decision = outcome->decision;
    page_notice_t notice;
    out->log_code = str_from_c(flow_step_name(decision->step));
    *out_is_answered = notice_of(outcome, &notice);
    if (!*out_is_answered) {
        return OK;
    }
    if (is_about_organization(decision)) {
        store_brand_t brand;
        TRY(store_organization_brand(call->store, decision->organization_id, &brand, &call->err));
        notice.name = brand.name;
    }
    return page_notice(call, outcome->flow, &notice, out);
}

store_audit_t page_audit(call_t *call, const char *event, const store_flow_t *flow,
                         const flow_decision_t *decision) {
    store_audit_t audit = browser_audit(call, event);
    audit.flow_id = flow->request.id;
    audit.client_id = flow->request.client_id;
    audit.email = flow->email;
    audit.decision = flow_step_name(decision->step);
    audit.reason = decision->reason;
    audit.connection_id = decision->connection_id;
    audit.organization_id = decision->organization_id;
    return audit;
}
