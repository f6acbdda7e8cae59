#include "store/fixture.h"
#include "store/outbox.h"
#include <pthread.h>
#include <stdatomic.h>

TestSuite(store_outbox, .init = fixture_setup, .fini = database_teardown);

static store_mails_t mails;

static size_t claim(void) {
    assert_ok(store_outbox_claim(store, 10, 30, &mails, &err));
    return mails.count;
}

static void queue(int count) {
    store_own_t own = mine();
    for (int n = 1; n <= count; n++) {
        assert_ok(make_flow(&own, n));
        assert_ok(make_challenge(&own, n, n, "ann@acme.example"));
    }
}

Test(store_outbox, a_claim_takes_no_more_than_its_limit_whatever_the_planner_expects) {
    sql_exec("vacuum analyze outbox");
    for (int i = 0; i < 8; i++) {
        cr_assert_eq(claim(), 0, "the plan is kept that suits an empty table");
    }
    sql_exec(
        "insert into outbox (id, sealed, expires_at) select 'out_' || n, '\\x01',"
        " now() + interval '1 hour' from generate_series(1, 100) n");
    cr_assert_eq(claim(), 10);
}

Test(store_outbox, a_claimed_mail_is_due_again_when_its_lease_is_over) {
    queue(1);
    cr_assert_eq(claim(), 1);
    assert_text(mails.items[0].id, "out_1");
    cr_assert_eq(mails.items[0].attempts, 0);
    cr_assert_not(mails.items[0].is_expired);
    cr_assert_eq(memcmp(mails.items[0].sealed.ptr, hash_of(arena, "mail", 1).ptr, 32), 0);
    cr_assert_eq(claim(), 0);
    sql_exec("update outbox set due_at = now(), expires_at = now()");
    cr_assert_eq(claim(), 1);
    cr_assert_eq(mails.items[0].attempts, 1);
    cr_assert(mails.items[0].is_expired);
}

Test(store_outbox, a_sent_mail_keeps_its_row_and_loses_its_payload) {
    queue(2);
    cr_assert_eq(claim(), 2);
    const str_t ids[] = {STR("out_1"), STR("out_2")};
    assert_ok(store_outbox_sent(store, ids, 2, &err));
    assert_ok(store_outbox_sent(store, ids, 0, &err));
    sql_exec("update outbox set due_at = now()");
    cr_assert_eq(claim(), 0);
    cr_assert_eq(sql_number("select count(*) from outbox where sealed is null and sent_at is not "
                            "null"),
                 2);
}

Test(store_outbox, a_failed_mail_waits_and_a_dead_letter_is_kept_without_its_payload) {
    queue(1);
    cr_assert_eq(claim(), 1);
    store_mail_failed_t failed = {.id = STR("out_1"), .retry_after_s = 100, .why = "451 busy"};
    assert_ok(store_outbox_failed(store, &failed, &err));
    cr_assert_eq(claim(), 0);
    cr_assert_gt(sql_number("select extract(epoch from due_at - now())::int from outbox"), 50);
    failed.is_dead = true;
    failed.why = "550 no such user \xFF";
    assert_ok(store_outbox_failed(store, &failed, &err));
    sql_exec("update outbox set due_at = now()");
    cr_assert_eq(claim(), 0);
    store_outbox_counts_t counts;
    assert_ok(store_outbox_count(store, &counts, &err));
    cr_assert(counts.dead == 1 && counts.pending == 0);
    assert_text(sql_string("select why from outbox where sealed is null"), "550 no such user ?");
}

Test(store_outbox, counts_tell_how_old_the_oldest_waiting_mail_is) {
    store_outbox_counts_t counts;
    assert_ok(store_outbox_count(store, &counts, &err));
    cr_assert(counts.pending == 0 && counts.oldest_pending_s == 0);
    queue(2);
    sql_exec("update outbox set created_at = now() - interval '1000 seconds' where id = 'out_1'");
    assert_ok(store_outbox_count(store, &counts, &err));
    cr_assert_eq(counts.pending, 2);
    cr_assert_geq(counts.oldest_pending_s, 1000);
}

static atomic_int claimed;

static void claim_in_parallel(store_own_t *own, int index) {
    (void)index;
    for (int i = 0; i < 5; i++) {
        store_mails_t out;
        err_t own_err = {0};
        if (store_outbox_claim(own->store, 3, 3600, &out, &own_err) == OK) {
            atomic_fetch_add(&claimed, (int)out.count);
        }
    }
}

Test(store_outbox, several_instances_claim_each_mail_once) {
    queue(30);
    run_parallel(6, claim_in_parallel);
    cr_assert_eq(claimed, 30);
    cr_assert_eq(sql_number("select max(attempts) from outbox"), 1);
}

static bool has_config;

static void *notify_later(void *arg) {
    PGconn *conn = PQconnectdb(database_conninfo());
    PQclear(PQexec(conn, arg));
    PQfinish(conn);
    return NULL;
}

