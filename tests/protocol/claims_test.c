#include "protocol/form_of.h"
#include "protocol/oidc/claims.h"
#include "protocol/oidc/response.h"
#include "protocol/oidc/scope.h"

static arena_t *arena;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_claims, .init = setup, .fini = teardown);

static const oidc_person_t PERSON = {
    .id = {"usr_1", 5},
    .email = {"jane@acme.example", 17},
    .name = {"Jane Doe", 8},
    .given_name = {"Jane", 4},
    .is_email_verified = true,
};

static void assert_json(json_t *actual, const char *expected) {
    json_t *wanted = json_loads(expected, JSON_REJECT_DUPLICATES, NULL);
    cr_assert_not_null(wanted, "the test's own JSON is broken");
    char *text = json_dumps(actual, JSON_COMPACT | JSON_SORT_KEYS);
    cr_assert(json_equal(actual, wanted), "%s\n is not %s", text, expected);
    free(text);
    json_decref(wanted);
    json_decref(actual);
}

static json_t *id_token(str_t scope, bool is_refresh, time_ms_t now) {
    static const str_t AMR[] = {{"otp", 3}, {"conn_1", 6}};
    const oidc_id_token_t in = {
        .issuer = STR("https://id.example"),
        .client_id = STR("skc_1"),
        .person = &PERSON,
        .session_id = STR("ses_1"),
        .organization_id = is_refresh ? STR("org_1") : STR(""),
        .scope = scope,
        .amr = {AMR, 2},
        .auth_time = now - 5999,
        .nonce = is_refresh ? STR("") : STR("n1"),
        .at_hash = STR("at"),
        .c_hash = is_refresh ? STR("") : STR("ch"),
        .now = now,
    };
    json_t *claims = NULL;
    cr_assert_eq(oidc_id_token_claims(&in, &claims, NULL), OK);
    return claims;
}

Test(protocol_claims, says_in_an_id_token_what_the_specification_lists) {
    assert_json(id_token(STR("openid profile email"), false, 1700000000999),
                "{\"iss\":\"https://id.example\",\"sub\":\"usr_1\",\"aud\":[\"skc_1\"],"
                "\"azp\":\"skc_1\",\"client_id\":\"skc_1\",\"sid\":\"ses_1\",\"iat\":1700000000,"
                "\"exp\":1700001800,\"auth_time\":1699999995,\"amr\":[\"otp\",\"conn_1\"],"
                "\"nonce\":\"n1\",\"at_hash\":\"at\",\"c_hash\":\"ch\","
                "\"email\":\"jane@acme.example\",\"email_verified\":true,\"name\":\"Jane Doe\","
                "\"given_name\":\"Jane\"}");
}

Test(protocol_claims, opens_the_persons_claims_by_scope_only) {
    assert_json(id_token(STR("openid"), true, 1700000000000),
                "{\"iss\":\"https://id.example\",\"sub\":\"usr_1\",\"aud\":[\"skc_1\"],"
                "\"azp\":\"skc_1\",\"client_id\":\"skc_1\",\"sid\":\"ses_1\",\"oid\":\"org_1\","
                "\"iat\":1700000000,\"exp\":1700001800,\"auth_time\":1699999994,"
                "\"amr\":[\"otp\",\"conn_1\"],\"at_hash\":\"at\"}");
}

Test(protocol_claims, p_op_38_writes_times_beyond_2038) {
    json_t *claims = id_token(STR("openid"), true, 4102444800000);
    int64_t iat, exp;
    cr_assert(json_get_int(claims, "iat", &iat) && json_get_int(claims, "exp", &exp));
    cr_assert_eq(iat, 4102444800);
    cr_assert_eq(exp - iat, OIDC_ID_TOKEN_LIFETIME_S);
    json_decref(claims);
}

static json_t *access_token(bool is_machine) {
    const str_t scope = is_machine ? STR("a:read a:write") : STR("openid email");
    const oidc_access_token_t in = {
        .issuer = STR("https://id.example"),
        .client_id = STR("skc_1"),
        .subject = is_machine ? STR("skc_1") : STR("usr_1"),
        .session_id = is_machine ? STR("") : STR("ses_1"),
        .grant_id = is_machine ? STR("") : STR("grt_1"),
        .jti = STR("tkn_1"),
        .scope = scope,
        .scopes = oidc_scope_list(arena, scope),
        .now = 1700000000000,
        .lifetime_s = 300,
    };
    json_t *claims = NULL;
    cr_assert_eq(oidc_access_token_claims(&in, &claims, NULL), OK);
    return claims;
}

