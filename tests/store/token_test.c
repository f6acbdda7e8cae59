#include "store/fixture.h"
#include <stdatomic.h>

TestSuite(store_token, .init = fixture_setup, .fini = database_teardown);

#define EMAIL "ann@acme.example"

static result_t redeem_in(store_own_t *own, int refresh) {
    const store_redeem_t in = {.code_hash = hash_of(own->arena, "oauth", 1),
                               .grant_id = STR("grt_1"),
                               .refresh_hash = hash_of(own->arena, "refresh", refresh),
                               .refresh_s = 3600};
    err_t own_err = {0};
    return store_code_redeem(own->store, &in, &AUDIT, &own_err);
}

static result_t redeem(void) {
    store_own_t own = mine();
    return redeem_in(&own, 1);
}

static store_code_t code_now(void) {
    store_code_t code;
    assert_ok(store_code_read(store, hash_of(arena, "oauth", 1), &code, &err));
    return code;
}

static store_refresh_t refresh_now(int n) {
    store_refresh_t refresh;
    assert_ok(store_refresh_read(store, hash_of(arena, "refresh", n), &refresh, &err));
    return refresh;
}

static result_t rotate_in(store_own_t *own, int from, int to) {
    const store_rotate_t in = {.old_hash = hash_of(own->arena, "refresh", from),
                               .new_hash = hash_of(own->arena, "refresh", to),
                               .grant_id = STR("grt_1"),
                               .refresh_s = 3600};
    err_t own_err = {0};
    return store_refresh_rotate(own->store, &in, &AUDIT, &own_err);
}

static result_t rotate(int from, int to) {
    store_own_t own = mine();
    return rotate_in(&own, from, to);
}

static bool is_access_active(const char *grant) {
    const store_access_in_t in = {STR("jti_1"), STR("app_1"), str_from_c(grant)};
    store_access_t out;
    assert_ok(store_access_read(store, &in, &out, &err));
    return out.is_active;
}

Test(store_token, a_code_is_read_with_its_grant_session_and_user) {
    login(1, EMAIL);
    sql_exec("update users set name = 'Ann', locale = 'de'");
    const store_code_t code = code_now();
    cr_assert(code.facts.is_present && !code.facts.is_consumed);
    assert_text(code.facts.redirect_uri, "https://app.example/cb");
    assert_text(code.facts.code_challenge, "cc");
    assert_text(code.facts.grant.client_id, "app_1");
    assert_text(code.facts.grant.scope, "openid email");
    assert_text(code.facts.grant.nonce, "no");
    cr_assert(code.facts.grant.session.is_present && !code.facts.grant.is_revoked);
    cr_assert_eq(code.facts.grant.hrd.kind, FLOW_HRD_NONE);
    assert_text(code.user.email, EMAIL);
    assert_text(code.user.name, "Ann");
    cr_assert(code.user.is_email_verified);
    cr_assert_gt(code.user.updated_at, 0);
    cr_assert_gt(code.facts.expires_at, code.facts.now);
    store_code_t other;
    assert_ok(store_code_read(store, hash_of(arena, "oauth", 2), &other, &err));
    cr_assert_not(other.facts.is_present);
}

Test(store_token, p_op_07_a_code_is_redeemed_once_and_its_replay_is_seen) {
    login(1, EMAIL);
    assert_ok(redeem());
    store_own_t own = mine();
    assert_result(redeem_in(&own, 2), CONFLICT);
    cr_assert(code_now().facts.is_consumed);
    // What the flow core then asks for: all tokens from that code die.
    cr_assert(is_access_active("grt_1"));
    assert_ok(store_grant_revoke(store, STR("grt_1"), "code replayed", &AUDIT, &err));
    cr_assert(refresh_now(1).facts.grant.is_revoked);
    cr_assert_not(is_access_active("grt_1"));
    assert_result(rotate(1, 2), CONFLICT);
    assert_ok(store_grant_revoke(store, STR("grt_1"), "again", &AUDIT, &err));
    assert_text(sql_string("select revoke_reason from grants"), "code replayed");
}

