#include "base/buffer.h"
#include "base/cookie.h"
#include "base_test.h"
#include <signal.h>

BASE_SUITE(base_cookie);

static void assert_found(str_t header, str_t expected) {
    str_t value;
    cr_assert_eq(cookie_get(header, STR("__Host-gh"), &value), FORM_ONE, "%.*s", STR_ARG(header));
    assert_str(value, expected);
}

static void assert_absent(str_t header) {
    str_t value = STR("x");
    cr_assert_eq(cookie_get(header, STR("__Host-gh"), &value), FORM_ABSENT, "%.*s",
                 STR_ARG(header));
    cr_assert_eq(value.len, 0);
}

static void assert_repeated(str_t header) {
    str_t value;
    cr_assert_eq(cookie_get(header, STR("__Host-gh"), &value), FORM_REPEATED, "%.*s",
                 STR_ARG(header));
}

Test(base_cookie, finds_a_cookie_wherever_it_stands) {
    assert_found(STR("__Host-gh=abc"), STR("abc"));
    assert_found(STR("a=b; __Host-gh=abc"), STR("abc"));
    assert_found(STR("__Host-gh=abc; a=b"), STR("abc"));
    assert_found(STR("a=b;__Host-gh=abc;c=d"), STR("abc"));
    assert_found(STR("__Host-gh="), STR(""));
    assert_found(STR("__Host-gh=a=b=c"), STR("a=b=c"));
}

Test(base_cookie, an_absent_cookie_is_absent) {
    assert_absent(STR_NONE);
    assert_absent(STR(""));
    assert_absent(STR(";"));
    assert_absent(STR("; ; ;"));
    assert_absent(STR("a=__Host-gh=abc"));
    assert_absent(STR("x__Host-gh=abc"));
    assert_absent(STR("__Host-ghx=abc"));
    assert_absent(STR("__Host-g=abc"));
}

Test(base_cookie, p_sess_03_look_alikes_are_not_ours) {
    assert_absent(STR("__host-gh=abc"));
    assert_absent(STR("__HOST-gh=abc"));
    assert_absent(STR(" __Host-gh=abc"));
    assert_absent(STR("a=b;  __Host-gh=abc"));
    assert_absent(STR("a=b; \t__Host-gh=abc"));
    assert_absent(STR("__Host-gh =abc"));
    assert_absent(STR("=__Host-gh=abc"));
    assert_absent(STR("a=b; =__Host-gh=abc"));
    assert_absent(STR("__Host-gh"));
    assert_absent(STR("a=b, __Host-gh=abc"));
    assert_absent(STR("__Host%2Dgh=abc"));
}

Test(base_cookie, p_sess_03_a_second_one_of_the_name_is_noticed) {
    assert_repeated(STR("__Host-gh=abc; __Host-gh=evil"));
    assert_repeated(STR("__Host-gh=evil; a=b; __Host-gh=abc"));
    assert_repeated(STR("__Host-gh=; __Host-gh=abc"));
    assert_repeated(STR("__Host-gh=\x01; __Host-gh=abc"));
    assert_repeated(STR("__Host-gh=abc; __Host-gh=abc"));
    assert_found(STR("__Host-gh=abc; __host-gh=evil"), STR("abc"));
}

Test(base_cookie, a_value_with_other_octets_is_not_ours) {
    assert_absent(STR("__Host-gh=a b"));
    assert_absent(STR("__Host-gh=\"abc\""));
    assert_absent(STR("__Host-gh=abc "));
    assert_absent(STR("__Host-gh=a,b"));
    assert_absent(STR("__Host-gh=a\\b"));
    assert_absent(STR("__Host-gh=a\0b"));
    assert_absent(STR("__Host-gh=\xC3\xA4"));
}

Test(base_cookie, p_mem_05_ten_thousand_cookies) {
    buf_t header = buf_new(arena, 200000);
    for (unsigned i = 0; i < 10000; i++) {
        buf_add_format(&header, "__Host-gh%u=v%u; ", i, i);
    }
    assert_absent(buf_str(&header));
    buf_add_c(&header, "__Host-gh=last");
    assert_found(buf_str(&header), STR("last"));
    assert_absent(repeat(STR(";"), 1000000));
    assert_absent(repeat(STR("="), 1000000));
}

Test(base_cookie, writes_every_attribute) {
    cookie_t cookie = {
        .name = STR("__Host-gh"), .value = STR("abc-_1"), .max_age_s = 60, .is_secure = true};
    assert_text(cookie_format(arena, &cookie),
                "__Host-gh=abc-_1; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60");
    cookie.max_age_s = -1;
    assert_text(cookie_format(arena, &cookie),
                "__Host-gh=abc-_1; Path=/; HttpOnly; SameSite=Lax; Secure");
    cookie.max_age_s = 0;
    assert_text(cookie_format(arena, &cookie),
                "__Host-gh=abc-_1; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0");
    cookie = (cookie_t){.name = STR("gh"), .value = STR("a"), .max_age_s = -1};
    assert_text(cookie_format(arena, &cookie), "gh=a; Path=/; HttpOnly; SameSite=Lax");
}

Test(base_cookie, a_host_cookie_without_secure_is_a_mistake, .signal = SIGABRT) {
    const cookie_t cookie = {.name = STR("__Host-gh"), .value = STR("a")};
    cookie_format(arena, &cookie);
}

Test(base_cookie, a_value_that_would_add_attributes_is_a_mistake, .signal = SIGABRT) {
    const cookie_t cookie = {.name = STR("gh"), .value = STR("a; Domain=evil.example")};
    cookie_format(arena, &cookie);
}
