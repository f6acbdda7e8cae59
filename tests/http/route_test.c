// Which row a request is for.
#include "server/route.h"
#include <criterion/criterion.h>

static arena_t *arena;
static routes_t routes;

static void setup(void) {
    arena = arena_new(1 << 20);
}

static void teardown(void) {
    arena_free(&arena);
}

TestSuite(http_route, .init = setup, .fini = teardown);

#define ROW(method_, path_)                                                                        \
    { .method = METHOD_##method_, .path = (path_) }

static const route_t ROWS[] = {
    ROW(GET, "/a/*"),
    ROW(GET, "/a/b"),
    ROW(POST, "/c"),
    ROW(GET, "/users/{id}"),
    ROW(PATCH, "/users/{user_id}"), // another name for the same
    ROW(DELETE, "/users/{id}"),
    ROW(GET, "/users/me"),
    ROW(GET, "/users:search"),
    ROW(GET, "/users:external/{external_id}"),
    ROW(PATCH, "/users/{id}:enable"),
    ROW(GET, "/orgs/{org}/users/{id}"),
    ROW(GET, "/orgs/-/users"),
    ROW(GET, "/orgs/{org}/users"),
    ROW(PUT, "/orgs/{org}/users/{id}/roles/{role}:set"),
};

static route_match_t find(method_t method, const char *path) {
    route_build(arena, ROWS, sizeof(ROWS) / sizeof(ROWS[0]), &routes);
    return route_find(&routes, method, str_from_c(path));
}

static void assert_row(method_t method, const char *path, const char *pattern) {
    const route_match_t match = find(method, path);
    cr_assert_not_null(match.row, "%s", path);
    cr_assert_str_eq(match.row->path, pattern, "%s", path);
    cr_assert_eq(match.row->method, method);
}

static void assert_params(const char *path, const char *first, const char *second) {
    const route_match_t match = find(METHOD_GET, path);
    cr_assert_not_null(match.row, "%s", path);
    cr_assert(str_eq(match.params[0], str_from_c(first)), "%s", path);
    cr_assert(str_eq(match.params[1], str_from_c(second)), "%s", path);
}

static void assert_nothing(const char *path) {
    const route_match_t match = find(METHOD_GET, path);
    cr_assert_null(match.path, "%s", path);
    cr_assert_null(match.row, "%s", path);
    cr_assert_eq(match.methods, 0);
}

Test(http_route, the_more_literal_row_goes_first) {
    assert_row(METHOD_GET, "/a/b", "/a/b");
    assert_row(METHOD_GET, "/a/c/d-1.e_f", "/a/*");
    assert_row(METHOD_GET, "/users/me", "/users/me");
    assert_row(METHOD_GET, "/users/you", "/users/{id}");
    assert_row(METHOD_GET, "/orgs/-/users", "/orgs/-/users");
    assert_row(METHOD_GET, "/orgs/o/users", "/orgs/{org}/users");
    assert_row(METHOD_GET, "/orgs/-/users/u", "/orgs/{org}/users/{id}");
}

Test(http_route, a_verb_belongs_to_its_segment) {
    assert_row(METHOD_GET, "/users:search", "/users:search");
    assert_row(METHOD_GET, "/users:external/x", "/users:external/{external_id}");
    assert_row(METHOD_PATCH, "/users/u1:enable", "/users/{id}:enable");
    assert_row(METHOD_PUT, "/orgs/o/users/u/roles/r:set",
               "/orgs/{org}/users/{id}/roles/{role}:set");
    assert_nothing("/users/u1:disable");
    assert_nothing("/users/u1:enable:enable");
    assert_nothing("/users/:enable");
    assert_nothing("/users/u1:");
    assert_nothing("/users:external/");
    assert_nothing("/users:external");
}

Test(http_route, parameters_come_raw_and_in_the_order_of_the_pattern) {
    assert_params("/orgs/o%20%C3%BC/users/a.b-c_d~e@f", "o%20%C3%BC", "a.b-c_d~e@f");
    assert_params("/users/%2e%2e%2e", "%2e%2e%2e", "");
    assert_params("/users/...", "...", "");
    assert_params("/users/a..", "a..", "");
}

Test(http_route, p_http_08_a_parameter_is_one_plain_segment) {
    static const char *const PATHS[] = {
        "/users/",
        "/users//",
        "/users/a/",
        "/users/a/b",
        "/users/.",
        "/users/..",
        "/users/%2e",
        "/users/%2E%2e",
        "/users/.%2e",
        "/users/%2E.",
        "/users/%",
        "/users/%4",
        "/users/%zz",
        "/users/a%0",
        "/users/a b",
        "/users/a\\b",
        "/users/a;b",
        "/users/a+b",
        "/users/a,b",
        "/users/a?b",
        "/users/a\xc3\xbc",
        "/users/a*",
        "/users/{id}",
        "/users/a=b",
        "/users/a|b",
        "//users/a",
        "/users//a",
        "/orgs//users",
        "/orgs/../users",
        "/orgs/%2e./users",
        "/a/../b",
        "/a/",
        "/a//b",
        "/a/%62",
        "/A/b",
        "",
        "*",
        "/",
        "users/a",
        "/users",
    };
    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
        assert_nothing(PATHS[i]);
    }
}

Test(http_route, a_parameter_has_a_longest_length) {
    char path[256] = "/users/";
    memset(path + 7, 'a', ROUTE_PARAM_MAX);
    assert_row(METHOD_GET, path, "/users/{id}");
    path[7 + ROUTE_PARAM_MAX] = 'a';
    assert_nothing(path);
}

Test(http_route, any_number_of_segments_is_looked_up) {
    char path[8192];
    for (size_t i = 0; i < sizeof(path) - 1; i++) {
        path[i] = '/';
    }
    path[sizeof(path) - 1] = '\0';
    assert_nothing(path);
}

Test(http_route, a_path_knows_all_its_methods) {
    const route_match_t wrong = find(METHOD_PUT, "/users/u1");
    cr_assert_null(wrong.row);
    cr_assert_not_null(wrong.path);
    cr_assert(str_eq(route_allow(arena, wrong.methods), STR("GET, HEAD, PATCH, DELETE")));
    const route_match_t literal = find(METHOD_DELETE, "/users/me");
    cr_assert_null(literal.row);
    cr_assert(str_eq(route_allow(arena, literal.methods), STR("GET, HEAD")));
    cr_assert_null(find(METHOD_OTHER, "/c").row);
    cr_assert(str_eq(route_allow(arena, find(METHOD_GET, "/c").methods), STR("POST")));
}

Test(http_route, the_table_of_the_program_is_well_formed) {
    route_build(arena, handle_routes, handle_routes_count, &routes);
    for (size_t i = 0; i < handle_routes_count; i++) {
        const route_t *row = &handle_routes[i];
        cr_assert_eq(row->is_api, str_starts(str_from_c(row->path), STR("/api/")), "%s", row->path);
        cr_assert_eq(row->is_api, row->rest != NULL, "%s", row->path);
        cr_assert(!row->is_api || row->body == BODY_JSON, "%s", row->path);
        // A pattern's own names are as good as any: each row is found by its own path.
        char path[256] = {0};
        size_t len = 0;
        for (const char *c = row->path; *c; c++) {
            path[len] = *c == '*' ? 'x' : *c;
            len += *c != '{' && *c != '}';
            path[len] = '\0';
        }
        cr_assert_eq(route_find(&routes, row->method, str_from_c(path)).row, row, "%s", path);
    }
}
