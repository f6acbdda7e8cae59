// Real sockets: what is asked, of whom, and what comes back.
#include "web_fixture.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(remote_http, .init = web_setup, .fini = web_teardown, .timeout = 120);

// What one answer comes to; the server ends the connection behind it.
static result_t outcome_of(const char *answer) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = answer, .closes = true});
    return web_get("idp.test", &response);
}

// ---- what goes well -----------------------------------------------------------------------------

Test(remote_http, gets_over_tls_with_a_certificate_of_a_known_authority) {
    http_response_t response;
    web_serve(&(web_options_t){
        .is_tls = true,
        .certificate = {.host = "idp.test"},
        .answer = HEAD("Content-Length: 2\r\nCache-Control: max-age=60\r\n") "{}"});
    http_request_t request = web_get_of("idp.test", "/a/../b?c=%20d");
    request.accept = STR("application/json");
    request.authorization = secret_from_str(STR("Bearer 123"));
    cr_assert_eq(web_fetch(&request, &response), OK, "%s", err.text);
    cr_assert_eq(response.status, 200);
    cr_assert(str_eq(response.content_type, STR("application/json")));
    cr_assert(str_eq(response.body, STR("{}")));
    cr_assert_eq(response.cache_s, 60);
    const str_t expected = arena_format(arena,
                                        "GET /a/../b?c=%%20d HTTP/1.1\r\nHost: idp.test:%d\r\n"
                                        "User-Agent: Gatehouse\r\nAccept: application/json\r\n"
                                        "Authorization: Bearer 123\r\n\r\n",
                                        server.port);
    cr_assert_str_eq(server.last_request, expected.ptr);
}

Test(remote_http, posts_a_body_and_forgets_it_before_the_next_request) {
    http_response_t response;
    web_serve(
        &(web_options_t){.is_tls = true, .certificate = {.host = "idp.test"}, .answer = FINE});
    http_request_t request = web_get_of("idp.test", "/token");
    request.is_post = true;
    request.body = STR("code=1&client_secret=2");
    request.content_type = STR("application/x-www-form-urlencoded");
    request.authorization = secret_from_str(STR("Basic QQ=="));
    cr_assert_eq(web_fetch(&request, &response), OK, "%s", err.text);
    cr_assert_not_null(strstr(server.last_request, "POST /token HTTP/1.1\r\n"));
    cr_assert_not_null(strstr(server.last_request, "Content-Length: 22\r\n"));
    cr_assert_not_null(
        strstr(server.last_request, "Content-Type: application/x-www-form-urlencoded\r\n"));
    cr_assert_not_null(strstr(server.last_request, "\r\n\r\ncode=1&client_secret=2"));
    cr_assert_eq(web_get("idp.test", &response), OK);
    cr_assert_not_null(strstr(server.last_request, "GET / HTTP/1.1\r\n"));
    cr_assert_null(strstr(server.last_request, "Authorization"));
    cr_assert_null(strstr(server.last_request, "Content-"));
    cr_assert_eq(atomic_load(&server.connections), 1, "the connection was kept");
}

Test(remote_http, posts_nothing_at_all_where_that_is_the_body) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE});
    http_request_t request = web_get_of("idp.test", "/");
    request.is_post = true;
    cr_assert_eq(web_fetch(&request, &response), OK);
    cr_assert_not_null(strstr(server.last_request, "Content-Length: 0\r\n"));
    cr_assert_null(strstr(server.last_request, "Content-Type"));
}

Test(remote_http, an_error_status_is_an_answer) {
    http_response_t response;
    web_serve(&(web_options_t){
        .answer = "HTTP/1.1 401 No\r\nContent-Length: 26\r\n\r\n{\"error\":\"invalid_client\"}"});
    cr_assert_eq(web_get("idp.test", &response), OK);
    cr_assert_eq(response.status, 401);
    cr_assert(str_eq(response.body, STR("{\"error\":\"invalid_client\"}")));
    cr_assert_eq(response.content_type.len, 0);
    cr_assert_eq(response.cache_s, -1);
}

Test(remote_http, reads_chunks_and_an_empty_answer) {
    http_response_t response;
    web_serve(&(web_options_t){
        .answer = HEAD("Transfer-Encoding: chunked\r\n") "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"});
    cr_assert_eq(web_get("idp.test", &response), OK, "%s", err.text);
    cr_assert(str_eq(response.body, STR("{}")));
    web_serve(&(web_options_t){.answer = "HTTP/1.1 204 No Content\r\n\r\n"});
    cr_assert_eq(web_get("idp.test", &response), OK);
    cr_assert_eq(response.status, 204);
    cr_assert_eq(response.body.len, 0);
}

Test(remote_http, a_kept_connection_that_has_died_is_replaced) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE, .drops_kept = true});
    cr_assert_eq(web_get("idp.test", &response), OK);
    cr_assert_eq(web_get("idp.test", &response), OK, "%s", err.text);
    cr_assert_eq(atomic_load(&server.connections), 2);
}

