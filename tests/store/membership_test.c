#include "store/database.h"
#include "store/membership.h"

TestSuite(store_membership, .init = database_setup, .fini = database_teardown);

static const store_audit_t WRITE = {.event = "api.test", .decision = "write"};
static const str_t MEMBER[] = {{"member", 6}};
static const str_t ADMIN[] = {{"admin", 5}};

static void make_organization(int n, int max_users) {
    sql_exec(
        "insert into organizations (id, name, max_users) values ('org_%d', 'Org %d',"
        " nullif(%d, 0))",
        n, n, max_users);
}

static void make_user(int n, bool is_proven) {
    sql_exec(
        "insert into users (id, email, email_display, proven_at) values ('usr_%d',"
        " 'person%d@acme.example', 'x', case when %s then now() end)",
        n, n, is_proven ? "true" : "false");
}

static void make_session(int n, const char *organization_id) {
    sql_exec(
        "insert into sessions (id, token_hash, user_id, organization_id, amr, expires_at, ip,"
        " user_agent) values ('ses_%d', '\\x%02d', 'usr_1', nullif('%s', ''), '{otp}',"
        " now() + interval '1 day', '', '')",
        n, n, organization_id);
    sql_exec(
        "insert into grants (id, client_id, user_id, session_id, scope, nonce,"
        " organization_id) values ('grt_%d', 'app_1', 'usr_1', 'ses_%d', '', '', '%s')",
        n, n, organization_id);
}

static int64_t live_sessions(void) {
    return sql_number(
        "select count(*) from sessions s join grants g on g.session_id = s.id"
        " where s.ended_at is null and g.revoked_at is null");
}

static store_invite_new_t *invite(arena_t *where, int n) {
    store_invite_new_t *made = ARENA_NEW(where, store_invite_new_t);
    uint8_t *hash = arena_alloc(where, 32);
    memset(hash, n, 32);
    *made = (store_invite_new_t){.id = arena_format(where, "inv_%d", n),
                                 .token_hash = {hash, 32},
                                 .lifetime_s = 3600,
                                 .outbox_id = arena_format(where, "out_%d", n),
                                 .mail_sealed = {hash, 32}};
    return made;
}

// One counter for everybody whom a test invites.
static store_limits_t two_a_minute(void) {
    static const uint8_t KEY[32] = {9};
    static const store_limit_t LIMIT = {.key = {KEY, sizeof KEY}, .window_s = 60, .max = 2};
    return (store_limits_t){&LIMIT, 1};
}

static store_membership_new_t new_member(arena_t *where, int n) {
    return (store_membership_new_t){
        .organization_id = STR("org_1"),
        .user_id = arena_format(where, "usr_%d", n),
        .is_new_user = true,
        .email = arena_format(where, "person%d@acme.example", n),
        .email_display = STR("Person@acme.example"),
        .roles = {MEMBER, 1},
        .metadata = STR("{\"plan\": \"pro\"}"),
    };
}

static void create(const store_membership_new_t *in) {
    store_membership_made_t made;
    assert_ok(store_membership_create(store, in, &WRITE, &made, &err));
    assert_text(made.user.id, in->user_id.ptr);
}

static void assert_nothing_written(void) {
    cr_assert_eq(sql_number("select count(*) from memberships"), 0);
    cr_assert_eq(sql_number("select count(*) from invitations"), 0);
    cr_assert_eq(sql_number("select count(*) from outbox"), 0);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

// ---- making -------------------------------------------------------------------------------------

Test(store_membership, an_invited_person_waits_unproven_with_one_link_and_one_mail) {
    make_organization(1, 0);
    store_membership_new_t in = new_member(arena, 1);
    in.invite = invite(arena, 1);
    in.inviter_email = STR("boss@acme.example");
    create(&in);
    assert_text(sql_string("select status || ' ' || provisioning || ' ' || inviter_email || ' '"
                           " || (accepted_at is null) from memberships"),
                "PENDING_INVITE invitation boss@acme.example true");
    cr_assert_eq(sql_number("select count(*) from users where proven_at is null"), 1);
    cr_assert_eq(sql_number("select count(*) from invitations where consumed_at is null"
                            " and expires_at between now() + interval '3500 s' and now() +"
                            " interval '3700 s' and resent_count = 0"),
                 1);
    cr_assert_eq(sql_number("select count(*) from outbox where expires_at > now()"), 1);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 1);
}

