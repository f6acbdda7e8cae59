#include "server/loop.h"
#include "server/exchange.h"
#include "server/head.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ARENA_MAX = 4 * 1024 * 1024,
    ACCEPT_BATCH = 16,
    TURN_MS = 1000,         // the longest sleep of a loop
    STOPPING_TURN_MS = 50,  // while it waits for its last connections
    STOPPING_GRACE_MS = 500 // what a client may be about to send on a connection that it keeps
};

// h2o keeps free lists in thread-local memory and has no call that gives them back, so each loop
// leaves some blocks when its thread ends with the process. LeakSanitizer is told, and of h2o only.
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libh2o-evloop\n";
}
const char *__lsan_default_options(void) {
    return "print_suppressions=0";
}

// ---- connections -------------------------------------------------------------------------------

connection_t *connection_of(h2o_req_t *req) {
    return req->conn->callbacks->get_socket(req->conn)->on_close.data;
}

void connection_enter(connection_t *connection, connection_state_t state) {
    connection->state = state;
    connection->touched_at_ms = clock_monotonic_ms();
    if (h2o_linklist_is_linked(&connection->link)) {
        h2o_linklist_unlink(&connection->link);
    }
    h2o_linklist_insert(&connection->loop->connections, &connection->link);
}

static void on_connection_close(void *context) {
    connection_t *connection = context;
    h2o_linklist_unlink(&connection->link);
    connection->loop->connection_count--;
    free(connection);
}

static connection_t *connection_at(h2o_linklist_t *node) {
    return H2O_STRUCT_FROM_MEMBER(connection_t, link, node);
}

// h2o has no call that closes a connection of its. Shutting the socket under it makes the next read
// or write fail, and h2o closes it then. What a client did not take is thrown away with a reset:
// otherwise the kernel would keep it for as long as the client likes.
static void connection_shut(connection_t *connection) {
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    const int fd = h2o_socket_get_fd(connection->sock);
    if (connection->is_shut) {
        return;
    }
    connection->is_shut = true;
    if (connection->state == CONNECTION_SENDING) {
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
    shutdown(fd, SHUT_RDWR);
}

static void connection_new(loop_t *loop, h2o_socket_t *sock) {
    connection_t *connection = h2o_mem_alloc(sizeof(*connection));
    *connection = (connection_t){.loop = loop, .sock = sock};
    sock->on_close.cb = on_connection_close;
    sock->on_close.data = connection;
    loop->connection_count++;
    connection_enter(connection, CONNECTION_READING);
    h2o_accept(&loop->accept, sock);
}

// A full house (P-HTTP-03): whoever has kept us waiting longest gives way to who comes new, so that
// silent connections cannot shut others out. False if everybody is being served.
static bool make_room(loop_t *loop) {
    h2o_linklist_t *node = loop->connections.next;
    for (; node != &loop->connections; node = node->next) {
        connection_t *connection = connection_at(node);
        if (connection->state != CONNECTION_WORKING && !connection->is_shut) {
            connection_shut(connection);
            return true;
        }
    }
    return false;
}

static void listening_pause(loop_t *loop) {
    h2o_socket_read_stop(loop->listener);
    loop->is_listening = false;
}

// False if there was nobody to accept, or no room.
static bool accept_one(loop_t *loop) {
    if (loop->connection_count >= loop->connections_max && !make_room(loop)) {
        listening_pause(loop);
        return false;
    }
    h2o_socket_t *sock = h2o_evloop_socket_accept(loop->listener);
    if (!sock) {
        // No descriptor left: the listener stays readable and would keep the loop spinning.
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            LOG(LOG_LEVEL_ERROR, "accept", LOG_S("why", str_from_c(strerror(errno))));
            listening_pause(loop);
        }
        return false;
    }
    connection_new(loop, sock);
    return true;
}

static void on_accept(h2o_socket_t *listener, const char *err) {
    loop_t *loop = listener->data;
    for (int i = 0; !err && i < ACCEPT_BATCH && accept_one(loop); i++) {
    }
}

static void listening_resume(loop_t *loop) {
    if (loop->listener && !loop->is_listening) {
        loop->is_listening = true;
        h2o_socket_read_start(loop->listener, on_accept);
    }
}

// ---- deadlines ---------------------------------------------------------------------------------

// h2o's timer covers reading; nothing of it covers a client that does not take its answer, a TLS
// close that is not answered, or a head that grows to h2o's own limit of 418 kB.
static bool is_overdue(const connection_t *connection, int64_t now_ms) {
    const server_config_t *config = &connection->loop->shared->config;
    const int64_t age_ms = now_ms - connection->touched_at_ms;
    const size_t input_max = 2 * HEAD_MAX + connection->loop->shared->http.max_request_entity_size;
    switch (connection->state) {
    case CONNECTION_WORKING:
        return false;
    case CONNECTION_READING:
        return age_ms > config->request_timeout_ms + config->stale_timeout_ms ||
               connection->sock->input->size > input_max;
    case CONNECTION_SENDING:
        return age_ms > config->stale_timeout_ms;
    }
    return false;
}