// A code that arrives twice makes a good provider revoke what it gave for it (RFC 6749 4.1.2).
Test(remote_http, a_post_is_sent_once_and_never_on_a_kept_connection) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE, .drops_kept = true});
    http_request_t request = web_get_of("idp.test", "/token");
    request.is_post = true;
    request.body = STR("code=1");
    for (int i = 1; i <= 3; i++) {
        cr_assert_eq(web_fetch(&request, &response), OK, "%s", err.text);
        cr_assert_eq(atomic_load(&server.connections), i);
        cr_assert_eq(atomic_load(&server.requests), i);
    }
    cr_assert_eq(atomic_load(&server.dropped), 0);
}

Test(remote_http, a_post_that_breaks_off_is_not_sent_again) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = "", .closes = true});
    http_request_t request = web_get_of("idp.test", "/token");
    request.is_post = true;
    cr_assert_eq(web_fetch(&request, &response), UNAVAILABLE);
    cr_assert_eq(atomic_load(&server.requests), 1);
}

Test(remote_http, a_clone_works_after_the_first_client_is_closed) {
    http_client_t *clone = NULL;
    http_response_t response;
    web_serve(
        &(web_options_t){.is_tls = true, .certificate = {.host = "idp.test"}, .answer = FINE});
    cr_assert_eq(http_client_clone(client, &clone, &err), OK);
    http_client_close(&client);
    client = clone;
    cr_assert_eq(web_get("idp.test", &response), OK, "%s", err.text);
}

Test(remote_http, authorities_that_do_not_load_are_said_at_the_start) {
    http_client_t *other = NULL;
    setenv("SSL_CERT_FILE", "/nonexistent/authorities.pem", 1);
    cr_assert_eq(http_client_open(&settings, &other, &err), INTERNAL);
    cr_assert_null(other);
    assert_says("SSL_CERT_FILE");
}

Test(remote_http, p_inj_04_a_control_in_a_header_is_not_sent) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE});
    http_request_t request = web_get_of("idp.test", "/");
    request.authorization = secret_from_str(STR("Bearer 1\r\nX-Evil: 1"));
    cr_assert_eq(web_fetch(&request, &response), BAD_REQUEST);
    cr_assert_null(strstr(err.text, "Evil"));
    request.authorization = (secret_t){0};
    request.accept = STR("a\nb");
    cr_assert_eq(web_fetch(&request, &response), BAD_REQUEST);
    cr_assert_eq(atomic_load(&server.connections), 0);
}

// ---- who may be asked ---------------------------------------------------------------------------

Test(remote_http, p_ssrf_01_a_name_that_resolves_to_an_address_of_ours_is_refused) {
    static const char *const NAMES[] = {"metadata.test", "mapped.test", "localhost", "x.localhost"};
    http_response_t response;
    settings.outbound_allow_count = 0;
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        const http_request_t request = {.url = arena_format(arena, "https://%s/", NAMES[i]),
                                        .body_max = WEB_BODY_MAX};
        cr_assert_eq(web_fetch(&request, &response), REFUSED, "%s: %s", NAMES[i], err.text);
        cr_assert_str_eq(err.code, "address_refused");
        assert_says("GATEHOUSE_OUTBOUND_ALLOW");
    }
}

Test(remote_http, p_ssrf_01_the_connected_address_counts_and_not_what_the_name_was_before) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE, .closes = true});
    cr_assert_eq(web_get("idp.test", &response), OK);
    cr_assert_eq(atomic_load(&server.connections), 1);
    // As if the name had been bound anew: the same host is no longer where it may be.
    settings.outbound_allow_count = 0;
    cr_assert_eq(web_get("idp.test", &response), REFUSED);
    cr_assert_str_eq(err.code, "address_refused");
    cr_assert_eq(atomic_load(&server.connections), 1);
}

Test(remote_http, a_host_with_an_address_that_may_is_reached_by_that_one) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE});
    cr_assert_eq(web_get("both.test", &response), OK, "%s", err.text);
}

Test(remote_http, http_goes_nowhere_without_the_setting) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE});
    settings.is_http_allowed = false;
    cr_assert_eq(web_get("idp.test", &response), REFUSED);
    assert_says("https://");
    cr_assert_eq(atomic_load(&server.connections), 0);
}

Test(remote_http, a_url_that_is_not_written_plainly_is_not_fetched) {
    http_response_t response;
    web_serve(&(web_options_t){.answer = FINE});
    cr_assert_eq(web_get("user@idp.test", &response), REFUSED);
    cr_assert_eq(atomic_load(&server.connections), 0);
}

// A port at which nobody listens, and nobody can: it is bound here. The caller closes it.
static int port_hold(int *out_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, len), 0);
    getsockname(fd, (struct sockaddr *)&address, &len);
    *out_port = ntohs(address.sin_port);
    return fd;
}

Test(remote_http, says_that_a_name_does_not_exist_and_a_port_is_closed) {
    http_response_t response;
    int port;
    const int held = port_hold(&port);
    web_serve(&(web_options_t){.answer = FINE});
    cr_assert_eq(web_get("nowhere.test", &response), UNAVAILABLE);
    cr_assert_str_eq(err.text, "nowhere.test is not found in DNS");
    const http_request_t request = {
        .url = arena_format(arena, "http://idp.test:%d/secret?token=1", port),
        .body_max = WEB_BODY_MAX};
    cr_assert_eq(web_fetch(&request, &response), UNAVAILABLE);
    assert_says("idp.test does not accept connections on port");
    cr_assert_null(strstr(err.text, "token"));
    close(held);
}

