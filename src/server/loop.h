// One event loop on a thread of its own: sockets, connections, deadlines. Internal to server/; with
// exchange.c and server.c all that knows h2o.
#pragma once
#include "server/headers.h"
#include "server/route.h"
#include "server/server.h"
#include "server/thread.h"
#include <h2o.h>
#include <semaphore.h>
#include <stdatomic.h>

// What all loops share; written before they start, read only afterwards.
typedef struct {
    server_config_t config; // numbers filled in
    routes_t routes;
    headers_t bare; // the headers of an answer that h2o makes itself
    h2o_globalconf_t http;
    SSL_CTX *tls;               // NULL: plain HTTP
    lane_pool_t *lane;          // LANE_DB
    lane_pool_t *remote_lane;   // LANE_REMOTE, and what only it needs:
    http_client_t *http_client; // its threads have clones of
    store_pool_t *store_pool;
    gate_t *gate;
    int listen_fd;
} shared_t;

enum { SPARE_ARENAS_MAX = 32 };

typedef struct {
    shared_t *shared;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    h2o_multithread_receiver_t answers; // from the lane
    h2o_socket_t *listener;             // NULL once stopping
    bool is_listening;                  // false: paused, for lack of room
    h2o_linklist_t connections;         // longest untouched first
    size_t connection_count;
    size_t connections_max;
    size_t exchange_count; // alive, with or without their client
    arena_t *spare[SPARE_ARENAS_MAX];
    size_t spare_count;
    int64_t swept_at_ms;
    atomic_int_least64_t stop_by_ms; // monotonic; 0: go on
    bool is_clean;                   // it ended with nothing left
    sem_t started;
    pthread_t thread;
} loop_t;

typedef enum {
    CONNECTION_READING, // or idle
    CONNECTION_WORKING, // a handler has the request
    CONNECTION_SENDING,
} connection_state_t;

typedef struct {
    h2o_linklist_t link;
    loop_t *loop;
    h2o_socket_t *sock;
    connection_state_t state;
    int64_t touched_at_ms; // when `state` was entered
    bool is_shut;
} connection_t;

// The loop's thread only.
connection_t *connection_of(h2o_req_t *req);
void connection_enter(connection_t *connection, connection_state_t state);
arena_t *loop_arena_take(loop_t *loop);
void loop_arena_give(loop_t *loop, arena_t *arena);

// Any other thread.
MUST_USE result_t loop_start(shared_t *shared, size_t connections_max, loop_t *loop, err_t *err);
void loop_stop_begin(loop_t *loop, deadline_t deadline);
// False if it was cut off; its memory then stays.
MUST_USE bool loop_stop_end(loop_t *loop, deadline_t deadline);
