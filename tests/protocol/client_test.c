#include "base/encode.h"
#include "protocol/form_of.h"
#include "protocol/oidc/client.h"

#define TYPE                                                                                       \
    "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"

static arena_t *arena;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_client, .init = setup, .fini = teardown);

static oidc_client_auth_t parse(str_t authorization, const char *body) {
    oidc_client_auth_t auth;
    const form_t form = form_of(arena, body);
    oidc_client_auth_parse(arena, authorization, &form, &auth);
    return auth;
}

static str_t basic(const char *credentials) {
    const str_t text = base64_encode(arena, str_bytes(str_from_c(credentials)));
    return arena_format(arena, "Basic %.*s", STR_ARG(text));
}

Test(protocol_client, reads_each_method) {
    oidc_client_auth_t auth = parse(STR(""), "client_id=skc_1");
    ASSERT_DEFECT(auth.defect, NULL, "none");
    cr_assert_eq(auth.method, OIDC_CLIENT_NONE);
    ASSERT_STR(auth.client_id, "skc_1");

    auth = parse(STR(""), "client_id=skc_1&client_secret=s%26t");
    cr_assert_eq(auth.method, OIDC_CLIENT_POST);
    ASSERT_STR(secret_reveal(auth.secret), "s&t");

    auth = parse(basic("skc_1:secret"), "grant_type=x");
    cr_assert_eq(auth.method, OIDC_CLIENT_BASIC);
    ASSERT_STR(auth.client_id, "skc_1");
    ASSERT_STR(secret_reveal(auth.secret), "secret");

    auth = parse(STR(""), "client_id=skc_1&client_assertion=a.b.c" TYPE);
    cr_assert_eq(auth.method, OIDC_CLIENT_ASSERTION);
    ASSERT_STR(auth.assertion, "a.b.c");
}

Test(protocol_client, finds_the_client_of_an_assertion_that_stands_alone) {
    const str_t payload =
        base64url_encode(arena, str_bytes(STR("{\"sub\":\"skc_9\",\"iss\":\"x\"}")));
    const str_t body = arena_format(arena, "client_assertion=a.%.*s.c%s", STR_ARG(payload), TYPE);
    ASSERT_STR(parse(STR(""), body.ptr).client_id, "skc_9");
    static const char *const BAD[] = {
        "client_assertion=a" TYPE,
        "client_assertion=a.b" TYPE,
        "client_assertion=a.e30.c" TYPE, // {}
        "client_assertion=.." TYPE,
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ASSERT_DEFECT(parse(STR(""), BAD[i]).defect, "invalid_client", BAD[i]);
    }
}

Test(protocol_client, p_op_21_decodes_what_basic_encodes) {
    const oidc_client_auth_t auth = parse(basic("skc%3A1:p%25+%3a%C3%A4=x:y"), "");
    ASSERT_DEFECT(auth.defect, NULL, "encoded");
    ASSERT_STR(auth.client_id, "skc:1");
    ASSERT_STR(secret_reveal(auth.secret), "p% :\xc3\xa4=x:y");
    ASSERT_STR(parse(STR("bAsIc  c2tjXzE6cw=="), "").client_id, "skc_1");
    const oidc_client_auth_t empty = parse(basic("skc_1:"), "");
    ASSERT_DEFECT(empty.defect, NULL, "an empty secret is for the judge");
    cr_assert_eq(empty.method, OIDC_CLIENT_BASIC);
    cr_assert_eq(empty.secret.len, 0);
}

Test(protocol_client, p_op_21_refuses_malformed_credentials) {
    static const char *const BAD[] = {"no-colon", ":secret", "a%zz:s",  "a:%", "a:%00",
                                      "a:%ff",    "a&b:s",   "a:s&x=y", ""};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ASSERT_DEFECT(parse(basic(BAD[i]), "").defect, "invalid_client", BAD[i]);
    }
    ASSERT_DEFECT(parse(STR("Basic"), "").defect, "invalid_client", "scheme alone");
    ASSERT_DEFECT(parse(STR("Basic !!!"), "").defect, "invalid_client", "not base64");
    ASSERT_DEFECT(parse(STR("Digest a=b"), "client_id=a").defect, "invalid_client", "Digest");
    ASSERT_DEFECT(parse(STR(""), "grant_type=x").defect, "invalid_client", "nobody");
    ASSERT_DEFECT(parse(STR(""), "client_id=").defect, "invalid_client", "empty");
}

