// The rows of attacks.md that a raw socket can send, against the running server.
#include "probe.h"
#include <criterion/criterion.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char *repeat(const probe_t *probe, char c, size_t count) {
    char *text = arena_alloc(probe->arena, count + 1);
    memset(text, c, count);
    return text;
}

// Asks, expects the status, and expects that the connection ends and nothing behind is answered.
static void assert_refused(const probe_t *probe, const char *text, int status) {
    const int fd = probe_connect(probe);
    probe_write(fd, text);
    const str_t answer = probe_read(probe, fd);
    cr_assert_eq(probe_status(answer), status, "%.60s: %.*s", text, STR_ARG(answer));
    cr_assert(str_eq(probe_header(answer, "Connection"), STR("close")), "%.60s", text);
    const str_t more = probe_read(probe, fd);
    cr_assert_eq(more.len, 0, "%.60s: %.*s", text, STR_ARG(more));
    close(fd);
}

static int count_closed(struct pollfd *slow, int count, int least) {
    const deadline_t deadline = deadline_in(PROBE_WAIT_MS);
    int closed = 0;
    while (closed < least && deadline_left_ms(deadline)) {
        closed = poll(slow, (nfds_t)count, 100);
    }
    return closed;
}

// P-HTTP-03: what a client opens and does not use must not cost the others.
Test(http_attack, p_http_03_half_open_connections_leave_room_for_others) {
    enum { SLOW = 200, PLACES = 64 };
    probe_t probe;
    // No timer closes any of them while this test runs.
    const probe_options_t options = {.connections_max = PLACES, .request_timeout_ms = 3600000};
    probe_start(&probe, &options);
    struct pollfd slow[SLOW];
    for (int i = 0; i < SLOW; i++) {
        slow[i] = (struct pollfd){.fd = probe_connect(&probe), .events = POLLIN};
        probe_write(slow[i].fd,
                    i % 2 ? "GET /echo HTTP/1.1\r\nHost: h\r\nX-Drip: "
                          : "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na");
    }
    for (int i = 0; i < 20; i++) {
        cr_assert_eq(probe_status(probe_get(&probe, "/db")), 200);
    }
    // Far more were opened than may stay: the others gave way.
    cr_assert_geq(count_closed(slow, SLOW, SLOW - PLACES), SLOW - PLACES);
    for (int i = 0; i < SLOW; i++) {
        close(slow[i].fd);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_03_a_slow_head_or_body_is_cut_off_by_one_timer_for_both) {
    probe_t probe;
    const probe_options_t options = {.request_timeout_ms = 300, .stale_timeout_ms = 300};
    probe_start(&probe, &options);
    static const char *const slow[] = {
        "",
        "G",
        "GET /echo HTTP/1.1\r\nHost: h\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na",
        ("POST /echo HTTP/1.1\r\nHost: h\r\n"
         "Transfer-Encoding: chunked\r\n\r\n9\r\na"),
    };
    for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
        const int fd = probe_connect(&probe);
        probe_write(fd, slow[i]);
        cr_assert(probe_is_closed(fd), "%zu", i);
        close(fd);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_03_a_dripping_client_gains_no_time) {
    probe_t probe;
    const probe_options_t options = {.request_timeout_ms = 400};
    probe_start(&probe, &options);
    const int fd = probe_connect(&probe);
    probe_write(fd, "GET /echo HTTP/1.1\r\nHost: h\r\nX-Drip: ");
    bool is_open = true;
    for (int i = 0; i < 400 && is_open; i++) {
        usleep(50000);
        is_open = send(fd, "a", 1, MSG_NOSIGNAL) == 1;
    }
    cr_assert(!is_open);
    close(fd);
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_03_a_client_that_does_not_read_its_answer_is_cut_off) {
    probe_t probe;
    const probe_options_t options = {.stale_timeout_ms = 300};
    probe_start(&probe, &options);
    const int fd = probe_connect(&probe);
    const int small = 4096;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    probe_write(fd, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    // A reset, not an end: what the kernel still held for it is gone too.
    struct pollfd reset = {.fd = fd};
    cr_assert_eq(poll(&reset, 1, PROBE_WAIT_MS), 1);
    cr_assert(reset.revents & POLLERR);
    close(fd);
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_04_long_heads_and_addresses_are_refused) {
    probe_t probe;
    probe_start(&probe, NULL);
    const char *address = repeat(&probe, 'a', 9 * 1024);
    const char *long_address = repeat(&probe, 'a', 64 * 1024);
    const char *head = repeat(&probe, 'a', 64 * 1024);
    arena_t *arena = probe.arena;
    assert_refused(&probe, arena_format(arena, "GET /%s HTTP/1.1\r\nHost: h\r\n\r\n", address).ptr,
                   414);
    assert_refused(
        &probe, arena_format(arena, "GET /%s HTTP/1.1\r\nHost: h\r\n\r\n", long_address).ptr, 414);
    assert_refused(&probe,
                   arena_format(arena, "GET /echo HTTP/1.1\r\nHost: h\r\nX: %s\r\n\r\n", head).ptr,
                   431);
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_04_heads_up_to_the_limit_are_served) {
    probe_t probe;
    probe_start(&probe, NULL);
    const char *address = repeat(&probe, 'a', 8 * 1024 - 6);
    const char *field = repeat(&probe, 'a', 15 * 1024);
    cr_assert_eq(
        probe_status(probe_ask(
            &probe,
            arena_format(probe.arena, "GET /echo?%s HTTP/1.1\r\nHost: h\r\n\r\n", address).ptr)),
        200);
    cr_assert_eq(probe_status(probe_ask(
                     &probe, arena_format(probe.arena,
                                          "GET /echo HTTP/1.1\r\nHost: h\r\nX: %s\r\n\r\n", field)
                                 .ptr)),
                 200);
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_04_a_thousand_fields_and_broken_ones_are_refused) {
    probe_t probe;
    probe_start(&probe, NULL);
    buf_t many = buf_new(probe.arena, 64 * 1024);
    buf_add_c(&many, "GET /echo HTTP/1.1\r\nHost: h\r\n");
    for (int i = 0; i < 1000; i++) {
        buf_add_format(&many, "X-%d: a\r\n", i);
    }
    buf_add_c(&many, "\r\n");
    const char *const broken[] = {
        buf_str(&many).ptr,
        "GET /echo HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: h\r\nX\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: h\r\nX: \x01\r\n\r\n",
        "GET /e cho HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET  /echo HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /echo\tHTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /echo#x HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /echo HTTP/2.0\r\nHost: h\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        assert_refused(&probe, broken[i], 400);
    }
    const char nul[] = "GET /echo HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n";
    const int fd = probe_connect(&probe);
    probe_write_octets(fd, nul, sizeof(nul) - 1);
    cr_assert_eq(probe_status(probe_read(&probe, fd)), 400);
    close(fd);
    cr_assert(probe_stop(&probe));
}

// P-HTTP-05: each of these hides a second request from one of two readers. It must not be answered.
Test(http_attack, p_http_05_smuggled_requests_are_refused_and_the_connection_ends) {
#define SMUGGLED "GET /echo HTTP/1.1\r\nHost: evil\r\n\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
    static const char *const rows[] = {
        // Content-Length with Transfer-Encoding, both ways round.
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Content-Length: 4\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: chunked\r\n"
        "Content-Length: 4\r\n\r\n0\r\n\r\n" SMUGGLED,
        // Two Content-Length, different or the same, or a list.
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Content-Length: 0\r\nContent-Length: 38\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Content-Length: 3\r\nContent-Length: 3\r\n\r\na=1",
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Content-Length: 3, 3\r\n\r\na=1",
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Content-Length: +3\r\n\r\na=1",
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Content-Length: -3\r\n\r\na=1",
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Content-Length: 0x3\r\n\r\na=1",
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Content-Length:\r\n\r\na=1",
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Content-Length: 99999999999999999999\r\n\r\na=1",
        // Transfer-Encoding that one reader takes for chunked.
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Transfer-Encoding: identity\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: identity\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: chunked\r\n"
        "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        "POST /echo HTTP/1.0\r\nHost: h\r\n" FORM
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED,
        // Chunks that cannot be.
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: chunked\r\n\r\nx\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\n" SMUGGLED,
        "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
        "Transfer-Encoding: chunked\r\n\r\n3\r\na=1XX0\r\n\r\n" SMUGGLED,
        // Bare LF at the end of a line of the head.
        "GET /echo HTTP/1.1\nHost: h\n\n" SMUGGLED,
        "GET /echo HTTP/1.1\r\nHost: h\nX: a\r\n\r\n" SMUGGLED,
        "\nGET /echo HTTP/1.1\r\nHost: h\r\n\r\n" SMUGGLED,
        // Which host?
        "GET /echo HTTP/1.1\r\nHost: h\r\nHost: evil\r\n\r\n" SMUGGLED,
        "GET /echo HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n" SMUGGLED,
        "GET /echo HTTP/1.1\r\n\r\n" SMUGGLED,
        "GET /echo HTTP/1.1\r\nHost: h/evil\r\n\r\n" SMUGGLED,
        "GET /echo HTTP/1.1\r\nHost: a@h\r\n\r\n" SMUGGLED,
        "GET http://evil/echo HTTP/1.1\r\nHost: h\r\n\r\n" SMUGGLED,
    };
    probe_t probe;
    probe_start(&probe, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_refused(&probe, rows[i], 400);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_05_nothing_behind_a_chunked_body_is_taken_for_a_request) {
    static const char *const rows[] = {
        "3\r\na=1\r\n0\r\n\r\n" SMUGGLED,
        "3;ext=1\r\na=1\r\n0\r\n\r\n" SMUGGLED,
        "3\na=1\n0\n\n" SMUGGLED,
    };
    probe_t probe;
    probe_start(&probe, NULL);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const int fd = probe_connect(&probe);
        probe_write(fd,
                    "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Transfer-Encoding: chunked\r\n\r\n");
        probe_write(fd, rows[i]);
        const str_t answer = probe_read(&probe, fd);
        cr_assert_eq(probe_status(answer), 200);
        cr_assert_not_null(strstr(answer.ptr, "body=a=1"));
        cr_assert_eq(probe_read(&probe, fd).len, 0);
        close(fd);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_07_bodies_are_refused_by_their_declared_length) {
    probe_t probe;
    probe_start(&probe, NULL);
    assert_refused(&probe,
                   "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM "Content-Length: 2147483648\r\n\r\n",
                   413);
    assert_refused(&probe,
                   arena_format(probe.arena,
                                "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
                                "Content-Length: 1001\r\n\r\n%s",
                                repeat(&probe, 'a', PROBE_BODY_MAX + 1))
                       .ptr,
                   413);
    const str_t fits = probe_ask(&probe, arena_format(probe.arena,
                                                      "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
                                                      "Content-Length: 1000\r\n\r\n%s",
                                                      repeat(&probe, 'a', PROBE_BODY_MAX))
                                             .ptr);
    cr_assert_eq(probe_status(fits), 200);
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_07_expectations_and_encoded_bodies_are_refused) {
    probe_t probe;
    probe_start(&probe, NULL);
    assert_refused(&probe,
                   "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
                   "Expect: 200-maybe\r\nContent-Length: 3\r\n\r\na=1",
                   417);
    const str_t packed =
        probe_ask(&probe, "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
                          "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\na=1");
    cr_assert_eq(probe_status(packed), 415);
    const int fd = probe_connect(&probe);
    probe_write(fd, "POST /echo HTTP/1.1\r\nHost: h\r\n" FORM
                    "Expect: 100-continue\r\nContent-Length: 3\r\n\r\na=1");
    const str_t patient = probe_read_head(&probe, fd);
    close(fd);
    cr_assert(str_starts(patient, STR("HTTP/1.1 100 Continue\r\n\r\n")));
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_07_a_body_that_is_no_form_is_refused) {
    static const char *const types[] = {"text/plain", "application/json",
                                        "multipart/form-data; boundary=a",
                                        "application/x-www-form-urlencodedx", ""};
    probe_t probe;
    probe_start(&probe, NULL);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const str_t answer =
            probe_ask(&probe, arena_format(probe.arena,
                                           "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: %s\r\n"
                                           "Content-Length: 3\r\n\r\na=1",
                                           types[i])
                                  .ptr);
        cr_assert_eq(probe_status(answer), 415, "%s", types[i]);
    }
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_http_08_paths_are_matched_as_they_came) {
    static const char *const paths[] = {
        "/assets/../echo",   "/assets/%2e%2e/echo",
        "/assets/..%5cecho", "/assets/%00",
        "/assets/a%252e",    "/assets//etc/passwd",
        "/assets/",          "/assets/a\\b",
        "/assets/a/../../b", "//echo",
        "/./echo",           "/%65cho",
        "/echo/..",          "/ECHO",
        "/assets/a;b",       "/assets/..",
    };
    probe_t probe;
    probe_start(&probe, NULL);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        cr_assert_eq(probe_status(probe_get(&probe, paths[i])), 404, "%s", paths[i]);
    }
    cr_assert_eq(probe_status(probe_get(&probe, "/assets/0af/page.min.css")), 200);
    cr_assert(probe_stop(&probe));
}

Test(http_attack, p_op_35_a_foreign_host_reaches_no_handler) {
    probe_t probe;
    probe_start(&probe, NULL);
    const str_t answer = probe_ask(
        &probe,
        "GET /echo HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\r\n");
    cr_assert_eq(probe_status(answer), 200);
    cr_assert_null(strstr(answer.ptr, "evil"));
    cr_assert(probe_stop(&probe));
}
