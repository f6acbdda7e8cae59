// Answers of the token and introspection endpoints as JSON text in the arena (RFC 6749 5.1 and 5.2,
// RFC 7662 2.2). They fail only when jansson does. Pure; any thread.
#pragma once
#include "protocol/oidc/claims.h"

typedef struct {
    str_t access_token;
    str_t id_token;      // empty: none
    str_t refresh_token; // empty: none
    int64_t expires_in_s;
    str_t scope;
} oidc_token_answer_t;
MUST_USE result_t oidc_token_text(arena_t *arena, const oidc_token_answer_t *answer, str_t *out,
                                  err_t *err);

MUST_USE result_t oidc_error_text(arena_t *arena, oidc_defect_t defect, str_t *out, err_t *err);

// NULL: {"active":false} and not a word more (RFC 7662 2.2).
typedef struct {
    str_t issuer, client_id, subject, scope;
    str_t session_id, organization_id, jti; // may be empty
    bool is_access_token;                   // token_type Bearer
    int64_t issued_s;                       // 0: not told
    int64_t expires_s;
} oidc_introspection_t;
MUST_USE result_t oidc_introspection_text(arena_t *arena, const oidc_introspection_t *token,
                                          str_t *out, err_t *err);
