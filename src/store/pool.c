#include "store/pool.h"
#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct store_pool {
    pthread_mutex_t mutex; // guards free_count and the array
    pthread_cond_t has_free;
    size_t count; // all there are
    size_t free_count;
    store_t *free[]; // the one given back last goes out first: its connection is up
};

result_t store_pool_open(const char *conninfo, size_t count, store_pool_t **out, err_t *err) {
    assert(count > 0 && count <= STORE_POOL_MAX);
    store_pool_t *pool = calloc(1, sizeof(*pool) + count * sizeof(pool->free[0]));
    if (!pool) {
        return FAIL(err, INTERNAL, "memory", "no memory for %zu connections", count);
    }
    pthread_condattr_t monotonic; // as deadlines are
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->has_free, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&pool->mutex, NULL);
    for (; pool->count < count; pool->count++, pool->free_count++) {
        const result_t result = store_open(conninfo, &pool->free[pool->count], err);
        if (result != OK) {
            store_pool_close(&pool);
            return result;
        }
    }
    *out = pool;
    return OK;
}

void store_pool_close(store_pool_t **closing) {
    store_pool_t *pool = *closing;
    if (!pool) {
        return;
    }
    assert(pool->free_count == pool->count);
    while (pool->free_count) {
        store_close(&pool->free[--pool->free_count]);
    }
    pthread_cond_destroy(&pool->has_free);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
    *closing = NULL;
}

result_t store_pool_acquire(store_pool_t *pool, deadline_t deadline, store_t **out, err_t *err) {
    const struct timespec until = {.tv_sec = (time_t)(deadline.at_ms / 1000),
                                   .tv_nsec = (long)(deadline.at_ms % 1000) * 1000000};
    store_t *store = NULL;
    int waited = 0;
    pthread_mutex_lock(&pool->mutex);
    while (pool->free_count == 0 && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&pool->has_free, &pool->mutex, &until);
    }
    if (pool->free_count) {
        store = pool->free[--pool->free_count];
    }
    pthread_mutex_unlock(&pool->mutex);
    if (!store) {
        return FAIL(err, UNAVAILABLE, "store_pool", "all %zu connections of the pool are in use",
                    pool->count);
    }
    *out = store;
    return OK;
}

void store_pool_release(store_pool_t *pool, store_t **store) {
    pthread_mutex_lock(&pool->mutex);
    assert(pool->free_count < pool->count);
    pool->free[pool->free_count++] = *store;
    pthread_cond_signal(&pool->has_free);
    pthread_mutex_unlock(&pool->mutex);
    *store = NULL;
}
