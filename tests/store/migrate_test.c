#include "store/database.h"
#include "store/migrate.h"
#include <pthread.h>

TestSuite(store_migrate, .init = database_setup_empty, .fini = database_teardown);

static store_schema_t schema;

static void migrate(void) {
    assert_ok(store_migrate(database_conninfo(), &schema, &err));
}

Test(store_migrate, an_empty_database_reads_as_version_0) {
    assert_ok(store_schema_read(database_conninfo(), &schema, &err));
    cr_assert_eq(schema.version, 0);
    cr_assert_gt(schema.expected, 0);
    cr_assert_eq(sql_number("select count(*) from pg_tables where schemaname = 'public'"), 0);
}

Test(store_migrate, brings_it_up_to_date_and_a_second_run_changes_nothing) {
    migrate();
    cr_assert_eq(schema.version, schema.expected);
    cr_assert_eq((int64_t)schema.applied, schema.expected);
    const str_t first = sql_string("select max(applied_at)::text from schema_migrations");
    migrate();
    cr_assert_eq(schema.applied, 0);
    assert_text(first, sql_string("select max(applied_at)::text from schema_migrations").ptr);
    assert_ok(store_schema_read(database_conninfo(), &schema, &err));
    cr_assert_eq(schema.version, schema.expected);
}

static void *migrate_run(void *out) {
    store_schema_t own;
    err_t own_err = {0};
    *(int64_t *)out =
        store_migrate(database_conninfo(), &own, &own_err) == OK ? (int64_t)own.applied : -1;
    return NULL;
}

Test(store_migrate, several_instances_at_once_apply_each_file_once) {
    enum { INSTANCES = 6 };
    pthread_t threads[INSTANCES];
    int64_t applied[INSTANCES];
    for (int i = 0; i < INSTANCES; i++) {
        cr_assert_eq(pthread_create(&threads[i], NULL, migrate_run, &applied[i]), 0);
    }
    int64_t total = 0;
    for (int i = 0; i < INSTANCES; i++) {
        pthread_join(threads[i], NULL);
        cr_assert_geq(applied[i], 0);
        total += applied[i];
    }
    assert_ok(store_schema_read(database_conninfo(), &schema, &err));
    cr_assert_eq(total, schema.expected);
}

Test(store_migrate, a_landed_file_that_differs_is_a_conflict) {
    migrate();
    sql_exec("update schema_migrations set checksum = sha256('other') where version = 1");
    assert_result(store_migrate(database_conninfo(), &schema, &err), CONFLICT);
}

Test(store_migrate, a_newer_database_is_a_conflict_and_is_not_touched) {
    migrate();
    sql_exec("insert into schema_migrations (version, name, checksum) values (9999, 'x', '')");
    assert_result(store_migrate(database_conninfo(), &schema, &err), CONFLICT);
}

Test(store_migrate, a_file_that_fails_leaves_nothing_of_itself) {
    // The first file makes this function and the tables; one of its tables is in the way.
    sql_exec("create table connections (x int)");
    assert_result(store_migrate(database_conninfo(), &schema, &err), INTERNAL);
    cr_assert_eq(sql_number("select count(*) from pg_proc where proname = 'gatehouse_require'"), 0);
    cr_assert_eq(sql_number("select count(*) from schema_migrations"), 0);
    sql_exec("drop table connections");
    migrate();
    cr_assert_eq(schema.version, schema.expected);
}

Test(store_migrate, no_server_is_unavailable) {
    assert_result(store_migrate("host=/nonexistent dbname=x", &schema, &err), UNAVAILABLE);
    assert_result(store_schema_read("host=/nonexistent dbname=x", &schema, &err), UNAVAILABLE);
}

Test(store_migrate, ping_says_that_the_schema_is_missing_and_then_that_it_is_there) {
    cr_assert_eq(store_ping(store, &err), UNAVAILABLE);
    assert_text(str_from_c(err.code), "store_schema");
    err = (err_t){0};
    migrate();
    store_own_t own = store_own_open();
    store_own_close(&own);
}

Test(store_migrate, ping_refuses_an_older_schema_and_serves_on_a_newer_one) {
    migrate();
    assert_ok(store_ping(store, &err));
    sql_exec("insert into schema_migrations (version, name, checksum) values (9999, 'x', '')");
    assert_ok(store_ping(store, &err));
    sql_exec("delete from schema_migrations where version > 1");
    cr_assert_eq(store_ping(store, &err), UNAVAILABLE);
    assert_text(str_from_c(err.code), "store_schema");
}
