#include "web_server.h"
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { YEAR_S = 365 * 24 * 3600, POLL_MS = 20 };

static EVP_PKEY *authority_key;
static X509 *authority;
static char authority_path[] = "/tmp/gatehouse_authority_XXXXXX";

static X509 *certificate_new(EVP_PKEY *key, const char *name, long from_s, long to_s) {
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to_s);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                               (const unsigned char *)name, -1, -1, 0);
    return certificate;
}

static void extension_add(X509 *certificate, int nid, const char *value) {
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    cr_assert_not_null(extension);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

static void authority_remove(void) {
    unlink(authority_path);
    X509_free(authority);
    EVP_PKEY_free(authority_key);
}

const char *web_authority(void) {
    if (authority) {
        return authority_path;
    }
    authority_key = EVP_EC_gen("P-256");
    authority = certificate_new(authority_key, "Test Authority", -60, YEAR_S);
    X509_set_issuer_name(authority, X509_get_subject_name(authority));
    extension_add(authority, NID_basic_constraints, "critical,CA:TRUE");
    cr_assert_gt(X509_sign(authority, authority_key, EVP_sha256()), 0);
    FILE *out = fdopen(mkstemp(authority_path), "w");
    PEM_write_X509(out, authority);
    fclose(out);
    atexit(authority_remove);
    return authority_path;
}

static SSL_CTX *tls_new(const web_options_t *options) {
    const web_certificate_t *want = &options->certificate;
    char names[256];
    web_authority();
    snprintf(names, sizeof(names), want->host ? "DNS:%s" : "IP:127.0.0.1", want->host);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = certificate_new(key, "server", want->from_s ? want->from_s : -60,
                                 want->to_s ? want->to_s : YEAR_S);
    X509 *issuer = want->is_self_signed ? leaf : authority;
    X509_set_issuer_name(leaf, X509_get_subject_name(issuer));
    extension_add(leaf, NID_subject_alt_name, names);
    cr_assert_gt(X509_sign(leaf, want->is_self_signed ? key : authority_key, EVP_sha256()), 0);
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(tls, 0); // what is refused, the client refuses
    SSL_CTX_set_min_proto_version(tls, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls, options->tls_max);
    cr_assert_eq(SSL_CTX_use_certificate(tls, leaf), 1);
    cr_assert_eq(SSL_CTX_use_PrivateKey(tls, key), 1);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return tls;
}

// False: it closed, the server stops, or it says nothing while the next connection waits.
static bool wait_for_octets(const web_peer_t *peer) {
    struct pollfd wait[] = {{.fd = peer->fd, .events = POLLIN},
                            {.fd = peer->server->fd, .events = POLLIN}};
    const nfds_t count = peer->request[0] ? 1 : 2;
    if (peer->ssl && SSL_pending(peer->ssl)) {
        return true;
    }
    while (!atomic_load(&peer->server->is_stopping)) {
        if (poll(wait, count, POLL_MS) > 0) {
            return wait[0].revents != 0;
        }
    }
    return false;
}

static bool is_whole(const char *request) {
    const char *end = strstr(request, "\r\n\r\n");
    const char *length = strcasestr(request, "content-length:");
    return end && (!length || strlen(end + 4) >= strtoul(length + 15, NULL, 10));
}

static bool read_request(web_peer_t *peer) {
    size_t len = 0;
    peer->request[0] = '\0';
    while (!is_whole(peer->request)) {
        char *to = peer->request + len;
        const int room = (int)(WEB_REQUEST_MAX - len);
        const ssize_t got = !wait_for_octets(peer) ? 0
                            : peer->ssl            ? SSL_read(peer->ssl, to, room)
                                                   : read(peer->fd, to, (size_t)room);
        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
        peer->request[len] = '\0';
    }
    return true;
}

bool web_write(web_peer_t *peer, const char *octets, size_t len) {
    while (len) {
        const ssize_t put = peer->ssl ? SSL_write(peer->ssl, octets, (int)len)
                                      : send(peer->fd, octets, len, MSG_NOSIGNAL);
        if (put <= 0 || atomic_load(&peer->server->is_stopping)) {
            return false;
        }
        octets += put;
        len -= (size_t)put;
    }
    return true;
}

static void serve(web_peer_t *peer) {
    web_server_t *server = peer->server;
    const web_options_t *options = &server->options;
    for (int i = 0; read_request(peer); i++) {
        if (i == 1 && options->drops_kept) {
            atomic_fetch_add(&server->dropped, 1);
            return;
        }
        atomic_fetch_add(&server->requests, 1);
        memcpy(server->last_request, peer->request, sizeof(peer->request));
        if (options->on_request) {
            options->on_request(peer);
        } else if (!web_write(peer, options->answer, strlen(options->answer))) {
            return;
        }
        if (options->closes) {
            return;
        }
    }
}

static void meet(web_server_t *server, int fd) {
    web_peer_t *peer = calloc(1, sizeof(*peer));
    *peer = (web_peer_t){.server = server, .fd = fd};
    bool is_fine = true;
    if (server->tls) {
        peer->ssl = SSL_new(server->tls);
        SSL_set_fd(peer->ssl, fd);
        is_fine = SSL_accept(peer->ssl) == 1;
    }
    if (is_fine) {
        serve(peer);
        if (peer->ssl) {
            SSL_shutdown(peer->ssl);
        }
    }
    SSL_free(peer->ssl);
    free(peer);
    close(fd);
}

// One connection after the other: a client thread speaks on no more at a time.
static void *on_start(void *context) {
    web_server_t *server = context;
    struct pollfd wait = {.fd = server->fd, .events = POLLIN};
    while (!atomic_load(&server->is_stopping)) {
        if (poll(&wait, 1, POLL_MS) > 0) {
            const int fd = accept(server->fd, NULL, NULL);
            atomic_fetch_add(&server->connections, 1);
            meet(server, fd);
        }
    }
    return NULL;
}

void web_server_start(web_server_t *server, const web_options_t *options) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    *server = (web_server_t){.options = *options, .fd = socket(AF_INET, SOCK_STREAM, 0)};
    cr_assert_eq(bind(server->fd, (struct sockaddr *)(void *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(server->fd, 16), 0);
    getsockname(server->fd, (struct sockaddr *)(void *)&address, &len);
    server->port = ntohs(address.sin_port);
    server->tls = options->is_tls ? tls_new(options) : NULL;
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pthread_create(&server->thread, NULL, on_start, server), 0);
}

void web_server_stop(web_server_t *server) {
    atomic_store(&server->is_stopping, true);
    pthread_join(server->thread, NULL);
    close(server->fd);
    SSL_CTX_free(server->tls);
}
