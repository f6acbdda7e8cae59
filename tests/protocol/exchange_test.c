#include "base/encode.h"
#include "crypto/jwt.h"
#include "protocol/oidc/exchange.h"
#include "protocol/provider.h"

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(4 * TEST_ARENA_MAX);
    err = (err_t){0};
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_exchange, .init = setup, .fini = teardown);

// ---- the request --------------------------------------------------------------------------------

static oidc_exchange_t exchange(void) {
    return (oidc_exchange_t){.code = secret_from_str(STR("a&b=c")),
                             .verifier = secret_from_str(STR(VERIFIER)),
                             .jti = STR("jti_1"),
                             .now = (time_ms_t)PROVIDER_NOW_S * 1000};
}

static oidc_exchange_request_t build(const oidc_relying_t *relying, const oidc_exchange_t *in) {
    oidc_exchange_request_t request;
    cr_assert_eq(oidc_exchange_build(arena, relying, in, &request, &err), OK, "%s", err.text);
    ASSERT_STR(request.url, "https://idp.example/token");
    return request;
}

static void assert_body(const oidc_exchange_request_t *request, const char *expected) {
    ASSERT_STR(secret_reveal(request->body), expected);
}

#define CODE_FIELDS                                                                                \
    "grant_type=authorization_code&code=a%26b%3Dc&redirect_uri=https%3A%2F%2Fauth.example%2Fsso"   \
    "%2Fv1%2Foidc%2Fconn_1%2Fcallback"

Test(protocol_exchange, basic_form_encodes_both_halves) {
    oidc_relying_t relying = provider_relying();
    const oidc_exchange_t in = exchange();
    relying.client_id = STR("cl:ie nt");
    relying.client_secret = secret_from_str(STR("s%:\xc3\xa4"));
    const oidc_exchange_request_t request = build(&relying, &in);
    assert_body(&request, CODE_FIELDS "&code_verifier=" VERIFIER);
    const str_t value = secret_reveal(request.authorization);
    cr_assert(str_starts(value, STR("Basic ")));
    bytes_t raw;
    cr_assert(base64_decode(arena, str_sub(value, 6, value.len), &raw));
    ASSERT_STR(((str_t){(const char *)raw.ptr, raw.len}), "cl%3Aie+nt:s%25%3A%C3%A4");
}

Test(protocol_exchange, post_and_none_name_the_client_in_the_body) {
    oidc_relying_t relying = provider_relying();
    const oidc_exchange_t in = exchange();
    relying.method = OIDC_CLIENT_POST;
    oidc_exchange_request_t request = build(&relying, &in);
    assert_body(&request,
                CODE_FIELDS "&code_verifier=" VERIFIER "&client_id=client&client_secret=secret");
    cr_assert_eq(request.authorization.len, 0);
    relying.method = OIDC_CLIENT_NONE;
    request = build(&relying, &in);
    assert_body(&request, CODE_FIELDS "&code_verifier=" VERIFIER "&client_id=client");
    cr_assert_eq(request.authorization.len, 0);
}

Test(protocol_exchange, p_rp_24_the_verifier_goes_only_with_pkce) {
    oidc_relying_t relying = provider_relying();
    const oidc_exchange_t in = exchange();
    relying.is_pkce_on = false;
    const oidc_exchange_request_t request = build(&relying, &in);
    assert_body(&request, CODE_FIELDS);
}

