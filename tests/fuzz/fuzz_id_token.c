// The claims of an ID token. The first octet is the kind of connection: I any issuer, M Microsoft's
// template, G a social Google; the rest is the payload, signed with the provider's key so that what
// stands behind the signature is reached. What is accepted is judged again here, in other words.
#include "base/encode.h"
#include "fuzz.h"
#include "protocol/oidc/id_token.h"
#include "protocol/oidc/identity.h"

#define NONCE "nonce-nonce-nonce-nonce-nonce-nonce-nonce-nonce"

static const int64_t NOW_S = 1700000000;

typedef struct {
    signing_key_t *key;
    jwks_t *jwks;
    str_t jwks_text;
} provider_t;

static const provider_t *the_provider(void) {
    static provider_t provider;
    static arena_t *arena;
    if (!provider.key) {
        str_t jwk;
        arena = arena_new(FUZZ_ARENA_MAX);
        FUZZ_ASSERT(signing_key_generate(SIGNING_ES256, STR("snk_1"), &provider.key, NULL) == OK);
        FUZZ_ASSERT(signing_key_jwk(arena, provider.key, &jwk, NULL) == OK);
        provider.jwks_text =
            arena_format(arena, "{\"keys\":[%.*s,\"issuer\":\"https://idp.example/{tenantid}\"}]}",
                         STR_ARG(str_sub(jwk, 0, jwk.len - 1)));
        FUZZ_ASSERT(jwks_parse(provider.jwks_text, &provider.jwks, NULL) == OK);
    }
    return &provider;
}

static str_t token_of(arena_t *arena, str_t payload) {
    const str_t header = STR("{\"alg\":\"ES256\",\"kid\":\"snk_1\"}");
    const str_t first = base64url_encode(arena, str_bytes(header));
    const str_t second = base64url_encode(arena, str_bytes(payload));
    const str_t input = arena_format(arena, "%.*s.%.*s", STR_ARG(first), STR_ARG(second));
    bytes_t signature;
    FUZZ_ASSERT(signing_key_sign(arena, the_provider()->key, str_bytes(input), &signature, NULL) ==
                OK);
    const str_t third = base64url_encode(arena, signature);
    return arena_format(arena, "%.*s.%.*s", STR_ARG(input), STR_ARG(third));
}

static str_t claim(const json_t *claims, const char *name) {
    str_t text = STR("");
    return json_get_str(claims, name, &text) ? text : STR("");
}

static double number(const json_t *claims, const char *name) {
    const json_t *value = json_object_get(claims, name);
    FUZZ_ASSERT(json_is_number(value));
    return json_number_value(value);
}

static void check_claims(const json_t *claims, bool is_template) {
    const str_t subject = claim(claims, "sub");
    FUZZ_ASSERT(subject.len > 0 && subject.len <= 255 && !str_has_control(subject));
    FUZZ_ASSERT(str_eq(claim(claims, "nonce"), STR(NONCE)));
    FUZZ_ASSERT(jwt_has_audience(claims, STR("client")));
    FUZZ_ASSERT(!json_object_get(claims, "azp") || str_eq(claim(claims, "azp"), STR("client")));
    FUZZ_ASSERT(number(claims, "exp") > (double)(NOW_S - OIDC_SKEW_S));
    FUZZ_ASSERT(number(claims, "iat") < (double)(NOW_S + OIDC_SKEW_S + 1));
    FUZZ_ASSERT(is_template ? claim(claims, "tid").len == 36
                            : str_eq(claim(claims, "iss"), STR("https://idp.example")));
}

static void check_identity(arena_t *arena, const oidc_relying_t *relying, const json_t *claims) {
    const oidc_identity_source_t source = {relying, claims, NULL};
    oidc_identity_t identity = {0};
    const result_t result = oidc_identity_read(arena, &source, &identity, NULL);
    FUZZ_ASSERT(result == OK || result == REFUSED);
    FUZZ_ASSERT(!str_has_control(identity.name) && !str_has_control(identity.picture));
    FUZZ_ASSERT(identity.name.len <= 255 && identity.groups.count <= OIDC_GROUPS_MAX);
    FUZZ_ASSERT(!identity.is_email_verified || identity.is_email_present);
    FUZZ_ASSERT(!identity.is_email_verified || relying->is_social);
    if (identity.is_email_verified && relying->preset == OIDC_PRESET_GOOGLE) {
        FUZZ_ASSERT(json_is_true(json_object_get(claims, "email_verified")));
        FUZZ_ASSERT(str_eq(identity.email.domain, STR("gmail.com")) || claim(claims, "hd").len);
    }
    if (identity.is_email_verified && relying->preset == OIDC_PRESET_MICROSOFT) {
        FUZZ_ASSERT(json_is_true(json_object_get(claims, "xms_edov")) ||
                    str_starts(claim(claims, "tid"), STR("9188040d-")));
    }
}

static oidc_relying_t relying_of(uint8_t kind) {
    oidc_relying_t relying = {
        .issuer = STR("https://idp.example"), .client_id = STR("client"), .algs = STR("ES256")};
    if (kind == 'M') {
        relying.preset = OIDC_PRESET_MICROSOFT;
        relying.issuer = STR("https://idp.example/{tenantid}");
    } else if (kind == 'G') {
        relying.preset = OIDC_PRESET_GOOGLE;
    }
    relying.is_social = kind != 'I';
    return relying;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) {
        return 0;
    }
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t payload = fuzz_text(data + 1, size - 1);
    const oidc_relying_t relying = relying_of(data[0]);
    const oidc_id_token_rules_t rules = {.relying = &relying,
                                         .jwks = the_provider()->jwks,
                                         .jwks_text = the_provider()->jwks_text,
                                         .nonce = STR(NONCE),
                                         .now = NOW_S * 1000};
    SCOPED(json_t) claims = NULL;
    SCOPED(json_t) unverified = NULL;
    const str_t token = token_of(arena, payload);
    const result_t result = oidc_id_token_verify(arena, token, &rules, &claims, NULL);
    FUZZ_ASSERT((result == OK) == (claims != NULL));
    FUZZ_ASSERT(result == OK || result == REFUSED);
    if (result == OK) {
        check_claims(claims, data[0] == 'M');
    }
    if (json_parse_object(payload, JWT_LEN_MAX, &unverified, NULL) == OK) {
        check_identity(arena, &relying, unverified);
    }
    arena_free(&arena);
    return 0;
}
