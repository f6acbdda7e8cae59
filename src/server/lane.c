#include "server/lane.h"
#include "server/thread.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    lane_pool_t *lane;
    store_t *store; // this thread's own; NULL without a database
    pthread_t thread;
} worker_t;

struct lane {
    pthread_mutex_t mutex; // guards the five fields below
    pthread_cond_t has_job;
    lane_job_t *first;
    lane_job_t **last;
    size_t waiting;
    bool is_stopping;
    size_t queue_max;
    lane_store_t store;
    size_t worker_count; // whose threads run
    worker_t workers[];
};

// NULL once the lane stops and nothing waits.
static lane_job_t *take(lane_pool_t *lane) {
    pthread_mutex_lock(&lane->mutex);
    while (!lane->first && !lane->is_stopping) {
        pthread_cond_wait(&lane->has_job, &lane->mutex);
    }
    lane_job_t *job = lane->first;
    if (job) {
        lane->first = job->next;
        lane->last = lane->first ? lane->last : &lane->first;
        lane->waiting--;
    }
    pthread_mutex_unlock(&lane->mutex);
    return job;
}

static void *on_worker_start(void *context) {
    worker_t *worker = context;
    for (lane_job_t *job; (job = take(worker->lane)) != NULL;) {
        job->on_run(job, worker->store);
    }
    return NULL;
}

static result_t worker_start(lane_pool_t *lane, const char *conninfo, err_t *err) {
    worker_t *worker = &lane->workers[lane->worker_count];
    worker->lane = lane;
    if (lane->store.on_open) {
        TRY(lane->store.on_open(conninfo, &worker->store, err));
    }
    const result_t result = thread_start(on_worker_start, worker, &worker->thread, err);
    if (result != OK && worker->store) {
        lane->store.on_close(&worker->store);
    }
    lane->worker_count += result == OK;
    return result;
}

result_t lane_start(const lane_config_t *config, lane_pool_t **out, err_t *err) {
    const size_t threads = (size_t)config->threads;
    lane_pool_t *lane = calloc(1, sizeof(*lane) + threads * sizeof(worker_t));
    if (!lane) {
        return FAIL(err, INTERNAL, "memory", "no memory for a lane");
    }
    pthread_mutex_init(&lane->mutex, NULL);
    pthread_cond_init(&lane->has_job, NULL);
    lane->last = &lane->first;
    lane->queue_max = config->queue_max;
    lane->store = config->store;
    for (size_t i = 0; i < threads; i++) {
        const result_t result = worker_start(lane, config->conninfo, err);
        if (result != OK) {
            // Nothing was submitted yet, so the threads end at once.
            (void)!lane_stop(&lane, deadline_in(1000));
            return result;
        }
    }
    *out = lane;
    return OK;
}

bool lane_submit(lane_pool_t *lane, lane_job_t *job) {
    job->next = NULL;
    pthread_mutex_lock(&lane->mutex);
    const bool is_taken = !lane->is_stopping && lane->waiting < lane->queue_max;
    if (is_taken) {
        *lane->last = job;
        lane->last = &job->next;
        lane->waiting++;
        pthread_cond_signal(&lane->has_job);
    }
    pthread_mutex_unlock(&lane->mutex);
    return is_taken;
}

bool lane_stop(lane_pool_t **stopping, deadline_t deadline) {
    lane_pool_t *lane = *stopping;
    pthread_mutex_lock(&lane->mutex);
    lane->is_stopping = true;
    pthread_cond_broadcast(&lane->has_job);
    pthread_mutex_unlock(&lane->mutex);
    for (size_t i = 0; i < lane->worker_count; i++) {
        if (!thread_join(lane->workers[i].thread, deadline)) {
            return false;
        }
        if (lane->workers[i].store) {
            lane->store.on_close(&lane->workers[i].store);
        }
    }
    pthread_cond_destroy(&lane->has_job);
    pthread_mutex_destroy(&lane->mutex);
    free(lane);
    *stopping = NULL;
    return true;
}
