#include "protocol/oidc/redirect.h"
#include <arpa/inet.h>

// ---- matching -----------------------------------------------------------------------------------

typedef struct {
    str_t base; // scheme and host
    str_t rest; // path and query
} loopback_t;

// Cuts ":port" off; false if there is a colon and no port behind it.
static bool port_skip(str_t *rest) {
    if (rest->len == 0 || rest->ptr[0] != ':') {
        return true;
    }
    size_t end = 1;
    while (end < rest->len && rest->ptr[end] >= '0' && rest->ptr[end] <= '9') {
        end++;
    }
    uint64_t port = 0;
    if (!str_to_u64(str_sub(*rest, 1, end), 65535, &port) || port == 0) {
        return false;
    }
    *rest = str_sub(*rest, end, rest->len);
    return true;
}

// Splits around the port. What follows the host must be its end: "http://127.0.0.1.evil.example/"
// and "http://127.0.0.1:80@evil.example/" are no loopback addresses.
static bool loopback_split(str_t uri, loopback_t *out) {
    static const char *const BASES[] = {"http://127.0.0.1", "http://[::1]"};
    for (size_t i = 0; i < sizeof(BASES) / sizeof(BASES[0]); i++) {
        const str_t base = str_from_c(BASES[i]);
        str_t rest = str_sub(uri, base.len, uri.len);
        if (str_starts(uri, base) && port_skip(&rest) && (!rest.len || rest.ptr[0] == '/')) {
            *out = (loopback_t){base, rest};
            return true;
        }
    }
    return false;
}

static bool loopback_matches(str_t registered, str_t given) {
    loopback_t a, b;
    return loopback_split(registered, &a) && loopback_split(given, &b) && str_eq(a.base, b.base) &&
           str_eq(a.rest, b.rest);
}

bool oidc_redirect_matches(const oidc_list_t *registered, str_t given, bool is_native) {
    for (size_t i = 0; i < registered->count && given.len; i++) {
        if (str_eq(registered->items[i], given) ||
            (is_native && loopback_matches(registered->items[i], given))) {
            return true;
        }
    }
    return false;
}

// ---- registering --------------------------------------------------------------------------------

#define WRONG(err, ...) FAIL((err), BAD_REQUEST, "invalid_redirect_uri", __VA_ARGS__)

static bool is_lower_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// RFC 3986 2: what may stand in a URI at all, without '?' (query), '#' (fragment) and '*' (somebody
// would take it for a wildcard). Backslash, quotes, angle brackets, braces, blanks, controls and
// everything beyond ASCII are out.
static bool is_uri_octet(char c) {
    return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("-._~:/[]@!$&'()+,;=%", c));
}

static result_t octets_check(str_t uri, err_t *err) {
    for (size_t i = 0; i < uri.len; i++) {
        const char c = uri.ptr[i];
        if (c == '?') {
            return WRONG(err, "a query is not allowed");
        }
        if (c == '#') {
            return WRONG(err, "a fragment is not allowed");
        }
        if (!is_uri_octet(c)) {
            return WRONG(err, "octet %zu may not stand in it", i + 1);
        }
        if (c == '%' && (uri.len - i < 3 || !is_hex(uri.ptr[i + 1]) || !is_hex(uri.ptr[i + 2]))) {
            return WRONG(err, "a %% without two hex digits");
        }
    }
    return OK;
}

// RFC 3986 3.1, in lower case as browsers send it.
static bool scheme_cut(str_t uri, str_t *out_scheme, str_t *out_rest) {
    const size_t colon = str_find(uri, ':');
    if (colon == uri.len || colon == 0 || uri.ptr[0] < 'a' || uri.ptr[0] > 'z') {
        return false;
    }
    for (size_t i = 0; i < colon; i++) {
        if (!is_lower_or_digit(uri.ptr[i]) && !strchr("+-.", uri.ptr[i])) {
            return false;
        }
    }
    *out_scheme = str_sub(uri, 0, colon);
    *out_rest = str_sub(uri, colon + 1, uri.len);
    return true;
}

// "." and "..", also percent-encoded: a browser resolves them before it sends the request.
static bool is_dot_segment(str_t segment) {
    size_t dots = 0;
    for (size_t i = 0; i < segment.len; dots++) {
        const str_t rest = str_sub(segment, i, segment.len);
        if (rest.ptr[0] == '.') {
            i += 1;
        } else if (str_eq_nocase(str_sub(rest, 0, 3), STR("%2e"))) {
            i += 3;
        } else {
            return false;
        }
    }
    return dots == 1 || dots == 2;
}

