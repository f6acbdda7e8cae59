#include "store/pool.h"
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

// No connection is made: a store connects at its first statement.
static store_pool_t *pool_of(size_t count) {
    store_pool_t *pool = NULL;
    err_t err = {0};
    cr_assert_eq(store_pool_open("host=/nonexistent", count, &pool, &err), OK, "%s", err.text);
    return pool;
}

Test(store_pool, gives_out_as_many_as_there_are_and_takes_them_back) {
    store_pool_t *pool = pool_of(2);
    store_t *first = NULL;
    store_t *second = NULL;
    store_t *third = NULL;
    err_t err = {0};
    cr_assert_eq(store_pool_acquire(pool, deadline_in(0), &first, &err), OK);
    cr_assert_eq(store_pool_acquire(pool, deadline_in(0), &second, &err), OK);
    cr_assert_neq(first, second);
    cr_assert_eq(store_pool_acquire(pool, deadline_in(50), &third, &err), UNAVAILABLE);
    cr_assert_null(third);
    cr_assert_str_eq(err.code, "store_pool");
    store_t *const known = second;
    store_pool_release(pool, &second);
    cr_assert_null(second);
    cr_assert_eq(store_pool_acquire(pool, deadline_in(0), &third, &err), OK);
    cr_assert_eq(third, known);
    store_pool_release(pool, &first);
    store_pool_release(pool, &third);
    store_pool_close(&pool);
    cr_assert_null(pool);
    store_pool_close(&pool);
}

typedef struct {
    store_pool_t *pool;
    atomic_int inside, most, served;
} crowd_t;

static void *on_crowd(void *context) {
    crowd_t *crowd = context;
    for (int i = 0; i < 500; i++) {
        store_t *store = NULL;
        if (store_pool_acquire(crowd->pool, deadline_in(60000), &store, NULL) == OK) {
            const int inside = atomic_fetch_add(&crowd->inside, 1) + 1;
            int most = atomic_load(&crowd->most);
            while (inside > most && !atomic_compare_exchange_weak(&crowd->most, &most, inside)) {
            }
            atomic_fetch_add(&crowd->served, 1);
            usleep(10);
            atomic_fetch_sub(&crowd->inside, 1);
            store_pool_release(crowd->pool, &store);
        }
    }
    return NULL;
}

Test(store_pool, many_threads_wait_for_their_turn_and_all_get_one) {
    enum { THREADS = 8, STORES = 3 };
    crowd_t crowd = {.pool = pool_of(STORES)};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, on_crowd, &crowd);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    cr_assert_eq(atomic_load(&crowd.served), THREADS * 500);
    cr_assert_leq(atomic_load(&crowd.most), STORES);
    store_pool_close(&crowd.pool);
}
