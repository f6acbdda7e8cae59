#include "store/fixture_sso.h"

TestSuite(store_session, .init = fixture_setup, .fini = database_teardown);

#define EMAIL "ann@acme.example"

static bool is_usable(void) {
    return session_of(1).is_present;
}

static void use_at_entry(void) {
    const store_entry_in_t in = {.client_id = STR("app_1"),
                                 .session_hash = hash_of(arena, "session", 1)};
    store_entry_t entry;
    assert_ok(store_entry_read(store, &in, &entry, &err));
}

static int64_t idle_now_s(void) {
    return sql_number("select round(extract(epoch from now() - last_active_at)) from sessions");
}

Test(store_session, p_sess_11_after_a_logout_cookie_grants_codes_and_refresh_tokens_are_dead) {
    login(1, EMAIL);
    const store_redeem_t redeem = {.code_hash = hash_of(arena, "oauth", 1),
                                   .grant_id = STR("grt_1"),
                                   .refresh_hash = hash_of(arena, "refresh", 1),
                                   .refresh_s = 3600};
    assert_ok(store_code_redeem(store, &redeem, &AUDIT, &err));
    assert_ok(store_session_end(store, STR("ses_1"), "logout", &AUDIT, &err));
    cr_assert_not(is_usable());
    store_refresh_t refresh;
    assert_ok(store_refresh_read(store, redeem.refresh_hash, &refresh, &err));
    cr_assert(refresh.facts.is_present && refresh.facts.grant.is_revoked);
    cr_assert_not(refresh.facts.grant.session.is_present);
    store_code_t code;
    assert_ok(store_code_read(store, redeem.code_hash, &code, &err));
    cr_assert(code.facts.grant.is_revoked);
    const store_access_in_t access = {STR("jti"), STR("app_1"), STR("grt_1")};
    store_access_t read;
    assert_ok(store_access_read(store, &access, &read, &err));
    cr_assert_not(read.is_active);
    assert_text(sql_string("select end_reason from sessions"), "logout");
    // Again, with another reason: the first end stands.
    assert_ok(store_session_end(store, STR("ses_1"), "other", &AUDIT, &err));
    assert_text(sql_string("select end_reason from sessions"), "logout");
}

Test(store_session, p_sess_12_the_absolute_end_holds_however_active_the_session_is) {
    login(1, EMAIL);
    sql_exec("update sessions set expires_at = now() + interval '1 minute'");
    cr_assert(is_usable());
    sql_exec("update sessions set expires_at = now()");
    cr_assert_not(is_usable());
    use_at_entry();
    cr_assert_not(is_usable());
}

Test(store_session, p_sess_12_the_idle_end_holds_and_use_moves_it) {
    login(1, EMAIL);
    sql_exec("update sessions set idle_s = 600, last_active_at = now() - interval '550 seconds'");
    cr_assert(is_usable());
    use_at_entry();
    cr_assert_lt(idle_now_s(), 500);
    sql_exec("update sessions set last_active_at = now() - interval '600 seconds'");
    cr_assert_not(is_usable());
    use_at_entry();
    cr_assert_not(is_usable(), "a use after the end does not bring it back");
}

Test(store_session, a_use_is_written_at_most_once_a_minute) {
    login(1, EMAIL);
    sql_exec("update sessions set idle_s = 600, last_active_at = now() - interval '1 second'");
    const str_t before = sql_string("select last_active_at::text from sessions");
    use_at_entry();
    assert_text(sql_string("select last_active_at::text from sessions"), before.ptr);
    sql_exec("update sessions set last_active_at = now() - interval '61 seconds'");
    use_at_entry();
    cr_assert_lt(idle_now_s(), 61);
}

Test(store_session, without_an_idle_limit_only_the_absolute_end_counts) {
    login(1, EMAIL);
    sql_exec("update sessions set last_active_at = now() - interval '1 year'");
    cr_assert(is_usable());
}

Test(store_session, disabling_a_connection_that_made_it_ends_its_use) {
    login(1, EMAIL);
    make_organization("acme");
    assert_ok(sso_login(2, "acme", "s-1", EMAIL));
    const flow_session_t session = session_of(2);
    cr_assert(session.is_present);
    cr_assert_eq(session.connection_ids.count, 1);
    assert_text(session.connection_ids.items[0], "conn_acme");
    cr_assert_eq(session.sso_organization_ids.count, 1);
    assert_text(session.sso_organization_ids.items[0], "org_acme");
    assert_text(session.organization_id, "org_acme");
    sql_exec("update connections set is_enabled = false");
    cr_assert_not(session_of(2).is_present);
    sql_exec("delete from connections");
    cr_assert_not(session_of(2).is_present);
    cr_assert(session_of(1).is_present, "the one made by a code goes on");
}

Test(store_session, deleting_a_user_deletes_all_that_hangs_on_it) {
    login(1, EMAIL);
    sql_exec("delete from users");
    cr_assert_not(is_usable());
    cr_assert_eq(sql_number("select count(*) from authorization_codes"), 0);
}
