#include "handle/login.h"

#include "base/encode.h"
#include "base/form.h"
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
