// What comes back from a provider's authorization endpoint, by query or form_post (RFC 6749 4.1.2,
// RFC 9207, OAuth 2.0 Form Post Response Mode). Pure; any thread; results in the form or the arena.
//
// Two steps, because the state says which connection it is: parse, find the flow by the state, then
// check against the connection. `code` is not to be used before the check.
#pragma once
#include "base/form.h"
#include "protocol/oidc/relying.h"

enum { OIDC_CODE_LEN_MAX = 4096, OIDC_ERROR_TEXT_MAX = 200, OIDC_USER_LEN_MAX = 4096 };

typedef struct {
    str_t state;   // readable whatever else is wrong; empty if absent, repeated or over 512 octets
    secret_t code; // empty if there is an error
    str_t error;   // the provider's, [a-z0-9_.-] only; empty: none
    // For a page (escaped there) and the log: at most OIDC_ERROR_TEXT_MAX octets, without control
    // characters.
    str_t error_description;
    bool has_iss;
    str_t iss;
    str_t user;           // Apple's unsigned JSON with a name (oidc_identity_add_user)
    oidc_defect_t defect; // invalid_request: the answer is malformed (P-RP-22)
} oidc_callback_t;

void oidc_callback_parse(arena_t *arena, const form_t *form, oidc_callback_t *out);

// Is it an answer of this connection's provider? REFUSED for a defect (code callback_invalid) and
// for another issuer or a missing one (callback_issuer; P-RP-01, RFC 9207 2.4), also with an error.
// After OK there is either a code or an error.
MUST_USE result_t oidc_callback_check(const oidc_callback_t *callback,
                                      const oidc_relying_t *relying, err_t *err);
