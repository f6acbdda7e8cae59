// flow.md 6 in the write: for which organization a login completes, and the invitation.
#include "store/fixture_sso.h"
#include <stdatomic.h>

#define EMAIL "ann@acme.example"
#define GUEST "ann@foo.example"

static void setup(void) {
    fixture_setup();
    make_organization("acme");
    sql_exec("insert into organizations (id, name) values ('org_1', 'One'), ('org_2', 'Two')");
}

TestSuite(store_membership_step, .init = setup, .fini = database_teardown);

// A code login of flow n for an organization.
static result_t enter(int n, const char *organization, flow_membership_step_t step) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    assert_ok(make_challenge(&own, n, n, GUEST));
    store_completion_t in = completion_of(arena, n, GUEST);
    in.organization_id = str_from_c(organization);
    in.membership = step;
    return complete(&in);
}

Test(store_membership_step, only_an_active_member_keeps_a_membership) {
    login(1, GUEST);
    assert_result(enter(2, "org_1", FLOW_MEMBERSHIP_KEEP), CONFLICT);
    make_member("org_1", "usr_1", "INACTIVE");
    assert_result(enter(3, "org_1", FLOW_MEMBERSHIP_KEEP), CONFLICT);
    sql_exec("update memberships set status = 'ACTIVE'");
    assert_ok(enter(4, "org_1", FLOW_MEMBERSHIP_KEEP));
    assert_text(session_of(4).organization_id, "org_1");
    assert_text(sql_string("select organization_id from grants where id = 'grt_4'"), "org_1");
    assert_text(sql_string("select authenticated_organizations::text from sessions"
                           " where id = 'ses_4'"),
                "{org_1}");
}

Test(store_membership_step, the_organizations_own_connection_makes_a_member_and_no_other_does) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    assert_text(sql_string("select status || provisioning || roles::text from memberships"),
                "ACTIVEjit_using_sso{member}");
    assert_ok(sso_login(2, "acme", "s-1", EMAIL));
    sql_exec("update memberships set status = 'INACTIVE'");
    assert_result(sso_login(3, "acme", "s-1", EMAIL), CONFLICT);
    assert_result(enter(4, "org_1", FLOW_MEMBERSHIP_JIT), CONFLICT);
    cr_assert_eq(count_of("memberships"), 1);
}

Test(store_membership_step, an_expired_invitation_gives_neither_membership_nor_role) {
    make_invitation("org_acme", EMAIL);
    sql_exec("update memberships set roles = '{admin}'; update invitations set expires_at = now()");
    assert_result(enter(1, "org_acme", FLOW_MEMBERSHIP_ACCEPT), CONFLICT);
    assert_ok(sso_login(2, "acme", "s-1", EMAIL));
    assert_text(sql_string("select user_id || status || roles::text from memberships"),
                "usr_invACTIVE{member}");
}

static atomic_int joined;

static void join_in_parallel(store_own_t *own, int n) {
    const char *email = arena_format(own->arena, "p%d@acme.example", n).ptr;
    const store_assertion_t said =
        assertion_of(own->arena, n, "acme", id_of(own->arena, "s", n).ptr, email);
    const store_completion_t in = sso_of(own->arena, n, "acme", &said);
    store_completed_t out;
    err_t own_err = {0};
    const result_t result = store_login_complete(own->store, &in, &AUDIT, &out, &own_err);
    atomic_fetch_add(&joined, result == OK ? 1 : result == CONFLICT ? 0 : 1000);
}

Test(store_membership_step, of_many_at_once_as_many_join_as_the_organization_may_have) {
    make_invitation("org_acme", "inv@acme.example");
    sql_exec("update organizations set max_users = 4 where id = 'org_acme'");
    store_own_t own = mine();
    for (int n = 0; n < 20; n++) {
        assert_ok(make_flow(&own, n));
    }
    run_parallel(20, join_in_parallel);
    cr_assert_eq(joined, 3, "%d beside the open invitation", joined);
    cr_assert_eq(count_of("users"), 4);
    sql_exec("update invitations set expires_at = now()");
    assert_ok(sso_login(30, "acme", "s-30", "late@acme.example"));
    assert_result(sso_login(31, "acme", "s-31", "later@acme.example"), CONFLICT);
    sql_exec("update organizations set max_users = 1 where id = 'org_acme'");
    assert_ok(sso_login(32, "acme", "s-30", "late@acme.example"));
}

