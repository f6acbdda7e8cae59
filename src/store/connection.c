#include "store/connection.h"
#include "store/statement.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>

enum {
    CONNECT_MS = 2000,
    RECONNECT_PAUSE_MS = 250,
};

// What every session starts with. A thread that gave up at its deadline closes its socket, and
// client_connection_check_interval lets the server notice and stop the statement; the timeouts are
// only the last fence. The search_path is pinned so that nobody's temporary table or schema shadows
// ours (CVE-2018-1058). All statements find rows by key, so one generic plan is right and saves
// planning.
#define SETUP_SQL                                                                                  \
    "select set_config('search_path', 'public, pg_temp', false),"                                  \
    " set_config('statement_timeout', '15s', false),"                                              \
    " set_config('idle_in_transaction_session_timeout', '10s', false),"                            \
    " set_config('client_connection_check_interval', '250ms', false),"                             \
    " set_config('default_transaction_isolation', 'read committed', false),"                       \
    " set_config('plan_cache_mode', 'force_generic_plan', false),"                                 \
    " set_config('jit', 'off', false)"

// Notices stay off the terminal. The words with which a server ends an idle session (a restart, an
// administrator) come this way too: libpq has no query to report them to.
static void on_notice(void *arg, const PGresult *result) {
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0)) {
        ((store_t *)arg)->is_ended = true;
    }
}

void connection_drop(store_t *store) {
    if (store->conn) {
        PQfinish(store->conn);
    }
    store->conn = NULL;
    store->is_listening = false;
    store->is_apply_failed = store->is_applying;
}

static result_t connection_lost(store_t *store, err_t *err) {
    const result_t result = FAIL(err, UNAVAILABLE, "store_lost", "connection lost: %s",
                                 store->conn ? PQerrorMessage(store->conn) : "");
    connection_drop(store);
    return result;
}

result_t connection_poll(store_t *store, short events, deadline_t deadline, err_t *err) {
    for (;;) {
        struct pollfd wait = {.fd = PQsocket(store->conn), .events = events};
        const int64_t left_ms = deadline_left_ms(deadline);
        const int ready = poll(&wait, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
        if (ready > 0) {
            return OK;
        }
        if (ready == 0) {
            return FAIL(err, TIMEOUT, "store_deadline", "the database did not answer in time");
        }
        if (errno != EINTR) {
            return FAIL(err, UNAVAILABLE, "store_poll", "poll: errno %d", errno);
        }
    }
}

// Gives up on a server that is too slow. The connection cannot be used again (an answer is still on
// its way), and sending a cancel would block, so it is closed.
static result_t wait_or_drop(store_t *store, short events, err_t *err) {
    const result_t result = connection_poll(store, events, store->deadline, err);
    if (result != OK) {
        connection_drop(store);
    }
    return result;
}

result_t connection_flush(store_t *store, err_t *err) {
    for (;;) {
        const int rest = PQflush(store->conn);
        if (rest == 0) {
            return OK;
        }
        if (rest < 0) {
            return connection_lost(store, err);
        }
        TRY(wait_or_drop(store, POLLIN | POLLOUT, err));
        if (!PQconsumeInput(store->conn)) {
            return connection_lost(store, err);
        }
    }
}

result_t connection_result(store_t *store, PGresult **out, err_t *err) {
    while (PQisBusy(store->conn)) {
        TRY(wait_or_drop(store, POLLIN, err));
        if (!PQconsumeInput(store->conn)) {
            return connection_lost(store, err);
        }
    }
    PGresult *result = PQgetResult(store->conn);
    if (PQstatus(store->conn) == CONNECTION_BAD) {
        // The server's last words, if it had any, say more than "connection lost".
        const result_t failed = result && PQresultErrorField(result, PG_DIAG_SQLSTATE)
                                    ? connection_fail(store, result, "connection", err)
                                    : connection_lost(store, err);
        PQclear(result);
        connection_drop(store);
        return failed;
    }
    *out = result;
    return OK;
}

static bool is_class(const char *state, const char *class) {
    return strncmp(state, class, 2) == 0;
}

static bool is_state(const char *state, const char *exact) {
    return strcmp(state, exact) == 0;
}

// PostgreSQL's Appendix A.
static result_t state_result(const char *state) {
    if (is_state(state, "GH409") || is_state(state, "23505")) {
        return CONFLICT; // gatehouse_require, unique_violation
    }
    if (is_state(state, "57014") || is_state(state, "55P03")) {
        return TIMEOUT; // query_canceled (statement_timeout), lock_not_available
    }
    if (is_class(state, "08") || is_class(state, "25") || is_class(state, "26") ||
        is_class(state, "40") || is_class(state, "53") || is_class(state, "57") ||
        is_class(state, "58")) {
        return UNAVAILABLE; // connection, transaction state, rollback, resources, operator, system
    }
    if (is_class(state, "42") || is_state(state, "0A000")) {
        return UNAVAILABLE; // another schema, or a plan made before it changed
    }
    return INTERNAL;
}

// After these the session is gone, or of no more use: a shutdown, a timeout in a transaction, a
// server that became a read-only standby (25006), statements that are not prepared (a pooler).
static bool state_ends_session(const char *state) {
    return is_class(state, "08") || is_class(state, "25") || is_class(state, "26") ||
           is_class(state, "42") || is_state(state, "0A000") || is_state(state, "57P01") ||
           is_state(state, "57P02") || is_state(state, "57P03") || is_state(state, "57P05");
}

result_t connection_fail(store_t *store, const PGresult *result, const char *statement,
                         err_t *err) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (!state) {
        return connection_lost(store, err);
    }
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    store->is_retryable = is_state(state, "40001") || is_state(state, "40P01");
    const result_t failed =
        FAIL(err, state_result(state), is_class(state, "42") ? "store_schema" : "store_statement",
             "%s: %s %s", statement, state, text ? text : "");
    if (state_ends_session(state)) {
        connection_drop(store);
    }
    return failed;
}

