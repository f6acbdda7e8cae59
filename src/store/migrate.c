#include "store/migrate.h"
#include "base/embed.h"
#include "base/scope.h"
#include "store/migration.h"
#include <libpq-fe.h>
#include <stdio.h>

SCOPED_BY(PGconn, PQfinish)
SCOPED_BY(PGresult, PQclear)

// Nothing but migrations takes this lock; the number is arbitrary and fixed for ever.
#define LOCK_SQL "select pg_advisory_lock(4867261531)"
#define TABLE_SQL                                                                                  \
    "create table if not exists schema_migrations (version bigint primary key, name text not "     \
    "null,"                                                                                        \
    " checksum bytea not null, applied_at timestamptz not null default now())"
// How long another instance may be at it.
#define SETUP_SQL                                                                                  \
    "set search_path to public, pg_temp; set lock_timeout to '300s'; set statement_timeout to 0;"  \
    " set default_transaction_isolation to 'read committed'; set client_min_messages to warning"

// "0012_name.sql" is 12. The build sorts the files by name.
static int64_t migration_number(const embed_file_t *file) {
    uint64_t number = 0;
    return str_to_u64(str_sub(file->name, 0, str_find(file->name, '_')), INT32_MAX, &number)
               ? (int64_t)number
               : 0;
}

int64_t migration_newest(void) {
    return embed_sql_count ? migration_number(&embed_sql[embed_sql_count - 1]) : 0;
}

static result_t migrate_fail(PGconn *conn, const PGresult *result, const char *what, err_t *err) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const bool is_away = PQstatus(conn) == CONNECTION_BAD || !state ||
                         strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0 ||
                         strcmp(state, "55P03") == 0;
    return FAIL(err, is_away ? UNAVAILABLE : INTERNAL, "store_migrate", "%s: %s", what,
                result ? PQresultErrorMessage(result) : PQerrorMessage(conn));
}

static void ignore_notice(void *arg, const PGresult *result) {
    (void)arg;
    (void)result;
}

static result_t migrate_run(PGconn *conn, const char *sql, const char *what, err_t *err) {
    SCOPED(PGresult) result = PQexec(conn, sql);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        return migrate_fail(conn, result, what, err);
    }
    return OK;
}

static result_t migrate_connect(const char *conninfo, PGconn **out, err_t *err) {
    static const char *const KEYWORDS[] = {"connect_timeout", "dbname", "application_name",
                                           "client_encoding", NULL};
    const char *const values[] = {"5", conninfo, "gatehouse migrate", "UTF8", NULL};
    PGconn *conn = PQconnectdbParams(KEYWORDS, values, 1);
    if (!conn || PQstatus(conn) != CONNECTION_OK) {
        const result_t result = FAIL(err, UNAVAILABLE, "store_connect", "%s", PQerrorMessage(conn));
        PQfinish(conn);
        return result;
    }
    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    const result_t result = migrate_run(conn, SETUP_SQL, "settings", err);
    if (result != OK) {
        PQfinish(conn);
        return result;
    }
    *out = conn;
    return OK;
}

static result_t version_read(PGconn *conn, const char *sql, int64_t *out, err_t *err) {
    SCOPED(PGresult) result = PQexec(conn, sql);
    uint64_t version = 0;
    if (PQresultStatus(result) != PGRES_TUPLES_OK ||
        !str_to_u64(str_from_c(PQgetvalue(result, 0, 0)), INT64_MAX, &version)) {
        return migrate_fail(conn, result, "version", err);
    }
    *out = (int64_t)version;
    return OK;
}

#define VERSION_SQL "select coalesce(max(version), 0) from schema_migrations"

