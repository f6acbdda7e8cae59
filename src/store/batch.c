#include "store/batch.h"
#include <assert.h>

enum { ATTEMPTS_MAX = 4 }; // the first and three more

const sql_statement_t SQL_BEGIN = {"begin", "", "", "begin isolation level read committed"};
const sql_statement_t SQL_COMMIT = {"commit", "", "", "commit"};
const sql_statement_t SQL_ROLLBACK = {"rollback", "", "", "rollback"};
// Only for what costs a user nothing when a crash of the server forgets it.
const sql_statement_t SQL_COMMIT_LATER = {"commit_later", "", "t",
                                          "select set_config('synchronous_commit', 'off', true)"};

void sql_batch_start(sql_batch_t *batch, store_t *store) {
    batch->store = store;
    batch->count = 0;
}

static void batch_clear(sql_batch_t *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        PQclear(batch->results[i]);
        batch->results[i] = NULL;
    }
}

void sql_batch_done(sql_batch_t *batch) {
    batch_clear(batch);
}

sql_args_t *sql_add(sql_batch_t *batch, const sql_statement_t *statement) {
    assert(batch->count < SQL_BATCH_MAX);
    sql_args_t *args = &batch->args[batch->count];
    args->count = 0;
    args->has_bad_text = false;
    batch->statements[batch->count] = statement;
    batch->results[batch->count] = NULL;
    batch->count++;
    return args;
}

static bool send_call(PGconn *conn, const sql_statement_t *statement, sql_args_t *args) {
    static const int BINARY[SQL_PARAMS_MAX] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                               1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    args->types[args->count] = '\0';
    assert(strcmp(args->types, statement->params) == 0);
    return PQsendQueryPrepared(conn, statement->name, args->count, args->values, args->lengths,
                               BINARY, 1);
}

static result_t batch_send(sql_batch_t *batch, err_t *err) {
    for (size_t i = 0; i < batch->count; i++) {
        if (!send_call(batch->store->conn, batch->statements[i], &batch->args[i])) {
            connection_drop(batch->store);
            return FAIL(err, UNAVAILABLE, "store_send", "%s was not sent",
                        batch->statements[i]->name);
        }
    }
    if (!PQpipelineSync(batch->store->conn)) {
        connection_drop(batch->store);
        return FAIL(err, UNAVAILABLE, "store_send", "the sync was not sent");
    }
    return connection_flush(batch->store, err);
}

static bool has_large_cell(const PGresult *result) {
    if (PQresultMemorySize(result) <= SQL_CELL_MAX) {
        return false;
    }
    for (int row = 0; row < PQntuples(result); row++) {
        for (int column = 0; column < PQnfields(result); column++) {
            if (PQgetlength(result, row, column) > SQL_CELL_MAX) {
                return true;
            }
        }
    }
    return false;
}

// Reads up to the sync. The first failed statement is the reason; those behind it were skipped.
static result_t batch_collect(sql_batch_t *batch, err_t *err) {
    result_t failed = OK;
    for (size_t done = 0;;) {
        PGresult *result = NULL;
        TRY(connection_result(batch->store, &result, err));
        const ExecStatusType status = PQresultStatus(result);
        if (!result) {
            continue;
        }
        if (status == PGRES_PIPELINE_SYNC || done == batch->count) {
            PQclear(result);
            return failed;
        }
        batch->results[done] = result;
        if (status == PGRES_FATAL_ERROR && failed == OK) {
            failed = connection_fail(batch->store, result, batch->statements[done]->name, err);
        } else if (failed == OK && has_large_cell(result)) {
            failed = FAIL(err, INTERNAL, "store_large", "%s gives more than we can hold",
                          batch->statements[done]->name);
        }
        done++;
        if (!batch->store->conn) {
            return failed;
        }
    }
}

static result_t batch_check(const sql_batch_t *batch, err_t *err) {
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->args[i].has_bad_text) {
            return FAIL(err, BAD_REQUEST, "store_text", "%s: a text is not UTF-8",
                        batch->statements[i]->name);
        }
    }
    return OK;
}

static result_t batch_once(sql_batch_t *batch, err_t *err) {
    store_t *store = batch->store;
    store->is_retryable = false;
    result_t result = batch_check(batch, err);
    if (result == OK) {
        result = batch_send(batch, err);
    }
    if (result == OK) {
        result = batch_collect(batch, err);
    }
    if (result != OK) {
        store->is_apply_failed = store->is_applying;
        sql_rollback(store);
    }
    return result;
}

result_t sql_continue(sql_batch_t *batch, err_t *err) {
    store_t *store = batch->store;
    if (!store->conn || PQtransactionStatus(store->conn) != PQTRANS_INTRANS) {
        return FAIL(err, UNAVAILABLE, "store_lost", "the transaction is gone");
    }
    return batch_once(batch, err);
}

bool sql_should_retry(store_t *store, int *attempts, err_t *err) {
    if (!store->is_retryable || ++*attempts >= ATTEMPTS_MAX) {
        return false;
    }
    store->is_retryable = false;
    if (err) {
        *err = (err_t){0};
    }
    return true;
}

result_t sql_run(sql_batch_t *batch, err_t *err) {
    if (batch->store->is_applying) {
        return sql_continue(batch, err);
    }
    // What begins a longer transaction is made again by the function that makes all of it.
    const bool is_whole = batch->statements[0] != &SQL_BEGIN;
    result_t result;
    int attempts = 0;
    do {
        batch_clear(batch);
        TRY(connection_ready(batch->store, err));
        result = batch_once(batch, err);
    } while (result != OK && is_whole && sql_should_retry(batch->store, &attempts, err));
    return result;
}

void sql_rollback(store_t *store) {
    if (!store->conn || PQtransactionStatus(store->conn) == PQTRANS_IDLE) {
        return;
    }
    SQL_BATCH(batch, store);
    sql_add(&batch, &SQL_ROLLBACK);
    if (batch_send(&batch, NULL) != OK || batch_collect(&batch, NULL) != OK) {
        connection_drop(store);
    }
}

const sql_statement_t *const sql_batch_statements[] = {&SQL_BEGIN, &SQL_COMMIT, &SQL_ROLLBACK,
                                                       &SQL_COMMIT_LATER, NULL};
