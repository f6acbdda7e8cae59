#include "protocol/oidc/exchange.h"
#include "base/encode.h"
#include "base/form.h"
#include "crypto/jwt.h"
#include "protocol/oidc/object.h"
#include "protocol/oidc/text.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum { ACCESS_TOKEN_LEN_MAX = 16 * 1024, STATUS_BAD_REQUEST = 400, STATUS_SERVER = 500 };

// ---- the request --------------------------------------------------------------------------------

static void field_add(buf_t *body, const char *name, str_t value) {
    buf_add_c(body, body->len ? "&" : "");
    buf_add_c(body, name);
    buf_add_char(body, '=');
    form_encode_to(body, value);
}

// RFC 6749 2.3.1: both halves are form-encoded first, so that a colon in the identifier stays in
// it.
static secret_t basic_value(arena_t *arena, const oidc_relying_t *relying) {
    buf_t pair = buf_new(arena, 256);
    form_encode_to(&pair, relying->client_id);
    buf_add_char(&pair, ':');
    form_encode_to(&pair, secret_reveal(relying->client_secret));
    const str_t encoded = base64_encode(arena, str_bytes(buf_str(&pair)));
    return secret_from_str(arena_format(arena, "Basic %.*s", STR_ARG(encoded)));
}

// RFC 7523 3. The audience is the endpoint that it is sent to and not the issuer: a provider that
// configures somebody else's issuer as its own would receive an assertion that is good there.
static result_t assertion_make(arena_t *arena, const oidc_relying_t *relying,
                               const oidc_exchange_t *in, str_t *out, err_t *err) {
    // The same key signs what we issue. With an identifier that is our own URL a customer would
    // have us sign tokens in which we are the issuer.
    if (!in->key || str_is_empty(in->jti) ||
        str_starts(relying->redirect_uri, relying->client_id)) {
        return FAIL(err, INTERNAL, "assertion_failed", "no key, no jti or an unfit client id");
    }
    const int64_t now_s = in->now / 1000;
    oidc_object_t object = oidc_object_new();
    oidc_object_text(&object, "iss", relying->client_id);
    oidc_object_text(&object, "sub", relying->client_id);
    oidc_object_text(&object, "aud", relying->token_endpoint);
    oidc_object_text(&object, "jti", in->jti);
    oidc_object_int(&object, "iat", now_s);
    oidc_object_int(&object, "exp", now_s + OIDC_CLIENT_ASSERTION_LIFETIME_S);
    SCOPED(json_t) claims = NULL;
    TRY(oidc_object_take(&object, &claims, err));
    const jwt_signer_t signer = {.key = in->key, .typ = "JWT"};
    return jwt_sign(arena, &signer, claims, out, err);
}

// Exactly one method (RFC 6749 2.3).
static result_t client_add(const oidc_relying_t *relying, const oidc_exchange_t *in, buf_t *body,
                           secret_t *out_authorization, err_t *err) {
    if (relying->method == OIDC_CLIENT_BASIC) {
        *out_authorization = basic_value(body->arena, relying);
        return OK;
    }
    field_add(body, "client_id", relying->client_id);
    if (relying->method == OIDC_CLIENT_POST) {
        field_add(body, "client_secret", secret_reveal(relying->client_secret));
    } else if (relying->method == OIDC_CLIENT_ASSERTION) {
        str_t assertion;
        TRY(assertion_make(body->arena, relying, in, &assertion, err));
        field_add(body, "client_assertion_type", STR(ASSERTION_TYPE));
        field_add(body, "client_assertion", assertion);
    }
    return OK;
}

