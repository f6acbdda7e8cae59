#include "base/buffer.h"
#include "store/database.h"
#include "store/user.h"

TestSuite(store_user, .init = database_setup, .fini = database_teardown);

static const store_audit_t WRITE = {.event = "api.test", .decision = "write"};

static void make_user(int n) {
    sql_exec(
        "insert into users (id, email, email_display, external_id, created_at)"
        " values ('usr_%d', 'person%d@acme.example', 'Person%d@acme.example', 'EXT_%d',"
        " timestamptz '2026-01-01' + %d / 2 * interval '1 second')",
        n, n, n, n, n);
}

static void make_member(int organization, int user) {
    sql_exec(
        "insert into organizations (id, name) values ('org_%d', 'Org %d')"
        " on conflict do nothing",
        organization, organization);
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning, created_at)"
        " select 'org_%d', id, 'ACTIVE', 'direct_provision', created_at from users"
        " where id = 'usr_%d'",
        organization, user);
}

static store_user_found_t find(const store_user_key_t *key) {
    store_user_found_t found;
    assert_ok(store_user_read(store, key, STR_NONE, &found, &err));
    return found;
}

static store_users_t list(const store_users_in_t *in) {
    store_users_t users;
    assert_ok(store_users_read(store, in, &users, &err));
    return users;
}

// The numbers of the ids, "1 2 3".
static str_t ids(const store_users_t *users) {
    buf_t text = buf_new(arena, 64);
    for (size_t i = 0; i < users->page.count; i++) {
        const str_t id = users->items[i].id;
        buf_add_format(&text, "%s%.*s", i ? " " : "", STR_ARG(str_sub(id, 4, id.len)));
    }
    buf_add(&text, (str_t){"", 1});
    return str_from_c(buf_str(&text).ptr);
}

// ---- one user -----------------------------------------------------------------------------------

Test(store_user, is_found_by_id_by_external_id_and_by_address_and_by_nothing_else) {
    make_user(1);
    make_user(2);
    cr_assert(find(&(store_user_key_t){.id = STR("usr_1")}).is_present);
    assert_text(find(&(store_user_key_t){.external_id = STR("EXT_2")}).row.id, "usr_2");
    assert_text(find(&(store_user_key_t){.email = STR("person2@acme.example")}).row.id, "usr_2");
    cr_assert_not(find(&(store_user_key_t){.id = STR("EXT_2")}).is_present);
    cr_assert_not(find(&(store_user_key_t){.external_id = STR("usr_2")}).is_present);
    cr_assert_not(find(&(store_user_key_t){.id = STR("usr_3")}).is_present);
    cr_assert_not(find(&(store_user_key_t){0}).is_present);
}

Test(store_user, says_whether_an_external_id_is_somebody_elses) {
    make_user(1);
    make_user(2);
    const store_user_key_t one = {.id = STR("usr_1")}, by_external = {.external_id = STR("EXT_1")};
    store_user_found_t found;
    assert_ok(store_user_read(store, &one, STR("EXT_2"), &found, &err));
    cr_assert(found.is_external_id_taken);
    assert_ok(store_user_read(store, &one, STR("EXT_1"), &found, &err));
    cr_assert_not(found.is_external_id_taken, "it is their own");
    assert_ok(store_user_read(store, &by_external, STR("EXT_1"), &found, &err));
    cr_assert_not(found.is_external_id_taken);
    assert_ok(store_user_read(store, &one, STR("EXT_9"), &found, &err));
    cr_assert_not(found.is_external_id_taken);
}