Test(protocol_claims, says_in_an_access_token_what_the_specification_lists) {
    assert_json(access_token(false),
                "{\"iss\":\"https://id.example\",\"aud\":[\"skc_1\"],\"sub\":\"usr_1\","
                "\"client_id\":\"skc_1\",\"sid\":\"ses_1\",\"grant_id\":\"grt_1\","
                "\"jti\":\"tkn_1\",\"iat\":1700000000,\"nbf\":1700000000,\"exp\":1700000300,"
                "\"scope\":\"openid email\",\"scopes\":[\"openid\",\"email\"]}");
}

Test(protocol_claims, names_the_organization_and_the_roles_in_it) {
    static const str_t ROLES[] = {{"admin", 5}, {"member", 6}};
    const str_t scope = STR("openid");
    const oidc_access_token_t access = {.subject = STR("usr_1"),
                                        .organization_id = STR("org_1"),
                                        .organization_external_id = STR("acme"),
                                        .roles = {ROLES, 2},
                                        .scope = scope,
                                        .scopes = oidc_scope_list(arena, scope)};
    const oidc_id_token_t id = {.person = &PERSON,
                                .organization_id = STR("org_1"),
                                .organization_external_id = STR("acme")};
    json_t *claims = NULL;
    str_t text;
    cr_assert_eq(oidc_access_token_claims(&access, &claims, NULL), OK);
    cr_assert(json_get_str(claims, "oid", &text) && str_eq(text, STR("org_1")));
    cr_assert(json_get_str(claims, "xoid", &text) && str_eq(text, STR("acme")));
    cr_assert_eq(json_array_size(json_object_get(claims, "roles")), 2);
    json_decref(claims);
    cr_assert_eq(oidc_id_token_claims(&id, &claims, NULL), OK);
    cr_assert(json_get_str(claims, "xoid", &text) && str_eq(text, STR("acme")));
    json_decref(claims);
}

Test(protocol_claims, gives_a_machine_no_session) {
    assert_json(access_token(true),
                "{\"iss\":\"https://id.example\",\"aud\":[\"skc_1\"],\"sub\":\"skc_1\","
                "\"client_id\":\"skc_1\",\"jti\":\"tkn_1\",\"iat\":1700000000,"
                "\"nbf\":1700000000,\"exp\":1700000300,\"scope\":\"a:read a:write\","
                "\"scopes\":[\"a:read\",\"a:write\"]}");
}

Test(protocol_claims, reads_back_what_it_wrote) {
    json_t *claims = access_token(false);
    oidc_access_t access;
    cr_assert_eq(oidc_access_parse(arena, claims, STR("https://id.example"), &access, NULL), OK);
    json_decref(claims); // the result does not point into it
    ASSERT_STR(access.client_id, "skc_1");
    ASSERT_STR(access.subject, "usr_1");
    ASSERT_STR(access.jti, "tkn_1");
    ASSERT_STR(access.scope, "openid email");
    ASSERT_STR(access.session_id, "ses_1");
    ASSERT_STR(access.grant_id, "grt_1");
    cr_assert_eq(access.expires_s - access.issued_s, 300);

    claims = access_token(true);
    cr_assert_eq(oidc_access_parse(arena, claims, STR("https://id.example"), &access, NULL), OK);
    ASSERT_STR(access.grant_id, "");
    json_decref(claims);
}

Test(protocol_claims, p_op_27_refuses_an_access_token_that_lacks_a_claim_or_is_anothers) {
    static const char *const CLAIMS[] = {"iss", "aud", "sub", "client_id", "jti",
                                         "iat", "exp", "sid", "grant_id"};
    const str_t issuer = STR("https://id.example");
    oidc_access_t access;
    for (size_t i = 0; i < sizeof(CLAIMS) / sizeof(CLAIMS[0]); i++) {
        json_t *claims = access_token(false);
        json_object_del(claims, CLAIMS[i]);
        cr_assert_eq(oidc_access_parse(arena, claims, issuer, &access, NULL), REFUSED, "%s",
                     CLAIMS[i]);
        json_decref(claims);
    }
    json_t *claims = access_token(false);
    cr_assert_eq(oidc_access_parse(arena, claims, STR("https://id.example/"), &access, NULL),
                 REFUSED);
    json_object_set_new(claims, "aud", json_pack("[s]", "skc_2"));
    cr_assert_eq(oidc_access_parse(arena, claims, issuer, &access, NULL), REFUSED);
    json_decref(claims);
}

