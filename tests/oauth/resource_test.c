// userinfo, revoke, introspect.
#include "oauth/world.h"

static str_t access, id, refresh;

static void setup(void) {
    world_begin();
    cr_assert_eq(
        world_post(handle_token,
                   "grant_type=authorization_code&code=" WORLD_TOKEN
                   "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=" WORLD_VERIFIER
                   "&client_id=skc_web&client_secret=" WORLD_SECRET),
        OK);
    access = world_member("access_token");
    id = world_member("id_token");
    refresh = STR(WORLD_TOKEN);
    world.store.audits = 0;
}
TestSuite(oauth_resource, .init = setup, .fini = world_end);

#define WEB "client_id=skc_web&client_secret=" WORLD_SECRET

static void userinfo(str_t token, int status, const char *error) {
    world.request.authorization = arena_format(world.arena, "Bearer %.*s", STR_ARG(token));
    cr_assert_eq(world_get(handle_userinfo, ""), OK);
    world_expect(status, error);
    world.request.authorization = STR("");
}

static void post(handle_fn_t handle, str_t token, const char *client) {
    const str_t body = arena_format(world.arena, "token=%.*s&%s", STR_ARG(token), client);
    cr_assert_eq(world_post(handle, body.ptr), OK);
}

static void assert_active(str_t token, const char *client, bool is_active) {
    post(handle_introspect, token, client);
    world_expect(200, NULL);
    const bool is_inactive = str_eq(world.response.body, STR("{\"active\":false}"));
    cr_assert_eq(is_inactive, !is_active, "%.*s", STR_ARG(world.response.body));
}

Test(oauth_resource, answers_userinfo_by_header_and_by_body) {
    userinfo(access, 200, NULL);
    cr_assert(str_eq(world_member("sub"), STR("usr_1")));
    cr_assert(str_eq(world_member("email"), STR("jane@acme.example")));
    post(handle_userinfo, STR("x"),
         arena_format(world.arena, "access_token=%.*s", STR_ARG(access)).ptr);
    world_expect(200, NULL);
    cr_assert_eq(world.store.audits, 0);
}

Test(oauth_resource, p_op_27_refuses_what_is_no_good_access_token) {
    userinfo(id, 401, "invalid_token"); // an ID token
    userinfo(STR("abc"), 401, "invalid_token");
    userinfo(str_sub(access, 0, access.len - 1), 401, "invalid_token");
    cr_assert(str_starts(world_header("www-authenticate"), STR("Bearer ")));
    cr_assert(strstr(world_header("www-authenticate").ptr, "error=\"invalid_token\""));
    cr_assert_eq(world.store.audits, 3);

    world.request.authorization = STR("");
    cr_assert_eq(world_get(handle_userinfo, ""), OK);
    world_expect(401, NULL);
    cr_assert(str_eq(world_header("www-authenticate"), STR("Bearer realm=\"userinfo\"")));
    world.request.authorization = STR("Basic YTpi");
    cr_assert_eq(world_get(handle_userinfo, ""), OK);
    world_expect(401, NULL);
    world.request.authorization = STR("");
    cr_assert_eq(world_get(handle_userinfo,
                           arena_format(world.arena, "access_token=%.*s", STR_ARG(access)).ptr),
                 OK);
    world_expect(400, "invalid_request");
}

Test(oauth_resource, p_op_27_refuses_a_token_of_another_issuer_or_of_the_past) {
    world.settings.issuer = STR("https://other.example");
    userinfo(access, 401, "invalid_token");
    world.settings.issuer = STR(WORLD_ISSUER);
    world.snapshot.clock_offset_ms = 300 * 1000;
    userinfo(access, 401, "invalid_token");
    world.snapshot.clock_offset_ms = -3600 * 1000; // P-OP-38: the clock was put back
    userinfo(access, 401, "invalid_token");
    world.snapshot.clock_offset_ms = 0;
    userinfo(access, 200, NULL);
}

