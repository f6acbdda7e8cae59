// `gatehouse check` against mail servers of several kinds, each a thread with a script.
#include "server/smtp_probe.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int listener;
    const char *greeting; // empty: silence
    const char *reply;    // to EHLO
    char heard[256];
} script_t;

static size_t hear_line(int fd, char *out, size_t max) {
    size_t len = 0;
    while (len < max - 1 && recv(fd, out + len, 1, 0) == 1 && out[len++] != '\n') {
    }
    out[len] = '\0';
    return len;
}

static void *on_mail_server(void *context) {
    script_t *script = context;
    char bye[64];
    const int fd = accept(script->listener, NULL, NULL);
    send(fd, script->greeting, strlen(script->greeting), MSG_NOSIGNAL);
    if (hear_line(fd, script->heard, sizeof(script->heard))) {
        send(fd, script->reply, strlen(script->reply), MSG_NOSIGNAL);
        (void)hear_line(fd, bye, sizeof(bye));
    }
    close(fd);
    return NULL;
}

// A port of ours, at which nobody listens yet.
static uint16_t open_port(int *out_fd) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    *out_fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_eq(bind(*out_fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    cr_assert_eq(getsockname(*out_fd, (struct sockaddr *)&at, &len), 0);
    return ntohs(at.sin_port);
}

static settings_t settings_of(uint16_t port, smtp_tls_t tls) {
    return (settings_t){.issuer_host = STR("login.test"),
                        .smtp = {.host = STR("127.0.0.1"), .port = port, .tls = tls}};
}

static result_t ask(script_t *script, smtp_tls_t tls, err_t *err) {
    arena_t *arena = arena_new(65536);
    pthread_t server;
    const settings_t settings = settings_of(open_port(&script->listener), tls);
    cr_assert_eq(listen(script->listener, 4), 0);
    pthread_create(&server, NULL, on_mail_server, script);
    const result_t result = smtp_probe(arena, &settings, 3000, err);
    shutdown(script->listener, SHUT_RDWR);
    pthread_join(server, NULL);
    close(script->listener);
    arena_free(&arena);
    return result;
}

Test(http_smtp_probe, is_content_with_a_server_that_greets_and_takes_ehlo) {
    script_t script = {.greeting = "220-hello\r\n220 there\r\n",
                       .reply = "250-mail\r\n250-STARTTLS\r\n250 SIZE 1\r\n"};
    err_t err = {0};
    cr_assert_eq(ask(&script, SMTP_TLS_REQUIRED, &err), OK, "%s", err.text);
    cr_assert_str_eq(script.heard, "EHLO login.test\r\n");
}

Test(http_smtp_probe, says_what_is_wrong_with_the_others) {
    static const struct {
        const char *greeting, *reply, *why;
        smtp_tls_t tls;
    } rows[] = {
        {"554 go away\r\n", "", "says: 554 go away", SMTP_TLS_OFF},
        {"220 hello\r\n", "502 no\r\n", "says: 502 no", SMTP_TLS_OFF},
        {"220 hello\r\n", "250 SIZE 1\r\n", "offers no STARTTLS", SMTP_TLS_REQUIRED},
        {"220 hello\r\n", "250-a\r\n", "does not answer", SMTP_TLS_OFF},
        {"", "", "does not answer", SMTP_TLS_OFF},
        {"220 hello\r\n", "", "no TLS", SMTP_TLS_IMPLICIT},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        script_t script = {.greeting = rows[i].greeting, .reply = rows[i].reply};
        err_t err = {0};
        cr_assert_eq(ask(&script, rows[i].tls, &err), UNAVAILABLE, "%zu", i);
        cr_assert_not_null(strstr(err.text, rows[i].why), "%s", err.text);
    }
}

Test(http_smtp_probe, says_where_nobody_listens) {
    arena_t *arena = arena_new(65536);
    int fd;
    err_t err = {0};
    const settings_t settings = settings_of(open_port(&fd), SMTP_TLS_OFF);
    cr_assert_eq(smtp_probe(arena, &settings, 3000, &err), UNAVAILABLE);
    cr_assert_not_null(strstr(err.text, "no connection to 127.0.0.1 port"), "%s", err.text);
    close(fd);
    arena_free(&arena);
}
