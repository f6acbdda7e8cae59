// POST /oauth/introspect (RFC 7662), for confidential applications. Any of them may ask about an
// access token: those are JWTs that whoever holds one can read and verify already, and an API is
// often another application than the one that signed the person in. A refresh token is told of only
// to the application that it was given to. Reading changes nothing and is not audited; refusals
// are.
#include "handle/client_auth.h"
#include "handle/endpoints.h"
#include "handle/tokens.h"
#include "protocol/oidc/response.h"

static result_t access_introspect(call_t *call, str_t token, oidc_introspection_t *out,
                                  bool *out_is_active) {
    tokens_access_t access;
    TRY(tokens_access_read(call, token, &access));
    *out_is_active = access.is_active;
    *out = (oidc_introspection_t){
        .issuer = call->settings->issuer,
        .client_id = access.token.client_id,
        .subject = access.token.subject,
        .scope = access.token.scope,
        .session_id = access.token.session_id,
        .organization_id = access.token.organization_id,
        .jti = access.token.jti,
        .is_access_token = true,
        .issued_s = access.token.issued_s,
        .expires_s = access.token.expires_s,
    };
    return OK;
}

// Active is what would be refreshed right now, by the same judgement.
static result_t refresh_introspect(call_t *call, secret_t token, str_t client_id,
                                   oidc_introspection_t *out, bool *out_is_active) {
    hash256_t hash;
    store_refresh_t refresh;
    TRY(hash_token(token, &hash, &call->err));
    TRY(store_refresh_read(call->store, hash256_bytes(&hash), &refresh, &call->err));
    refresh.facts.client_id = client_id;
    const flow_grant_decision_t decision = flow_refresh_use(call->arena, &refresh.facts);
    const flow_grant_t *grant = &refresh.facts.grant;
    *out_is_active = decision.step == FLOW_GRANT_ISSUE;
    *out = (oidc_introspection_t){
        .issuer = call->settings->issuer,
        .client_id = grant->client_id,
        .subject = grant->session.user_id,
        .scope = grant->scope,
        .session_id = grant->session.id,
        .organization_id = grant->session.organization_id,
        .expires_s = refresh.facts.expires_at / 1000,
    };
    return OK;
}

static oidc_defect_t request_judge(const client_request_t *request, oidc_token_subject_t *out) {
    if (request->defect.error) {
        return request->defect;
    }
    if (!client_auth_is_confidential(request->row.client.type)) {
        return oidc_defect("invalid_client", "a public application may not introspect");
    }
    oidc_token_subject_parse(&request->form, out);
    return out->defect;
}

result_t handle_introspect(call_t *call, response_t *out) {
    client_request_t request;
    oidc_token_subject_t subject;
    oidc_introspection_t token;
    bool is_active = false;
    str_t json;
    TRY(client_auth_read(call, &request));
    const oidc_defect_t defect = request_judge(&request, &subject);
    if (defect.error) {
        const store_audit_t audit = client_auth_audit(call, "oauth.introspect", &request);
        return oauth_refuse(call, &audit, defect, out);
    }
    TRY(subject.is_jwt
            ? access_introspect(call, secret_reveal(subject.token), &token, &is_active)
            : refresh_introspect(call, subject.token, request.row.client.id, &token, &is_active));
    TRY(oidc_introspection_text(call->arena, is_active ? &token : NULL, &json, &call->err));
    response_json(out, 200, json);
    return OK;
}
