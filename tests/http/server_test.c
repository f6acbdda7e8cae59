// The server as a whole, well-behaved clients.
#include "probe.h"
#include <criterion/criterion.h>
#include <unistd.h>

static void assert_has(str_t text, const char *part) {
    cr_assert_not_null(memmem(text.ptr, text.len, part, strlen(part)), "no \"%s\" in: %.*s", part,
                       STR_ARG(text));
}

Test(http_server, answers_on_the_loop_and_from_the_lane) {
    probe_t probe;
    probe_start(&probe, NULL);
    const char *const paths[] = {"/echo?a=%00&b", "/db?a=%00&b"};
    for (size_t i = 0; i < 2; i++) {
        const str_t answer = probe_get(&probe, paths[i]);
        cr_assert_eq(probe_status(answer), 200);
        assert_has(answer, "query=a=%00&b ip=127.0.0.1 https=0");
    }
    cr_assert(probe_stop(&probe));
}

Test(http_server, keeps_a_connection_and_answers_pipelined_requests_in_order) {
    probe_t probe;
    probe_start(&probe, NULL);
    const int fd = probe_connect(&probe);
    probe_write(fd,
                "GET /db?1 HTTP/1.1\r\nHost: h\r\n\r\n"
                "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\na=2"
                "GET /echo?3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    buf_t all = buf_new(probe.arena, 1024);
    for (str_t piece; (piece = probe_read(&probe, fd)).len;) {
        buf_add(&all, piece);
    }
    const str_t text = buf_str(&all);
    const char *one = strstr(text.ptr, "query=1");
    const char *two = strstr(text.ptr, "body=a=2");
    const char *three = strstr(text.ptr, "query=3");
    cr_assert(one && two && three && one < two && two < three, "%s", text.ptr);
    close(fd);
    cr_assert(probe_stop(&probe));
}

Test(http_server, head_is_get_without_the_body) {
    probe_t probe;
    probe_start(&probe, NULL);
    const str_t get = probe_get(&probe, "/echo");
    const int fd = probe_connect(&probe);
    probe_write(fd, "HEAD /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const str_t head = probe_read_head(&probe, fd);
    cr_assert_eq(probe_status(head), 200);
    cr_assert(str_eq(probe_header(head, "Content-Length"), probe_header(get, "Content-Length")));
    cr_assert_eq(probe_body(head).len, 0);
    cr_assert(probe_is_closed(fd));
    close(fd);
    cr_assert(probe_stop(&probe));
}

Test(http_server, an_answer_without_content_has_no_length_and_keeps_the_connection) {
    probe_t probe;
    probe_start(&probe, NULL);
    const int fd = probe_connect(&probe);
    probe_write(fd, "OPTIONS /echo HTTP/1.1\r\nHost: h\r\n\r\n");
    const str_t answer = probe_read_head(&probe, fd);
    cr_assert_eq(probe_status(answer), 204);
    cr_assert(str_is_empty(probe_header(answer, "Content-Length")));
    cr_assert(str_is_empty(probe_header(answer, "Transfer-Encoding")));
    probe_write(fd, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_assert_eq(probe_status(probe_read(&probe, fd)), 200);
    close(fd);
    cr_assert(probe_stop(&probe));
}

Test(http_server, tells_404_from_405_and_says_what_is_allowed) {
    probe_t probe;
    probe_start(&probe, NULL);
    cr_assert_eq(probe_status(probe_get(&probe, "/nothing")), 404);
    cr_assert_eq(probe_status(probe_get(&probe, "/echo/")), 404);
    const char *const methods[] = {"PUT", "DELETE", "TRACE", "get", "PROPFIND"};
    for (size_t i = 0; i < 5; i++) {
        const str_t answer = probe_ask(
            &probe,
            arena_format(probe.arena, "%s /echo HTTP/1.1\r\nHost: h\r\n\r\n", methods[i]).ptr);
        cr_assert_eq(probe_status(answer), 405, "%s", methods[i]);
        cr_assert(str_eq(probe_header(answer, "Allow"), STR("GET, HEAD, POST, OPTIONS")));
    }
    cr_assert(probe_stop(&probe));
}

Test(http_server, p_rest_07_a_method_override_is_ignored) {
    probe_t probe;
    probe_start(&probe, NULL);
    const str_t answer = probe_ask(&probe,
                                   "GET /form?_method=POST HTTP/1.1\r\nHost: h\r\n"
                                   "X-HTTP-Method-Override: POST\r\n"
                                   "Sec-Fetch-Site: same-origin\r\n\r\n");
    cr_assert_eq(probe_status(answer), 405);
    cr_assert(str_eq(probe_header(answer, "Allow"), STR("POST")));
    cr_assert(probe_stop(&probe));
}

Test(http_server, a_failing_handler_leaves_no_cookie_and_no_reason) {
    probe_t probe;
    probe_start(&probe, NULL);
    const str_t answer = probe_get(&probe, "/fail");
    cr_assert_eq(probe_status(answer), 500);
    cr_assert(str_is_empty(probe_header(answer, "Set-Cookie")));
    cr_assert_null(strstr(answer.ptr, "could not do"));
    cr_assert(probe_stop(&probe));
}

Test(http_server, a_request_that_takes_too_much_memory_is_refused) {
    probe_t probe;
    probe_start(&probe, NULL);
    cr_assert_eq(probe_status(probe_get(&probe, "/huge")), 500);
    cr_assert_eq(probe_status(probe_get(&probe, "/db")), 200);
    cr_assert(probe_stop(&probe));
}

Test(http_server, without_keys_every_route_is_unavailable_and_health_answers) {
    probe_t probe;
    const probe_options_t options = {.has_no_snapshot = true};
    probe_start(&probe, &options);
    const str_t answer = probe_get(&probe, "/echo");
    cr_assert_eq(probe_status(answer), 503);
    cr_assert(str_eq(probe_header(answer, "Retry-After"), STR("1")));
    cr_assert_eq(probe_status(probe_get(&probe, "/health/live")), 200);
    cr_assert_eq(probe_status(probe_get(&probe, "/health/ready")), 503);
    cr_assert(probe_stop(&probe));
}

Test(http_server, is_ready_once_database_and_keys_are_there) {
    probe_t probe;
    probe_start(&probe, NULL);
    health_database_set(probe.health, true);
    assert_has(probe_get(&probe, "/health/ready"), "\"reason\":\"keys\"");
    health_snapshot_set(probe.health, true);
    cr_assert_eq(probe_status(probe_get(&probe, "/health/ready")), 200);
    health_mail_set(probe.health, 1, 0);
    assert_has(probe_get(&probe, "/health/ready"), "\"mail\":\"dead_letters\"");
    health_database_set(probe.health, false);
    assert_has(probe_get(&probe, "/health/ready"), "\"reason\":\"database\"");
    cr_assert(probe_stop(&probe));
}

Test(http_server, a_port_in_use_is_said_with_its_number) {
    probe_t probe;
    probe_start(&probe, NULL);
    settings_t settings = probe.settings;
    settings.listen.port = probe.port;
    const server_config_t config = {
        .settings = &settings, .snapshots = probe.snapshots, .health = probe.health};
    server_t *second = NULL;
    err_t err = {0};
    cr_assert_eq(server_start(&config, &second, &err), UNAVAILABLE);
    cr_assert_not_null(strstr(err.text, arena_format(probe.arena, "port %u", probe.port).ptr));
    cr_assert_null(second);
    cr_assert(probe_stop(&probe));
}
