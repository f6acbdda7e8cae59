// Statements that go to the server together, in pipeline mode with one sync, and their rows.
// Without SQL_BEGIN a batch is one transaction of its own: all of it is kept, or nothing.
// Internal to store/.
#pragma once
#include "store/connection.h"
#include "store/statement.h"

enum { SQL_BATCH_MAX = 20 };

typedef struct {
    store_t *store;
    size_t count;
    const sql_statement_t *statements[SQL_BATCH_MAX];
    sql_args_t args[SQL_BATCH_MAX];
    PGresult *results[SQL_BATCH_MAX];
} sql_batch_t;

void sql_batch_done(sql_batch_t *batch);

// An empty batch that lets go of its results with its scope.
#define SQL_BATCH(name, store_)                                                                    \
    __attribute__((cleanup(sql_batch_done))) sql_batch_t name;                                     \
    sql_batch_start(&name, (store_))
void sql_batch_start(sql_batch_t *batch, store_t *store);

extern const sql_statement_t SQL_BEGIN, SQL_COMMIT, SQL_ROLLBACK, SQL_COMMIT_LATER;

// Appends a statement and gives its parameters to be filled; the position is `count` before.
sql_args_t *sql_add(sql_batch_t *batch, const sql_statement_t *statement);

// A text that is larger than a request's arena is no answer but INTERNAL, before anybody copies it:
// what hangs on one user may be without end, and our memory is not.
enum { SQL_CELL_MAX = 4 * 1024 * 1024 };

// Runs it on a connection that is in no transaction (or in that of store_apply_begin). A deadlock
// or serialization failure is tried again; then UNAVAILABLE. A lost connection is UNAVAILABLE too,
// and then nobody knows whether it was kept: the caller reads again.
MUST_USE result_t sql_run(sql_batch_t *batch, err_t *err);

// Runs it in the transaction that an earlier batch of this function began, and never elsewhere.
MUST_USE result_t sql_continue(sql_batch_t *batch, err_t *err);

// Ends an open transaction without keeping anything. Cannot fail: a connection that does not obey
// is closed.
void sql_rollback(store_t *store);

// True if a transaction of several batches should be made again from its start; `err` is then
// clean.
bool sql_should_retry(store_t *store, int *attempts, err_t *err);

// A row under a reading position. Readers take the columns from left to right, as the select list
// names them. NULL reads as empty, 0 or false. Texts are copied to the arena.
typedef struct {
    arena_t *arena;
    const PGresult *result;
    const char *types;
    int row;
    int column;
} sql_row_t;

size_t sql_row_count(const sql_batch_t *batch, size_t index);
// The octets of all its columns.
size_t sql_row_size(const sql_batch_t *batch, size_t index, size_t row);
// The row must exist.
sql_row_t sql_row(const sql_batch_t *batch, size_t index, size_t row);
str_t sql_text(sql_row_t *row);
bytes_t sql_bytes(sql_row_t *row);
int64_t sql_int(sql_row_t *row);
bool sql_bool(sql_row_t *row);
time_ms_t sql_time(sql_row_t *row);
flow_list_t sql_list(sql_row_t *row);
// Whether the next column is NULL; does not move on.
bool sql_is_null(const sql_row_t *row);
