#include "protocol/oidc/metadata.h"
#include "protocol/provider.h"

#define ENDPOINTS                                                                                  \
    "'authorization_endpoint':'https://idp.example/authorize','token_endpoint':"                   \
    "'https://idp.example/token','jwks_uri':'https://idp.example/keys'"
#define GOOD "'issuer':'https://idp.example'," ENDPOINTS

static arena_t *arena;
static err_t err;
static oidc_metadata_t metadata;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_metadata, .init = setup, .fini = teardown);

static result_t judge(const oidc_answer_t *answer, const char *issuer, bool may_http) {
    const oidc_metadata_rules_t rules = {str_from_c(issuer), may_http};
    err = (err_t){0};
    metadata = (oidc_metadata_t){0};
    const result_t result = oidc_metadata_parse(arena, answer, &rules, &metadata, &err);
    cr_assert_eq(result == OK, metadata.issuer.len > 0, "untouched on failure");
    return result;
}

static result_t parse(const char *text) {
    const oidc_answer_t answer = provider_answer(arena, text);
    return judge(&answer, "https://idp.example", false);
}

static void assert_refused(const char *text, const char *code) {
    cr_assert_eq(parse(text), REFUSED, "%s", text);
    cr_assert_str_eq(err.code, code, "%s: %s", text, err.text);
}

Test(protocol_metadata, reads_a_full_document) {
    cr_assert_eq(
        parse("{" GOOD ",'userinfo_endpoint':'https://idp.example/me','end_session_endpoint':"
              "'https://idp.example/out','id_token_signing_alg_values_supported':['none','HS256',"
              "'ES256','RS256'],'token_endpoint_auth_methods_supported':['private_key_jwt','x',"
              "'client_secret_post'],'response_modes_supported':['form_post','fragment'],"
              "'authorization_response_iss_parameter_supported':true,"
              "'code_challenge_methods_supported':['plain','S256'],'other':{'a':[1]}}"),
        OK, "%s", err.text);
    ASSERT_STR(metadata.issuer, "https://idp.example");
    ASSERT_STR(metadata.authorization_endpoint, "https://idp.example/authorize");
    ASSERT_STR(metadata.token_endpoint, "https://idp.example/token");
    ASSERT_STR(metadata.jwks_uri, "https://idp.example/keys");
    ASSERT_STR(metadata.userinfo_endpoint, "https://idp.example/me");
    ASSERT_STR(metadata.end_session_endpoint, "https://idp.example/out");
    ASSERT_STR(metadata.id_token_algs, "RS256 ES256");
    ASSERT_STR(metadata.auth_methods, "client_secret_post private_key_jwt");
    ASSERT_STR(metadata.response_modes, "form_post");
    ASSERT_STR(metadata.pkce_methods, "S256 plain");
    cr_assert(metadata.is_iss_supported);
}

Test(protocol_metadata, knows_what_silence_means) {
    cr_assert_eq(parse("{" GOOD "}"), OK);
    ASSERT_STR(metadata.id_token_algs, "RS256");
    ASSERT_STR(metadata.auth_methods, "client_secret_basic");
    ASSERT_STR(metadata.response_modes, "query");
    ASSERT_STR(metadata.pkce_methods, "");
    ASSERT_STR(metadata.userinfo_endpoint, "");
    cr_assert(!metadata.is_iss_supported);
}

Test(protocol_metadata, p_rp_13_the_issuer_must_be_the_configured_one_exactly) {
    static const char *const OTHERS[] = {
        "https://idp.example/",       "https://IDP.example",
        "https://idp.example:443",    "http://idp.example",
        "https://evil.example",       "https://idp.example/x",
        "https://idp.example.evil.x", "",
    };
    for (size_t i = 0; i < sizeof(OTHERS) / sizeof(OTHERS[0]); i++) {
        const str_t text = arena_format(arena, "{'issuer':'%s'," ENDPOINTS "}", OTHERS[i]);
        assert_refused(arena_c(arena, text), "metadata_issuer");
    }
    assert_refused("{" ENDPOINTS "}", "metadata_issuer");
    assert_refused("{'issuer':null," ENDPOINTS "}", "metadata_issuer");
    assert_refused("{'issuer':['https://idp.example']," ENDPOINTS "}", "metadata_issuer");
}

