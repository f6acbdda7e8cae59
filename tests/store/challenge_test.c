#include "store/fixture.h"
#include <stdatomic.h>

TestSuite(store_challenge, .init = fixture_setup, .fini = database_teardown);

#define EMAIL "ann@acme.example"

static store_proof_t proof;

static store_proof_t try_code(int flow) {
    const store_try_t in = {.flow_id = id_of(arena, "req", flow)};
    assert_ok(store_challenge_try(store, &in, &proof, &err));
    return proof;
}

static void start(int n) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    assert_ok(make_challenge(&own, n, n, EMAIL));
}

// With fresh ids each time, so that nothing but the challenge and the flow can refuse it.
static result_t complete(int flow, int challenge) {
    static int fresh = 1000;
    store_completion_t in = completion_of(arena, fresh++, EMAIL);
    in.flow_id = id_of(arena, "req", flow);
    in.proven.challenge_id = id_of(arena, "chl", challenge);
    store_completed_t out;
    return store_login_complete(store, &in, &AUDIT, &out, &err);
}

Test(store_challenge, only_the_stored_request_is_committed_late) {
    sql_exec("create table probe (name text, setting text)");
    sql_exec(
        "create function probe() returns trigger language plpgsql as $$ begin insert into"
        " probe values (tg_table_name, current_setting('synchronous_commit')); return new;"
        " end $$");
    static const char *const TABLES[] = {"flows", "challenges", "outbox", "sessions", "grants"};
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0]; i++) {
        sql_exec("create trigger probe before insert on %s for each row execute function probe()",
                 TABLES[i]);
    }
    login(1, EMAIL);
    assert_text(
        sql_string("select string_agg(name || ' ' || setting, ',' order by name) from probe"),
        "challenges on,flows off,grants on,outbox on,sessions on");
}

Test(store_challenge, a_flow_is_read_as_it_was_stored) {
    const store_request_t request = {.id = STR("req_9"),
                                     .browser_hash = hash_of(arena, "b", 9),
                                     .client_id = STR("app_1"),
                                     .redirect_uri = STR("https://app.example/cb"),
                                     .scope = STR("openid"),
                                     .has_state = true,
                                     .prompt = STR("login"),
                                     .login_hint = STR("x"),
                                     .ui_locales = STR("de"),
                                     .organization_id = STR("org_1"),
                                     .has_max_age = true,
                                     .max_age_s = 0,
                                     .lifetime_s = 1234};
    assert_ok(store_flow_create(store, &request, &AUDIT, &err));
    store_flow_t flow;
    assert_ok(store_flow_read(store, STR("req_9"), &flow, &err));
    cr_assert(flow.is_present && flow.client.is_present && !flow.challenge.is_present);
    cr_assert_eq(flow.status, FLOW_OPEN);
    cr_assert(flow.request.has_state && flow.request.state.len == 0);
    cr_assert(flow.request.has_max_age && flow.request.max_age_s == 0);
    cr_assert_eq(flow.request.lifetime_s, 1234);
    cr_assert_eq(flow.request.browser_hash.len, 32);
    cr_assert_eq(memcmp(flow.request.browser_hash.ptr, request.browser_hash.ptr, 32), 0);
    assert_text(flow.request.prompt, "login");
    assert_text(flow.request.ui_locales, "de");
    assert_text(flow.request.organization_id, "org_1");
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
    sql_exec("update flows set state = null, max_age_s = null, status = 'failed'");
    assert_ok(store_flow_read(store, STR("req_9"), &flow, &err));
    cr_assert_not(flow.request.has_state || flow.request.has_max_age);
    cr_assert_eq(flow.status, FLOW_FAILED);
    assert_ok(store_flow_read(store, STR("req_0"), &flow, &err));
    cr_assert_not(flow.is_present);
}