Test(store_membership_step, an_invitation_is_accepted_once_and_a_joinable_organization_joined) {
    make_invitation("org_1", GUEST);
    assert_ok(enter(1, "org_1", FLOW_MEMBERSHIP_ACCEPT));
    cr_assert_eq(count_of("invitations where consumed_at is not null"), 1);
    assert_text(sql_string("select status || provisioning from memberships"),
                "ACTIVEdirect_provision");
    assert_result(enter(2, "org_1", FLOW_MEMBERSHIP_ACCEPT), CONFLICT);
    assert_result(enter(3, "org_2", FLOW_MEMBERSHIP_JOIN), CONFLICT);
    sql_exec(
        "insert into organization_domains (id, organization_id, domain, type)"
        " values ('dom_2', 'org_2', 'foo.example', 'ALLOWED_EMAIL_DOMAIN')");
    assert_ok(enter(4, "org_2", FLOW_MEMBERSHIP_JOIN));
    assert_text(sql_string("select provisioning from memberships where organization_id = 'org_2'"),
                "allowed_email_domain");
}

Test(store_membership_step, who_makes_an_organization_is_its_admin) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    assert_ok(make_challenge(&own, 1, 1, GUEST));
    store_completion_t in = completion_of(arena, 1, GUEST);
    in.organization_id = in.new_organization_id = STR("org_new");
    in.new_organization_name = STR("New");
    assert_ok(complete(&in));
    assert_text(sql_string("select o.name || m.user_id || m.roles::text || m.provisioning"
                           " from memberships m join organizations o on o.id = m.organization_id"),
                "Newusr_1{admin}org_creator");
    assert_text(session_of(1).organization_id, "org_new");
    in.organization_id = STR("org_1");
    assert_result(complete(&in), INTERNAL);
}

Test(store_membership_step, the_stricter_of_both_session_policies_counts) {
    login(1, GUEST);
    make_member("org_1", "usr_1", "ACTIVE");
    sql_exec(
        "update organizations set session_absolute_min = 60, is_session_idle_on = true,"
        " session_idle_min = 10, has_own_session_policy = true where id = 'org_1'");
    assert_ok(enter(2, "org_1", FLOW_MEMBERSHIP_KEEP));
    cr_assert_eq(count_of("sessions where idle_s is null and expires_at > now() +"
                          " interval '23 hours'"),
                 2, "not switched on");
    sql_exec("update organizations set is_session_policy_on = true");
    assert_ok(enter(3, "org_1", FLOW_MEMBERSHIP_KEEP));
    cr_assert_eq(count_of("sessions where id = 'ses_3' and idle_s = 600 and expires_at <= now() +"
                          " interval '1 hour'"),
                 1);
    sql_exec("update organizations set session_absolute_min = 60000, session_idle_min = 60000");
    assert_ok(enter(4, "org_1", FLOW_MEMBERSHIP_KEEP));
    cr_assert_eq(count_of("sessions where id = 'ses_4' and expires_at <= now() +"
                          " interval '1 day'"),
                 1);
}

// ---- authenticated, and the organization not yet known ------------------------------------------

static void authenticate(int n) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, n));
    assert_ok(make_challenge(&own, n, n, GUEST));
    const store_authentication_t in = {.flow_id = id_of(arena, "req", n),
                                       .proven = completion_of(arena, n, GUEST).proven,
                                       .browser_hash = hash_of(arena, "browser", n)};
    assert_ok(store_login_authenticate(store, &in, &AUDIT, &err));
}

static store_completion_t chosen_of(int n, const char *organization) {
    store_completion_t in = completion_of(arena, n, GUEST);
    in.proven = (store_proven_t){.is_from_flow = true};
    in.organization_id = str_from_c(organization);
    in.membership = FLOW_MEMBERSHIP_KEEP;
    return in;
}

