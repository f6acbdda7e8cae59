// The discovery document of an identity provider (OpenID Connect Discovery 3 and 4, RFC 8414 2):
// where it is, what it says, and whether it may say so. Pure; any thread.
#pragma once
#include "protocol/oidc/answer.h"
#include "protocol/oidc/oidc.h"

enum { OIDC_URL_LEN_MAX = 2048 };

// The algorithms of ID tokens that crypto/ verifies: asymmetric only (RFC 8725 3.1, 3.2), so that
// neither a client secret nor a public key can pass for a signing key (P-RP-06, P-RP-07).
#define OIDC_ID_TOKEN_ALGS "RS256 PS256 ES256 EdDSA ES384 RS384 RS512"

// Microsoft's multi-tenant issuer names its tenants by this word (microsoft.h).
#define OIDC_TENANT_WORD "{tenantid}"

// An absolute https URL of printable ASCII with a host and without user name, fragment or
// backslash. With `may_http` also http: for tests and for providers on the same machine.
bool oidc_url_is_good(str_t url, bool may_http);

// The same, and without a query (Core 2); the tenant word may stand in it.
bool oidc_issuer_is_good(str_t issuer, bool may_http);

// <issuer>/.well-known/openid-configuration, one '/' at the issuer's end removed (Discovery 4.1);
// the tenant word becomes "common". In the arena. BAD_REQUEST if the issuer is not good, as the
// empty one is not (P-RP-29).
MUST_USE result_t oidc_metadata_url(arena_t *arena, str_t issuer, bool may_http, str_t *out,
                                    err_t *err);

// Texts in the arena; empty or false: not said.
typedef struct {
    str_t issuer;
    str_t authorization_endpoint, token_endpoint, jwks_uri; // never empty
    str_t userinfo_endpoint, end_session_endpoint;
    str_t id_token_algs;   // of OIDC_ID_TOKEN_ALGS, in that order, space separated; never empty
    str_t auth_methods;    // of client_secret_basic, client_secret_post, private_key_jwt, none
    str_t response_modes;  // of query, form_post
    str_t pkce_methods;    // of S256, plain; empty: it does not say
    bool is_iss_supported; // RFC 9207 3: then every answer must have `iss`
} oidc_metadata_t;

typedef struct {
    str_t issuer; // the configured one, which the document's must equal octet by octet (4.3)
    bool may_http;
} oidc_metadata_rules_t;

// Judges the whole document. REFUSED says what is wrong with it (codes provider_answer,
// metadata_invalid, metadata_issuer), UNAVAILABLE that there is none now: the last good one stays.
MUST_USE result_t oidc_metadata_parse(arena_t *arena, const oidc_answer_t *answer,
                                      const oidc_metadata_rules_t *rules, oidc_metadata_t *out,
                                      err_t *err);
