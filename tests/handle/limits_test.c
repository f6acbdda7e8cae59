#include "handle/limits.h"
#include <criterion/criterion.h>

static arena_t *arena;

static void setup(void) {
    arena = arena_new(1024 * 1024);
}
static void teardown(void) {
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

// The keys of the counters for a mail, asked for from `ip`.
static limits_t mail_from(const char *ip) {
    static const uint8_t KEY[32] = {7};
    const request_t request = {.client_ip = str_from_c(ip)};
    const browser_t browser = {0};
    limits_t limits;
    err_t err = {0};
    master_t *master = NULL;
    cr_assert_eq(master_from_bytes((bytes_t){KEY, sizeof(KEY)}, &master, &err), OK);
    call_t call = {.arena = arena, .master = master, .request = &request};
    const limits_mail_t in = {.browser = &browser, .email = STR("ann@acme.example")};
    cr_assert_eq(limits_for_mail(&call, &in, &limits), OK);
    master_free(&master);
    return limits;
}

Test(handle_limits, p_otp_19_one_site_has_one_share_of_a_mailbox_however_many_networks_it_holds) {
    const limits_t one = mail_from("2001:db8:1:2::1"), other = mail_from("2001:db8:1:3::1"),
                   far = mail_from("2001:db8:2:2::1");
    cr_assert_eq(one.count, 3);
    for (size_t i = 0; i < 2; i++) { // the mailbox by the minute and by the hour
        cr_assert_eq(memcmp(&one.keys[i], &other.keys[i], sizeof(one.keys[i])), 0);
        cr_assert_neq(memcmp(&one.keys[i], &far.keys[i], sizeof(one.keys[i])), 0);
    }
    cr_assert_neq(memcmp(&one.keys[2], &other.keys[2], sizeof(one.keys[2])), 0);
}
