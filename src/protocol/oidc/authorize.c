#include "protocol/oidc/authorize.h"
#include "protocol/oidc/pkce.h"
#include "protocol/oidc/scope.h"
#include <stddef.h>

typedef struct {
    const char *name;
    size_t offset; // of a str_t in oidc_authorize_t
    size_t len_max;
    bool is_hint; // dropped if it is unusable
} parameter_t;

#define PARAMETER(member, len_max, is_hint)                                                        \
    { #member, offsetof(oidc_authorize_t, member), (len_max), (is_hint) }

static const parameter_t PARAMETERS[] = {
    PARAMETER(client_id, 255, false),
    PARAMETER(redirect_uri, 2048, false),
    PARAMETER(state, OIDC_STATE_MAX, false),
    PARAMETER(scope, OIDC_SCOPE_LEN_MAX, false),
    PARAMETER(nonce, OIDC_NONCE_MAX, false),
    PARAMETER(code_challenge, 128, false),
    PARAMETER(id_token_hint, 8192, false),
    PARAMETER(provider, 255, false),
    PARAMETER(connection_id, 255, false),
    PARAMETER(organization_id, 255, false),
    PARAMETER(domain, 255, true),
    PARAMETER(login_hint, 320, true),
    PARAMETER(ui_locales, 255, true),
};
enum { PARAMETERS_COUNT = sizeof(PARAMETERS) / sizeof(PARAMETERS[0]) };

static const oidc_defect_t NO_DEFECT = {0};

static str_t *parameter_slot(oidc_authorize_t *request, const parameter_t *parameter) {
    return (str_t *)(void *)((char *)request + parameter->offset);
}

// The one value of a name; empty if it is absent or repeated.
static str_t form_one(const form_t *form, const char *name) {
    str_t value;
    return form_get(form, str_from_c(name), &value) == FORM_ONE ? value : STR("");
}

static bool is_locale_list(str_t s) {
    for (size_t i = 0; i < s.len; i++) {
        const char c = s.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != ' ') {
            return false;
        }
    }
    return true;
}

static void parameters_read(const form_t *form, oidc_authorize_t *request) {
    for (size_t i = 0; i < PARAMETERS_COUNT; i++) {
        const str_t value = form_one(form, PARAMETERS[i].name);
        const bool is_usable = value.len <= PARAMETERS[i].len_max && !str_has_control(value);
        if (is_usable || !PARAMETERS[i].is_hint) {
            *parameter_slot(request, &PARAMETERS[i]) = value;
        }
    }
    if (str_is_empty(request->domain)) {
        const str_t hint = form_one(form, "domain_hint");
        request->domain = hint.len <= 255 && !str_has_control(hint) ? hint : STR("");
    }
    if (!is_locale_list(request->ui_locales)) {
        request->ui_locales = STR("");
    }
    str_t state;
    request->has_state =
        form_get(form, STR("state"), &state) == FORM_ONE && state.len <= OIDC_STATE_MAX;
}

// ---- the checks, in the order in which their defects win ----------------------------------------

typedef struct {
    arena_t *arena;
    const form_t *form;
    oidc_authorize_t *request;
} check_t;

// RFC 6749 3.1: parameters must not be included more than once.
static oidc_defect_t check_repeats(check_t *check) {
    return form_has_repeats(check->form)
               ? oidc_defect("invalid_request", "a parameter is given more than once")
               : NO_DEFECT;
}

// OpenID Connect Core 6: refused with the right error. Ignoring a request object would let its
// sender believe that its signed parameters were the ones that counted.
static oidc_defect_t check_request_objects(check_t *check) {
    if (form_one(check->form, "request").len) {
        return oidc_defect("request_not_supported", "request objects are not supported");
    }
    if (form_one(check->form, "request_uri").len) {
        return oidc_defect("request_uri_not_supported", "request_uri is not supported");
    }
    if (form_one(check->form, "registration").len) {
        return oidc_defect("registration_not_supported", "registration is not supported");
    }
    return NO_DEFECT;
}

// RFC 9700 2.1.2: no response type that puts tokens into a URL.
static oidc_defect_t check_response(check_t *check) {
    const str_t type = form_one(check->form, "response_type");
    const str_t mode = form_one(check->form, "response_mode");
    if (str_is_empty(type)) {
        return oidc_defect("invalid_request", "response_type is missing");
    }
    if (!str_eq(type, STR("code"))) {
        return oidc_defect("unsupported_response_type", "response_type must be code");
    }
    if (mode.len && !str_eq(mode, STR("query"))) {
        return oidc_defect("invalid_request", "response_mode must be query");
    }
    return NO_DEFECT;
}

