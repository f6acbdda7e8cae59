#include "protocol/form_of.h"
#include "protocol/oidc/token.h"

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static arena_t *arena;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_token, .init = setup, .fini = teardown);

static oidc_token_t parse(const char *body) {
    oidc_token_t token;
    const form_t form = form_of(arena, body);
    oidc_token_parse(&form, &token);
    return token;
}

Test(protocol_token, reads_a_code) {
    const oidc_token_t t = parse("grant_type=authorization_code&code=c1&code_verifier=" VERIFIER
                                 "&redirect_uri=https%3A%2F%2Fa.example%2Fcb");
    ASSERT_DEFECT(t.defect, NULL, "code");
    cr_assert_eq(t.grant_type, OIDC_GRANT_CODE);
    ASSERT_STR(secret_reveal(t.code), "c1");
    cr_assert(t.has_redirect_uri && t.has_verifier);
    ASSERT_STR(t.redirect_uri, "https://a.example/cb");
    ASSERT_STR(t.verifier, VERIFIER);
}

Test(protocol_token, reads_a_refresh_token_and_a_machines_request) {
    const oidc_token_t refresh = parse("grant_type=refresh_token&refresh_token=r1&scope=openid");
    ASSERT_DEFECT(refresh.defect, NULL, "refresh");
    cr_assert_eq(refresh.grant_type, OIDC_GRANT_REFRESH);
    ASSERT_STR(secret_reveal(refresh.refresh_token), "r1");
    cr_assert(refresh.has_scope);

    const oidc_token_t machine = parse("grant_type=client_credentials&scope=");
    ASSERT_DEFECT(machine.defect, NULL, "machine");
    cr_assert_eq(machine.grant_type, OIDC_GRANT_MACHINE);
    cr_assert(!machine.has_scope);
}

Test(protocol_token, p_op_04_tells_a_missing_redirect_uri) {
    cr_assert(!parse("grant_type=authorization_code&code=c1").has_redirect_uri);
    cr_assert(!parse("grant_type=authorization_code&code=c1&redirect_uri=").has_redirect_uri);
}

Test(protocol_token, p_op_26_knows_no_other_grants) {
    static const char *const OTHERS[] = {"password",
                                         "implicit",
                                         "urn:ietf:params:oauth:grant-type:jwt-bearer",
                                         "urn:ietf:params:oauth:grant-type:device_code",
                                         "Authorization_Code",
                                         "code",
                                         "authorization_code%20"};
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        const str_t body =
            arena_format(arena, "grant_type=%s&username=u&password=p&code=c", OTHERS[i]);
        ASSERT_DEFECT(parse(body.ptr).defect, "unsupported_grant_type", OTHERS[i]);
    }
}

Test(protocol_token, p_op_18_refuses_what_is_missing_or_repeated) {
    static const char *const BAD[] = {
        "",
        "code=c1",
        "grant_type=",
        "grant_type=authorization_code",
        "grant_type=authorization_code&code=",
        "grant_type=authorization_code&code=a&code=b",
        "grant_type=authorization_code&grant_type=refresh_token&code=a",
        "grant_type=refresh_token",
        "grant_type=refresh_token&refresh_token=",
        "grant_type=authorization_code&code=a&x=1&x=2",
        "grant_type=authorization_code&code=a&code_verifier=short",
        "grant_type=authorization_code&code=a&code_verifier=" VERIFIER "%20",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        ASSERT_DEFECT(parse(BAD[i]).defect, "invalid_request", BAD[i]);
    }
}

Test(protocol_token, bounds_the_verifier_at_43_and_128) {
    static const struct {
        size_t len;
        const char *error;
    } ROWS[] = {{42, "invalid_request"}, {43, NULL}, {128, NULL}, {129, "invalid_request"}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const str_t verifier = text_of(arena, '~', ROWS[i].len);
        const str_t body = arena_format(
            arena, "grant_type=authorization_code&code=a&code_verifier=%.*s", STR_ARG(verifier));
        ASSERT_DEFECT(parse(body.ptr).defect, ROWS[i].error, body.ptr);
    }
}

Test(protocol_token, refuses_a_malformed_scope) {
    ASSERT_DEFECT(parse("grant_type=client_credentials&scope=a%0ab").defect, "invalid_scope",
                  "newline");
    ASSERT_DEFECT(parse("grant_type=refresh_token&refresh_token=r&scope=%22").defect,
                  "invalid_scope", "quote");
}

Test(protocol_token, tells_access_tokens_from_refresh_tokens) {
    oidc_token_subject_t subject;
    form_t form = form_of(arena, "token=a.b.c&token_type_hint=refresh_token");
    oidc_token_subject_parse(&form, &subject);
    ASSERT_DEFECT(subject.defect, NULL, "jwt");
    cr_assert(subject.is_jwt);
    form = form_of(arena, "token=abc");
    oidc_token_subject_parse(&form, &subject);
    cr_assert(!subject.is_jwt);
    ASSERT_STR(secret_reveal(subject.token), "abc");
    form = form_of(arena, "token=");
    oidc_token_subject_parse(&form, &subject);
    ASSERT_DEFECT(subject.defect, "invalid_request", "empty");
    form = form_of(arena, "token=a&token=b");
    oidc_token_subject_parse(&form, &subject);
    ASSERT_DEFECT(subject.defect, "invalid_request", "two");
}

Test(protocol_token, p_op_27_reads_one_bearer_token_and_none_from_a_query) {
    static const struct {
        const char *header, *query, *body, *token, *error;
    } ROWS[] = {
        {"Bearer a.b-c_d~e+f/g==", "", "", "a.b-c_d~e+f/g==", NULL},
        {"bearer abc", "", "", "abc", NULL},
        {"BEARER  abc ", "x=1", "y=2", "abc", NULL},
        {"", "", "access_token=abc", "abc", NULL},
        {"", "", "", "", NULL},
        {"Basic YTpi", "", "", "", NULL},
        {"Bearerabc", "", "", "", NULL},
        {"", "access_token=abc", "", "", "invalid_request"},
        {"Bearer abc", "access_token=abc", "", "", "invalid_request"},
        {"", "access_token=a&access_token=b", "", "", "invalid_request"},
        {"Bearer abc", "", "access_token=abc", "", "invalid_request"},
        {"", "", "access_token=a&access_token=b", "", "invalid_request"},
        {"Bearer", "", "", NULL, "invalid_request"},
        {"Bearer a b", "", "", NULL, "invalid_request"},
        {"Bearer a,b", "", "", NULL, "invalid_request"},
        {"Bearer ==", "", "", NULL, "invalid_request"},
        {"Bearer a=b", "", "", NULL, "invalid_request"},
        {"", "", "access_token=%0a", NULL, "invalid_request"},
        {"", "", "access_token=", NULL, "invalid_request"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const form_t query = form_of(arena, ROWS[i].query), body = form_of(arena, ROWS[i].body);
        oidc_bearer_t bearer;
        oidc_bearer_parse(str_from_c(ROWS[i].header), &query, &body, &bearer);
        ASSERT_DEFECT(bearer.defect, ROWS[i].error, ROWS[i].header);
        if (ROWS[i].token) {
            ASSERT_STR(secret_reveal(bearer.token), ROWS[i].token);
        }
    }
}