Test(store_membership_step, an_authenticated_flow_signs_nobody_in_until_an_organization_is_chosen) {
    authenticate(1);
    cr_assert_eq(count_of("sessions") + count_of("grants"), 0);
    store_choice_t choice;
    assert_ok(store_choice_read(store, STR("req_1"), (bytes_t){0}, &choice, &err));
    cr_assert(choice.flow.authenticated.is_present && choice.user.is_proven);
    assert_text(choice.user.id, "usr_1");
    assert_text(choice.email_display, GUEST);
    assert_text(choice.flow.authenticated.amr.items[0], "otp");
    cr_assert(!choice.session.is_present && !choice.connection.is_present);
    make_member("org_1", "usr_1", "ACTIVE");
    sql_exec("update flows set authenticated_at = now() - interval '5 minutes'");
    const store_completion_t in = chosen_of(1, "org_1");
    assert_ok(complete(&in));
    cr_assert_eq(count_of("sessions s join grants g on g.session_id = s.id and g.amr = s.amr"
                          " where s.amr = '{otp}' and s.organization_id = 'org_1' and"
                          " g.auth_time < now() - interval '4 minutes'"),
                 1);
    assert_result(complete(&in), CONFLICT);
}

Test(store_membership_step, p_link_10_a_flow_in_which_nobody_was_authenticated_does_not_complete) {
    login(1, GUEST);
    make_member("org_1", "usr_1", "ACTIVE");
    store_own_t own = mine();
    assert_ok(make_flow(&own, 2));
    const store_completion_t in = chosen_of(2, "org_1");
    assert_result(complete(&in), CONFLICT);
    store_choice_t choice;
    assert_ok(store_choice_read(store, STR("req_2"), (bytes_t){0}, &choice, &err));
    cr_assert(!choice.flow.authenticated.is_present && !choice.user.is_present);
}

Test(store_membership_step, an_authenticated_flow_is_judged_anew_when_it_completes) {
    static const char *const CHANGES[] = {
        "update users set is_active = false",
        "delete from memberships",
        ("insert into organization_domains (id, organization_id, domain, type, status) values"
         " ('dom_foo', 'org_acme', 'foo.example', 'ORGANIZATION_DOMAIN', 'verified')"),
    };
    for (int i = 0; i < 3; i++) {
        sql_exec("delete from users");
        authenticate(10 + i);
        sql_exec(
            "insert into memberships (organization_id, user_id, status, provisioning)"
            " select 'org_1', id, 'ACTIVE', 'direct_provision' from users");
        sql_exec("%s", CHANGES[i]);
        const store_completion_t in = chosen_of(10 + i, "org_1");
        assert_result(complete(&in), CONFLICT);
    }
}

Test(store_membership_step, p_link_06_trust_by_a_domain_is_looked_at_again_after_the_wait) {
    static const char *const CHANGES[] = {"select 1", "delete from organization_domains",
                                          "update connections set is_enabled = false",
                                          "update connections set domains = '{x.example}'"};
    for (int i = 0; i < 4; i++) {
        sql_exec("delete from users; delete from organizations");
        make_organization("acme");
        store_own_t own = mine();
        assert_ok(make_flow(&own, i));
        const store_assertion_t said = assertion_of(arena, i, "acme", "s-1", EMAIL);
        const store_authentication_t in = {.flow_id = id_of(arena, "req", i),
                                           .proven = sso_of(arena, i, "acme", &said).proven};
        assert_ok(store_login_authenticate(store, &in, &AUDIT, &err));
        store_choice_t choice;
        assert_ok(store_choice_read(store, in.flow_id, (bytes_t){0}, &choice, &err));
        assert_text(choice.connection.id, "conn_acme");
        assert_text(choice.flow.authenticated.organization_id, "org_acme");
        sql_exec("%s", CHANGES[i]);
        store_completion_t chosen = chosen_of(i, "org_acme");
        chosen.membership = FLOW_MEMBERSHIP_JIT;
        assert_result(complete(&chosen), i == 0 ? OK : CONFLICT);
    }
}

