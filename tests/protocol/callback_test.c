#include "protocol/oidc/callback.h"
#include "protocol/provider.h"

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_callback, .init = setup, .fini = teardown);

static oidc_callback_t parse(const char *text) {
    const form_t form = form_of(arena, text);
    oidc_callback_t callback;
    oidc_callback_parse(arena, &form, &callback);
    return callback;
}

static result_t check(const oidc_relying_t *relying, const char *text) {
    const oidc_callback_t callback = parse(text);
    err = (err_t){0};
    return oidc_callback_check(&callback, relying, &err);
}

static void assert_refused(const char *text, const char *code) {
    const oidc_relying_t relying = provider_relying();
    cr_assert_eq(check(&relying, text), REFUSED, "%s", text);
    cr_assert_str_eq(err.code, code, "%s", text);
}

Test(protocol_callback, reads_a_code) {
    const oidc_relying_t relying = provider_relying();
    const oidc_callback_t callback =
        parse("code=a%2Fb&state=s&iss=https%3A%2F%2Fidp.example&scope=openid&user=%7B%7D");
    ASSERT_STR(callback.state, "s");
    ASSERT_STR(secret_reveal(callback.code), "a/b");
    ASSERT_STR(callback.error, "");
    ASSERT_STR(callback.user, "{}");
    cr_assert_eq(oidc_callback_check(&callback, &relying, &err), OK, "%s", err.text);
}

Test(protocol_callback, reads_an_error) {
    const oidc_relying_t relying = provider_relying();
    const oidc_callback_t callback =
        parse("error=access_denied&error_description=No+thanks&state=s");
    ASSERT_STR(callback.error, "access_denied");
    ASSERT_STR(callback.error_description, "No thanks");
    cr_assert_eq(callback.code.len, 0);
    cr_assert_eq(oidc_callback_check(&callback, &relying, &err), OK, "%s", err.text);
}

Test(protocol_callback, p_rp_01_iss_of_another_provider_is_a_mix_up) {
    static const char *const OTHERS[] = {
        "https%3A%2F%2Fevil.example",  "https%3A%2F%2Fidp.example%2F", "https%3A%2F%2FIDP.example",
        "https%3A%2F%2Fidp.exampl",    "https%3A%2F%2Fidp.example.x",  "",
        "https%253A%2F%2Fidp.example",
    };
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        const str_t code = arena_format(arena, "code=c&state=s&iss=%s", OTHERS[i]);
        const str_t error = arena_format(arena, "error=access_denied&state=s&iss=%s", OTHERS[i]);
        assert_refused(arena_c(arena, code), "callback_issuer");
        assert_refused(arena_c(arena, error), "callback_issuer");
    }
}

Test(protocol_callback, p_rp_01_iss_must_come_where_it_was_promised) {
    oidc_relying_t relying = provider_relying();
    cr_assert_eq(check(&relying, "code=c&state=s"), OK);
    relying.is_iss_required = true;
    cr_assert_eq(check(&relying, "code=c&state=s"), REFUSED);
    cr_assert_str_eq(err.code, "callback_issuer");
    cr_assert_eq(check(&relying, "error=x&state=s"), REFUSED);
    cr_assert_eq(check(&relying, "code=c&state=s&iss="), REFUSED);
    cr_assert_eq(check(&relying, "code=c&state=s&iss=https://idp.example"), OK);
}

Test(protocol_callback, p_rp_14_iss_of_a_template_has_a_tenant_in_it) {
    oidc_relying_t relying = provider_relying();
    relying.issuer = STR("https://login.microsoftonline.com/{tenantid}/v2.0");
    cr_assert_eq(check(&relying,
                       "code=c&state=s&iss=https://login.microsoftonline.com/"
                       "11111111-2222-3333-4444-555555555555/v2.0"),
                 OK);
    cr_assert_eq(check(&relying,
                       "code=c&state=s&iss=https://login.microsoftonline.com/"
                       "%7Btenantid%7D/v2.0"),
                 REFUSED);
    cr_assert_eq(check(&relying,
                       "code=c&state=s&iss=https://login.microsoftonline.com/"
                       "11111111-2222-3333-4444-55555555555x/v2.0"),
                 REFUSED);
    cr_assert_eq(check(&relying, "code=c&state=s&iss=https://login.microsoftonline.com/a/v2.0"),
                 REFUSED);
    cr_assert_eq(check(&relying,
                       "code=c&state=s&iss=https://login.microsoftonline.com/"
                       "11111111-2222-3333-4444-555555555555/v2.0/x"),
                 REFUSED);
}

Test(protocol_callback, p_rp_01_oauth_elsewhere_has_no_issuer_to_compare_with) {
    oidc_relying_t relying = provider_relying();
    relying.preset = OIDC_PRESET_GITHUB;
    relying.issuer = STR("");
    cr_assert_eq(check(&relying, "code=c&state=s&iss=https://git.example"), OK);
}

