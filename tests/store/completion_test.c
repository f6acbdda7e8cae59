#include "store/fixture.h"
#include <stdatomic.h>

TestSuite(store_completion, .init = fixture_setup, .fini = database_teardown);

#define EMAIL "ann@acme.example"

static void start(store_own_t *own, int n, const char *email) {
    assert_ok(make_flow(own, n));
    assert_ok(make_challenge(own, n, n, email));
}

static result_t complete(const store_completion_t *in, store_completed_t *out) {
    return store_login_complete(store, in, &AUDIT, out, &err);
}

Test(store_completion, a_first_login_makes_user_session_grant_and_code) {
    const store_completed_t out = login(1, EMAIL);
    cr_assert(out.is_new_user);
    assert_text(out.user_id, "usr_1");
    assert_text(out.session_id, "ses_1");
    const flow_session_t session = session_of(1);
    cr_assert(session.is_present && session.is_user_active);
    assert_text(session.email, EMAIL);
    cr_assert_eq(sql_number("select count(*) from users where proven_at is not null"), 1);
    assert_text(sql_string("select g.client_id || g.session_id || g.scope || g.nonce ||"
                           " c.redirect_uri || c.code_challenge from grants g"
                           " join authorization_codes c on c.grant_id = g.id"),
                "app_1ses_1openid emailnohttps://app.example/cbcc");
    assert_text(sql_string("select user_id || session_id from audit_events order by id desc"
                           " limit 1"),
                "usr_1ses_1");
    assert_text(sql_string("select status from flows"), "completed");
}

Test(store_completion, the_next_login_is_the_same_user) {
    login(1, EMAIL);
    const store_completed_t out = login(2, EMAIL);
    cr_assert_not(out.is_new_user);
    assert_text(out.user_id, "usr_1");
    assert_text(out.session_id, "ses_2");
    cr_assert(session_of(1).is_present && session_of(2).is_present, "another browser goes on");
}

static atomic_int made;

static void login_in_parallel(store_own_t *own, int index) {
    const store_completion_t in = completion_of(own->arena, index, EMAIL);
    store_completed_t out;
    err_t own_err = {0};
    const result_t result = store_login_complete(own->store, &in, &AUDIT, &out, &own_err);
    atomic_fetch_add(&made, result == OK ? (out.is_new_user ? 1001 : 1) : 0);
}

Test(store_completion, p_link_14_a_hundred_parallel_first_logins_make_one_user) {
    store_own_t own = mine();
    for (int n = 0; n < 100; n++) {
        start(&own, n, EMAIL);
    }
    run_parallel(100, login_in_parallel);
    cr_assert_eq(made, 1100, "100 complete, and one of them is new: %d", made);
    cr_assert_eq(sql_number("select count(*) from users"), 1);
    cr_assert_eq(sql_number("select count(distinct user_id) from sessions"), 1);
    cr_assert_eq(sql_number("select count(*) from sessions"), 100);
}

