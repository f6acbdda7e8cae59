#include "protocol/oidc/relying.h"
#include "protocol/provider.h"

// 43 octets each, as random_token gives them.
#define STATE "state-state-state-state-state-state-state-state"
// RFC 7636 appendix B.
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static arena_t *arena;
static err_t err;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
    err = (err_t){0};
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_relying, .init = setup, .fini = teardown);

static oidc_relying_request_t fresh(void) {
    return (oidc_relying_request_t){.state = STR(STATE),
                                    .nonce = STR(PROVIDER_NONCE),
                                    .verifier = secret_from_str(STR(VERIFIER))};
}

static form_t query_of(const oidc_relying_t *relying, const oidc_relying_request_t *request) {
    str_t url;
    form_t form;
    cr_assert_eq(oidc_relying_authorize_url(arena, relying, request, &url, &err), OK, "%s",
                 err.text);
    cr_assert(str_starts(url, relying->authorization_endpoint));
    cr_assert(!str_has_control(url) && str_find(url, ' ') == url.len);
    const size_t query = str_find(url, '?');
    cr_assert_eq(form_parse(arena, str_sub(url, query + 1, url.len), &form, NULL), OK);
    cr_assert(!form_has_repeats(&form), "%.*s", STR_ARG(url));
    return form;
}

static void assert_param(const form_t *form, const char *name, const char *expected) {
    str_t value;
    const form_presence_t presence = form_get(form, str_from_c(name), &value);
    cr_assert_eq(presence, expected ? FORM_ONE : FORM_ABSENT, "%s", name);
    cr_assert(!expected || str_eq(value, str_from_c(expected)), "%s: %.*s", name, STR_ARG(value));
}

// ---- the request --------------------------------------------------------------------------------

Test(protocol_relying, asks_for_a_code_with_everything_fresh) {
    const oidc_relying_t relying = provider_relying();
    const oidc_relying_request_t request = fresh();
    const form_t form = query_of(&relying, &request);
    assert_param(&form, "response_type", "code");
    assert_param(&form, "client_id", "client");
    assert_param(&form, "redirect_uri", "https://auth.example/sso/v1/oidc/conn_1/callback");
    assert_param(&form, "scope", "openid profile email");
    assert_param(&form, "state", STATE);
    assert_param(&form, "nonce", PROVIDER_NONCE);
    assert_param(&form, "code_challenge", CHALLENGE);
    assert_param(&form, "code_challenge_method", "S256");
    cr_assert_eq(form.count, 8);
}

Test(protocol_relying, p_rp_24_the_verifier_itself_never_leaves) {
    const oidc_relying_t relying = provider_relying();
    const oidc_relying_request_t request = fresh();
    str_t url;
    cr_assert_eq(oidc_relying_authorize_url(arena, &relying, &request, &url, NULL), OK);
    cr_assert_null(memmem(url.ptr, url.len, VERIFIER, sizeof(VERIFIER) - 1));
}

Test(protocol_relying, p_rp_24_sends_nobody_out_with_weak_secrets) {
    const oidc_relying_t relying = provider_relying();
    oidc_relying_request_t requests[] = {fresh(), fresh(), fresh(), fresh(), fresh()};
    str_t url = STR("untouched");
    requests[0].state = STR("");
    requests[1].state = STR("short");
    requests[2].nonce = STR("short");
    requests[3].verifier = secret_from_str(STR("short"));
    requests[4].verifier = (secret_t){0};
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        cr_assert_eq(oidc_relying_authorize_url(arena, &relying, &requests[i], &url, &err),
                     INTERNAL, "%zu", i);
    }
    ASSERT_STR(url, "untouched");
}

Test(protocol_relying, passes_hints_on_encoded) {
    oidc_relying_t relying = provider_relying();
    oidc_relying_request_t request = fresh();
    relying.preset = OIDC_PRESET_GOOGLE;
    relying.response_mode = STR("form_post");
    relying.prompt = STR("select_account");
    request.login_hint = STR("a+b&prompt=none@x.example\r\n");
    request.domain_hint = STR("x.example");
    request.ui_locales = STR("de en");
    request.has_max_age = true;
    const form_t form = query_of(&relying, &request);
    assert_param(&form, "login_hint", "a+b&prompt=none@x.example\r\n");
    assert_param(&form, "prompt", "select_account");
    assert_param(&form, "hd", "x.example");
    assert_param(&form, "ui_locales", "de en");
    assert_param(&form, "max_age", "0");
    assert_param(&form, "response_mode", "form_post");
    request.prompt = STR("login");
    const form_t again = query_of(&relying, &request);
    assert_param(&again, "prompt", "login");
}