// The operator's string decides about keepalives, TCP timeouts and TLS; what the code relies on
// comes after it and wins.
static PGconn *connection_start(const char *conninfo) {
    static const char *const KEYWORDS[] = {"keepalives_idle",
                                           "keepalives_interval",
                                           "tcp_user_timeout",
                                           "dbname",
                                           "application_name",
                                           "client_encoding",
                                           NULL};
    const char *const values[] = {"30", "10", "10000", conninfo, "gatehouse", "UTF8", NULL};
    return PQconnectStartParams(KEYWORDS, values, 1);
}

// Name resolution inside libpq is the one step without a deadline: an address or a socket folder in
// the connection string avoids it.
static result_t connection_open(store_t *store, err_t *err) {
    const deadline_t deadline = deadline_shrink(store->deadline, CONNECT_MS);
    store->conn = connection_start(store->conninfo);
    if (!store->conn) {
        return FAIL(err, INTERNAL, "store_memory", "out of memory");
    }
    if (PQstatus(store->conn) == CONNECTION_BAD) {
        return FAIL(err, UNAVAILABLE, "store_connect", "%s", PQerrorMessage(store->conn));
    }
    store->is_ended = false;
    PQsetNoticeReceiver(store->conn, on_notice, store);
    for (short events = POLLOUT;;) {
        if (connection_poll(store, events, deadline, err) != OK) {
            return FAIL(err, UNAVAILABLE, "store_connect", "no answer in time");
        }
        const PostgresPollingStatusType status = PQconnectPoll(store->conn);
        if (status == PGRES_POLLING_OK) {
            return OK;
        }
        if (status == PGRES_POLLING_FAILED) {
            return FAIL(err, UNAVAILABLE, "store_connect", "%s", PQerrorMessage(store->conn));
        }
        events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    }
}

static int send_prepare(PGconn *conn, const sql_statement_t *statement) {
    Oid types[SQL_PARAMS_MAX];
    const int count = (int)strlen(statement->params);
    for (int i = 0; i < count; i++) {
        types[i] = sql_type_oid(statement->params[i]);
    }
    return PQsendPrepare(conn, statement->name, statement->sql, count, types);
}

static result_t collect_prepared(store_t *store, err_t *err) {
    result_t failed = OK;
    for (size_t done = 0;;) {
        PGresult *result = NULL;
        TRY(connection_result(store, &result, err));
        const ExecStatusType status = PQresultStatus(result);
        if (result && status == PGRES_FATAL_ERROR && failed == OK) {
            const sql_statement_t *statement = done ? store_statements(done - 1) : NULL;
            failed = connection_fail(store, result, statement ? statement->name : "setup", err);
        }
        done += result ? 1 : 0;
        PQclear(result);
        if (!store->conn || (result && status == PGRES_PIPELINE_SYNC)) {
            return failed;
        }
    }
}

// One round trip: settings and all statements.
static result_t connection_prepare(store_t *store, err_t *err) {
    bool is_sent = PQsetnonblocking(store->conn, 1) == 0 && PQenterPipelineMode(store->conn) &&
                   PQsendQueryParams(store->conn, SETUP_SQL, 0, NULL, NULL, NULL, NULL, 1);
    const sql_statement_t *statement;
    for (size_t i = 0; is_sent && (statement = store_statements(i)); i++) {
        is_sent = send_prepare(store->conn, statement);
    }
    if (!is_sent || !PQpipelineSync(store->conn)) {
        return connection_lost(store, err);
    }
    TRY(connection_flush(store, err));
    return collect_prepared(store, err);
}

static result_t connection_make(store_t *store, err_t *err) {
    if (clock_monotonic_ms() < store->retry_at_ms) {
        return FAIL(err, UNAVAILABLE, "store_away", "the database was away a moment ago");
    }
    result_t result = connection_open(store, err);
    if (result == OK) {
        result = connection_prepare(store, err);
    }
    if (result != OK) {
        connection_drop(store);
        store->retry_at_ms = clock_monotonic_ms() + RECONNECT_PAUSE_MS;
    }
    return result;
}

// A server that was restarted while we were idle has said goodbye and closed its end: seen here, it
// costs a reconnect and not a failed request.
static bool connection_is_alive(store_t *store) {
    struct pollfd look = {.fd = PQsocket(store->conn), .events = POLLIN};
    while (!store->is_ended && poll(&look, 1, 0) > 0) {
        if (!PQconsumeInput(store->conn) || PQstatus(store->conn) != CONNECTION_OK) {
            return false;
        }
        (void)PQisBusy(store->conn); // parses what came, and calls on_notice
    }
    return !store->is_ended;
}

result_t connection_ready(store_t *store, err_t *err) {
    if (deadline_left_ms(store->deadline) == 0) {
        return FAIL(err, TIMEOUT, "store_deadline", "no time was left");
    }
    if (store->conn && !connection_is_alive(store)) {
        connection_drop(store);
    }
    if (store->conn && PQtransactionStatus(store->conn) != PQTRANS_IDLE) {
        connection_drop(store); // left by a caller that gave up in the middle
    }
    return store->conn ? OK : connection_make(store, err);
}
