// POST /oauth/token (RFC 6749 3.2).
#include "crypto/random.h"
#include "handle/client_auth.h"
#include "handle/cors.h"
#include "handle/endpoints.h"
#include "handle/tokens.h"
#include "protocol/oidc/response.h"
#include "protocol/oidc/scope.h"

// The absolute end of the session bounds it as well: a grant whose session has ended refreshes
// nothing (ASVS 10.4.8).
enum { REFRESH_LIFETIME_S = 30 * 24 * 3600 };

// A second round, because somebody may have been faster in the first; a third would not see
// anything new.
enum { ROUNDS_MAX = 2 };

typedef struct {
    call_t *call;
    const client_request_t *request;
    const oidc_token_t *token;
} grant_call_t;

static store_audit_t audit_row(const grant_call_t *in, const flow_grant_t *grant,
                               const flow_grant_decision_t *decision) {
    store_audit_t audit = client_auth_audit(in->call, "oauth.token", in->request);
    audit.decision = decision->step == FLOW_GRANT_ISSUE ? "issue" : "refuse";
    audit.reason = decision->reason;
    audit.user_id = grant->session.user_id;
    audit.session_id = grant->session.id;
    return audit;
}

static result_t tokens_answer(const grant_call_t *in, const tokens_t *tokens, secret_t refresh,
                              str_t scope, response_t *out) {
    call_t *call = in->call;
    const oidc_token_answer_t answer = {
        .access_token = tokens->access,
        .id_token = tokens->id,
        .refresh_token = secret_reveal(refresh),
        .expires_in_s = tokens->expires_in_s,
        .scope = scope,
    };
    str_t json;
    TRY(oidc_token_text(call->arena, &answer, &json, &call->err));
    response_json(out, 200, json);
    out->log_code = STR("issue");
    return OK;
}

// What is refused says no more than its code: whether a code is unknown, old or somebody else's is
// for the audit row.
static result_t grant_refuse(const grant_call_t *in, const flow_grant_t *grant,
                             const flow_grant_decision_t *decision, response_t *out) {
    call_t *call = in->call;
    store_audit_t audit = audit_row(in, grant, decision);
    const bool is_scope = strcmp(decision->error, "invalid_scope") == 0;
    const oidc_defect_t defect = {decision->error,
                                  is_scope ? STR("the scope exceeds what was granted")
                                           : STR("the code or refresh token is not valid here")};
    if (decision->step != FLOW_GRANT_REFUSE_AND_REVOKE) {
        return oauth_refuse(call, &audit, defect, out);
    }
    audit.decision = "revoke";
    TRY(store_grant_revoke(call->store, grant->id, "replay", &audit, &call->err));
    return oauth_error(call, defect, out);
}

// ---- authorization_code -------------------------------------------------------------------------

static result_t code_read(const grant_call_t *in, hash256_t *out_hash, store_code_t *out) {
    call_t *call = in->call;
    const oidc_token_t *token = in->token;
    TRY(hash_token(token->code, out_hash, &call->err));
    TRY(store_code_read(call->store, hash256_bytes(out_hash), out, &call->err));
    out->facts.client_id = in->request->row.client.id;
    out->facts.has_redirect_uri = token->has_redirect_uri;
    out->facts.given_redirect_uri = token->redirect_uri;
    out->facts.has_verifier = token->has_verifier;
    return token->has_verifier ? hash_pkce_s256(call->arena, token->verifier,
                                                &out->facts.given_code_challenge, &call->err)
                               : OK;
}

// The tokens are made before the code is spent: what fails on our side costs the person nothing.
static result_t code_issue(const grant_call_t *in, const hash256_t *code_hash,
                           const store_code_t *code, const flow_grant_decision_t *decision,
                           response_t *out) {
    call_t *call = in->call;
    const store_audit_t audit = audit_row(in, &code->facts.grant, decision);
    const tokens_in_t wanted = {
        .client = &in->request->row.client,
        .grant = &code->facts.grant,
        .user = &code->user,
        .scope = decision->scope,
        .code = in->token->code,
    };
    tokens_t tokens;
    secret_t refresh = {0};
    hash256_t refresh_hash;
    store_redeem_t redeem = {.code_hash = hash256_bytes(code_hash),
                             .grant_id = code->facts.grant.id};
    TRY(tokens_for_user(call, &wanted, &tokens));
    if (str_list_has(decision->scope, STR("offline_access"))) { // OpenID Connect Core 11
        TRY(random_token(call->arena, &refresh, &call->err));
        TRY(hash_token(refresh, &refresh_hash, &call->err));
        redeem.refresh_hash = hash256_bytes(&refresh_hash);
        redeem.refresh_s = REFRESH_LIFETIME_S;
    }
    TRY(store_code_redeem(call->store, &redeem, &audit, &call->err));
    return tokens_answer(in, &tokens, refresh, decision->scope, out);
}

