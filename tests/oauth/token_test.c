#include "base/encode.h"
#include "crypto/jwt.h"
#include "oauth/world.h"

TestSuite(oauth_token, .init = world_begin, .fini = world_end);

#define WEB "client_id=skc_web&client_secret=" WORLD_SECRET
#define CODE                                                                                       \
    "grant_type=authorization_code&code=" WORLD_TOKEN                                              \
    "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=" WORLD_VERIFIER "&"
#define REFRESH "grant_type=refresh_token&refresh_token=" WORLD_TOKEN "&"

static void post(const char *body, int status, const char *error) {
    cr_assert_eq(world_post(handle_token, body), OK, "%s", world.call.err.text);
    world_expect(status, error);
}

static void assert_claim(const json_t *claims, const char *name, const char *expected) {
    str_t text = STR("");
    cr_assert(json_get_str(claims, name, &text) && str_eq(text, str_from_c(expected)),
              "%s: %.*s is not %s", name, STR_ARG(text), expected);
}

Test(oauth_token, gives_tokens_for_a_code) {
    post(CODE WEB, 200, NULL);
    cr_assert(str_eq(world_member("token_type"), STR("Bearer")));
    cr_assert_eq(world_member("refresh_token").len, 43);
    cr_assert(str_eq(world_member("scope"), STR("openid profile email offline_access")));
    cr_assert(world.store.redeemed == 1 && world.store.has_refresh);
    cr_assert(str_eq(world.store.decision, STR("issue")));
    cr_assert_eq(world.response.cache_control.len, 0); // the server's default: no-store

    const str_t access = world_member("access_token"), id = world_member("id_token");
    str_t at_hash, c_hash;
    cr_assert_eq(hash_left_half(world.arena, access, &at_hash, NULL), OK);
    cr_assert_eq(hash_left_half(world.arena, STR(WORLD_TOKEN), &c_hash, NULL), OK);
    json_t *claims = world_claims(id);
    assert_claim(claims, "nonce", "n1");
    assert_claim(claims, "sid", "ses_1");
    assert_claim(claims, "at_hash", at_hash.ptr);
    assert_claim(claims, "c_hash", c_hash.ptr);
    assert_claim(claims, "email", "jane@acme.example");
    json_decref(claims);
    claims = world_claims(access);
    assert_claim(claims, "grant_id", "grt_1");
    assert_claim(claims, "sub", "usr_1");
    json_decref(claims);
}

Test(oauth_token, gives_no_id_token_without_openid_and_no_refresh_token_without_offline_access) {
    world.store.code.facts.grant.scope = STR("email");
    post(CODE WEB, 200, NULL);
    cr_assert_eq(world_member("id_token").len, 0);
    cr_assert_eq(world_member("refresh_token").len, 0);
    cr_assert(!world.store.has_refresh);
}

Test(oauth_token, signs_with_the_applications_algorithm_or_not_at_all) {
    world.store.clients[0].client.token_alg = STR("RS256"); // no such key in this world
    cr_assert_eq(world_post(handle_token, CODE WEB), UNAVAILABLE);
    cr_assert_eq(world.store.redeemed, 0);
    world.store.clients[0].client.token_alg = STR("none");
    cr_assert_eq(world_post(handle_token, CODE WEB), INTERNAL);
    cr_assert_eq(world.store.redeemed, 0);
}

Test(oauth_token, p_op_04_needs_the_redirect_uri_of_the_request) {
    post("grant_type=authorization_code&code=" WORLD_TOKEN "&code_verifier=" WORLD_VERIFIER "&" WEB,
         400, "invalid_grant");
    post("grant_type=authorization_code&code=" WORLD_TOKEN "&code_verifier=" WORLD_VERIFIER
         "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb%2F&" WEB,
         400, "invalid_grant");
    cr_assert_eq(world.store.redeemed, 0);
}

Test(oauth_token, p_op_07_a_second_redemption_revokes_the_grant) {
    post(CODE WEB, 200, NULL);
    post(CODE WEB, 400, "invalid_grant");
    cr_assert(str_eq(world.store.revoked_grant, STR("grt_1")));
    cr_assert_eq(world.store.redeemed, 1);
}