result_t oidc_exchange_build(arena_t *arena, const oidc_relying_t *relying,
                             const oidc_exchange_t *in, oidc_exchange_request_t *out, err_t *err) {
    buf_t body = buf_new(arena, 1024);
    secret_t authorization = {0};
    field_add(&body, "grant_type", STR("authorization_code"));
    field_add(&body, "code", secret_reveal(in->code));
    field_add(&body, "redirect_uri", relying->redirect_uri);
    if (relying->is_pkce_on) {
        field_add(&body, "code_verifier", secret_reveal(in->verifier));
    }
    TRY(client_add(relying, in, &body, &authorization, err));
    *out = (oidc_exchange_request_t){.url = relying->token_endpoint,
                                     .body = secret_from_str(buf_str(&body)),
                                     .authorization = authorization};
    return OK;
}

// ---- the answer ---------------------------------------------------------------------------------

// RFC 6749 5.2: error and error_description as one sentence for the log and the administrator.
static result_t error_tell(arena_t *arena, const json_t *json, err_t *err) {
    str_t error = STR("");
    str_t text = STR("");
    (void)!json_get_str(json, "error", &error);
    (void)!json_get_str(json, "error_description", &text);
    error = oidc_text_clean(arena, error, 64);
    text = oidc_text_clean(arena, text, 120);
    return FAIL(err, REFUSED, "token_error", "the token endpoint says %.*s%s%.*s", STR_ARG(error),
                text.len ? ": " : "", STR_ARG(text));
}

// The error body of a status of 4xx. OK: there is none.
static result_t error_read(arena_t *arena, const oidc_answer_t *answer, err_t *err) {
    SCOPED(json_t) json = NULL;
    if (answer->status < STATUS_BAD_REQUEST || answer->status >= STATUS_SERVER ||
        !oidc_answer_is_json(answer) ||
        json_parse_object(answer->body, OIDC_ANSWER_LEN_MAX, &json, NULL) != OK ||
        !json_object_get(json, "error")) {
        return OK;
    }
    return error_tell(arena, json, err);
}

// RFC 6749 A.12: printable ASCII without spaces, because it goes into a header.
static bool is_header_token(str_t token) {
    for (size_t i = 0; i < token.len; i++) {
        if (token.ptr[i] <= ' ' || token.ptr[i] > '~') {
            return false;
        }
    }
    return token.len > 0 && token.len <= ACCESS_TOKEN_LEN_MAX;
}

static result_t tokens_read(arena_t *arena, const json_t *json, bool has_id_token,
                            oidc_tokens_t *out, err_t *err) {
    str_t type;
    str_t access;
    str_t id = STR("");
    // RFC 6749 7.1: a token of a type that we do not know must not be used.
    if (!json_get_str(json, "token_type", &type) || !str_eq_nocase(type, STR("Bearer"))) {
        return FAIL(err, REFUSED, "token_response", "token_type is not Bearer");
    }
    if (!json_get_str(json, "access_token", &access) || !is_header_token(access)) {
        return FAIL(err, REFUSED, "token_response", "access_token is absent or malformed");
    }
    if (has_id_token &&
        (!json_get_str(json, "id_token", &id) || id.len == 0 || id.len > JWT_LEN_MAX)) {
        return FAIL(err, REFUSED, "token_response", "id_token is absent or over %d octets",
                    JWT_LEN_MAX);
    }
    *out = (oidc_tokens_t){secret_from_str(arena_dup(arena, access)), arena_dup(arena, id)};
    return OK;
}

result_t oidc_exchange_parse(arena_t *arena, const oidc_relying_t *relying,
                             const oidc_answer_t *answer, oidc_tokens_t *out, err_t *err) {
    SCOPED(json_t) json = NULL;
    TRY(error_read(arena, answer, err));
    TRY(oidc_answer_object(answer, "the token endpoint", &json, err));
    if (json_object_get(json, "error")) { // GitHub's errors have status 200
        return error_tell(arena, json, err);
    }
    const bool has_id_token = !oidc_preset_row(relying->preset)->is_oauth_only;
    return tokens_read(arena, json, has_id_token, out, err);
}

secret_t oidc_bearer(arena_t *arena, secret_t access_token) {
    const str_t token = secret_reveal(access_token);
    return secret_from_str(arena_format(arena, "Bearer %.*s", STR_ARG(token)));
}