static atomic_int redeemed;

static void redeem_in_parallel(store_own_t *own, int index) {
    const result_t result = redeem_in(own, index);
    atomic_fetch_add(&redeemed, result == OK ? 1 : result == CONFLICT ? 0 : 1000);
}

Test(store_token, p_op_07_of_many_parallel_redemptions_one_succeeds) {
    login(1, EMAIL);
    run_parallel(20, redeem_in_parallel);
    cr_assert_eq(redeemed, 1);
    cr_assert_eq(sql_number("select count(*) from refresh_tokens"), 1);
}

Test(store_token, p_op_08_a_code_names_its_client_and_is_redeemed_for_its_own_grant_only) {
    login(1, EMAIL);
    login(2, "bob@acme.example");
    assert_text(code_now().facts.grant.client_id, "app_1");
    const store_redeem_t in = {.code_hash = hash_of(arena, "oauth", 1), .grant_id = STR("grt_2")};
    assert_result(store_code_redeem(store, &in, &AUDIT, &err), CONFLICT);
    cr_assert_not(code_now().facts.is_consumed);
}

Test(store_token, p_op_09_an_expired_code_is_not_redeemed) {
    login(1, EMAIL);
    sql_exec("update authorization_codes set expires_at = now()");
    cr_assert_leq(code_now().facts.expires_at, code_now().facts.now);
    sql_exec("delete from audit_events");
    assert_result(redeem(), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from refresh_tokens"), 0);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

Test(store_token, p_op_24_a_code_whose_grant_was_revoked_is_not_redeemed) {
    login(1, EMAIL);
    assert_ok(store_grant_revoke(store, STR("grt_1"), "logout", &AUDIT, &err));
    assert_result(redeem(), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from refresh_tokens"), 0);
}

Test(store_token, without_offline_access_no_refresh_token_is_written) {
    login(1, EMAIL);
    const store_redeem_t in = {.code_hash = hash_of(arena, "oauth", 1), .grant_id = STR("grt_1")};
    assert_ok(store_code_redeem(store, &in, &AUDIT, &err));
    cr_assert_eq(sql_number("select count(*) from refresh_tokens"), 0);
}

Test(store_token, p_op_25_an_old_refresh_token_shows_as_used_and_its_family_can_be_ended) {
    login(1, EMAIL);
    assert_ok(redeem());
    assert_ok(rotate(1, 2));
    cr_assert(refresh_now(1).facts.is_used);
    cr_assert_not(refresh_now(2).facts.is_used);
    assert_result(rotate(1, 3), CONFLICT);
    cr_assert_not(refresh_now(3).facts.is_present);
    assert_ok(store_grant_revoke(store, STR("grt_1"), "replay", &AUDIT, &err));
    cr_assert(refresh_now(2).facts.grant.is_revoked);
    assert_result(rotate(2, 4), CONFLICT);
}

static atomic_int rotated;

static void rotate_in_parallel(store_own_t *own, int index) {
    const result_t result = rotate_in(own, 1, 100 + index);
    atomic_fetch_add(&rotated, result == OK ? 1 : result == CONFLICT ? 0 : 1000);
}

Test(store_token, p_op_25_of_many_parallel_rotations_one_succeeds) {
    login(1, EMAIL);
    assert_ok(redeem());
    run_parallel(20, rotate_in_parallel);
    cr_assert_eq(rotated, 1);
    cr_assert_eq(sql_number("select count(*) from refresh_tokens where used_at is null"), 1);
}

Test(store_token, an_expired_refresh_token_is_not_rotated) {
    login(1, EMAIL);
    assert_ok(redeem());
    sql_exec("update refresh_tokens set expires_at = now()");
    assert_result(rotate(1, 2), CONFLICT);
}

Test(store_token, p_op_24_what_a_refresh_is_judged_by_after_logout_deletion_and_policy) {
    login(1, EMAIL);
    assert_ok(redeem());
    assert_text(refresh_now(1).facts.grant.client_id, "app_1");
    cr_assert(refresh_now(1).facts.grant.session.is_user_active);
    // The customer switched on single sign-on since.
    sql_exec("insert into organizations (id, name, is_sso_on) values ('org_1', 'A', true)");
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type, status) values"
        " ('dom_1', 'org_1', 'acme.example', 'ORGANIZATION_DOMAIN', 'verified')");
    sql_exec(
        "insert into connections (id, organization_id, type, name, is_enabled, status)"
        " values ('conn_1', 'org_1', 'saml', 'A', true, 'COMPLETED')");
    cr_assert_eq(refresh_now(1).facts.grant.hrd.kind, FLOW_HRD_ONE);
    sql_exec("update users set is_active = false");
    cr_assert_not(refresh_now(1).facts.grant.session.is_user_active);
    assert_ok(store_session_end(store, STR("ses_1"), "logout", &AUDIT, &err));
    cr_assert_not(refresh_now(1).facts.grant.session.is_present);
    cr_assert(refresh_now(1).facts.grant.is_revoked);
    sql_exec("delete from users");
    cr_assert_not(refresh_now(1).facts.is_present);
}

Test(store_token, an_access_token_lives_as_long_as_all_that_it_hangs_on) {
    static const char *const ENDS[][2] = {
        {"update grants set revoked_at = now()", "update grants set revoked_at = null"},
        {"update sessions set ended_at = now()", "update sessions set ended_at = null"},
        {"update users set is_active = false", "update users set is_active = true"},
        {"update applications set is_active = false", "update applications set is_active = true"},
        {"update sessions set expires_at = now()",
         "update sessions set expires_at = now() + interval '1 day'"},
    };
    login(1, EMAIL);
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        cr_assert(is_access_active("grt_1"));
        sql_exec("%s", ENDS[i][0]);
        cr_assert_not(is_access_active("grt_1"), "%s", ENDS[i][0]);
        sql_exec("%s", ENDS[i][1]);
    }
    cr_assert_not(is_access_active("grt_9"), "an unknown grant");
    cr_assert(is_access_active(""), "a machine's");
    assert_ok(store_access_revoke(store, STR("jti_1"), INT64_MAX, &AUDIT, &err));
    assert_ok(store_access_revoke(store, STR("jti_1"), 0, &AUDIT, &err));
    cr_assert_not(is_access_active("grt_1"));
    cr_assert_not(is_access_active(""));
}

Test(store_token, an_access_token_of_another_client_is_not_active) {
    login(1, EMAIL);
    sql_exec("insert into applications (id, name, type) values ('app_2', 'B', 'spa')");
    const store_access_in_t in = {STR("jti_1"), STR("app_2"), STR("grt_1")};
    store_access_t out;
    assert_ok(store_access_read(store, &in, &out, &err));
    cr_assert_not(out.is_active);
}

static atomic_int assertions;

static void assert_in_parallel(store_own_t *own, int index) {
    (void)index;
    err_t own_err = {0};
    const result_t result =
        store_assertion_use(own->store, STR("app_1"), STR("j"), INT64_MAX, &own_err);
    atomic_fetch_add(&assertions, result == OK ? 1 : result == CONFLICT ? 0 : 1000);
}

Test(store_token, p_op_23_an_assertions_jti_counts_once_for_each_client) {
    run_parallel(20, assert_in_parallel);
    cr_assert_eq(assertions, 1);
    sql_exec("insert into applications (id, name, type) values ('app_2', 'B', 'm2m')");
    assert_ok(store_assertion_use(store, STR("app_2"), STR("j"), 1, &err));
}