Test(store_user, shows_memberships_and_identities_with_the_names_of_the_rest_api) {
    make_user(1);
    make_member(1, 1);
    make_member(2, 1);
    sql_exec(
        "update memberships set status = 'PENDING_INVITE', inviter_email = 'boss@acme.example'"
        " where organization_id = 'org_2'");
    sql_exec(
        "insert into invitations (id, organization_id, user_id, token_hash, expires_at)"
        " values ('inv_1', 'org_2', 'usr_1', '\\x01', now() - interval '1 second')");
    sql_exec(
        "insert into connections (id, type, protocol, provider, name) values"
        " ('conn_1', 'social', 'OIDC', 'google', 'Google'),"
        " ('conn_2', 'social', 'OIDC', 'apple', 'Apple')");
    sql_exec(
        "insert into identities (connection_id, subject, user_id, email, created_at) values"
        " ('conn_1', 'sub \"1\"', 'usr_1', 'x', timestamptz '2026-02-03 04:05:06.7891 UTC'),"
        " ('conn_2', 's2', 'usr_1', 'x', now())");
    const store_user_t row = find(&(store_user_key_t){.id = STR("usr_1")}).row;
    const char *const memberships = row.memberships.ptr, *const identities = row.identities.ptr;
    cr_assert_not_null(strstr(memberships, "\"membership_status\": \"ACTIVE\""), "%s", memberships);
    cr_assert_not_null(strstr(memberships, "\"membership_status\": \"INVITE_EXPIRED\""));
    cr_assert_not_null(strstr(memberships, "\"inviter_email\": \"boss@acme.example\""));
    cr_assert_null(strstr(memberships, "null"), "%s", memberships);
    cr_assert_not_null(strstr(identities, "\"connection_user_id\": \"sub \\\"1\\\"\""));
    cr_assert_not_null(strstr(identities, "\"connection_provider\": \"GOOGLE\""), "%s", identities);
    cr_assert_not_null(strstr(identities, "\"connection_provider\": \"CUSTOM\""), "%s", identities);
    cr_assert_not_null(strstr(identities, "\"2026-02-03T04:05:06.789Z\""), "%s", identities);
}

// ---- lists --------------------------------------------------------------------------------------

static store_position_t behind(const store_users_t *users) {
    return (store_position_t){users->page.last.at_us, users->page.last.id};
}

Test(store_user, a_list_goes_forward_and_back_by_pages_and_repeats_nobody) {
    for (int n = 1; n <= 5; n++) {
        make_user(n); // in pairs of the same age
    }
    store_users_in_t in = {.page.size = 2};
    store_users_t users = list(&in);
    assert_text(ids(&users), "1 2");
    cr_assert(users.page.has_more);
    cr_assert_eq(users.page.total, 5);
    in.page.position = behind(&users);
    sql_exec("delete from users where id = 'usr_2'");
    users = list(&in);
    assert_text(ids(&users), "3 4");
    in.page.position = behind(&users);
    users = list(&in);
    assert_text(ids(&users), "5");
    cr_assert_not(users.page.has_more);
    in.page.position = users.page.first;
    in.page.is_backward = true;
    users = list(&in);
    assert_text(ids(&users), "3 4");
    cr_assert(users.page.has_more);
}

Test(store_user, p_rest_01_a_list_of_an_organization_shows_its_own_members_only) {
    for (int n = 1; n <= 4; n++) {
        make_user(n);
        make_member(n % 2 + 1, n);
    }
    store_users_in_t in = {.organization_id = STR("org_1"), .page.size = 10};
    store_users_t users = list(&in);
    assert_text(ids(&users), "2 4");
    cr_assert_eq(users.page.total, 2);
    cr_assert(users.is_organization_present);
    in.page = (store_page_t){.size = 1};
    users = list(&in);
    in.page.position = behind(&users);
    users = list(&in);
    assert_text(ids(&users), "4");
    in.page = (store_page_t){.size = 1, .is_backward = true, .position = users.page.first};
    users = list(&in);
    assert_text(ids(&users), "2");
    in = (store_users_in_t){
        .organization_id = STR("org_1"), .query = STR("person3"), .page.size = 10};
    users = list(&in);
    assert_text(ids(&users), "");
    in.organization_id = STR("org_9");
    users = list(&in);
    cr_assert_not(users.is_organization_present);
}

static str_t search(const char *query) {
    const store_users_in_t in = {.query = str_from_c(query), .page.size = 10};
    const store_users_t users = list(&in);
    cr_assert_eq(users.page.total, (int64_t)users.page.count);
    return ids(&users);
}

Test(store_user, a_search_looks_for_a_part_of_address_id_and_external_id_and_has_no_wildcards) {
    for (int n = 1; n <= 3; n++) {
        make_user(n);
    }
    assert_text(search("PERSON2@ACME"), "2");
    assert_text(search("USR_3"), "3");
    assert_text(search("ext_1"), "1");
    assert_text(search("acme.example"), "1 2 3");
    assert_text(search("person%"), "");
    assert_text(search("person_"), "");
    assert_text(search("person1' or 'a' = 'a"), "");
    assert_text(search("person\\"), "");
}

// ---- changes ------------------------------------------------------------------------------------

#define GIVEN(text)                                                                                \
    (store_given_t) {                                                                              \
        true, STR(text)                                                                            \
    }

static result_t change(str_t user_id, const store_user_words_t *words, store_user_t *out) {
    const store_user_change_t in = {user_id, words};
    return store_user_update(store, &in, &WRITE, out, &err);
}

