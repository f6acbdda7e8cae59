// GET and POST /userinfo (OpenID Connect Core 5.3, RFC 6750). Answers nothing that the token's
// scope does not open; a token that is good is not audited, one that is refused is.
#include "handle/cors.h"
#include "handle/endpoints.h"
#include "handle/oauth.h"
#include "handle/tokens.h"
#include "protocol/oidc/response.h"
#include "protocol/oidc/token.h"

// RFC 6750 3 and 3.1. Without a code: there was no token at all.
static result_t challenge_answer(call_t *call, oidc_defect_t defect, response_t *out) {
    int status = 401;
    str_t json = STR_NONE;
    str_t challenge = STR("Bearer realm=\"userinfo\"");
    if (defect.error) {
        status = strcmp(defect.error, "invalid_request") == 0      ? 400
                 : strcmp(defect.error, "insufficient_scope") == 0 ? 403
                                                                   : 401;
        TRY(oidc_error_text(call->arena, defect, &json, &call->err));
        challenge = arena_format(call->arena, "%.*s, error=\"%s\", error_description=\"%.*s\"",
                                 STR_ARG(challenge), defect.error, STR_ARG(defect.text));
    }
    response_json(out, status, json);
    response_header(out, STR("www-authenticate"), challenge);
    out->log_code = defect.error ? str_from_c(defect.error) : STR("no_token");
    return OK;
}

static result_t token_refuse(call_t *call, const tokens_access_t *access, oidc_defect_t defect,
                             response_t *out) {
    store_audit_t audit = browser_audit(call, "oauth.userinfo");
    audit.decision = "refuse";
    audit.reason = access->reason ? str_from_c(access->reason) : defect.text;
    if (access->is_ours) {
        audit.client_id = access->token.client_id;
        audit.session_id = access->token.session_id;
    }
    TRY(oauth_refusal_note(call, &audit, defect.error));
    return challenge_answer(call, defect, out);
}

// A malformed query or body cannot hold a token; what cannot be read is refused.
static oidc_defect_t bearer_read(call_t *call, oidc_bearer_t *out) {
    const request_t *request = call->request;
    const bool has_form = request->method == METHOD_POST && oauth_is_form(request);
    form_t query, body;
    err_t err = {0};
    if (form_parse(call->arena, request->query, &query, &err) != OK ||
        form_parse(call->arena, has_form ? request->body : STR_NONE, &body, &err) != OK) {
        return oidc_defect("invalid_request", "the form is malformed");
    }
    oidc_bearer_parse(request->authorization, &query, &body, out);
    return out->defect;
}

result_t handle_userinfo(call_t *call, response_t *out) {
    oidc_bearer_t bearer;
    tokens_access_t access;
    str_t json;
    cors_answer(call, out);
    const oidc_defect_t defect = bearer_read(call, &bearer);
    if (defect.error || bearer.token.len == 0) {
        return challenge_answer(call, defect, out);
    }
    TRY(tokens_access_read(call, secret_reveal(bearer.token), &access));
    if (!access.is_active) {
        return token_refuse(call, &access,
                            oidc_defect("invalid_token", "the access token is not valid"), out);
    }
    // Core 5.3: a token that was given for openid, which only a person's can be.
    if (!str_list_has(access.token.scope, STR("openid")) || !access.token.grant_id.len) {
        return token_refuse(call, &access,
                            oidc_defect("insufficient_scope", "the scope openid is needed"), out);
    }
    const oidc_person_t person = tokens_person(&access.state.user);
    TRY(oidc_userinfo_text(call->arena, &person, access.token.scope, &json, &call->err));
    response_json(out, 200, json);
    return OK;
}