Test(protocol_callback, p_rp_22_malformed_answers_have_no_code) {
    static const char *const ROWS[] = {
        "code=c&error=access_denied&state=s",
        "code=c&code=c&state=s",
        "code=c&code=d&state=s",
        "code=c&state=s&state=s",
        "code=c&state=s&iss=https://idp.example&iss=https://idp.example",
        "error=a&error=b&state=s",
        "state=s",
        "code=&state=s",
        "error=&state=s",
        "code=c",
        "code=c&state=",
        "code=a%0d%0ab&state=s",
        "",
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const oidc_callback_t callback = parse(ROWS[i]);
        cr_assert_str_eq(callback.defect.error, "invalid_request", "%s", ROWS[i]);
        cr_assert_eq(callback.code.len, 0, "%s", ROWS[i]);
        assert_refused(ROWS[i], "callback_invalid");
    }
}

Test(protocol_callback, p_rp_22_a_code_of_100_kb_is_none) {
    const str_t longest = text_of(arena, 'a', OIDC_CODE_LEN_MAX);
    const str_t big = text_of(arena, 'a', 100 * 1000);
    const str_t good = arena_format(arena, "state=s&code=%.*s", STR_ARG(longest));
    const str_t over = arena_format(arena, "state=s&code=%.*sa", STR_ARG(longest));
    const str_t huge = arena_format(arena, "state=s&code=%.*s", STR_ARG(big));
    cr_assert_null(parse(arena_c(arena, good)).defect.error);
    cr_assert_not_null(parse(arena_c(arena, over)).defect.error);
    cr_assert_not_null(parse(arena_c(arena, huge)).defect.error);
}

Test(protocol_callback, p_rp_02_the_state_is_readable_whatever_else_is_wrong) {
    ASSERT_STR(parse("code=c&error=e&state=s").state, "s");
    ASSERT_STR(parse("code=c&code=c&state=s").state, "s");
    ASSERT_STR(parse("state=a&state=b&code=c").state, "");
    const str_t big = text_of(arena, 'a', 513);
    const str_t text = arena_format(arena, "code=c&state=%.*s", STR_ARG(big));
    ASSERT_STR(parse(arena_c(arena, text)).state, "");
    cr_assert_not_null(parse(arena_c(arena, text)).defect.error);
}

Test(protocol_callback, p_rp_23_a_description_is_bounded_and_without_controls) {
    const str_t big = text_of(arena, 'a', 10000);
    const str_t text = arena_format(arena, "error=x&state=s&error_description=%.*s", STR_ARG(big));
    cr_assert_eq(parse(arena_c(arena, text)).error_description.len, OIDC_ERROR_TEXT_MAX);
    ASSERT_STR(parse("error=x&state=s&error_description=a%0D%0ASet-Cookie%3A%1Bb%7F%C2%85c"
                     "%E2%80%A8d%E2%80%AEe%E2%81%A6f%D8%9Cg")
                   .error_description,
               "aSet-Cookie:bcdefg");
    // Never cut inside a character.
    const str_t odd = text_of(arena, 'a', OIDC_ERROR_TEXT_MAX - 1);
    const str_t cut =
        arena_format(arena, "error=x&state=s&error_description=%.*s%%C3%%A4", STR_ARG(odd));
    cr_assert_eq(parse(arena_c(arena, cut)).error_description.len, OIDC_ERROR_TEXT_MAX - 1);
    ASSERT_STR(
        parse("error=x&state=s&error_description=%C3%A4%E2%82%AC%F0%9F%98%80<b>").error_description,
        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80<b>");
}

Test(protocol_callback, p_rp_23_an_error_is_a_word) {
    ASSERT_STR(parse("error=<script>&state=s").error, "malformed_error");
    ASSERT_STR(parse("error=a%20b&state=s").error, "malformed_error");
    ASSERT_STR(parse("error=%C3%A4&state=s").error, "malformed_error");
    ASSERT_STR(parse("error=temporarily_unavailable&state=s").error, "temporarily_unavailable");
    const str_t big = text_of(arena, 'a', 65);
    const str_t text = arena_format(arena, "error=%.*s&state=s", STR_ARG(big));
    ASSERT_STR(parse(arena_c(arena, text)).error, "malformed_error");
}

Test(protocol_callback, a_user_that_is_too_long_is_dropped) {
    const str_t big = text_of(arena, 'a', OIDC_USER_LEN_MAX + 1);
    const str_t text = arena_format(arena, "code=c&state=s&user=%.*s", STR_ARG(big));
    ASSERT_STR(parse(arena_c(arena, text)).user, "");
    cr_assert_null(parse(arena_c(arena, text)).defect.error);
}
