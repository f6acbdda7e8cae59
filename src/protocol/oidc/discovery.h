// The metadata document (OpenID Connect Discovery 3, RFC 8414 2, hosted-login.md 1) and the paths
// that it names. Pure; any thread.
#pragma once
#include "protocol/oidc/oidc.h"

#define OIDC_PATH_AUTHORIZE "/oauth/authorize"
#define OIDC_PATH_TOKEN "/oauth/token"
#define OIDC_PATH_USERINFO "/userinfo"
#define OIDC_PATH_KEYS "/keys"
#define OIDC_PATH_REVOKE "/revoke"
#define OIDC_PATH_INTROSPECT "/oauth/introspect"
#define OIDC_PATH_LOGOUT "/oidc/logout"

// The algorithms of client assertions: asymmetric only (RFC 8725 3.1, 3.2).
#define OIDC_ASSERTION_ALGS "RS256 PS256 ES256 EdDSA"

typedef struct {
    str_t issuer;           // from the settings: never from a Host header (P-OP-35)
    str_t policy_url;       // may be empty
    str_t terms_url;        // likewise
    const char *ui_locales; // static, space separated
} oidc_discovery_t;

// JSON text in the arena; the same document serves both well-known addresses. INTERNAL only when
// jansson fails.
MUST_USE result_t oidc_discovery_text(arena_t *arena, const oidc_discovery_t *in, str_t *out,
                                      err_t *err);
