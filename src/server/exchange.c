#include "server/exchange.h"
#include "base/encode.h"
#include "crypto/random.h"
#include "server/access.h"
#include "server/limits.h"
#include "server/request.h"
#include <openssl/err.h>
#include <time.h>

enum { ARENA_MAX = 4 * 1024 * 1024, ID_OCTETS = 8, LOG_FIELDS_MAX = 12 };

// It lives in its own arena. The loop's thread makes and frees it; in between it may be with the
// lane, which must not touch `req` and `connection`: those belong to the loop and its client.
//
// A client can vanish in two phases. While the lane works: h2o disposes of the request, on_gone
// clears `req`, and the answer is thrown away when it comes. While we send: on_gone frees, since
// the last byte is either out or never will be.
typedef struct {
    h2o_multithread_message_t answer;
    lane_job_t job;
    loop_t *loop;
    connection_t *connection;
    h2o_req_t *req; // NULL: the client has gone
    bool is_sent;
    arena_t *arena;
    snapshot_ref_t *snapshot;
    const route_t *route; // NULL: none
    bool is_head;
    bool is_health;
    int64_t begun_us;
    request_t request;
    response_t response;
    call_t call;
} exchange_t;

static int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void exchange_free(exchange_t *exchange) {
    loop_t *loop = exchange->loop;
    snapshots_release(&exchange->snapshot);
    loop->exchange_count--;
    loop_arena_give(loop, exchange->arena);
}

static void on_gone(void *context) {
    exchange_t *exchange = *(exchange_t **)context;
    exchange->req = NULL;
    connection_enter(exchange->connection, CONNECTION_READING);
    if (exchange->is_sent) {
        exchange_free(exchange);
    }
}

// The id ties a person's error page to the log; it needs to be unlikely twice, no more.
static str_t id_new(arena_t *arena) {
    uint8_t octets[ID_OCTETS] = {0};
    err_t err = {0};
    if (random_fill(sizeof(octets), octets, &err) != OK) {
        LOG(LOG_LEVEL_ERROR, "random", LOG_S("why", str_from_c(err.text)));
    }
    return hex_encode(arena, (bytes_t){octets, sizeof(octets)});
}

static exchange_t *exchange_new(h2o_req_t *req) {
    connection_t *connection = connection_of(req);
    loop_t *loop = connection->loop;
    const server_config_t *config = &loop->shared->config;
    arena_t *arena = loop_arena_take(loop);
    exchange_t *exchange = ARENA_NEW(arena, exchange_t);
    exchange->loop = loop;
    exchange->connection = connection;
    exchange->req = req;
    exchange->arena = arena;
    exchange->snapshot = snapshots_hold(config->snapshots);
    exchange->begun_us = now_us();
    exchange->request.id = id_new(arena);
    exchange->call = (call_t){
        .settings = config->settings,
        .master = config->master,
        .views = config->views,
        .snapshot = snapshots_get(exchange->snapshot),
        .arena = arena,
        .request = &exchange->request,
    };
    loop->exchange_count++;
    connection_enter(connection, CONNECTION_WORKING);
    exchange_t **guard = h2o_mem_alloc_shared(&req->pool, sizeof(exchange_t *), on_gone);
    *guard = exchange;
    return exchange;
}

static void log_failure(const err_t *err, log_field_t *fields, size_t *count) {
    if (err->code[0]) {
        fields[(*count)++] = LOG_S("error", str_from_c(err->code));
        fields[(*count)++] = LOG_S("why", str_from_c(err->text));
        fields[(*count)++] = LOG_S("file", str_from_c(err->place.file));
        fields[(*count)++] = LOG_N("line", err->place.line);
    }
}

// Whoever watches over us asks every few seconds: not worth a line.
static log_level_t level_of(const exchange_t *exchange) {
    if (exchange->is_health) {
        return LOG_LEVEL_DEBUG;
    }
    return exchange->response.status >= 500 ? LOG_LEVEL_WARN : LOG_LEVEL_INFO;
}

// The route's pattern and never the URL: a path or query may hold a token.
static void log_request(const exchange_t *exchange) {
    const response_t *response = &exchange->response;
    const char *method = exchange->is_head ? "HEAD" : route_method_name(exchange->request.method);
    log_field_t fields[LOG_FIELDS_MAX] = {
        LOG_S("id", exchange->request.id),
        LOG_S("method", str_from_c(method)),
        LOG_S("route", exchange->route ? str_from_c(exchange->route->path) : STR("-")),
        LOG_N("status", response->status),
        LOG_N("us", now_us() - exchange->begun_us),
        LOG_N("bytes", response->body.len),
        LOG_S("code", response->log_code),
    };
    size_t count = str_is_empty(response->log_code) ? 6 : 7;
    log_failure(&exchange->call.err, fields, &count);
    log_event(level_of(exchange), "request", fields, count);
}

// ---- on the loop or on a thread of the lane ----------------------------------------------------

