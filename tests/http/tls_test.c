#include "probe.h"
#include "server/tls.h"
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct {
    char certificate[64], key[64];
} pair_t;

static void make_pair(pair_t *pair, long from_s, long to_s) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), from_s);
    X509_gmtime_adj(X509_getm_notAfter(certificate), to_s);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"login.test", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
    cr_assert_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    snprintf(pair->certificate, sizeof(pair->certificate), "/tmp/gatehouse_tls_XXXXXX");
    snprintf(pair->key, sizeof(pair->key), "/tmp/gatehouse_tls_XXXXXX");
    FILE *out = fdopen(mkstemp(pair->certificate), "w");
    PEM_write_X509(out, certificate);
    fclose(out);
    out = fdopen(mkstemp(pair->key), "w");
    PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
    fclose(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static void drop_pair(const pair_t *pair) {
    unlink(pair->certificate);
    unlink(pair->key);
}

typedef struct {
    int min, max;
    const char *ciphers;
    const char *alpn;
} client_t;

typedef struct {
    bool is_connected;
    char answer[4096];
    const char *alpn; // static
    long ticket_count;
    int version;
} outcome_t;

static outcome_t talk(const probe_t *probe, const client_t *client) {
    outcome_t outcome = {0};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    // The client would take anything; what is refused, the server refuses.
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, client->min);
    SSL_CTX_set_max_proto_version(context, client->max);
    if (client->ciphers) {
        cr_assert_eq(SSL_CTX_set_cipher_list(context, client->ciphers), 1);
    }
    SSL *ssl = SSL_new(context);
    if (client->alpn) {
        SSL_set_alpn_protos(ssl, (const unsigned char *)client->alpn,
                            (unsigned)strlen(client->alpn));
    }
    const int fd = probe_connect(probe);
    SSL_set_fd(ssl, fd);
    if (SSL_connect(ssl) == 1) {
        static const char request[] = "GET /db HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        SSL_write(ssl, request, sizeof(request) - 1);
        size_t len = 0;
        int got;
        while (len < sizeof(outcome.answer) - 1 &&
               (got = SSL_read(ssl, outcome.answer + len,
                               (int)(sizeof(outcome.answer) - 1 - len))) > 0) {
            len += (size_t)got;
        }
        const unsigned char *alpn = NULL;
        unsigned alpn_len = 0;
        SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
        outcome.alpn = alpn_len == 8 && memcmp(alpn, "http/1.1", 8) == 0 ? "http/1.1"
                       : alpn_len                                        ? "another"
                                                                         : "none";
        outcome.is_connected = true;
        outcome.version = SSL_version(ssl);
        outcome.ticket_count = SSL_SESSION_has_ticket(SSL_get0_session(ssl));
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    close(fd);
    return outcome;
}

static void start(probe_t *probe, pair_t *pair) {
    make_pair(pair, -60, 3600);
    const probe_options_t options = {.certificate = pair->certificate, .key = pair->key};
    probe_start(probe, &options);
}

Test(http_tls, p_http_10_answers_over_1_2_and_1_3_only) {
    probe_t probe;
    pair_t pair;
    start(&probe, &pair);
    const client_t good[] = {{TLS1_2_VERSION, TLS1_2_VERSION, NULL, NULL},
                             {TLS1_3_VERSION, TLS1_3_VERSION, NULL, NULL},
                             {TLS1_VERSION, TLS1_3_VERSION, NULL, "\x02h2\x08http/1.1"}};
    const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION, TLS1_3_VERSION};
    for (size_t i = 0; i < 3; i++) {
        const outcome_t outcome = talk(&probe, &good[i]);
        cr_assert(outcome.is_connected, "%zu", i);
        cr_assert_eq(outcome.version, versions[i]);
        cr_assert_not_null(strstr(outcome.answer, "https=1"), "%s", outcome.answer);
        cr_assert_str_eq(outcome.alpn, i == 2 ? "http/1.1" : "none");
        cr_assert_eq(outcome.ticket_count, 0, "sessions are not to be resumed");
    }
    const client_t bad[] = {
        {TLS1_VERSION, TLS1_VERSION, NULL, NULL},
        {TLS1_1_VERSION, TLS1_1_VERSION, NULL, NULL},
    };
    for (size_t i = 0; i < 2; i++) {
        cr_assert_not(talk(&probe, &bad[i]).is_connected, "%zu", i);
    }
    drop_pair(&pair);
    cr_assert(probe_stop(&probe));
}

