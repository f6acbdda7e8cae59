// A server on a free port of the loopback interface with a small route table of its own and no
// database, and the plainest of clients: raw sockets.
#pragma once
#include "base/buffer.h"
#include "server/server.h"

typedef struct {
    settings_t settings;
    arena_t *arena;
    snapshots_t *snapshots;
    health_t *health;
    server_t *server;
    uint16_t port;
} probe_t;

typedef struct {
    int request_timeout_ms, stale_timeout_ms, db_threads, remote_threads;
    size_t queue_max, connections_max, remote_queue_max;
    const char *certificate, *key;
    bool is_https_issuer, is_proxy_trusted, has_no_snapshot;
} probe_options_t;

enum { PROBE_BODY_MAX = 1000, PROBE_BIG = 8 * 1024 * 1024, PROBE_WAIT_MS = 20000 };

// The test fails if the server does not start.
void probe_start(probe_t *probe, const probe_options_t *options);
// True if it stopped with nothing left.
bool probe_stop(probe_t *probe);

// Handlers of GET /gate, /remote/hold and /remote/wait wait until the gate opens. How many wait, or
// have been through:
void probe_gate_open(void);
void probe_gate_wait_for(int count);
int probe_gate_entered(void);
void probe_gate_pass(void); // for handlers

// Of remote_lane_test.c.
result_t probe_answer_remote(call_t *call, response_t *out);
result_t probe_answer_hold(call_t *call, response_t *out);
result_t probe_answer_wait(call_t *call, response_t *out);

int probe_connect(const probe_t *probe);
// True if nobody listens.
bool probe_is_refused(const probe_t *probe);
void probe_write(int fd, const char *text);
void probe_write_octets(int fd, const void *octets, size_t len);

// One answer, or what came until the other end closed or PROBE_WAIT_MS were over. In the arena.
str_t probe_read(const probe_t *probe, int fd);
str_t probe_read_head(const probe_t *probe, int fd); // to the empty line only
// Connects, writes, reads one answer, closes.
str_t probe_ask(const probe_t *probe, const char *text);
// GET of a path on a connection of its own.
str_t probe_get(const probe_t *probe, const char *path);
// True if the other end closes (or resets) within PROBE_WAIT_MS; reads away what comes before.
bool probe_is_closed(int fd);

int probe_status(str_t answer);                     // 0: no answer
str_t probe_header(str_t answer, const char *name); // empty if absent
str_t probe_body(str_t answer);
