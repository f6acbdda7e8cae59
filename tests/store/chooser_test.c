// A login that waits for an organization to be chosen: what it rested on must still hold then.
#include "store/fixture_sso.h"
#include "store/session_admin.h"

#define EMAIL "ann@acme.example"
#define GUEST "ann@foo.example"

static void setup(void) {
    fixture_setup();
    make_organization("acme");
    sql_exec("insert into organizations (id, name) values ('org_1', 'One')");
}

TestSuite(store_chooser, .init = setup, .fini = database_teardown);

static void wait_with(int n, const store_proven_t *proven) {
    const store_authentication_t in = {.flow_id = id_of(arena, "req", n), .proven = *proven};
    assert_ok(store_login_authenticate(store, &in, &AUDIT, &err));
}

// Flow n, authenticated by the word of conn_acme, which its domain makes trusted.
static void wait_by_domain(int n, const char *subject) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    const store_assertion_t said = assertion_of(arena, n, "acme", subject, EMAIL);
    const store_completion_t in = sso_of(arena, n, "acme", &said);
    wait_with(n, &in.proven);
}

static void wait_by_code(int n, const char *email) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    assert_ok(make_challenge(&own, n, n, email));
    const store_completion_t in = completion_of(arena, n, email);
    wait_with(n, &in.proven);
}

static result_t choose(int n, const char *organization, flow_membership_step_t step) {
    store_completion_t in = completion_of(arena, n, "");
    in.proven = (store_proven_t){.is_from_flow = true};
    in.organization_id = str_from_c(organization);
    in.membership = step;
    return complete(&in);
}

// ---- through a connection -----------------------------------------------------------------------

// Subject s-1 of the user of EMAIL has proven GUEST by a code; s-2 is the same user's by the
// domain.
static void make_two_subjects(void) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    assert_ok(sso_login(2, "acme", "s-2", EMAIL));
    sql_exec("update identities set email = '" GUEST "', channel_email = '" GUEST
             "', channel_epoch = 1 where subject = 's-1'");
    cr_assert_eq(count_of("users"), 1);
}

static void wait_by_channel(int n) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    const store_assertion_t said = assertion_of(arena, n, "acme", "s-1", GUEST);
    store_completion_t in = sso_of(arena, n, "acme", &said);
    in.proven.is_by_domain = false;
    wait_with(n, &in.proven);
}

Test(store_chooser, the_subject_that_signed_in_must_be_trusted_and_no_other_of_the_user) {
    make_two_subjects();
    wait_by_channel(3);
    assert_ok(choose(3, "org_acme", FLOW_MEMBERSHIP_KEEP));
    wait_by_channel(4);
    sql_exec("update identities set channel_email = null where subject = 's-1'");
    assert_result(choose(4, "org_acme", FLOW_MEMBERSHIP_KEEP), CONFLICT);
    wait_by_domain(5, "s-2");
    assert_ok(choose(5, "org_acme", FLOW_MEMBERSHIP_KEEP));
}

Test(store_chooser, a_subject_that_is_gone_chooses_nothing) {
    make_two_subjects();
    wait_by_domain(3, "s-2");
    sql_exec("update identities set email = '" EMAIL "' where subject = 's-1'");
    sql_exec("delete from identities where subject = 's-2'");
    assert_result(choose(3, "org_acme", FLOW_MEMBERSHIP_KEEP), CONFLICT);
}

// flow.md 4.2: whom the connection believes was changed by hand while the person waited.
Test(store_chooser, p_link_13_a_word_from_before_the_connection_was_changed_counts_no_more) {
    wait_by_domain(1, "s-1");
    sql_exec("update connections set trust_epoch = 2");
    assert_result(choose(1, "org_acme", FLOW_MEMBERSHIP_JIT), CONFLICT);
    sql_exec("update connections set trust_epoch = 1");
    assert_ok(choose(1, "org_acme", FLOW_MEMBERSHIP_JIT));
}