static oidc_defect_t check_lengths(check_t *check) {
    for (size_t i = 0; i < PARAMETERS_COUNT; i++) {
        if (parameter_slot(check->request, &PARAMETERS[i])->len > PARAMETERS[i].len_max) {
            return oidc_defect("invalid_request", "a parameter is too long");
        }
    }
    return NO_DEFECT;
}

static oidc_defect_t check_scope(check_t *check) {
    oidc_authorize_t *request = check->request;
    if (!oidc_scope_is_well_formed(request->scope)) {
        return oidc_defect("invalid_scope", "scope is missing or malformed");
    }
    request->scope = oidc_scope_known(check->arena, request->scope);
    return str_is_empty(request->scope)
               ? oidc_defect("invalid_scope", "none of the scopes is known here")
               : NO_DEFECT;
}

static bool prompt_add(str_t word, oidc_prompt_t *prompt) {
    if (str_eq(word, STR("none"))) {
        prompt->none = true;
    } else if (str_eq(word, STR("login"))) {
        prompt->login = true;
    } else if (str_eq(word, STR("create"))) {
        prompt->create = true;
    } else if (str_eq(word, STR("select_account"))) {
        prompt->select_account = true;
    } else {
        return str_eq(word, STR("consent")); // hosted-login.md 2.3: as if it were absent
    }
    return true;
}

// OpenID Connect Core 3.1.2.1: none with any other value is an error.
static oidc_defect_t check_prompt(check_t *check) {
    oidc_prompt_t *prompt = &check->request->prompt;
    str_t rest = form_one(check->form, "prompt");
    str_t word;
    bool has_others = false;
    while (str_next_word(&rest, &word)) {
        if (!prompt_add(word, prompt)) {
            return oidc_defect("invalid_request", "prompt has an unknown value");
        }
        has_others = has_others || !str_eq(word, STR("none"));
    }
    return prompt->none && has_others
               ? oidc_defect("invalid_request", "prompt=none stands with other values")
               : NO_DEFECT;
}

// RFC 7636 4.3, 4.4.1: a challenge without a method would be `plain`.
static oidc_defect_t check_pkce(check_t *check) {
    const str_t challenge = check->request->code_challenge;
    const str_t method = form_one(check->form, "code_challenge_method");
    if (str_is_empty(challenge)) {
        return method.len ? oidc_defect("invalid_request", "code_challenge is missing") : NO_DEFECT;
    }
    if (!str_eq(method, STR("S256"))) {
        return oidc_defect("invalid_request", "code_challenge_method must be S256");
    }
    return oidc_pkce_is_challenge(challenge)
               ? NO_DEFECT
               : oidc_defect("invalid_request", "code_challenge is malformed");
}

static oidc_defect_t check_max_age(check_t *check) {
    const str_t text = form_one(check->form, "max_age");
    uint64_t seconds = 0;
    if (str_is_empty(text)) {
        return NO_DEFECT;
    }
    // 136 years: far from overflow when it becomes milliseconds.
    if (!str_to_u64(text, UINT32_MAX, &seconds)) {
        return oidc_defect("invalid_request", "max_age is not a number of seconds");
    }
    check->request->has_max_age = true;
    check->request->max_age_s = (int64_t)seconds;
    return NO_DEFECT;
}

void oidc_authorize_parse(arena_t *arena, const form_t *form, oidc_authorize_t *out) {
    static oidc_defect_t (*const CHECKS[])(check_t *) = {
        check_repeats, check_request_objects, check_response, check_lengths,
        check_scope,   check_prompt,          check_pkce,     check_max_age,
    };
    *out = (oidc_authorize_t){0};
    parameters_read(form, out);
    check_t check = {arena, form, out};
    for (size_t i = 0; i < sizeof(CHECKS) / sizeof(CHECKS[0]) && !out->defect.error; i++) {
        out->defect = CHECKS[i](&check);
    }
}

oidc_defect_t oidc_authorize_pkce_check(const oidc_authorize_t *request, bool is_pkce_required) {
    return is_pkce_required && str_is_empty(request->code_challenge)
               ? oidc_defect("invalid_request", "this application must send a code_challenge")
               : NO_DEFECT;
}
