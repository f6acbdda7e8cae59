#include "protocol/form_of.h"
#include "protocol/oidc/redirect.h"

#define CALLBACK "https://app.example/callback"

static bool matches(const char *registered, const char *given, bool is_native) {
    const str_t item = str_from_c(registered);
    const oidc_list_t list = {&item, 1};
    return oidc_redirect_matches(&list, str_from_c(given), is_native);
}

static void assert_none_matches(const char *registered, const char *const *given, size_t count) {
    for (size_t i = 0; i < count; i++) {
        cr_assert(!matches(registered, given[i], false), "%s", given[i]);
        cr_assert(!matches(registered, given[i], true), "native: %s", given[i]);
    }
}
#define ASSERT_NONE_MATCHES(registered, given)                                                     \
    assert_none_matches((registered), (given), sizeof(given) / sizeof((given)[0]))

Test(protocol_redirect, matches_what_is_registered_octet_for_octet) {
    const str_t items[] = {STR("https://a.example/cb"), STR(CALLBACK), STR("com.example.app:/cb")};
    const oidc_list_t list = {items, 3};
    const oidc_list_t none = {NULL, 0};
    for (size_t i = 0; i < list.count; i++) {
        cr_assert(oidc_redirect_matches(&list, items[i], false));
    }
    cr_assert(!oidc_redirect_matches(&none, STR(CALLBACK), false));
    cr_assert(!oidc_redirect_matches(&list, STR(""), true));
    cr_assert(!oidc_redirect_matches(&list, STR_NONE, true));
}

Test(protocol_redirect, p_op_01_matches_no_other_place) {
    static const char *const EVIL[] = {
        "https://evil.example/callback",
        "https://app.example.evil.example/callback",
        "https://evil-app.example/callback",
        "https://sub.app.example/callback",
        "http://app.example/callback",
        "HTTPS://app.example/callback",
        "https://APP.example/callback",
        "https://app.example:443/callback",
        "https://app.example:8443/callback",
        "https://app.example./callback",
        "https://app.example/callback/",
        "https://app.example/callback/evil",
        "https://app.example/callback/../evil",
        "https://app.example/callback%2f..",
        "https://app.example/callback;x",
        "https://app.example/Callback",
        "https://app.example/callbac",
        "https://app.example/",
        "https://app.example",
        "https:/app.example/callback",
        "https:app.example/callback",
        "/callback",
        "callback",
        " https://app.example/callback",
        "https://app.example/callback ",
    };
    ASSERT_NONE_MATCHES(CALLBACK, EVIL);
}

Test(protocol_redirect, p_op_02_matches_nothing_that_only_looks_alike) {
    static const char *const EVIL[] = {
        "https://app.example/callback?",
        "https://app.example/callback?next=https://evil.example",
        "https://app.example/callback#",
        "https://app.example/callback#@evil.example",
        "https://app.example@evil.example/callback",
        "https://app.example:pw@evil.example/callback",
        "https://user@app.example/callback",
        "https://app.example\\@evil.example/callback",
        "https://evil.example\\app.example/callback",
        "https://app.example\t/callback",
        "https://app.example/callback\n",
        "https://app.example/call\rback",
        "https://\xd0\xb0pp.example/callback", // Cyrillic a
        "https://xn--pp-6kc.example/callback",
        "//evil.example/callback",
        "///app.example/callback",
        "https:///app.example/callback",
        "https://app%2eexample/callback",
        "https://app.example%2f@evil.example/callback",
        "https://app.example%00.evil.example/callback",
        "https://app\343\200\202example/callback", // ideographic full stop
        "javascript:alert(1)//https://app.example/callback",
        "data:text/html,https://app.example/callback",
        "https://app.example/%63allback",
    };
    ASSERT_NONE_MATCHES(CALLBACK, EVIL);
}

Test(protocol_redirect, p_op_03_frees_the_port_of_native_loopback_addresses_only) {
    static const struct {
        const char *registered, *given;
        bool is_native, is_match;
    } ROWS[] = {
        {"http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", true, true},
        {"http://127.0.0.1:8080/cb", "http://127.0.0.1:49152/cb", true, true},
        {"http://127.0.0.1:8080/cb", "http://127.0.0.1/cb", true, true},
        {"http://[::1]/cb", "http://[::1]:1/cb", true, true},
        {"http://[::1]/cb", "http://[::1]:65535/cb", true, true},
        {"http://127.0.0.1", "http://127.0.0.1:49152", true, true},
        // A web application's address is exact.
        {"http://127.0.0.1/cb", "http://127.0.0.1:49152/cb", false, false},
        {"http://127.0.0.1:3000/cb", "http://127.0.0.1:3000/cb", false, true},
        // The host is literal.
        {"http://localhost/cb", "http://localhost:49152/cb", true, false},
        {"http://localhost/cb", "http://localhost/cb", true, true},
        {"http://localhost/cb", "http://127.0.0.1/cb", true, false},
        {"http://127.0.0.1/cb", "http://localhost:49152/cb", true, false},
        {"http://127.0.0.1/cb", "http://[::1]:49152/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.2:49152/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.1:49152/cb", true, false},
        {"http://127.0.0.1/cb", "http://[::ffff:127.0.0.1]:49152/cb", true, false},
        // And so are scheme and path.
        {"http://127.0.0.1/cb", "https://127.0.0.1:49152/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:49152/cb/x", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:49152/", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:49152/cb?x=1", true, false},
        // What is not a port.
        {"http://127.0.0.1/cb", "http://127.0.0.1:/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:0/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:65536/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:-1/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:80a/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", true, false},
        {"http://127.0.0.1/cb", "http://127.0.0.1@evil.example/cb", true, false},
        {"http://127.0.0.1", "http://127.0.0.1:80@evil.example", true, false},
        {"http://127.0.0.1.evil.example/cb", "http://127.0.0.1:80.evil.example/cb", true, false},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        cr_assert_eq(matches(ROWS[i].registered, ROWS[i].given, ROWS[i].is_native),
                     ROWS[i].is_match, "%s for %s", ROWS[i].given, ROWS[i].registered);
    }
}

