#include "protocol/oidc/token.h"
#include "protocol/oidc/pkce.h"
#include "protocol/oidc/scope.h"

static const oidc_defect_t NO_DEFECT = {0};

// RFC 6749 3.2: a parameter without a value counts as not given.
static bool given(const form_t *form, const char *name, str_t *out) {
    return form_get(form, str_from_c(name), out) == FORM_ONE && out->len > 0;
}

static bool given_secret(const form_t *form, const char *name, secret_t *out) {
    str_t text;
    if (!given(form, name, &text)) {
        return false;
    }
    *out = secret_from_str(text);
    return true;
}

static oidc_defect_t code_parse(const form_t *form, oidc_token_t *out) {
    out->grant_type = OIDC_GRANT_CODE;
    out->has_redirect_uri = given(form, "redirect_uri", &out->redirect_uri);
    out->has_verifier = given(form, "code_verifier", &out->verifier);
    if (!given_secret(form, "code", &out->code)) {
        return oidc_defect("invalid_request", "code is missing");
    }
    // RFC 7636 4.1: a shorter verifier would be one that can be guessed.
    return out->has_verifier && !oidc_pkce_is_verifier(out->verifier)
               ? oidc_defect("invalid_request", "code_verifier is malformed")
               : NO_DEFECT;
}

static oidc_defect_t scope_parse(const form_t *form, oidc_token_t *out) {
    out->has_scope = given(form, "scope", &out->scope);
    return out->has_scope && !oidc_scope_is_well_formed(out->scope)
               ? oidc_defect("invalid_scope", "scope is malformed")
               : NO_DEFECT;
}

static oidc_defect_t refresh_parse(const form_t *form, oidc_token_t *out) {
    out->grant_type = OIDC_GRANT_REFRESH;
    if (!given_secret(form, "refresh_token", &out->refresh_token)) {
        return oidc_defect("invalid_request", "refresh_token is missing");
    }
    return scope_parse(form, out);
}

static oidc_defect_t machine_parse(const form_t *form, oidc_token_t *out) {
    out->grant_type = OIDC_GRANT_MACHINE;
    return scope_parse(form, out);
}

void oidc_token_parse(const form_t *form, oidc_token_t *out) {
    static const struct {
        const char *name;
        oidc_defect_t (*parse)(const form_t *form, oidc_token_t *out);
    } GRANTS[] = {
        {"authorization_code", code_parse},
        {"refresh_token", refresh_parse},
        {"client_credentials", machine_parse},
    };
    str_t type;
    *out = (oidc_token_t){0};
    if (form_has_repeats(form)) { // RFC 6749 3.2
        out->defect = oidc_defect("invalid_request", "a parameter is given more than once");
        return;
    }
    if (!given(form, "grant_type", &type)) {
        out->defect = oidc_defect("invalid_request", "grant_type is missing");
        return;
    }
    // RFC 9700 2.4: there is no password grant, and nothing else either.
    out->defect = oidc_defect("unsupported_grant_type", "this grant_type is not supported");
    for (size_t i = 0; i < sizeof(GRANTS) / sizeof(GRANTS[0]); i++) {
        if (str_eq(type, str_from_c(GRANTS[i].name))) {
            out->defect = GRANTS[i].parse(form, out);
        }
    }
}

void oidc_token_subject_parse(const form_t *form, oidc_token_subject_t *out) {
    *out = (oidc_token_subject_t){0};
    if (form_has_repeats(form)) {
        out->defect = oidc_defect("invalid_request", "a parameter is given more than once");
        return;
    }
    if (!given_secret(form, "token", &out->token)) {
        out->defect = oidc_defect("invalid_request", "token is missing");
        return;
    }
    const str_t text = secret_reveal(out->token);
    out->is_jwt = str_find(text, '.') != text.len;
}

// ---- bearer -------------------------------------------------------------------------------------

// b64token of RFC 6750 2.1.
static bool is_b64token(str_t text) {
    size_t end = text.len;
    while (end > 0 && text.ptr[end - 1] == '=') {
        end--;
    }
    for (size_t i = 0; i < end; i++) {
        const char c = text.ptr[i];
        const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!is_letter && !(c >= '0' && c <= '9') && (c == '\0' || !strchr("-._~+/", c))) {
            return false;
        }
    }
    return end > 0;
}

static bool header_token(str_t authorization, str_t *out) {
    const size_t end = str_find(authorization, ' ');
    if (!str_eq_nocase(str_sub(authorization, 0, end), STR("Bearer"))) {
        return false;
    }
    *out = str_trim(str_sub(authorization, end, authorization.len));
    return true;
}

void oidc_bearer_parse(str_t authorization, const form_t *query, const form_t *body,
                       oidc_bearer_t *out) {
    str_t in_header = STR(""), in_query, in_body;
    const bool has_header = header_token(authorization, &in_header);
    const form_presence_t body_presence = form_get(body, STR("access_token"), &in_body);
    *out = (oidc_bearer_t){0};
    if (form_get(query, STR("access_token"), &in_query) != FORM_ABSENT) {
        out->defect = oidc_defect("invalid_request", "an access token may not stand in the URL");
    } else if (body_presence == FORM_REPEATED || (has_header && body_presence != FORM_ABSENT)) {
        out->defect = oidc_defect("invalid_request", "more than one access token");
    } else if (has_header || body_presence == FORM_ONE) {
        const str_t token = has_header ? in_header : in_body;
        out->token = secret_from_str(token);
        if (!is_b64token(token)) {
            out->defect = oidc_defect("invalid_request", "the access token is malformed");
        }
    }
}
