// A fixed pool of threads that run straight-line blocking code, in front of it a bounded queue that
// refuses early: a client that is told at once to come back is better served than one that waits in
// a line that never ends. A thread has a database connection of its own, or an HTTP client.
#pragma once
#include "remote/http.h"
#include "store/store.h"

typedef struct lane lane_pool_t;

// What a lane's thread needs of the store; a lane without a database leaves all three NULL.
typedef struct {
    result_t (*on_open)(const char *conninfo, store_t **out, err_t *err);
    void (*on_use)(store_t *store, arena_t *arena, deadline_t deadline);
    void (*on_close)(store_t **store);
} lane_store_t;

// What a thread of the lane has for itself.
typedef struct {
    store_t *store;      // NULL: the lane has no database
    http_client_t *http; // NULL: the lane calls nobody
} lane_own_t;

// Embedded in what is to be done. `on_run` is called once, on a thread of the lane.
typedef struct lane_job lane_job_t;
struct lane_job {
    lane_job_t *next;
    void (*on_run)(lane_job_t *job, const lane_own_t *own);
};

typedef struct {
    int threads;
    int threads_at_start; // the others start when a job finds nobody free
    size_t queue_max;     // jobs that wait, beside the ones that run
    const char *conninfo;
    lane_store_t store;
    const http_client_t *http; // each thread gets a clone; NULL: none. Outlives the lane
} lane_config_t;

// `config` is copied, what it points to is not.
MUST_USE result_t lane_start(const lane_config_t *config, lane_pool_t **out, err_t *err);

// False: the queue is full or the lane is stopping, and the job stays the caller's. Never waits.
MUST_USE bool lane_submit(lane_pool_t *lane, lane_job_t *job);

// Runs what is queued, then ends the threads and frees the lane. False if a thread was still busy
// at the deadline: the lane then stays, and the process should end.
MUST_USE bool lane_stop(lane_pool_t **lane, deadline_t deadline);