Test(store_challenge, creating_one_queues_its_mail_and_keeps_the_address) {
    start(1);
    store_flow_t flow;
    assert_ok(store_flow_read(store, STR("req_1"), &flow, &err));
    assert_text(flow.email, EMAIL);
    cr_assert(flow.challenge.is_present && flow.challenge.tries == 0);
    cr_assert_eq(flow.challenge.expires_at - flow.challenge.sent_at, 300000);
    assert_text(flow.confirm_number, "42");
    cr_assert_eq(sql_number("select count(*) from outbox where sealed is not null"), 1);
    cr_assert_eq(sql_number("select count(*) from challenges c join outbox o"
                            " on o.expires_at = c.expires_at"),
                 1);
}

Test(store_challenge, the_email_step_reads_flow_realm_and_known_browser_together) {
    login(1, EMAIL);
    store_own_t own = mine();
    assert_ok(make_flow(&own, 2));
    store_email_in_t in = {.flow_id = STR("req_2"),
                           .email = STR(EMAIL),
                           .domain = STR("acme.example"),
                           .browser_hash = hash_of(arena, "browser", 1)};
    store_email_t out;
    assert_ok(store_email_read(store, &in, &out, &err));
    cr_assert(out.flow.is_present && out.is_known_browser);
    cr_assert_eq(out.hrd.kind, FLOW_HRD_NONE);
    in.email = STR("other@acme.example");
    assert_ok(store_email_read(store, &in, &out, &err));
    cr_assert_not(out.is_known_browser);
    // A resend: the flow's own address counts.
    assert_ok(make_challenge(&own, 2, 2, EMAIL));
    in.email = in.domain = STR_NONE;
    assert_ok(store_email_read(store, &in, &out, &err));
    cr_assert(out.is_known_browser);
    assert_text(out.hrd.domain, "acme.example");
    in.flow_id = STR("req_0");
    assert_ok(store_email_read(store, &in, &out, &err));
    cr_assert_not(out.flow.is_present);
}

Test(store_challenge, p_otp_03_a_newer_code_supersedes_the_older_one) {
    start(1);
    store_own_t own = mine();
    assert_ok(make_challenge(&own, 1, 2, EMAIL));
    assert_text(try_code(1).flow.challenge.id, "chl_2");
    assert_result(complete(1, 1), CONFLICT);
    assert_ok(complete(1, 2));
}

