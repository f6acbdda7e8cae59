// POST /revoke (RFC 7009). A client ends its own tokens only. Unknown tokens, and those of others,
// get the same 200: the answer tells nobody whether a token exists.
#include "handle/client_auth.h"
#include "handle/cors.h"
#include "handle/endpoints.h"
#include "handle/tokens.h"

static result_t nothing_revoked(call_t *call, store_audit_t *audit, str_t reason) {
    audit->decision = "refuse";
    audit->reason = reason;
    return oauth_refusal_note(call, audit, "invalid_token");
}

// RFC 7009 2.1: a refresh token takes its grant along, and with it the access tokens.
static result_t refresh_revoke(call_t *call, secret_t token, store_audit_t *audit) {
    hash256_t hash;
    store_refresh_t refresh;
    TRY(hash_token(token, &hash, &call->err));
    TRY(store_refresh_read(call->store, hash256_bytes(&hash), &refresh, &call->err));
    if (!refresh.facts.is_present || !str_eq(refresh.facts.grant.client_id, audit->client_id)) {
        return nothing_revoked(call, audit, STR("not a refresh token of this application"));
    }
    audit->decision = "revoke";
    audit->reason = STR("refresh token revoked by its application -> the grant ends");
    return store_grant_revoke(call->store, refresh.facts.grant.id, "revoked", audit, &call->err);
}

static result_t access_revoke(call_t *call, str_t token, store_audit_t *audit) {
    tokens_access_t access;
    TRY(tokens_access_read(call, token, &access));
    if (!access.is_ours || !str_eq(access.token.client_id, audit->client_id)) {
        return nothing_revoked(call, audit, STR("not a valid access token of this application"));
    }
    audit->decision = "revoke";
    audit->reason = STR("access token revoked by its application");
    audit->session_id = access.token.session_id;
    return store_access_revoke(call->store, access.token.jti, access.token.expires_s * 1000, audit,
                               &call->err);
}

result_t handle_revoke(call_t *call, response_t *out) {
    client_request_t request;
    oidc_token_subject_t subject = {0};
    cors_answer(call, out);
    TRY(client_auth_read(call, &request));
    store_audit_t audit = client_auth_audit(call, "oauth.revoke", &request);
    oidc_defect_t defect = request.defect;
    if (!defect.error) {
        oidc_token_subject_parse(&request.form, &subject);
        defect = subject.defect;
    }
    if (defect.error) {
        return oauth_refuse(call, &audit, defect, out);
    }
    TRY(subject.is_jwt ? access_revoke(call, secret_reveal(subject.token), &audit)
                       : refresh_revoke(call, subject.token, &audit));
    out->status = 200;
    out->log_code = str_from_c(audit.decision);
    return OK;
}