Test(store_membership, without_an_invitation_the_member_is_active_and_the_address_verified) {
    make_organization(1, 0);
    const store_membership_new_t in = new_member(arena, 1);
    create(&in);
    assert_text(sql_string("select status || ' ' || provisioning || ' ' ||"
                           " (accepted_at is not null) from memberships"),
                "ACTIVE direct_provision true");
    cr_assert_eq(sql_number("select count(*) from users where proven_at is not null"), 1);
    cr_assert_eq(sql_number("select count(*) from outbox"), 0);
    cr_assert_eq(sql_number("select count(*) from invitations"), 0);
}

Test(store_membership, p_link_02_verifying_an_unproven_user_drops_what_was_there_before) {
    make_organization(1, 0);
    make_user(1, false);
    make_session(1, "");
    store_membership_new_t in = new_member(arena, 1);
    in.is_new_user = false;
    create(&in);
    cr_assert_eq(live_sessions(), 0);
    cr_assert_eq(sql_number("select count(*) from sessions where ended_at is null"), 0);
    cr_assert_eq(sql_number("select count(*) from users where proven_at is not null"), 1);
}

Test(store_membership, a_proven_user_keeps_the_sessions_and_is_not_proven_anew) {
    make_organization(1, 0);
    make_user(1, true);
    sql_exec("update users set proven_at = '2026-01-01'");
    make_session(1, "");
    store_membership_new_t in = new_member(arena, 1);
    in.is_new_user = false;
    create(&in);
    cr_assert_eq(live_sessions(), 1);
    cr_assert_eq(sql_number("select count(*) from users where proven_at = '2026-01-01'"), 1);
}

Test(store_membership, an_address_that_somebody_took_meanwhile_undoes_everything) {
    make_organization(1, 0);
    make_user(7, true);
    store_membership_new_t in = new_member(arena, 1);
    in.email = STR("person7@acme.example");
    in.invite = invite(arena, 1);
    store_membership_made_t made;
    assert_result(store_membership_create(store, &in, &WRITE, &made, &err), CONFLICT);
    assert_nothing_written();
    cr_assert_eq(sql_number("select count(*) from users"), 1);
}

Test(store_membership, a_user_or_organization_that_went_meanwhile_undoes_everything) {
    make_organization(1, 0);
    store_membership_new_t in = new_member(arena, 1);
    store_membership_made_t made;
    in.invite = invite(arena, 1);
    in.is_new_user = false;
    assert_result(store_membership_create(store, &in, &WRITE, &made, &err), CONFLICT);
    in.is_new_user = true;
    in.organization_id = STR("org_9");
    assert_result(store_membership_create(store, &in, &WRITE, &made, &err), CONFLICT);
    assert_nothing_written();
    cr_assert_eq(sql_number("select count(*) from users"), 0);
}

// ---- races and limits ---------------------------------------------------------------------------

enum { AT_ONCE = 16, PLACES = 5 };

static void invite_other(store_own_t *own, int index) {
    store_membership_new_t in = new_member(own->arena, index + 1);
    store_membership_made_t made;
    err_t own_err = {0};
    in.invite = index % 2 ? invite(own->arena, index + 1) : NULL;
    const result_t result = store_membership_create(own->store, &in, &WRITE, &made, &own_err);
    cr_assert(result == OK || result == CONFLICT, "%s %s", result_name(result), own_err.text);
}

Test(store_membership, many_at_once_never_exceed_the_places_of_an_organization) {
    make_organization(1, PLACES);
    run_parallel(AT_ONCE, invite_other);
    cr_assert_eq(sql_number("select count(*) from memberships"), PLACES);
    cr_assert_eq(sql_number("select count(*) from users"), PLACES, "the others are undone whole");
    cr_assert_eq(sql_number("select count(*) from audit_events"), PLACES);
}

static void invite_same(store_own_t *own, int index) {
    store_membership_new_t in = new_member(own->arena, index + 1);
    store_membership_made_t made;
    err_t own_err = {0};
    in.email = STR("ann@acme.example");
    const result_t result = store_membership_create(own->store, &in, &WRITE, &made, &own_err);
    cr_assert(result == OK || result == CONFLICT, "%s %s", result_name(result), own_err.text);
}

static result_t invite_limited(int n, store_membership_made_t *out) {
    store_membership_new_t in = new_member(arena, n);
    store_invite_new_t *mail = invite(arena, n);
    mail->limits = two_a_minute();
    in.invite = mail;
    return store_membership_create(store, &in, &WRITE, out, &err);
}

