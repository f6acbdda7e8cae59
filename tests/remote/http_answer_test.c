#include "remote/http_answer.h"
#include <criterion/criterion.h>

static arena_t *arena;
static http_answer_t answer;

static void set_up(void) {
    arena = arena_new(1 << 22);
    http_answer_init(&answer, arena, 100);
}

static void tear_down(void) {
    arena_free(&arena);
}

TestSuite(remote_http_answer, .init = set_up, .fini = tear_down);

static bool header(const char *line) {
    return http_answer_header(&answer, str_from_c(line));
}

Test(remote_http_answer, knows_how_long_it_may_be_kept) {
    static const struct {
        const char *line;
        int64_t cache_s;
    } ROWS[] = {
        {"Date: Sun, 22 Nov 2026 10:00:00 GMT\r\n", -1},
        {"Cache-Control: public\r\n", -1},
        {"Cache-Control: max-age=3600\r\n", 3600},
        {"cache-control:MAX-AGE=3600, must-revalidate\r\n", 3600},
        {"Cache-Control: max-age=\"60\"\r\n", 60},
        {"Cache-Control: max-age=3600, no-store\r\n", 0},
        {"Cache-Control: no-cache\r\n", 0},
        {"Cache-Control: no-cache=\"Set-Cookie\"\r\n", 0},
        {"Cache-Control: max-age=3600, max-age=60\r\n", 60},
        {"Cache-Control: s-maxage=3600\r\n", -1},
        {"Cache-Control: max-age=-1\r\n", 0},
        {"Cache-Control: max-age=1.5\r\n", 0},
        {"Cache-Control: max-age=\r\n", 0},
        {"Cache-Control: max-age\r\n", 0},
        {"Cache-Control: max-age=99999999999999999999999999\r\n", 2147483648},
        {"Cache-Control: ,,=,;\r\n", -1},
        {"Cache-Control\r\n", -1},
        {"X-Cache-Control: max-age=5\r\n", -1},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        http_answer_init(&answer, arena, 100);
        cr_assert(header(ROWS[i].line));
        cr_assert_eq(answer.cache_s, ROWS[i].cache_s, "%s", ROWS[i].line);
    }
}

Test(remote_http_answer, two_cache_control_lines_give_the_shorter_time) {
    cr_assert(header("Cache-Control: max-age=10\r\n"));
    cr_assert(header("Cache-Control: max-age=3600\r\n"));
    cr_assert_eq(answer.cache_s, 10);
}

Test(remote_http_answer, what_an_interim_answer_said_does_not_count) {
    cr_assert(header("HTTP/1.1 103 Early Hints\r\n"));
    cr_assert(header("Content-Type: text/html\r\n"));
    cr_assert(header("Cache-Control: max-age=10\r\n"));
    cr_assert(header("HTTP/1.1 200 OK\r\n"));
    cr_assert_eq(answer.content_type.len, 0);
    cr_assert_eq(answer.cache_s, -1);
    cr_assert(header("content-type: application/json; charset=utf-8 \r\n"));
    cr_assert(str_eq(answer.content_type, STR("application/json; charset=utf-8")));
}

Test(remote_http_answer, p_ssrf_04_refuses_every_coding) {
    static const char *const CODED[] = {
        "Content-Encoding: gzip\r\n",    "content-encoding:br\r\n",
        "Content-Encoding: x\r\n",       "Content-Encoding: identity, gzip\r\n",
        "Content-Encoding: deflate\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: gzip\r\n",   "transfer-encoding: chunked, chunked\r\n",
    };
    for (size_t i = 0; i < sizeof(CODED) / sizeof(CODED[0]); i++) {
        http_answer_init(&answer, arena, 100);
        cr_assert_not(header(CODED[i]), "%s", CODED[i]);
        cr_assert_eq(answer.fault, ANSWER_CODED);
    }
    http_answer_init(&answer, arena, 100);
    cr_assert(header("Content-Encoding: identity\r\n"));
    cr_assert(header("Transfer-Encoding: Chunked\r\n"));
    cr_assert_eq(answer.fault, ANSWER_FINE);
}

Test(remote_http_answer, p_ssrf_04_a_body_stops_at_the_first_octet_too_many) {
    char piece[100];
    memset(piece, 'x', sizeof(piece));
    cr_assert(http_answer_body(&answer, (str_t){piece, 60}));
    cr_assert(http_answer_body(&answer, (str_t){piece, 40}));
    cr_assert(http_answer_body(&answer, (str_t){piece, 0}));
    cr_assert_not(http_answer_body(&answer, (str_t){piece, 1}));
    cr_assert_eq(answer.fault, ANSWER_TOO_LARGE);
    cr_assert_eq(answer.body.len, 100);
}

Test(remote_http_answer, p_ssrf_04_headers_without_end_stop) {
    char line[1000];
    memset(line, 'a', sizeof(line));
    size_t count = 0;
    while (count < 1000 && http_answer_header(&answer, (str_t){line, sizeof(line)})) {
        count++;
        cr_assert(count % 2 || header("HTTP/1.1 100 Continue\r\n"), "interim answers count too");
    }
    cr_assert_leq(count, 65);
    cr_assert_eq(answer.fault, ANSWER_TOO_LARGE);
}
