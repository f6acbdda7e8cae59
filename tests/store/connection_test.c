// What the store does when the server, the network or the input misbehaves.
#include "store/fixture.h"
#include "store/migrate.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(store_connection, .init = fixture_setup, .fini = database_teardown);

static result_t read_client(str_t id, bool *out_is_present) {
    const store_logout_in_t in = {.client_id = id};
    store_logout_t out;
    const result_t result = store_logout_read(store, &in, &out, &err);
    *out_is_present = result == OK && out.client.is_present;
    return result;
}

// Backends of the store under test, not of the test.
#define BACKENDS                                                                                   \
    "from pg_stat_activity where datname = current_database() and application_name = 'gatehouse'"

static void wait_until_zero(const char *query) {
    const deadline_t deadline = deadline_in(TEST_DEADLINE_MS);
    while (sql_number("%s", query) != 0) {
        cr_assert_gt(deadline_left_ms(deadline), 0, "still not 0: %s", query);
        usleep(20000);
    }
}

static void kill_backends(void) {
    sql_exec("select pg_terminate_backend(pid) " BACKENDS);
    wait_until_zero("select count(*) " BACKENDS);
}

Test(store_connection, a_malformed_string_is_refused_and_not_quoted) {
    store_t *other = NULL;
    cr_assert_eq(store_open("postgresql://u:hunter2@[", &other, &err), BAD_REQUEST);
    cr_assert_null(strstr(err.text, "hunter2"));
    cr_assert_null(other);
}

Test(store_connection, session_settings_are_pinned) {
    assert_ok(store_ping(store, &err));
    cr_assert_eq(sql_number("select count(*) " BACKENDS), 1);
    sql_exec("create schema trap");
    sql_exec("create table trap.applications as select * from public.applications where false");
    sql_exec("alter role gatehouse in database %s set search_path = trap, public",
             sql_string("select current_database()").ptr);
    kill_backends();
    bool is_present;
    assert_ok(read_client(STR("app_1"), &is_present));
    cr_assert(is_present, "a role's search_path must not decide which table is read");
}

Test(store_connection, p_inj_01_quotes_and_sql_are_only_text) {
    static const char *const TEXTS[] = {
        "' or '1'='1", "'; drop table users; --", "\\'; --", "$1", "\"", "%s%n",
        "{a,\"b\\\"}", "\xF0\x9F\x92\xA9"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        bool is_present;
        assert_ok(read_client(str_from_c(TEXTS[i]), &is_present));
        cr_assert_not(is_present);
        const store_audit_t audit = {.event = "e", .decision = "d", .reason = str_from_c(TEXTS[i])};
        assert_ok(store_audit_add(store, &audit, &err));
        assert_text(sql_string("select reason from audit_events order by id desc limit 1"),
                    TEXTS[i]);
    }
}

Test(store_connection, p_inj_01_text_that_is_not_utf8_or_holds_nul_is_refused_before) {
    bool is_present;
    assert_result(read_client((str_t){"app_1\0x", 7}, &is_present), BAD_REQUEST);
    assert_result(read_client(STR("\xC0\xA7 or 1=1"), &is_present), BAD_REQUEST);
    assert_result(read_client(STR("\xED\xA0\x80"), &is_present), BAD_REQUEST);
    assert_ok(read_client(STR("app_1"), &is_present));
    cr_assert(is_present, "the connection still works");
}

Test(store_connection, an_audit_row_takes_any_user_agent) {
    char longer[2000];
    memset(longer, 'u', sizeof longer);
    const str_t agents[] = {STR("caf\xE9"), STR("a\0b"), {longer, sizeof longer}};
    for (size_t i = 0; i < 3; i++) {
        const store_audit_t audit = {.event = "e", .decision = "d", .user_agent = agents[i]};
        assert_ok(store_audit_add(store, &audit, &err));
    }
    assert_text(sql_string("select string_agg(left(user_agent, 4), ',' order by id) "
                           "from audit_events"),
                "caf?,a?b,uuuu");
    cr_assert_eq(sql_number("select max(length(user_agent)) from audit_events"), 512);
}

