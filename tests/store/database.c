#include "store/database.h"
#include "store/migrate.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

arena_t *arena;
store_t *store;
err_t err;

static char *conninfo;
static char name[64];
static PGconn *admin;
static PGconn *side;

const char *database_setting(const char *setting) {
    const char *value = getenv(setting);
    cr_assert_not_null(value, "%s is not set: run by tests/with-postgres", setting);
    return value;
}

char *database_conninfo_of(const char *url, const char *dbname) {
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    cr_assert_not_null(options);
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    for (const PQconninfoOption *o = options; o->keyword; o++) {
        if (o->val && strcmp(o->keyword, "dbname") != 0) {
            fprintf(stream, "%s='%s' ", o->keyword, o->val);
        }
    }
    fprintf(stream, "dbname='%s'", dbname);
    fclose(stream);
    PQconninfoFree(options);
    return text;
}

const char *database_conninfo(void) {
    return conninfo;
}

static PGconn *connect_to(const char *string) {
    PGconn *conn = PQconnectdb(string);
    cr_assert_eq(PQstatus(conn), CONNECTION_OK, "%s", PQerrorMessage(conn));
    return conn;
}

static void run(PGconn *conn, const char *sql) {
    PGresult *result = PQexec(conn, sql);
    const ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
              PQerrorMessage(conn));
    PQclear(result);
}

// Made by the first test that comes; the others wait for it.
static void template_make(const char *url) {
    run(admin, "select pg_advisory_lock(1)");
    PGresult *found =
        PQexec(admin, "select 1 from pg_database where datname = 'gatehouse_template'");
    if (PQntuples(found) == 0) {
        run(admin, "create database gatehouse_making");
        char *making = database_conninfo_of(url, "gatehouse_making");
        store_schema_t schema;
        assert_ok(store_migrate(making, &schema, &err));
        free(making);
        run(admin, "alter database gatehouse_making rename to gatehouse_template");
    }
    PQclear(found);
    run(admin, "select pg_advisory_unlock(1)");
}

static void database_make(const char *template) {
    char sql[160];
    snprintf(name, sizeof name, "gatehouse_test_%d", (int)getpid());
    snprintf(sql, sizeof sql, "create database %s template %s", name, template);
    run(admin, sql);
}

void database_connect(store_t *own) {
    err_t own_err = {0};
    result_t result;
    const deadline_t deadline = deadline_in(TEST_DEADLINE_MS);
    while ((result = store_ping(own, &own_err)) == UNAVAILABLE && deadline_left_ms(deadline) > 0) {
        usleep(50000);
        own_err = (err_t){0};
    }
    cr_assert_eq(result, OK, "%s %s", own_err.code, own_err.text);
}

static void setup(bool is_empty) {
    const char *url = database_setting("GATEHOUSE_TEST_DATABASE_URL");
    admin = connect_to(url);
    run(admin, "set client_min_messages to warning");
    if (!is_empty) {
        template_make(url);
    }
    database_make(is_empty ? "template0" : "gatehouse_template");
    conninfo = database_conninfo_of(url, name);
    side = connect_to(conninfo);
    arena = arena_new(64 << 20);
    err = (err_t){0};
    assert_ok(store_open(conninfo, &store, &err));
    store_use(store, arena, deadline_in(TEST_DEADLINE_MS));
    if (!is_empty) {
        database_connect(store);
    }
}

void database_setup(void) {
    setup(false);
}

void database_setup_empty(void) {
    setup(true);
}

void database_teardown(void) {
    store_close(&store);
    PQfinish(side);
    char sql[160];
    snprintf(sql, sizeof sql, "drop database %s with (force)", name);
    run(admin, sql);
    PQfinish(admin);
    free(conninfo);
    arena_free(&arena);
}

PGconn *sql_connection(void) {
    return side;
}

static PGresult *run_format(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

static PGresult *run_format(const char *format, va_list args) {
    char sql[4096];
    vsnprintf(sql, sizeof sql, format, args);
    PGresult *result = PQexec(side, sql);
    const ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s: %s", sql,
              PQerrorMessage(side));
    return result;
}

void sql_exec(const char *format, ...) {
    va_list args;
    va_start(args, format);
    PQclear(run_format(format, args));
    va_end(args);
}

int64_t sql_number(const char *format, ...) {
    va_list args;
    va_start(args, format);
    PGresult *result = run_format(format, args);
    va_end(args);
    cr_assert_eq(PQntuples(result), 1, "%s", format);
    const int64_t number = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    PQclear(result);
    return number;
}

str_t sql_string(const char *format, ...) {
    va_list args;
    va_start(args, format);
    PGresult *result = run_format(format, args);
    va_end(args);
    cr_assert_eq(PQntuples(result), 1, "%s", format);
    const str_t text = arena_dup(arena, str_from_c(PQgetvalue(result, 0, 0)));
    PQclear(result);
    return text;
}

store_own_t store_own_open(void) {
    store_own_t own = {.arena = arena_new(16 << 20)};
    err_t own_err = {0};
    cr_assert_eq(store_open(conninfo, &own.store, &own_err), OK);
    store_use(own.store, own.arena, deadline_in(TEST_DEADLINE_MS));
    database_connect(own.store);
    return own;
}

void store_own_close(store_own_t *own) {
    store_close(&own->store);
    arena_free(&own->arena);
}

typedef struct {
    store_own_t own;
    pthread_barrier_t *barrier;
    store_work_t *work;
    int index;
} worker_t;

static void *worker_run(void *arg) {
    worker_t *worker = arg;
    pthread_barrier_wait(worker->barrier);
    worker->work(&worker->own, worker->index);
    return NULL;
}

void run_parallel(int count, store_work_t *work) {
    worker_t *workers = calloc((size_t)count, sizeof *workers);
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (int i = 0; i < count; i++) {
        workers[i] = (worker_t){store_own_open(), &barrier, work, i};
    }
    for (int i = 0; i < count; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, worker_run, &workers[i]), 0);
    }
    for (int i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        store_own_close(&workers[i].own);
    }
    pthread_barrier_destroy(&barrier);
    free(threads);
    free(workers);
}
