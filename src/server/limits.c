#include "server/limits.h"

static bool is_form(str_t content_type) {
    const str_t type = str_trim(str_sub(content_type, 0, str_find(content_type, ';')));
    return str_eq_nocase(type, STR("application/x-www-form-urlencoded"));
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
    // Every endpoint takes forms and nothing else. Other types that a page elsewhere can post
    // without asking first (text/plain, multipart) end here.
    if (request->body.len && !is_form(request->content_type)) {
        return 415;
    }
    return 0;
}