static result_t path_check(str_t path, err_t *err) {
    while (path.len) {
        path = str_sub(path, 1, path.len); // the slash
        const size_t end = str_find(path, '/');
        if (is_dot_segment(str_sub(path, 0, end))) {
            return WRONG(err, "a dot segment in the path");
        }
        path = str_sub(path, end, path.len);
    }
    return OK;
}

static bool is_ipv6_literal(str_t host) {
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.len < 4 || host.len - 2 >= sizeof(text) || host.ptr[0] != '[' ||
        host.ptr[host.len - 1] != ']') {
        return false;
    }
    memcpy(text, host.ptr + 1, host.len - 2);
    text[host.len - 2] = '\0';
    return inet_pton(AF_INET6, text, &address) == 1;
}

// Labels of lower-case letters, digits and hyphens: A-labels, no percent-encoding.
static bool is_host_name(str_t host) {
    char before = '.';
    for (size_t i = 0; i < host.len; i++) {
        const char c = host.ptr[i];
        if (!is_lower_or_digit(c) && !((c == '-' || c == '.') && before != '.')) {
            return false;
        }
        before = c;
    }
    return host.len > 0 && before != '.';
}

static bool is_loopback_host(str_t host) {
    return str_eq(host, STR("127.0.0.1")) || str_eq(host, STR("[::1]")) ||
           str_eq(host, STR("localhost"));
}

// The host of "//host[:port]", and what follows it.
static result_t authority_cut(str_t rest, str_t *out_host, str_t *out_path, err_t *err) {
    if (!str_starts(rest, STR("//"))) {
        return WRONG(err, "it is not absolute: // must follow the scheme");
    }
    rest = str_sub(rest, 2, rest.len);
    const size_t end = str_find(rest, '/');
    const str_t authority = str_sub(rest, 0, end);
    if (str_find(authority, '@') != authority.len) {
        return WRONG(err, "user info is not allowed");
    }
    const size_t bracket = str_starts(authority, STR("[")) ? str_find(authority, ']') : 0;
    const str_t tail = str_sub(authority, bracket, authority.len);
    str_t port = str_sub(tail, str_find(tail, ':'), tail.len);
    const str_t host = str_sub(authority, 0, authority.len - port.len);
    if (!port_skip(&port) || port.len) {
        return WRONG(err, "the port is not a number from 1 to 65535");
    }
    if (!is_host_name(host) && !is_ipv6_literal(host)) {
        return WRONG(err, "the host is not a lower-case name or an address");
    }
    *out_host = host;
    *out_path = str_sub(rest, end, rest.len);
    return OK;
}

// RFC 8252 7.1. Schemes that a browser itself acts upon are no application's own.
static result_t own_scheme_check(str_t scheme, str_t rest, err_t *err) {
    static const char *const TAKEN[] = {"javascript", "data",  "vbscript",    "file",       "blob",
                                        "filesystem", "about", "view-source", "chrome",     "ws",
                                        "wss",        "ftp",   "ftps",        "mailto",     "tel",
                                        "sms",        "jar",   "intent",      "android-app"};
    for (size_t i = 0; i < sizeof(TAKEN) / sizeof(TAKEN[0]); i++) {
        if (str_eq(scheme, str_from_c(TAKEN[i]))) {
            return WRONG(err, "the scheme is not an application's own");
        }
    }
    if (!str_starts(rest, STR("/")) || str_find(rest, '@') != rest.len) {
        return WRONG(err, "a path without user info must follow the scheme");
    }
    const bool has_authority = str_starts(rest, STR("//"));
    const str_t behind = str_sub(rest, has_authority ? 2 : 0, rest.len);
    return path_check(str_sub(behind, str_find(behind, '/'), behind.len), err);
}

result_t oidc_redirect_check(str_t uri, oidc_redirect_rules_t rules, err_t *err) {
    str_t scheme, rest, host = STR(""), path = STR("");
    if (uri.len == 0 || uri.len > OIDC_REDIRECT_LEN_MAX) {
        return WRONG(err, "it must have 1 to %d octets", OIDC_REDIRECT_LEN_MAX);
    }
    TRY(octets_check(uri, err));
    if (!scheme_cut(uri, &scheme, &rest)) {
        return WRONG(err, "it does not begin with a scheme in lower case");
    }
    const bool is_http = str_eq(scheme, STR("http"));
    if (!is_http && !str_eq(scheme, STR("https"))) {
        return rules.is_native ? own_scheme_check(scheme, rest, err)
                               : WRONG(err, "the scheme must be https");
    }
    TRY(authority_cut(rest, &host, &path, err));
    if (is_http && !rules.is_http_allowed && !is_loopback_host(host)) {
        return WRONG(err, "http is for loopback addresses only");
    }
    return path_check(path, err);
}