// ---- registering --------------------------------------------------------------------------------

static result_t check(const char *uri, bool is_native, bool is_http_allowed) {
    err_t err = {0};
    const oidc_redirect_rules_t rules = {is_native, is_http_allowed};
    const result_t result = oidc_redirect_check(str_from_c(uri), rules, &err);
    cr_assert(result == OK || (result == BAD_REQUEST && err.text[0]), "%s", uri);
    return result;
}

Test(protocol_redirect, registers_what_an_application_may_have) {
    static const char *const GOOD[] = {
        "https://app.example/callback",
        "https://app.example",
        "https://app.example:8443/a/b-c_d~e",
        "https://xn--bcher-kva.example/cb",
        "https://10.0.0.7/cb",
        "https://[2001:db8::1]:8443/cb",
        "http://localhost:3000/cb",
        "http://127.0.0.1/cb",
        "http://[::1]:8080/cb",
        "https://app.example/a%20b/...",
        "https://app.example//cb",
        "https://app.example/@me",
    };
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        cr_assert_eq(check(GOOD[i], false, false), OK, "%s", GOOD[i]);
    }
}

Test(protocol_redirect, registers_nothing_that_could_lead_elsewhere) {
    static const char *const BAD[] = {
        "",
        "/callback",
        "//app.example/cb",
        "app.example/cb",
        "https:",
        "https:/app.example/cb",
        "https://",
        "https:///cb",
        "https://app.example/cb#",
        "https://app.example/cb#x",
        "https://app.example/cb?",
        "https://app.example/cb?a=b",
        "https://user@app.example/cb",
        "https://user:pw@app.example/cb",
        "https://@app.example/cb",
        "https://app.example\\@evil.example/",
        "https://app.example/ cb",
        "https://app.example/cb\n",
        "https://app.example/c\tb",
        "https://\xc3\xa4pp.example/cb",
        "https://app.example/\xc3\xa4",
        "https://app%2eexample/cb",
        "https://APP.example/cb",
        "HTTPS://app.example/cb",
        "https://*.app.example/cb",
        "https://app.example/*",
        "https://{{org_slug}}.app.example/cb",
        "https://app.example/a/../b",
        "https://app.example/a/.",
        "https://app.example/..",
        "https://app.example/a/%2e%2E/b",
        "https://app.example/a/.%2e",
        "https://app.example/a%2",
        "https://app.example/a%zz",
        "https://app.example./cb",
        "https://.example/cb",
        "https://app..example/cb",
        "https://-app.example/cb",
        "https://app_x.example/cb",
        "https://app.example:/cb",
        "https://app.example:0/cb",
        "https://app.example:65536/cb",
        "https://app.example:443:443/cb",
        "https://app.example:x/cb",
        "https://[::1/cb",
        "https://[::zz]/cb",
        "https://[1.2.3.4]/cb",
        "https://[::1]x/cb",
        "https://<script>/cb",
        "http://app.example/cb",
        "http://localhost.evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "com.example.app:/cb", // not a native application
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        cr_assert_eq(check(BAD[i], false, false), BAD_REQUEST, "%s", BAD[i]);
    }
}

Test(protocol_redirect, registers_plain_http_only_in_development) {
    cr_assert_eq(check("http://app.example/cb", false, true), OK);
    cr_assert_eq(check("http://app.example/cb#x", false, true), BAD_REQUEST);
}

Test(protocol_redirect, registers_a_native_applications_own_scheme) {
    static const struct {
        const char *uri;
        result_t result;
    } ROWS[] = {
        {"com.example.app:/cb", OK},
        {"myapp://callback", OK},
        {"myapp://callback/a/b", OK},
        {"myapp:callback", BAD_REQUEST},
        {"myapp:", BAD_REQUEST},
        {"myapp://user@host/cb", BAD_REQUEST},
        {"myapp:/cb/../x", BAD_REQUEST},
        {"MyApp:/cb", BAD_REQUEST},
        {"my_app:/cb", BAD_REQUEST},
        {"1app:/cb", BAD_REQUEST},
        {"javascript:/alert(1)", BAD_REQUEST},
        {"data:/text/html,x", BAD_REQUEST},
        {"vbscript:/x", BAD_REQUEST},
        {"file:///etc/passwd", BAD_REQUEST},
        {"blob:/x", BAD_REQUEST},
        {"intent://x/cb", BAD_REQUEST},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        cr_assert_eq(check(ROWS[i].uri, true, false), ROWS[i].result, "%s", ROWS[i].uri);
    }
}

Test(protocol_redirect, registers_up_to_256_octets) {
    arena_t *arena = arena_new(TEST_ARENA_MAX);
    const str_t path = text_of(arena, 'a', 256 - (sizeof("https://a.example/") - 1));
    const str_t longest = arena_format(arena, "https://a.example/%.*s", STR_ARG(path));
    const str_t over = arena_format(arena, "https://a.example/%.*sa", STR_ARG(path));
    cr_assert_eq(longest.len, 256);
    cr_assert_eq(check(longest.ptr, false, false), OK);
    cr_assert_eq(check(over.ptr, false, false), BAD_REQUEST);
    arena_free(&arena);
}
