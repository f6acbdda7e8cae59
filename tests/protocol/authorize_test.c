#include "protocol/form_of.h"
#include "protocol/oidc/authorize.h"

#define BASE "response_type=code&client_id=skc_1&redirect_uri=https%3A%2F%2Fa.example%2Fcb"
#define GOOD BASE "&scope=openid+email"
// 43 octets of base64url.
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static arena_t *arena;

static void setup(void) {
    arena = arena_new(TEST_ARENA_MAX);
}
static void teardown(void) {
    arena_free(&arena);
}
TestSuite(protocol_authorize, .init = setup, .fini = teardown);

static oidc_authorize_t parse(const char *query) {
    oidc_authorize_t request;
    const form_t form = form_of(arena, query);
    oidc_authorize_parse(arena, &form, &request);
    return request;
}

typedef struct {
    const char *query;
    const char *error;
} row_t;

static void assert_rows(const row_t *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const oidc_authorize_t request = parse(rows[i].query);
        ASSERT_DEFECT(request.defect, rows[i].error, rows[i].query);
    }
}
#define ASSERT_ROWS(rows) assert_rows((rows), sizeof(rows) / sizeof((rows)[0]))

Test(protocol_authorize, reads_every_parameter) {
    const oidc_authorize_t r = parse(
        GOOD "+profile+offline_access+unknown&state=s%26t&nonce=n&code_challenge=" CHALLENGE
             "&code_challenge_method=S256&prompt=login+select_account&max_age=60&login_hint=a%40b.c"
             "&ui_locales=de-AT+en&id_token_hint=a.b.c&response_mode=query&provider=google"
             "&connection_id=conn_1&organization_id=org_1&domain=acme.example&anything=else");
    ASSERT_DEFECT(r.defect, NULL, "all");
    ASSERT_STR(r.client_id, "skc_1");
    ASSERT_STR(r.redirect_uri, "https://a.example/cb");
    ASSERT_STR(r.scope, "openid profile email offline_access");
    cr_assert(r.has_state);
    ASSERT_STR(r.state, "s&t");
    ASSERT_STR(r.nonce, "n");
    ASSERT_STR(r.code_challenge, CHALLENGE);
    cr_assert(r.prompt.login && r.prompt.select_account && !r.prompt.none && !r.prompt.create);
    cr_assert(r.has_max_age);
    cr_assert_eq(r.max_age_s, 60);
    ASSERT_STR(r.login_hint, "a@b.c");
    ASSERT_STR(r.ui_locales, "de-AT en");
    ASSERT_STR(r.id_token_hint, "a.b.c");
    ASSERT_STR(r.provider, "google");
    ASSERT_STR(r.connection_id, "conn_1");
    ASSERT_STR(r.organization_id, "org_1");
    ASSERT_STR(r.domain, "acme.example");
}

Test(protocol_authorize, takes_the_smallest_request) {
    const oidc_authorize_t r = parse(GOOD);
    ASSERT_DEFECT(r.defect, NULL, GOOD);
    cr_assert(!r.has_state && !r.has_max_age);
    cr_assert_eq(r.code_challenge.len, 0);
}

Test(protocol_authorize, gives_an_empty_state_back_and_an_absent_one_not) {
    cr_assert(parse(GOOD "&state=").has_state);
    cr_assert(!parse(GOOD).has_state);
}

Test(protocol_authorize, takes_domain_before_domain_hint) {
    ASSERT_STR(parse(GOOD "&domain_hint=a.example").domain, "a.example");
    ASSERT_STR(parse(GOOD "&domain=b.example&domain_hint=a.example").domain, "b.example");
}

Test(protocol_authorize, yields_client_and_redirect_whatever_else_is_wrong) {
    const oidc_authorize_t r = parse(BASE "&response_type=token&prompt=none+login&state=x");
    ASSERT_DEFECT(r.defect, "invalid_request", "repeated response_type");
    ASSERT_STR(r.client_id, "skc_1");
    ASSERT_STR(r.redirect_uri, "https://a.example/cb");
    ASSERT_STR(r.state, "x");
}

Test(protocol_authorize, p_op_05_a_repeated_client_or_redirect_is_none_at_all) {
    ASSERT_STR(parse(GOOD "&client_id=skc_2").client_id, "");
    ASSERT_STR(parse(GOOD "&redirect_uri=https%3A%2F%2Fevil.example").redirect_uri, "");
}

