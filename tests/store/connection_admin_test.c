#include "store/connection_admin.h"
#include "store/fixture.h"
#include <stdatomic.h>

static const store_connection_key_t KEY = {{"org_1", 5}, {"conn_1", 6}};

static void setup(void) {
    fixture_setup();
    sql_exec(
        "insert into organizations (id, name) values ('org_1', 'A'), ('org_2', 'B');"
        " insert into organization_domains (id, organization_id, domain, type, status) values"
        " ('dom_1', 'org_1', 'a.example', 'ORGANIZATION_DOMAIN', 'verified'),"
        " ('dom_2', 'org_2', 'b.example', 'ORGANIZATION_DOMAIN', 'verified')");
}

TestSuite(store_connection_admin, .init = setup, .fini = database_teardown);

static store_connection_draft_t draft_of(store_connection_key_t key, const char *provider) {
    return (store_connection_draft_t){.key = key,
                                      .provider = str_from_c(provider),
                                      .protocol = STR("OIDC"),
                                      .name = STR("N"),
                                      .provider_key = STR(""),
                                      .response_mode = STR("query"),
                                      .is_pkce_on = true};
}

static store_connection_row_t make(store_connection_key_t key) {
    const store_connection_draft_t draft = draft_of(key, "OKTA");
    store_connection_row_t made;
    assert_ok(store_connection_create(store, &draft, &AUDIT, &made, &err));
    return made;
}

Test(store_connection_admin, is_found_below_its_own_organization_only) {
    const store_connection_key_t others[] = {{STR("org_2"), STR("conn_1")},
                                             {STR(""), STR("conn_1")}};
    store_connection_found_t found;
    make(KEY);
    assert_ok(store_connection_find(store, &KEY, &found, &err));
    cr_assert(found.is_present);
    assert_text(found.row.status, "DRAFT");
    assert_text(found.row.config.facts.organization_id, "org_1");
    for (size_t i = 0; i < 2; i++) {
        assert_ok(store_connection_find(store, &others[i], &found, &err));
        cr_assert_not(found.is_present);
        assert_result(store_connection_delete(store, &others[i], &AUDIT, &err), CONFLICT);
        assert_result(store_connection_toggle(store, &others[i], false, &AUDIT, &err), CONFLICT);
    }
}

Test(store_connection_admin, no_organization_no_connection) {
    const store_connection_draft_t draft =
        draft_of((store_connection_key_t){STR("org_9"), KEY.id}, "OKTA");
    store_connection_row_t made;
    assert_result(store_connection_create(store, &draft, &AUDIT, &made, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

Test(store_connection_admin, a_change_of_a_row_that_was_changed_meanwhile_is_a_conflict) {
    const store_connection_row_t read = make(KEY);
    const store_connection_change_t change = {&read, false};
    store_connection_row_t made;
    assert_ok(store_connection_update(store, &change, &AUDIT, &made, &err));
    assert_result(store_connection_update(store, &change, &AUDIT, &made, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 2);
}

static atomic_int changed;
static store_connection_row_t shared;

static void change_it(store_own_t *own, int index) {
    store_connection_row_t made;
    const store_connection_change_t change = {&shared, index % 2 == 0};
    const result_t result = store_connection_update(own->store, &change, &AUDIT, &made, NULL);
    cr_assert(result == OK || result == CONFLICT);
    changed += result == OK;
}

Test(store_connection_admin, of_changes_at_once_one_is_kept) {
    shared = make(KEY);
    run_parallel(8, change_it);
    cr_assert_eq(changed, 1);
}

Test(store_connection_admin, trust_lapses_with_what_was_published) {
    store_connection_row_t row = make(KEY);
    sql_exec(
        "insert into connection_documents (connection_id, kind, url, body) values"
        " ('conn_1', 'jwks', 'https://a.example', '{}')");
    store_connection_change_t change = {&row, false};
    assert_ok(store_connection_update(store, &change, &AUDIT, &row, &err));
    cr_assert_eq(sql_number("select trust_epoch from connections"), 1);
    cr_assert_eq(sql_number("select count(*) from connection_documents"), 1);
    change.is_trust_lapsed = true;
    assert_ok(store_connection_update(store, &change, &AUDIT, &row, &err));
    cr_assert_eq(sql_number("select trust_epoch from connections"), 2);
    cr_assert_eq(sql_number("select count(*) from connection_documents"), 0);
}

Test(store_connection_admin, only_what_is_complete_is_switched_on) {
    make(KEY);
    assert_result(store_connection_toggle(store, &KEY, true, &AUDIT, &err), CONFLICT);
    sql_exec("update connections set status = 'COMPLETED'");
    assert_ok(store_connection_toggle(store, &KEY, true, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from connections where is_enabled"), 1);
    assert_ok(store_connection_toggle(store, &KEY, false, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from connections where is_enabled"), 0);
}

Test(store_connection_admin, p_rest_01_a_foreign_domain_is_not_assigned) {
    store_connection_row_t made;
    size_t count;
    make(KEY);
    const str_t own = STR("dom_1");
    const str_t foreign[] = {STR("dom_1"), STR("dom_2")};
    assert_ok(store_connection_domains_count(store, KEY.organization_id, (flow_list_t){foreign, 2},
                                             &count, &err));
    cr_assert_eq(count, 1);
    assert_result(store_connection_domains_set(
                      store, &(store_connection_domains_t){KEY, (flow_list_t){foreign, 2}}, &AUDIT,
                      &made, &err),
                  CONFLICT);
    assert_ok(store_connection_domains_set(
        store, &(store_connection_domains_t){KEY, (flow_list_t){&own, 1}}, &AUDIT, &made, &err));
    cr_assert_eq(made.domain_count, 1);
    assert_text(made.domains[0].domain, "a.example");
    assert_ok(store_connection_domains_set(
        store, &(store_connection_domains_t){KEY, (flow_list_t){0}}, &AUDIT, &made, &err));
    cr_assert_eq(made.domain_count, 0);
}

Test(store_connection_admin, a_test_is_its_connections_and_begins_once) {
    store_connection_test_t test;
    make(KEY);
    make((store_connection_key_t){STR("org_1"), STR("conn_2")});
    assert_ok(store_connection_test_begin(store, KEY.id, STR("test_1"), &err));
    sql_exec("update connection_tests set status = 'SUCCESS'");
    assert_ok(store_connection_test_begin(store, KEY.id, STR("test_1"), &err));
    assert_ok(store_connection_test_read(store, KEY.id, STR("test_1"), &test, &err));
    cr_assert(test.is_present);
    assert_text(test.status, "SUCCESS");
    assert_ok(store_connection_test_read(store, STR("conn_2"), STR("test_1"), &test, &err));
    cr_assert(test.is_connection_present && !test.is_present);
    assert_ok(store_connection_test_begin(store, STR("conn_9"), STR("test_2"), &err));
    cr_assert_eq(sql_number("select count(*) from connection_tests"), 1);
}
