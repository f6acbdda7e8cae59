#include "store/limit.h"
#include <assert.h>
#include <stdlib.h>

static int limit_order(const void *left, const void *right) {
    const bytes_t a = ((const store_limit_t *)left)->key;
    const bytes_t b = ((const store_limit_t *)right)->key;
    const size_t len = a.len < b.len ? a.len : b.len;
    const int order = len ? memcmp(a.ptr, b.ptr, len) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

// A refused write is rolled back and its counts with it, so a counter never passes its maximum and
// refusals by one limit do not use up another.
static const sql_statement_t LIMIT_COUNT = {
    "limit_count", "bii", "oi",
    "insert into rate_counters as n (key, window_ends_at, count)"
    " values ($1, now() + $2::int8 * interval '1 second', 1)"
    " on conflict (key) do update set"
    " count = case when n.window_ends_at <= now() then 1 else n.count + 1 end,"
    " window_ends_at = case when n.window_ends_at <= now() then excluded.window_ends_at"
    " else n.window_ends_at end"
    " returning count > $3,"
    " greatest(1, ceil(extract(epoch from window_ends_at - now())))::int8"};

void limits_append(sql_batch_t *batch, const store_limits_t *limits) {
    assert(limits->count <= LIMITS_MAX);
    store_limit_t sorted[LIMITS_MAX];
    for (size_t i = 0; i < limits->count; i++) {
        sorted[i] = limits->items[i];
    }
    qsort(sorted, limits->count, sizeof sorted[0], limit_order);
    for (size_t i = 0; i < limits->count; i++) {
        sql_args_t *args = sql_add(batch, &LIMIT_COUNT);
        sql_arg_bytes(args, sorted[i].key);
        sql_arg_int(args, sorted[i].window_s);
        sql_arg_int(args, sorted[i].max);
    }
}

store_limited_t limits_judge(const sql_batch_t *batch, size_t first, size_t count) {
    store_limited_t limited = {0};
    for (size_t i = 0; i < count; i++) {
        sql_row_t row = sql_row(batch, first + i, 0);
        const bool is_over = sql_bool(&row);
        const int64_t retry_after_s = sql_int(&row);
        limited.is_limited |= is_over;
        if (is_over && retry_after_s > limited.retry_after_s) {
            limited.retry_after_s = retry_after_s;
        }
    }
    return limited;
}

result_t limits_begin(store_t *store, const store_limits_t *limits, store_limited_t *out,
                      err_t *err) {
    assert(!store->is_applying); // whose transaction this would end
    SQL_BATCH(counting, store);
    sql_add(&counting, &SQL_BEGIN);
    limits_append(&counting, limits);
    TRY(sql_run(&counting, err));
    *out = limits_judge(&counting, 1, limits->count);
    if (out->is_limited) {
        sql_rollback(store);
    }
    return OK;
}

const sql_statement_t *const sql_limit_statements[] = {&LIMIT_COUNT, NULL};