// ---- what comes back ----------------------------------------------------------------------------

Test(remote_http, p_rp_25_p_ssrf_02_no_redirect_is_followed) {
    static const char *const WHERE[] = {
        "http://169.254.169.254/latest/",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "https://idp.test/elsewhere",
        "/relative",
        "ftp://127.0.0.1/",
        "dict://127.0.0.1/",
    };
    static const int STATUS[] = {300, 301, 302, 303, 304, 307, 308, 399};
    http_response_t response;
    for (size_t i = 0; i < sizeof(STATUS) / sizeof(STATUS[0]); i++) {
        const char *where = WHERE[i % (sizeof(WHERE) / sizeof(WHERE[0]))];
        const str_t answer = arena_format(
            arena, "HTTP/1.1 %d X\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", STATUS[i], where);
        web_serve(&(web_options_t){.answer = answer.ptr, .closes = true});
        cr_assert_eq(web_get("idp.test", &response), REFUSED, "%d", STATUS[i]);
        assert_says("idp.test redirects to another address");
        cr_assert_eq(atomic_load(&server.requests), 1);
    }
}

Test(remote_http, p_rp_25_a_declared_length_over_the_limit_is_refused) {
    cr_assert_eq(outcome_of(HEAD("Content-Length: 10001\r\n") "{}"), REFUSED);
    assert_says("idp.test sends more than 10000 octets");
}

static void on_endless_body(web_peer_t *peer) {
    static const char part[] = "1000\r\n";
    static char block[0x1000];
    memset(block, ' ', sizeof(block));
    bool is_there = web_write(peer, HEAD("Transfer-Encoding: chunked\r\n"),
                              strlen(HEAD("Transfer-Encoding: chunked\r\n")));
    while (is_there) {
        is_there = web_write(peer, part, strlen(part)) && web_write(peer, block, sizeof(block)) &&
                   web_write(peer, "\r\n", 2);
    }
}

Test(remote_http, p_rp_25_p_ssrf_04_a_body_without_end_is_cut_off) {
    http_response_t response;
    web_serve(&(web_options_t){.on_request = on_endless_body});
    cr_assert_eq(web_get("idp.test", &response), REFUSED);
    assert_says("idp.test sends more than 10000 octets");
    cr_assert_lt(arena_used(arena), 100000);
}

static void on_endless_headers(web_peer_t *peer) {
    bool is_there = web_write(peer, "HTTP/1.1 200 OK\r\n", 17);
    for (int i = 0; is_there; i++) {
        char line[64];
        is_there = web_write(peer, line, (size_t)snprintf(line, sizeof(line), "X-%d: a\r\n", i));
    }
}

static void on_endless_interim(web_peer_t *peer) {
    while (web_write(peer, "HTTP/1.1 100 Continue\r\n\r\n", 25)) {
    }
}

Test(remote_http, p_ssrf_04_headers_without_end_are_cut_off) {
    http_response_t response;
    web_serve(&(web_options_t){.on_request = on_endless_headers});
    cr_assert_eq(web_get("idp.test", &response), REFUSED, "%s", err.text);
}

Test(remote_http, p_ssrf_04_interim_answers_without_end_are_cut_off) {
    http_response_t response;
    web_serve(&(web_options_t){.on_request = on_endless_interim});
    cr_assert_eq(web_get("idp.test", &response), REFUSED, "%s", err.text);
}

Test(remote_http, p_ssrf_04_a_compressed_answer_is_refused_unread) {
    cr_assert_eq(outcome_of(HEAD("Content-Encoding: gzip\r\nContent-Length: 3\r\n") "abc"),
                 REFUSED);
    assert_says("compressed");
}

Test(remote_http, p_ssrf_04_http_0_9_is_no_answer) {
    cr_assert_eq(outcome_of("{\"access_token\":\"x\"}\n"), UNAVAILABLE);
    assert_says("does not answer in HTTP");
}

Test(remote_http, p_ssrf_04_a_status_beyond_those_of_http_is_no_answer) {
    cr_assert_eq(outcome_of("HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n"), UNAVAILABLE);
}

Test(remote_http, p_rp_25_an_answer_that_breaks_off_is_not_used) {
    cr_assert_eq(outcome_of(HEAD("Content-Length: 20\r\n") "{}"), UNAVAILABLE);
    assert_says("idp.test breaks off");
}

Test(remote_http, p_rp_25_chunks_that_break_off_are_not_used) {
    cr_assert_eq(outcome_of(HEAD("Transfer-Encoding: chunked\r\n") "2\r\n{}\r\n"), UNAVAILABLE);
}

Test(remote_http, a_server_that_closes_without_a_word_is_unavailable) {
    cr_assert_eq(outcome_of(""), UNAVAILABLE);
}
