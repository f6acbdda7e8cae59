#include "store/fixture.h"
#include "store/organization.h"
#include <pthread.h>
#include <sched.h>

TestSuite(store_organization, .init = fixture_setup, .fini = database_teardown);

static store_organization_t row_of(int n) {
    return (store_organization_t){
        .id = id_of(arena, "org", n),
        .name = STR("Acme"),
        .external_id = id_of(arena, "ext", n),
        .slug = id_of(arena, "slug", n),
        .logo_url = STR("https://a.example/x"),
        .region = STR("EU"),
        .metadata = STR("{\"plan\": \"gold\"}"),
    };
}

static store_organization_t make(int n) {
    const store_organization_t row = row_of(n);
    store_organization_t made;
    assert_ok(store_organization_create(store, &row, &AUDIT, &made, &err));
    return made;
}

static store_organization_found_t read_with(str_t id, str_t external_id, str_t slug) {
    const store_organization_in_t in = {
        .id = id, .wanted_external_id = external_id, .wanted_slug = slug};
    store_organization_found_t found;
    assert_ok(store_organization_read(store, &in, &found, &err));
    return found;
}

static store_organization_found_t read_back(const char *id) {
    return read_with(str_from_c(id), STR_NONE, STR_NONE);
}

Test(store_organization, is_read_as_it_was_written) {
    make(1);
    const store_organization_found_t found = read_back("org_1");
    cr_assert(found.is_present);
    assert_text(found.row.name, "Acme");
    assert_text(found.row.external_id, "ext_1");
    assert_text(found.row.slug, "slug_1");
    assert_text(found.row.region, "EU");
    assert_text(found.row.metadata, "{\"plan\": \"gold\"}");
    cr_assert_not(found.row.is_sso_on || found.row.policy.is_custom);
    cr_assert(found.row.created_at > 0 && found.row.max_users == 0);
    const store_organization_in_t in = {.external_id = STR("ext_1")};
    store_organization_found_t same;
    assert_ok(store_organization_read(store, &in, &same, &err));
    assert_text(same.row.id, "org_1");
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
}

Test(store_organization, without_a_name_for_it_none_is_found) {
    make(1);
    const store_organization_in_t in = {0};
    store_organization_found_t found;
    assert_ok(store_organization_read(store, &in, &found, &err));
    cr_assert_not(found.is_present || found.is_external_id_taken || found.is_slug_taken);
}

Test(store_organization, names_of_others_are_taken_and_its_own_are_not) {
    make(1);
    make(2);
    const store_organization_found_t own = read_with(STR("org_1"), STR("ext_1"), STR("slug_1"));
    cr_assert_not(own.is_external_id_taken || own.is_slug_taken);
    const store_organization_found_t other = read_with(STR("org_1"), STR("ext_2"), STR("slug_2"));
    cr_assert(other.is_external_id_taken && other.is_slug_taken);
    const store_organization_found_t none = read_with(STR_NONE, STR("ext_1"), STR("slug_9"));
    cr_assert(none.is_external_id_taken && !none.is_slug_taken);
}