static result_t code_round(const grant_call_t *in, response_t *out) {
    hash256_t hash;
    store_code_t code;
    TRY(code_read(in, &hash, &code));
    const flow_grant_decision_t decision = flow_code_redeem(in->call->arena, &code.facts);
    return decision.step == FLOW_GRANT_ISSUE ? code_issue(in, &hash, &code, &decision, out)
                                             : grant_refuse(in, &code.facts.grant, &decision, out);
}

// ---- refresh_token ------------------------------------------------------------------------------

static result_t refresh_read(const grant_call_t *in, hash256_t *out_hash, store_refresh_t *out) {
    call_t *call = in->call;
    TRY(hash_token(in->token->refresh_token, out_hash, &call->err));
    TRY(store_refresh_read(call->store, hash256_bytes(out_hash), out, &call->err));
    out->facts.client_id = in->request->row.client.id;
    out->facts.has_scope = in->token->has_scope;
    out->facts.given_scope = in->token->scope;
    return OK;
}

static result_t refresh_issue(const grant_call_t *in, const hash256_t *old_hash,
                              const store_refresh_t *old, const flow_grant_decision_t *decision,
                              response_t *out) {
    call_t *call = in->call;
    const store_audit_t audit = audit_row(in, &old->facts.grant, decision);
    const tokens_in_t wanted = {
        .client = &in->request->row.client,
        .grant = &old->facts.grant,
        .user = &old->user,
        .scope = decision->scope,
    };
    tokens_t tokens;
    secret_t next;
    hash256_t next_hash;
    TRY(tokens_for_user(call, &wanted, &tokens));
    TRY(random_token(call->arena, &next, &call->err));
    TRY(hash_token(next, &next_hash, &call->err));
    const store_rotate_t rotate = {
        .old_hash = hash256_bytes(old_hash),
        .new_hash = hash256_bytes(&next_hash),
        .grant_id = old->facts.grant.id,
        .refresh_s = REFRESH_LIFETIME_S,
    };
    TRY(store_refresh_rotate(call->store, &rotate, &audit, &call->err));
    return tokens_answer(in, &tokens, next, decision->scope, out);
}

static result_t refresh_round(const grant_call_t *in, response_t *out) {
    hash256_t hash;
    store_refresh_t old;
    TRY(refresh_read(in, &hash, &old));
    const flow_grant_decision_t decision = flow_refresh_use(in->call->arena, &old.facts);
    return decision.step == FLOW_GRANT_ISSUE ? refresh_issue(in, &hash, &old, &decision, out)
                                             : grant_refuse(in, &old.facts.grant, &decision, out);
}

// ---- client_credentials -------------------------------------------------------------------------

static result_t machine_round(const grant_call_t *in, response_t *out) {
    call_t *call = in->call;
    const store_client_auth_t *row = &in->request->row;
    store_audit_t audit = client_auth_audit(call, "oauth.token", in->request);
    tokens_t tokens;
    str_t scope;
    if (!oidc_scope_within(call->arena, in->token->scope, row->scopes, &scope)) {
        const oidc_defect_t defect =
            oidc_defect("invalid_scope", "the application may not have this scope");
        return oauth_refuse(call, &audit, defect, out);
    }
    TRY(tokens_for_machine(call, &row->client, scope, &tokens));
    audit.decision = "issue";
    audit.reason = STR("client_credentials -> a machine's token");
    TRY(store_audit_add(call->store, &audit, &call->err));
    return tokens_answer(in, &tokens, (secret_t){0}, scope, out);
}

// ---- the endpoint -------------------------------------------------------------------------------

static result_t grant_round(const grant_call_t *in, response_t *out) {
    switch (in->token->grant_type) {
    case OIDC_GRANT_CODE:
        return code_round(in, out);
    case OIDC_GRANT_REFRESH:
        return refresh_round(in, out);
    case OIDC_GRANT_MACHINE:
        return machine_round(in, out);
    }
    return INTERNAL;
}

// CONFLICT: somebody else spent the same code or token between our read and our write. Reading
// again shows a replay, and the flow core says what that means (P-OP-07, P-OP-25).
static result_t grant_use(const grant_call_t *in, response_t *out) {
    for (int round = 0; round < ROUNDS_MAX; round++) {
        const result_t result = grant_round(in, out);
        if (result != CONFLICT) {
            return result;
        }
        in->call->err = (err_t){0};
    }
    return FAIL(&in->call->err, UNAVAILABLE, "conflict", "two conflicts in a row");
}

result_t handle_token(call_t *call, response_t *out) {
    client_request_t request;
    oidc_token_t token;
    cors_answer(call, out);
    TRY(client_auth_read(call, &request));
    oidc_defect_t defect = request.defect;
    if (!defect.error) {
        oidc_token_parse(&request.form, &token);
        defect = token.defect;
    }
    if (!defect.error && !client_auth_may_use(request.row.client.type, token.grant_type)) {
        defect = oidc_defect("unauthorized_client", "the application may not use this grant_type");
    }
    if (defect.error) {
        const store_audit_t audit = client_auth_audit(call, "oauth.token", &request);
        return oauth_refuse(call, &audit, defect, out);
    }
    const grant_call_t in = {call, &request, &token};
    return grant_use(&in, out);
}
