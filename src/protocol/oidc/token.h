// The token request behind the client's authentication (RFC 6749 4.1.3, 4.4.2, 6), and the one
// token that revocation and introspection are about (RFC 7009 2.1, RFC 7662 2.1). Pure; any thread;
// results point into the form.
#pragma once
#include "base/form.h"
#include "protocol/oidc/oidc.h"

typedef enum { OIDC_GRANT_CODE, OIDC_GRANT_REFRESH, OIDC_GRANT_MACHINE } oidc_grant_type_t;

typedef struct {
    oidc_grant_type_t grant_type;
    secret_t code;
    bool has_redirect_uri;
    str_t redirect_uri;
    bool has_verifier;
    str_t verifier; // well-formed
    secret_t refresh_token;
    bool has_scope;
    str_t scope;          // well-formed
    oidc_defect_t defect; // invalid_request, invalid_scope, unsupported_grant_type
} oidc_token_t;

void oidc_token_parse(const form_t *form, oidc_token_t *out);

// `token` of a revocation or introspection request. token_type_hint is not needed: our tokens show
// what they are.
typedef struct {
    secret_t token;
    bool is_jwt; // an access token by its form, else a refresh token
    oidc_defect_t defect;
} oidc_token_subject_t;

void oidc_token_subject_parse(const form_t *form, oidc_token_subject_t *out);

// An access token at a resource (RFC 6750 2): in the Authorization header (scheme in any case), or
// in a form body, and not in both. Never in a query: URLs are written down everywhere (RFC
// 9700 4.3). Without a defect and with an empty token there is none: ask for one, without an error
// code.
typedef struct {
    secret_t token;
    oidc_defect_t defect; // invalid_request
} oidc_bearer_t;

// `query` and `body` may be empty.
void oidc_bearer_parse(str_t authorization, const form_t *query, const form_t *body,
                       oidc_bearer_t *out);
