#include "handle/client_auth.h"
#include "crypto/jwt.h"
#include "protocol/oidc/discovery.h"

enum { CLIENT_ID_LEN_MAX = 255 };

result_t client_auth_secret_hash(const master_t *master, str_t client_id, secret_t secret,
                                 hash256_t *out, err_t *err) {
    const bytes_t parts[] = {str_bytes(client_id), secret_bytes(secret)};
    const bytes_list_t list = {parts, sizeof(parts) / sizeof(parts[0])};
    return master_keyed_hash(master, "client_secret", list, out, err);
}

// ---- pure ---------------------------------------------------------------------------------------

bool client_auth_is_confidential(flow_client_type_t type) {
    switch (type) {
    case FLOW_CLIENT_WEB_APP:
    case FLOW_CLIENT_M2M:
        return true;
    case FLOW_CLIENT_SPA:
    case FLOW_CLIENT_NATIVE:
        return false;
    }
    return false;
}

bool client_auth_may_use(flow_client_type_t type, oidc_grant_type_t grant) {
    return grant == OIDC_GRANT_MACHINE ? client_auth_is_confidential(type)
                                       : type != FLOW_CLIENT_M2M;
}

// Both slots are always compared, the empty ones with zeros, and the results joined without a
// branch.
static bool is_secret_right(const store_client_auth_t *row, const hash256_t *shown) {
    static const hash256_t NOTHING = {{0}};
    bool is_right = false;
    for (size_t i = 0; i < STORE_SECRETS_MAX; i++) {
        const bool is_set = i < row->secret_count;
        const bytes_t kept = is_set ? row->secret_hashes[i] : hash256_bytes(&NOTHING);
        is_right |= secret_equal(kept, hash256_bytes(shown)) & is_set;
    }
    return is_right;
}

static const char *method_judge(const client_proof_t *proof, bool is_secret_good) {
    switch (proof->method) {
    case OIDC_CLIENT_NONE:
        return client_auth_is_confidential(proof->row->client.type)
                   ? "a confidential application did not authenticate itself"
                   : NULL;
    case OIDC_CLIENT_BASIC:
    case OIDC_CLIENT_POST:
        return is_secret_good ? NULL : "the secret is wrong";
    case OIDC_CLIENT_ASSERTION:
        return proof->is_assertion_good ? NULL : "the client assertion does not hold";
    }
    return "no such method";
}

const char *client_auth_judge(const client_proof_t *proof) {
    const bool is_secret_good = is_secret_right(proof->row, &proof->secret_hash);
    if (!proof->row->client.is_present) {
        return "the application is unknown";
    }
    if (!proof->row->client.is_active) {
        return "the application is not active";
    }
    return method_judge(proof, is_secret_good);
}

// ---- private_key_jwt ----------------------------------------------------------------------------

static result_t assertion_verify(call_t *call, const oidc_client_auth_t *auth,
                                 const store_client_auth_t *row, oidc_assertion_t *out,
                                 err_t *err) {
    const str_t issuer = call->settings->issuer;
    SCOPED(jwks_t) jwks = NULL;
    SCOPED(json_t) claims = NULL;
    TRY(jwks_parse(row->jwks, &jwks, err));
    const jwt_foreign_t rules = {.jwks = jwks, .algs = STR(OIDC_ASSERTION_ALGS)};
    TRY(jwt_verify_foreign(call->arena, auth->assertion, &rules, &claims, err));
    const oidc_assertion_rules_t wanted = {
        .client_id = row->client.id,
        .issuer = issuer,
        .token_endpoint = arena_format(call->arena, "%.*s%s", STR_ARG(issuer), OIDC_PATH_TOKEN),
        .now = call_now(call),
    };
    TRY(oidc_assertion_check(claims, &wanted, out, err));
    out->jti = arena_dup(call->arena, out->jti);
    return OK;
}

// RFC 7523 3. The jti is spent only for an assertion that holds otherwise: nobody can use up those
// of others.
static result_t assertion_use(call_t *call, const oidc_client_auth_t *auth,
                              const store_client_auth_t *row, bool *out_is_good,
                              str_t *out_reason) {
    oidc_assertion_t assertion;
    err_t err = {0};
    *out_is_good = false;
    if (!row->client.is_present || str_is_empty(row->jwks)) {
        *out_reason = STR("the application has no keys");
        return OK;
    }
    const result_t result = assertion_verify(call, auth, row, &assertion, &err);
    if (result == INTERNAL || result == UNAVAILABLE || result == TIMEOUT) {
        call->err = err;
        return result;
    }
    if (result != OK) {
        *out_reason = arena_dup(call->arena, str_from_c(err.text));
        return OK;
    }
    const result_t used =
        store_assertion_use(call->store, row->client.id, assertion.jti, assertion.expires_at, &err);
    if (used == CONFLICT) {
        *out_reason = STR("the client assertion was used before");
        return OK;
    }
    call->err = err;
    *out_is_good = used == OK;
    return used;
}

// ---- the request --------------------------------------------------------------------------------

// The secret held: of the two, note which, now and then.
static result_t use_note(call_t *call, const client_proof_t *proof) {
    const store_client_auth_t *row = proof->row;
    for (size_t i = 0; i < row->secret_count; i++) {
        if (row->is_use_due[i] &&
            secret_equal(row->secret_hashes[i], hash256_bytes(&proof->secret_hash))) {
            return store_client_secret_used(call->store, row->client.id, row->secret_hashes[i],
                                            &call->err);
        }
    }
    return OK;
}

static result_t client_prove(call_t *call, const oidc_client_auth_t *auth, client_request_t *out) {
    client_proof_t proof = {.row = &out->row, .method = auth->method};
    TRY(store_client_auth_read(call->store, auth->client_id, &out->row, &call->err));
    TRY(client_auth_secret_hash(call->master, auth->client_id, auth->secret, &proof.secret_hash,
                                &call->err));
    if (auth->method == OIDC_CLIENT_ASSERTION) {
        TRY(assertion_use(call, auth, &out->row, &proof.is_assertion_good, &out->reason));
    }
    const char *refusal = client_auth_judge(&proof);
    if (refusal) {
        out->defect = oidc_defect("invalid_client", "client authentication failed");
        out->reason = out->reason.len ? out->reason : str_from_c(refusal);
        return OK;
    }
    return use_note(call, &proof);
}

result_t client_auth_read(call_t *call, client_request_t *out) {
    oidc_client_auth_t auth;
    *out = (client_request_t){0};
    out->defect = oauth_form_read(call, &out->form);
    if (out->defect.error) {
        return OK;
    }
    oidc_client_auth_parse(call->arena, call->request->authorization, &out->form, &auth);
    out->method = auth.method;
    out->client_id = auth.client_id;
    out->defect = auth.defect;
    if (!out->defect.error && auth.client_id.len > CLIENT_ID_LEN_MAX) {
        out->defect = oidc_defect("invalid_client", "client authentication failed");
    }
    return out->defect.error ? OK : client_prove(call, &auth, out);
}

store_audit_t client_auth_audit(call_t *call, const char *event, const client_request_t *request) {
    store_audit_t audit = browser_audit(call, event);
    audit.client_id = str_sub(request->client_id, 0, CLIENT_ID_LEN_MAX);
    audit.reason = request->reason;
    return audit;
}
