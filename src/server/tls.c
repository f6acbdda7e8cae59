#include "server/tls.h"
#include "crypto/openssl.h"
#include <openssl/err.h>

// TLS 1.2 with ephemeral keys and AEAD only; the suites of 1.3 are all of that kind.
static const char CIPHERS[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
static const unsigned char PROTOCOLS[] = "\x08http/1.1";

static const char *newest_reason(void) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    openssl_forget();
    return reason ? reason : "unknown reason";
}

// A client that offers protocols and not ours is told so (RFC 7301 3.2), which also ends attempts
// to use our certificate for another protocol's server (ALPACA). h2 is never chosen: the packaged
// h2o predates the fixes of rapid reset.
static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                   const unsigned char *in, unsigned int in_len, void *context) {
    (void)ssl;
    (void)context;
    const unsigned len = sizeof(PROTOCOLS) - 1;
    unsigned char *chosen = NULL;
    if (SSL_select_next_proto(&chosen, out_len, PROTOCOLS, len, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

// No session is kept or handed out as a ticket: nothing to steal, nothing that outlives a
// connection, no ticket that another host of the same name could take (P-HTTP-10).
static result_t harden(SSL_CTX *context, err_t *err) {
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, on_alpn, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1 ||
        SSL_CTX_set_cipher_list(context, CIPHERS) != 1) {
        return OPENSSL_FAIL(err, "TLS options");
    }
    return OK;
}

static result_t load(arena_t *arena, const settings_t *settings, SSL_CTX *context, err_t *err) {
    const char *chain = arena_c(arena, settings->tls_certificate);
    const char *key = arena_c(arena, settings->tls_key);
    if (SSL_CTX_use_certificate_chain_file(context, chain) != 1) {
        return FAIL(err, BAD_REQUEST, "tls_certificate",
                    "GATEHOUSE_TLS_CERTIFICATE: %s holds no certificate chain in PEM that can be "
                    "used: %s",
                    chain, newest_reason());
    }
    if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) {
        return FAIL(err, BAD_REQUEST, "tls_key",
                    "GATEHOUSE_TLS_KEY: %s holds no private key in PEM that fits %s: %s", key,
                    chain, newest_reason());
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return FAIL(err, BAD_REQUEST, "tls_pair", "%s is not the key of %s: %s", key, chain,
                    newest_reason());
    }
    return OK;
}

result_t tls_context_new(arena_t *arena, const settings_t *settings, SSL_CTX **out, err_t *err) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) {
        return OPENSSL_FAIL(err, "TLS context");
    }
    result_t result = harden(context, err);
    result = result == OK ? load(arena, settings, context, err) : result;
    if (result != OK) {
        SSL_CTX_free(context);
        return result;
    }
    *out = context;
    return OK;
}

result_t tls_dates_check(SSL_CTX *context, err_t *err) {
    const X509 *certificate = SSL_CTX_get0_certificate(context);
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) >= 0) {
        return FAIL(err, REFUSED, "tls_date", "the TLS certificate is not valid yet");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
        return FAIL(err, REFUSED, "tls_date", "the TLS certificate has expired");
    }
    return OK;
}