Test(protocol_authorize, p_op_06_takes_no_response_type_but_code) {
    static const row_t ROWS[] = {
        {"client_id=a&scope=openid", "invalid_request"},
        {"response_type=&scope=openid", "invalid_request"},
        {"response_type=token&scope=openid", "unsupported_response_type"},
        {"response_type=id_token&scope=openid", "unsupported_response_type"},
        {"response_type=code+token&scope=openid", "unsupported_response_type"},
        {"response_type=code+id_token&scope=openid", "unsupported_response_type"},
        {"response_type=CODE&scope=openid", "unsupported_response_type"},
        {"response_type=code+&scope=openid", "unsupported_response_type"},
        {"response_type=none&scope=openid", "unsupported_response_type"},
        {"response_type=code&response_type=code&scope=openid", "invalid_request"},
    };
    ASSERT_ROWS(ROWS);
}

Test(protocol_authorize, p_op_10_takes_s256_challenges_only) {
    static const row_t ROWS[] = {
        {GOOD "&code_challenge=" CHALLENGE "&code_challenge_method=S256", NULL},
        {GOOD "&code_challenge=" CHALLENGE, "invalid_request"}, // plain by default
        {GOOD "&code_challenge=" CHALLENGE "&code_challenge_method=plain", "invalid_request"},
        {GOOD "&code_challenge=" CHALLENGE "&code_challenge_method=s256", "invalid_request"},
        {GOOD "&code_challenge_method=S256", "invalid_request"},
        {GOOD "&code_challenge=&code_challenge_method=S256", "invalid_request"},
        {GOOD "&code_challenge=short&code_challenge_method=S256", "invalid_request"},
        {GOOD "&code_challenge=" CHALLENGE "A&code_challenge_method=S256", "invalid_request"},
        {GOOD "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw.cM"
              "&code_challenge_method=S256",
         "invalid_request"},
        {GOOD "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw%0AcM"
              "&code_challenge_method=S256",
         "invalid_request"},
    };
    ASSERT_ROWS(ROWS);
}

Test(protocol_authorize, p_op_10_misses_a_challenge_only_where_it_is_required) {
    const oidc_authorize_t without = parse(GOOD);
    const oidc_authorize_t with =
        parse(GOOD "&code_challenge=" CHALLENGE "&code_challenge_method=S256");
    ASSERT_DEFECT(oidc_authorize_pkce_check(&without, true), "invalid_request", "public");
    ASSERT_DEFECT(oidc_authorize_pkce_check(&without, false), NULL, "confidential");
    ASSERT_DEFECT(oidc_authorize_pkce_check(&with, true), NULL, "public with challenge");
}

Test(protocol_authorize, p_op_12_refuses_none_with_other_prompts) {
    static const row_t ROWS[] = {
        {GOOD "&prompt=none", NULL},
        {GOOD "&prompt=", NULL},
        {GOOD "&prompt=none+none", NULL},
        {GOOD "&prompt=consent", NULL},
        {GOOD "&prompt=login+consent", NULL},
        {GOOD "&prompt=none+login", "invalid_request"},
        {GOOD "&prompt=select_account+none", "invalid_request"},
        {GOOD "&prompt=none+consent", "invalid_request"},
        {GOOD "&prompt=NONE", "invalid_request"},
        {GOOD "&prompt=whatever", "invalid_request"},
    };
    ASSERT_ROWS(ROWS);
}

Test(protocol_authorize, p_op_14_drops_hints_that_cannot_be_used) {
    const char *long_hint = arena_c(arena, text_of(arena, 'a', 10000));
    const str_t query = arena_format(arena, "%s&login_hint=%s&ui_locales=..%%2F..%%2Fetc&domain=%s",
                                     GOOD, long_hint, long_hint);
    const oidc_authorize_t r = parse(query.ptr);
    ASSERT_DEFECT(r.defect, NULL, "long hints");
    cr_assert_eq(r.login_hint.len, 0);
    cr_assert_eq(r.ui_locales.len, 0);
    cr_assert_eq(r.domain.len, 0);
    cr_assert_eq(parse(GOOD "&login_hint=a%0d%0ab").login_hint.len, 0);
    // HTML is text: what shows it escapes it.
    ASSERT_STR(parse(GOOD "&login_hint=%3Cb%3E").login_hint, "<b>");
}

