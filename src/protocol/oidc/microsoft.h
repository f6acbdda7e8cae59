// Microsoft's two peculiarities: one discovery document for many issuers, and an `email` that the
// person's own administrator may have typed in (nOAuth). Pure; any thread.
//
// learn.microsoft.com, "Secure applications and APIs by validating claims" and "Migrate away from
// using email claims for user identification or authorization".
#pragma once
#include "crypto/jwt.h"
#include "protocol/oidc/relying.h"

// True if the issuer of this connection has the tenant word in it.
bool oidc_microsoft_is_template(const oidc_relying_t *relying);

// True if `issuer` is the template with a GUID in the place of the word.
bool oidc_microsoft_is_issuer(const oidc_relying_t *relying, str_t issuer);

// `iss` of a template's token: the template with the token's `tid`, which is a GUID and one of
// relying->tenants. Without a list a social connection takes every tenant and an organization's
// none. REFUSED (id_token_issuer, id_token_tenant).
MUST_USE result_t oidc_microsoft_issuer_check(const oidc_relying_t *relying, const json_t *claims,
                                              err_t *err);

// The key that signed must be one of that issuer: each key of the set says whose it is, by a URL or
// by the template (P-RP-14). REFUSED (id_token_key_issuer).
MUST_USE result_t oidc_microsoft_key_check(str_t jwks_text, str_t kid, const json_t *claims,
                                           err_t *err);

// True if Microsoft answers for `email` of these verified claims: xms_edov is boolean true, or it
// is a consumer account, whose address Microsoft itself has verified (flow.md 4.3, P-RP-15).
bool oidc_microsoft_is_verified(const json_t *claims);