Test(store_connection, p_mem_03_a_backend_killed_while_idle_costs_no_request) {
    bool is_present;
    assert_ok(read_client(STR("app_1"), &is_present));
    kill_backends();
    assert_ok(read_client(STR("app_1"), &is_present));
    cr_assert(is_present);
}

// Held by a connection of its own: the test's other one stays out of transactions, in which
// pg_stat_activity does not move.
static PGconn *locker;

static void lock_table(const char *table) {
    char sql[100];
    snprintf(sql, sizeof sql, "begin; lock table %s in access exclusive mode", table);
    locker = PQconnectdb(database_conninfo());
    PQclear(PQexec(locker, sql));
    cr_assert_eq(PQtransactionStatus(locker), PQTRANS_INTRANS, "%s", PQerrorMessage(locker));
}

static void unlock_table(void) {
    PQfinish(locker);
}

static void *kill_later(void *arg) {
    (void)arg;
    PGconn *conn = PQconnectdb(database_conninfo());
    for (int i = 0; i < 2000; i++) {
        PGresult *killed = PQexec(conn, "select pg_terminate_backend(pid) " BACKENDS
                                        " and wait_event_type = 'Lock'");
        const int count = PQntuples(killed);
        PQclear(killed);
        if (count > 0) {
            break;
        }
        usleep(10000);
    }
    PQfinish(conn);
    return NULL;
}

static pthread_t kill_when_locked(void) {
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, kill_later, NULL), 0);
    return thread;
}

Test(store_connection, p_mem_03_a_backend_killed_in_a_statement_is_unavailable_and_then_works) {
    bool is_present;
    assert_ok(read_client(STR("app_1"), &is_present));
    lock_table("applications");
    const pthread_t killer = kill_when_locked();
    assert_result(read_client(STR("app_1"), &is_present), UNAVAILABLE);
    pthread_join(killer, NULL);
    unlock_table();
    assert_ok(read_client(STR("app_1"), &is_present));
    cr_assert(is_present);
}

Test(store_connection, p_mem_06_a_connection_lost_in_the_middle_of_a_completion_keeps_nothing) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    assert_ok(make_challenge(&own, 1, 1, "a@acme.example"));
    lock_table("grants"); // the second round trip waits here, after the code was consumed
    const pthread_t killer = kill_when_locked();
    const store_completion_t in = completion_of(arena, 1, "a@acme.example");
    store_completed_t out;
    assert_result(store_login_complete(store, &in, &AUDIT, &out, &err), UNAVAILABLE);
    pthread_join(killer, NULL);
    unlock_table();
    cr_assert_eq(sql_number("select count(*) from users"), 0);
    cr_assert_eq(sql_number("select count(*) from sessions"), 0);
    cr_assert_eq(sql_number("select count(*) from challenges where consumed_at is null"), 1);
    assert_ok(store_login_complete(store, &in, &AUDIT, &out, &err));
}

Test(store_connection, a_lock_held_by_another_ends_at_the_deadline_on_both_sides) {
    bool is_present;
    assert_ok(read_client(STR("app_1"), &is_present));
    lock_table("applications");
    store_use(store, arena, deadline_in(300));
    const int64_t began_ms = clock_monotonic_ms();
    assert_result(read_client(STR("app_1"), &is_present), TIMEOUT);
    cr_assert_geq(clock_monotonic_ms() - began_ms, 299);
    // While the lock is still held: without this the abandoned statement would go on and hold its
    // own locks until statement_timeout.
    wait_until_zero("select count(*) " BACKENDS " and wait_event_type = 'Lock'");
    cr_assert_lt(clock_monotonic_ms() - began_ms, 14000);
    unlock_table();
    store_use(store, arena, deadline_in(TEST_DEADLINE_MS));
    assert_ok(read_client(STR("app_1"), &is_present));
    cr_assert(is_present);
}

