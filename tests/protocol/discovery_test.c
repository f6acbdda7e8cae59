#include "base/json.h"
#include "protocol/form_of.h"
#include "protocol/oidc/discovery.h"

static arena_t *arena;
static json_t *document;

static void setup(void) {
    str_t text;
    const oidc_discovery_t in = {.issuer = STR("https://id.example"),
                                 .terms_url = STR("https://acme.example/terms"),
                                 .ui_locales = "en de ar"};
    arena = arena_new(TEST_ARENA_MAX);
    cr_assert_eq(oidc_discovery_text(arena, &in, &text, NULL), OK);
    cr_assert_eq(json_parse_object(text, text.len, &document, NULL), OK);
}
static void teardown(void) {
    json_decref(document);
    arena_free(&arena);
}
TestSuite(protocol_discovery, .init = setup, .fini = teardown);

static void assert_text(const char *name, const char *expected) {
    str_t text = STR("");
    cr_assert(json_get_str(document, name, &text), "%s is missing", name);
    ASSERT_STR(text, expected);
}

static void assert_words(const char *name, const char *expected) {
    const json_t *list = json_object_get(document, name);
    buf_t words = buf_new(arena, 64);
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item) {
        buf_add_format(&words, "%s%s", i ? " " : "", json_string_value(item));
    }
    cr_assert(json_is_array(list), "%s is missing", name);
    ASSERT_STR(buf_str(&words), expected);
}

Test(protocol_discovery, p_op_35_names_only_places_below_the_issuer) {
    const char *name;
    json_t *value;
    size_t count = 0;
    assert_text("issuer", "https://id.example");
    json_object_foreach(document, name, value) {
        if (strstr(name, "_endpoint") && json_is_string(value)) {
            cr_assert(strncmp(json_string_value(value), "https://id.example/", 19) == 0, "%s",
                      name);
            count++;
        }
    }
    cr_assert_eq(count, 6);
    assert_text("jwks_uri", "https://id.example/keys");
    assert_text("token_endpoint", "https://id.example/oauth/token");
    assert_text("end_session_endpoint", "https://id.example/oidc/logout");
}

Test(protocol_discovery, tells_what_is_supported_and_nothing_more) {
    assert_words("response_types_supported", "code");
    assert_words("response_modes_supported", "query");
    assert_words("code_challenge_methods_supported", "S256");
    assert_words("id_token_signing_alg_values_supported", "RS256 ES256");
    assert_words("grant_types_supported", "authorization_code client_credentials refresh_token");
    assert_words("token_endpoint_auth_methods_supported",
                 "none client_secret_basic client_secret_post private_key_jwt");
    assert_words("introspection_endpoint_auth_methods_supported",
                 "client_secret_basic client_secret_post private_key_jwt");
    assert_words("scopes_supported", "openid profile email offline_access");
    assert_words("ui_locales_supported", "en de ar");
    cr_assert(
        json_is_true(json_object_get(document, "authorization_response_iss_parameter_supported")));
    cr_assert(json_is_false(json_object_get(document, "request_parameter_supported")));
    cr_assert(json_is_false(json_object_get(document, "request_uri_parameter_supported")));
    assert_text("op_tos_uri", "https://acme.example/terms");
    cr_assert_null(json_object_get(document, "op_policy_uri"));
}