Test(protocol_metadata, p_rp_29_an_empty_issuer_is_nobodys) {
    str_t url = STR("untouched");
    const oidc_answer_t answer = provider_answer(arena, "{'issuer':''," ENDPOINTS "}");
    cr_assert_eq(judge(&answer, "", true), REFUSED);
    cr_assert_eq(oidc_metadata_url(arena, STR_NONE, true, &url, &err), BAD_REQUEST);
    cr_assert_eq(oidc_metadata_url(arena, STR(""), true, &url, &err), BAD_REQUEST);
    cr_assert_eq(oidc_metadata_url(arena, STR("/"), true, &url, &err), BAD_REQUEST);
    cr_assert_eq(oidc_metadata_url(arena, STR("https://"), true, &url, &err), BAD_REQUEST);
    ASSERT_STR(url, "untouched");
}

Test(protocol_metadata, endpoints_must_be_https) {
    static const char *const BAD[] = {
        "http://idp.example/x",
        "//idp.example/x",
        "/x",
        "",
        "ftp://idp.example/x",
        "https://",
        "https:///x",
        "https://:443/x",
        "https://user@idp.example/x",
        "https://user:pw@idp.example",
        "https://idp.example/x#y",
        "https://idp.example\\\\@evil.example",
        "https://idp.example\\\\.evil.example",
        "https://idp.example/ x",
        "https://idp.example/\\r\\nX: y",
        "https://idp.example/\\u00e4",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "HTTPS://idp.example/x",
        "https://?x",
    };
    static const char *const NAMES[] = {"authorization_endpoint", "token_endpoint", "jwks_uri",
                                        "userinfo_endpoint", "end_session_endpoint"};
    for (size_t n = 0; n < sizeof(NAMES) / sizeof(NAMES[0]); n++) {
        for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
            json_t *json = provider_object(arena, "{" GOOD "}");
            str_t body;
            const str_t text = arena_format(arena, "{'x':'%s'}", BAD[i]);
            json_t *url = provider_object(arena, arena_c(arena, text));
            json_object_set(json, NAMES[n], json_object_get(url, "x"));
            cr_assert_eq(json_text(arena, json, &body, NULL), OK);
            const oidc_answer_t answer = {200, STR("application/json"), body};
            cr_assert_eq(judge(&answer, "https://idp.example", false), REFUSED, "%s %s", NAMES[n],
                         BAD[i]);
            cr_assert_str_eq(err.code, "metadata_invalid");
            json_decref(json);
            json_decref(url);
        }
    }
}

Test(protocol_metadata, nothing_that_two_readers_could_read_in_two_ways_is_a_url) {
    static const char BANNED[] = "\"<>\\^`{|}# \t\x7f\x80";
    for (size_t i = 0; i < sizeof(BANNED); i++) { // its NUL as well
        const str_t url = arena_format(arena, "https://idp.example/%cx", BANNED[i]);
        cr_assert(!oidc_url_is_good(url, true), "%02x", (unsigned char)BANNED[i]);
    }
    cr_assert(
        oidc_url_is_good(STR("https://idp.example/~a-b_c.d;e=f,g!$&'()*+:@%20?h=i/j?k"), false));
}

Test(protocol_metadata, takes_http_only_where_it_is_allowed) {
    const oidc_answer_t answer = provider_answer(
        arena,
        "{'issuer':'http://127.0.0.1:9','authorization_endpoint':'http://127.0.0.1:9/a',"
        "'token_endpoint':'http://127.0.0.1:9/t','jwks_uri':'http://127.0.0.1:9/k'}");
    cr_assert_eq(judge(&answer, "http://127.0.0.1:9", false), REFUSED);
    cr_assert_eq(judge(&answer, "http://127.0.0.1:9", true), OK, "%s", err.text);
}

Test(protocol_metadata, needs_the_endpoints_of_a_code_login) {
    assert_refused("{'issuer':'https://idp.example'}", "metadata_invalid");
    assert_refused("{" GOOD ",'userinfo_endpoint':7}", "metadata_invalid");
    assert_refused("{" GOOD ",'response_modes_supported':'query'}", "metadata_invalid");
    cr_assert_eq(parse("{" GOOD ",'userinfo_endpoint':null}"), OK);
}

Test(protocol_metadata, p_rp_06_pins_no_algorithm_with_a_shared_key) {
    assert_refused("{" GOOD ",'id_token_signing_alg_values_supported':['none','HS256','HS512']}",
                   "metadata_invalid");
    assert_refused("{" GOOD ",'id_token_signing_alg_values_supported':[]}", "metadata_invalid");
    assert_refused("{" GOOD ",'id_token_signing_alg_values_supported':'RS256'}",
                   "metadata_invalid");
    assert_refused("{" GOOD ",'id_token_signing_alg_values_supported':[{},7,'rs256','RS256 ']}",
                   "metadata_invalid");
}

