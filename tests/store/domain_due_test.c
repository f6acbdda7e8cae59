#include "store/domain_due.h"
#include "store/fixture.h"
#include <stdatomic.h>

#define SECRET "gatehouse-verify-dom_1=00ff"

static void setup(void) {
    fixture_setup();
    sql_exec(
        "insert into organizations (id, name) select 'org_' || n, 'N' from"
        " generate_series(1, 9) n");
}

TestSuite(store_domain_due, .init = setup, .fini = database_teardown);

static void add(int n, const char *domain, const char *status) {
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, method, status,"
        " txt_secret, verify_due_at) values ('dom_%d', 'org_%d', '%s', 'ORGANIZATION_DOMAIN',"
        " 'DNS', '%s', '" SECRET "', now())",
        n, n, domain, status);
}

static store_domains_due_t claimed(int64_t max) {
    store_domains_due_t due;
    assert_ok(store_domains_due_claim(store, max, 60, &due, &err));
    return due;
}

static const store_domain_checked_t VERIFY = {.status = "verified", .due_in_s = 86400};

Test(store_domain_due, a_claim_takes_what_is_due_where_dns_decides_and_once) {
    bool is_any = true;
    assert_ok(store_domains_due_any(store, &is_any, &err));
    cr_assert_not(is_any);
    add(1, "a.example", "pending");
    add(2, "b.example", "verified");
    add(3, "c.example", "pending");
    add(4, "d.example", "pending");
    sql_exec(
        "update organization_domains set verify_due_at = now() + interval '1 minute'"
        " where id = 'dom_3'");
    sql_exec("update organization_domains set method = 'ADMIN' where id = 'dom_4'");
    assert_ok(store_domains_due_any(store, &is_any, &err));
    cr_assert(is_any);
    const store_domains_due_t due = claimed(10);
    cr_assert_eq(due.count, 2);
    for (size_t i = 0; i < due.count; i++) {
        const bool is_first = str_eq(due.items[i].id, STR("dom_1"));
        assert_text(due.items[i].domain, is_first ? "a.example" : "b.example");
        assert_text(due.items[i].organization_id, is_first ? "org_1" : "org_2");
        assert_text(due.items[i].txt_secret, SECRET);
        assert_text(due.items[i].status, is_first ? "pending" : "verified");
        cr_assert(due.items[i].is_dns && !due.items[i].is_taken);
    }
    cr_assert_eq(claimed(10).count, 0, "leased");
    assert_ok(store_domains_due_any(store, &is_any, &err));
    cr_assert_not(is_any);
    sql_exec("update organization_domains set verify_due_at = now() - interval '1 second'");
    cr_assert_eq(claimed(1).count, 1, "the lease is over, or its instance died");
}

static atomic_int taken;

static void take(store_own_t *own, int index) {
    store_domains_due_t due;
    (void)index;
    do {
        cr_assert_eq(store_domains_due_claim(own->store, 3, 600, &due, NULL), OK);
        taken += (int)due.count;
    } while (due.count);
}

Test(store_domain_due, of_many_instances_one_takes_each) {
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, method,"
        " verify_due_at) select 'dom_' || n, 'org_1', 'd' || n || '.example',"
        " 'ORGANIZATION_DOMAIN', 'DNS', now() from generate_series(1, 100) n");
    run_parallel(8, take);
    // A row that another one has just locked is skipped, so the last of them may have been missed
    // by all that looked; but none was taken twice.
    cr_assert_leq(taken, 100);
    cr_assert_eq(taken + (int)claimed(200).count, 100);
}

