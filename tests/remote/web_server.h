// An identity provider's web server as it should not be: a thread on a free port of the loopback
// interface that says, over TLS or not, whatever octets a test wants.
#pragma once
#include "base/arena.h"
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>

enum { WEB_REQUEST_MAX = 64 * 1024 };

typedef struct web_server web_server_t;

// One connection, on the server's thread.
typedef struct {
    web_server_t *server;
    int fd;
    SSL *ssl; // NULL: plain
    char request[WEB_REQUEST_MAX + 1];
} web_peer_t;

// What a certificate is to look like.
typedef struct {
    const char *host;    // its only name; NULL: 127.0.0.1 as an address
    long from_s, to_s;   // from now; both 0: valid
    bool is_self_signed; // else by web_authority's
} web_certificate_t;

typedef struct {
    bool is_tls;
    int tls_max; // 0: any
    web_certificate_t certificate;
    const char *answer;                   // to every request, as it is
    void (*on_request)(web_peer_t *peer); // instead
    bool closes;                          // after each answer
    bool drops_kept; // ends the second request on a connection without an answer
} web_options_t;

struct web_server {
    web_options_t options;
    int port;
    int fd;
    SSL_CTX *tls;
    pthread_t thread;
    atomic_int connections, requests;
    atomic_int dropped; // requests that drops_kept left unanswered
    atomic_bool is_stopping;
    char last_request[WEB_REQUEST_MAX + 1]; // read it between requests only
};

void web_server_start(web_server_t *server, const web_options_t *options);
void web_server_stop(web_server_t *server);

// False once the client has gone.
bool web_write(web_peer_t *peer, const char *octets, size_t len);

// A file with the authority's certificate, for SSL_CERT_FILE; removed when the process ends.
const char *web_authority(void);
