// Sleeping until another instance, or a command, says that keys or applications have changed.
#include "store/batch.h"
#include "store/outbox.h"
#include <poll.h>

enum { AWAY_PAUSE_MS = 250 };

static const sql_statement_t LISTEN_CONFIG = {"listen_config", "", "", "listen gatehouse_config"};

static result_t wake_listen(store_t *store, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &LISTEN_CONFIG);
    TRY(sql_run(&batch, err));
    store->is_listening = true;
    return OK;
}

static bool wake_collect(store_t *store) {
    bool has_config = false;
    PGnotify *notify;
    while ((notify = PQnotifies(store->conn))) {
        has_config |= strcmp(notify->relname, "gatehouse_config") == 0;
        PQfreemem(notify);
    }
    return has_config;
}

static result_t wake_wait(store_t *store, deadline_t deadline, bool *out_has_config, err_t *err) {
    for (;;) {
        *out_has_config = wake_collect(store);
        if (*out_has_config) {
            return OK;
        }
        const result_t waited = connection_poll(store, POLLIN, deadline, NULL);
        if (waited == TIMEOUT) {
            return OK;
        }
        if (waited != OK || !PQconsumeInput(store->conn)) {
            connection_drop(store);
            return FAIL(err, UNAVAILABLE, "store_lost", "connection lost while waiting");
        }
    }
}

result_t store_wait(store_t *store, int timeout_ms, bool *out_has_config, err_t *err) {
    const deadline_t deadline = deadline_in(timeout_ms);
    const result_t ready = connection_ready(store, err);
    if (ready != OK) {
        // The caller waits in a loop, which must not spin while the server is away.
        poll(NULL, 0, timeout_ms < AWAY_PAUSE_MS ? timeout_ms : AWAY_PAUSE_MS);
        return ready;
    }
    if (!store->is_listening) {
        TRY(wake_listen(store, err));
        // What was notified before nobody can have heard: look once.
        *out_has_config = true;
        return OK;
    }
    return wake_wait(store, deadline, out_has_config, err);
}

const sql_statement_t *const sql_wake_statements[] = {&LISTEN_CONFIG, NULL};
