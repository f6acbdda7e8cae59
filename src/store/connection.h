// The connection itself: connecting, waiting with a deadline, letting go. Internal to store/.
#pragma once
#include "store/store.h"
#include <libpq-fe.h>

struct store {
    char *conninfo;
    PGconn *conn; // NULL: not connected; else in pipeline mode with everything prepared
    arena_t *arena;
    deadline_t deadline;
    int64_t retry_at_ms; // monotonic: no new connection before
    bool is_listening;
    bool is_ended;        // the server said so while nothing was asked
    bool is_applying;     // between store_apply_begin and _finish
    bool is_apply_failed; // one of its calls failed: nothing of it may be kept
    bool is_retryable;    // the last batch failed by a deadlock or a serialization failure
};

// After OK the connection is up, idle and prepared.
MUST_USE result_t connection_ready(store_t *store, err_t *err);

// Closes it; an open transaction ends with it. The next call connects anew.
void connection_drop(store_t *store);

// Sleeps until the socket is ready for `events` (poll(2)). TIMEOUT at the deadline.
MUST_USE result_t connection_poll(store_t *store, short events, deadline_t deadline, err_t *err);

// Writes out what was queued, reading along so that neither side waits for the other.
MUST_USE result_t connection_flush(store_t *store, err_t *err);

// The next result once it is there: NULL between two statements. The caller clears it.
MUST_USE result_t connection_result(store_t *store, PGresult **out, err_t *err);

// Fills `err` from a failed result and says what its SQLSTATE means to the caller. Drops the
// connection if that cannot be used any more.
MUST_USE result_t connection_fail(store_t *store, const PGresult *result, const char *statement,
                                  err_t *err);