static void refuse(exchange_t *exchange, const route_t *route, int status) {
    exchange->response = (response_t){0};
    handle_refusal(&exchange->call, route, status, &exchange->response);
}

static void fail(exchange_t *exchange, result_t result) {
    exchange->response = (response_t){0};
    handle_failure(&exchange->call, exchange->route, result, &exchange->response);
}

static void work(exchange_t *exchange) {
    call_t *call = &exchange->call;
    result_t result = exchange->route->handle(call, &exchange->response);
    if (result == OK && arena_is_over(exchange->arena)) {
        result = FAIL(&call->err, INTERNAL, "arena", "the request took more memory than it may");
    }
    if (result != OK) {
        fail(exchange, result);
    }
}

static void on_lane_run(lane_job_t *job, const lane_own_t *own) {
    exchange_t *exchange = H2O_STRUCT_FROM_MEMBER(exchange_t, job, job);
    const lane_store_t *calls = &exchange->loop->shared->config.store;
    const deadline_t deadline = exchange->request.deadline;
    if (deadline_left_ms(deadline) == 0) {
        // It waited its whole budget in the queue: work now would be for nobody.
        refuse(exchange, exchange->route, 503);
    } else {
        exchange->call.store = own->store;
        exchange->call.http = own->http;
        if (own->store) {
            calls->on_use(own->store, exchange->arena, deadline);
        }
        work(exchange);
        call_remote_leave(&exchange->call);
        call_store_release(&exchange->call);
        if (exchange->call.has_mail && exchange->loop->shared->config.upkeep) {
            upkeep_mail_announce(exchange->loop->shared->config.upkeep);
        }
    }
    log_request(exchange);
    h2o_multithread_send_message(&exchange->loop->answers, &exchange->answer);
}

// ---- out ---------------------------------------------------------------------------------------

static void add_headers(h2o_req_t *req, const headers_t *headers) {
    for (size_t i = 0; i < headers->count; i++) {
        const header_t *header = &headers->items[i];
        h2o_add_header_by_str(&req->pool, &req->res.headers, header->name.ptr, header->name.len, 0,
                              NULL, header->value.ptr, header->value.len);
    }
}

static const headers_t *headers_of(exchange_t *exchange) {
    headers_t *headers = ARENA_NEW(exchange->arena, headers_t);
    const settings_t *settings = exchange->call.settings;
    if (!headers_build(exchange->arena, settings, &exchange->response, headers)) {
        LOG(LOG_LEVEL_ERROR, "header_control", LOG_S("id", exchange->request.id));
        exchange->response = (response_t){.status = 500};
    }
    return headers;
}

static void deliver(exchange_t *exchange) {
    static h2o_generator_t generator = {NULL, NULL};
    h2o_req_t *req = exchange->req;
    add_headers(req, headers_of(exchange));
    const response_t *response = &exchange->response;
    // RFC 9110 8.6: no Content-Length with 204.
    const bool is_bodiless = response->status == 204 || response->status == 304;
    req->res.status = response->status;
    req->res.reason = headers_reason(response->status);
    req->res.content_length = is_bodiless ? SIZE_MAX : response->body.len;
    h2o_iovec_t body = h2o_iovec_init(response->body.ptr, response->body.len);
    const bool has_body = body.len && !is_bodiless && !exchange->is_head;
    exchange->is_sent = true;
    connection_enter(exchange->connection, CONNECTION_SENDING);
    h2o_start_response(req, &generator);
    h2o_send(req, &body, has_body ? 1 : 0, H2O_SEND_STATE_FINAL);
}

void exchange_on_answers(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages) {
    (void)receiver;
    while (!h2o_linklist_is_empty(messages)) {
        exchange_t *exchange = H2O_STRUCT_FROM_MEMBER(exchange_t, answer.link, messages->next);
        h2o_linklist_unlink(&exchange->answer.link);
        if (exchange->req) {
            deliver(exchange);
        } else {
            exchange_free(exchange);
        }
    }
}

// ---- in ----------------------------------------------------------------------------------------

static bool is_tls(const exchange_t *exchange) {
    return exchange->connection->sock->ssl != NULL;
}

// The head is still in the socket's buffer, as it came but for the case of names. h2o's own fields
// would not do: it drops Host, Content-Length and Transfer-Encoding, of which it reads one each.
static int read_head(exchange_t *exchange, head_t *out) {
    const h2o_buffer_t *input = exchange->connection->sock->input;
    const str_t seen = str_sub((str_t){input->bytes, input->size}, 0, HEAD_MAX);
    const int status = head_parse(arena_dup(exchange->arena, seen), out);
    if (status) {
        return status;
    }
    struct sockaddr_storage storage = {0};
    struct sockaddr *from = (struct sockaddr *)(void *)&storage;
    h2o_socket_getpeername(exchange->connection->sock, from);
    const peer_t peer =
        peer_find(exchange->arena, exchange->call.settings, from, is_tls(exchange), out);
    exchange->is_head = str_eq(out->method, STR("HEAD"));
    return request_build(out, &peer, &exchange->request);
}

