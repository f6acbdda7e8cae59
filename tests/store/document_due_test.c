#include "store/document_due.h"
#include "store/fixture_sso.h"
#include <stdatomic.h>

static void setup(void) {
    fixture_setup();
    make_organization("acme");
}

TestSuite(store_document_due, .init = setup, .fini = database_teardown);

static store_documents_due_t claimed(void) {
    store_documents_due_t due;
    assert_ok(store_documents_due_claim(store, 10, &due, &err));
    return due;
}

static bool is_any(void) {
    bool answer = false;
    assert_ok(store_documents_due_any(store, &answer, &err));
    return answer;
}

// A copy of this age in seconds and with this lifetime, tried then.
static void fetched(const char *kind, int age_s, int lifetime_s) {
    sql_exec(
        "insert into connection_documents (connection_id, kind, url, body, fetched_at, expires_at,"
        " tried_at) select 'conn_acme', '%s', 'https://a/', '{}', t, t + interval '%d seconds', t"
        " from (select now() - interval '%d seconds' as t) as tried",
        kind, lifetime_s, age_s);
}

// The connection was set up long ago.
static void age(void) {
    sql_exec("update connections set updated_at = now() - interval '30 days'");
}

Test(store_document_due, a_connection_without_keys_is_due_once_a_minute_until_they_are_there) {
    cr_assert(is_any());
    store_documents_due_t due = claimed();
    cr_assert_eq(due.count, 1);
    assert_text(due.items[0].connection_id, "conn_acme");
    cr_assert(due.items[0].is_jwks_due && !due.items[0].is_discovery_due);
    cr_assert(!is_any() && claimed().count == 0, "somebody tries");
    sql_exec("update connection_documents set tried_at = now() - interval '61 seconds'");
    cr_assert_eq(claimed().count, 1, "whoever tried has died");
    cr_assert_eq(claimed().count, 0);
}

Test(store_document_due, only_what_is_switched_on_and_speaks_openid_connect) {
    sql_exec("update connections set is_enabled = false");
    cr_assert(!is_any() && claimed().count == 0);
    sql_exec("update connections set is_enabled = true, protocol = 'SAML'");
    cr_assert(!is_any() && claimed().count == 0);
    sql_exec("update connections set protocol = 'OAUTH'");
    cr_assert(!is_any() && claimed().count == 0);
}

Test(store_document_due, a_copy_is_renewed_in_the_last_tenth_of_its_time) {
    age();
    fetched("jwks", 3200, 3600);
    cr_assert(!is_any());
    fetched("discovery", 3300, 3600);
    store_documents_due_t due = claimed();
    cr_assert_eq(due.count, 1);
    cr_assert(due.items[0].is_discovery_due && !due.items[0].is_jwks_due);
    cr_assert_eq(claimed().count, 1, "with a copy store_document_claim lets one ask");
    sql_exec("update connection_documents set tried_at = now()");
    cr_assert_eq(claimed().count, 0, "and then nobody comes any more");
}

Test(store_document_due, a_failure_puts_the_next_try_off_by_as_long_as_it_has_lasted) {
    // {trouble has lasted at the try, seconds since the try, due}
    static const int CASES[][3] = {{0, 61, true},      {30, 61, true},      {600, 550, false},
                                   {600, 610, true},   {7200, 3550, false}, {7200, 3610, true},
                                   {-300, 61, true}, // it has not even expired
                                   {86400, 3610, true}};
    age();
    fetched("jwks", 0, 1);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        sql_exec(
            "update connection_documents set error = 'gone', tried_at = now() - interval '%d"
            " seconds', expires_at = now() - interval '%d seconds'",
            CASES[i][1], CASES[i][0] + CASES[i][1]);
        cr_assert_eq(is_any(), CASES[i][2], "case %zu", i);
    }
    // Never had: since the connection was set up.
    sql_exec(
        "update connection_documents set body = '', fetched_at = null, expires_at = null,"
        " tried_at = now() - interval '10 minutes'");
    sql_exec("update connections set updated_at = now() - interval '15 minutes'");
    cr_assert(is_any());
    sql_exec("update connections set updated_at = now() - interval '25 minutes'");
    cr_assert_not(is_any());
}

Test(store_document_due, what_an_administrator_changes_is_tried_at_once) {
    age();
    fetched("jwks", 120, 3600);
    cr_assert_not(is_any());
    sql_exec("update connections set updated_at = now()");
    cr_assert(is_any());
    sql_exec("update connection_documents set tried_at = now()");
    cr_assert_not(is_any());
}

// All connections are too many to look at each time: old ones are found by their copies.
Test(store_document_due, what_nobody_took_up_for_a_day_waits_for_the_first_login) {
    cr_assert(is_any());
    sql_exec("update connections set updated_at = now() - interval '25 hours'");
    cr_assert(!is_any() && claimed().count == 0);
    fetched("jwks", 3500, 3600);
    cr_assert(is_any());
    cr_assert_eq(claimed().count, 1);
}

static atomic_int taken;

static void take(store_own_t *own, int index) {
    store_documents_due_t due;
    (void)index;
    do {
        cr_assert_eq(store_documents_due_claim(own->store, 3, &due, NULL), OK);
        taken += (int)due.count;
    } while (due.count);
}

Test(store_document_due, of_many_instances_one_takes_each_that_has_no_copy) {
    sql_exec(
        "insert into connections (id, organization_id, type, name, is_enabled, status)"
        " select 'conn_' || n, 'org_acme', 'oidc', 'C', true, 'COMPLETED'"
        " from generate_series(1, 59) n");
    run_parallel(8, take);
    cr_assert_eq(taken, 60);
}

Test(store_document_due, failures_are_told_of_connections_that_are_switched_on) {
    store_documents_failed_t failed;
    fetched("jwks", 10, 3600);
    assert_ok(store_documents_failed_read(store, 10, &failed, &err));
    cr_assert_eq(failed.count, 0);
    sql_exec("update connection_documents set error = 'provider_answer: HTTP status 500'");
    assert_ok(store_documents_failed_read(store, 10, &failed, &err));
    cr_assert_eq(failed.count, 1);
    assert_text(failed.items[0].connection_id, "conn_acme");
    assert_text(failed.items[0].kind, "jwks");
    assert_text(failed.items[0].error, "provider_answer: HTTP status 500");
    cr_assert(failed.items[0].has_copy);
    sql_exec("update connections set is_enabled = false");
    assert_ok(store_documents_failed_read(store, 10, &failed, &err));
    cr_assert_eq(failed.count, 0);
}