Test(store_membership_step, a_session_is_switched_to_another_organization_of_its_user) {
    login(1, GUEST);
    make_member("org_1", "usr_1", "ACTIVE");
    make_member("org_2", "usr_1", "ACTIVE");
    sql_exec(
        "update organizations set is_session_policy_on = true, has_own_session_policy = true,"
        " session_absolute_min = 60 where id = 'org_2'");
    const store_request_t request = {.id = STR("req_5"),
                                     .browser_hash = hash_of(arena, "browser", 1),
                                     .client_id = STR("app_1"),
                                     .lifetime_s = 600,
                                     .session_id = STR("ses_1")};
    assert_ok(store_flow_create(store, &request, &AUDIT, &err));
    store_choice_t choice;
    assert_ok(store_choice_read(store, STR("req_5"), (bytes_t){0}, &choice, &err));
    assert_text(choice.session.id, "ses_1");
    assert_text(choice.flow.authenticated.session_id, "ses_1");
    assert_text(choice.user.id, "usr_1");
    cr_assert_eq(choice.memberships.count, 2);
    store_completion_t in = chosen_of(5, "org_2");
    in.is_new_session = false;
    in.session_id = STR("ses_9");
    assert_result(complete(&in), CONFLICT); // not the one that waits here
    in.session_id = STR("ses_1");
    assert_ok(complete(&in));
    assert_text(session_of(1).organization_id, "org_2");
    cr_assert_eq(count_of("sessions where expires_at <= now() + interval '1 hour'"), 1);
    assert_text(sql_string("select organization_id from grants where id = 'grt_5'"), "org_2");
}

Test(store_membership_step, a_session_waits_at_the_entry_for_an_organization) {
    login(1, GUEST);
    const store_request_t request = {.id = STR("req_5"),
                                     .browser_hash = hash_of(arena, "browser", 1),
                                     .client_id = STR("app_1"),
                                     .lifetime_s = 600};
    store_authentication_t in = {
        .flow_id = STR("req_5"), .new_request = &request, .session_id = STR("ses_9")};
    assert_result(store_login_authenticate(store, &in, &AUDIT, &err), CONFLICT);
    in.session_id = STR("ses_1");
    assert_ok(store_login_authenticate(store, &in, &AUDIT, &err));
    store_flow_t flow;
    assert_ok(store_flow_read(store, STR("req_5"), &flow, &err));
    assert_text(flow.authenticated.user_id, "usr_1");
    assert_text(flow.authenticated.session_id, "ses_1");
    assert_text(flow.authenticated.amr.items[0], "otp");
    in.proven.is_from_flow = true;
    assert_result(store_login_authenticate(store, &in, &AUDIT, &err), INTERNAL);
}

// ---- invitations --------------------------------------------------------------------------------

static store_invitation_accept_t acceptance(void) {
    return (store_invitation_accept_t){.token_hash = hash_of(arena, "invitation", 1),
                                       .is_new_session = true,
                                       .session_id = STR("ses_7"),
                                       .session_hash = hash_of(arena, "session", 7),
                                       .browser_hash = hash_of(arena, "browser", 7),
                                       .session_s = 3600,
                                       .ip = STR("192.0.2.1"),
                                       .user_agent = STR("test")};
}

static store_invitation_t invitation(void) {
    store_invitation_t out;
    assert_ok(store_invitation_read(store, hash_of(arena, "invitation", 1), &out, &err));
    return out;
}

Test(store_membership_step, an_invitation_is_used_once_and_proves_the_address) {
    cr_assert_not(invitation().is_present);
    make_invitation("org_1", GUEST);
    sql_exec(
        "insert into identities (connection_id, subject, user_id, email)"
        " values ('conn_acme', 'evil', 'usr_inv', '')");
    cr_assert(invitation().is_present && !invitation().is_consumed);
    assert_text(invitation().organization_name, "One");
    assert_text(invitation().user.id, "usr_inv");
    cr_assert(!invitation().user.is_proven && !invitation().client.is_present);
    const store_invitation_accept_t in = acceptance();
    assert_ok(store_invitation_accept(store, &in, &AUDIT, &err));
    cr_assert(invitation().is_consumed && invitation().user.is_proven);
    assert_text(session_of(7).organization_id, "org_1");
    cr_assert_eq(count_of("identities"), 0, "P-LINK-16: nothing from before survives");
    assert_result(store_invitation_accept(store, &in, &AUDIT, &err), CONFLICT);
    assert_text(sql_string("select user_id || session_id || organization_id from audit_events"
                           " order by id desc limit 1"),
                "usr_invses_7org_1");
}

