#include "protocol/provider.h"
#include "base/encode.h"

str_t provider_json(arena_t *arena, const char *text) {
    const str_t from = str_from_c(text);
    char *to = arena_alloc(arena, from.len + 1);
    for (size_t i = 0; i < from.len; i++) {
        to[i] = from.ptr[i] == '\'' ? '"' : from.ptr[i];
    }
    return (str_t){to, from.len};
}

json_t *provider_object(arena_t *arena, const char *text) {
    json_t *json = NULL;
    cr_assert_eq(json_parse_object(provider_json(arena, text), 1 << 20, &json, NULL), OK, "%s",
                 text);
    return json;
}

oidc_answer_t provider_answer(arena_t *arena, const char *text) {
    return (oidc_answer_t){200, STR("application/json"), provider_json(arena, text)};
}

oidc_relying_t provider_relying(void) {
    return (oidc_relying_t){
        .connection_id = STR("conn_1"),
        .issuer = STR(PROVIDER_ISSUER),
        .authorization_endpoint = STR("https://idp.example/authorize"),
        .token_endpoint = STR("https://idp.example/token"),
        .userinfo_endpoint = STR("https://idp.example/me"),
        .jwks_uri = STR("https://idp.example/keys"),
        .client_id = STR("client"),
        .client_secret = secret_from_str(STR("secret")),
        .method = OIDC_CLIENT_BASIC,
        .scopes = STR("openid profile email"),
        .is_pkce_on = true,
        .algs = STR("RS256 ES256"),
        .redirect_uri = STR("https://auth.example/sso/v1/oidc/conn_1/callback"),
    };
}

provider_t provider_new(arena_t *arena, const char *more) {
    provider_t provider = {0};
    str_t jwk;
    cr_assert_eq(signing_key_generate(SIGNING_ES256, STR(PROVIDER_KID), &provider.key, NULL), OK);
    cr_assert_eq(signing_key_jwk(arena, provider.key, &jwk, NULL), OK);
    const str_t members = provider_json(arena, more);
    provider.jwks_text = arena_format(arena, "{\"keys\":[%.*s%.*s}]}",
                                      STR_ARG(str_sub(jwk, 0, jwk.len - 1)), STR_ARG(members));
    cr_assert_eq(jwks_parse(provider.jwks_text, &provider.jwks, NULL), OK);
    cr_assert_eq(jwks_count(provider.jwks), 1);
    return provider;
}

void provider_free(provider_t *provider) {
    jwks_free(&provider->jwks);
    signing_key_free(&provider->key);
}

str_t provider_token(arena_t *arena, const provider_t *provider, const char *header,
                     const char *payload) {
    const str_t head = base64url_encode(arena, str_bytes(provider_json(arena, header)));
    const str_t body = base64url_encode(arena, str_bytes(provider_json(arena, payload)));
    const str_t input = arena_format(arena, "%.*s.%.*s", STR_ARG(head), STR_ARG(body));
    bytes_t raw;
    cr_assert_eq(signing_key_sign(arena, provider->key, str_bytes(input), &raw, NULL), OK);
    const str_t signature = base64url_encode(arena, raw);
    return arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(signature));
}
