#include "handle/handle.h"

#include <assert.h>

void response_header(response_t *out, str_t name, str_t value) {
    assert(out->header_count < RESPONSE_HEADERS_MAX);
    assert(!str_has_control(value));
    out->headers[out->header_count++] = (header_t){name, value};
}

void response_redirect(response_t *out, str_t url) {
    // RFC 9700 4.12: 303, so that a form's contents are never posted again to the target.
    out->status = 303;
    out->content_type = STR_NONE;
    out->body = STR_NONE;
    response_header(out, STR("location"), url);
}

void response_html(response_t *out, int status, str_t html) {
    out->status = status;
    out->content_type = STR("text/html; charset=utf-8");
    out->body = html;
}

void response_retry_after(call_t *call, int64_t after_s, response_t *out) {
    if (after_s > 0) {
        response_header(out, STR("retry-after"),
                        arena_format(call->arena, "%lld", (long long)after_s));
    }
}

void response_json(response_t *out, int status, str_t json) {
    out->status = status;
    out->content_type = STR("application/json");
    out->body = json;
}

time_ms_t call_now(const call_t *call) {
    return clock_wall_ms() + call->snapshot->clock_offset_ms;
}
