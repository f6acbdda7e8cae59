#include "handle/limits.h"
#include <criterion/criterion.h>

static arena_t *arena;
static master_t *master;
static request_t request;
static call_t call;

static void setup(void) {
    static const uint8_t KEY[32] = {7};
    err_t err = {0};
    arena = arena_new(1024 * 1024);
    cr_assert_eq(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &err), OK);
    call = (call_t){.arena = arena, .master = master, .request = &request};
}
static void teardown(void) {
    master_free(&master);
    arena_free(&arena);
}
TestSuite(handle_limits, .init = setup, .fini = teardown);

static void assert_same(str_t actual, const char *expected) {
    cr_assert(str_eq(actual, str_from_c(expected)), "%.*s", STR_ARG(actual));
}

Test(handle_limits, an_ipv4_address_is_its_own_network_and_site) {
    assert_same(limits_network(arena, STR("192.0.2.7")), "192.0.2.7");
    assert_same(limits_site(arena, STR("192.0.2.7")), "192.0.2.7");
    assert_same(limits_site(arena, STR("::ffff:192.0.2.7")), "192.0.2.7");
}

Test(handle_limits, an_ipv6_address_is_cut_to_its_network_and_its_site) {
    assert_same(limits_network(arena, STR("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::");
    assert_same(limits_site(arena, STR("2001:db8:1:2:3:4:5:6")), "2001:db8:1::");
}

static bool is_same(const limits_t *left, const limits_t *right, size_t index) {
    return memcmp(&left->keys[index], &right->keys[index], sizeof(left->keys[index])) == 0;
}

// The counters for a mail, asked for from `ip`.
static limits_t mail_from(const char *ip) {
    const browser_t browser = {0};
    const limits_mail_t in = {.browser = &browser, .email = STR("ann@acme.example")};
    limits_t limits;
    request.client_ip = str_from_c(ip);
    cr_assert_eq(limits_for_mail(&call, &in, &limits), OK);
    return limits;
}

Test(handle_limits, p_otp_19_one_site_has_one_share_of_a_mailbox_however_many_networks_it_holds) {
    const limits_t one = mail_from("2001:db8:1:2::1"), other = mail_from("2001:db8:1:3::1"),
                   far = mail_from("2001:db8:2:2::1");
    cr_assert_eq(one.count, 3);
    for (size_t i = 0; i < 2; i++) { // the mailbox by the minute and by the hour
        cr_assert(is_same(&one, &other, i));
        cr_assert_not(is_same(&one, &far, i));
    }
    cr_assert_not(is_same(&one, &other, 2));
}

// ---- invitations --------------------------------------------------------------------------------

static limits_t invitation_from(const char *ip, const char *email) {
    limits_t limits;
    request.client_ip = str_from_c(ip);
    cr_assert_eq(limits_for_invitation(&call, str_from_c(email), &limits), OK);
    return limits;
}

Test(handle_limits,
     p_otp_19_a_mailbox_has_two_invitations_a_minute_and_ten_an_hour_from_everywhere) {
    const limits_t one = invitation_from("192.0.2.7", "ann@acme.example"),
                   other = invitation_from("198.51.100.7", "Ann+a@ACME.example"),
                   bob = invitation_from("192.0.2.7", "bob@acme.example");
    cr_assert_eq(one.count, 2);
    cr_assert_eq(one.items[0].max, 2);
    cr_assert_eq(one.items[0].window_s, 60);
    cr_assert_eq(one.items[1].max, 10);
    cr_assert_eq(one.items[1].window_s, 3600);
    for (size_t i = 0; i < one.count; i++) {
        cr_assert(is_same(&one, &other, i));
        cr_assert_not(is_same(&one, &bob, i));
    }
}

Test(handle_limits, invitations_and_sign_in_mails_do_not_use_up_one_another) {
    const limits_t mail = mail_from("192.0.2.7"),
                   invitation = invitation_from("192.0.2.7", "ann@acme.example");
    for (size_t i = 0; i < mail.count; i++) {
        for (size_t j = 0; j < invitation.count; j++) {
            cr_assert_neq(memcmp(&mail.keys[i], &invitation.keys[j], sizeof(mail.keys[i])), 0);
        }
    }
}

// ---- rows about refusals ------------------------------------------------------------------------

static limits_t refusal_from(const char *ip, const char *event, const char *error) {
    limits_t limits;
    request.client_ip = str_from_c(ip);
    cr_assert_eq(limits_for_refusal(&call, event, error, &limits), OK);
    return limits;
}

Test(handle_limits, a_network_has_ten_rows_a_minute_for_each_kind_of_refusal) {
    const limits_t one = refusal_from("2001:db8:1:2::1", "oauth.token", "invalid_client"),
                   near = refusal_from("2001:db8:1:2::2", "oauth.token", "invalid_client"),
                   far = refusal_from("2001:db8:1:3::1", "oauth.token", "invalid_client"),
                   grant = refusal_from("2001:db8:1:2::1", "oauth.token", "invalid_grant"),
                   revoke = refusal_from("2001:db8:1:2::1", "oauth.revoke", "invalid_client");
    cr_assert_eq(one.count, 1);
    cr_assert_eq(one.items[0].max, 10);
    cr_assert_eq(one.items[0].window_s, 60);
    cr_assert(is_same(&one, &near, 0));
    cr_assert_not(is_same(&one, &far, 0));
    cr_assert_not(is_same(&one, &grant, 0));
    cr_assert_not(is_same(&one, &revoke, 0));
}
