// What machine endpoints read: an Authorization header (the first line of the input) and a form
// body (the rest): client authentication, token request, bearer token, and the claims of an
// assertion.
#include "fuzz.h"
#include "protocol/oidc/claims.h"
#include "protocol/oidc/client.h"
#include "protocol/oidc/pkce.h"
#include "protocol/oidc/scope.h"
#include "protocol/oidc/token.h"

static void check_client(arena_t *arena, str_t header, const form_t *form) {
    oidc_client_auth_t auth;
    oidc_client_auth_parse(arena, header, form, &auth);
    if (auth.defect.error) {
        return;
    }
    FUZZ_ASSERT(auth.client_id.len > 0 && str_is_utf8(auth.client_id));
    FUZZ_ASSERT((auth.method == OIDC_CLIENT_ASSERTION) == (auth.assertion.len > 0));
    FUZZ_ASSERT(auth.method != OIDC_CLIENT_NONE || auth.secret.len == 0);
    FUZZ_ASSERT(auth.method != OIDC_CLIENT_POST || auth.secret.len > 0);
}

static void check_token(const form_t *form) {
    oidc_token_t token;
    oidc_token_subject_t subject;
    oidc_token_parse(form, &token);
    oidc_token_subject_parse(form, &subject);
    FUZZ_ASSERT(subject.defect.error || subject.token.len > 0);
    if (token.defect.error) {
        return;
    }
    FUZZ_ASSERT(!form_has_repeats(form));
    FUZZ_ASSERT(token.grant_type != OIDC_GRANT_CODE || token.code.len > 0);
    FUZZ_ASSERT(token.grant_type != OIDC_GRANT_REFRESH || token.refresh_token.len > 0);
    FUZZ_ASSERT(!token.has_verifier || oidc_pkce_is_verifier(token.verifier));
    FUZZ_ASSERT(!token.has_scope || oidc_scope_is_well_formed(token.scope));
}

static void check_bearer(str_t header, const form_t *form) {
    const form_t none = {0};
    oidc_bearer_t bearer;
    oidc_bearer_parse(header, &none, form, &bearer);
    FUZZ_ASSERT(bearer.defect.error || !str_has_control(secret_reveal(bearer.token)));
    oidc_bearer_parse(header, form, &none, &bearer);
    str_t text;
    FUZZ_ASSERT(form_get(form, STR("access_token"), &text) == FORM_ABSENT || bearer.defect.error);
}

static void check_claims(arena_t *arena, str_t body) {
    const oidc_assertion_rules_t rules = {.client_id = STR("skc_1"),
                                          .issuer = STR("https://id.example"),
                                          .token_endpoint = STR("https://id.example/oauth/token"),
                                          .now = 1700000000000};
    SCOPED(json_t) claims = NULL;
    oidc_assertion_t assertion;
    oidc_access_t access;
    oidc_hint_t hint;
    if (json_parse_object(body, 8192, &claims, NULL) != OK) {
        return;
    }
    if (oidc_assertion_check(claims, &rules, &assertion, NULL) == OK) {
        FUZZ_ASSERT(assertion.jti.len > 0 && assertion.jti.len <= OIDC_JTI_LEN_MAX);
        FUZZ_ASSERT(assertion.expires_at <=
                    rules.now + 1000 * (OIDC_ASSERTION_LIFETIME_S + 2 * OIDC_ASSERTION_LEEWAY_S));
    }
    if (oidc_access_parse(arena, claims, rules.issuer, &access, NULL) == OK) {
        FUZZ_ASSERT(access.jti.len && (access.grant_id.len > 0) == (access.session_id.len > 0));
    }
    if (oidc_hint_parse(arena, claims, rules.issuer, &hint, NULL) == OK) {
        FUZZ_ASSERT(hint.client_id.len && hint.user_id.len && hint.session_id.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    const str_t input = fuzz_text(data, size);
    const size_t line = str_find(input, '\n');
    const str_t header = str_sub(input, 0, line);
    const str_t body = str_sub(input, line + 1, input.len);
    form_t form;
    if (form_parse(arena, body, &form, NULL) == OK) {
        check_client(arena, header, &form);
        check_token(&form);
        check_bearer(header, &form);
    }
    check_claims(arena, body);
    arena_free(&arena);
    return 0;
}
