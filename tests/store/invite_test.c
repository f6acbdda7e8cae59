#include "store/database.h"
#include "store/invite.h"

static const store_audit_t WRITE = {.event = "api.test", .decision = "write"};

static void setup(void) {
    database_setup();
    sql_exec("insert into organizations (id, name) values ('org_1', 'Org')");
    sql_exec(
        "insert into users (id, email, email_display) values ('usr_1', 'a@acme.example', 'a')");
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning)"
        " values ('org_1', 'usr_1', 'PENDING_INVITE', 'invitation')");
    sql_exec(
        "insert into invitations (id, organization_id, user_id, token_hash, created_at,"
        " expires_at) values ('inv_1', 'org_1', 'usr_1', '\\x01', '2026-01-01',"
        " now() + interval '1 hour')");
}

TestSuite(store_invite, .init = setup, .fini = database_teardown);

static result_t renew(bool was_expired, store_invite_t *out) {
    static const uint8_t HASH[32] = {2};
    static const store_limit_t LIMIT = {.key = {HASH, sizeof HASH}, .window_s = 60, .max = 1};
    const store_invite_renewal_t in = {.organization_id = STR("org_1"),
                                       .user_id = STR("usr_1"),
                                       .was_expired = was_expired,
                                       .next = {.token_hash = {HASH, sizeof HASH},
                                                .lifetime_s = 7200,
                                                .outbox_id = STR("out_1"),
                                                .mail_sealed = {HASH, sizeof HASH},
                                                .limits = {&LIMIT, 1}}};
    return store_invite_renew(store, &in, &WRITE, out, &err);
}

static void assert_untouched(void) {
    cr_assert_eq(sql_number("select count(*) from invitations where token_hash = '\\x01'"), 1);
    cr_assert_eq(sql_number("select count(*) from outbox"), 0);
    cr_assert_eq(sql_number("select count(*) from audit_events"), 0);
}

Test(store_invite, a_renewal_kills_the_old_link_and_counts) {
    store_invite_t invite;
    assert_ok(renew(false, &invite));
    cr_assert_eq(invite.resent_count, 1);
    cr_assert_gt(invite.resent_at, 0);
    cr_assert_gt(invite.expires_at, invite.resent_at + 7000 * 1000);
    cr_assert_lt(invite.created_at, invite.resent_at);
    cr_assert_eq(sql_number("select count(*) from invitations where token_hash = '\\x01'"), 0);
    cr_assert_eq(sql_number("select count(*) from outbox"), 1);
}

Test(store_invite, p_otp_19_a_renewal_beyond_the_limit_leaves_the_old_link_alive) {
    store_invite_t invite;
    sql_exec("insert into rate_counters values ('\\x02%062d', now() + interval '30 seconds', 1)",
             0);
    assert_ok(renew(false, &invite));
    cr_assert(invite.limited.is_limited);
    cr_assert(invite.limited.retry_after_s > 0 && invite.limited.retry_after_s <= 30);
    assert_untouched();
    sql_exec("update rate_counters set window_ends_at = now()");
    assert_ok(renew(false, &invite));
    cr_assert_not(invite.limited.is_limited);
    cr_assert_eq(invite.resent_count, 1);
}

Test(store_invite, what_was_accepted_meanwhile_is_not_renewed) {
    store_invite_t invite;
    sql_exec("update memberships set status = 'ACTIVE'");
    assert_result(renew(false, &invite), CONFLICT);
    sql_exec("update memberships set status = 'PENDING_INVITE'");
    sql_exec("update invitations set consumed_at = now()");
    assert_result(renew(false, &invite), CONFLICT);
    assert_untouched();
}

Test(store_invite, what_was_withdrawn_meanwhile_is_not_renewed) {
    store_invite_t invite;
    sql_exec("delete from memberships");
    assert_result(renew(false, &invite), CONFLICT);
    cr_assert_eq(sql_number("select count(*) from outbox"), 0);
}

Test(store_invite, one_that_had_expired_needs_a_place_and_one_that_is_open_has_it) {
    store_invite_t invite;
    sql_exec("update organizations set max_users = 1");
    sql_exec(
        "insert into users (id, email, email_display) values ('usr_2', 'b@acme.example', 'b')");
    sql_exec(
        "insert into memberships (organization_id, user_id, status, provisioning)"
        " values ('org_1', 'usr_2', 'ACTIVE', 'direct_provision')");
    sql_exec("update invitations set expires_at = now()");
    assert_result(renew(false, &invite), CONFLICT);
    assert_result(renew(true, &invite), CONFLICT);
    assert_untouched();
    sql_exec("update invitations set expires_at = now() + interval '1 hour'");
    assert_result(renew(true, &invite), CONFLICT);
    assert_ok(renew(false, &invite));
}
