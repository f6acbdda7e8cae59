// The answer of a provider's authorization endpoint, as a query, for connections that differ in
// what they know of their issuer.
#include "fuzz.h"
#include "protocol/oidc/callback.h"
#include "protocol/oidc/identity.h"

static void check_callback(arena_t *arena, const form_t *form) {
    oidc_callback_t callback;
    oidc_callback_parse(arena, form, &callback);
    FUZZ_ASSERT(callback.state.len <= 512 && callback.user.len <= OIDC_USER_LEN_MAX);
    FUZZ_ASSERT(callback.code.len <= OIDC_CODE_LEN_MAX);
    FUZZ_ASSERT(callback.error_description.len <= OIDC_ERROR_TEXT_MAX);
    FUZZ_ASSERT(str_is_utf8(callback.error_description));
    FUZZ_ASSERT(!str_has_control(callback.error_description) && !str_has_control(callback.error));
    FUZZ_ASSERT(str_find(callback.error, '<') == callback.error.len);
    FUZZ_ASSERT(!callback.defect.error || !callback.code.len);
    FUZZ_ASSERT(callback.defect.error || (callback.code.len > 0) != (callback.error.len > 0));

    oidc_relying_t relying = {.issuer = STR("https://idp.example"), .is_iss_required = true};
    const oidc_relying_t template = {.issuer = STR("https://idp.example/{tenantid}")};
    if (oidc_callback_check(&callback, &relying, NULL) == OK) {
        FUZZ_ASSERT(!callback.defect.error && str_eq(callback.iss, relying.issuer));
        FUZZ_ASSERT(oidc_callback_check(&callback, &template, NULL) == REFUSED);
    }
    relying.is_iss_required = false;
    if (oidc_callback_check(&callback, &relying, NULL) == OK) {
        FUZZ_ASSERT(!callback.has_iss || str_eq(callback.iss, relying.issuer));
    }
    if (callback.has_iss && oidc_callback_check(&callback, &template, NULL) == OK) {
        FUZZ_ASSERT(callback.iss.len == sizeof("https://idp.example/") - 1 + 36);
    }
    oidc_identity_t identity = {0};
    oidc_identity_add_user(arena, callback.user, &identity);
    FUZZ_ASSERT(!identity.is_email_present && identity.given_name.len <= 255);
    FUZZ_ASSERT(!str_has_control(identity.given_name) && !str_has_control(identity.family_name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    form_t form;
    if (form_parse(arena, fuzz_text(data, size), &form, NULL) == OK) {
        check_callback(arena, &form);
    }
    arena_free(&arena);
    return 0;
}