Test(oauth_resource, judges_a_token_by_what_has_happened_since) {
    store_access_t *state = &world.store.access;
    const store_access_t good = *state;
    state->is_active = false;
    userinfo(access, 401, "invalid_token");
    *state = good;
    state->session.is_present = false;
    userinfo(access, 401, "invalid_token");
    *state = good;
    state->user.id = STR("usr_2");
    userinfo(access, 401, "invalid_token");
    *state = good;
    state->hrd = (flow_hrd_t){.kind = FLOW_HRD_ONE, .organization_id = STR("org_1")};
    userinfo(access, 401, "invalid_token");
    assert_active(access, WEB, false);
    *state = good;
    assert_active(access, WEB, true);
}

Test(oauth_resource, gives_a_machine_no_userinfo) {
    cr_assert_eq(world_post(handle_token,
                            "grant_type=client_credentials&client_id=skc_m2m"
                            "&client_secret=" WORLD_SECRET),
                 OK);
    const str_t machine = world_member("access_token");
    userinfo(machine, 403, "insufficient_scope");
    assert_active(machine, WEB, true);
}

Test(oauth_resource, gives_no_userinfo_without_openid) {
    world.store.code.facts.is_consumed = false;
    world.store.code.facts.grant.scope = STR("email");
    cr_assert_eq(
        world_post(handle_token,
                   "grant_type=authorization_code&code=" WORLD_TOKEN
                   "&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&code_verifier=" WORLD_VERIFIER
                   "&" WEB),
        OK);
    userinfo(world_member("access_token"), 403, "insufficient_scope");
}

Test(oauth_resource, revokes_an_access_token) {
    post(handle_revoke, access, WEB);
    world_expect(200, NULL);
    cr_assert(str_starts(world.store.revoked_jti, STR("tkn_")));
    userinfo(access, 401, "invalid_token");
    assert_active(access, WEB, false);
}

Test(oauth_resource, revokes_a_refresh_token_with_its_grant) {
    post(handle_revoke, refresh, WEB);
    world_expect(200, NULL);
    cr_assert(str_eq(world.store.revoked_grant, STR("grt_1")));
}

Test(oauth_resource, says_nothing_about_tokens_of_others_when_revoking) {
    static const char *const SPA = "client_id=skc_spa";
    post(handle_revoke, access, SPA);
    world_expect(200, NULL);
    post(handle_revoke, refresh, SPA);
    world_expect(200, NULL);
    post(handle_revoke, STR("unknown"), WEB);
    world_expect(200, NULL);
    post(handle_revoke, id, WEB);
    world_expect(200, NULL);
    cr_assert_eq(world.store.revoked_jti.len + world.store.revoked_grant.len, 0);
    cr_assert_eq(world.store.audits, 4);
    post(handle_revoke, access, "client_id=skc_web&client_secret=wrong");
    world_expect(401, "invalid_client");
    cr_assert_eq(world_post(handle_revoke, WEB), OK);
    world_expect(400, "invalid_request");
}

Test(oauth_resource, introspects_for_confidential_applications_only) {
    post(handle_introspect, access, "client_id=skc_spa");
    world_expect(401, "invalid_client");
    assert_active(access, "client_id=skc_m2m&client_secret=" WORLD_SECRET, true);
    cr_assert(str_eq(world_member("sub"), STR("usr_1")));
    cr_assert(str_eq(world_member("client_id"), STR("skc_web")));
    cr_assert(str_eq(world_member("token_type"), STR("Bearer")));
    assert_active(id, WEB, false);
    assert_active(STR("x.y.z"), WEB, false);
    cr_assert_eq(world.response.cors_origin.len, 0);
}

Test(oauth_resource, tells_of_a_refresh_token_only_to_its_application) {
    assert_active(refresh, WEB, true);
    assert_active(refresh, "client_id=skc_m2m&client_secret=" WORLD_SECRET, false);
    world.store.refresh.facts.is_used = true;
    assert_active(refresh, WEB, false);
    cr_assert_eq(world.store.revoked_grant.len, 0); // asking is not using
}
