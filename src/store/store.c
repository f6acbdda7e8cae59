#include "store/store.h"
#include "base/embed.h"
#include "store/batch.h"
#include "store/migration.h"
#include <stdlib.h>

result_t store_open(const char *conninfo, store_t **out, err_t *err) {
    // libpq's own message would quote the string, and with it perhaps the password.
    PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
    if (!options) {
        return FAIL(err, BAD_REQUEST, "store_conninfo", "not a libpq connection string");
    }
    PQconninfoFree(options);
    store_t *store = calloc(1, sizeof *store);
    char *copy = strdup(conninfo);
    if (!store || !copy) {
        abort(); // design.md 4: our own allocation failure ends the process
    }
    store->conninfo = copy;
    *out = store;
    return OK;
}

void store_close(store_t **store) {
    if (!*store) {
        return;
    }
    connection_drop(*store);
    explicit_bzero((*store)->conninfo, strlen((*store)->conninfo));
    free((*store)->conninfo);
    free(*store);
    *store = NULL;
}

void store_use(store_t *store, arena_t *arena, deadline_t deadline) {
    store->arena = arena;
    store->deadline = deadline;
}

static const sql_statement_t SCHEMA_READ = {
    "schema_read", "", "i", "select coalesce(max(version), 0)::int8 from schema_migrations"};

result_t store_ping(store_t *store, err_t *err) {
    SQL_BATCH(batch, store);
    sql_add(&batch, &SCHEMA_READ);
    TRY(sql_run(&batch, err));
    sql_row_t row = sql_row(&batch, 0, 0);
    const int64_t version = sql_int(&row);
    const int64_t expected = migration_newest();
    if (version < expected) {
        return FAIL(err, UNAVAILABLE, "store_schema", "schema %lld, this binary needs %lld",
                    (long long)version, (long long)expected);
    }
    // A newer instance has migrated already: migrations only add, so this one may serve on.
    return OK;
}

const sql_statement_t *const sql_store_statements[] = {&SCHEMA_READ, NULL};