Test(protocol_exchange, private_key_jwt_is_an_assertion_for_this_endpoint) {
    const provider_t own = provider_new(arena, "");
    oidc_relying_t relying = provider_relying();
    oidc_exchange_t in = exchange();
    relying.method = OIDC_CLIENT_ASSERTION;
    in.key = own.key;
    const oidc_exchange_request_t request = build(&relying, &in);
    form_t form;
    str_t type;
    str_t assertion;
    cr_assert_eq(form_parse(arena, secret_reveal(request.body), &form, NULL), OK);
    form_get(&form, STR("client_assertion_type"), &type);
    form_get(&form, STR("client_assertion"), &assertion);
    ASSERT_STR(type, "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    json_t *claims = NULL;
    const jwt_foreign_t rules = {.jwks = own.jwks, .algs = STR("ES256")};
    cr_assert_eq(jwt_verify_foreign(arena, assertion, &rules, &claims, &err), OK, "%s", err.text);
    const oidc_assertion_rules_t wanted = {STR("client"), STR("-"),
                                           STR("https://idp.example/token"), in.now};
    oidc_assertion_t read;
    cr_assert_eq(oidc_assertion_check(claims, &wanted, &read, &err), OK, "%s", err.text);
    ASSERT_STR(read.jti, "jti_1");
    int64_t iat = 0;
    int64_t exp = 0;
    cr_assert(json_get_int(claims, "iat", &iat) && json_get_int(claims, "exp", &exp));
    cr_assert_eq(iat, PROVIDER_NOW_S);
    cr_assert_eq(exp, PROVIDER_NOW_S + 60);
    json_decref(claims);
    provider_t mutable = own;
    provider_free(&mutable);
}

Test(protocol_exchange, signs_no_assertion_in_which_we_are_the_issuer) {
    provider_t own = provider_new(arena, "");
    oidc_relying_t relying = provider_relying();
    oidc_exchange_t in = exchange();
    oidc_exchange_request_t request;
    relying.method = OIDC_CLIENT_ASSERTION;
    cr_assert_eq(oidc_exchange_build(arena, &relying, &in, &request, &err), INTERNAL, "no key");
    in.key = own.key;
    relying.client_id = STR("https://auth.example");
    cr_assert_eq(oidc_exchange_build(arena, &relying, &in, &request, &err), INTERNAL);
    relying.client_id = STR("https://auth.example/");
    cr_assert_eq(oidc_exchange_build(arena, &relying, &in, &request, &err), INTERNAL);
    relying.client_id = STR("client");
    in.jti = STR("");
    cr_assert_eq(oidc_exchange_build(arena, &relying, &in, &request, &err), INTERNAL, "no jti");
    provider_free(&own);
}

// ---- the answer ---------------------------------------------------------------------------------

static result_t parse_as(oidc_preset_t preset, const oidc_answer_t *answer, oidc_tokens_t *out) {
    oidc_relying_t relying = provider_relying();
    relying.preset = preset;
    err = (err_t){0};
    *out = (oidc_tokens_t){0};
    const result_t result = oidc_exchange_parse(arena, &relying, answer, out, &err);
    cr_assert_eq(result == OK, out->access_token.len > 0, "untouched on failure");
    return result;
}

static void assert_answer(const char *text, const char *code) {
    const oidc_answer_t answer = provider_answer(arena, text);
    oidc_tokens_t tokens;
    const result_t result = parse_as(OIDC_PRESET_CUSTOM, &answer, &tokens);
    cr_assert_eq(result, code ? REFUSED : OK, "%s: %s", text, err.text);
    cr_assert_str_eq(err.code, code ? code : "", "%s", text);
}

Test(protocol_exchange, reads_the_tokens) {
    const oidc_answer_t answer =
        provider_answer(arena,
                        "{'access_token':'at','token_type':'bearer','id_token':'a.b.c',"
                        "'expires_in':3600,'scope':'openid'}");
    oidc_tokens_t tokens;
    cr_assert_eq(parse_as(OIDC_PRESET_CUSTOM, &answer, &tokens), OK, "%s", err.text);
    ASSERT_STR(secret_reveal(tokens.access_token), "at");
    ASSERT_STR(tokens.id_token, "a.b.c");
    ASSERT_STR(secret_reveal(oidc_bearer(arena, tokens.access_token)), "Bearer at");
}

Test(protocol_exchange, github_gives_no_id_token_and_others_must) {
    const oidc_answer_t answer =
        provider_answer(arena, "{'access_token':'gho_1','token_type':'bearer','scope':''}");
    oidc_tokens_t tokens;
    cr_assert_eq(parse_as(OIDC_PRESET_GITHUB, &answer, &tokens), OK, "%s", err.text);
    cr_assert_eq(tokens.id_token.len, 0);
    cr_assert_eq(parse_as(OIDC_PRESET_CUSTOM, &answer, &tokens), REFUSED);
    cr_assert_str_eq(err.code, "token_response");
}

Test(protocol_exchange, p_rp_25_takes_nothing_but_bearer_tokens) {
    assert_answer("{'access_token':'a','token_type':'BEARER','id_token':'x'}", NULL);
    assert_answer("{'access_token':'a','token_type':'DPoP','id_token':'x'}", "token_response");
    assert_answer("{'access_token':'a','token_type':'mac','id_token':'x'}", "token_response");
    assert_answer("{'access_token':'a','token_type':7,'id_token':'x'}", "token_response");
    assert_answer("{'access_token':'a','id_token':'x'}", "token_response");
    assert_answer("{'token_type':'Bearer','id_token':'x'}", "token_response");
    assert_answer("{'access_token':'','token_type':'Bearer','id_token':'x'}", "token_response");
    assert_answer("{'access_token':['a'],'token_type':'Bearer','id_token':'x'}", "token_response");
    assert_answer("{'access_token':'a','token_type':'Bearer','id_token':''}", "token_response");
    assert_answer("{'access_token':'a','token_type':'Bearer','id_token':{}}", "token_response");
    assert_answer("{'access_token':'a','token_type':'Bearer','id_token':null}", "token_response");
}

Test(protocol_exchange, p_rp_25_an_access_token_ends_no_header) {
    assert_answer("{'access_token':'a\\r\\nX: y','token_type':'Bearer','id_token':'x'}",
                  "token_response");
    assert_answer("{'access_token':'a b','token_type':'Bearer','id_token':'x'}", "token_response");
    assert_answer("{'access_token':'\\u00e4','token_type':'Bearer','id_token':'x'}",
                  "token_response");
    assert_answer("{'access_token':'a\\u007f','token_type':'Bearer','id_token':'x'}",
                  "token_response");
    const str_t big = text_of(arena, 'a', 16 * 1024 + 1);
    const str_t text = arena_format(
        arena, "{'access_token':'%.*s','token_type':'Bearer','id_token':'x'}", STR_ARG(big));
    assert_answer(arena_c(arena, text), "token_response");
    const str_t id = text_of(arena, 'a', JWT_LEN_MAX + 1);
    const str_t other = arena_format(
        arena, "{'access_token':'a','token_type':'Bearer','id_token':'%.*s'}", STR_ARG(id));
    assert_answer(arena_c(arena, other), "token_response");
}

#define GOOD_BODY "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"x\"}"

Test(protocol_exchange, p_rp_25_only_a_json_object_with_status_200_counts) {
    static const struct {
        int status;
        const char *type;
        const char *body;
        result_t result;
    } ROWS[] = {
        {200, "application/json;charset=utf-8", GOOD_BODY, OK},
        {302, "application/json", GOOD_BODY, REFUSED},
        {307, "application/json", GOOD_BODY, REFUSED},
        {201, "application/json", GOOD_BODY, REFUSED},
        {400, "application/json", GOOD_BODY, REFUSED},
        {401, "text/html", "<html>", REFUSED},
        {429, "application/json", GOOD_BODY, UNAVAILABLE},
        {500, "application/json", GOOD_BODY, UNAVAILABLE},
        {503, "text/html", "", UNAVAILABLE},
        {200, "text/html", GOOD_BODY, REFUSED},
        {200, "application/x-www-form-urlencoded", "access_token=a&token_type=bearer", REFUSED},
        {200, "application/json", "[" GOOD_BODY "]", REFUSED},
        {200, "application/json", GOOD_BODY "x", REFUSED},
        {200, "application/json", "", REFUSED},
        {200, "application/json", "null", REFUSED},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const oidc_answer_t answer = {ROWS[i].status, str_from_c(ROWS[i].type),
                                      str_from_c(ROWS[i].body)};
        oidc_tokens_t tokens;
        cr_assert_eq(parse_as(OIDC_PRESET_CUSTOM, &answer, &tokens), ROWS[i].result, "%zu", i);
    }
}

Test(protocol_exchange, p_rp_25_depth_and_size_are_bounded) {
    const str_t deep = text_of(arena, '[', 100 * 1000);
    const str_t big = text_of(arena, ' ', OIDC_ANSWER_LEN_MAX);
    const str_t padded = arena_format(arena, "%.*s" GOOD_BODY, STR_ARG(big));
    const str_t nested = arena_format(arena, "{\"a\":%.*s", STR_ARG(deep));
    const oidc_answer_t answers[] = {{200, STR("application/json"), padded},
                                     {200, STR("application/json"), nested},
                                     {400, STR("application/json"), nested}};
    for (size_t i = 0; i < 3; i++) {
        oidc_tokens_t tokens;
        cr_assert_eq(parse_as(OIDC_PRESET_CUSTOM, &answers[i], &tokens), REFUSED, "%zu", i);
        cr_assert_str_eq(err.code, "provider_answer");
    }
}

Test(protocol_exchange, tells_the_providers_error_as_a_sentence) {
    const str_t body = provider_json(
        arena, "{'error':'invalid_grant','error_description':'The code\\n has expired'}");
    const oidc_answer_t answer = {400, STR("application/json"), body};
    oidc_tokens_t tokens;
    cr_assert_eq(parse_as(OIDC_PRESET_CUSTOM, &answer, &tokens), REFUSED);
    cr_assert_str_eq(err.code, "token_error");
    cr_assert_str_eq(err.text, "the token endpoint says invalid_grant: The code has expired");
    // The error of a redirect, or one too big to be read, is none.
    const str_t big = text_of(arena, ' ', OIDC_ANSWER_LEN_MAX);
    const str_t padded = arena_format(arena, "%.*s%.*s", STR_ARG(body), STR_ARG(big));
    const oidc_answer_t others[] = {{302, STR("application/json"), body},
                                    {400, STR("application/json"), padded}};
    for (size_t i = 0; i < 2; i++) {
        cr_assert_eq(parse_as(OIDC_PRESET_CUSTOM, &others[i], &tokens), REFUSED);
        cr_assert_str_eq(err.code, "provider_answer");
    }
    assert_answer(
        "{'error':'bad_verification_code','access_token':'a','token_type':'Bearer',"
        "'id_token':'x'}",
        "token_error");
    cr_assert_str_eq(err.text, "the token endpoint says bad_verification_code");
    assert_answer("{'error':7,'access_token':'a','token_type':'Bearer','id_token':'x'}",
                  "token_error");
}