Test(store_completion, closed_sign_up_makes_no_user_and_lets_a_known_one_in) {
    store_own_t own = mine();
    start(&own, 1, EMAIL);
    store_completion_t in = completion_of(arena, 1, EMAIL);
    in.proven.may_create_user = false;
    store_completed_t out;
    assert_result(complete(&in, &out), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from users"), 0);
    cr_assert_eq(sql_number("select count(*) from challenges where consumed_at is null"), 1);
    login(2, EMAIL);
    assert_ok(complete(&in, &out));
    assert_text(out.user_id, "usr_2");
}

Test(store_completion, a_deactivated_user_never_completes) {
    login(1, EMAIL);
    sql_exec("update users set is_active = false");
    cr_assert_not(session_of(1).is_user_active);
    store_own_t own = mine();
    start(&own, 2, EMAIL);
    const store_completion_t in = completion_of(arena, 2, EMAIL);
    store_completed_t out;
    assert_result(complete(&in, &out), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from grants"), 1);
}

Test(store_completion, p_sess_01_a_login_moves_the_own_session_to_a_new_cookie) {
    login(1, EMAIL);
    sql_exec("update sessions set auth_time = now() - interval '1 hour'");
    store_own_t own = mine();
    start(&own, 2, EMAIL);
    store_completion_t in = completion_of(arena, 2, EMAIL);
    in.session_old_hash = hash_of(arena, "session", 1);
    store_completed_t out;
    assert_ok(complete(&in, &out));
    assert_text(out.session_id, "ses_1");
    cr_assert_not(session_of(1).is_present, "the old cookie is dead");
    const flow_session_t session = session_of(2);
    assert_text(session.id, "ses_1");
    cr_assert_eq(sql_number("select count(*) from sessions where auth_time > now() - "
                            "interval '30 minutes'"),
                 1);
    assert_text(sql_string("select session_id from grants where id = 'grt_2'"), "ses_1");
}

Test(store_completion, p_sess_01_a_cookie_that_the_attacker_set_gets_no_session) {
    store_own_t own = mine();
    start(&own, 1, EMAIL);
    store_completion_t in = completion_of(arena, 1, EMAIL);
    in.session_old_hash = hash_of(arena, "planted", 1);
    store_completed_t out;
    assert_ok(complete(&in, &out));
    const store_logout_in_t planted = {.session_hash = in.session_old_hash};
    store_logout_t read;
    assert_ok(store_logout_read(store, &planted, &read, &err));
    cr_assert_not(read.session.is_present);
}

Test(store_completion, a_login_ends_the_session_of_another_user_in_the_same_browser) {
    login(1, "bob@acme.example");
    store_own_t own = mine();
    start(&own, 2, EMAIL);
    store_completion_t in = completion_of(arena, 2, EMAIL);
    in.session_old_hash = hash_of(arena, "session", 1);
    store_completed_t out;
    assert_ok(complete(&in, &out));
    assert_text(out.session_id, "ses_2");
    cr_assert_not(session_of(1).is_present);
    cr_assert(session_of(2).is_present);
    cr_assert_eq(sql_number("select count(*) from grants where id = 'grt_1'"
                            " and revoked_at is not null"),
                 1);
}

static void invite(const char *email) {
    sql_exec("insert into users (id, email, email_display) values ('usr_inv', '%s', '%s')", email,
             email);
    sql_exec(
        "insert into sessions (id, token_hash, user_id, amr, expires_at, ip, user_agent)"
        " values ('ses_inv', '\\x01', 'usr_inv', '{otp}', now() + interval '1 day', '', '')");
    sql_exec(
        "insert into grants (id, client_id, user_id, session_id, scope, nonce)"
        " values ('grt_inv', 'app_1', 'usr_inv', 'ses_inv', '', '')");
}

Test(store_completion, p_link_02_the_first_proof_drops_what_an_unproven_user_had) {
    invite(EMAIL);
    const store_completed_t out = login(1, EMAIL);
    assert_text(out.user_id, "usr_inv");
    cr_assert_not(out.is_new_user);
    cr_assert_eq(sql_number("select count(*) from sessions where id = 'ses_inv'"
                            " and ended_at is not null"),
                 1);
    cr_assert_eq(sql_number("select count(*) from grants where id = 'grt_inv'"
                            " and revoked_at is not null"),
                 1);
    cr_assert_eq(sql_number("select count(*) from users where proven_at is not null"), 1);
    cr_assert(session_of(1).is_present);
}

Test(store_completion, p_link_16_the_first_proof_does_not_go_on_in_a_session_from_before) {
    invite(EMAIL);
    store_own_t own = mine();
    start(&own, 1, EMAIL);
    store_completion_t in = completion_of(arena, 1, EMAIL);
    const uint8_t old[] = {1};
    in.session_old_hash = (bytes_t){old, 1};
    store_completed_t out;
    assert_ok(complete(&in, &out));
    assert_text(out.session_id, "ses_1");
    cr_assert_eq(sql_number("select count(*) from sessions where id = 'ses_inv'"
                            " and ended_at is not null"),
                 1);
}

Test(store_completion, p_link_01_a_later_proof_drops_nothing) {
    login(1, EMAIL);
    login(2, EMAIL);
    cr_assert(session_of(1).is_present && session_of(2).is_present);
    cr_assert_eq(sql_number("select count(*) from grants where revoked_at is not null"), 0);
}

Test(store_completion, p_link_01_nobody_without_a_proof_holds_an_address) {
    store_own_t own = mine();
    start(&own, 1, EMAIL); // an attacker's flow, whose mail went to the owner
    cr_assert_eq(sql_number("select count(*) from users"), 0);
    store_completion_t in = completion_of(arena, 1, EMAIL);
    in.proven.challenge_id = STR_NONE;
    store_completed_t out;
    assert_result(complete(&in, &out), INTERNAL);
    in.is_new_session = false;
    assert_result(complete(&in, &out), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from users"), 0);
}

// ---- reuse of a session at the entry ----------------------------------------------------------

static store_completion_t reuse_of(int n, int session) {
    static store_request_t request;
    request = (store_request_t){.id = id_of(arena, "req", n),
                                .browser_hash = hash_of(arena, "browser", n),
                                .client_id = STR("app_1"),
                                .redirect_uri = STR("https://app.example/cb"),
                                .scope = STR("openid"),
                                .lifetime_s = 3600};
    return (store_completion_t){.flow_id = request.id,
                                .new_request = &request,
                                .session_id = id_of(arena, "ses", session),
                                .grant_id = id_of(arena, "grt", n),
                                .code_hash = hash_of(arena, "oauth", n),
                                .code_s = 60};
}

Test(store_completion, reuse_writes_flow_grant_and_code_and_leaves_the_cookie) {
    login(1, EMAIL);
    const store_completion_t in = reuse_of(2, 1);
    store_completed_t out;
    assert_ok(complete(&in, &out));
    assert_text(out.session_id, "ses_1");
    assert_text(out.user_id, "usr_1");
    cr_assert(session_of(1).is_present);
    assert_text(sql_string("select status from flows where id = 'req_2'"), "completed");
    assert_text(sql_string("select user_id || session_id from grants where id = 'grt_2'"),
                "usr_1ses_1");
}

Test(store_completion, reuse_of_a_session_that_ended_meanwhile_is_a_conflict) {
    static const char *const ENDS[] = {
        "update sessions set ended_at = now()",
        "update sessions set ended_at = null, expires_at = now()",
        ("update sessions set expires_at = now() + interval '1 day', idle_s = 60,"
         " last_active_at = now() - interval '1 minute'"),
        "update sessions set idle_s = null; update users set is_active = false",
    };
    login(1, EMAIL);
    for (int i = 0; i < 4; i++) {
        sql_exec("%s", ENDS[i]);
        const store_completion_t in = reuse_of(2, 1);
        store_completed_t out;
        assert_result(complete(&in, &out), CONFLICT);
    }
    cr_assert_eq(sql_number("select count(*) from flows where id = 'req_2'"), 0);
}

// ---- what logins do not wait for ----------------------------------------------------------------

Test(store_completion, logins_of_one_application_do_not_queue_for_its_row) {
    PGconn *other = PQconnectdb(database_conninfo());
    PQclear(PQexec(other, "begin; select from applications where id = 'app_1' for update"));
    cr_assert_eq(PQtransactionStatus(other), PQTRANS_INTRANS);
    login(1, "ann@acme.example");
    PQfinish(other);
}

Test(store_completion, the_database_refuses_a_state_that_does_not_exist) {
    static const char *const WRONG[] = {"update flows set status = 'won'",
                                        "update challenges set purpose = 'fun'"};
    login(1, "ann@acme.example");
    PGconn *other = PQconnectdb(database_conninfo());
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        PGresult *result = PQexec(other, WRONG[i]);
        const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        cr_assert_str_eq(state ? state : "none", "23514"); // check_violation
        PQclear(result);
    }
    PQfinish(other);
}