// 0 and a route, or the status to refuse with.
static int choose(exchange_t *exchange, const head_t *head, route_match_t *out_match) {
    request_t *request = &exchange->request;
    const h2o_iovec_t entity = exchange->req->entity;
    *out_match = route_find(&exchange->loop->shared->routes, request->method, request->path);
    exchange->route = out_match->row;
    exchange->call.route = out_match->row;
    memcpy(request->params, out_match->params, sizeof(request->params));
    if (!out_match->row) {
        return out_match->path ? 405 : 404;
    }
    request->body = (str_t){entity.base, entity.len};
    const int status = limits_check(head, out_match->row, request);
    if (status) {
        request->body = STR_NONE;
        return status;
    }
    request->body = arena_dup(exchange->arena, request->body);
    request->deadline = deadline_in(out_match->row->budget_ms);
    if (!access_check(exchange->call.settings, out_match->row, request)) {
        return 403;
    }
    return exchange->call.snapshot ? 0 : 503;
}

// After these the client and we may disagree about where the next request begins.
static bool ends_connection(int status) {
    return status == 400 || status == 413 || status == 414 || status == 431;
}

static void answer_now(exchange_t *exchange) {
    log_request(exchange);
    deliver(exchange);
}

static void answer_refusal(exchange_t *exchange, const route_match_t *match, int status) {
    refuse(exchange, match->path, status);
    response_t *response = &exchange->response;
    if (status == 405 && response->header_count < RESPONSE_HEADERS_MAX) {
        response->headers[response->header_count++] =
            (header_t){STR("Allow"), route_allow(exchange->arena, match->methods)};
    }
    if (ends_connection(status)) {
        exchange->req->http1_is_persistent = 0;
    }
    answer_now(exchange);
}

// What a handler on the remote lane takes connections and its turn from, it finds in its call.
static lane_pool_t *lane_of(exchange_t *exchange) {
    const shared_t *shared = exchange->loop->shared;
    if (exchange->route->lane != LANE_REMOTE) {
        return shared->lane;
    }
    exchange->call.store_pool = shared->store_pool;
    exchange->call.gate = shared->gate;
    return shared->remote_lane;
}

static void dispatch(exchange_t *exchange) {
    if (exchange->route->lane == LANE_LOOP) {
        work(exchange);
        // What a handler leaves in OpenSSL's queue would be taken for an error of the next TLS
        // read.
        ERR_clear_error();
        answer_now(exchange);
        return;
    }
    exchange->job.on_run = on_lane_run;
    if (!lane_submit(lane_of(exchange), &exchange->job)) {
        refuse(exchange, exchange->route, 503);
        answer_now(exchange);
    }
}

static bool is_health(exchange_t *exchange) {
    const health_t *health = exchange->loop->shared->config.health;
    const request_t *request = &exchange->request;
    exchange->is_health =
        request->method == METHOD_GET &&
        health_answer(health, exchange->arena, request->path, &exchange->response);
    return exchange->is_health;
}

static int on_request(h2o_handler_t *self, h2o_req_t *req) {
    (void)self;
    exchange_t *exchange = exchange_new(req);
    head_t *head = ARENA_NEW(exchange->arena, head_t);
    route_match_t match = {0};
    int status = read_head(exchange, head);
    // However the chunks were read, nothing behind them is taken for a request (P-HTTP-05).
    if (head->is_chunked) {
        req->http1_is_persistent = 0;
    }
    if (status == 0 && is_health(exchange)) {
        answer_now(exchange);
        return 0;
    }
    status = status ? status : choose(exchange, head, &match);
    if (status) {
        answer_refusal(exchange, &match, status);
    } else {
        dispatch(exchange);
    }
    return 0;
}

// h2o answers some broken requests itself (a body larger than any route takes, broken chunks).
// Those answers have none of our headers yet, and no line in the log.
static void on_setup_ostream(h2o_filter_t *self, h2o_req_t *req, h2o_ostream_t **slot) {
    (void)self;
    if (h2o_find_header_by_str(&req->res.headers, H2O_STRLIT("X-Content-Type-Options"), -1) == -1) {
        add_headers(req, &connection_of(req)->loop->shared->bare);
        LOG(LOG_LEVEL_INFO, "request", LOG_S("route", STR("-")), LOG_N("status", req->res.status),
            LOG_S("code", STR("http")));
    }
    h2o_setup_next_ostream(req, slot);
}

void exchange_register(h2o_pathconf_t *pathconf) {
    h2o_create_handler(pathconf, sizeof(h2o_handler_t))->on_req = on_request;
    h2o_create_filter(pathconf, sizeof(h2o_filter_t))->on_setup_ostream = on_setup_ostream;
}