Test(store_organization, a_name_taken_meanwhile_is_a_conflict_and_writes_nothing) {
    make(1);
    store_organization_t row = row_of(2), made;
    row.external_id = STR("ext_1");
    assert_result(store_organization_create(store, &row, &AUDIT, &made, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
    make(2);
    const store_organization_change_t change = {
        .id = STR("org_2"), .has_slug = true, .slug = STR("slug_1"), .metadata_max = 10};
    assert_result(store_organization_update(store, &change, &AUDIT, &made, &err), CONFLICT);
    assert_text(read_back("org_2").row.slug, "slug_2");
}

Test(store_organization, a_change_touches_what_it_gives) {
    store_organization_t made;
    make(1);
    store_organization_change_t change = {.id = STR("org_1"),
                                          .has_name = true,
                                          .name = STR("New"),
                                          .has_external_id = true,
                                          .metadata = STR("{\"plan\":null,\"tier\":\"1\"}"),
                                          .metadata_max = 10};
    assert_ok(store_organization_update(store, &change, &AUDIT, &made, &err));
    assert_text(made.name, "New");
    assert_text(made.external_id, "");
    assert_text(made.slug, "slug_1");
    assert_text(made.metadata, "{\"tier\": \"1\"}");
    cr_assert_eq(sql_number("select count(*) from organizations where external_id is null"), 1);
    change = (store_organization_change_t){
        .id = STR("org_1"), .metadata = STR("{\"more\":\"1\"}"), .metadata_max = 1};
    assert_result(store_organization_update(store, &change, &AUDIT, &made, &err), CONFLICT);
    change.id = STR("org_9");
    assert_result(store_organization_update(store, &change, &AUDIT, &made, &err), CONFLICT);
}

Test(store_organization, features_are_set_one_by_one) {
    store_organization_t made;
    make(1);
    store_features_t features = {.id = STR("org_1"),
                                 .is_given = {[STORE_FEATURE_SSO] = true},
                                 .is_on = {[STORE_FEATURE_SSO] = true}};
    assert_ok(store_organization_features_set(store, &features, &AUDIT, &made, &err));
    cr_assert(made.is_sso_on && !made.is_directory_sync_on);
    features = (store_features_t){.id = STR("org_1"),
                                  .is_given = {[STORE_FEATURE_SESSION_POLICY] = true},
                                  .is_on = {[STORE_FEATURE_SESSION_POLICY] = true}};
    assert_ok(store_organization_features_set(store, &features, &AUDIT, &made, &err));
    cr_assert(made.is_sso_on && made.is_session_policy_on && !made.is_domain_verification_on);
    cr_assert_not(made.is_sso_exclusive);
    features = (store_features_t){.id = STR("org_1"),
                                  .is_given = {[STORE_FEATURE_SSO_EXCLUSIVE] = true},
                                  .is_on = {[STORE_FEATURE_SSO_EXCLUSIVE] = true}};
    assert_ok(store_organization_features_set(store, &features, &AUDIT, &made, &err));
    cr_assert(made.is_sso_on && made.is_sso_exclusive && !made.is_domain_verification_on);
    cr_assert(read_back("org_1").row.is_sso_exclusive);
}

Test(store_organization, a_session_policy_decided_on_an_old_one_is_a_conflict) {
    make(1);
    store_policy_change_t change = {
        .id = STR("org_1"),
        .next = {.is_custom = true, .absolute_min = 60, .has_idle = true, .is_idle_on = false}};
    assert_ok(store_session_policy_set(store, &change, &AUDIT, &err));
    assert_result(store_session_policy_set(store, &change, &AUDIT, &err), CONFLICT);
    change.old = change.next;
    change.next = (store_session_policy_t){0};
    const store_session_policy_t policy = read_back("org_1").row.policy;
    cr_assert(policy.is_custom && policy.has_idle && !policy.is_idle_on);
    cr_assert(policy.absolute_min == 60 && policy.idle_min == 0);
    assert_ok(store_session_policy_set(store, &change, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from organizations where session_absolute_min is null"
                            " and is_session_idle_on is null and not has_own_session_policy"),
                 1);
}

Test(store_organization, no_limit_of_users_is_null) {
    make(1);
    assert_ok(store_user_limit_set(store, STR("org_1"), 7, &AUDIT, &err));
    cr_assert_eq(read_back("org_1").row.max_users, 7);
    assert_ok(store_user_limit_set(store, STR("org_1"), 0, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from organizations where max_users is null"), 1);
    assert_result(store_user_limit_set(store, STR("org_9"), 7, &AUDIT, &err), CONFLICT);
}

// ---- pages --------------------------------------------------------------------------------------

// Rows of one moment: the id decides then.
static void make_many(int count) {
    sql_exec(
        "insert into organizations (id, name, created_at) select 'org_' || (100 + n), 'N',"
        " timestamptz '2026-01-01T00:00:00.123456Z' + (n / 3) * interval '1 microsecond'"
        " from generate_series(1, %d) n",
        count);
}

static store_organizations_t page_of(bool is_backward, store_position_t position, int64_t size) {
    const store_organizations_in_t in = {
        .page = {.is_backward = is_backward, .position = position, .size = size}};
    store_organizations_t found;
    assert_ok(store_organizations_read(store, &in, &found, &err));
    return found;
}

Test(store_organization, pages_forward_and_back_hold_each_row_once_in_one_order) {
    make_many(10);
    store_position_t position = {0};
    int next = 101;
    for (int page = 0; page < 4; page++) {
        const store_organizations_t found = page_of(false, position, 3);
        cr_assert_eq(found.page.total, 10);
        cr_assert_eq(found.page.has_more, page < 3);
        for (size_t i = 0; i < found.page.count; i++) {
            const str_t expected = arena_format(arena, "org_%d", next++);
            cr_assert(str_eq(found.items[i].id, expected), "%.*s", STR_ARG(found.items[i].id));
        }
        position = found.page.last;
    }
    cr_assert_eq(next, 111);
    const store_organizations_t back = page_of(true, position, 3);
    assert_text(back.items[0].id, "org_107");
    assert_text(back.items[2].id, "org_109");
    assert_text(back.page.first.id, "org_107");
    cr_assert(back.page.has_more);
    cr_assert_not(
        page_of(true, page_of(false, (store_position_t){0}, 2).page.last, 3).page.has_more);
}

Test(store_organization, rows_that_come_and_go_neither_repeat_nor_hide_another) {
    make_many(6);
    const store_organizations_t first = page_of(false, (store_position_t){0}, 3);
    sql_exec("delete from organizations where id in ('org_101', 'org_103')");
    sql_exec(
        "insert into organizations (id, name, created_at) values ('org_001', 'N', '2025-01-01')");
    const store_organizations_t second = page_of(false, first.page.last, 3);
    assert_text(second.items[0].id, "org_104");
    cr_assert_eq(second.page.count, 3);
}

Test(store_organization, p_rest_10_a_page_of_large_rows_is_shorter_and_has_more_behind_it) {
    make_many(5);
    sql_exec("update organizations set metadata = jsonb_build_object('k', repeat('x', 200000))");
    const store_organizations_t first = page_of(false, (store_position_t){0}, 5);
    cr_assert(first.page.count == 2 && first.page.has_more);
    const store_organizations_t next = page_of(false, first.page.last, 5);
    assert_text(next.items[0].id, "org_103");
    assert_text(next.items[1].id, "org_104");
    const store_organizations_t back = page_of(true, next.page.last, 5);
    cr_assert(back.page.count == 2 && back.page.has_more);
    assert_text(back.items[0].id, "org_102");
    assert_text(back.page.first.id, "org_102");
    sql_exec("update organizations set metadata = jsonb_build_object('k', repeat('x', 600000))");
    cr_assert_eq(page_of(false, (store_position_t){0}, 5).page.count, 1, "one in any case");
}

Test(store_organization, p_rest_10_what_no_request_can_hold_is_an_error_and_not_our_end) {
    make_many(1);
    sql_exec("update organizations set metadata = jsonb_build_object('k', repeat('x', %d))",
             5 * 1024 * 1024);
    const store_organizations_in_t in = {.page = {.size = 5}};
    store_organizations_t found;
    cr_assert_eq(store_organizations_read(store, &in, &found, &err), INTERNAL);
    cr_assert_str_eq(err.code, "store_large");
    err = (err_t){0};
    sql_exec("update organizations set metadata = '{}'");
    cr_assert_eq(page_of(false, (store_position_t){0}, 5).page.count, 1, "the connection goes on");
}

// ---- deleting -----------------------------------------------------------------------------------

static void add_member(int organization, int user) {
    sql_exec(
        "insert into users (id, email, email_display) values ('usr_%d', 'u%d@a.example',"
        " 'u%d@a.example') on conflict do nothing",
        user, user, user);
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning) values"
        " ('org_%d', 'usr_%d', 'ACTIVE', 'direct_provision')",
        organization, user);
}

Test(store_organization, deleting_takes_along_who_belongs_to_no_other) {
    make(1);
    make(2);
    add_member(1, 1);
    add_member(1, 2);
    add_member(2, 2);
    add_member(2, 3);
    sql_exec("insert into users (id, email, email_display) values ('usr_4', 'x@a.example', 'x')");
    assert_ok(store_organization_delete(store, STR("org_1"), &AUDIT, &err));
    assert_text(sql_string("select string_agg(id, ' ' order by id) from users"),
                "usr_2 usr_3 usr_4");
    cr_assert_eq(sql_number("select count(*) from memberships"), 2);
    assert_result(store_organization_delete(store, STR("org_1"), &AUDIT, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 3);
}

static void *delete_first(void *context) {
    store_own_t *own = context;
    err_t why = {0};
    cr_assert_eq(store_organization_delete(own->store, STR("org_1"), &AUDIT, &why), OK, "%s",
                 why.text);
    return NULL;
}

// The membership is written and not yet committed when the organization is deleted, which waits for
// it. With one statement for "who belongs to no other" it would still go by what it saw before.
Test(store_organization, a_member_who_joins_another_meanwhile_is_not_lost_with_the_first) {
    pthread_t thread;
    make(1);
    make(2);
    add_member(1, 1);
    add_member(1, 2);
    store_own_t own = store_own_open();
    sql_exec("begin");
    add_member(2, 1);
    cr_assert_eq(pthread_create(&thread, NULL, delete_first, &own), 0);
    // pg_locks moves within a transaction, and pg_stat_activity says which of them are of this
    // test.
    while (sql_number("select count(*) from pg_locks where not granted and pid in (select pid from"
                      " pg_stat_activity where datname = current_database())") == 0) {
        sched_yield();
    }
    sql_exec("commit");
    cr_assert_eq(pthread_join(thread, NULL), 0);
    assert_text(sql_string("select string_agg(id, ' ') from users"), "usr_1");
    assert_text(sql_string("select string_agg(organization_id, ' ') from memberships"), "org_2");
    store_own_close(&own);
}
