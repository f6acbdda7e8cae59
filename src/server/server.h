// The HTTP server: start it, stop it. Everything else in this folder stands behind these calls.
#pragma once
#include "handle/handle.h"
#include "server/health.h"
#include "server/lane.h"
#include "server/snapshots.h"
#include "server/upkeep.h"

typedef struct server server_t;

// All that is pointed to outlives the server. A number of 0 means the default.
typedef struct {
    const settings_t *settings;
    const master_t *master;
    const views_t *views;
    const route_t *routes;
    size_t routes_count;
    lane_store_t store;
    snapshots_t *snapshots; // while it holds none, every route answers 503
    health_t *health;
    upkeep_t *upkeep;        // told of queued mail; NULL: nobody is
    int request_timeout_ms;  // idle, head and body together; 10 s
    int stale_timeout_ms;    // an answer that the client does not take, a TLS close; 30 s
    size_t queue_max;        // requests that wait for the database's lane; 64 a thread
    int remote_threads;      // that may wait for other people's servers; GATE_PLACES, and no more
    size_t remote_queue_max; // requests that wait for one of them; 4 a thread
    size_t connections_max;  // what the limit of open files allows, at most 10000
} server_config_t;

// Binds, loads TLS, starts loops and lane: when it returns, requests are answered. On an error
// nothing is left running. SIGPIPE is ignored from then on.
MUST_USE result_t server_start(const server_config_t *config, server_t **out, err_t *err);

// "127.0.0.1:8080", with the port that the kernel chose.
str_t server_address(const server_t *server);

// Stops accepting, lets what is in flight end, joins all threads and frees. False if something was
// still at work after `timeout_ms`: it is left as it is, and the process should end.
MUST_USE bool server_stop(server_t **server, int timeout_ms);
