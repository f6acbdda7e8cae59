// The code for tokens: request to and answer of a provider's token endpoint (RFC 6749 4.1.3, 4.1.4,
// 5, OpenID Connect Core 3.1.3). Pure; any thread; results in the arena.
#pragma once
#include "crypto/signing.h"
#include "protocol/oidc/relying.h"

enum { OIDC_CLIENT_ASSERTION_LIFETIME_S = 60 };

typedef struct {
    secret_t code;
    secret_t verifier;        // used if is_pkce_on
    const signing_key_t *key; // private_key_jwt only, else NULL: our own
    str_t jti;                // private_key_jwt only: fresh
    time_ms_t now;
} oidc_exchange_t;

// POST to `url` with Content-Type: application/x-www-form-urlencoded and Accept: application/json
// (without which GitHub answers with a form).
typedef struct {
    str_t url;
    secret_t body;
    secret_t authorization; // the header's value; empty: no header
} oidc_exchange_request_t;

MUST_USE result_t oidc_exchange_build(arena_t *arena, const oidc_relying_t *relying,
                                      const oidc_exchange_t *in, oidc_exchange_request_t *out,
                                      err_t *err);

typedef struct {
    secret_t access_token;
    str_t id_token; // empty only for a connection without ID tokens; nothing of it is verified
} oidc_tokens_t;

// REFUSED with the provider's own error in the text (code token_error), or because the answer is
// none (provider_answer, token_response); UNAVAILABLE for 429 and 5xx.
MUST_USE result_t oidc_exchange_parse(arena_t *arena, const oidc_relying_t *relying,
                                      const oidc_answer_t *answer, oidc_tokens_t *out, err_t *err);

// "Bearer <token>" for userinfo and GitHub's API (RFC 6750 2.1).
secret_t oidc_bearer(arena_t *arena, secret_t access_token);
