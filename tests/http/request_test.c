// From heads to requests, and from requests to rows of the table.
#include "server/request.h"
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

Test(http_request, knows_the_methods_of_the_api) {
    static const struct {
        const char *head;
        method_t method;
    } CASES[] = {
        {"PUT / HTTP/1.1\r\nHost: h\r\n\r\n", METHOD_PUT},
        {"PATCH / HTTP/1.1\r\nHost: h\r\n\r\n", METHOD_PATCH},
        {"DELETE / HTTP/1.1\r\nHost: h\r\n\r\n", METHOD_DELETE},
        {"OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n", METHOD_OPTIONS},
        {"delete / HTTP/1.1\r\nHost: h\r\n\r\n", METHOD_OTHER},
        {"TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", METHOD_OTHER},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        request_t request;
        cr_assert_eq(build(CASES[i].head, &request), 0);
        cr_assert_eq(request.method, CASES[i].method, "%s", CASES[i].head);
    }
}

Test(http_request, p_http_08_one_slash_too_many_is_tolerated_where_everybody_may_go_anyway) {
    static const struct {
        const char *head;
        const char *path;
    } CASES[] = {
        {"GET //oauth/token HTTP/1.1\r\nHost: h\r\n\r\n", "/oauth/token"},
        {"GET //keys HTTP/1.1\r\nHost: h\r\n\r\n", "//keys"},
        {"GET ///oauth/token HTTP/1.1\r\nHost: h\r\n\r\n", "///oauth/token"},
        {"GET //api/v1/users HTTP/1.1\r\nHost: h\r\n\r\n", "//api/v1/users"},
        {"GET //oauth HTTP/1.1\r\nHost: h\r\n\r\n", "//oauth"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        request_t request;
        cr_assert_eq(build(CASES[i].head, &request), 0);
        cr_assert(str_eq(request.path, str_from_c(CASES[i].path)), "%s", CASES[i].head);
    }
}