Test(protocol_metadata, only_true_means_that_iss_comes_back) {
    cr_assert_eq(parse("{" GOOD ",'authorization_response_iss_parameter_supported':'true'}"), OK);
    cr_assert(!metadata.is_iss_supported);
}

Test(protocol_metadata, p_rp_25_no_document_is_no_document) {
    static const struct {
        int status;
        const char *type;
        const char *body;
        result_t result;
    } ROWS[] = {
        {200, "application/json", "{\"issuer\":", REFUSED},
        {200, "application/json", "[]", REFUSED},
        {200, "application/json", "", REFUSED},
        {200, "application/json", "{\"issuer\":\"a\",\"issuer\":\"https://idp.example\"}", REFUSED},
        {200, "text/html", "<html>", REFUSED},
        {200, "", "{}", REFUSED},
        {302, "application/json", "{}", REFUSED},
        {404, "application/json", "{}", REFUSED},
        {429, "application/json", "{}", UNAVAILABLE},
        {500, "application/json", "{}", UNAVAILABLE},
        {503, "text/html", "", UNAVAILABLE},
        {0, "", "", REFUSED},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        const oidc_answer_t answer = {ROWS[i].status, str_from_c(ROWS[i].type),
                                      str_from_c(ROWS[i].body)};
        cr_assert_eq(judge(&answer, "https://idp.example", false), ROWS[i].result, "%zu", i);
    }
    const str_t big =
        arena_format(arena, "{\"a\":\"%.*s\"}", STR_ARG(text_of(arena, 'a', OIDC_ANSWER_LEN_MAX)));
    const oidc_answer_t answer = {200, STR("application/json"), big};
    cr_assert_eq(judge(&answer, "https://idp.example", false), REFUSED);
    cr_assert_str_eq(err.code, "provider_answer");
}

Test(protocol_metadata, reads_media_types_with_parameters) {
    static const char *const GOOD_TYPES[] = {"application/json", "Application/JSON;charset=UTF-8",
                                             "application/json ; x", "application/problem+json"};
    static const char *const BAD_TYPES[] = {"text/json", "application/jsonp", "+jso",
                                            "text/html; application/json", "application/jwt"};
    for (size_t i = 0; i < 4; i++) {
        const oidc_answer_t answer = {.content_type = str_from_c(GOOD_TYPES[i])};
        cr_assert(oidc_answer_is_json(&answer), "%s", GOOD_TYPES[i]);
    }
    for (size_t i = 0; i < 5; i++) {
        const oidc_answer_t answer = {.content_type = str_from_c(BAD_TYPES[i])};
        cr_assert(!oidc_answer_is_json(&answer), "%s", BAD_TYPES[i]);
    }
}

Test(protocol_metadata, finds_the_documents_address) {
    static const char *const ROWS[][2] = {
        {"https://idp.example", "https://idp.example/.well-known/openid-configuration"},
        {"https://idp.example/", "https://idp.example/.well-known/openid-configuration"},
        {"https://idp.example/a/b", "https://idp.example/a/b/.well-known/openid-configuration"},
        {"https://login.microsoftonline.com/{tenantid}/v2.0",
         "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration"},
        {"https://idp.example/{tenantid}",
         "https://idp.example/common/.well-known/openid-configuration"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        str_t url;
        cr_assert_eq(oidc_metadata_url(arena, str_from_c(ROWS[i][0]), false, &url, NULL), OK);
        ASSERT_STR(url, ROWS[i][1]);
    }
}

Test(protocol_metadata, p_ssrf_an_issuer_chooses_no_host_by_its_tenant) {
    static const char *const BAD[] = {
        "https://{tenantid}/v2.0",
        "https://a{tenantid}.example/",
        "https://idp.example/{tenantid}x",
        "https://idp.example/x{tenantid}",
        "https://idp.example/{other}",
        "https://idp.example/{tenantid}/{tenantid}",
        "https://idp.example?x",
        "https://idp.example/#x",
        "http://idp.example",
        "https://user@idp.example/{tenantid}",
        "https://idp.example/{tenantid}/?x",
    };
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        cr_assert(!oidc_issuer_is_good(str_from_c(BAD[i]), false), "%s", BAD[i]);
    }
    cr_assert(oidc_issuer_is_good(STR("https://idp.example/{tenantid}/v2.0"), false));
}
