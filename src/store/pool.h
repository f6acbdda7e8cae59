// A few connections that more threads share: each holds one only for as long as it talks to the
// database, never while it waits for somebody else's server.
#pragma once
#include "store/store.h"

typedef struct store_pool store_pool_t;

enum { STORE_POOL_MAX = 256 };

// `count` connections, 1 to STORE_POOL_MAX, each made at its first use (store_open). Owner closes,
// when all have come back.
MUST_USE result_t store_pool_open(const char *conninfo, size_t count, store_pool_t **out,
                                  err_t *err);
void store_pool_close(store_pool_t **pool);

// Waits for a free one; the caller calls store_use next and gives it back. UNAVAILABLE if none was
// free before the deadline. Any thread.
MUST_USE result_t store_pool_acquire(store_pool_t *pool, deadline_t deadline, store_t **out,
                                     err_t *err);
// Any thread; *store is NULL afterwards.
void store_pool_release(store_pool_t *pool, store_t **store);
