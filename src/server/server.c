#include "server/server.h"
#include "server/exchange.h"
#include "server/listener.h"
#include "server/tls.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    ARENA_MAX = 64 * 1024,
    REQUEST_TIMEOUT_MS = 10000,
    STALE_TIMEOUT_MS = 30000,
    QUEUE_PER_THREAD = 64,
    REMOTE_QUEUE_PER_THREAD = 4, // they wait long: for seconds, not milliseconds
    CONNECTIONS_MAX = 10000,
    CONNECTIONS_MIN = 16,
    // Database connections, mail, logs, the loops' own, and three for each remote thread: what it
    // is connected to, and what it was and keeps.
    FILES_BESIDE = 128 + 3 * GATE_PLACES,
};

struct server {
    shared_t shared;
    arena_t *arena;
    str_t address;
    size_t loop_count; // that run
    loop_t *loops;
};

static size_t connections_allowed(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur < FILES_BESIDE + CONNECTIONS_MIN) {
        return CONNECTIONS_MIN;
    }
    const rlim_t left = files.rlim_cur - FILES_BESIDE;
    return left > CONNECTIONS_MAX ? CONNECTIONS_MAX : (size_t)left;
}

static void fill_in(server_config_t *config) {
    if (!config->request_timeout_ms) {
        config->request_timeout_ms = REQUEST_TIMEOUT_MS;
    }
    if (!config->stale_timeout_ms) {
        config->stale_timeout_ms = STALE_TIMEOUT_MS;
    }
    if (!config->queue_max) {
        config->queue_max = QUEUE_PER_THREAD * (size_t)config->settings->db_threads;
    }
    if (!config->remote_threads) {
        config->remote_threads = GATE_PLACES;
    }
    if (!config->remote_queue_max) {
        config->remote_queue_max = REMOTE_QUEUE_PER_THREAD * (size_t)config->remote_threads;
    }
    if (!config->connections_max) {
        config->connections_max = connections_allowed();
    }
}

static void set_up_http(shared_t *shared) {
    h2o_globalconf_t *http = &shared->http;
    h2o_config_init(http);
    http->server_name = h2o_iovec_init(NULL, 0); // no Server header
    // A body over any route's limit is refused by its declared length, before a byte of it is read.
    http->max_request_entity_size = route_body_max(&shared->routes) + 1;
    http->http1.req_timeout = (uint64_t)shared->config.request_timeout_ms;
    http->handshake_timeout = (uint64_t)shared->config.request_timeout_ms;
    // No HTTP/2: rapid reset is not fixed in the packaged h2o. Its part of a shutdown would only
    // leave a timer behind.
    http->http1.upgrade_to_http2 = 0;
    http->http2.callbacks.request_shutdown = NULL;
    // One host and no paths: everything comes to one handler, which routes on the raw path.
    h2o_hostconf_t *host = h2o_config_register_host(http, h2o_iovec_init("default", 7), 65535);
    exchange_register(&host->fallback_path);
}

static result_t lane_set_up(server_t *server, err_t *err) {
    const settings_t *settings = server->shared.config.settings;
    const lane_config_t lane = {
        .threads = settings->db_threads,
        .threads_at_start = settings->db_threads,
        .queue_max = server->shared.config.queue_max,
        .conninfo = arena_c(server->arena, settings->database_url),
        .store = server->shared.config.store,
    };
    return lane_start(&lane, &server->shared.lane, err);
}

// Most installations have a few single sign-ons a minute, so one thread is there and the others
// come when they are needed. They share as many connections as the database's lane has.
static result_t remote_lane_set_up(server_t *server, err_t *err) {
    shared_t *shared = &server->shared;
    const settings_t *settings = shared->config.settings;
    const char *conninfo = arena_c(server->arena, settings->database_url);
    shared->gate = gate_new();
    TRY(store_pool_open(conninfo, (size_t)settings->db_threads, &shared->store_pool, err));
    TRY(http_client_open(settings, &shared->http_client, err));
    const lane_config_t lane = {
        .threads = shared->config.remote_threads,
        .threads_at_start = 1,
        .queue_max = shared->config.remote_queue_max,
        .http = shared->http_client,
    };
    return lane_start(&lane, &shared->remote_lane, err);
}