Test(store_challenge, p_otp_03_a_used_code_is_not_taken_again) {
    start(1);
    assert_ok(complete(1, 1));
    assert_result(complete(1, 1), CONFLICT);
    cr_assert(try_code(1).flow.challenge.is_consumed);
    cr_assert_eq(proof.flow.status, FLOW_COMPLETED);
    // Not even in a flow that is open again.
    sql_exec("update flows set status = 'open'");
    assert_result(complete(1, 1), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from grants"), 1);
}

Test(store_challenge, p_otp_03_an_expired_code_is_not_taken) {
    start(1);
    sql_exec("update challenges set expires_at = now() - interval '1 millisecond'");
    assert_result(complete(1, 1), CONFLICT);
    cr_assert_leq(try_code(1).flow.challenge.expires_at, proof.flow.now);
    cr_assert_eq(sql_number("select count(*) from users"), 0);
}

Test(store_challenge, p_otp_04_a_code_counts_for_its_own_flow_and_address_only) {
    start(1);
    start(2);
    assert_result(complete(2, 1), CONFLICT);
    store_completion_t in = completion_of(arena, 1, "other@acme.example");
    store_completed_t out;
    assert_result(store_login_complete(store, &in, &AUDIT, &out, &err), CONFLICT);
    assert_ok(complete(1, 1));
    assert_ok(complete(2, 2));
}

Test(store_challenge, a_strangers_challenge_for_the_same_address_leaves_mine_alone) {
    start(1);
    start(2);
    cr_assert_not(try_code(1).flow.challenge.is_superseded);
    cr_assert_eq(try_code(2).flow.challenge.tries, 1);
    cr_assert_eq(try_code(1).flow.challenge.tries, 2);
}

static atomic_int evaluated;
static atomic_int seen[101];

static void try_in_parallel(store_own_t *own, int index) {
    (void)index;
    const store_try_t in = {.flow_id = STR("req_1")};
    store_proof_t mine_;
    err_t own_err = {0};
    if (store_challenge_try(own->store, &in, &mine_, &own_err) == OK) {
        const int tries = mine_.flow.challenge.tries;
        atomic_fetch_add(&evaluated, tries <= 5 ? 1 : 0);
        atomic_fetch_add(&seen[tries > 100 ? 0 : tries], 1);
    }
}

Test(store_challenge, p_otp_02_a_hundred_parallel_tries_get_a_hundred_numbers) {
    start(1);
    run_parallel(100, try_in_parallel);
    cr_assert_eq(evaluated, 5, "%d may be evaluated", evaluated);
    for (int i = 1; i <= 100; i++) {
        cr_assert_eq(seen[i], 1, "number %d was given out %d times", i, seen[i]);
    }
}

static atomic_int completed;

static void complete_in_parallel(store_own_t *own, int index) {
    store_completion_t in = completion_of(own->arena, 1, EMAIL);
    in.session_id = id_of(own->arena, "ses", index);
    in.session_hash = hash_of(own->arena, "session", index);
    in.grant_id = id_of(own->arena, "grt", index);
    in.code_hash = hash_of(own->arena, "oauth", index);
    store_completed_t out;
    err_t own_err = {0};
    const result_t result = store_login_complete(own->store, &in, &AUDIT, &out, &own_err);
    atomic_fetch_add(&completed, result == OK ? 1 : result == CONFLICT ? 0 : 1000);
}

Test(store_challenge, p_mem_06_one_code_completes_once_however_many_try_at_the_same_moment) {
    start(1);
    run_parallel(20, complete_in_parallel);
    cr_assert_eq(completed, 1);
    cr_assert_eq(sql_number("select count(*) from authorization_codes"), 1);
    cr_assert_eq(sql_number("select count(*) from sessions"), 1);
}

// ---- limits -----------------------------------------------------------------------------------

static store_limited_t limited;

static result_t send_limited_in(store_own_t *own, int flow, int n, store_limits_t limits,
                                store_limited_t *out) {
    const store_challenge_new_t in = {.challenge_id = id_of(own->arena, "chl", n),
                                      .flow_id = id_of(own->arena, "req", flow),
                                      .email = STR(EMAIL),
                                      .email_display = STR(EMAIL),
                                      .code_hash = hash_of(own->arena, "code", n),
                                      .link_hash = hash_of(own->arena, "link", n),
                                      .code_sealed = hash_of(own->arena, "sealed", n),
                                      .lifetime_s = 300,
                                      .outbox_id = id_of(own->arena, "out", n),
                                      .mail_sealed = hash_of(own->arena, "mail", n),
                                      .limits = limits};
    err_t own_err = {0};
    return store_challenge_create(own->store, &in, &AUDIT, out, &own_err);
}

static result_t send_limited(store_own_t *own, int n, store_limits_t limits, store_limited_t *out) {
    return send_limited_in(own, 1, n, limits, out);
}

Test(store_challenge,
     p_otp_19_the_third_mail_of_a_minute_is_refused_and_writes_only_its_audit_row) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    const store_limits_t two = limits_of(arena, "mailbox", 2);
    for (int n = 1; n <= 2; n++) {
        assert_ok(send_limited(&own, n, two, &limited));
        cr_assert_not(limited.is_limited);
    }
    sql_exec("delete from audit_events");
    assert_ok(send_limited(&own, 3, two, &limited));
    cr_assert(limited.is_limited);
    cr_assert(limited.retry_after_s > 0 && limited.retry_after_s <= 60);
    cr_assert_eq(sql_number("select count(*) from outbox"), 2);
    cr_assert_eq(sql_number("select count(*) from challenges"), 2);
    assert_text(sql_string("select string_agg(decision, ',') from audit_events"), "limited");
    assert_text(try_code(1).flow.challenge.id, "chl_2");
    sql_exec("update rate_counters set window_ends_at = now()");
    assert_ok(send_limited(&own, 4, two, &limited));
    cr_assert_not(limited.is_limited);
}

