#include "server/limits.h"

static bool is_type(body_t body, str_t content_type) {
    static const char *const NAMES[] = {
        [BODY_FORM] = "application/x-www-form-urlencoded", [BODY_JSON] = "application/json"};
    const str_t type = str_trim(str_sub(content_type, 0, str_find(content_type, ';')));
    return str_eq_nocase(type, str_from_c(NAMES[body]));
}

int limits_check(const head_t *head, const route_t *route, const request_t *request) {
    if (request->body.len > route->body_max) {
        return 413;
    }
    // Nothing is unpacked here, so nothing can blow up in unpacking (P-HTTP-07).
    str_t coding;
    if (head_get(head, "content-encoding", &coding) && !str_eq_nocase(coding, STR("identity"))) {
        return 415;
    }
    // Every endpoint takes one type and nothing else. Types that a page elsewhere can post without
    // asking first (text/plain, multipart) end here.
    if (request->body.len && !is_type(route->body, request->content_type)) {
        return 415;
    }
    return 0;
}
