#include "server/route.h"

// What may follow the prefix of a '*' row: names and slashes, no empty name, none with two dots.
static bool is_plain_rest(str_t rest) {
    for (size_t i = 0; i < rest.len; i++) {
        const char c = rest.ptr[i];
        const char before = i ? rest.ptr[i - 1] : '/';
        const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!is_word && c != '.' && c != '/') {
            return false;
        }
        if (c == before && (c == '.' || c == '/')) {
            return false;
        }
    }
    return rest.len > 0;
}

static bool is_prefix_row(const route_t *row) {
    return str_ends(str_from_c(row->path), STR("*"));
}

static bool has_path(const route_t *row, str_t path) {
    const str_t own = str_from_c(row->path);
    if (!is_prefix_row(row)) {
        return str_eq(path, own);
    }
    const str_t prefix = str_sub(own, 0, own.len - 1);
    return str_starts(path, prefix) && is_plain_rest(str_sub(path, prefix.len, path.len));
}

static route_match_t find(const routes_t *routes, method_t method, str_t path, bool is_prefix) {
    route_match_t match = {0};
    for (size_t i = 0; i < routes->count; i++) {
        const route_t *row = &routes->rows[i];
        if (is_prefix_row(row) != is_prefix || !has_path(row, path)) {
            continue;
        }
        match.path = row;
        match.methods |= 1U << row->method;
        match.row = row->method == method ? row : match.row;
    }
    return match;
}

route_match_t route_find(const routes_t *routes, method_t method, str_t path) {
    const route_match_t exact = find(routes, method, path, false);
    return exact.path ? exact : find(routes, method, path, true);
}

str_t route_allow(unsigned methods) {
    static const char *const NAMES[] = {
        "",        "GET, HEAD",          "POST",          "GET, HEAD, POST",
        "OPTIONS", "GET, HEAD, OPTIONS", "POST, OPTIONS", "GET, HEAD, POST, OPTIONS",
    };
    _Static_assert(METHOD_GET == 0 && METHOD_POST == 1 && METHOD_OPTIONS == 2, "bits of NAMES");
    return str_from_c(NAMES[methods % (sizeof(NAMES) / sizeof(NAMES[0]))]);
}

size_t route_body_max(const routes_t *routes) {
    size_t max = 0;
    for (size_t i = 0; i < routes->count; i++) {
        max = routes->rows[i].body_max > max ? routes->rows[i].body_max : max;
    }
    return max;
}