Test(store_connection, a_deadline_in_the_past_sends_nothing_and_keeps_the_connection) {
    assert_ok(store_ping(store, &err));
    const int64_t pid = sql_number("select pid " BACKENDS);
    store_use(store, arena, deadline_in(0));
    assert_result(store_ping(store, &err), TIMEOUT);
    assert_result(store_audit_add(store, &AUDIT, &err), TIMEOUT);
    store_use(store, arena, deadline_in(TEST_DEADLINE_MS));
    assert_ok(store_ping(store, &err));
    cr_assert_eq(sql_number("select pid " BACKENDS), pid);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

// Fails the first `times` inserts into a table with `state`, as a conflict between transactions.
static void fail_first(const char *table, int times, const char *state) {
    sql_exec("create sequence failures");
    sql_exec(
        "create function fail_first() returns trigger language plpgsql as $$ begin"
        " if nextval('failures') <= %d then raise 'made to fail' using errcode = '%s'; end if;"
        " return new; end $$",
        times, state);
    sql_exec(
        "create trigger fail_first before insert on %s for each row"
        " execute function fail_first()",
        table);
}

Test(store_connection, p_mem_06_three_deadlocks_are_tried_again_and_counted_once) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    fail_first("challenges", 3, "40P01");
    assert_ok(make_challenge(&own, 1, 1, "a@acme.example"));
    cr_assert_eq(sql_number("select last_value from failures"), 4);
    cr_assert_eq(sql_number("select count(*) from challenges"), 1);
    cr_assert_eq(sql_number("select count(*) from outbox"), 1);
}

Test(store_connection, p_mem_06_a_completion_is_tried_again_after_a_serialization_failure) {
    fail_first("authorization_codes", 3, "40001");
    login(1, "a@acme.example");
    cr_assert_eq(sql_number("select count(*) from grants"), 1);
    cr_assert_eq(sql_number("select count(*) from sessions"), 1);
}

Test(store_connection, p_mem_06_the_fourth_failure_is_unavailable_and_keeps_nothing) {
    fail_first("audit_events", 4, "40001");
    assert_result(store_audit_add(store, &AUDIT, &err), UNAVAILABLE);
    cr_assert_eq(sql_number("select last_value from failures"), 4);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
    assert_ok(store_audit_add(store, &AUDIT, &err));
}

Test(store_connection, p_mem_06_a_read_only_standby_is_unavailable) {
    assert_ok(store_ping(store, &err));
    sql_exec("alter database %s set default_transaction_read_only = on",
             sql_string("select current_database()").ptr);
    kill_backends();
    assert_result(store_audit_add(store, &AUDIT, &err), UNAVAILABLE);
    sql_exec("set default_transaction_read_only = off");
    sql_exec("alter database %s reset default_transaction_read_only",
             sql_string("select current_database()").ptr);
    assert_ok(store_audit_add(store, &AUDIT, &err));
}

Test(store_connection, p_mem_07_neither_the_process_nor_its_time_zone_sets_the_time) {
    setenv("PGTZ", "Pacific/Kiritimati", 1);
    setenv("TZ", "Pacific/Kiritimati", 1);
    store_own_t own = store_own_open();
    assert_ok(make_flow(&own, 1));
    store_flow_t flow;
    assert_ok(store_flow_read(own.store, STR("req_1"), &flow, &err));
    cr_assert_eq(flow.created_at,
                 sql_number("select floor(extract(epoch from created_at) * 1000) from flows"));
    cr_assert_eq(flow.expires_at - flow.created_at, 3600 * 1000);
    cr_assert_geq(flow.now, flow.created_at);
    store_own_close(&own);
}

