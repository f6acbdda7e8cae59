#include "server/route.h"
#include "base/buffer.h"
#include <assert.h>
#include <stdlib.h>

const char *route_method_name(method_t method) {
    static const char *const NAMES[METHOD_COUNT] = {"GET",    "POST",    "PUT",  "PATCH",
                                                    "DELETE", "OPTIONS", "OTHER"};
    return NAMES[method];
}

// ---- building -----------------------------------------------------------------------------------

static bool is_prefix_row(str_t pattern) {
    return str_ends(pattern, STR("*"));
}

// Slashes are what is counted. 0: rows with '*', which stand for any number.
static size_t segments_of(str_t path) {
    size_t count = 0;
    for (size_t i = 0; i < path.len; i++) {
        count += path.ptr[i] == '/';
    }
    return count;
}

static size_t bucket_of(str_t shape) {
    return is_prefix_row(shape) ? 0 : segments_of(shape);
}

static str_t shape_of(arena_t *arena, const char *path) {
    const str_t pattern = str_from_c(path);
    buf_t shape = buf_new(arena, pattern.len + 1);
    bool is_name = false;
    size_t names = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        const char c = pattern.ptr[i];
        names += c == '{';
        is_name = is_name && c != '}';
        if (!is_name) {
            buf_add_char(&shape, c);
        }
        is_name = is_name || c == '{';
    }
    assert(!is_name && names <= ROUTE_PARAMS_MAX);
    return buf_str(&shape);
}