Test(store_outbox, waiting_ends_with_a_notification_or_with_the_time) {
    assert_ok(store_wait(store, 60000, &has_config, &err));
    cr_assert(has_config, "the first time there may be anything");
    assert_ok(store_wait(store, 1, &has_config, &err));
    cr_assert_not(has_config);
    pthread_t thread;
    static char notify[] = "notify gatehouse_config";
    pthread_create(&thread, NULL, notify_later, notify);
    assert_ok(store_wait(store, 60000, &has_config, &err));
    cr_assert(has_config);
    pthread_join(thread, NULL);
}

Test(store_outbox, a_connection_lost_while_waiting_is_unavailable_and_then_looks_again) {
    assert_ok(store_wait(store, 1, &has_config, &err));
    pthread_t thread;
    static char terminate[] =
        "select pg_terminate_backend(pid) from pg_stat_activity where"
        " application_name = 'gatehouse' and datname = current_database()";
    pthread_create(&thread, NULL, notify_later, terminate);
    const result_t result = store_wait(store, 60000, &has_config, &err);
    pthread_join(thread, NULL);
    // Killed before the wait began, the store has reconnected and listens again.
    cr_assert(result == UNAVAILABLE || (result == OK && has_config));
    err = (err_t){0};
    if (result != OK) {
        assert_ok(store_wait(store, 60000, &has_config, &err));
        cr_assert(has_config);
    }
}

Test(store_outbox, waiting_for_a_server_that_is_away_does_not_spin) {
    store_t *away;
    assert_ok(store_open("host=/nonexistent dbname=x", &away, &err));
    store_use(away, arena, deadline_in(TEST_DEADLINE_MS));
    const int64_t began_ms = clock_monotonic_ms();
    cr_assert_eq(store_wait(away, 60000, &has_config, &err), UNAVAILABLE);
    cr_assert_geq(clock_monotonic_ms() - began_ms, 240);
    store_close(&away);
}

// ---- clean-up ---------------------------------------------------------------------------------

Test(store_outbox, clean_up_takes_what_is_over_and_nothing_else) {
    login(1, "ann@acme.example");
    login(2, "bob@acme.example");
    assert_ok(store_assertion_use(store, STR("app_1"), STR("j"), 1, &err));
    assert_ok(store_access_revoke(store, STR("jti"), 1, &AUDIT, &err));
    int64_t rows;
    sql_exec("update client_assertions set expires_at = now() + interval '1 hour'");
    sql_exec("update revoked_access_tokens set expires_at = now() + interval '1 hour'");
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(rows, 0);
    sql_exec("update flows set created_at = now() - interval '3 days' where id = 'req_1'");
    sql_exec("update sessions set ended_at = now() - interval '2 days' where id = 'ses_1'");
    sql_exec("update outbox set sent_at = now() - interval '8 days' where id = 'out_1'");
    sql_exec(
        "update known_browsers set seen_at = now() - interval '401 days'"
        " where email = 'ann@acme.example'");
    sql_exec(
        "update audit_events set at = now() - interval '401 days'"
        " where id = (select min(id) from audit_events)");
    sql_exec("update client_assertions set expires_at = now() - interval '2 hours'");
    sql_exec("update revoked_access_tokens set expires_at = now() - interval '2 hours'");
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(rows, 7);
    cr_assert_eq(sql_number("select count(*) from challenges"), 1);
    cr_assert_eq(sql_number("select count(*) from authorization_codes"), 1);
    cr_assert_eq(sql_number("select count(*) from users"), 2);
    cr_assert(session_of(2).is_present);
}

Test(store_outbox, a_used_code_stays_as_long_as_its_grant_so_that_a_replay_is_seen) {
    login(1, "ann@acme.example");
    sql_exec(
        "update authorization_codes set consumed_at = now() - interval '20 days',"
        " expires_at = now() - interval '20 days'");
    sql_exec("update flows set created_at = now() - interval '20 days'");
    int64_t rows;
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(sql_number("select count(*) from authorization_codes"), 1);
    cr_assert_eq(sql_number("select count(*) from flows"), 0);
}

Test(store_outbox, only_one_instance_cleans_at_a_time) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    sql_exec("update flows set created_at = now() - interval '3 days'");
    sql_exec("select pg_advisory_lock(hashtextextended('gatehouse clean', 0))");
    int64_t rows = -1;
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(rows, 0);
    sql_exec("select pg_advisory_unlock_all()");
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(rows, 1);
}

Test(store_outbox, clean_up_goes_on_past_one_batch) {
    sql_exec(
        "insert into rate_counters select sha256(i::text::bytea), now() - interval '1 second',"
        " 1 from generate_series(1, 2500) i");
    int64_t rows;
    assert_ok(store_clean(store, &rows, &err));
    cr_assert_eq(rows, 2500);
}