Test(store_challenge, p_otp_19_a_refusal_by_one_limit_does_not_use_up_another) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    const store_limit_t both[] = {
        {.key = hash_of(arena, "network", 0), .window_s = 60, .max = 1},
        {.key = hash_of(arena, "address", 0), .window_s = 3600, .max = 10}};
    const store_limits_t limits = {both, 2};
    assert_ok(send_limited(&own, 1, limits, &limited));
    for (int n = 2; n < 10; n++) {
        assert_ok(send_limited(&own, n, limits, &limited));
        cr_assert(limited.is_limited);
        cr_assert_leq(limited.retry_after_s, 60);
    }
    cr_assert_eq(sql_number("select max(count) from rate_counters"), 1);
}

static atomic_int mails_sent;
static atomic_int mails_refused;

static void count_sent(result_t result, const store_limited_t *out) {
    if (result == OK) {
        atomic_fetch_add(out->is_limited ? &mails_refused : &mails_sent, 1);
    }
}

// An hour: a minute may be over before the last of a hundred has come.
static void send_in_parallel(store_own_t *own, int index) {
    const store_limit_t ten = {
        .key = hash_of(own->arena, "mailbox", 0), .window_s = 3600, .max = 10};
    store_limited_t out = {0};
    count_sent(send_limited(own, index + 1, (store_limits_t){&ten, 1}, &out), &out);
}

Test(store_challenge, p_otp_19_a_hundred_parallel_resends_send_ten_mails) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    run_parallel(100, send_in_parallel);
    cr_assert_eq(mails_sent, 10);
    cr_assert_eq(mails_refused, 90);
    cr_assert_eq(sql_number("select count(*) from outbox"), 10);
    cr_assert_eq(sql_number("select count(*) from challenges where superseded_at is null"), 1);
}

static void send_in_either_order(store_own_t *own, int index) {
    const store_limit_t both[] = {
        {.key = hash_of(own->arena, index % 2 ? "a" : "b", 0), .window_s = 3600, .max = 10},
        {.key = hash_of(own->arena, index % 2 ? "b" : "a", 0), .window_s = 3600, .max = 10}};
    store_limited_t out = {0};
    count_sent(send_limited_in(own, index, index, (store_limits_t){both, 2}, &out), &out);
}

Test(store_challenge, p_otp_19_many_flows_that_count_the_same_limits_do_not_deadlock) {
    store_own_t own = mine();
    for (int n = 0; n < 60; n++) {
        assert_ok(make_flow(&own, n));
    }
    run_parallel(60, send_in_either_order);
    cr_assert_eq(mails_sent, 10);
    cr_assert_eq(mails_refused, 50);
    cr_assert_eq(sql_number("select deadlocks from pg_stat_database where datname ="
                            " current_database()"),
                 0);
}

Test(store_challenge, a_limited_try_is_not_counted_on_the_challenge) {
    start(1);
    const store_try_t in = {.flow_id = STR("req_1"), .limits = limits_of(arena, "net", 2)};
    for (int i = 1; i <= 2; i++) {
        assert_ok(store_challenge_try(store, &in, &proof, &err));
        cr_assert_eq(proof.flow.challenge.tries, i);
        cr_assert_not(proof.is_limited);
    }
    assert_ok(store_challenge_try(store, &in, &proof, &err));
    cr_assert(proof.is_limited && proof.retry_after_s > 0);
    cr_assert(proof.flow.is_present);
    cr_assert_eq(proof.flow.challenge.tries, 2);
    cr_assert_eq(sql_number("select tries from challenges"), 2);
}