Test(store_membership, p_otp_19_the_third_invitation_of_a_minute_writes_nothing_at_all) {
    make_organization(1, 0);
    store_membership_made_t made;
    for (int n = 1; n <= 2; n++) {
        assert_ok(invite_limited(n, &made));
        cr_assert_not(made.limited.is_limited);
    }
    assert_ok(invite_limited(3, &made));
    cr_assert(made.limited.is_limited);
    cr_assert(made.limited.retry_after_s > 0 && made.limited.retry_after_s <= 60);
    cr_assert_eq(sql_number("select count(*) from users"), 2);
    cr_assert_eq(sql_number("select count(*) from memberships"), 2);
    cr_assert_eq(sql_number("select count(*) from invitations"), 2);
    cr_assert_eq(sql_number("select count(*) from outbox"), 2);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 2);
    cr_assert_eq(sql_number("select count from rate_counters"), 2);
    // Without a mail nothing is counted, and the connection is good for it.
    const store_membership_new_t silent = new_member(arena, 4);
    create(&silent);
    sql_exec("update rate_counters set window_ends_at = now()");
    assert_ok(invite_limited(3, &made));
    assert_text(made.user.id, "usr_3");
}

Test(store_membership, an_invitation_that_was_not_made_is_not_counted) {
    make_organization(1, 1);
    store_membership_made_t made;
    assert_ok(invite_limited(1, &made));
    assert_result(invite_limited(2, &made), CONFLICT);
    cr_assert_eq(sql_number("select count from rate_counters"), 1);
}

static void invite_mailbox(store_own_t *own, int index) {
    store_membership_new_t in = new_member(own->arena, index + 1);
    store_invite_new_t *mail = invite(own->arena, index + 1);
    store_membership_made_t made;
    err_t own_err = {0};
    mail->limits = two_a_minute();
    in.invite = mail;
    assert_ok(store_membership_create(own->store, &in, &WRITE, &made, &own_err));
}

Test(store_membership, p_otp_19_many_at_once_to_one_mailbox_are_two_mails) {
    make_organization(1, 0);
    run_parallel(AT_ONCE, invite_mailbox);
    cr_assert_eq(sql_number("select count(*) from outbox"), 2);
    cr_assert_eq(sql_number("select count(*) from memberships"), 2);
}

Test(store_membership, many_at_once_for_one_address_make_one_user) {
    make_organization(1, 0);
    run_parallel(AT_ONCE, invite_same);
    cr_assert_eq(sql_number("select count(*) from users"), 1);
    cr_assert_eq(sql_number("select count(*) from memberships"), 1);
}

static store_member_t member_of(int organization, int user) {
    const store_member_in_t in = {.organization_id = arena_format(arena, "org_%d", organization),
                                  .user.id = arena_format(arena, "usr_%d", user)};
    store_member_t member;
    assert_ok(store_member_read(store, &in, &member, &err));
    return member;
}

Test(store_membership, places_are_taken_by_active_members_and_open_invitations_only) {
    make_organization(1, 3);
    for (int n = 1; n <= 3; n++) {
        store_membership_new_t in = new_member(arena, n);
        in.invite = n == 1 ? NULL : invite(arena, n);
        cr_assert_not(member_of(1, n).is_full);
        create(&in);
    }
    cr_assert(member_of(1, 9).is_full);
    sql_exec("update invitations set expires_at = now() where user_id = 'usr_2'");
    cr_assert_not(member_of(1, 9).is_full);
    sql_exec("update organizations set max_users = 2");
    cr_assert(member_of(1, 9).is_full);
    sql_exec("update memberships set status = 'INACTIVE' where user_id = 'usr_1'");
    cr_assert_not(member_of(1, 9).is_full);
    sql_exec("update organizations set max_users = null");
    cr_assert_not(member_of(1, 9).is_full);
}

Test(store_membership, what_is_not_there_reads_as_absent) {
    make_organization(1, 0);
    make_user(1, true);
    store_member_t member = member_of(1, 1);
    cr_assert(member.is_organization_present && member.is_user_present && !member.is_member);
    assert_text(member.app_name, "");
    member = member_of(2, 1);
    cr_assert_not(member.is_organization_present || member.is_member || member.is_full);
    member = member_of(1, 2);
    cr_assert_not(member.is_user_present || member.is_member);
    sql_exec(
        "insert into applications (id, name, type, is_default)"
        " values ('app_1', 'App', 'web_app', true)");
    assert_text(member_of(1, 1).app_name, "App");
}