Test(protocol_relying, extra_parameters_never_replace_ours) {
    static const oidc_pair_t EXTRA[] = {
        {{"state", 5}, {"evil", 4}},
        {{"redirect_uri", 12}, {"https://evil", 12}},
        {{"code_challenge_method", 21}, {"plain", 5}},
        {{"request", 7}, {"x", 1}},
        {{"request_uri", 11}, {"https://evil", 12}},
        {{"nonce", 5}, {"evil", 4}},
        {{"scope", 5}, {"x", 1}},
        {{"login_hint", 10}, {"x", 1}},
        {{"hd", 2}, {"y.example", 9}},
        {{"", 0}, {"x", 1}},
        {{"access_type", 11}, {"off&line", 8}},
    };
    oidc_relying_t relying = provider_relying();
    oidc_relying_request_t request = fresh();
    relying.preset = OIDC_PRESET_GOOGLE;
    relying.extra = (oidc_pairs_t){EXTRA, sizeof(EXTRA) / sizeof(EXTRA[0])};
    request.domain_hint = STR("x.example");
    const form_t form = query_of(&relying, &request);
    assert_param(&form, "state", STATE);
    assert_param(&form, "code_challenge_method", "S256");
    assert_param(&form, "request", NULL);
    assert_param(&form, "request_uri", NULL);
    assert_param(&form, "login_hint", NULL);
    assert_param(&form, "hd", "x.example");
    assert_param(&form, "access_type", "off&line");
    cr_assert_eq(form.count, 10);
}

Test(protocol_relying, keeps_the_query_of_an_endpoint) {
    oidc_relying_t relying = provider_relying();
    const oidc_relying_request_t request = fresh();
    relying.authorization_endpoint = STR("https://idp.example/authorize?tenant=a%20b");
    const form_t form = query_of(&relying, &request);
    assert_param(&form, "tenant", "a b");
    assert_param(&form, "response_type", "code");
}

Test(protocol_relying, sends_no_nonce_to_those_who_lose_it) {
    oidc_relying_t relying = provider_relying();
    oidc_relying_request_t request = fresh();
    request.nonce = STR("");
    relying.preset = OIDC_PRESET_LINKEDIN;
    relying.is_pkce_on = false;
    request.verifier = (secret_t){0};
    const form_t form = query_of(&relying, &request);
    assert_param(&form, "nonce", NULL);
    assert_param(&form, "code_challenge", NULL);
    relying.preset = OIDC_PRESET_GITHUB;
    assert_param(&form, "nonce", NULL);
    cr_assert(!oidc_relying_has_nonce(&relying));
    relying.preset = OIDC_PRESET_CUSTOM;
    cr_assert(oidc_relying_has_nonce(&relying));
}

// ---- completing ---------------------------------------------------------------------------------

static oidc_metadata_t document(void) {
    return (oidc_metadata_t){
        .issuer = STR(PROVIDER_ISSUER),
        .authorization_endpoint = STR("https://idp.example/1"),
        .token_endpoint = STR("https://idp.example/2"),
        .jwks_uri = STR("https://idp.example/3"),
        .userinfo_endpoint = STR("https://idp.example/4"),
        .id_token_algs = STR("ES256"),
        .auth_methods = STR("client_secret_post private_key_jwt"),
        .response_modes = STR("query"),
        .is_iss_supported = true,
    };
}

static oidc_relying_t configured(void) {
    return (oidc_relying_t){
        .issuer = STR(PROVIDER_ISSUER),
        .client_id = STR("client"),
        .client_secret = secret_from_str(STR("secret")),
        .is_pkce_on = true,
        .redirect_uri = STR("https://auth.example/cb"),
    };
}

static result_t complete(const oidc_relying_t *in, const oidc_metadata_t *metadata,
                         oidc_relying_t *out) {
    err = (err_t){0};
    *out = (oidc_relying_t){0};
    return oidc_relying_complete(arena, in, metadata, out, &err);
}

