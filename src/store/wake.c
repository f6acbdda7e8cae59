// Sleeping until another instance, or another thread of this one, says that there is work.
#include "store/batch.h"
#include "store/outbox.h"
#include <poll.h>

enum { AWAY_PAUSE_MS = 250 };

static const sql_statement_t LISTEN_OUTBOX = {"listen_outbox", "", "", "listen gatehouse_outbox"};
static const sql_statement_t LISTEN_CONFIG = {"listen_config", "", "", "listen gatehouse_config"};

static result_t wake_listen(store_t *store, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &LISTEN_OUTBOX);
    sql_add(&batch, &LISTEN_CONFIG);
    TRY(sql_run(&batch, err));
    store->is_listening = true;
    return OK;
}

static store_wake_t wake_collect(store_t *store) {
    store_wake_t wake = {0};
    PGnotify *notify;
    while ((notify = PQnotifies(store->conn))) {
        wake.has_mail |= strcmp(notify->relname, "gatehouse_outbox") == 0;
        wake.has_config |= strcmp(notify->relname, "gatehouse_config") == 0;
        PQfreemem(notify);
    }
    return wake;
}

static result_t wake_wait(store_t *store, deadline_t deadline, store_wake_t *out, err_t *err) {
    for (;;) {
        *out = wake_collect(store);
        if (out->has_mail || out->has_config) {
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

result_t store_wait(store_t *store, int timeout_ms, store_wake_t *out, err_t *err) {
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
        *out = (store_wake_t){.has_mail = true, .has_config = true};
        return OK;
    }
    return wake_wait(store, deadline, out, err);
}

const sql_statement_t *const sql_wake_statements[] = {&LISTEN_OUTBOX, &LISTEN_CONFIG, NULL};
