// Redirect URIs: comparing what a request brings with what is registered, and judging what may be
// registered. Pure; any thread.
#pragma once
#include "protocol/oidc/oidc.h"

enum { OIDC_REDIRECT_LEN_MAX = 256 };

// Octet for octet (RFC 9700 2.1, 4.1.3): no normalising, no prefixes, no wildcards. The one freedom
// is the port of a native application's loopback address, which it learns from its operating system
// when it starts (RFC 8252 7.3), and only for the literal hosts 127.0.0.1 and [::1]: the name
// localhost may resolve to somebody else (RFC 8252 8.3).
bool oidc_redirect_matches(const oidc_list_t *registered, str_t given, bool is_native);

typedef struct {
    bool is_native;       // may have a scheme of its own (RFC 8252 7.1)
    bool is_http_allowed; // http beyond loopback: development
} oidc_redirect_rules_t;

// What may be registered for answers, and for the way back from a logout: an absolute URI in the
// spelling that browsers send (scheme and host in lower case, no dot segments), without user info,
// query, fragment, wildcard or template, at most OIDC_REDIRECT_LEN_MAX octets; https, or http on a
// loopback host, or a native application's own scheme. BAD_REQUEST says what is wrong, without
// quoting the URI.
MUST_USE result_t oidc_redirect_check(str_t uri, oidc_redirect_rules_t rules, err_t *err);
