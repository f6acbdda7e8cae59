// Proof Key for Code Exchange (RFC 7636), S256 only: `plain` protects nobody who can read the
// request (RFC 9700 2.1.1). Pure; any thread.
#pragma once
#include "protocol/oidc/oidc.h"

// 43 octets of base64url: no SHA-256 is written otherwise (RFC 7636 4.2), so that a wrong one ends
// at the authorization endpoint and not with a person who has already signed in.
bool oidc_pkce_is_challenge(str_t challenge);

// 43 to 128 unreserved octets (RFC 7636 4.1).
bool oidc_pkce_is_verifier(str_t verifier);