static store_user_t update(const store_user_words_t *words) {
    store_user_t row;
    assert_ok(change(STR("usr_1"), words, &row));
    return row;
}

Test(store_user, what_is_not_given_stays_and_maps_are_merged) {
    make_user(1);
    const store_user_words_t first = {
        .name = GIVEN("Ann B"),
        .given_name = GIVEN("Ann"),
        .metadata = STR("{\"plan\": \"pro\", \"seat\": \"1\"}"),
        .profile = STR("{\"gender\": \"x\", \"groups\": [\"a\"]}"),
        .profile_customs = STR("{\"team\": \"red\"}"),
    };
    update(&first);
    const store_user_words_t second = {
        .name = GIVEN(""),
        .metadata = STR("{\"plan\": null, \"kind\": \"k\"}"),
        .profile = STR("{\"phone_number\": \"+49\"}"),
        .profile_metadata = STR("{\"src\": \"hr\"}"),
    };
    const store_user_t row = update(&second);
    assert_text(row.name, "");
    assert_text(row.given_name, "Ann");
    assert_text(row.external_id, "EXT_1");
    assert_text(row.metadata, "{\"kind\": \"k\", \"seat\": \"1\"}");
    assert_text(row.profile,
                "{\"gender\": \"x\", \"groups\": [\"a\"], \"metadata\": {\"src\": "
                "\"hr\"}, \"phone_number\": \"+49\", \"custom_attributes\": "
                "{\"team\": \"red\"}}");
    cr_assert_eq(sql_number("select count(*) from audit_events where event = 'api.test'"), 2);
    const store_user_words_t third = {.external_id = GIVEN("")};
    assert_text(update(&third).external_id, "");
    cr_assert_eq(sql_number("select count(*) from users where external_id is null"), 1);
}

Test(store_user, a_map_that_would_grow_past_its_limit_is_not_written_at_all) {
    make_user(1);
    sql_exec(
        "update users set metadata = (select jsonb_object_agg('key' || n, 'v')"
        " from generate_series(1, 20) n)");
    store_user_t row;
    const store_user_words_t more = {.name = GIVEN("Ann"), .metadata = STR("{\"one\": \"x\"}")};
    assert_result(change(STR("usr_1"), &more, &row), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from users where name = ''"), 1);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
    const store_user_words_t instead = {.metadata = STR("{\"one\": \"x\", \"key1\": null}")};
    update(&instead);
}

Test(store_user, a_change_of_a_user_who_is_gone_or_to_a_taken_name_is_a_conflict) {
    make_user(1);
    make_user(2);
    store_user_t row;
    const store_user_words_t taken = {.external_id = GIVEN("EXT_2")};
    assert_result(change(STR("usr_1"), &taken, &row), CONFLICT);
    const store_user_words_t words = {.name = GIVEN("Ann")};
    assert_result(change(STR("usr_9"), &words, &row), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

// ---- the end ------------------------------------------------------------------------------------

static void make_login(int user) {
    sql_exec(
        "insert into sessions (id, token_hash, user_id, amr, expires_at, ip, user_agent)"
        " values ('ses_%d', '\\x%02d', 'usr_%d', '{otp}', now() + interval '1 day', '', '')",
        user, user, user);
    sql_exec(
        "insert into grants (id, client_id, user_id, session_id, scope, nonce)"
        " values ('grt_%d', 'app_1', 'usr_%d', 'ses_%d', '', '')",
        user, user, user);
    sql_exec("insert into authorization_codes values ('\\x%02d', 'grt_%d', '', '', now(), null)",
             user, user);
    sql_exec("insert into refresh_tokens values ('\\x%02d', 'grt_%d', now(), now(), null)", user,
             user);
}

Test(store_user, p_wan_33_a_deleted_user_leaves_no_session_grant_code_token_or_membership) {
    static const char *const TABLES[] = {"sessions", "grants",      "authorization_codes",
                                         "users",    "memberships", "refresh_tokens"};
    for (int n = 1; n <= 2; n++) {
        make_user(n);
        make_member(1, n);
        make_login(n);
    }
    assert_ok(store_user_delete(store, STR("usr_1"), &WRITE, &err));
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++) {
        cr_assert_eq(sql_number("select count(*) from %s", TABLES[i]), 1, "%s", TABLES[i]);
    }
    cr_assert_eq(sql_number("select count(*) from users where id = 'usr_2'"), 1);
    assert_result(store_user_delete(store, STR("usr_1"), &WRITE, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
}