Test(oauth_token, p_op_07_losing_a_race_is_a_replay) {
    world.store.conflicts = 1;
    post(CODE WEB, 400, "invalid_grant");
    cr_assert(str_eq(world.store.revoked_grant, STR("grt_1")));
    cr_assert_eq(world.call.err.code[0], 0);
}

Test(oauth_token, p_op_08_a_code_is_its_applications_own) {
    world.store.code.facts.grant.client_id = STR("skc_other");
    post(CODE WEB, 400, "invalid_grant");
    cr_assert_eq(world.store.revoked_grant.len, 0);
    cr_assert_eq(world.store.audits, 1);
}

Test(oauth_token, p_op_09_a_code_does_not_outlive_its_minute) {
    world.store.code.facts.expires_at = world.store.code.facts.now;
    post(CODE WEB, 400, "invalid_grant");
}

Test(oauth_token, p_op_11_takes_no_verifier_that_is_wrong_missing_or_unasked_for) {
    static const char *const BODY = "grant_type=authorization_code&code=" WORLD_TOKEN
                                    "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&" WEB;
    post(BODY, 400, "invalid_grant");
    post(arena_format(world.arena, "%s&code_verifier=%s", BODY, WORLD_CHALLENGE).ptr, 400,
         "invalid_grant");
    world.store.code.facts.code_challenge = STR("");
    post(CODE WEB, 400, "invalid_grant");
    post(BODY, 200, NULL);
}

Test(oauth_token, p_op_18_refuses_repeated_parameters) {
    post(CODE WEB "&code=x", 400, "invalid_request");
    post(CODE WEB "&client_id=skc_web", 400, "invalid_request");
    cr_assert_eq(world.store.audits, 2);
}

Test(oauth_token, p_op_21_refuses_every_wrong_client_alike) {
    static const char *const BODIES[] = {
        "client_id=skc_web&client_secret=wrong",
        "client_id=skc_web&client_secret=" WORLD_SECRET "x",
        "client_id=skc_web",
        "client_id=skc_unknown&client_secret=" WORLD_SECRET,
        "client_id=skc_m2m&client_secret=" WORLD_SECRET "%20",
        "client_id=skc_spa&client_secret=" WORLD_SECRET,
    };
    for (size_t i = 0; i < sizeof(BODIES) / sizeof(BODIES[0]); i++) {
        post(arena_format(world.arena, "%s%s", CODE, BODIES[i]).ptr, 401, "invalid_client");
        cr_assert(str_eq(world_member("error_description"), STR("client authentication failed")));
        cr_assert(str_starts(world_header("www-authenticate"), STR("Basic ")));
    }
    world.store.clients[0].client.is_active = false;
    post(CODE WEB, 401, "invalid_client");
    cr_assert_eq(world.store.redeemed, 0);
    cr_assert_eq(world.store.audits, 7);
}

Test(oauth_token, p_op_21_takes_basic_but_not_beside_a_secret_in_the_body) {
    const str_t credentials = base64_encode(world.arena, str_bytes(STR("skc_web:" WORLD_SECRET)));
    world.request.authorization = arena_format(world.arena, "Basic %.*s", STR_ARG(credentials));
    post(CODE WEB, 400, "invalid_request");
    post(CODE "x=y", 200, NULL);
}

Test(oauth_token, p_op_22_takes_nothing_from_the_url) {
    world.request.query = STR("client_secret=" WORLD_SECRET);
    post(CODE "client_id=skc_web", 400, "invalid_request");
    cr_assert_eq(world.store.redeemed, 0);
}

Test(oauth_token, takes_forms_only) {
    world.request.content_type = STR("application/json");
    post("{}", 400, "invalid_request");
    world.request.content_type = STR("");
    post(CODE WEB, 400, "invalid_request");
    world.request.content_type = STR("Application/X-WWW-Form-Urlencoded");
    post("grant_type=%zz", 400, "invalid_request");
    post(CODE WEB, 200, NULL);
}

Test(oauth_token, ignores_a_stray_bearer_header) {
    world.request.authorization = STR("Bearer abc");
    post(CODE WEB, 200, NULL);
}

