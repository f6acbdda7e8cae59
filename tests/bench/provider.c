#include "provider.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_MAX = 16 * 1024, TEXT_MAX = 4096, RSA_BITS = 2048, SILENCE_S = 60 };

static EVP_PKEY *key;
static char issuer[64], discovery[TEXT_MAX], keys[TEXT_MAX];

static void need(bool is_well, const char *what) {
    if (!is_well) {
        fprintf(stderr, "bench: provider: %s\n", what);
        exit(1);
    }
}

// RFC 4648 5, without padding.
static size_t base64url(const uint8_t *octets, size_t len, char *out) {
    const int count = EVP_EncodeBlock((uint8_t *)out, octets, (int)len);
    size_t end = (size_t)count;
    for (size_t i = 0; i < (size_t)count; i++) {
        out[i] = (char)(out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i]);
    }
    while (end > 0 && out[end - 1] == '=') {
        end--;
    }
    out[end] = '\0';
    return end;
}

// ---- documents ----------------------------------------------------------------------------------

static void key_make(void) {
    uint8_t octets[RSA_BITS / 8];
    char modulus[2 * sizeof octets];
    BIGNUM *n = NULL;
    key = EVP_RSA_gen(RSA_BITS);
    need(key && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), "no key");
    base64url(octets, (size_t)BN_bn2bin(n, octets), modulus);
    BN_free(n);
    snprintf(keys, sizeof keys,
             "{\"keys\":[{\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"kid\":\"bench\","
             "\"n\":\"%s\",\"e\":\"AQAB\"}]}",
             modulus);
}

static void discovery_make(int port) {
    snprintf(issuer, sizeof issuer, "http://127.0.0.1:%d", port);
    snprintf(discovery, sizeof discovery,
             "{\"issuer\":\"%s\",\"authorization_endpoint\":\"%s/authorize\","
             "\"token_endpoint\":\"%s/token\",\"jwks_uri\":\"%s/keys\","
             "\"response_types_supported\":[\"code\"],\"subject_types_supported\":[\"public\"],"
             "\"id_token_signing_alg_values_supported\":[\"RS256\"],"
             "\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"]}",
             issuer, issuer, issuer, issuer);
}

// ---- the token ----------------------------------------------------------------------------------

static bool sign(const char *text, size_t len, char *out) {
    uint8_t signature[RSA_BITS / 8];
    size_t signature_len = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool is_signed =
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
        EVP_DigestSign(context, signature, &signature_len, (const uint8_t *)text, len) == 1;
    EVP_MD_CTX_free(context);
    if (is_signed) {
        base64url(signature, signature_len, out);
    }
    return is_signed;
}

static bool token_make(const char *form, char *out, size_t out_max) {
    static const char HEADER[] = "{\"alg\":\"RS256\",\"kid\":\"bench\"}";
    char nonce[128], payload[1024], token[TEXT_MAX];
    unsigned turn = 0, slot = 0, number = 0;
    const char *code = strstr(form, "code=");
    while (code && code != form && code[-1] != '&') { // code_verifier is another field
        code = strstr(code + 1, "code=");
    }
    if (!code || sscanf(code, "code=%127[^.&].%u.%u.%u", nonce, &turn, &slot, &number) != 4) {
        return false;
    }
    const long long now_s = (long long)time(NULL);
    const int payload_len =
        snprintf(payload, sizeof payload,
                 "{\"iss\":\"%s\",\"aud\":\"" PROVIDER_CLIENT
                 "\",\"sub\":\"%u.%u\",\"nonce\":"
                 "\"%s\",\"iat\":%lld,\"exp\":%lld,\"name\":\"Person %u\",\"email_verified\":true,"
                 "\"email\":\"person%u.%u@d%u.bench.example\"}",
                 issuer, turn, slot, nonce, now_s, now_s + 300, turn, turn, slot, number);
    size_t len = base64url((const uint8_t *)HEADER, strlen(HEADER), token);
    token[len++] = '.';
    len += base64url((const uint8_t *)payload, (size_t)payload_len, token + len);
    token[len] = '.';
    if (!sign(token, len, token + len + 1)) {
        return false;
    }
    snprintf(out, out_max,
             "{\"access_token\":\"bench\",\"token_type\":\"Bearer\",\"expires_in\":300,"
             "\"id_token\":\"%s\"}",
             token);
    return true;
}

