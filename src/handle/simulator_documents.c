// GET /simulator/.well-known/openid-configuration and /simulator/keys (OpenID Connect Discovery 3,
// RFC 7517 5).
#include "handle/endpoints.h"
#include "handle/simulator.h"

static json_t *words(const char *list) {
    json_t *array = json_array();
    str_t rest = str_from_c(list), word;
    while (str_next_word(&rest, &word)) {
        json_array_append_new(array, json_str(word));
    }
    return array;
}

typedef struct {
    const char *name;
    const char *value;
} member_t;

static const member_t ENDPOINTS[] = {{"issuer", ""},
                                     {"authorization_endpoint", "/authorize"},
                                     {"token_endpoint", "/token"},
                                     {"userinfo_endpoint", "/userinfo"},
                                     {"jwks_uri", "/keys"}};

static const member_t LISTS[] = {
    {"response_types_supported", "code"},
    {"response_modes_supported", "query form_post"},
    {"grant_types_supported", "authorization_code"},
    {"subject_types_supported", "public"},
    {"id_token_signing_alg_values_supported", "RS256"},
    {"scopes_supported", "openid profile email"},
    {"prompt_values_supported", "none login select_account consent"},
    {"code_challenge_methods_supported", "S256"},
    {"token_endpoint_auth_methods_supported", "client_secret_basic client_secret_post none"},
};

result_t handle_simulator_discovery(call_t *call, response_t *out) {
    TRY(simulator_check(call));
    const str_t issuer = simulator_issuer(call->arena, call->settings);
    SCOPED(json_t) document = json_object();
    int failures = json_object_set_new(document, "authorization_response_iss_parameter_supported",
                                       json_true()); // RFC 9207 3
    for (size_t i = 0; i < sizeof ENDPOINTS / sizeof ENDPOINTS[0]; i++) {
        const str_t url = arena_format(call->arena, "%.*s%s", STR_ARG(issuer), ENDPOINTS[i].value);
        failures += json_object_set_new(document, ENDPOINTS[i].name, json_str(url));
    }
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++) {
        failures += json_object_set_new(document, LISTS[i].name, words(LISTS[i].value));
    }
    if (failures) {
        return FAIL(&call->err, INTERNAL, "json_failed", "the simulator's document");
    }
    str_t json;
    TRY(json_text(call->arena, document, &json, &call->err));
    response_json(out, 200, json);
    out->is_cors_open = true;
    return OK;
}

result_t handle_simulator_keys(call_t *call, response_t *out) {
    store_simulator_key_t row;
    signing_key_t *key = NULL;
    str_t jwk;
    TRY(simulator_check(call));
    TRY(store_simulator_key_read(call->store, &row, &call->err));
    TRY(simulator_key_open(call, &row, &key));
    const result_t result = signing_key_jwk(call->arena, key, &jwk, &call->err);
    signing_key_free(&key);
    TRY(result);
    response_json(out, 200, arena_format(call->arena, "{\"keys\":[%.*s]}", STR_ARG(jwk)));
    out->is_cors_open = true;
    return OK;
}
