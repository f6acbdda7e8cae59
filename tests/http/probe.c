#include "probe.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdlib.h>

enum { ARENA_MAX = 64 * 1024 * 1024, QUICK_MS = 60000, HURRY_MS = 500 };

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool is_open;
    int entered;
} gate = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

void probe_gate_pass(void) {
    pthread_mutex_lock(&gate.mutex);
    gate.entered++;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.is_open) {
        pthread_cond_wait(&gate.changed, &gate.mutex);
    }
    pthread_mutex_unlock(&gate.mutex);
}

void probe_gate_open(void) {
    pthread_mutex_lock(&gate.mutex);
    gate.is_open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.mutex);
}

void probe_gate_wait_for(int count) {
    pthread_mutex_lock(&gate.mutex);
    while (gate.entered < count) {
        pthread_cond_wait(&gate.changed, &gate.mutex);
    }
    pthread_mutex_unlock(&gate.mutex);
}

int probe_gate_entered(void) {
    pthread_mutex_lock(&gate.mutex);
    const int entered = gate.entered;
    pthread_mutex_unlock(&gate.mutex);
    return entered;
}

// ---- handlers ----------------------------------------------------------------------------------

static result_t answer(call_t *call, response_t *out) {
    const request_t *request = call->request;
    *out = (response_t){.status = 200, .content_type = STR("text/plain")};
    out->body = arena_format(
        call->arena, "path=%.*s query=%.*s ip=%.*s https=%d cookie=%.*s agent=%.*s body=%.*s\n",
        STR_ARG(request->path), STR_ARG(request->query), STR_ARG(request->client_ip),
        request->is_https, STR_ARG(request->cookie), STR_ARG(request->user_agent),
        STR_ARG(request->body));
    return OK;
}

static result_t answer_gate(call_t *call, response_t *out) {
    probe_gate_pass();
    return answer(call, out);
}

static result_t answer_nothing(call_t *call, response_t *out) {
    (void)call;
    *out = (response_t){.status = 204};
    return OK;
}

static result_t answer_big(call_t *call, response_t *out) {
    (void)call;
    static char octets[PROBE_BIG];
    *out = (response_t){.status = 200,
                        .content_type = STR("text/plain"),
                        .cache_control = STR("public, max-age=60"),
                        .body = {octets, sizeof(octets)}};
    return OK;
}

static result_t answer_failure(call_t *call, response_t *out) {
    out->headers[out->header_count++] = (header_t){STR("Set-Cookie"), STR("half=done")};
    return FAIL(&call->err, INTERNAL, "probe", "the handler could not do its work");
}

static result_t answer_split(call_t *call, response_t *out) {
    *out = (response_t){.status = 303};
    out->headers[out->header_count++] =
        (header_t){STR("Location"), arena_dup(call->arena, STR("/a\r\nSet-Cookie: evil=1"))};
    return OK;
}

static result_t answer_open(call_t *call, response_t *out) {
    const result_t result = answer(call, out);
    out->is_cors_open = true;
    return result;
}

static result_t answer_origin(call_t *call, response_t *out) {
    const result_t result = answer(call, out);
    out->cors_origin = STR("https://app.example");
    out->form_action = STR("https://app.example/cb");
    return result;
}

static result_t answer_huge(call_t *call, response_t *out) {
    (void)arena_alloc(call->arena, 5 * 1024 * 1024);
    return answer(call, out);
}

#define ROW(method_, path_, lane_, handle_)                                                        \
    {                                                                                              \
        .method = (method_), .path = (path_), .lane = (lane_), .body_max = PROBE_BODY_MAX,         \
        .budget_ms = QUICK_MS, .handle = (handle_)                                                 \
    }

