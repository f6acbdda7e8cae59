// The header fields that stand on every answer.
#include "probe.h"
#include <criterion/criterion.h>
#include <unistd.h>

// One request for every way in which an answer comes to be.
static const struct {
    int status;
    const char *request;
} EVERY[] = {
    {200, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n"},
    {200, "GET /db HTTP/1.1\r\nHost: h\r\n\r\n"},
    {200, "GET /assets/a.css HTTP/1.1\r\nHost: h\r\n\r\n"},
    {200, "GET /health/live HTTP/1.1\r\nHost: h\r\n\r\n"},
    {503, "GET /health/ready HTTP/1.1\r\nHost: h\r\n\r\n"},
    {204, "OPTIONS /echo HTTP/1.1\r\nHost: h\r\n\r\n"},
    {400, "GET /echo HTTP/1.1\r\n\r\n"},
    {403, "POST /form HTTP/1.1\r\nHost: h\r\n\r\n"},
    {404, "GET /nothing HTTP/1.1\r\nHost: h\r\n\r\n"},
    {405, "PUT /echo HTTP/1.1\r\nHost: h\r\n\r\n"},
    {413, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n"},
    {415, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na"},
    {417, "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: a\r\nContent-Length: 1\r\n\r\na"},
    {500, "GET /fail HTTP/1.1\r\nHost: h\r\n\r\n"},
    {500, "GET /split HTTP/1.1\r\nHost: h\r\n\r\n"},
};

static str_t ask_head(const probe_t *probe, const char *request) {
    const int fd = probe_connect(probe);
    probe_write(fd, request);
    const str_t answer = probe_read_head(probe, fd);
    close(fd);
    return answer;
}

static void assert_header(str_t answer, const char *name, const char *value) {
    cr_assert(str_eq(probe_header(answer, name), str_from_c(value)), "%s: %.*s", name,
              STR_ARG(answer));
}

Test(http_header, p_sess_07_08_09_10_every_answer_carries_the_security_headers) {
    probe_t probe;
    const probe_options_t options = {.is_https_issuer = true};
    probe_start(&probe, &options);
    for (size_t i = 0; i < sizeof(EVERY) / sizeof(EVERY[0]); i++) {
        const str_t answer = ask_head(&probe, EVERY[i].request);
        cr_assert_eq(probe_status(answer), EVERY[i].status, "%s: %.*s", EVERY[i].request,
                     STR_ARG(answer));
        assert_header(answer, "Content-Security-Policy",
                      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' "
                      "https:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
                      "require-trusted-types-for 'script'; form-action 'self'");
        assert_header(answer, "X-Frame-Options", "DENY");
        assert_header(answer, "X-Content-Type-Options", "nosniff");
        assert_header(answer, "Referrer-Policy", "same-origin");
        assert_header(answer, "Cross-Origin-Opener-Policy", "same-origin");
        assert_header(answer, "Cross-Origin-Resource-Policy", "same-origin");
        assert_header(answer, "Strict-Transport-Security", "max-age=31536000");
        assert_header(answer, "Cache-Control", "no-store");
        assert_header(answer, "Server", "");
        cr_assert_not(str_is_empty(probe_header(answer, "Permissions-Policy")));
    }
    cr_assert(probe_stop(&probe));
}

Test(http_header, no_hsts_for_an_http_issuer) {
    probe_t probe;
    probe_start(&probe, NULL);
    assert_header(probe_get(&probe, "/echo"), "Strict-Transport-Security", "");
    cr_assert(probe_stop(&probe));
}

Test(http_header, p_inj_04_a_value_with_a_line_end_is_never_sent) {
    probe_t probe;
    probe_start(&probe, NULL);
    const str_t answer = probe_get(&probe, "/split");
    cr_assert_eq(probe_status(answer), 500);
    cr_assert_null(strstr(answer.ptr, "evil"));
    cr_assert(probe_stop(&probe));
}

Test(http_header, a_handler_may_open_caching_cors_and_form_action) {
    probe_t probe;
    probe_start(&probe, NULL);
    const str_t big = ask_head(&probe, "HEAD /big HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_header(big, "Cache-Control", "public, max-age=60");
    const str_t open = probe_get(&probe, "/open");
    assert_header(open, "Access-Control-Allow-Origin", "*");
    assert_header(open, "Cross-Origin-Resource-Policy", "cross-origin");
    assert_header(open, "Access-Control-Allow-Credentials", "");
    const str_t origin = probe_get(&probe, "/origin");
    assert_header(origin, "Access-Control-Allow-Origin", "https://app.example");
    assert_header(origin, "Vary", "Origin");
    cr_assert(str_ends(probe_header(origin, "Content-Security-Policy"),
                       STR("; form-action 'self' https://app.example/cb")));
    cr_assert(probe_stop(&probe));
}