static result_t loops_set_up(server_t *server, err_t *err) {
    const size_t count = (size_t)server->shared.config.settings->loop_threads;
    const size_t connections_max = (server->shared.config.connections_max + count - 1) / count;
    server->loops = calloc(count, sizeof(loop_t));
    if (!server->loops) {
        return FAIL(err, INTERNAL, "memory", "no memory for %zu loops", count);
    }
    for (size_t i = 0; i < count; i++) {
        TRY(loop_start(&server->shared, connections_max, &server->loops[i], err));
        server->loop_count++;
    }
    return OK;
}

static result_t set_up(server_t *server, err_t *err) {
    shared_t *shared = &server->shared;
    const settings_t *settings = shared->config.settings;
    const response_t nothing = {0};
    (void)!headers_build(server->arena, settings, &nothing, &shared->bare);
    if (!str_is_empty(settings->tls_certificate)) {
        TRY(tls_context_new(server->arena, settings, &shared->tls, err));
    }
    TRY(listener_open(server->arena, &settings->listen, &shared->listen_fd, &server->address, err));
    set_up_http(shared);
    TRY(lane_set_up(server, err));
    TRY(remote_lane_set_up(server, err));
    return loops_set_up(server, err);
}

static void close_listener(shared_t *shared) {
    if (shared->listen_fd >= 0) {
        close(shared->listen_fd);
        shared->listen_fd = -1;
    }
}

// What set_up has made so far; the threads have ended.
static void tear_down(server_t *server) {
    shared_t *shared = &server->shared;
    if (shared->http.hosts) {
        h2o_config_dispose(&shared->http);
    }
    http_client_close(&shared->http_client);
    store_pool_close(&shared->store_pool);
    gate_free(&shared->gate);
    SSL_CTX_free(shared->tls);
    arena_free(&server->arena);
    free(server->loops);
    free(server);
}

result_t server_start(const server_config_t *config, server_t **out, err_t *err) {
    server_t *server = calloc(1, sizeof(*server));
    if (!server) {
        return FAIL(err, INTERNAL, "memory", "no memory for the server");
    }
    // h2o writes with writev, to sockets whose other end may have gone.
    signal(SIGPIPE, SIG_IGN);
    server->arena = arena_new(ARENA_MAX);
    server->shared.config = *config;
    route_build(server->arena, config->routes, config->routes_count, &server->shared.routes);
    server->shared.listen_fd = -1;
    fill_in(&server->shared.config);
    const result_t result = set_up(server, err);
    if (result != OK) {
        (void)!server_stop(&server, 1000);
        return result;
    }
    *out = server;
    return OK;
}

str_t server_address(const server_t *server) {
    return server->address;
}

bool server_stop(server_t **stopping, int timeout_ms) {
    server_t *server = *stopping;
    const deadline_t deadline = deadline_in(timeout_ms);
    bool is_clean = true;
    health_stopping_set(server->shared.config.health);
    // The loops have their own descriptors of it. With the last one closed, clients are refused at
    // once and go elsewhere, instead of standing in a queue that nobody serves any more.
    close_listener(&server->shared);
    for (size_t i = 0; i < server->loop_count; i++) {
        loop_stop_begin(&server->loops[i], deadline);
    }
    // The deadline ends a loop by itself; the second on top is for its last turn.
    const deadline_t join = {deadline.at_ms + 1000};
    for (size_t i = 0; i < server->loop_count; i++) {
        is_clean = loop_stop_end(&server->loops[i], join) && is_clean;
    }
    if (server->shared.lane) {
        is_clean = lane_stop(&server->shared.lane, join) && is_clean;
    }
    if (server->shared.remote_lane) {
        is_clean = lane_stop(&server->shared.remote_lane, join) && is_clean;
    }
    if (is_clean) {
        tear_down(server);
    }
    *stopping = NULL;
    return is_clean;
}