// ---- connections --------------------------------------------------------------------------------

typedef struct {
    int fd;
    size_t have, body_len;
    char *body;
    char request[REQUEST_MAX];
} peer_t;

// The next request of a kept connection, whole. False: the other side is done.
static bool request_read(peer_t *peer) {
    peer->have = 0;
    peer->body = NULL;
    while (peer->have < REQUEST_MAX - 1) {
        const ssize_t count =
            recv(peer->fd, peer->request + peer->have, REQUEST_MAX - 1 - peer->have, 0);
        if (count <= 0) {
            return false;
        }
        peer->have += (size_t)count;
        peer->request[peer->have] = '\0';
        char *end = peer->body ? NULL : strstr(peer->request, "\r\n\r\n");
        if (end) {
            const char *length = strcasestr(peer->request, "\r\ncontent-length:");
            peer->body = end + 4;
            peer->body_len = length && length < end ? strtoul(length + 17, NULL, 10) : 0;
        }
        if (peer->body && peer->request + peer->have >= peer->body + peer->body_len) {
            return true;
        }
    }
    return false;
}

static bool answer(const peer_t *peer, int status, const char *body) {
    char text[2 * TEXT_MAX];
    const int len = snprintf(text, sizeof text,
                             "HTTP/1.1 %d Status\r\nContent-Type: application/json\r\n"
                             "Cache-Control: max-age=3600\r\nContent-Length: %zu\r\n\r\n%s",
                             status, strlen(body), body);
    return send(peer->fd, text, (size_t)len, MSG_NOSIGNAL) == len;
}

// Until the other side has had enough.
static void be_silent(const peer_t *peer) {
    const struct timeval limit = {.tv_sec = SILENCE_S};
    char octet;
    setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)!recv(peer->fd, &octet, 1, 0);
}

static void drip(const peer_t *peer) {
    static const char TEXT[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
    for (size_t i = 0; send(peer->fd, TEXT + i % (sizeof TEXT - 1), 1, MSG_NOSIGNAL) == 1; i++) {
        sleep(1);
    }
}

static void reset(const peer_t *peer) {
    const struct linger at_once = {.l_onoff = 1};
    setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

static bool is_for(const peer_t *peer, const char *line) {
    return strncmp(peer->request, line, strlen(line)) == 0;
}

// False: the connection ends here.
static bool request_answer(const peer_t *peer) {
    char token[2 * TEXT_MAX];
    if (is_for(peer, "GET /.well-known/openid-configuration ")) {
        return answer(peer, 200, discovery);
    }
    if (is_for(peer, "GET /keys ")) {
        return answer(peer, 200, keys);
    }
    if (is_for(peer, "POST /token ")) {
        return token_make(peer->body, token, sizeof token)
                   ? answer(peer, 200, token)
                   : answer(peer, 400, "{\"error\":\"invalid_grant\"}");
    }
    if (is_for(peer, "POST /silent ")) {
        be_silent(peer);
    } else if (is_for(peer, "POST /drip ")) {
        drip(peer);
    } else if (is_for(peer, "POST /reset ")) {
        reset(peer);
    }
    return false;
}

static void *peer_run(void *argument) {
    peer_t *peer = calloc(1, sizeof *peer);
    const int on = 1;
    peer->fd = (int)(intptr_t)argument;
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    while (request_read(peer) && request_answer(peer)) {
    }
    close(peer->fd);
    free(peer);
    return NULL;
}

static void serve(int listener) {
    for (;;) {
        const int fd = accept(listener, NULL, NULL);
        pthread_t thread;
        if (fd >= 0 && pthread_create(&thread, NULL, peer_run, (void *)(intptr_t)fd) == 0) {
            pthread_detach(thread);
        }
    }
}

provider_t provider_start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(bind(listener, (const void *)&address, len) == 0 && listen(listener, 128) == 0 &&
             getsockname(listener, (void *)&address, &len) == 0,
         "cannot listen");
    provider_t provider = {.port = ntohs(address.sin_port), .pid = fork()};
    need(provider.pid >= 0, "no process");
    if (provider.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        key_make();
        discovery_make(provider.port);
        serve(listener);
    }
    close(listener);
    return provider;
}