Test(store_connection, notices_and_answers_do_not_reach_the_terminal) {
    fail_first("audit_events", 0, "40001");
    sql_exec(
        "create or replace function fail_first() returns trigger language plpgsql as"
        " $$ begin raise warning 'a notice'; return new; end $$");
    FILE *kept = tmpfile();
    const int terminal = dup(STDERR_FILENO);
    dup2(fileno(kept), STDERR_FILENO);
    const result_t result = store_audit_add(store, &AUDIT, &err);
    dup2(terminal, STDERR_FILENO);
    cr_assert_eq(result, OK);
    fseek(kept, 0, SEEK_END);
    cr_assert_eq(ftell(kept), 0);
}

Test(store_connection, while_the_server_is_away_calls_fail_at_once) {
    store_t *away;
    assert_ok(store_open("host=/nonexistent dbname=x", &away, &err));
    store_use(away, arena, deadline_in(TEST_DEADLINE_MS));
    cr_assert_eq(store_ping(away, &err), UNAVAILABLE);
    assert_text(str_from_c(err.code), "store_connect");
    err = (err_t){0};
    bool was_refused = false;
    for (int i = 0; i < 10; i++) {
        cr_assert_eq(store_ping(away, &err), UNAVAILABLE);
        was_refused |= strcmp(err.code, "store_away") == 0;
        err = (err_t){0};
    }
    cr_assert(was_refused, "no new connection is tried within a quarter of a second");
    store_close(&away);
}

enum { RECONNECT_PAUSE_US = 260000 };

// A second server, for the test that stops it: the others go on in theirs.
typedef struct {
    pid_t pid;
    FILE *input; // closing it ends the server
    char url[300];
    char control[300];
} server_t;

static server_t server_start(void) {
    server_t server = {0};
    int in[2], out[2];
    // Closed in what the test starts later: a server that held `in` open would never end.
    cr_assert(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    server.pid = fork();
    if (server.pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execl("/bin/sh", "sh", "tests/with-postgres", "sh", "-c",
              "echo $GATEHOUSE_TEST_DATABASE_URL; echo $GATEHOUSE_TEST_DATABASE_CONTROL;"
              " exec cat >&2",
              (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    server.input = fdopen(in[1], "w");
    FILE *output = fdopen(out[0], "r");
    cr_assert_not_null(fgets(server.url, sizeof server.url, output));
    cr_assert_not_null(fgets(server.control, sizeof server.control, output));
    server.url[strcspn(server.url, "\n")] = '\0';
    server.control[strcspn(server.control, "\n")] = '\0';
    fclose(output);
    return server;
}

static void server_control(const server_t *server, const char *what) {
    char command[400];
    snprintf(command, sizeof command, "%s %s >/dev/null 2>&1", server->control, what);
    cr_assert_eq(system(command), 0, "%s", command);
}

Test(store_connection, p_mem_06_a_server_that_stops_and_starts_again_serves_the_same_store) {
    server_t server = server_start();
    store_schema_t schema;
    assert_ok(store_migrate(server.url, &schema, &err));
    store_t *other;
    assert_ok(store_open(server.url, &other, &err));
    store_use(other, arena, deadline_in(TEST_DEADLINE_MS));
    assert_ok(store_audit_add(other, &AUDIT, &err));
    server_control(&server, "stop");
    assert_result(store_audit_add(other, &AUDIT, &err), UNAVAILABLE);
    assert_result(store_audit_add(other, &AUDIT, &err), UNAVAILABLE);
    server_control(&server, "start");
    usleep(RECONNECT_PAUSE_US);
    assert_ok(store_audit_add(other, &AUDIT, &err));
    // And once more without a call in between: the broken connection is noticed before its use.
    server_control(&server, "stop");
    server_control(&server, "start");
    assert_ok(store_audit_add(other, &AUDIT, &err));
    store_close(&other);
    fclose(server.input);
    int status;
    cr_assert_eq(waitpid(server.pid, &status, 0), server.pid);
}