// Sends the file's text as a parameter and lets the server hash it.
static result_t migration_query(PGconn *conn, const char *sql, const embed_file_t *file,
                                PGresult **out) {
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)migration_number(file));
    const str_t text = embed_text(file);
    const char *const values[] = {number, text.ptr, file->name.ptr};
    const int lengths[] = {0, (int)text.len, 0};
    static const int FORMATS[] = {0, 1, 0};
    static const Oid TYPES[] = {20, 17, 25};
    *out = PQexecParams(conn, sql, 3, TYPES, values, lengths, FORMATS, 0);
    return PQresultStatus(*out) == PGRES_TUPLES_OK || PQresultStatus(*out) == PGRES_COMMAND_OK
               ? OK
               : INTERNAL;
}

typedef enum { MIGRATION_NEW, MIGRATION_LANDED, MIGRATION_CHANGED } migration_state_t;

static result_t migration_look(PGconn *conn, const embed_file_t *file, migration_state_t *out,
                               err_t *err) {
    SCOPED(PGresult) result = NULL;
    if (migration_query(conn,
                        "select checksum = sha256($2), $3::text from schema_migrations"
                        " where version = $1",
                        file, &result) != OK) {
        return migrate_fail(conn, result, file->name.ptr, err);
    }
    *out = PQntuples(result) == 0                       ? MIGRATION_NEW
           : strcmp(PQgetvalue(result, 0, 0), "t") == 0 ? MIGRATION_LANDED
                                                        : MIGRATION_CHANGED;
    return OK;
}

// The file and the row that remembers it, or neither.
static result_t migration_apply(PGconn *conn, const embed_file_t *file, err_t *err) {
    TRY(migrate_run(conn, "begin", file->name.ptr, err));
    TRY(migrate_run(conn, (const char *)file->begin, file->name.ptr, err));
    SCOPED(PGresult) result = NULL;
    if (migration_query(conn,
                        "insert into schema_migrations (version, checksum, name)"
                        " values ($1, sha256($2), $3)",
                        file, &result) != OK) {
        return migrate_fail(conn, result, file->name.ptr, err);
    }
    return migrate_run(conn, "commit", file->name.ptr, err);
}

// The caller holds the lock. A failure leaves the connection in its transaction: closing it ends
// both.
static result_t migrate_all(PGconn *conn, store_schema_t *schema, err_t *err) {
    for (size_t i = 0; i < embed_sql_count; i++) {
        migration_state_t state = MIGRATION_CHANGED;
        TRY(migration_look(conn, &embed_sql[i], &state, err));
        if (state == MIGRATION_CHANGED) {
            return FAIL(err, CONFLICT, "store_checksum", "%s is not what was applied",
                        embed_sql[i].name.ptr);
        }
        if (state == MIGRATION_NEW) {
            TRY(migration_apply(conn, &embed_sql[i], err));
            schema->applied++;
        }
    }
    return OK;
}

result_t store_migrate(const char *conninfo, store_schema_t *out, err_t *err) {
    SCOPED(PGconn) conn = NULL;
    TRY(migrate_connect(conninfo, &conn, err));
    TRY(migrate_run(conn, LOCK_SQL, "lock", err));
    TRY(migrate_run(conn, TABLE_SQL, "schema_migrations", err));
    store_schema_t schema = {.expected = migration_newest()};
    TRY(version_read(conn, VERSION_SQL, &schema.version, err));
    if (schema.version > schema.expected) {
        return FAIL(err, CONFLICT, "store_schema_newer", "schema %lld, this binary knows %lld",
                    (long long)schema.version, (long long)schema.expected);
    }
    TRY(migrate_all(conn, &schema, err));
    schema.version = schema.expected;
    *out = schema;
    return OK;
}

result_t store_schema_read(const char *conninfo, store_schema_t *out, err_t *err) {
    SCOPED(PGconn) conn = NULL;
    TRY(migrate_connect(conninfo, &conn, err));
    store_schema_t schema = {.expected = migration_newest()};
    int64_t is_there;
    TRY(version_read(conn,
                     "select count(*) from pg_class where oid = to_regclass('schema_migrations')",
                     &is_there, err));
    if (is_there) {
        TRY(version_read(conn, VERSION_SQL, &schema.version, err));
    }
    *out = schema;
    return OK;
}
