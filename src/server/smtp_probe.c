#include "server/smtp_probe.h"
#include "base/buffer.h"
#include "base/scope.h"
#include "crypto/openssl.h"
#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

SCOPED_BY(BIO, BIO_free_all)
SCOPED_BY(SSL_CTX, SSL_CTX_free)

enum { LINE_SIZE = 1024, LINES_MAX = 64, PORT_TEXT = 8, CODE_LEN = 3 };

// A blocking socket whose every step is bounded: connect(2) obeys SO_SNDTIMEO too.
static int connect_one(const struct addrinfo *info, int timeout_ms) {
    const struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    const int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC, info->ai_protocol);
    if (fd < 0) {
        return -1;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, info->ai_addr, info->ai_addrlen) != 0) {
        const int error = errno;
        close(fd);
        errno = error == EINPROGRESS ? ETIMEDOUT : error;
        return -1;
    }
    return fd;
}

static result_t connect_any(arena_t *arena, const settings_smtp_t *smtp, int timeout_ms, int *out,
                            err_t *err) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char port[PORT_TEXT];
    snprintf(port, sizeof(port), "%u", (unsigned)smtp->port);
    const int problem = getaddrinfo(arena_c(arena, smtp->host), port, &hints, &found);
    if (problem) {
        return FAIL(err, UNAVAILABLE, "smtp_name", "%.*s is no host that can be found: %s",
                    STR_ARG(smtp->host), gai_strerror(problem));
    }
    int fd = -1;
    for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next) {
        fd = connect_one(info, timeout_ms);
    }
    const int error = errno;
    freeaddrinfo(found);
    if (fd < 0) {
        return FAIL(err, UNAVAILABLE, "smtp_connect", "no connection to %.*s port %s: %s",
                    STR_ARG(smtp->host), port, strerror(error));
    }
    *out = fd;
    return OK;
}

// TLS on top, with the certificate checked as a mail would have it.
static result_t wrap_tls(arena_t *arena, str_t host, SSL_CTX *context, BIO **bio, err_t *err) {
    SSL *ssl = NULL;
    BIO *top = BIO_new_ssl(context, 1);
    if (!top || BIO_get_ssl(top, &ssl) != 1) {
        BIO_free(top);
        return OPENSSL_FAIL(err, "TLS to the mail server");
    }
    char *name = arena_alloc(arena, host.len + 1);
    memcpy(name, host.ptr, host.len);
    *bio = BIO_push(top, *bio);
    if (SSL_CTX_set_default_verify_paths(context) != 1 || SSL_set1_host(ssl, name) != 1 ||
        SSL_set_tlsext_host_name(ssl, name) != 1) {
        return OPENSSL_FAIL(err, "TLS to the mail server");
    }
    SSL_set_verify(ssl, SSL_VERIFY_PEER, NULL);
    if (BIO_do_handshake(*bio) != 1) {
        const long verdict = SSL_get_verify_result(ssl);
        openssl_forget();
        return FAIL(err, UNAVAILABLE, "smtp_tls", "no TLS with %s: %s", name,
                    verdict == X509_V_OK ? "the handshake failed"
                                         : X509_verify_cert_error_string(verdict));
    }
    return OK;
}

static bool read_line(BIO *bio, char line[LINE_SIZE]) {
    size_t len = 0;
    while (len < LINE_SIZE - 1 && BIO_read(bio, line + len, 1) == 1) {
        if (line[len++] == '\n') {
            break;
        }
    }
    line[len] = '\0';
    openssl_forget();
    return len > CODE_LEN && line[len - 1] == '\n';
}

// RFC 5321 4.2: lines of one reply have '-' behind the code, all but the last.
static result_t read_reply(arena_t *arena, BIO *bio, const char *code, str_t *out, err_t *err) {
    char line[LINE_SIZE];
    buf_t reply = buf_new(arena, LINE_SIZE);
    for (int i = 0; i < LINES_MAX; i++) {
        if (!read_line(bio, line)) {
            return FAIL(err, UNAVAILABLE, "smtp_silent", "the mail server does not answer");
        }
        if (strncmp(line, code, CODE_LEN) != 0) {
            return FAIL(err, UNAVAILABLE, "smtp_reply", "the mail server says: %.120s", line);
        }
        buf_add_c(&reply, line);
        if (line[CODE_LEN] == ' ') {
            *out = buf_str(&reply);
            return OK;
        }
    }
    return FAIL(err, UNAVAILABLE, "smtp_reply", "the mail server's answer does not end");
}

static result_t say(BIO *bio, str_t text, err_t *err) {
    if (BIO_write(bio, text.ptr, (int)text.len) != (int)text.len) {
        openssl_forget();
        return FAIL(err, UNAVAILABLE, "smtp_silent", "the mail server has closed the connection");
    }
    return OK;
}

static result_t talk(arena_t *arena, const settings_t *settings, BIO *bio, err_t *err) {
    str_t reply;
    TRY(read_reply(arena, bio, "220", &reply, err));
    TRY(say(bio, arena_format(arena, "EHLO %.*s\r\n", STR_ARG(settings->issuer_host)), err));
    TRY(read_reply(arena, bio, "250", &reply, err));
    if (settings->smtp.tls == SMTP_TLS_REQUIRED && !strstr(reply.ptr, "STARTTLS")) {
        return FAIL(err, UNAVAILABLE, "smtp_starttls",
                    "the mail server offers no STARTTLS, and GATEHOUSE_SMTP_URL requires it");
    }
    return say(bio, STR("QUIT\r\n"), err);
}

result_t smtp_probe(arena_t *arena, const settings_t *settings, int timeout_ms, err_t *err) {
    int fd;
    TRY(connect_any(arena, &settings->smtp, timeout_ms, &fd, err));
    SCOPED(SSL_CTX) context = SSL_CTX_new(TLS_client_method());
    SCOPED(BIO) bio = BIO_new_socket(fd, BIO_CLOSE);
    if (!bio || !context) {
        return OPENSSL_FAIL(err, "connection to the mail server");
    }
    if (settings->smtp.tls == SMTP_TLS_IMPLICIT) {
        TRY(wrap_tls(arena, settings->smtp.host, context, &bio, err));
    }
    return talk(arena, settings, bio, err);
}
