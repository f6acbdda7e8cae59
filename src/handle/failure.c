#include "handle/cors.h"
#include "handle/handle.h"
#include "handle/rest_error.h"

enum { RETRY_AFTER_S = 5 };

static int status_of(result_t result) {
    switch (result) {
    case OK:
    case INTERNAL:
        return 500;
    case BAD_REQUEST:
        return 400;
    case NOT_FOUND:
        return 404;
    case CONFLICT:
        return 409;
    case REFUSED:
        return 403;
    case UNAVAILABLE:
    case TIMEOUT:
        return 503;
    }
    return 500;
}

static view_notice_kind_t notice_of(int status) {
    switch (status) {
    case 404:
        return VIEW_NOTICE_NOT_FOUND;
    case 403:
        return VIEW_NOTICE_FORBIDDEN_FORM;
    case 429:
        return VIEW_NOTICE_TOO_MANY;
    case 408:
    case 503:
        return VIEW_NOTICE_UNAVAILABLE;
    case 500:
        return VIEW_NOTICE_INTERNAL;
    default:
        return VIEW_NOTICE_BAD_REQUEST;
    }
}

// RFC 6749 4.1.2.1 and 5.2 have a word for most of it.
static str_t oauth_error_of(int status) {
    switch (status) {
    case 500:
        return STR("server_error");
    case 408:
    case 503:
        return STR("temporarily_unavailable");
    case 403:
        return STR("access_denied");
    default:
        return STR("invalid_request");
    }
}

static str_t sentence_of(int status) {
    switch (status) {
    case 403:
        return STR("This request is not allowed from here.");
    case 404:
        return STR("There is nothing at this address.");
    case 405:
        return STR("This address does not take this method.");
    case 408:
        return STR("The request took too long to arrive.");
    case 409:
        return STR("Something else changed this at the same moment. Read it again.");
    case 413:
        return STR("The request is too large.");
    case 414:
        return STR("The address is too long.");
    case 415:
        return STR("This content type is not supported here.");
    case 431:
        return STR("The request's headers are too large.");
    case 500:
        return STR("Something went wrong on our side.");
    case 503:
        return STR("The service is busy or restarting. Try again in a moment.");
    default:
        return STR("The request is malformed.");
    }
}

static bool answer_page(call_t *call, int status, response_t *out) {
    const view_frame_t frame = {
        .views = call->views,
        .locale = view_locale_choose(call->views, STR_NONE, call->request->accept_language),
        .request_id = call->request->id};
    view_notice_t page = {.kind = notice_of(status)};
    if (status == 503 && call->request->method == METHOD_GET) {
        page.action_url =
            arena_format(call->arena, "%.*s%s%.*s", STR_ARG(call->request->path),
                         call->request->query.len ? "?" : "", STR_ARG(call->request->query));
    }
    str_t html;
    err_t why = {0};
    if (view_notice_page(call->arena, &frame, &page, &html, &why) != OK) {
        return false;
    }
    response_html(out, status, html);
    return true;
}

// What stands at no address may be meant for the REST API too.
static bool is_api(const call_t *call, const route_t *route) {
    return route ? route->is_api : str_starts(call->request->path, STR("/api/"));
}

static void answer_api(call_t *call, int status, response_t *out) {
    const rest_error_t error = {
        .status = status,
        .code = status == 409 ? "ABORTED" : NULL, // a write that lost a race
        .message = sentence_of(status),
    };
    rest_error_answer(call, &error, out);
    if (call->err.code[0]) {
        out->log_code = str_from_c(call->err.code);
    }
}

static void answer(call_t *call, const route_t *route, int status, response_t *out) {
    // Whatever the handler had begun is dropped: no cookie of a login that did not happen.
    *out = (response_t){.log_code = call->err.code[0] ? str_from_c(call->err.code)
                                                      : oauth_error_of(status)};
    const bool is_page =
        route ? route->is_page : str_starts(call->request->accept, STR("text/html"));
    if (route && route->has_cors && call->snapshot) {
        cors_answer(call, out);
    }
    if (is_api(call, route)) {
        answer_api(call, status, out);
    } else if (!is_page) {
        const str_t error = oauth_error_of(status), sentence = sentence_of(status);
        response_json(out, status,
                      arena_format(call->arena,
                                   "{\"error\":\"%.*s\",\"error_description\":\"%.*s\"}",
                                   STR_ARG(error), STR_ARG(sentence)));
    } else if (!answer_page(call, status, out)) {
        out->status = status;
        out->content_type = STR("text/plain; charset=utf-8");
        out->body = sentence_of(status);
    }
    response_retry_after(call, status == 503 ? RETRY_AFTER_S : 0, out);
}

void handle_failure(call_t *call, const route_t *route, result_t result, response_t *out) {
    answer(call, route, status_of(result), out);
}

void handle_refusal(call_t *call, const route_t *route, int status, response_t *out) {
    answer(call, route, status, out);
}
