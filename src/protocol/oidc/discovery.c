#include "protocol/oidc/discovery.h"
#include "protocol/oidc/object.h"

typedef struct {
    const char *name;
    const char *value;
} member_t;

static const member_t ENDPOINTS[] = {
    {"authorization_endpoint", OIDC_PATH_AUTHORIZE},
    {"token_endpoint", OIDC_PATH_TOKEN},
    {"userinfo_endpoint", OIDC_PATH_USERINFO},
    {"jwks_uri", OIDC_PATH_KEYS},
    {"revocation_endpoint", OIDC_PATH_REVOKE},
    {"introspection_endpoint", OIDC_PATH_INTROSPECT},
    {"end_session_endpoint", OIDC_PATH_LOGOUT},
};

#define AUTH_CONFIDENTIAL "client_secret_basic client_secret_post private_key_jwt"

static const member_t LISTS[] = {
    {"response_types_supported", "code"},
    {"response_modes_supported", "query"},
    {"grant_types_supported", "authorization_code client_credentials refresh_token"},
    {"subject_types_supported", "public"},
    {"id_token_signing_alg_values_supported", "RS256 ES256"},
    {"scopes_supported", "openid profile email offline_access"},
    {"prompt_values_supported", "none login create select_account"},
    {"code_challenge_methods_supported", "S256"},
    {"token_endpoint_auth_methods_supported", "none " AUTH_CONFIDENTIAL},
    {"token_endpoint_auth_signing_alg_values_supported", OIDC_ASSERTION_ALGS},
    {"revocation_endpoint_auth_methods_supported", "none " AUTH_CONFIDENTIAL},
    {"revocation_endpoint_auth_signing_alg_values_supported", OIDC_ASSERTION_ALGS},
    {"introspection_endpoint_auth_methods_supported", AUTH_CONFIDENTIAL},
    {"introspection_endpoint_auth_signing_alg_values_supported", OIDC_ASSERTION_ALGS},
    {"claim_types_supported", "normal"},
    // What the builders of claims.c write, and nothing that they do not.
    {"claims_supported",
     "iss sub aud azp client_id sid oid iat exp auth_time amr nonce at_hash "
     "c_hash email email_verified name given_name family_name picture locale"},
};

static const struct {
    const char *name;
    bool value;
} FLAGS[] = {
    {"authorization_response_iss_parameter_supported", true}, // RFC 9207 3
    {"claims_parameter_supported", false},
    {"request_parameter_supported", false}, // refused, never ignored (authorize.c)
    {"request_uri_parameter_supported", false},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

result_t oidc_discovery_text(arena_t *arena, const oidc_discovery_t *in, str_t *out, err_t *err) {
    oidc_object_t object = oidc_object_new();
    oidc_object_text(&object, "issuer", in->issuer);
    for (size_t i = 0; i < COUNT(ENDPOINTS); i++) {
        const str_t url = arena_format(arena, "%.*s%s", STR_ARG(in->issuer), ENDPOINTS[i].value);
        oidc_object_text(&object, ENDPOINTS[i].name, url);
    }
    for (size_t i = 0; i < COUNT(LISTS); i++) {
        oidc_object_words(&object, LISTS[i].name, LISTS[i].value);
    }
    for (size_t i = 0; i < COUNT(FLAGS); i++) {
        oidc_object_bool(&object, FLAGS[i].name, FLAGS[i].value);
    }
    oidc_object_words(&object, "ui_locales_supported", in->ui_locales);
    oidc_object_text(&object, "op_policy_uri", in->policy_url);
    oidc_object_text(&object, "op_tos_uri", in->terms_url);
    return oidc_object_write(&object, arena, out, err);
}
