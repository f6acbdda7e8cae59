// Rate counters: fixed windows of the database's clock, counted in the transaction that they
// limit. Internal to store/.
#pragma once
#include "store/batch.h"

enum { LIMITS_MAX = 8 };

// Appends one statement for each limit, in the order of their keys: two transactions that count the
// same keys then wait for one another and never deadlock.
void limits_append(sql_batch_t *batch, const store_limits_t *limits);

// What the statements from position `first` on said.
store_limited_t limits_judge(const sql_batch_t *batch, size_t first, size_t count);

// Begins the transaction of a write that is nothing else's, and counts in it before all else. The
// caller goes on with sql_continue. Limited: it is over again, and nothing was written.
MUST_USE result_t limits_begin(store_t *store, const store_limits_t *limits, store_limited_t *out,
                               err_t *err);
