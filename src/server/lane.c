#include "server/lane.h"
#include "base/log.h"
#include "server/thread.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct {
    lane_pool_t *lane;
    lane_own_t own;
    pthread_t thread;
} worker_t;

struct lane {
    pthread_mutex_t mutex; // guards the seven fields below
    pthread_cond_t has_job;
    lane_job_t *first;
    lane_job_t **last;
    size_t waiting;
    size_t idle; // threads that wait for a job
    bool is_stopping;
    size_t worker_count; // whose threads run
    lane_config_t config;
    worker_t workers[];
};

// NULL once the lane stops and nothing waits.
static lane_job_t *take(lane_pool_t *lane) {
    pthread_mutex_lock(&lane->mutex);
    while (!lane->first && !lane->is_stopping) {
        lane->idle++;
        pthread_cond_wait(&lane->has_job, &lane->mutex);
        lane->idle--;
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
        job->on_run(job, &worker->own);
    }
    return NULL;
}

static void own_close(const lane_config_t *config, lane_own_t *own) {
    if (own->store) {
        config->store.on_close(&own->store);
    }
    http_client_close(&own->http);
}

static result_t own_open(const lane_config_t *config, lane_own_t *own, err_t *err) {
    if (config->store.on_open) {
        TRY(config->store.on_open(config->conninfo, &own->store, err));
    }
    return config->http ? http_client_clone(config->http, &own->http, err) : OK;
}

// Under the mutex, or before anybody else knows the lane.
static result_t worker_start(lane_pool_t *lane, err_t *err) {
    worker_t *worker = &lane->workers[lane->worker_count];
    *worker = (worker_t){.lane = lane};
    result_t result = own_open(&lane->config, &worker->own, err);
    if (result == OK) {
        result = thread_start(on_worker_start, worker, &worker->thread, err);
    }
    if (result != OK) {
        own_close(&lane->config, &worker->own);
        return result;
    }
    lane->worker_count++;
    return OK;
}

result_t lane_start(const lane_config_t *config, lane_pool_t **out, err_t *err) {
    assert(config->threads_at_start > 0 && config->threads_at_start <= config->threads);
    const size_t threads = (size_t)config->threads;
    lane_pool_t *lane = calloc(1, sizeof(*lane) + threads * sizeof(worker_t));
    if (!lane) {
        return FAIL(err, INTERNAL, "memory", "no memory for a lane");
    }
    pthread_mutex_init(&lane->mutex, NULL);
    pthread_cond_init(&lane->has_job, NULL);
    lane->last = &lane->first;
    lane->config = *config;
    for (int i = 0; i < config->threads_at_start; i++) {
        pthread_mutex_lock(&lane->mutex);
        const result_t result = worker_start(lane, err);
        pthread_mutex_unlock(&lane->mutex);
        if (result != OK) {
            // Nothing was submitted yet, so the threads end at once.
            (void)!lane_stop(&lane, deadline_in(1000));
            return result;
        }
    }
    *out = lane;
    return OK;
}

// Under the mutex. If there is no thread to be had, those that run do the work later.
static void grow(lane_pool_t *lane) {
    err_t err = {0};
    if (lane->waiting > lane->idle && lane->worker_count < (size_t)lane->config.threads &&
        worker_start(lane, &err) != OK) {
        LOG(LOG_LEVEL_WARN, "lane", LOG_S("why", str_from_c(err.text)));
    }
}

bool lane_submit(lane_pool_t *lane, lane_job_t *job) {
    job->next = NULL;
    pthread_mutex_lock(&lane->mutex);
    const bool is_taken = !lane->is_stopping && lane->waiting < lane->config.queue_max;
    if (is_taken) {
        *lane->last = job;
        lane->last = &job->next;
        lane->waiting++;
        pthread_cond_signal(&lane->has_job);
        grow(lane);
    }
    pthread_mutex_unlock(&lane->mutex);
    return is_taken;
}

bool lane_stop(lane_pool_t **stopping, deadline_t deadline) {
    lane_pool_t *lane = *stopping;
    pthread_mutex_lock(&lane->mutex);
    lane->is_stopping = true; // from here on no thread is started
    pthread_cond_broadcast(&lane->has_job);
    pthread_mutex_unlock(&lane->mutex);
    for (size_t i = 0; i < lane->worker_count; i++) {
        if (!thread_join(lane->workers[i].thread, deadline)) {
            return false;
        }
        own_close(&lane->config, &lane->workers[i].own);
    }
    pthread_cond_destroy(&lane->has_job);
    pthread_mutex_destroy(&lane->mutex);
    free(lane);
    *stopping = NULL;
    return true;
}
