// From heads to requests, and from requests to rows of the table.
#include "server/request.h"
#include "server/route.h"
#include <criterion/criterion.h>

static int build(const char *text, request_t *out) {
    static head_t head;
    const peer_t peer = {STR("192.0.2.1"), true};
    *out = (request_t){0};
    const int status = head_parse(str_from_c(text), &head);
    return status ? status : request_build(&head, &peer, out);
}

Test(http_request, splits_path_and_query_at_the_first_mark_and_decodes_neither) {
    request_t request;
    cr_assert_eq(build("GET /a%2Fb?c=%3F&d=?e HTTP/1.1\r\nHost: h\r\n\r\n", &request), 0);
    cr_assert(str_eq(request.path, STR("/a%2Fb")));
    cr_assert(str_eq(request.query, STR("c=%3F&d=?e")));
    cr_assert_eq(build("GET / HTTP/1.1\r\nHost: h\r\n\r\n", &request), 0);
    cr_assert(str_is_empty(request.query));
}

Test(http_request, takes_the_absolute_form_for_the_host_that_is_asked) {
    request_t request;
    cr_assert_eq(build("GET HTTP://H:1/a?b HTTP/1.1\r\nHost: h:1\r\n\r\n", &request), 0);
    cr_assert(str_eq(request.path, STR("/a")));
    cr_assert_eq(build("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", &request), 400);
    cr_assert_eq(build("GET http://i/a HTTP/1.1\r\nHost: h\r\n\r\n", &request), 400);
    cr_assert_eq(build("GET ftp://h/a HTTP/1.1\r\nHost: h\r\n\r\n", &request), 400);
    cr_assert_eq(build("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n", &request), 400);
    cr_assert_eq(build("GET a HTTP/1.1\r\nHost: h\r\n\r\n", &request), 400);
}

Test(http_request, fills_every_field_from_its_header) {
    request_t request;
    cr_assert_eq(build("HEAD / HTTP/1.1\r\nHost: h\r\nContent-Type: a\r\nAuthorization: b\r\n"
                       "Cookie: c\r\nOrigin: d\r\nSec-Fetch-Site: e\r\nUser-Agent: f\r\n"
                       "Accept: g\r\nAccept-Language: h\r\n"
                       "Access-Control-Request-Method: i\r\n\r\n",
                       &request),
                 0);
    cr_assert_eq(request.method, METHOD_GET);
    const str_t values[] = {request.content_type, request.authorization,   request.cookie,
                            request.origin,       request.sec_fetch_site,  request.user_agent,
                            request.accept,       request.accept_language, request.cors_method};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        cr_assert_eq(values[i].len, 1);
        cr_assert_eq(values[i].ptr[0], (char)('a' + i));
    }
    cr_assert(request.is_https);
    cr_assert(str_eq(request.client_ip, STR("192.0.2.1")));
}

Test(http_request, an_exact_row_goes_before_a_prefix) {
    static const route_t rows[] = {
        {.method = METHOD_GET, .path = "/a/*"},
        {.method = METHOD_GET, .path = "/a/b"},
        {.method = METHOD_POST, .path = "/c"},
    };
    const routes_t routes = {rows, 3};
    cr_assert_eq(route_find(&routes, METHOD_GET, STR("/a/b")).row, &rows[1]);
    cr_assert_eq(route_find(&routes, METHOD_GET, STR("/a/c/d-1.e_f")).row, &rows[0]);
    cr_assert_null(route_find(&routes, METHOD_GET, STR("/a")).path);
    const route_match_t wrong = route_find(&routes, METHOD_GET, STR("/c"));
    cr_assert_null(wrong.row);
    cr_assert_eq(wrong.path, &rows[2]);
    cr_assert(str_eq(route_allow(wrong.methods), STR("POST")));
}