Test(store_chooser, a_connection_that_makes_no_members_any_more_makes_none) {
    wait_by_domain(1, "s-1");
    sql_exec("update connections set jit = 'off'");
    assert_result(choose(1, "org_acme", FLOW_MEMBERSHIP_JIT), CONFLICT);
    sql_exec("update connections set jit = 'organization_domains'");
    assert_ok(choose(1, "org_acme", FLOW_MEMBERSHIP_JIT));
}

// ---- the end of all sessions --------------------------------------------------------------------

Test(store_chooser, p_sess_11_whoever_waits_here_is_thrown_out_with_all_sessions_of_the_user) {
    wait_by_code(1, GUEST);
    wait_by_code(2, "other@foo.example");
    make_member("org_1", "usr_1", "ACTIVE");
    make_member("org_1", "usr_2", "ACTIVE");
    store_sessions_t ended;
    assert_ok(store_sessions_revoke(store, STR("usr_1"), &AUDIT, &ended, &err));
    cr_assert_eq(ended.page.total, 0);
    assert_result(choose(1, "org_1", FLOW_MEMBERSHIP_KEEP), CONFLICT);
    store_choice_t choice;
    assert_ok(store_choice_read(store, STR("req_1"), (bytes_t){0}, &choice, &err));
    cr_assert_not(choice.flow.authenticated.is_present || choice.user.is_present);
    assert_ok(choose(2, "org_1", FLOW_MEMBERSHIP_KEEP));
    wait_by_code(3, GUEST);
    assert_ok(choose(3, "org_1", FLOW_MEMBERSHIP_KEEP));
}

Test(store_chooser, of_more_sessions_than_an_answer_holds_all_are_ended_and_counted) {
    login(1, GUEST);
    sql_exec(
        "insert into sessions (id, token_hash, user_id, amr, expires_at, ip, user_agent)"
        " select 'ses_m' || n, int4send(n), 'usr_1', '{otp}', now() + interval '1 day', '', ''"
        " from generate_series(1, 1200) n");
    store_sessions_t ended;
    assert_ok(store_sessions_revoke(store, STR("usr_1"), &AUDIT, &ended, &err));
    cr_assert_eq(ended.page.total, 1201);
    cr_assert_eq(ended.page.count, 1000);
    cr_assert_eq(count_of("sessions where ended_at is null"), 0);
}

Test(store_chooser, sessions_of_nobody_are_ended_by_no_write) {
    store_sessions_t ended;
    assert_result(store_sessions_revoke(store, STR("usr_9"), &AUDIT, &ended, &err), CONFLICT);
    cr_assert_eq(count_of("audit_events"), 0);
}

// ---- an organization of one's own ---------------------------------------------------------------

// Flow n, in which the session of login 1 makes an organization.
static result_t make_by_session(int n) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    sql_exec(
        "update flows set session_id = 'ses_1', user_id = s.user_id, authenticated_at = now()"
        " from sessions s where flows.id = 'req_%d' and s.id = 'ses_1'",
        n);
    store_completion_t in = completion_of(arena, n, "");
    in.proven = (store_proven_t){.is_from_flow = true};
    in.is_new_session = false;
    in.session_id = STR("ses_1");
    in.organization_id = in.new_organization_id = id_of(arena, "org", 90 + n);
    in.new_organization_name = STR("New");
    return complete(&in);
}

// flow.md 3, loop guard: what org_acme's provider says of a guest is good for org_acme alone.
Test(store_chooser, p_link_05_a_guests_session_through_a_connection_makes_no_organization) {
    const store_assertion_t said = assertion_of(arena, 1, "acme", "s-1", GUEST);
    assert_ok(start_proof(1, &said, GUEST));
    const store_completion_t in = guest_of(1, &said);
    assert_ok(complete(&in));
    assert_result(make_by_session(2), CONFLICT);
    cr_assert_eq(count_of("organizations where name = 'New'"), 0);
}

Test(store_chooser, who_is_at_home_in_the_connections_organization_makes_one) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    assert_ok(make_by_session(2));
    assert_text(session_of(1).organization_id, "org_92");
}

Test(store_chooser, a_session_by_a_code_makes_an_organization) {
    login(1, GUEST);
    assert_ok(make_by_session(2));
    assert_text(session_of(1).organization_id, "org_92");
}