Test(store_membership_step, an_invitation_that_is_over_is_not_used) {
    static const char *const ENDS[] = {
        "update invitations set expires_at = now()", "update invitations set token_hash = '\\x00'",
        "update users set is_active = false", "update memberships set status = 'INACTIVE'",
        "delete from memberships"};
    for (int i = 0; i < 5; i++) {
        sql_exec("delete from users");
        make_invitation("org_1", GUEST);
        sql_exec("%s", ENDS[i]);
        const store_invitation_accept_t in = acceptance();
        assert_result(store_invitation_accept(store, &in, &AUDIT, &err), CONFLICT);
        cr_assert_eq(count_of("users where proven_at is not null") + count_of("sessions"), 0);
    }
}

Test(store_membership_step, p_link_13_an_invitation_signs_nobody_in_past_the_realm) {
    make_invitation("org_acme", EMAIL);
    store_invitation_accept_t in = acceptance();
    assert_text(invitation().hrd.organization_id, "org_acme");
    assert_result(store_invitation_accept(store, &in, &AUDIT, &err), CONFLICT);
    cr_assert_not(invitation().is_consumed);
    in.is_new_session = false;
    assert_ok(store_invitation_accept(store, &in, &AUDIT, &err));
    cr_assert_eq(count_of("sessions"), 0);
    cr_assert_eq(count_of("memberships where status = 'ACTIVE'"), 1);
}

// ---- tokens for an organization -----------------------------------------------------------------

static store_code_t code_of(int n) {
    store_code_t out;
    assert_ok(store_code_read(store, hash_of(arena, "oauth", n), &out, &err));
    return out;
}

static bool is_access_active(const char *grant) {
    const store_access_in_t in = {STR("jti_1"), STR("app_1"), str_from_c(grant)};
    store_access_t out;
    assert_ok(store_access_read(store, &in, &out, &err));
    return out.is_active;
}

Test(store_membership_step, p_op_24_tokens_for_an_organization_end_with_the_membership) {
    assert_ok(sso_login(1, "acme", "s-1", EMAIL));
    store_code_t code = code_of(1);
    assert_text(code.facts.grant.organization_id, "org_acme");
    cr_assert(code.facts.grant.is_member);
    assert_text(code.user.organization_id, "org_acme");
    assert_text(code.user.organization_external_id, "ext-acme");
    assert_text(code.user.roles.items[0], "member");
    cr_assert(is_access_active("grt_1"));
    sql_exec("update memberships set status = 'INACTIVE'");
    cr_assert_not(code_of(1).facts.grant.is_member);
    cr_assert_not(is_access_active("grt_1"));
    cr_assert(code_of(1).facts.grant.session.is_present, "the session is still the user's");
    sql_exec("delete from memberships");
    cr_assert_not(code_of(1).facts.grant.is_member);
    sql_exec("update connections set is_enabled = false");
    cr_assert_not(code_of(1).facts.grant.session.is_present);
    login(2, GUEST);
    cr_assert(code_of(2).facts.grant.is_member, "no organization");
    cr_assert_eq(code_of(2).user.roles.count, 0);
}

Test(store_membership_step, p_op_37_the_organization_of_tokens_is_that_of_the_connection) {
    store_own_t own = mine();
    assert_ok(make_flow(&own, 1));
    const store_assertion_t said = assertion_of(arena, 1, "acme", "s-1", EMAIL);
    store_completion_t in = sso_of(arena, 1, "acme", &said);
    in.organization_id = STR("org_1");
    assert_result(complete(&in), CONFLICT);
    in.membership = FLOW_MEMBERSHIP_KEEP;
    assert_result(complete(&in), CONFLICT);
    cr_assert_eq(count_of("grants") + count_of("memberships"), 0);
}

Test(store_membership_step, a_refreshed_token_keeps_the_auth_time_and_methods_of_its_grant) {
    login(1, GUEST);
    const time_ms_t at = code_of(1).facts.grant.session.auth_time;
    sql_exec("update sessions set auth_time = now() + interval '1 hour', amr = '{other}'");
    cr_assert_eq(code_of(1).facts.grant.session.auth_time, at);
    assert_text(code_of(1).facts.grant.session.amr.items[0], "otp");
    sql_exec("update grants set auth_time = null, amr = null"); // from before it was kept
    cr_assert_gt(code_of(1).facts.grant.session.auth_time, at);
    assert_text(code_of(1).facts.grant.session.amr.items[0], "other");
}
