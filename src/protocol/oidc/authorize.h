// The authorization request (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1, hosted-login.md 2.1).
// Pure; any thread; results point into the form or the arena.
//
// Whether an error may be sent to the redirect URI is decided before anything else is looked at
// (flow.md E1), so client_id and redirect_uri are read whatever else is wrong, and all the rest
// that can be wrong (E2, E3) is one defect: the first that was found.
#pragma once
#include "base/form.h"
#include "protocol/oidc/oidc.h"

enum { OIDC_STATE_MAX = 2048, OIDC_NONCE_MAX = 2048 };

typedef struct {
    bool none;
    bool login;
    bool create;
    bool select_account;
} oidc_prompt_t;

// A parameter without a value counts as not given (RFC 6749 3.1), `state` apart: that one is given
// back as it came. Unknown parameters are ignored.
typedef struct {
    str_t client_id;    // empty if absent or repeated
    str_t redirect_uri; // likewise; not judged here
    bool has_state;     // false also if it is repeated or too long: it cannot be given back then
    str_t state;
    str_t scope; // what oidc_scope_known leaves; without `openid` it is plain OAuth: no ID token
    str_t nonce;
    str_t code_challenge; // S256; empty: none
    oidc_prompt_t prompt;
    bool has_max_age;
    int64_t max_age_s;
    str_t id_token_hint; // not verified
    str_t provider, connection_id, organization_id;
    // Hints: what is unusable is dropped, never an error.
    str_t domain; // `domain`, else `domain_hint`; not normalised
    str_t login_hint;
    str_t ui_locales; // letters, digits, hyphens and spaces only
    oidc_defect_t defect;
} oidc_authorize_t;

void oidc_authorize_parse(arena_t *arena, const form_t *form, oidc_authorize_t *out);

// The PKCE rule of a client that must use it (RFC 9700 2.1.1): public clients, and any that
// enforces it. A request without a challenge has the defect then.
oidc_defect_t oidc_authorize_pkce_check(const oidc_authorize_t *request, bool is_pkce_required);