Test(store_domain_due, verifying_writes_the_time_the_next_check_and_the_audit) {
    add(1, "a.example", "pending");
    const store_domains_due_t due = claimed(1);
    assert_ok(store_domain_checked(store, &due.items[0], &VERIFY, &AUDIT, &err));
    cr_assert_eq(
        sql_number("select count(*) from organization_domains where status = 'verified'"
                   " and verified_at = checked_at and updated_at = verified_at and failures = 0"
                   " and verify_due_at > now() + interval '23 hours'"),
        1);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
    assert_result(store_domain_checked(store, &due.items[0], &VERIFY, &AUDIT, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1, "undone as a whole");
}

Test(store_domain_due, a_check_that_changes_nothing_counts_and_is_no_update) {
    add(1, "a.example", "pending");
    sql_exec("update organization_domains set updated_at = now() - interval '1 day'");
    const store_domains_due_t due = claimed(1);
    const store_domain_checked_t again = {.status = "pending", .failures = 1, .due_in_s = 60};
    assert_ok(store_domain_checked(store, &due.items[0], &again, NULL, &err));
    assert_result(store_domain_checked(store, &due.items[0], &again, NULL, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from organization_domains where failures = 1"
                            " and updated_at < now() - interval '1 hour' and checked_at is not null"
                            " and verify_due_at between now() and now() + interval '1 minute'"),
                 1);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

Test(store_domain_due, what_failed_is_never_due_again_and_told_to_the_administrator) {
    store_domains_failed_t failed;
    add(1, "a.example", "verified");
    const store_domains_due_t due = claimed(1);
    const store_domain_checked_t lost = {.status = "failed", .failures = 7};
    assert_ok(store_domain_checked(store, &due.items[0], &lost, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from organization_domains where status = 'failed'"
                            " and verify_due_at is null"),
                 1);
    assert_ok(store_domains_failed_read(store, 10, &failed, &err));
    cr_assert_eq(failed.count, 1);
    assert_text(failed.items[0].domain, "a.example");
    assert_text(failed.items[0].organization_id, "org_1");
}

Test(store_domain_due, p_link_06_another_organizations_domain_is_known_to_be_taken) {
    add(1, "a.example", "verified");
    add(2, "a.example", "pending");
    store_domain_due_found_t found;
    assert_ok(store_domain_due_read(store, STR("org_2"), STR("dom_2"), &found, &err));
    cr_assert(found.is_present && found.row.is_taken);
    assert_ok(store_domain_due_read(store, STR("org_1"), STR("dom_1"), &found, &err));
    cr_assert(found.is_present && !found.row.is_taken, "not by itself");
    assert_ok(store_domain_due_read(store, STR("org_1"), STR("dom_2"), &found, &err));
    cr_assert_not(found.is_present, "P-REST-01: below its own organization only");
}

static store_domains_due_t both;
static atomic_int verified;

static void verify(store_own_t *own, int index) {
    const result_t result =
        store_domain_checked(own->store, &both.items[index], &VERIFY, &AUDIT, NULL);
    cr_assert(result == OK || result == CONFLICT);
    verified += result == OK;
}

Test(store_domain_due, p_link_06_of_two_organizations_at_the_same_moment_one_is_verified) {
    for (int round = 0; round < 10; round++) {
        verified = 0;
        sql_exec("delete from organization_domains");
        sql_exec("delete from audit_events");
        add(1, "a.example", "pending");
        add(2, "a.example", "pending");
        both = claimed(2);
        run_parallel(2, verify);
        cr_assert_eq(verified, 1);
        cr_assert_eq(
            sql_number("select count(*) from organization_domains where status = 'verified'"), 1);
        cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
    }
}

static void remove_or_verify(store_own_t *own, int index) {
    if (index == 0) {
        verify(own, 0);
        return;
    }
    PGconn *conn = PQconnectdb(database_conninfo());
    PQclear(PQexec(conn, "delete from organization_domains where id = 'dom_1'"));
    PQfinish(conn);
}

Test(store_domain_due, a_domain_that_is_removed_while_it_is_verified_is_gone) {
    for (int round = 0; round < 10; round++) {
        sql_exec("delete from organization_domains");
        add(1, "a.example", "pending");
        both = claimed(1);
        run_parallel(2, remove_or_verify);
        cr_assert_eq(sql_number("select count(*) from organization_domains"), 0);
    }
    // Removed, and added anew with the same id even: another text has to be shown.
    add(1, "a.example", "pending");
    sql_exec("update organization_domains set txt_secret = 'gatehouse-verify-dom_1=01'");
    sql_exec("delete from audit_events");
    assert_result(store_domain_checked(store, &both.items[0], &VERIFY, &AUDIT, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from organization_domains where status = 'pending'"),
                 1);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}