Test(protocol_authorize, p_op_15_knows_its_scopes) {
    static const row_t ROWS[] = {
        {BASE, "invalid_scope"},
        {BASE "&scope=", "invalid_scope"},
        {BASE "&scope=+++", "invalid_scope"},
        {BASE "&scope=read%3Aall", "invalid_scope"},
        {BASE "&scope=openid%09email", "invalid_scope"},
        {BASE "&scope=openid%22", "invalid_scope"},
        {BASE "&scope=openid+%C3%A4", "invalid_scope"},
        {BASE "&scope=email", NULL},
        {BASE "&scope=openid+openid", NULL},
    };
    ASSERT_ROWS(ROWS);
    ASSERT_STR(parse(BASE "&scope=openid+openid").scope, "openid");
    ASSERT_STR(parse(BASE "&scope=email+x+openid").scope, "openid email");
    ASSERT_STR(parse(BASE "&scope=email").scope, "email");
}

Test(protocol_authorize, p_op_15_refuses_a_thousand_scopes) {
    buf_t query = buf_new(arena, 8192);
    buf_add_c(&query, BASE "&scope=openid");
    for (int i = 0; i < 1000; i++) {
        buf_add_format(&query, "+s%d", i);
    }
    const oidc_authorize_t r = parse(buf_str(&query).ptr);
    ASSERT_DEFECT(r.defect, "invalid_request", "1000 scopes");
}

Test(protocol_authorize, p_op_16_refuses_other_response_modes) {
    static const row_t ROWS[] = {
        {GOOD "&response_mode=query", NULL},
        {GOOD "&response_mode=fragment", "invalid_request"},
        {GOOD "&response_mode=form_post", "invalid_request"},
        {GOOD "&response_mode=web_message", "invalid_request"},
        {GOOD "&response_mode=query.jwt", "invalid_request"},
    };
    ASSERT_ROWS(ROWS);
}

Test(protocol_authorize, p_op_17_keeps_state_as_it_came_up_to_its_limit) {
    const oidc_authorize_t odd = parse(GOOD "&state=%0d%0a%22%3C%2Fscript%3E");
    ASSERT_DEFECT(odd.defect, NULL, "odd state");
    ASSERT_STR(odd.state, "\r\n\"</script>");

    const char *longest = arena_c(arena, text_of(arena, 's', OIDC_STATE_MAX));
    const oidc_authorize_t full = parse(arena_format(arena, "%s&state=%s", GOOD, longest).ptr);
    ASSERT_DEFECT(full.defect, NULL, "longest state");
    cr_assert_eq(full.state.len, OIDC_STATE_MAX);

    const oidc_authorize_t over = parse(arena_format(arena, "%s&state=%ss", GOOD, longest).ptr);
    ASSERT_DEFECT(over.defect, "invalid_request", "state over its limit");
    cr_assert(!over.has_state);
    const oidc_authorize_t nonce = parse(arena_format(arena, "%s&nonce=%ss", GOOD, longest).ptr);
    ASSERT_DEFECT(nonce.defect, "invalid_request", "nonce over its limit");
}

Test(protocol_authorize, p_op_18_refuses_repeated_parameters) {
    static const row_t ROWS[] = {
        {GOOD "&state=a&state=b", "invalid_request"},
        {GOOD "&scope=openid", "invalid_request"},
        {GOOD "&anything=a&anything=b", "invalid_request"},
        {GOOD "&prompt=login&prompt=login", "invalid_request"},
    };
    ASSERT_ROWS(ROWS);
    cr_assert(!parse(GOOD "&state=a&state=b").has_state);
}

Test(protocol_authorize, refuses_request_objects_by_their_own_names) {
    static const row_t ROWS[] = {
        {GOOD "&request=a.b.c", "request_not_supported"},
        {GOOD "&request_uri=https%3A%2F%2Fa.example", "request_uri_not_supported"},
        {GOOD "&registration=%7B%7D", "registration_not_supported"},
        {"request=a.b.c", "request_not_supported"}, // also before everything else is judged
        {GOOD "&request=", NULL},
    };
    ASSERT_ROWS(ROWS);
}

Test(protocol_authorize, takes_max_age_in_whole_seconds) {
    static const row_t ROWS[] = {
        {GOOD "&max_age=", NULL},
        {GOOD "&max_age=0", NULL},
        {GOOD "&max_age=4294967295", NULL},
        {GOOD "&max_age=4294967296", "invalid_request"},
        {GOOD "&max_age=99999999999999999999", "invalid_request"},
        {GOOD "&max_age=-1", "invalid_request"},
        {GOOD "&max_age=%2B1", "invalid_request"},
        {GOOD "&max_age=1.5", "invalid_request"},
        {GOOD "&max_age=1e3", "invalid_request"},
        {GOOD "&max_age=+1", "invalid_request"},
    };
    ASSERT_ROWS(ROWS);
    cr_assert(parse(GOOD "&max_age=0").has_max_age);
    cr_assert(!parse(GOOD "&max_age=").has_max_age);
}