Test(protocol_relying, fills_what_is_not_configured_from_the_document) {
    const oidc_metadata_t metadata = document();
    const oidc_relying_t in = configured();
    oidc_relying_t out;
    cr_assert(oidc_relying_needs_metadata(&in));
    cr_assert_eq(complete(&in, &metadata, &out), OK, "%s", err.text);
    ASSERT_STR(out.authorization_endpoint, "https://idp.example/1");
    ASSERT_STR(out.token_endpoint, "https://idp.example/2");
    ASSERT_STR(out.jwks_uri, "https://idp.example/3");
    ASSERT_STR(out.userinfo_endpoint, "https://idp.example/4");
    ASSERT_STR(out.algs, "ES256");
    ASSERT_STR(out.scopes, "openid profile email");
    ASSERT_STR(out.response_mode, "");
    cr_assert_eq(out.method, OIDC_CLIENT_POST);
    cr_assert(out.is_iss_required && out.is_pkce_on);
}

Test(protocol_relying, what_is_configured_comes_first) {
    const oidc_metadata_t metadata = document();
    oidc_relying_t in = provider_relying();
    oidc_relying_t out;
    in.preset = OIDC_PRESET_APPLE;
    in.algs = STR("RS256");
    in.response_mode = STR("query");
    cr_assert(!oidc_relying_needs_metadata(&in));
    cr_assert_eq(complete(&in, &metadata, &out), OK, "%s", err.text);
    ASSERT_STR(out.issuer, PROVIDER_ISSUER);
    ASSERT_STR(out.token_endpoint, "https://idp.example/token");
    ASSERT_STR(out.algs, "RS256");
    ASSERT_STR(out.response_mode, "query");
    ASSERT_STR(out.scopes, "openid profile email");
    cr_assert_eq(out.method, OIDC_CLIENT_BASIC);
    in.algs = STR("");
    cr_assert_eq(complete(&in, NULL, &out), OK, "%s", err.text);
    ASSERT_STR(out.algs, "RS256");
}

Test(protocol_relying, chooses_a_method_of_authentication) {
    static const struct {
        const char *offered;
        oidc_client_method_t method;
    } ROWS[] = {
        {"client_secret_basic client_secret_post", OIDC_CLIENT_BASIC},
        {"client_secret_post", OIDC_CLIENT_POST},
        {"private_key_jwt", OIDC_CLIENT_BASIC},
        {"", OIDC_CLIENT_BASIC},
    };
    oidc_metadata_t metadata = document();
    oidc_relying_t in = configured();
    oidc_relying_t out;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        metadata.auth_methods = str_from_c(ROWS[i].offered);
        cr_assert_eq(complete(&in, &metadata, &out), OK);
        cr_assert_eq(out.method, ROWS[i].method, "%s", ROWS[i].offered);
    }
    in.client_secret = (secret_t){0};
    cr_assert_eq(complete(&in, &metadata, &out), OK);
    cr_assert_eq(out.method, OIDC_CLIENT_NONE);
}

Test(protocol_relying, leaves_pkce_out_where_s256_is_not_known) {
    oidc_metadata_t metadata = document();
    oidc_relying_t in = configured();
    oidc_relying_t out;
    metadata.pkce_methods = STR("plain");
    cr_assert_eq(complete(&in, &metadata, &out), OK);
    cr_assert(!out.is_pkce_on);
    metadata.pkce_methods = STR("S256 plain");
    cr_assert_eq(complete(&in, &metadata, &out), OK);
    cr_assert(out.is_pkce_on);
    in.is_pkce_on = false;
    cr_assert_eq(complete(&in, &metadata, &out), OK);
    cr_assert(!out.is_pkce_on);
}

Test(protocol_relying, p_rp_13_takes_no_document_of_another_issuer) {
    oidc_metadata_t metadata = document();
    const oidc_relying_t in = configured();
    oidc_relying_t out;
    metadata.issuer = STR("https://evil.example");
    cr_assert_eq(complete(&in, &metadata, &out), BAD_REQUEST);
    cr_assert_str_eq(err.code, "connection_incomplete");
    cr_assert_eq(out.client_id.len, 0, "untouched");
}