Test(protocol_claims, p_op_13_reads_a_hint_of_this_issuer_only) {
    json_t *claims = id_token(STR("openid"), false, 1700000000000);
    oidc_hint_t hint;
    cr_assert_eq(oidc_hint_parse(arena, claims, STR("https://id.example"), &hint, NULL), OK);
    ASSERT_STR(hint.client_id, "skc_1");
    ASSERT_STR(hint.user_id, "usr_1");
    ASSERT_STR(hint.session_id, "ses_1");
    cr_assert_eq(oidc_hint_parse(arena, claims, STR("https://evil.example"), &hint, NULL), REFUSED);
    json_object_set_new(claims, "azp", json_string("skc_2")); // aud is still skc_1
    cr_assert_eq(oidc_hint_parse(arena, claims, STR("https://id.example"), &hint, NULL), REFUSED);
    json_decref(claims);
    claims = access_token(false); // no azp
    cr_assert_eq(oidc_hint_parse(arena, claims, STR("https://id.example"), &hint, NULL), REFUSED);
    json_decref(claims);
}

static json_t *parsed(str_t text) {
    json_t *json = NULL;
    cr_assert_eq(json_parse_object(text, 65536, &json, NULL), OK);
    return json;
}

Test(protocol_claims, answers_userinfo_by_scope) {
    str_t text;
    cr_assert_eq(oidc_userinfo_text(arena, &PERSON, STR("openid"), &text, NULL), OK);
    assert_json(parsed(text), "{\"sub\":\"usr_1\"}");
    cr_assert_eq(oidc_userinfo_text(arena, &PERSON, STR("openid email"), &text, NULL), OK);
    assert_json(parsed(text),
                "{\"sub\":\"usr_1\",\"email\":\"jane@acme.example\","
                "\"email_verified\":true}");
    const oidc_person_t unproven = {.id = STR("usr_2"), .email = STR("a@b.example")};
    cr_assert_eq(oidc_userinfo_text(arena, &unproven, STR("openid email"), &text, NULL), OK);
    assert_json(parsed(text),
                "{\"sub\":\"usr_2\",\"email\":\"a@b.example\",\"email_verified\":false}");
}

Test(protocol_claims, answers_a_token_request) {
    str_t text;
    const oidc_token_answer_t all = {STR("a.b.c"), STR("d.e.f"), STR("r"), 300, STR("openid")};
    cr_assert_eq(oidc_token_text(arena, &all, &text, NULL), OK);
    assert_json(parsed(text),
                "{\"access_token\":\"a.b.c\",\"id_token\":\"d.e.f\",\"refresh_token\":\"r\","
                "\"token_type\":\"Bearer\",\"expires_in\":300,\"scope\":\"openid\"}");
    const oidc_token_answer_t least = {.access_token = STR("a.b.c"), .expires_in_s = 86400};
    cr_assert_eq(oidc_token_text(arena, &least, &text, NULL), OK);
    assert_json(parsed(text),
                "{\"access_token\":\"a.b.c\",\"token_type\":\"Bearer\","
                "\"expires_in\":86400}");
}

Test(protocol_claims, answers_errors_and_introspection) {
    str_t text;
    const oidc_defect_t defect = oidc_defect("invalid_grant", "no");
    cr_assert_eq(oidc_error_text(arena, defect, &text, NULL), OK);
    assert_json(parsed(text), "{\"error\":\"invalid_grant\",\"error_description\":\"no\"}");
    cr_assert_eq(oidc_introspection_text(arena, NULL, &text, NULL), OK);
    ASSERT_STR(text, "{\"active\":false}");
    const oidc_introspection_t token = {.issuer = STR("https://id.example"),
                                        .client_id = STR("skc_1"),
                                        .subject = STR("usr_1"),
                                        .scope = STR("openid"),
                                        .jti = STR("tkn_1"),
                                        .is_access_token = true,
                                        .issued_s = 1,
                                        .expires_s = 2};
    cr_assert_eq(oidc_introspection_text(arena, &token, &text, NULL), OK);
    assert_json(parsed(text),
                "{\"active\":true,\"iss\":\"https://id.example\","
                "\"client_id\":\"skc_1\",\"aud\":[\"skc_1\"],\"sub\":\"usr_1\","
                "\"scope\":\"openid\",\"jti\":\"tkn_1\",\"token_type\":\"Bearer\","
                "\"iat\":1,\"exp\":2}");
}

Test(protocol_claims, fails_rather_than_write_a_broken_text) {
    const oidc_person_t person = {.id = STR("usr_\xff")};
    str_t text = STR("untouched");
    cr_assert_eq(oidc_userinfo_text(arena, &person, STR("openid"), &text, NULL), INTERNAL);
    ASSERT_STR(text, "untouched");
}
