#include "server/request.h"

// Fields that a handler may see. None may stand twice: which of two a proxy took and which we take
// would be an open question. Cookie too: RFC 6265 5.4 has one field over HTTP/1.
static const struct {
    const char *name;
    size_t offset;
    bool is_text; // goes into rows and pages: what is not clean UTF-8 counts as not sent
    bool is_list; // may stand several times by RFC 9110 12.5; the first is enough for us
} FIELDS[] = {
    {"content-type", offsetof(request_t, content_type), true, false},
    {"authorization", offsetof(request_t, authorization), false, false},
    {"cookie", offsetof(request_t, cookie), false, false},
    {"origin", offsetof(request_t, origin), true, false},
    {"sec-fetch-site", offsetof(request_t, sec_fetch_site), true, false},
    {"user-agent", offsetof(request_t, user_agent), true, false},
    {"accept", offsetof(request_t, accept), true, true},
    {"accept-language", offsetof(request_t, accept_language), true, true},
    {"access-control-request-method", offsetof(request_t, cors_method), true, false},
};

static bool fields_copy(const head_t *head, request_t *out) {
    for (size_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
        str_t value;
        if (head_get(head, FIELDS[i].name, &value) > 1 && !FIELDS[i].is_list) {
            return false;
        }
        if (FIELDS[i].is_text && (!str_is_utf8(value) || str_has_control(value))) {
            value = STR_NONE;
        }
        memcpy((char *)out + FIELDS[i].offset, &value, sizeof(value));
    }
    return true;
}

// RFC 9112 3.2.2: a server must accept the absolute form too; it must then name the host that Host
// names, or two readers of this request would disagree about whom it is for.
static bool origin_form(const head_t *head, str_t *out) {
    str_t target = head->target;
    if (str_starts(target, STR("/")) || str_eq(target, STR("*"))) {
        *out = target;
        return true;
    }
    const str_t schemes[] = {STR("http://"), STR("https://")};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (!str_eq_nocase(str_sub(target, 0, schemes[i].len), schemes[i])) {
            continue;
        }
        str_t host;
        target = str_sub(target, schemes[i].len, target.len);
        const size_t slash = str_find(target, '/');
        head_get(head, "host", &host);
        *out = str_sub(target, slash, target.len);
        return slash < target.len && str_eq_nocase(str_sub(target, 0, slash), host);
    }
    return false;
}

// Clients that join "https://host/" and "/oauth/token" ask for "//oauth/token" (api.md 1.4). Only
// what is open to everybody is tolerated so: who keeps strangers from "/api/" by its path, in a
// proxy before us, must not be passed by with a slash more.
static str_t path_of(str_t path) {
    return str_starts(path, STR("//oauth/")) ? str_sub(path, 1, path.len) : path;
}

static method_t method_of(str_t method) {
    static const struct {
        const char *name;
        method_t method;
    } METHODS[] = {{"GET", METHOD_GET},        {"HEAD", METHOD_GET},    {"POST", METHOD_POST},
                   {"PUT", METHOD_PUT},        {"PATCH", METHOD_PATCH}, {"DELETE", METHOD_DELETE},
                   {"OPTIONS", METHOD_OPTIONS}};
    for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
        if (str_eq(method, str_from_c(METHODS[i].name))) {
            return METHODS[i].method;
        }
    }
    return METHOD_OTHER;
}

int request_build(const head_t *head, const peer_t *peer, request_t *out) {
    str_t target;
    if (!origin_form(head, &target) || !fields_copy(head, out)) {
        return 400;
    }
    const size_t mark = str_find(target, '?');
    out->method = method_of(head->method);
    out->path = path_of(str_sub(target, 0, mark));
    out->query = str_sub(target, mark + 1, target.len);
    out->client_ip = peer->ip;
    out->is_https = peer->is_https;
    return 0;
}
