#include "handle/login.h"

#include "base/encode.h"
#include "base/form.h"
#include "crypto/random.h"
#include "flow/grant.h"
#include "view/view.h"

void login_redirect(call_t *call, const login_answer_t *answer, response_t *out) {
    buf_t url = buf_new(call->arena, answer->redirect_uri.len + 256);
    buf_add(&url, answer->redirect_uri);
    if (answer->error) {
        url_add_param(&url, STR("error"), str_from_c(answer->error));
        if (!str_is_empty(answer->error_description)) {
            url_add_param(&url, STR("error_description"), answer->error_description);
        }
        out->log_code = str_from_c(answer->error);
    } else {
        url_add_param(&url, STR("code"), answer->code);
    }
    if (answer->has_state) {
        url_add_param(&url, STR("state"), answer->state);
    }
    // RFC 9207 2: in success and error alike, so that a client can tell who answered.
    url_add_param(&url, STR("iss"), call->settings->issuer);
    response_redirect(out, buf_str(&url));
}

result_t login_error_page(call_t *call, const char *error, response_t *out) {
    const view_notice_t page = {.kind = VIEW_NOTICE_BAD_REQUEST, .detail = str_from_c(error)};
    const view_frame_t frame = {
        .views = call->views,
        .locale = view_locale_choose(call->views, STR_NONE, call->request->accept_language),
        .request_id = call->request->id};
    str_t html;
    TRY(view_notice_page(call->arena, &frame, &page, &html, &call->err));
    response_html(out, 400, html);
    out->log_code = str_from_c(error);
    return OK;
}

str_t login_form_action(arena_t *arena, str_t redirect_uri) {
    if (str_starts(redirect_uri, STR("https://"))) {
        return STR("https:");
    }
    if (str_starts(redirect_uri, STR("http://["))) {
        return STR("https: http:"); // CSP3 2.3.1: a source cannot name an IPv6 host
    }
    if (str_starts(redirect_uri, STR("http://"))) {
        return STR("https: http://localhost:* http://127.0.0.1:*");
    }
    const size_t colon = str_find(redirect_uri, ':');
    return arena_format(arena, "https: %.*s:", STR_ARG(str_sub(redirect_uri, 0, colon)));
}

static void fill_session(call_t *call, const login_finish_t *in, store_completion_t *completion) {
    completion->session_s = call->settings->session_lifetime_s;
    completion->session_idle_s = call->settings->session_idle_s;
    completion->ip = call->request->client_ip;
    completion->user_agent = str_sub(call->request->user_agent, 0, 256);
    if (!completion->is_new_session) {
        completion->session_id = in->session->id;
        completion->amr = in->session->amr;
    }
}

static store_audit_t audit_row(call_t *call, const login_finish_t *in,
                               const store_completion_t *completion) {
    store_audit_t audit = browser_audit(call, in->event);
    audit.flow_id = in->request->id;
    audit.client_id = in->request->client_id;
    audit.decision = flow_step_name(in->decision->step);
    audit.reason = in->decision->reason;
    audit.session_id = completion->session_id;
    audit.email = in->challenge ? in->challenge->email : in->session->email;
    return audit;
}

result_t login_finish(call_t *call, const browser_t *browser, const login_finish_t *in,
                      response_t *out) {
    const str_t amr = str_from_c(in->method ? in->method : "");
    store_completion_t completion = {
        .flow_id = in->request->id,
        .new_request = in->is_new_request ? in->request : NULL,
        .is_signup_open = call->settings->is_signup_on,
        .is_new_session = in->decision->is_new_session,
        .amr = {&amr, 1},
        .browser_hash = browser_hash_bytes(browser),
        .session_old_hash = browser_session_bytes(browser),
        .code_s = FLOW_CODE_LIFETIME_S,
    };
    if (in->challenge) {
        completion.challenge_id = in->challenge->id;
        completion.email = in->challenge->email;
        completion.email_display = in->challenge->email_display;
    }
    const time_ms_t now = call_now(call);
    secret_t session, code;
    hash256_t session_hash, code_hash;
    TRY(browser_session_new(call, &session, &session_hash));
    TRY(random_token(call->arena, &code, &call->err));
    TRY(hash_token(code, &code_hash, &call->err));
    TRY(random_id(call->arena, "usr", now, &completion.user_id, &call->err));
    TRY(random_id(call->arena, "ses", now, &completion.session_id, &call->err));
    TRY(random_id(call->arena, "grt", now, &completion.grant_id, &call->err));
    completion.session_hash = hash256_bytes(&session_hash);
    completion.code_hash = hash256_bytes(&code_hash);
    fill_session(call, in, &completion);

    const store_audit_t audit = audit_row(call, in, &completion);
    store_completed_t done;
    TRY(store_login_complete(call->store, &completion, &audit, &done, &call->err));
    if (completion.is_new_session) {
        browser_session_set(call, session, out);
    }
    const login_answer_t answer = {.redirect_uri = in->request->redirect_uri,
                                   .state = in->request->state,
                                   .has_state = in->request->has_state,
                                   .code = secret_reveal(code)};
    login_redirect(call, &answer, out);
    return OK;
}
