#include "protocol/oidc/client.h"
#include "base/encode.h"
#include "crypto/jwt.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

const char *oidc_client_method_name(oidc_client_method_t method) {
    static const char *const NAMES[] = {
        [OIDC_CLIENT_NONE] = "none",
        [OIDC_CLIENT_BASIC] = "client_secret_basic",
        [OIDC_CLIENT_POST] = "client_secret_post",
        [OIDC_CLIENT_ASSERTION] = "private_key_jwt",
    };
    return NAMES[method];
}

// ---- Basic --------------------------------------------------------------------------------------

// One form-encoded half of the credentials. A pair is put around it so that the form's own decoder
// can be used; an '&' that was not encoded would make it two.
static bool credential_decode(arena_t *arena, str_t raw, str_t *out) {
    form_t form;
    const str_t pair = arena_format(arena, "x=%.*s", STR_ARG(raw));
    if (pair.len != raw.len + 2 || form_parse(arena, pair, &form, NULL) != OK || form.count != 1) {
        return false;
    }
    *out = form.fields[0].value;
    return true;
}

static bool basic_decode(arena_t *arena, str_t credentials, oidc_client_auth_t *out) {
    bytes_t octets;
    str_t secret;
    if (!base64_decode(arena, credentials, &octets)) {
        return false;
    }
    const str_t text = {(const char *)octets.ptr, octets.len};
    const size_t colon = str_find(text, ':');
    if (colon == text.len || !credential_decode(arena, str_sub(text, 0, colon), &out->client_id) ||
        !credential_decode(arena, str_sub(text, colon + 1, text.len), &secret)) {
        return false;
    }
    out->secret = secret_from_str(secret);
    return out->client_id.len > 0;
}

// ---- the assertion's own idea of its client ----------------------------------------------------

// `sub` of a JWT whose signature nobody has looked at: good for finding the keys to verify it with,
// and for nothing else.
static bool assertion_peek(arena_t *arena, str_t jwt, str_t *out_subject) {
    const size_t first = str_find(jwt, '.');
    const str_t rest = str_sub(jwt, first + 1, jwt.len);
    bytes_t payload;
    if (jwt.len > JWT_LEN_MAX ||
        !base64url_decode(arena, str_sub(rest, 0, str_find(rest, '.')), &payload)) {
        return false;
    }
    SCOPED(json_t) claims = NULL;
    const str_t text = {(const char *)payload.ptr, payload.len};
    str_t subject;
    if (json_parse_object(text, JWT_LEN_MAX, &claims, NULL) != OK ||
        !json_get_str(claims, "sub", &subject)) {
        return false;
    }
    *out_subject = arena_dup(arena, subject);
    return true;
}

// ---- which method -------------------------------------------------------------------------------

typedef struct {
    arena_t *arena;
    str_t basic; // credentials behind the scheme
    bool has_basic, has_other_scheme;
    str_t client_id, secret, assertion, assertion_type; // of the body
} given_t;

static void given_authorization(str_t authorization, given_t *given) {
    const size_t end = str_find(authorization, ' ');
    const str_t scheme = str_sub(authorization, 0, end);
    if (str_eq_nocase(scheme, STR("Basic"))) { // RFC 9110 11.1: case-insensitive
        given->has_basic = true;
        given->basic = str_trim(str_sub(authorization, end, authorization.len));
    } else if (scheme.len && !str_eq_nocase(scheme, STR("Bearer"))) {
        given->has_other_scheme = true;
    }
}

static oidc_defect_t basic_read(const given_t *given, oidc_client_auth_t *out) {
    out->method = OIDC_CLIENT_BASIC;
    if (!basic_decode(given->arena, given->basic, out)) {
        return oidc_defect("invalid_client", "the Authorization header is malformed");
    }
    if (given->client_id.len && !str_eq(given->client_id, out->client_id)) {
        return oidc_defect("invalid_request", "two different client identifiers");
    }
    return (oidc_defect_t){0};
}