static const route_t ROUTES[] = {
    ROW(METHOD_GET, "/echo", LANE_LOOP, answer),
    ROW(METHOD_POST, "/echo", LANE_DB, answer),
    ROW(METHOD_OPTIONS, "/echo", LANE_LOOP, answer_nothing),
    ROW(METHOD_GET, "/db", LANE_DB, answer),
    ROW(METHOD_GET, "/gate", LANE_DB, answer_gate),
    ROW(METHOD_GET, "/big", LANE_LOOP, answer_big),
    ROW(METHOD_GET, "/fail", LANE_DB, answer_failure),
    ROW(METHOD_GET, "/split", LANE_LOOP, answer_split),
    ROW(METHOD_GET, "/open", LANE_LOOP, answer_open),
    ROW(METHOD_GET, "/origin", LANE_LOOP, answer_origin),
    ROW(METHOD_GET, "/huge", LANE_DB, answer_huge),
    ROW(METHOD_GET, "/assets/*", LANE_LOOP, answer),
    ROW(METHOD_GET, "/remote", LANE_REMOTE, probe_answer_remote),
    ROW(METHOD_GET, "/remote/hold", LANE_REMOTE, probe_answer_hold),
    ROW(METHOD_GET, "/remote/wait", LANE_REMOTE, probe_answer_wait),
    {.method = METHOD_GET,
     .path = "/remote/hurry",
     .lane = LANE_REMOTE,
     .budget_ms = HURRY_MS,
     .handle = probe_answer_remote},
    {.method = METHOD_GET, .path = "/late", .lane = LANE_DB, .handle = answer_gate}, // no budget
    {.method = METHOD_POST,
     .path = "/form",
     .lane = LANE_DB,
     .access = ACCESS_FORM,
     .body_max = PROBE_BODY_MAX,
     .budget_ms = QUICK_MS,
     .handle = answer,
     .is_page = true},
};

// Ours instead of src/handle's: the server knows no others.
void handle_refusal(call_t *call, const route_t *route, int status, response_t *out) {
    out->status = status;
    out->content_type = STR("text/plain");
    out->body =
        arena_format(call->arena, "refused %d %s %.*s\n", status,
                     route && route->is_page ? "page" : "machine", STR_ARG(call->request->id));
    if (status == 503) {
        out->headers[out->header_count++] = (header_t){STR("Retry-After"), STR("1")};
    }
}

void handle_failure(call_t *call, const route_t *route, result_t result, response_t *out) {
    handle_refusal(call, route, result == UNAVAILABLE ? 503 : 500, out);
}

// ---- the server --------------------------------------------------------------------------------

static void free_snapshot(snapshot_t **snapshot) {
    free(*snapshot);
    *snapshot = NULL;
}

static const settings_network_t LOOPBACK = {.address = {127, 0, 0, 0}, .prefix = 8};

static settings_t settings_of(const probe_options_t *options) {
    settings_t settings = {
        .issuer = STR("http://login.test"),
        .issuer_origin = STR("http://login.test"),
        .issuer_host = STR("login.test"),
        .is_https = options->is_https_issuer,
        .listen = {STR("127.0.0.1"), 0},
        .tls_certificate = str_from_c(options->certificate),
        .tls_key = str_from_c(options->key),
        .db_threads = options->db_threads ? options->db_threads : 2,
        .loop_threads = 2,
    };
    if (options->is_proxy_trusted) {
        settings.trusted_proxies = &LOOPBACK;
        settings.trusted_proxies_count = 1;
    }
    return settings;
}

void probe_start(probe_t *probe, const probe_options_t *options) {
    static const probe_options_t NONE = {0};
    options = options ? options : &NONE;
    *probe = (probe_t){.settings = settings_of(options),
                       .arena = arena_new(ARENA_MAX),
                       .snapshots = snapshots_new(free_snapshot),
                       .health = health_new()};
    if (!options->has_no_snapshot) {
        snapshots_set(probe->snapshots, calloc(1, sizeof(snapshot_t)));
    }
    const server_config_t config = {
        .settings = &probe->settings,
        .routes = ROUTES,
        .routes_count = sizeof(ROUTES) / sizeof(ROUTES[0]),
        .snapshots = probe->snapshots,
        .health = probe->health,
        .request_timeout_ms = options->request_timeout_ms,
        .stale_timeout_ms = options->stale_timeout_ms,
        .queue_max = options->queue_max,
        .connections_max = options->connections_max,
        .remote_threads = options->remote_threads,
        .remote_queue_max = options->remote_queue_max,
    };
    err_t err = {0};
    cr_assert_eq(server_start(&config, &probe->server, &err), OK, "%s", err.text);
    const str_t address = server_address(probe->server);
    uint64_t port = 0;
    cr_assert(
        str_to_u64(str_sub(address, str_find_last(address, ':') + 1, address.len), 65535, &port));
    probe->port = (uint16_t)port;
}

bool probe_stop(probe_t *probe) {
    const bool is_clean = server_stop(&probe->server, PROBE_WAIT_MS);
    if (is_clean) {
        snapshots_free(&probe->snapshots);
        health_free(&probe->health);
        arena_free(&probe->arena);
    }
    return is_clean;
}
