// Servers and resolvers that take their time: none takes more of ours than the deadline.
#include "web_fixture.h"
#include <poll.h>

TestSuite(remote_http_time, .init = web_setup, .fini = web_teardown, .timeout = 120);

static void on_silence(web_peer_t *peer) {
    while (!atomic_load(&peer->server->is_stopping)) {
        poll(NULL, 0, 10);
    }
}

// A little every tenth of a second, behind what began an answer.
static void drip(web_peer_t *peer, const char *beginning, const char *drop) {
    bool is_there = web_write(peer, beginning, strlen(beginning));
    while (is_there) {
        poll(NULL, 0, 100);
        is_there = web_write(peer, drop, strlen(drop));
    }
}

static void on_drip(web_peer_t *peer) {
    drip(peer, HEAD(""), " ");
}

// Too much for the bound on slowness, which only the deadline ends then.
static const char TRICKLE[] = "                    ";

static void on_trickle(web_peer_t *peer) {
    drip(peer, HEAD(""), TRICKLE);
}

static void on_trickle_headers(web_peer_t *peer) {
    drip(peer, "HTTP/1.1 200 OK\r\nX-A: ", TRICKLE);
}

// It ends at its deadline: not before, and not much later than a busy machine explains.
static void assert_times_out(const http_request_t *request) {
    enum { BUDGET_MS = 700 };
    http_response_t response;
    const deadline_t deadline = deadline_in(BUDGET_MS);
    http_client_use(client, arena, deadline);
    cr_assert_eq(http_fetch(client, request, &response, &err), TIMEOUT, "%s", err.text);
    cr_assert_lt(deadline_left_ms(deadline), BUDGET_MS / 2); // timers may be early by a little
    cr_assert_gt(deadline_left_ms((deadline_t){deadline.at_ms + 20000}), 0);
    assert_says("takes too long");
}

Test(remote_http_time, a_silent_server_costs_no_more_than_the_deadline) {
    web_serve(&(web_options_t){.on_request = on_silence});
    const http_request_t request = web_get_of("idp.test", "/");
    assert_times_out(&request);
}

Test(remote_http_time, p_rp_25_p_ssrf_04_a_body_that_trickles_ends_at_the_deadline) {
    web_serve(&(web_options_t){.on_request = on_trickle});
    const http_request_t request = web_get_of("idp.test", "/");
    assert_times_out(&request);
}

Test(remote_http_time, p_ssrf_04_headers_that_trickle_end_at_the_deadline) {
    web_serve(&(web_options_t){.on_request = on_trickle_headers});
    const http_request_t request = web_get_of("idp.test", "/");
    assert_times_out(&request);
}

Test(remote_http_time, p_rp_25_a_drip_ends_long_before_a_long_deadline) {
    http_response_t response;
    web_serve(&(web_options_t){.on_request = on_drip});
    const http_request_t request = web_get_of("idp.test", "/");
    const deadline_t deadline = deadline_in(WEB_WAIT_MS);
    http_client_use(client, arena, deadline);
    cr_assert_eq(http_fetch(client, &request, &response, &err), TIMEOUT);
    cr_assert_gt(deadline_left_ms(deadline), 0);
}

Test(remote_http_time, a_resolver_that_does_not_answer_costs_no_more_than_the_deadline) {
    const http_request_t request = {.url = STR("https://silent.test/"), .body_max = WEB_BODY_MAX};
    assert_times_out(&request);
}

Test(remote_http_time, a_tls_handshake_that_is_not_answered_costs_no_more_than_the_deadline) {
    web_serve(&(web_options_t){.on_request = on_silence});
    const http_request_t request = {.url = arena_format(arena, "https://idp.test:%d/", server.port),
                                    .body_max = WEB_BODY_MAX};
    assert_times_out(&request);
}

Test(remote_http_time, a_deadline_that_has_passed_connects_to_nobody) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE});
    const http_request_t request = web_get_of("idp.test", "/");
    http_client_use(client, arena, (deadline_t){0});
    cr_assert_eq(http_fetch(client, &request, &response, &err), TIMEOUT);
    cr_assert_eq(atomic_load(&server.connections), 0);
}
