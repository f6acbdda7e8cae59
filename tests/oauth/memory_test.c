// What is answered from memory: keys, discovery, preflights. No store is there to be asked.
#include "oauth/world.h"

static void setup(void) {
    world_begin();
    world.call.store = NULL;
}
TestSuite(oauth_memory, .init = setup, .fini = world_end);

Test(oauth_memory, p_op_28_publishes_public_members_only_and_for_a_while) {
    static const char *const PRIVATE[] = {"d", "p", "q", "dp", "dq", "qi", "k"};
    cr_assert_eq(world_get(handle_keys, ""), OK);
    world_expect(200, NULL);
    json_t *json = NULL;
    cr_assert_eq(json_parse_object(world.response.body, 65536, &json, NULL), OK);
    const json_t *keys = json_object_get(json, "keys");
    cr_assert_eq(json_array_size(keys), 1);
    for (size_t i = 0; i < sizeof(PRIVATE) / sizeof(PRIVATE[0]); i++) {
        cr_assert_null(json_object_get(json_array_get(keys, 0), PRIVATE[i]), "%s", PRIVATE[i]);
    }
    json_decref(json);
    cr_assert(world.response.is_cors_open);
    cr_assert(str_starts(world.response.cache_control, STR("public, max-age=")));
}

Test(oauth_memory, p_op_35_takes_the_issuer_from_the_settings) {
    world.request.origin = STR("https://evil.example");
    cr_assert_eq(world_get(handle_discovery, ""), OK);
    world_expect(200, NULL);
    cr_assert(str_eq(world_member("issuer"), STR(WORLD_ISSUER)));
    cr_assert_not(strstr(world.response.body.ptr, "evil"));
    cr_assert(world.response.is_cors_open);
}

static void preflight(const char *path, const char *origin, const char *method) {
    world.request = (request_t){.method = METHOD_OPTIONS,
                                .path = str_from_c(path),
                                .origin = str_from_c(origin),
                                .cors_method = str_from_c(method)};
    world.response = (response_t){0};
    cr_assert_eq(handle_cors_preflight(&world.call, &world.response), OK);
    cr_assert_eq(world.response.status, 204);
}

static bool is_allowed(void) {
    return world_header("access-control-allow-methods").len > 0 &&
           (world.response.is_cors_open || world.response.cors_origin.len > 0);
}

Test(oauth_memory, p_op_36_answers_preflights_of_registered_origins_only) {
    static const struct {
        const char *path, *origin, *method;
        bool is_allowed;
    } ROWS[] = {
        {"/oauth/token", "https://spa.example", "POST", true},
        {"/userinfo", "https://spa.example", "GET", true},
        {"/revoke", "https://spa.example", "POST", true},
        {"/oauth/token", "https://spa.example", "DELETE", false},
        {"/oauth/token", "https://spa.example", "", false},
        {"/oauth/token", "https://evil.example", "POST", false},
        {"/oauth/token", "https://spa.example.evil.example", "POST", false},
        {"/oauth/token", "http://spa.example", "POST", false},
        {"/oauth/token", "https://spa.example:8443", "POST", false},
        {"/oauth/token", "https://SPA.example", "POST", false},
        {"/oauth/token", "https://spa.example/", "POST", false},
        {"/oauth/token", "null", "POST", false},
        {"/oauth/token", "", "POST", false},
        {"/keys", "https://evil.example", "GET", true},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        preflight(ROWS[i].path, ROWS[i].origin, ROWS[i].method);
        cr_assert_eq(is_allowed(), ROWS[i].is_allowed, "%s from %s", ROWS[i].path, ROWS[i].origin);
        cr_assert_eq(world_header("access-control-allow-credentials").len, 0);
    }
}
