// The authorization and logout requests and redirect URIs: whatever comes in, what is taken for
// good keeps its promises. The input is a query; its redirect_uri is also compared and judged.
#include "fuzz.h"
#include "protocol/oidc/authorize.h"
#include "protocol/oidc/logout.h"
#include "protocol/oidc/pkce.h"
#include "protocol/oidc/redirect.h"
#include "protocol/oidc/scope.h"

static void check_authorize(arena_t *arena, const form_t *form) {
    oidc_authorize_t request;
    oidc_authorize_parse(arena, form, &request);
    FUZZ_ASSERT(!request.has_state || request.state.len <= OIDC_STATE_MAX);
    FUZZ_ASSERT(!str_has_control(request.login_hint) && !str_has_control(request.domain));
    if (request.defect.error) {
        FUZZ_ASSERT(request.defect.text.len > 0 && !str_has_control(request.defect.text));
        return;
    }
    FUZZ_ASSERT(!form_has_repeats(form));
    FUZZ_ASSERT(oidc_scope_is_well_formed(request.scope));
    FUZZ_ASSERT(str_eq(oidc_scope_known(arena, request.scope), request.scope));
    FUZZ_ASSERT(!request.code_challenge.len || oidc_pkce_is_challenge(request.code_challenge));
    FUZZ_ASSERT(!request.prompt.none || (!request.prompt.login && !request.prompt.create &&
                                         !request.prompt.select_account));
    FUZZ_ASSERT(!request.has_max_age ||
                (request.max_age_s >= 0 && request.max_age_s <= UINT32_MAX));
}

static void check_logout(arena_t *arena, const form_t *form) {
    oidc_logout_t request, again;
    form_t query;
    oidc_logout_parse(form, &request);
    if (request.defect.error) {
        return;
    }
    const str_t url = oidc_logout_url(arena, &request);
    FUZZ_ASSERT(!str_has_control(url));
    const str_t behind = str_sub(url, str_find(url, '?') + 1, url.len);
    FUZZ_ASSERT(form_parse(arena, behind, &query, NULL) == OK);
    oidc_logout_parse(&query, &again);
    FUZZ_ASSERT(!again.defect.error && str_eq(again.state, request.state));
    FUZZ_ASSERT(str_eq(again.redirect_uri, request.redirect_uri));
    FUZZ_ASSERT(str_eq(again.id_token_hint, request.id_token_hint) && !again.form_token.len);
}

static void check_redirect(str_t uri) {
    static const str_t REGISTERED[] = {
        {"https://app.example/cb", 22}, {"http://127.0.0.1:80/cb", 22}, {"http://[::1]/cb", 15}};
    const oidc_list_t list = {REGISTERED, 3};
    const oidc_list_t self = {&uri, 1};
    const oidc_redirect_rules_t rules = {.is_native = true};
    err_t err = {0};
    const bool is_web = oidc_redirect_matches(&list, uri, false);
    const bool is_native = oidc_redirect_matches(&list, uri, true);
    FUZZ_ASSERT(!is_web || is_native);
    // The freedom of native applications never leads off the machine.
    FUZZ_ASSERT(!is_native || is_web || str_starts(uri, STR("http://127.0.0.1:")) ||
                str_starts(uri, STR("http://[::1]:")) || str_eq(uri, STR("http://127.0.0.1/cb")));
    FUZZ_ASSERT(!is_native || str_ends(uri, STR("/cb")));
    if (oidc_redirect_check(uri, rules, &err) != OK) {
        FUZZ_ASSERT(err.text[0]);
        return;
    }
    FUZZ_ASSERT(uri.len <= OIDC_REDIRECT_LEN_MAX && !str_has_control(uri));
    FUZZ_ASSERT(str_find(uri, '?') == uri.len && str_find(uri, '#') == uri.len);
    FUZZ_ASSERT(str_find(uri, '\\') == uri.len && str_find(uri, '*') == uri.len);
    FUZZ_ASSERT(!str_starts(uri, STR("javascript:")) && !str_starts(uri, STR("data:")));
    FUZZ_ASSERT(oidc_redirect_matches(&self, uri, false));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    arena_t *arena = arena_new(FUZZ_ARENA_MAX);
    form_t form;
    str_t uri;
    check_redirect(fuzz_text(data, size));
    if (form_parse(arena, fuzz_text(data, size), &form, NULL) == OK) {
        check_authorize(arena, &form);
        check_logout(arena, &form);
        if (form_get(&form, STR("redirect_uri"), &uri) == FORM_ONE) {
            check_redirect(uri);
        }
    }
    arena_free(&arena);
    return 0;
}