static oidc_defect_t assertion_read(const given_t *given, oidc_client_auth_t *out) {
    out->method = OIDC_CLIENT_ASSERTION;
    out->client_id = given->client_id;
    out->assertion = given->assertion;
    if (str_is_empty(given->assertion) || !str_eq(given->assertion_type, STR(ASSERTION_TYPE))) {
        return oidc_defect("invalid_request", "client_assertion needs its type, and the other way");
    }
    if (str_is_empty(out->client_id) &&
        !assertion_peek(given->arena, given->assertion, &out->client_id)) {
        return oidc_defect("invalid_client", "the client assertion is malformed");
    }
    return (oidc_defect_t){0};
}

static oidc_defect_t method_read(const given_t *given, oidc_client_auth_t *out) {
    const int methods =
        (int)given->has_basic + (given->secret.len > 0) + (given->assertion.len > 0);
    if (methods > 1) {
        return oidc_defect("invalid_request", "more than one method of client authentication");
    }
    if (given->has_other_scheme) {
        return oidc_defect("invalid_client", "the Authorization scheme is not supported");
    }
    if (given->has_basic) {
        return basic_read(given, out);
    }
    if (given->assertion.len || given->assertion_type.len) {
        return assertion_read(given, out);
    }
    out->method = given->secret.len ? OIDC_CLIENT_POST : OIDC_CLIENT_NONE;
    out->client_id = given->client_id;
    out->secret = secret_from_str(given->secret);
    return (oidc_defect_t){0};
}

void oidc_client_auth_parse(arena_t *arena, str_t authorization, const form_t *form,
                            oidc_client_auth_t *out) {
    given_t given = {.arena = arena};
    *out = (oidc_client_auth_t){0};
    if (form_has_repeats(form)) { // RFC 6749 3.2
        out->defect = oidc_defect("invalid_request", "a parameter is given more than once");
        return;
    }
    given_authorization(authorization, &given);
    form_get(form, STR("client_id"), &given.client_id);
    form_get(form, STR("client_secret"), &given.secret);
    form_get(form, STR("client_assertion"), &given.assertion);
    form_get(form, STR("client_assertion_type"), &given.assertion_type);
    out->defect = method_read(&given, out);
    if (!out->defect.error && str_is_empty(out->client_id)) {
        out->defect = oidc_defect("invalid_client", "the client does not name itself");
    }
}

// ---- the verified assertion ---------------------------------------------------------------------

#define REFUSE(err, ...) FAIL((err), REFUSED, "invalid_client", __VA_ARGS__)

static bool claim_is(const json_t *claims, const char *name, str_t value) {
    str_t text;
    return json_get_str(claims, name, &text) && str_eq(text, value);
}

static bool is_sole_audience(const json_t *claims, str_t audience) {
    const json_t *aud = json_object_get(claims, "aud");
    return jwt_has_audience(claims, audience) && (!json_is_array(aud) || json_array_size(aud) == 1);
}

result_t oidc_assertion_check(const json_t *claims, const oidc_assertion_rules_t *rules,
                              oidc_assertion_t *out, err_t *err) {
    str_t jti;
    int64_t expires_s = 0;
    if (!claim_is(claims, "iss", rules->client_id) || !claim_is(claims, "sub", rules->client_id)) {
        return REFUSE(err, "iss and sub must both be the client");
    }
    if (!is_sole_audience(claims, rules->issuer) &&
        !is_sole_audience(claims, rules->token_endpoint)) {
        return REFUSE(err, "aud must be the issuer or the token endpoint alone");
    }
    TRY(jwt_check_times(claims, rules->now, OIDC_ASSERTION_LEEWAY_S, err));
    const int64_t latest_s =
        rules->now / 1000 + OIDC_ASSERTION_LIFETIME_S + OIDC_ASSERTION_LEEWAY_S;
    if (!json_get_int(claims, "exp", &expires_s) || expires_s < 0 || expires_s > latest_s) {
        return REFUSE(err, "exp is more than %d s away", OIDC_ASSERTION_LIFETIME_S);
    }
    if (!json_get_str(claims, "jti", &jti) || jti.len == 0 || jti.len > OIDC_JTI_LEN_MAX) {
        return REFUSE(err, "jti must have 1 to %d octets", OIDC_JTI_LEN_MAX);
    }
    *out = (oidc_assertion_t){jti, (expires_s + OIDC_ASSERTION_LEEWAY_S) * 1000};
    return OK;
}