Test(oauth_token, p_op_24_refreshes_only_for_its_application_and_a_living_session) {
    store_refresh_t *refresh = &world.store.refresh;
    const store_refresh_t good = *refresh;
    refresh->facts.grant.client_id = STR("skc_other");
    post(REFRESH WEB, 400, "invalid_grant");
    *refresh = good;
    refresh->facts.grant.session.is_present = false;
    post(REFRESH WEB, 400, "invalid_grant");
    *refresh = good;
    refresh->facts.grant.session.is_user_active = false;
    post(REFRESH WEB, 400, "invalid_grant");
    *refresh = good;
    refresh->facts.grant.hrd = (flow_hrd_t){.kind = FLOW_HRD_ONE, .organization_id = STR("org_1")};
    post(REFRESH WEB, 400, "invalid_grant");
    cr_assert_eq(world.store.rotated, 0);
    cr_assert_eq(world.store.revoked_grant.len, 0);
}

Test(oauth_token, p_op_25_rotates_and_revokes_the_family_on_a_second_use) {
    post(REFRESH WEB, 200, NULL);
    cr_assert_eq(world_member("refresh_token").len, 43);
    json_t *claims = world_claims(world_member("id_token"));
    cr_assert_null(json_object_get(claims, "nonce")); // Core 12.2
    cr_assert_null(json_object_get(claims, "c_hash"));
    json_decref(claims);
    post(REFRESH WEB, 400, "invalid_grant");
    cr_assert(str_eq(world.store.revoked_grant, STR("grt_1")));
    cr_assert_eq(world.store.rotated, 1);
}

Test(oauth_token, p_op_25_losing_a_race_is_a_replay) {
    world.store.conflicts = 1;
    post(REFRESH WEB, 400, "invalid_grant");
    cr_assert(str_eq(world.store.revoked_grant, STR("grt_1")));
}

Test(oauth_token, narrows_the_scope_of_a_refresh_and_never_widens_it) {
    post(REFRESH WEB "&scope=openid+admin", 400, "invalid_scope");
    post(REFRESH WEB "&scope=openid", 200, NULL);
    cr_assert(str_eq(world_member("scope"), STR("openid")));
}

Test(oauth_token, p_op_26_gives_grants_only_to_whom_they_belong) {
    post("grant_type=password&username=u&password=p&" WEB, 400, "unsupported_grant_type");
    post("grant_type=client_credentials&client_id=skc_spa", 400, "unauthorized_client");
    post(CODE "client_id=skc_m2m&client_secret=" WORLD_SECRET, 400, "unauthorized_client");
    post(REFRESH "client_id=skc_m2m&client_secret=" WORLD_SECRET, 400, "unauthorized_client");
}

Test(oauth_token, gives_a_machine_a_token_without_a_person) {
    post("grant_type=client_credentials&client_id=skc_m2m&client_secret=" WORLD_SECRET, 200, NULL);
    cr_assert_eq(world_member("id_token").len + world_member("refresh_token").len, 0);
    json_t *claims = world_claims(world_member("access_token"));
    int64_t iat, exp;
    assert_claim(claims, "sub", "skc_m2m");
    assert_claim(claims, "scope", "a:read a:write");
    cr_assert_null(json_object_get(claims, "sid"));
    cr_assert(json_get_int(claims, "iat", &iat) && json_get_int(claims, "exp", &exp));
    cr_assert_eq(exp - iat, TOKENS_MACHINE_LIFETIME_S);
    json_decref(claims);
    post("grant_type=client_credentials&scope=openid&client_id=skc_m2m&client_secret=" WORLD_SECRET,
         400, "invalid_scope");
    world.store.clients[2].client.access_token_s = 600;
    post(
        "grant_type=client_credentials&scope=a%3Aread&client_id=skc_m2m&client_"
        "secret=" WORLD_SECRET,
        200, NULL);
    claims = world_claims(world_member("access_token"));
    cr_assert(json_get_int(claims, "iat", &iat) && json_get_int(claims, "exp", &exp));
    cr_assert_eq(exp - iat, 600);
    json_decref(claims);
}

Test(oauth_token, p_op_36_opens_to_registered_origins_only) {
    world.request.origin = STR("https://spa.example");
    post(CODE WEB, 200, NULL);
    cr_assert(str_eq(world.response.cors_origin, STR("https://spa.example")));
    cr_assert(!world.response.is_cors_open);
    world.request.origin = STR("https://evil.example");
    post(CODE WEB, 400, "invalid_grant");
    cr_assert_eq(world.response.cors_origin.len, 0);
    cr_assert(str_eq(world_header("vary"), STR("Origin")));
}
