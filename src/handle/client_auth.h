// Who is asking at the token, revocation and introspection endpoints.
//
// Secrets are kept as keyed hashes. A wrong secret, an application without secrets and one that
// does not exist walk the same path: one hash, two comparisons in constant time, one answer. There
// is nothing to be learned from how long a refusal takes but what the authorization endpoint tells
// everybody.
#pragma once
#include "handle/oauth.h"
#include "protocol/oidc/client.h"
#include "protocol/oidc/token.h"
#include "store/token.h"

// What the database keeps of a secret of `client_id`; `gatehouse apply` writes the same.
MUST_USE result_t client_auth_secret_hash(const master_t *master, str_t client_id, secret_t secret,
                                          hash256_t *out, err_t *err);

// The form of a request and the application that it comes from. With a defect nothing else counts
// but `client_id`, as it named itself, for the audit row.
typedef struct {
    form_t form;
    oidc_client_method_t method;
    str_t client_id;
    store_client_auth_t row;
    oidc_defect_t defect;
    str_t reason; // of the defect, for the audit row; may be empty
} client_request_t;

// Reads and authenticates. OK also for a refusal, which is a defect.
MUST_USE result_t client_auth_read(call_t *call, client_request_t *out);

// An audit row of this request.
store_audit_t client_auth_audit(call_t *call, const char *event, const client_request_t *request);

// ---- pure ---------------------------------------------------------------------------------------

bool client_auth_is_confidential(flow_client_type_t type);

// May an application that has authenticated itself by `method` be taken for `row`'s? `secret_hash`
// is that of the secret it showed, of an empty one if it showed none; `is_assertion_good` says that
// its assertion holds. NULL: yes; else the reason why not, static.
typedef struct {
    const store_client_auth_t *row;
    oidc_client_method_t method;
    hash256_t secret_hash;
    bool is_assertion_good;
} client_proof_t;
const char *client_auth_judge(const client_proof_t *proof);

// RFC 6749 4.4: machines' tokens for confidential applications only, and for machines nothing else.
bool client_auth_may_use(flow_client_type_t type, oidc_grant_type_t grant);