static bool is_idle(const connection_t *connection, int64_t now_ms) {
    return connection->state == CONNECTION_READING && connection->sock->input->size == 0 &&
           now_ms - connection->touched_at_ms > STOPPING_GRACE_MS;
}

static void sweep(loop_t *loop, bool is_stopping) {
    const int64_t now_ms = clock_monotonic_ms();
    if (now_ms - loop->swept_at_ms < (is_stopping ? STOPPING_TURN_MS : TURN_MS)) {
        return;
    }
    loop->swept_at_ms = now_ms;
    h2o_linklist_t *node = loop->connections.next;
    for (; node != &loop->connections; node = node->next) {
        connection_t *connection = connection_at(node);
        if (is_overdue(connection, now_ms) || (is_stopping && is_idle(connection, now_ms))) {
            connection_shut(connection);
        }
    }
    listening_resume(loop);
}

// ---- the loop ----------------------------------------------------------------------------------

static void set_up(loop_t *loop) {
    shared_t *shared = loop->shared;
    h2o_context_init(&loop->context, h2o_evloop_create(), &shared->http);
    h2o_multithread_register_receiver(loop->context.queue, &loop->answers, exchange_on_answers);
    loop->accept = (h2o_accept_ctx_t){
        .ctx = &loop->context,
        .hosts = shared->http.hosts,
        .ssl_ctx = shared->tls,
    };
    // A descriptor of its own: h2o closes the one that it has.
    const int fd = dup(shared->listen_fd);
    loop->listener = h2o_evloop_socket_create(loop->context.loop, fd, H2O_SOCKET_FLAG_DONT_READ);
    loop->listener->data = loop;
    listening_resume(loop);
}

// Whoever stands in the kernel's queue has been promised an answer.
static void close_listener(loop_t *loop) {
    h2o_context_request_shutdown(&loop->context);
    while (accept_one(loop)) {
    }
    h2o_socket_close(loop->listener);
    loop->listener = NULL;
}

static void turn(loop_t *loop) {
    for (;;) {
        const int64_t stop_by_ms = atomic_load(&loop->stop_by_ms);
        if (stop_by_ms && loop->listener) {
            close_listener(loop);
        }
        if (stop_by_ms && loop->connection_count == 0 && loop->exchange_count == 0) {
            loop->is_clean = true;
            return;
        }
        if (stop_by_ms && clock_monotonic_ms() > stop_by_ms) {
            return;
        }
        h2o_evloop_run(loop->context.loop, stop_by_ms ? STOPPING_TURN_MS : TURN_MS);
        sweep(loop, stop_by_ms != 0);
    }
}

static void tear_down(loop_t *loop) {
    h2o_multithread_unregister_receiver(loop->context.queue, &loop->answers);
    h2o_multithread_queue_t *queue = loop->context.queue;
    h2o_loop_t *evloop = loop->context.loop;
    h2o_context_dispose(&loop->context);
    h2o_evloop_destroy(evloop);
    free(queue); // h2o 2.2.5 forgets to
    while (loop->spare_count) {
        arena_free(&loop->spare[--loop->spare_count]);
    }
}

static void *on_loop_start(void *context) {
    loop_t *loop = context;
    set_up(loop);
    sem_post(&loop->started);
    turn(loop);
    if (loop->is_clean) {
        tear_down(loop);
    }
    return NULL;
}

result_t loop_start(shared_t *shared, size_t connections_max, loop_t *loop, err_t *err) {
    *loop = (loop_t){.shared = shared, .connections_max = connections_max};
    h2o_linklist_init_anchor(&loop->connections);
    sem_init(&loop->started, 0, 0);
    TRY(thread_start(on_loop_start, loop, &loop->thread, err));
    while (sem_wait(&loop->started) != 0) { // a signal
    }
    return OK;
}

void loop_stop_begin(loop_t *loop, deadline_t deadline) {
    atomic_store(&loop->stop_by_ms, deadline.at_ms);
    h2o_multithread_send_message(&loop->answers, NULL);
}

bool loop_stop_end(loop_t *loop, deadline_t deadline) {
    return thread_join(loop->thread, deadline) && loop->is_clean;
}

arena_t *loop_arena_take(loop_t *loop) {
    return loop->spare_count ? loop->spare[--loop->spare_count] : arena_new(ARENA_MAX);
}

void loop_arena_give(loop_t *loop, arena_t *arena) {
    if (loop->spare_count == SPARE_ARENAS_MAX) {
        arena_free(&arena);
        return;
    }
    arena_reset(arena);
    loop->spare[loop->spare_count++] = arena;
}
