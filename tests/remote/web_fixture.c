#include "web_fixture.h"
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <unistd.h>

arena_t *arena;
http_client_t *client;
settings_t settings;
web_server_t server;
err_t err;

static bool is_serving;
static atomic_bool may_resolve;

static const settings_network_t LOOPBACK[] = {{{127}, 8, false}, {{[15] = 1}, 128, true}};

// ---- a resolver of our own, in front of libc's, for libcurl too ---------------------------------

typedef int resolve_t(const char *, const char *, const struct addrinfo *, struct addrinfo **);
resolve_t getaddrinfo;

static int resolve(const char *address, const char *service, const struct addrinfo *hints,
                   struct addrinfo **out) {
    resolve_t *libc;
    *(void **)&libc = dlsym(RTLD_NEXT, "getaddrinfo");
    return libc(address, service, hints, out);
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **out) {
    const str_t name = str_from_c(node);
    if (!str_ends(name, STR(".test"))) {
        return resolve(node, service, hints, out);
    }
    if (str_eq(name, STR("silent.test"))) { // until the test ends
        while (!atomic_load(&may_resolve)) {
            usleep(10000);
        }
        return EAI_AGAIN;
    }
    if (str_eq(name, STR("metadata.test"))) {
        return resolve("169.254.169.254", service, hints, out);
    }
    if (str_eq(name, STR("mapped.test"))) {
        return resolve("::ffff:10.0.0.1", service, hints, out);
    }
    if (str_eq(name, STR("both.test"))) { // the first of them is nobody's business
        struct addrinfo *second = NULL;
        const int code = resolve("10.0.0.1", service, hints, out);
        if (code || resolve("127.0.0.1", service, hints, &second)) {
            return EAI_FAIL;
        }
        struct addrinfo *last = *out;
        while (last->ai_next) {
            last = last->ai_next;
        }
        last->ai_next = second;
        return 0;
    }
    return str_eq(name, STR("nowhere.test")) ? EAI_NONAME
                                             : resolve("127.0.0.1", service, hints, out);
}

// ---- the suites ---------------------------------------------------------------------------------

void web_setup(void) {
    arena = arena_new(1 << 24);
    settings = (settings_t){
        .is_http_allowed = true, .outbound_allow = LOOPBACK, .outbound_allow_count = 2};
    setenv("SSL_CERT_FILE", web_authority(), 1);
    setenv("https_proxy", "http://127.0.0.1:1", 1); // nobody listens there
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    cr_assert_eq(http_client_open(&settings, &client, &err), OK, "%s", err.text);
}

void web_silence(void) {
    if (is_serving) {
        web_server_stop(&server);
        is_serving = false;
    }
}

void web_serve(const web_options_t *options) {
    web_silence();
    web_server_start(&server, options);
    is_serving = true;
}

void web_teardown(void) {
    atomic_store(&may_resolve, true);
    http_client_close(&client);
    web_silence();
    arena_free(&arena);
}

http_request_t web_get_of(const char *host, const char *path) {
    const str_t url =
        arena_format(arena, "%s://%s:%d%s", server.tls ? "https" : "http", host, server.port, path);
    return (http_request_t){.url = url, .body_max = WEB_BODY_MAX};
}

result_t web_fetch(const http_request_t *request, http_response_t *out) {
    err = (err_t){0};
    http_client_use(client, arena, deadline_in(WEB_WAIT_MS));
    return http_fetch(client, request, out, &err);
}

result_t web_get(const char *host, http_response_t *out) {
    const http_request_t request = web_get_of(host, "/");
    return web_fetch(&request, out);
}
