#include "store/client.h"
#include "store/fixture.h"
#include "store/key.h"
#include <stdatomic.h>

TestSuite(store_client, .init = fixture_setup, .fini = database_teardown);

static store_client_row_t row_of(const char *id) {
    static const str_t URIS[] = {{"https://a.example/cb", 20}, {"http://127.0.0.1/", 17}};
    static const str_t SECRETS[] = {{"one\0two", 7}, {"\xFF\xFE", 2}};
    return (store_client_row_t){
        .client = {.id = str_from_c(id),
                   .is_active = true,
                   .name = STR("App \"1\""),
                   .type = FLOW_CLIENT_WEB_APP,
                   .redirect_uris = {URIS, 2},
                   .token_alg = STR("RS256"),
                   .access_token_s = 600,
                   .may_use_api = true},
        .jwks = STR("{}"),
        .scopes = STR("a b"),
        .secret_hashes = {SECRETS, 2},
    };
}

static store_client_row_t read_back(const char *id) {
    store_client_row_t row;
    assert_ok(store_client_read(store, str_from_c(id), &row, &err));
    return row;
}

Test(store_client, is_read_as_it_was_written_and_replaced_as_a_whole) {
    store_client_row_t row = row_of("app_9");
    cr_assert_not(read_back("app_9").client.is_present);
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    store_client_row_t read = read_back("app_9");
    cr_assert(read.client.is_present && read.client.may_use_api && !read.client.enforces_pkce);
    assert_text(read.client.name, "App \"1\"");
    cr_assert_eq(read.client.redirect_uris.count, 2);
    assert_text(read.jwks, "{}");
    cr_assert_eq(read.secret_hashes.count, 2);
    cr_assert(str_eq(read.secret_hashes.items[0], row.secret_hashes.items[0]));
    row.secret_hashes.count = 1;
    row.client.redirect_uris.count = 0;
    row.client.is_active = false;
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    read = read_back("app_9");
    cr_assert_eq(read.secret_hashes.count, 1);
    cr_assert_eq(read.client.redirect_uris.count, 0);
    cr_assert_not(read.client.is_active);
    store_client_auth_t auth;
    assert_ok(store_client_auth_read(store, STR("app_9"), &auth, &err));
    cr_assert(auth.client.is_present && auth.secret_count == 1);
    cr_assert_eq(auth.secret_hashes[0].len, 7);
    assert_text(auth.scopes, "a b");
    assert_ok(store_client_auth_read(store, STR("app_0"), &auth, &err));
    cr_assert_not(auth.client.is_present);
}

Test(store_client, one_that_was_deleted_is_there_again_when_it_is_declared_again) {
    const store_client_row_t row = row_of("app_1");
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    sql_exec("update applications set deleted_at = now(), is_active = false");
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    assert_text(sql_string("select id from applications where deleted_at is null and is_active"),
                "app_1");
}

// It was switched off because somebody else has it, and the file names it still.
Test(store_client, a_secret_that_was_switched_off_stays_so_when_something_else_changes) {
    store_client_row_t row = row_of("app_9");
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    sql_exec("update client_secrets set is_active = false where client_id = 'app_9' and slot = 0");
    row.client.name = STR("Another name");
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    store_client_auth_t auth;
    assert_ok(store_client_auth_read(store, STR("app_9"), &auth, &err));
    cr_assert_eq(auth.secret_count, 1);
    cr_assert_eq(auth.secret_hashes[0].len, row.secret_hashes.items[1].len);
}

Test(store_client, a_new_secret_takes_the_place_of_the_one_that_is_not_named_any_more) {
    const str_t three[] = {STR("1"), STR("2"), STR("3")};
    store_client_row_t row = row_of("app_9");
    row.secret_hashes = (flow_list_t){three, 2};
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    row.secret_hashes = (flow_list_t){three + 1, 2};
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    assert_text(sql_string("select string_agg(convert_from(hash, 'UTF8'), ' ' order by slot)"
                           " from client_secrets where client_id = 'app_9'"),
                "3 2");
    row.secret_hashes.count = 0;
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from client_secrets where client_id = 'app_9'"), 0);
}