Test(protocol_client, p_op_21_refuses_two_methods_at_once) {
    static const struct {
        bool has_basic;
        const char *body;
    } ROWS[] = {
        {true, "client_id=skc_1&client_secret=secret"},
        {true, "client_secret=secret"},
        {true, "client_assertion=a.b.c" TYPE},
        {false, "client_id=skc_1&client_secret=s&client_assertion=a.b.c" TYPE},
        {true, "client_id=skc_2"},
        {false, "client_id=skc_1&client_assertion=a.b.c"},
        {false, "client_id=skc_1" TYPE},
        {false, "client_id=skc_1&client_assertion=a.b.c&client_assertion_type=saml"},
        {false, "client_id=skc_1&client_id=skc_2"},
        {false, "client_id=skc_1&client_secret=a&client_secret=b"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const str_t header = ROWS[i].has_basic ? basic("skc_1:secret") : STR("");
        ASSERT_DEFECT(parse(header, ROWS[i].body).defect, "invalid_request", ROWS[i].body);
    }
    ASSERT_DEFECT(parse(basic("skc_1:secret"), "client_id=skc_1").defect, NULL, "the same client");
}

Test(protocol_client, ignores_a_stray_bearer_header) {
    const oidc_client_auth_t auth =
        parse(STR("bearer abc.def.ghi"), "client_id=skc_1&client_secret=s");
    ASSERT_DEFECT(auth.defect, NULL, "Bearer");
    cr_assert_eq(auth.method, OIDC_CLIENT_POST);
}

// ---- assertions ---------------------------------------------------------------------------------

#define NOW_S 1700000000

static result_t assertion(const char *text, oidc_assertion_t *out) {
    const oidc_assertion_rules_t rules = {.client_id = STR("skc_1"),
                                          .issuer = STR("https://id.example"),
                                          .token_endpoint = STR("https://id.example/oauth/token"),
                                          .now = (time_ms_t)NOW_S * 1000};
    json_t *claims = NULL;
    err_t err = {0};
    cr_assert_eq(json_parse_object(str_from_c(text), 4096, &claims, NULL), OK, "%s", text);
    const result_t result = oidc_assertion_check(claims, &rules, out, &err);
    if (result == OK) {
        out->jti = arena_dup(arena, out->jti);
    }
    json_decref(claims);
    return result;
}

#define ISS "\"iss\":\"skc_1\",\"sub\":\"skc_1\","
#define AUD "\"aud\":\"https://id.example\","
#define EXP "\"exp\":1700000300,"
#define JTI "\"jti\":\"j1\""

Test(protocol_client, takes_an_assertion_that_says_what_it_must) {
    oidc_assertion_t out;
    cr_assert_eq(assertion("{" ISS AUD EXP JTI "}", &out), OK);
    ASSERT_STR(out.jti, "j1");
    cr_assert_eq(out.expires_at, (1700000300LL + OIDC_ASSERTION_LEEWAY_S) * 1000);
    cr_assert_eq(
        assertion("{" ISS "\"aud\":[\"https://id.example/oauth/token\"]," EXP JTI "}", &out), OK);
    cr_assert_eq(assertion("{" ISS AUD "\"exp\":1700000630," JTI "}", &out), OK);
}

Test(protocol_client, p_op_23_refuses_assertions_that_are_wrong_in_one_claim) {
    static const char *const BAD[] = {
        "{\"iss\":\"skc_2\",\"sub\":\"skc_1\"," AUD EXP JTI "}",
        "{\"iss\":\"skc_1\",\"sub\":\"skc_2\"," AUD EXP JTI "}",
        "{\"sub\":\"skc_1\"," AUD EXP JTI "}",
        "{\"iss\":\"skc_1\"," AUD EXP JTI "}",
        "{" ISS EXP JTI "}",
        "{" ISS "\"aud\":\"https://evil.example\"," EXP JTI "}",
        "{" ISS "\"aud\":\"https://id.example/\"," EXP JTI "}",
        "{" ISS "\"aud\":[]," EXP JTI "}",
        "{" ISS "\"aud\":[\"https://id.example\",\"https://evil.example\"]," EXP JTI "}",
        "{" ISS "\"aud\":{\"https://id.example\":1}," EXP JTI "}",
        "{" ISS AUD JTI "}",
        "{" ISS AUD "\"exp\":1699999900," JTI "}",
        "{" ISS AUD "\"exp\":1700000631," JTI "}",
        "{" ISS AUD "\"exp\":9223372036854775807," JTI "}",
        "{" ISS AUD "\"exp\":1e300," JTI "}",
        "{" ISS AUD "\"exp\":\"1700000300\"," JTI "}",
        "{" ISS AUD "\"nbf\":1700000200," EXP JTI "}",
        "{" ISS AUD "\"iat\":1700000200," EXP JTI "}",
        "{" ISS AUD "\"exp\":1700000300}",
        "{" ISS AUD EXP "\"jti\":\"\"}",
        "{" ISS AUD EXP "\"jti\":7}",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        oidc_assertion_t out;
        cr_assert_eq(assertion(BAD[i], &out), REFUSED, "%s", BAD[i]);
    }
}

static result_t assertion_with_jti(size_t len) {
    oidc_assertion_t out;
    const str_t jti = text_of(arena, 'j', len);
    return assertion(arena_format(arena, "{" ISS AUD EXP "\"jti\":\"%.*s\"}", STR_ARG(jti)).ptr,
                     &out);
}

Test(protocol_client, p_op_23_bounds_the_jti) {
    cr_assert_eq(assertion_with_jti(OIDC_JTI_LEN_MAX), OK);
    cr_assert_eq(assertion_with_jti(OIDC_JTI_LEN_MAX + 1), REFUSED);
}
