// GET and POST /oidc/logout (RP-Initiated Logout 1.0).
//
// A POST may come from an application's page, cross-site, and then without our cookies
// (SameSite=Lax): judged there, it would find no session and leave the person signed in while
// saying the opposite. So a POST that is not our own confirmation goes on as a GET with the same
// parameters, which the cookies do accompany.
#include "protocol/oidc/logout.h"
#include "handle/endpoints.h"
#include "handle/form_token.h"
#include "handle/login.h"
#include "handle/oauth.h"
#include "handle/tokens.h"
#include "protocol/oidc/discovery.h"
#include "store/session.h"

typedef struct {
    call_t *call;
    oidc_logout_t request;
    browser_t browser;
    store_logout_t state;
    str_t client_id; // named by the request, or by its hint
    oidc_logout_facts_t facts;
} logout_t;

static result_t request_read(call_t *call, oidc_logout_t *out) {
    const bool is_post = call->request->method == METHOD_POST;
    form_t form;
    if (is_post && !oauth_is_form(call->request)) {
        return FAIL(&call->err, BAD_REQUEST, "invalid_request", "the body must be a form");
    }
    TRY(form_parse(call->arena, is_post ? call->request->body : call->request->query, &form,
                   &call->err));
    oidc_logout_parse(&form, out);
    if (out->defect.error) {
        return FAIL(&call->err, BAD_REQUEST, out->defect.error, "%.*s", STR_ARG(out->defect.text));
    }
    return OK;
}

// The subject of the confirmation's form token: no flow id looks like it.
static str_t form_subject(const logout_t *logout) {
    return arena_format(logout->call->arena, "sign-out %.*s", STR_ARG(logout->client_id));
}

// RP-Initiated Logout 2: client_id, if given beside the hint, must be the one that it was issued
// to.
static result_t hint_read(logout_t *logout) {
    oidc_logout_facts_t *facts = &logout->facts;
    const str_t client_id = logout->request.client_id;
    const str_t hint = logout->request.id_token_hint;
    facts->has_hint = false;
    if (hint.len) {
        TRY(tokens_hint_read(logout->call, hint, &facts->hint, &facts->has_hint));
    }
    facts->has_hint &= !client_id.len || str_eq(client_id, facts->hint.client_id);
    logout->client_id = facts->has_hint ? facts->hint.client_id : client_id;
    return OK;
}

static result_t state_read(logout_t *logout) {
    call_t *call = logout->call;
    oidc_logout_facts_t *facts = &logout->facts;
    TRY(browser_read(call, &logout->browser));
    TRY(hint_read(logout));
    const store_logout_in_t in = {.session_hash = browser_session_bytes(&logout->browser),
                                  .client_id = logout->client_id};
    TRY(store_logout_read(call->store, &in, &logout->state, &call->err));
    const flow_client_t *client = &logout->state.client;
    facts->request = &logout->request;
    facts->has_session = logout->state.session.is_present;
    facts->session_id = logout->state.session.id;
    facts->user_id = logout->state.session.user_id;
    facts->is_client_usable = client->is_present && client->is_active;
    facts->post_logout_uris =
        (oidc_list_t){client->post_logout_uris.items, client->post_logout_uris.count};
    facts->is_confirmed = false;
    if (call->request->method != METHOD_POST) {
        return OK;
    }
    return form_token_check(call, &logout->browser, form_subject(logout),
                            logout->request.form_token, &facts->is_confirmed);
}

// ---- answers ------------------------------------------------------------------------------------

// For the language menu: this page again, which a POST does not have.
static str_t own_url(const logout_t *logout) {
    oidc_logout_t request = logout->request;
    request.ui_locales = STR_NONE;
    return logout->call->request->method == METHOD_GET
               ? oidc_logout_url(logout->call->arena, &request)
               : STR_NONE;
}

static result_t notice_answer(logout_t *logout, view_notice_t *page, response_t *out) {
    call_t *call = logout->call;
    const flow_client_t *client = &logout->state.client;
    const view_frame_t frame = {
        .views = call->views,
        .locale = view_locale_choose(call->views, logout->request.ui_locales,
                                     call->request->accept_language),
        .app_name = client->is_present ? client->name : STR_NONE,
        .app_logo_url = client->is_present ? client->logo_url : STR_NONE,
        .request_id = call->request->id,
        .language_url = own_url(logout),
    };
    str_t html;
    TRY(view_notice_page(call->arena, &frame, page, &html, &call->err));
    response_html(out, 200, html);
    return OK;
}

static result_t confirm_answer(logout_t *logout, bool may_redirect, response_t *out) {
    call_t *call = logout->call;
    view_notice_t page = {
        .kind = VIEW_NOTICE_SIGN_OUT_CONFIRM,
        .email = logout->state.session.email_display,
        .action_url = STR(OIDC_PATH_LOGOUT),
        .is_action_post = true,
        .client_id = logout->client_id,
    };
    TRY(browser_ensure(call, &logout->browser, out));
    TRY(form_token_make(call, &logout->browser, form_subject(logout), &page.form_token));
    if (may_redirect) {
        page.post_logout_redirect_uri = logout->request.redirect_uri;
        page.state = logout->request.state;
        out->form_action = login_form_action(call->arena, logout->request.redirect_uri);
    }
    out->log_code = STR("confirm");
    return notice_answer(logout, &page, out);
}

static result_t signed_out_answer(logout_t *logout, bool may_redirect, response_t *out) {
    const oidc_logout_t *request = &logout->request;
    view_notice_t page = {.kind = VIEW_NOTICE_SIGNED_OUT};
    out->log_code = STR("signed_out");
    if (!may_redirect) {
        page.action_url =
            logout->facts.is_client_usable ? logout->state.client.initiate_login_uri : STR_NONE;
        return notice_answer(logout, &page, out);
    }
    buf_t url = buf_new(logout->call->arena, 256);
    buf_add(&url, request->redirect_uri);
    if (request->has_state) {
        url_add_param(&url, STR("state"), request->state);
    }
    response_redirect(out, buf_str(&url));
    return OK;
}

static result_t session_end(logout_t *logout, const char *reason, response_t *out) {
    call_t *call = logout->call;
    const flow_session_t *session = &logout->state.session;
    store_audit_t audit = browser_audit(call, "logout");
    audit.decision = "end";
    audit.reason = str_from_c(reason);
    audit.client_id = logout->state.client.is_present ? logout->client_id : STR_NONE;
    audit.user_id = session->user_id;
    audit.session_id = session->id;
    TRY(store_session_end(call->store, session->id, "logout", &audit, &call->err));
    browser_session_clear(call, out);
    return OK;
}

result_t handle_logout(call_t *call, response_t *out) {
    logout_t logout = {.call = call};
    TRY(request_read(call, &logout.request));
    if (call->request->method == METHOD_POST && str_is_empty(logout.request.form_token)) {
        response_redirect(out, oidc_logout_url(call->arena, &logout.request));
        return OK;
    }
    TRY(state_read(&logout));
    const oidc_logout_decision_t decision = oidc_logout_decide(&logout.facts);
    if (decision.step == OIDC_LOGOUT_CONFIRM) {
        return confirm_answer(&logout, decision.may_redirect, out);
    }
    if (decision.step == OIDC_LOGOUT_END) {
        TRY(session_end(&logout, decision.reason, out));
    } else if (logout.browser.has_session) {
        browser_session_clear(call, out);
    }
    return signed_out_answer(&logout, decision.may_redirect, out);
}