// '{' is behind every octet of a literal segment, so this has the more literal shape first.
static int path_order(const void *left, const void *right) {
    const str_t a = ((const route_path_t *)left)->shape;
    const str_t b = ((const route_path_t *)right)->shape;
    const size_t of_a = bucket_of(a), of_b = bucket_of(b);
    if (of_a != of_b) {
        return of_a < of_b ? -1 : 1;
    }
    const size_t len = a.len < b.len ? a.len : b.len;
    const int order = memcmp(a.ptr, b.ptr, len);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static route_path_t *path_of(route_path_t *paths, size_t *count, str_t shape) {
    for (size_t i = 0; i < *count; i++) {
        if (str_eq(paths[i].shape, shape)) {
            return &paths[i];
        }
    }
    route_path_t *path = &paths[(*count)++];
    path->shape = shape;
    path->prefix_len = str_find(shape, is_prefix_row(shape) ? '*' : '{');
    return path;
}

void route_build(arena_t *arena, const route_t *rows, size_t count, routes_t *out) {
    *out =
        (routes_t){.rows = rows, .count = count, .paths = ARENA_ARRAY(arena, route_path_t, count)};
    size_t paths = 0;
    for (size_t i = 0; i < count; i++) {
        const route_t *row = &rows[i];
        route_path_t *path = path_of(out->paths, &paths, shape_of(arena, row->path));
        assert(!path->rows[row->method] && bucket_of(path->shape) <= ROUTE_SEGMENTS_MAX);
        path->rows[row->method] = row;
        path->methods |= 1U << row->method;
    }
    qsort(out->paths, paths, sizeof(*out->paths), path_order);
    for (size_t i = 0; i < paths; i++) {
        out->begins[bucket_of(out->paths[i].shape) + 1]++;
    }
    for (size_t n = 0; n <= ROUTE_SEGMENTS_MAX; n++) {
        out->begins[n + 1] += out->begins[n];
    }
}

// ---- matching -----------------------------------------------------------------------------------

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

static bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// What may follow the prefix of a '*' row: names and slashes, no empty name, none with two dots.
static bool is_plain_rest(str_t rest) {
    for (size_t i = 0; i < rest.len; i++) {
        const char c = rest.ptr[i];
        const char before = i ? rest.ptr[i - 1] : '/';
        if (!is_word(c) && c != '.' && c != '/') {
            return false;
        }
        if (c == before && (c == '.' || c == '/')) {
            return false;
        }
    }
    return rest.len > 0;
}

// Octets at the start of `s` that stand for one of a parameter: 0 if it may hold no such.
static size_t plain_width(str_t s) {
    if (s.len == 0) {
        return 0;
    }
    if (s.ptr[0] == '%') {
        return s.len >= 3 && is_hex(s.ptr[1]) && is_hex(s.ptr[2]) ? 3 : 0;
    }
    return is_word(s.ptr[0]) || strchr(".@~", s.ptr[0]) ? 1 : 0;
}

static bool is_dot(str_t s) {
    return str_eq(s, STR(".")) || str_eq_nocase(s, STR("%2e"));
}

// RFC 3986 5.2.4 and, because some resolve after decoding, the same in "%2e".
static bool is_dot_segment(str_t s) {
    const size_t first = s.len && s.ptr[0] == '%' ? 3 : 1;
    return is_dot(s) || (is_dot(str_sub(s, 0, first)) && is_dot(str_sub(s, first, s.len)));
}

static bool param_take(str_t rest, str_t *out) {
    size_t len = 0;
    size_t width;
    while ((width = plain_width(str_sub(rest, len, rest.len))) != 0) {
        len += width;
    }
    *out = str_sub(rest, 0, len);
    return len > 0 && len <= ROUTE_PARAM_MAX && !is_dot_segment(*out);
}

// A parameter takes all that it may hold: '/' and ':', which may follow it, are none of that.
static bool has_shape(str_t shape, str_t path, str_t out_params[ROUTE_PARAMS_MAX]) {
    size_t at = 0;
    size_t count = 0;
    for (size_t i = 0; i < shape.len; i++) {
        if (shape.ptr[i] == '{') {
            str_t *param = &out_params[count++];
            if (!param_take(str_sub(path, at, path.len), param)) {
                return false;
            }
            at += param->len;
            i++; // its '}'
        } else if (at < path.len && path.ptr[at] == shape.ptr[i]) {
            at++;
        } else {
            return false;
        }
    }
    return at == path.len;
}

static bool is_of_path(const route_path_t *own, str_t path, str_t out_params[ROUTE_PARAMS_MAX]) {
    const str_t prefix = str_sub(own->shape, 0, own->prefix_len);
    if (!str_starts(path, prefix)) {
        return false;
    }
    const str_t rest = str_sub(path, prefix.len, path.len);
    return is_prefix_row(own->shape)
               ? is_plain_rest(rest)
               : has_shape(str_sub(own->shape, prefix.len, own->shape.len), rest, out_params);
}

static const route_t *any_row(const route_path_t *path) {
    size_t method = 0;
    while (!path->rows[method]) {
        method++;
    }
    return path->rows[method];
}

static bool find(const routes_t *routes, size_t bucket, str_t path, route_match_t *out,
                 const route_path_t **out_path) {
    for (size_t i = routes->begins[bucket]; i < routes->begins[bucket + 1]; i++) {
        if (is_of_path(&routes->paths[i], path, out->params)) {
            *out_path = &routes->paths[i];
            return true;
        }
    }
    return false;
}

route_match_t route_find(const routes_t *routes, method_t method, str_t path) {
    route_match_t match = {0};
    const route_path_t *found = NULL;
    const size_t segments = segments_of(path);
    const bool is_exact = segments > 0 && segments <= ROUTE_SEGMENTS_MAX &&
                          find(routes, segments, path, &match, &found);
    if (!is_exact && !find(routes, 0, path, &match, &found)) {
        return (route_match_t){0};
    }
    match.row = found->rows[method];
    match.path = match.row ? match.row : any_row(found);
    match.methods = found->methods;
    return match;
}

str_t route_allow(arena_t *arena, unsigned methods) {
    buf_t allow = buf_new(arena, 64);
    for (method_t method = METHOD_GET; method < METHOD_OTHER; method++) {
        if (methods & (1U << method)) {
            buf_add_c(&allow, allow.len ? ", " : "");
            buf_add_c(&allow, method == METHOD_GET ? "GET, HEAD" : route_method_name(method));
        }
    }
    return buf_str(&allow);
}

size_t route_body_max(const routes_t *routes) {
    size_t max = 0;
    for (size_t i = 0; i < routes->count; i++) {
        max = routes->rows[i].body_max > max ? routes->rows[i].body_max : max;
    }
    return max;
}