Test(store_client, every_write_is_a_row_of_the_audit) {
    const store_client_row_t row = row_of("app_9");
    assert_ok(store_client_write(store, &row, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
}

Test(store_client, a_third_secret_is_refused) {
    store_client_row_t row = row_of("app_9");
    const str_t three[] = {STR("1"), STR("2"), STR("3")};
    row.secret_hashes = (flow_list_t){three, 3};
    assert_result(store_client_write(store, &row, &AUDIT, &err), BAD_REQUEST);
    cr_assert_not(read_back("app_9").client.is_present);
}

Test(store_client, an_apply_is_kept_as_a_whole_or_not_at_all) {
    const store_client_row_t one = row_of("app_8"), two = row_of("app_9");
    assert_ok(store_apply_begin(store, &err));
    assert_ok(store_client_write(store, &one, &AUDIT, &err));
    assert_ok(store_client_write(store, &two, &AUDIT, &err));
    cr_assert(read_back("app_8").client.is_present);
    assert_ok(store_apply_finish(store, false, &err));
    cr_assert_not(read_back("app_8").client.is_present);
    assert_ok(store_apply_begin(store, &err));
    assert_ok(store_client_write(store, &one, &AUDIT, &err));
    assert_ok(store_client_write(store, &two, &AUDIT, &err));
    assert_ok(store_apply_finish(store, true, &err));
    cr_assert_eq(sql_number("select count(*) from applications"), 3);
}

Test(store_client, an_apply_with_one_failed_call_keeps_nothing_even_if_told_to) {
    const store_client_row_t good = row_of("app_8");
    store_client_row_t bad = row_of("app_9");
    bad.client.token_alg = STR("none");
    assert_ok(store_apply_begin(store, &err));
    assert_ok(store_client_write(store, &good, &AUDIT, &err));
    cr_assert_neq(store_client_write(store, &bad, &AUDIT, &err), OK);
    err = (err_t){0};
    cr_assert_neq(store_client_write(store, &good, &AUDIT, &err), OK);
    err = (err_t){0};
    cr_assert_neq(store_apply_finish(store, true, &err), OK);
    err = (err_t){0};
    cr_assert_eq(sql_number("select count(*) from applications"), 1);
    assert_ok(store_client_write(store, &good, &AUDIT, &err));
}

Test(store_client, an_apply_whose_connection_is_lost_does_not_go_on_in_another) {
    const store_client_row_t one = row_of("app_8"), two = row_of("app_9");
    assert_ok(store_apply_begin(store, &err));
    assert_ok(store_client_write(store, &one, &AUDIT, &err));
    sql_exec(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'gatehouse' and datname = current_database()");
    assert_result(store_client_write(store, &two, &AUDIT, &err), UNAVAILABLE);
    assert_result(store_client_write(store, &two, &AUDIT, &err), UNAVAILABLE);
    cr_assert_neq(store_apply_finish(store, true, &err), OK);
    cr_assert_eq(sql_number("select count(*) from applications"), 1);
}

// ---- signing keys -----------------------------------------------------------------------------

static result_t add_key(store_own_t *own, const char *kid, int64_t publish_s, bool only_if_none) {
    const store_key_new_t key = {.kid = str_from_c(kid),
                                 .alg = STR("ES256"),
                                 .sealed = hash_of(own->arena, "key", 1),
                                 .publish_s = publish_s,
                                 .verify_s = 1000,
                                 .only_if_none = only_if_none};
    err_t own_err = {0};
    return store_key_add(own->store, &key, &AUDIT, &own_err);
}

Test(store_client, a_new_key_is_published_first_and_then_retires_the_old_one) {
    store_own_t own = mine();
    assert_ok(add_key(&own, "k1", 0, false));
    assert_ok(add_key(&own, "k2", 500, false));
    store_keys_t keys;
    assert_ok(store_keys_read(store, &keys, &err));
    cr_assert_eq(keys.count, 2);
    assert_text(keys.items[0].kid, "k1");
    cr_assert_leq(keys.items[0].active_at, keys.now);
    cr_assert_eq(keys.items[0].retired_at, keys.items[1].active_at);
    cr_assert_eq(keys.items[0].removed_at - keys.items[0].retired_at, 1000000);
    cr_assert_gt(keys.items[1].active_at, keys.now);
    cr_assert_eq(keys.items[1].retired_at, 0);
    sql_exec("update signing_keys set removed_at = now() where kid = 'k1'");
    assert_ok(store_keys_read(store, &keys, &err));
    cr_assert_eq(keys.count, 1);
}

static atomic_int keys_added;

static void add_first_key(store_own_t *own, int index) {
    char kid[8] = {'k', (char)('a' + index)};
    const result_t result = add_key(own, kid, 0, true);
    atomic_fetch_add(&keys_added, result == OK ? 1 : result == CONFLICT ? 0 : 1000);
}

Test(store_client, instances_that_start_at_once_make_one_key) {
    run_parallel(8, add_first_key);
    cr_assert_eq(keys_added, 1);
    cr_assert_eq(sql_number("select count(*) from signing_keys where retired_at is null"), 1);
}

Test(store_client, origins_are_those_of_active_browser_applications) {
    sql_exec(
        "insert into applications (id, name, type, redirect_uris, is_active) values"
        " ('app_2', 'S', 'spa', '{https://Spa.example:8443/cb?x,https://spa.example:8443/b}',"
        " true), ('app_3', 'S', 'spa', '{https://off.example/cb}', false),"
        " ('app_4', 'N', 'native', '{http://127.0.0.1/cb}', true),"
        " ('app_5', 'S', 'spa', '{com.example.app:/cb,http://localhost:3000}', true)");
    flow_list_t origins;
    assert_ok(store_origins_read(store, &origins, &err));
    cr_assert_eq(origins.count, 2);
    assert_text(origins.items[0], "http://localhost:3000");
    assert_text(origins.items[1], "https://spa.example:8443");
}
