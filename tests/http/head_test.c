// The strict parser on its own: limits to the octet, and what it makes of a good head.
#include "base/arena.h"
#include "server/head.h"
#include <criterion/criterion.h>
#include <stdlib.h>

static int parse(str_t text, head_t *out) {
    return head_parse(text, out);
}

Test(http_head, reads_a_request_line_and_trims_values) {
    head_t head;
    str_t value;
    cr_assert_eq(parse(STR("POST /a?b HTTP/1.1\r\nHost: h\r\nX-A:\t a b \t\r\nx-a: \r\n"
                           "Content-Length: 3\r\n\r\nbody"),
                       &head),
                 0);
    cr_assert(str_eq(head.method, STR("POST")));
    cr_assert(str_eq(head.target, STR("/a?b")));
    cr_assert_eq(head.minor, 1);
    cr_assert_eq(head_get(&head, "X-a", &value), 2);
    cr_assert(str_eq(value, STR("a b")));
    cr_assert_eq(head_get(&head, "x-b", &value), 0);
    cr_assert_not(head.is_chunked);
}

Test(http_head, takes_one_empty_line_in_front) {
    head_t head;
    cr_assert_eq(parse(STR("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), &head), 0);
    cr_assert_eq(parse(STR("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), &head), 400);
}

Test(http_head, p_mem_02_every_prefix_of_a_head_is_refused) {
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        head_t head;
        // Its own block, so that a read behind its end is seen.
        char *copy = malloc(len ? len : 1);
        memcpy(copy, text, len);
        cr_assert_eq(parse((str_t){copy, len}, &head), 400, "%zu", len);
        free(copy);
    }
}

Test(http_head, p_http_04_limits_hold_to_the_octet) {
    arena_t *arena = arena_new(1024 * 1024);
    head_t head;
    char *many = arena_alloc(arena, HEAD_MAX * 2);
    memset(many, 'a', HEAD_MAX * 2 - 1);
    const int fits = HEAD_TARGET_MAX - 1;
    cr_assert_eq(
        parse(arena_format(arena, "GET /%.*s HTTP/1.1\r\nHost: h\r\n\r\n", fits, many), &head), 0);
    cr_assert_eq(
        parse(arena_format(arena, "GET /%.*s HTTP/1.1\r\nHost: h\r\n\r\n", fits + 1, many), &head),
        414);
    const int beside = (int)strlen("GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n");
    const int left = HEAD_MAX - beside;
    cr_assert_eq(
        parse(arena_format(arena, "GET / HTTP/1.1\r\nHost: h\r\nX: %.*s\r\n\r\n", left, many),
              &head),
        0);
    cr_assert_eq(
        parse(arena_format(arena, "GET / HTTP/1.1\r\nHost: h\r\nX: %.*s\r\n\r\n", left + 1, many),
              &head),
        431);
    arena_free(&arena);
}

Test(http_head, p_http_04_more_fields_than_fit_are_refused) {
    arena_t *arena = arena_new(1024 * 1024);
    for (int extra = 0; extra < 2; extra++) {
        head_t head;
        str_t text = STR("GET / HTTP/1.1\r\nHost: h\r\n");
        for (int i = 0; i < HEAD_FIELDS_MAX - 1 + extra; i++) {
            text = arena_format(arena, "%.*sX: a\r\n", STR_ARG(text));
        }
        text = arena_format(arena, "%.*s\r\n", STR_ARG(text));
        cr_assert_eq(parse(text, &head), extra ? 431 : 0);
    }
    arena_free(&arena);
}

Test(http_head, http_1_0_needs_no_host) {
    head_t head;
    cr_assert_eq(parse(STR("GET / HTTP/1.0\r\n\r\n"), &head), 0);
    cr_assert_eq(parse(STR("GET / HTTP/1.1\r\n\r\n"), &head), 400);
}

Test(http_head, p_http_05_chunked_is_known_in_any_case_and_alone) {
    head_t head;
    cr_assert_eq(
        parse(STR("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: ChunkeD\r\n\r\n"), &head), 0);
    cr_assert(head.is_chunked);
    cr_assert_eq(
        parse(STR("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked,\r\n\r\n"), &head),
        400);
    cr_assert_eq(
        parse(STR("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \vchunked\r\n\r\n"), &head),
        400);
}

Test(http_head, p_mem_05_a_field_of_nothing_but_blanks_takes_linear_time) {
    arena_t *arena = arena_new(1024 * 1024);
    head_t head;
    const str_t text = arena_format(arena, "GET / HTTP/1.1\r\nHost: h\r\nX:%*s\r\n\r\n", 16000, "");
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(parse(text, &head), 0);
    }
    arena_free(&arena);
}
