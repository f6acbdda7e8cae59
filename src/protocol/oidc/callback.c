#include "protocol/oidc/callback.h"
#include "protocol/oidc/microsoft.h"
#include "protocol/oidc/text.h"

enum { STATE_LEN_MAX = 512, ERROR_LEN_MAX = 64 };

static const oidc_defect_t NO_DEFECT = {0};

// A code of RFC 6749 4.1.2.1 is ours to compare and to show; what is none of that shape becomes one
// word.
static str_t error_code(str_t text) {
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '-') {
            return STR("malformed_error");
        }
    }
    return text.len <= ERROR_LEN_MAX ? text : STR("malformed_error");
}

static oidc_defect_t defect_of(const form_t *form, str_t code, const oidc_callback_t *callback) {
    if (form_has_repeats(form)) { // RFC 6749 3.1
        return oidc_defect("invalid_request", "a parameter is given more than once");
    }
    if (str_is_empty(callback->state)) {
        return oidc_defect("invalid_request", "state is missing or too long");
    }
    if (code.len && callback->error.len) {
        return oidc_defect("invalid_request", "code and error at once");
    }
    if (!code.len && !callback->error.len) {
        return oidc_defect("invalid_request", "neither code nor error");
    }
    // RFC 6749 A.11: printable ASCII.
    if (code.len > OIDC_CODE_LEN_MAX || str_has_control(code)) {
        return oidc_defect("invalid_request", "the code is too long or malformed");
    }
    return NO_DEFECT;
}

void oidc_callback_parse(arena_t *arena, const form_t *form, oidc_callback_t *out) {
    str_t state;
    str_t code;
    str_t error;
    str_t description;
    const bool has_state = form_get(form, STR("state"), &state) == FORM_ONE;
    form_get(form, STR("code"), &code);
    form_get(form, STR("error"), &error);
    form_get(form, STR("error_description"), &description);
    oidc_callback_t callback = {
        .state = has_state && state.len <= STATE_LEN_MAX ? state : STR(""),
        .error = error_code(error),
        .error_description = oidc_text_clean(arena, description, OIDC_ERROR_TEXT_MAX),
    };
    callback.has_iss = form_get(form, STR("iss"), &callback.iss) != FORM_ABSENT;
    form_get(form, STR("user"), &callback.user);
    if (callback.user.len > OIDC_USER_LEN_MAX) {
        callback.user = STR("");
    }
    callback.defect = defect_of(form, code, &callback);
    if (!callback.defect.error) {
        callback.code = secret_from_str(code);
    }
    *out = callback;
}

// RFC 9207 2.4: compared as it is, without any normalising.
static bool is_issuer(const oidc_relying_t *relying, str_t issuer) {
    return oidc_microsoft_is_template(relying) ? oidc_microsoft_is_issuer(relying, issuer)
                                               : str_eq(issuer, relying->issuer);
}

result_t oidc_callback_check(const oidc_callback_t *callback, const oidc_relying_t *relying,
                             err_t *err) {
    if (callback->defect.error) {
        return FAIL(err, REFUSED, "callback_invalid", "%.*s", STR_ARG(callback->defect.text));
    }
    if (!callback->has_iss && relying->is_iss_required) {
        return FAIL(err, REFUSED, "callback_issuer", "iss is missing");
    }
    // OAuth at endpoints of one's own has no issuer to compare with: there each connection's own
    // redirect URI is the defence (RFC 9700 4.4.2.2).
    if (callback->has_iss && relying->issuer.len && !is_issuer(relying, callback->iss)) {
        return FAIL(err, REFUSED, "callback_issuer", "iss is \"%.*s\", not \"%.*s\"",
                    STR_ARG(str_sub(callback->iss, 0, 90)),
                    STR_ARG(str_sub(relying->issuer, 0, 90)));
    }
    return OK;
}
