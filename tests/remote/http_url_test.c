#include "remote/http.h"
#include <criterion/criterion.h>

static arena_t *arena;
static err_t err;

static void set_up(void) {
    arena = arena_new(1 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

TestSuite(remote_http_url, .init = set_up, .fini = tear_down);

static result_t judge_text(const settings_t *settings, str_t url) {
    err = (err_t){0};
    return http_url_judge(arena, settings, url, &err);
}

static result_t judge(const settings_t *settings, const char *url) {
    return judge_text(settings, str_from_c(url));
}

static const settings_t STRICT = {.is_https = true};
static const settings_network_t LOOPBACK[] = {{{127}, 8, false}, {{[15] = 1}, 128, true}};
static const settings_t DEVELOPMENT = {
    .is_http_allowed = true, .outbound_allow = LOOPBACK, .outbound_allow_count = 2};

Test(remote_http_url, takes_urls_that_are_written_plainly) {
    static const char *const FINE[] = {
        "https://idp.example.com",
        "https://idp.example.com/",
        "https://IDP.Example.com/a/../b/%2e%2e/c?x=1&y=%0d%0a",
        "https://idp.example.com?x",
        "https://idp.example.com:8443/.well-known/openid-configuration",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://[2606:4700::1111]:444/",
        "https://xn--bcher-kva.example/",
        "https://idp.internal/",
        "https://a_b.example/",
        "https://idp.example/path:with@signs",
    };
    for (size_t i = 0; i < sizeof(FINE) / sizeof(FINE[0]); i++) {
        cr_assert_eq(judge(&STRICT, FINE[i]), OK, "%s: %s", FINE[i], err.text);
    }
}

Test(remote_http_url, p_ssrf_01_refuses_addresses_of_ours_in_all_spellings) {
    static const char *const OURS[] = {
        "https://127.0.0.1/",
        "https://127.0.0.1:8443/",
        "https://127.1/",
        "https://127.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://00000177.0.0.1/",
        "https://127.0.0.1./",
        "https://0/",
        "https://0.0.0.0/",
        "https://10.0.0.1/",
        "https://172.16.0.1/",
        "https://192.168.0.1/",
        "https://169.254.169.254/latest/",
        "https://0xa9fea9fe/",
        "https://2852039166/",
        "https://0251.0376.0251.0376/",
        "https://100.100.100.200/",
        "https://255.255.255.255/",
        "https://224.0.0.1/",
        "https://[::1]/",
        "https://[::]/",
        "https://[0:0:0:0:0:0:0:1]/",
        "https://[0000:0000:0000:0000:0000:0000:0000:0001]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[::127.0.0.1]/",
        "https://[64:ff9b::127.0.0.1]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://[fd00:ec2::254]/",
        "https://[fec0::1]/",
        "https://[ff02::1]/",
        "https://[2001::1]/",
        "https://localhost/",
        "https://LocalHost/",
        "https://localhost./",
        "https://a.localhost/",
        "https://localhost:8080/",
    };
    for (size_t i = 0; i < sizeof(OURS) / sizeof(OURS[0]); i++) {
        cr_assert_eq(judge(&STRICT, OURS[i]), REFUSED, "%s", OURS[i]);
        cr_assert_neq(err.text[0], '\0');
    }
}

Test(remote_http_url, refuses_odd_spellings_of_public_addresses_too) {
    static const char *const ODD[] = {
        "https://134744072/",
        "https://0x08080808/",
        "https://010.8.8.8/",
        "https://8.2056/",
        "https://[2606:4700:0:0:0:0:0:1111]/",
        "https://[::ffff:8.8.8.8%251]/",
        "https://8.8.8.8./",
    };
    for (size_t i = 0; i < sizeof(ODD) / sizeof(ODD[0]); i++) {
        cr_assert_eq(judge(&STRICT, ODD[i]), REFUSED, "%s", ODD[i]);
    }
}

Test(remote_http_url, p_ssrf_02_refuses_every_other_scheme) {
    static const char *const OTHER[] = {
        "http://idp.example.com/",
        "ftp://idp.example.com/",
        "file:///etc/passwd",
        "file://idp.example.com/etc/passwd",
        "gopher://idp.example.com/",
        "dict://idp.example.com/",
        "ldap://idp.example.com/",
        "smtp://idp.example.com/",
        "scp://idp.example.com/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "httpss://idp.example.com/",
        "idp.example.com/",
        "//idp.example.com/",
        "https",
        "https:",
        "https:/",
        "https://",
        "/",
    };
    for (size_t i = 0; i < sizeof(OTHER) / sizeof(OTHER[0]); i++) {
        cr_assert_eq(judge(&STRICT, OTHER[i]), REFUSED, "%s", OTHER[i]);
    }
}

static const char *const TWO_WAYS[] = {
    "https://good.example\\@evil.example/",
    "https://good.example\\.evil.example/",
    "https://good.example#@evil.example/",
    "https://good.example/#x",
    "https://evil.example%2f.good.example/",
    "https://evil.example%2egood.example/",
    "https://%31%32%37.0.0.1/",
    "https://good.example%00.evil.example/",
    "https://good.example%23@evil.example/",
    "https://user@good.example/",
    "https://user:password@good.example/",
    "https://@good.example/",
    "https://:@good.example/",
    "https://good.example@evil.example/",
    "https://good.example:443@evil.example/",
    "https://good.example:80:443/",
    "https://good.example:/",
    "https://good.example:0/",
    "https://good.example:0443/",
    "https://good.example:65536/",
    "https://good.example:99999999999/",
    "https://good.example:-1/",
    "https://good.example:+443/",
    "https://good.example: 443/",
    "https://good.example:443x/",
    "https:good.example/",
    "https:/good.example/",
    "https:///good.example/",
    "https:////good.example/",
    "https:\\\\good.example\\",
    "https://good.example;evil.example/",
    "https://good.example,evil.example/",
    "https://good.example&evil.example/",
    "https://[good.example]/",
    "https://[]/",
    "https://[::1/",
    "https://::1/",
    "https://2606:4700::1111/",
    "https://[2606:4700::1111]x/",
    "https://.../",
    "https://good.example./",
    "https://good..example/",
    "https://.good.example/",
    "https://good%.example/",
    "https://good%zz.example/",
    "https://good~example/",
    "https://good|evil.example/",
    " https://good.example/",
    "https://good.example/ ",
    "https://good.example/a b",
    "https://good.example\t/",
    "https://good.example/\r\nHost: evil.example",
    "ht\ntps://good.example/",
    "https://good.example\x7f/",
    "https://b\xc3\xbc"
    "cher.example/",
    "https://good\xe3\x80\x82"
    "example/",
    "https://good.example/\xff",
    "HTTPS:// good.example/",
};

Test(remote_http_url, p_ssrf_03_refuses_whatever_two_parsers_read_in_two_ways) {
    for (size_t i = 0; i < sizeof(TWO_WAYS) / sizeof(TWO_WAYS[0]); i++) {
        cr_assert_eq(judge(&STRICT, TWO_WAYS[i]), REFUSED, "%s", TWO_WAYS[i]);
        cr_assert_str_neq(err.code, "curl_failed");
    }
    cr_assert_eq(judge_text(&STRICT, STR("https://good.example\0.evil.example/")), REFUSED);
    cr_assert_eq(judge_text(&STRICT, STR("https://good.example/\0")), REFUSED);
    cr_assert_eq(judge_text(&STRICT, STR("")), REFUSED);
}

Test(remote_http_url, refuses_a_url_that_is_too_long) {
    static char url[5000];
    memset(url, 'a', sizeof(url));
    memcpy(url, "https://idp.example/", 20);
    cr_assert_eq(judge_text(&STRICT, (str_t){url, 4096}), OK);
    cr_assert_eq(judge_text(&STRICT, (str_t){url, 4097}), REFUSED);
}

Test(remote_http_url, the_list_of_networks_opens_them_and_no_more) {
    cr_assert_eq(judge(&DEVELOPMENT, "https://127.0.0.1:4444/"), OK);
    cr_assert_eq(judge(&DEVELOPMENT, "https://[::1]/"), OK);
    cr_assert_eq(judge(&DEVELOPMENT, "https://localhost/"), OK);
    cr_assert_eq(judge(&DEVELOPMENT, "https://10.0.0.1/"), REFUSED);
    cr_assert_eq(judge(&DEVELOPMENT, "https://169.254.169.254/"), REFUSED);
    cr_assert_eq(judge(&DEVELOPMENT, "https://127.1/"), REFUSED, "the spelling stays strict");
}

Test(remote_http_url, http_needs_the_setting_and_a_listed_address) {
    const settings_t http_only = {.is_http_allowed = true};
    const settings_t list_only = {.outbound_allow = LOOPBACK, .outbound_allow_count = 2};
    cr_assert_eq(judge(&DEVELOPMENT, "http://127.0.0.1:4444/"), OK);
    cr_assert_eq(judge(&DEVELOPMENT, "http://idp.example/"), OK, "judged when it is connected to");
    cr_assert_eq(judge(&DEVELOPMENT, "http://8.8.8.8/"), REFUSED);
    cr_assert_eq(judge(&http_only, "http://127.0.0.1/"), REFUSED);
    cr_assert_eq(judge(&http_only, "http://8.8.8.8/"), REFUSED);
    cr_assert_eq(judge(&list_only, "http://127.0.0.1/"), REFUSED);
    cr_assert_eq(judge(&list_only, "https://127.0.0.1/"), OK);
}

Test(remote_http_url, says_to_an_administrator_what_is_wrong) {
    cr_assert_eq(judge(&STRICT, "https://10.1.2.3/secret?token=1"), REFUSED);
    cr_assert_not_null(strstr(err.text, "10.1.2.3 is not an address of the public internet"));
    cr_assert_null(strstr(err.text, "token"));
    cr_assert_eq(judge(&STRICT, "http://idp.example/"), REFUSED);
    cr_assert_str_eq(err.text, "the URL must start with https://");
}