Test(store_challenge, a_neighbours_tries_do_not_keep_a_known_browser_out) {
    login(1, EMAIL);
    start(2);
    store_try_t in = {.flow_id = STR("req_2"), .limits = limits_of(arena, "net", 1)};
    assert_ok(store_challenge_try(store, &in, &proof, &err));
    cr_assert_not(proof.is_limited);
    in.browser_hash = hash_of(arena, "browser", 7);
    assert_ok(store_challenge_try(store, &in, &proof, &err));
    cr_assert(proof.is_limited);
    in.browser_hash = hash_of(arena, "browser", 1);
    assert_ok(store_challenge_try(store, &in, &proof, &err));
    cr_assert_not(proof.is_limited);
    cr_assert_eq(proof.flow.challenge.tries, 2);
    // Known for this address only.
    store_own_t own = mine();
    assert_ok(make_challenge(&own, 2, 3, "other@acme.example"));
    assert_ok(store_challenge_try(store, &in, &proof, &err));
    cr_assert(proof.is_limited);
}

Test(store_challenge, a_closed_or_expired_flow_gets_no_new_challenge) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    sql_exec("update flows set status = 'completed'");
    assert_result(make_challenge(&own, 1, 1, EMAIL), CONFLICT);
    sql_exec("update flows set status = 'open', expires_at = now()");
    assert_result(make_challenge(&own, 1, 1, EMAIL), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from outbox"), 0);
    assert_result(make_challenge(&own, 7, 1, EMAIL), CONFLICT);
}

// ---- links ------------------------------------------------------------------------------------

Test(store_challenge, p_otp_08_reading_a_link_changes_nothing_and_a_number_is_a_try) {
    start(1);
    store_link_in_t in = {.link_hash = hash_of(arena, "link", 1)};
    for (int i = 0; i < 3; i++) {
        assert_ok(store_link_read(store, &in, &proof, &err));
        cr_assert_eq(proof.flow.challenge.tries, 0);
    }
    cr_assert_not(proof.flow.challenge.is_consumed);
    cr_assert_eq(memcmp(proof.code_sealed.ptr, hash_of(arena, "sealed", 1).ptr, 32), 0);
    cr_assert_eq(memcmp(proof.code_hash.ptr, hash_of(arena, "code", 1).ptr, 32), 0);
    assert_text(proof.confirm_number, "42");
    in.is_try = true;
    assert_ok(store_link_read(store, &in, &proof, &err));
    cr_assert_eq(proof.flow.challenge.tries, 1);
    in.link_hash = hash_of(arena, "link", 2);
    assert_ok(store_link_read(store, &in, &proof, &err));
    cr_assert_not(proof.flow.is_present);
}

Test(store_challenge, a_superseded_link_still_says_what_it_was) {
    start(1);
    store_own_t own = mine();
    assert_ok(make_challenge(&own, 1, 2, EMAIL));
    const store_link_in_t in = {.link_hash = hash_of(arena, "link", 1)};
    assert_ok(store_link_read(store, &in, &proof, &err));
    assert_text(proof.flow.challenge.id, "chl_1");
    cr_assert(proof.flow.challenge.is_superseded);
}

Test(store_challenge, a_confirmed_number_lets_the_first_browser_go_on) {
    start(1);
    assert_ok(store_challenge_confirm(store, STR("chl_1"), &AUDIT, &err));
    const store_confirmed_in_t in = {.flow_id = STR("req_1")};
    assert_ok(store_confirmed_read(store, &in, &proof, &err));
    cr_assert(proof.flow.challenge.is_confirmed);
    cr_assert_eq(proof.flow.challenge.tries, 0);
    assert_ok(complete(1, 1));
    sql_exec("delete from audit_events");
    assert_result(store_challenge_confirm(store, STR("chl_1"), &AUDIT, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

Test(store_challenge, p_otp_18_the_proof_says_who_has_the_address_and_the_page_does_not) {
    login(1, EMAIL);
    start(2);
    cr_assert(try_code(2).user.is_present && proof.user.is_active && proof.user.is_proven);
    assert_text(proof.user.id, "usr_1");
    store_own_t own = mine();
    assert_ok(make_flow(&own, 3));
    assert_ok(make_challenge(&own, 3, 3, "new@acme.example"));
    cr_assert_not(try_code(3).user.is_present);
}
