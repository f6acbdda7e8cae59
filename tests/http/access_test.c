// Who may post a form, and which fields may stand once only: against the running server.
#include "probe.h"
#include <criterion/criterion.h>

static int post_form(const probe_t *probe, const char *fields) {
    return probe_status(probe_ask(
        probe, arena_format(probe->arena,
                            "POST /form HTTP/1.1\r\nHost: login.test\r\n%s"
                            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
                            "Content-Length: 3\r\n\r\na=1",
                            fields)
                   .ptr));
}

Test(http_access, p_sess_04_a_form_must_come_from_our_own_origin) {
    static const struct {
        const char *fields;
        int status;
    } rows[] = {
        {"Sec-Fetch-Site: same-origin\r\n", 200},
        {"Sec-Fetch-Site: same-origin\r\nOrigin: http://login.test\r\n", 200},
        // Rebound names: a page of theirs is same-origin with us, and may hide its origin.
        {"Sec-Fetch-Site: same-origin\r\nOrigin: http://evil.test\r\n", 403},
        {"Sec-Fetch-Site: same-origin\r\nOrigin: null\r\n", 403},
        {"Origin: http://login.test\r\n", 200},
        {"", 403},
        {"Origin: null\r\n", 403},
        {"Origin: http://evil.test\r\n", 403},
        {"Origin: https://login.test\r\n", 403},
        {"Origin: http://login.test.evil.test\r\n", 403},
        {"Sec-Fetch-Site: cross-site\r\nOrigin: http://login.test\r\n", 403},
        {"Sec-Fetch-Site: same-site\r\nOrigin: http://login.test\r\n", 403},
        {"Sec-Fetch-Site: none\r\nOrigin: http://login.test\r\n", 403},
        {"Referer: http://login.test/a\r\n", 403},
    };
    probe_t probe;
    probe_start(&probe, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cr_assert_eq(post_form(&probe, rows[i].fields), rows[i].status, "%s", rows[i].fields);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_access, p_sess_03_a_second_header_of_a_single_kind_is_refused) {
    static const char *const names[] = {"Cookie",     "Authorization", "Origin", "Sec-Fetch-Site",
                                        "User-Agent", "Content-Type",  "cOOkie"};
    probe_t probe;
    probe_start(&probe, NULL);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const str_t twice = arena_format(
            probe.arena, "GET /echo HTTP/1.1\r\nHost: h\r\n%s: same\r\n%s: same\r\n\r\n", names[i],
            i == 6 ? "Cookie" : names[i]);
        cr_assert_eq(probe_status(probe_ask(&probe, twice.ptr)), 400, "%s", names[i]);
    }
    const str_t lists = probe_ask(&probe,
                                  "GET /echo HTTP/1.1\r\nHost: h\r\nAccept: a/b\r\n"
                                  "Accept: c/d\r\nAccept-Language: de\r\n"
                                  "Accept-Language: en\r\n\r\n");
    cr_assert_eq(probe_status(lists), 200);
    cr_assert(probe_stop(&probe));
}

Test(http_access, p_inj_03_text_that_is_not_clean_utf_8_counts_as_not_sent) {
    probe_t probe;
    probe_start(&probe, NULL);
    const str_t broken =
        probe_ask(&probe, "GET /echo HTTP/1.1\r\nHost: h\r\nUser-Agent: a\xff\x62\r\n\r\n");
    cr_assert_not_null(strstr(broken.ptr, "agent= "));
    const str_t clean =
        probe_ask(&probe, "GET /echo HTTP/1.1\r\nHost: h\r\nUser-Agent: \xc3\xa4\r\n\r\n");
    cr_assert_not_null(strstr(clean.ptr, "agent=\xc3\xa4 "));
    cr_assert(probe_stop(&probe));
}

Test(http_access, p_sess_15_forwarded_headers_of_a_stranger_are_not_believed) {
    static const char request[] =
        "GET /echo HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: https\r\n"
        "X-Forwarded-For: 203.0.113.9\r\n\r\n";
    probe_t probe;
    probe_start(&probe, NULL);
    cr_assert_not_null(strstr(probe_ask(&probe, request).ptr, "ip=127.0.0.1 https=0"));
    cr_assert(probe_stop(&probe));

    const probe_options_t options = {.is_proxy_trusted = true};
    probe_start(&probe, &options);
    cr_assert_not_null(strstr(probe_ask(&probe, request).ptr, "ip=203.0.113.9 https=1"));
    cr_assert(probe_stop(&probe));
}