// ---- changing -----------------------------------------------------------------------------------

static result_t change_roles(flow_list_t roles, bool is_removal, flow_list_t *out) {
    const store_roles_change_t in = {.organization_id = STR("org_1"),
                                     .user_id = STR("usr_1"),
                                     .roles = roles,
                                     .is_removal = is_removal};
    return store_roles_change(store, &in, &WRITE, out, &err);
}

Test(store_membership, roles_come_and_go_and_the_last_one_stays) {
    make_organization(1, 0);
    const store_membership_new_t in = new_member(arena, 1);
    create(&in);
    flow_list_t roles;
    assert_ok(change_roles((flow_list_t){ADMIN, 1}, false, &roles));
    cr_assert_eq(roles.count, 2);
    assert_ok(change_roles((flow_list_t){ADMIN, 1}, false, &roles));
    cr_assert_eq(roles.count, 2, "none stands twice");
    assert_ok(change_roles((flow_list_t){MEMBER, 1}, true, &roles));
    cr_assert_eq(roles.count, 1);
    assert_text(roles.items[0], "admin");
    assert_result(change_roles((flow_list_t){MEMBER, 1}, true, &roles), CONFLICT);
    assert_result(change_roles((flow_list_t){ADMIN, 1}, true, &roles), CONFLICT);
    assert_text(sql_string("select roles::text from memberships"), "{admin}");
}

Test(store_membership, a_change_merges_metadata_and_leaves_roles_that_are_not_given) {
    make_organization(1, 0);
    const store_membership_new_t in = new_member(arena, 1);
    create(&in);
    store_membership_change_t change = {.organization_id = STR("org_1"),
                                        .user_id = STR("usr_1"),
                                        .metadata = STR("{\"plan\": null, \"seat\": \"2\"}")};
    store_user_t row;
    assert_ok(store_membership_update(store, &change, &WRITE, &row, &err));
    assert_text(sql_string("select roles::text || metadata::text from memberships"),
                "{member}{\"seat\": \"2\"}");
    change.roles = (flow_list_t){ADMIN, 1};
    change.metadata = STR_NONE;
    assert_ok(store_membership_update(store, &change, &WRITE, &row, &err));
    assert_text(sql_string("select roles::text || metadata::text from memberships"),
                "{admin}{\"seat\": \"2\"}");
    change.organization_id = STR("org_2");
    assert_result(store_membership_update(store, &change, &WRITE, &row, &err), CONFLICT);
}

// ---- ending -------------------------------------------------------------------------------------

static result_t leave(store_t *from, int organization, err_t *why) {
    const str_t organization_id = organization == 1 ? STR("org_1") : STR("org_2");
    return store_membership_delete(from, organization_id, STR("usr_1"), &WRITE, why);
}

static void make_two_memberships(void) {
    make_organization(1, 0);
    make_organization(2, 0);
    make_user(1, true);
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning)"
        " select id, 'usr_1', 'ACTIVE', 'direct_provision' from organizations");
}

Test(store_membership, leaving_ends_what_is_for_this_organization_and_the_last_one_ends_the_user) {
    make_two_memberships();
    make_session(1, "org_1");
    make_session(2, "org_2");
    assert_ok(leave(store, 1, &err));
    cr_assert_eq(live_sessions(), 1);
    assert_text(sql_string("select id from sessions where ended_at is null"), "ses_2");
    assert_result(leave(store, 1, &err), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from users"), 1);
    assert_ok(leave(store, 2, &err));
    cr_assert_eq(sql_number("select count(*) from users"), 0);
    cr_assert_eq(sql_number("select count(*) from sessions"), 0);
    cr_assert_eq(sql_number("select count(*) from grants"), 0);
}

static void leave_own(store_own_t *own, int index) {
    err_t own_err = {0};
    cr_assert_eq(leave(own->store, index + 1, &own_err), OK, "%s", own_err.text);
}

Test(store_membership, of_two_who_take_the_last_two_memberships_one_ends_the_user) {
    make_organization(1, 0);
    make_organization(2, 0);
    for (int round = 0; round < 5; round++) {
        make_user(1, true);
        sql_exec(
            "insert into memberships (organization_id, user_id, status, provisioning)"
            " select id, 'usr_1', 'ACTIVE', 'direct_provision' from organizations");
        run_parallel(2, leave_own);
        cr_assert_eq(sql_number("select count(*) from users"), 0);
    }
}
