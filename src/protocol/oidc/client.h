// How a client authenticates itself at the token, revocation and introspection endpoints (RFC 6749
// 2.3, RFC 7523). Pure; any thread; results in the arena.
#pragma once
#include "base/clock.h"
#include "base/form.h"
#include "base/json.h"
#include "protocol/oidc/oidc.h"

typedef enum {
    OIDC_CLIENT_NONE, // names itself only: a public client
    OIDC_CLIENT_BASIC,
    OIDC_CLIENT_POST,
    OIDC_CLIENT_ASSERTION, // private_key_jwt
} oidc_client_method_t;

const char *oidc_client_method_name(oidc_client_method_t method); // as in metadata; static

typedef struct {
    oidc_client_method_t method;
    str_t client_id;      // empty only with a defect
    secret_t secret;      // BASIC, POST; may be empty with BASIC
    str_t assertion;      // ASSERTION; nothing of it is verified
    oidc_defect_t defect; // invalid_request or invalid_client
} oidc_client_auth_t;

// Exactly one method (RFC 6749 2.3); more than one is invalid_request. Identifier and secret of
// Basic are form-encoded (RFC 6749 2.3.1). A stray `Authorization: Bearer` is ignored: some SDKs
// send one (hosted-login.md 3.1). An assertion without a client_id beside it names its client by
// `sub`.
void oidc_client_auth_parse(arena_t *arena, str_t authorization, const form_t *form,
                            oidc_client_auth_t *out);

// The claims of an assertion whose signature has been verified with the client's keys (RFC 7523 3):
// iss = sub = client_id; aud is the issuer or the token endpoint and nothing else, so that it is of
// no use to anybody whom it was not meant for; exp at most OIDC_ASSERTION_LIFETIME_S from now; jti.
enum { OIDC_ASSERTION_LIFETIME_S = 600, OIDC_ASSERTION_LEEWAY_S = 30, OIDC_JTI_LEN_MAX = 255 };

typedef struct {
    str_t client_id;
    str_t issuer;
    str_t token_endpoint;
    time_ms_t now;
} oidc_assertion_rules_t;

typedef struct {
    str_t jti;            // points into the claims
    time_ms_t expires_at; // until then it could be shown again
} oidc_assertion_t;

// REFUSED says why.
MUST_USE result_t oidc_assertion_check(const json_t *claims, const oidc_assertion_rules_t *rules,
                                       oidc_assertion_t *out, err_t *err);