Test(http_tls, p_http_10_weak_ciphers_and_other_protocols_are_refused) {
    probe_t probe;
    pair_t pair;
    start(&probe, &pair);
    const client_t bad[] = {
        {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", NULL},
        {TLS1_2_VERSION, TLS1_2_VERSION, "ECDHE-ECDSA-AES256-SHA384", NULL},
        {TLS1_2_VERSION, TLS1_2_VERSION, "aNULL:eNULL", NULL},
        {TLS1_2_VERSION, TLS1_3_VERSION, NULL, "\x02h2"},
        {TLS1_2_VERSION, TLS1_3_VERSION, NULL,
         "\x03"
         "ftp"},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_assert_not(talk(&probe, &bad[i]).is_connected, "%zu", i);
    }
    drop_pair(&pair);
    cr_assert(probe_stop(&probe));
}

Test(http_tls, p_http_10_plain_http_on_the_tls_port_gets_nothing) {
    probe_t probe;
    pair_t pair;
    start(&probe, &pair);
    const int fd = probe_connect(&probe);
    probe_write(fd, "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n");
    cr_assert_eq(probe_status(probe_read(&probe, fd)), 0);
    close(fd);
    drop_pair(&pair);
    cr_assert(probe_stop(&probe));
}

static result_t load(arena_t *arena, const char *certificate, const char *key, err_t *err) {
    const settings_t settings = {.tls_certificate = str_from_c(certificate),
                                 .tls_key = str_from_c(key)};
    SSL_CTX *context = NULL;
    const result_t result = tls_context_new(arena, &settings, &context, err);
    SSL_CTX_free(context);
    return result;
}

Test(http_tls, says_which_file_is_wrong) {
    arena_t *arena = arena_new(65536);
    pair_t one;
    pair_t other;
    make_pair(&one, -60, 3600);
    make_pair(&other, -60, 3600);
    err_t err = {0};
    cr_assert_eq(load(arena, one.certificate, one.key, &err), OK);
    cr_assert_eq(load(arena, "/nonexistent", one.key, &err), BAD_REQUEST);
    cr_assert_not_null(strstr(err.text, "GATEHOUSE_TLS_CERTIFICATE: /nonexistent"));
    err = (err_t){0};
    cr_assert_eq(load(arena, one.key, one.key, &err), BAD_REQUEST);
    cr_assert_not_null(strstr(err.text, "GATEHOUSE_TLS_CERTIFICATE"));
    err = (err_t){0};
    cr_assert_eq(load(arena, one.certificate, other.key, &err), BAD_REQUEST);
    cr_assert_not_null(strstr(err.text, "GATEHOUSE_TLS_KEY"));
    drop_pair(&one);
    drop_pair(&other);
    arena_free(&arena);
}

Test(http_tls, says_when_the_certificate_is_over_or_not_begun) {
    static const struct {
        long from_s, to_s;
        result_t result;
    } rows[] = {{-60, 60, OK}, {-120, -60, REFUSED}, {60, 120, REFUSED}};
    arena_t *arena = arena_new(65536);
    for (size_t i = 0; i < 3; i++) {
        pair_t pair;
        err_t err = {0};
        SSL_CTX *context = NULL;
        make_pair(&pair, rows[i].from_s, rows[i].to_s);
        const settings_t settings = {.tls_certificate = str_from_c(pair.certificate),
                                     .tls_key = str_from_c(pair.key)};
        cr_assert_eq(tls_context_new(arena, &settings, &context, &err), OK);
        cr_assert_eq(tls_dates_check(context, &err), rows[i].result);
        SSL_CTX_free(context);
        drop_pair(&pair);
    }
    arena_free(&arena);
}