Test(protocol_relying, says_what_a_connection_lacks) {
    oidc_relying_t rows[12];
    for (size_t i = 0; i < 12; i++) {
        rows[i] = provider_relying();
    }
    rows[0].issuer = STR("");
    rows[1].issuer = STR("http://idp.example");
    rows[2].authorization_endpoint = STR("");
    rows[3].token_endpoint = STR("http://idp.example/token");
    rows[4].jwks_uri = STR("");
    rows[5].userinfo_endpoint = STR("javascript:x");
    rows[6].client_id = STR("");
    rows[7].redirect_uri = STR("");
    rows[8].client_secret = (secret_t){0};
    rows[9].scopes = STR("profile email");
    rows[10].response_mode = STR("fragment");
    rows[11].issuer = STR("https://{tenantid}/");
    for (size_t i = 0; i < 12; i++) {
        oidc_relying_t out;
        cr_assert_eq(complete(&rows[i], NULL, &out), BAD_REQUEST, "%zu", i);
        cr_assert_str_eq(err.code, "connection_incomplete", "%zu", i);
        cr_assert(err.text[0]);
    }
}

Test(protocol_relying, http_is_for_development) {
    oidc_relying_t in = provider_relying();
    oidc_relying_t out;
    in.issuer = STR("http://127.0.0.1:9");
    in.token_endpoint = STR("http://127.0.0.1:9/t");
    cr_assert_eq(complete(&in, NULL, &out), BAD_REQUEST);
    in.may_http = true;
    cr_assert_eq(complete(&in, NULL, &out), OK, "%s", err.text);
}

// ---- presets ------------------------------------------------------------------------------------

Test(protocol_relying, every_preset_has_a_name_of_its_own) {
    for (size_t i = 0; i < OIDC_PRESET_COUNT; i++) {
        const oidc_preset_row_t *row = oidc_preset_row((oidc_preset_t)i);
        oidc_preset_t found = OIDC_PRESET_CUSTOM;
        cr_assert(row->name && row->title && row->scopes, "%zu", i);
        cr_assert(oidc_preset_find(str_from_c(row->name), &found));
        cr_assert_eq(found, (oidc_preset_t)i, "%s", row->name);
        cr_assert(row->is_oauth_only || str_list_has(str_from_c(row->scopes), STR("openid")));
        cr_assert(!row->issuer || oidc_issuer_is_good(str_from_c(row->issuer), false), "%s",
                  row->name);
    }
}

Test(protocol_relying, presets_are_found_by_the_name_in_a_request) {
    oidc_preset_t preset = OIDC_PRESET_CUSTOM;
    cr_assert(oidc_preset_find(STR("google"), &preset));
    cr_assert_eq(preset, OIDC_PRESET_GOOGLE);
    cr_assert(!oidc_preset_find(STR("googl"), &preset));
    cr_assert(!oidc_preset_find(STR(""), &preset));
}

Test(protocol_relying, github_needs_no_document) {
    oidc_relying_t in = configured();
    oidc_relying_t out;
    in.preset = OIDC_PRESET_GITHUB;
    in.issuer = STR("");
    cr_assert(!oidc_relying_needs_metadata(&in));
    cr_assert_eq(complete(&in, NULL, &out), OK, "%s", err.text);
    ASSERT_STR(out.issuer, "https://github.com/login/oauth");
    ASSERT_STR(out.token_endpoint, "https://github.com/login/oauth/access_token");
    ASSERT_STR(out.userinfo_endpoint, "https://api.github.com/user");
    ASSERT_STR(out.emails_endpoint, "https://api.github.com/user/emails");
    cr_assert_eq(out.method, OIDC_CLIENT_POST);
}

Test(protocol_relying, a_github_of_ones_own_is_not_asked_at_github_com) {
    oidc_relying_t in = provider_relying();
    oidc_relying_t out;
    in.preset = OIDC_PRESET_GITHUB;
    in.issuer = STR("");
    in.emails_endpoint = STR("https://api.github.com/user/emails");
    cr_assert_eq(complete(&in, NULL, &out), OK, "%s", err.text);
    ASSERT_STR(out.issuer, "");
    ASSERT_STR(out.emails_endpoint, "https://idp.example/me/emails");
    in.userinfo_endpoint = STR("http://idp.example/me");
    cr_assert_eq(complete(&in, NULL, &out), BAD_REQUEST);
}
