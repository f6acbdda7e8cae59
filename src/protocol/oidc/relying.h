// We as the relying party of somebody else's provider: the connection and the request that sends a
// person there (OpenID Connect Core 3.1.2.1, RFC 6749 4.1.1). Then, in this order: callback.h,
// exchange.h, id_token.h, userinfo.h or github.h, identity.h. Pure; any thread.
#pragma once
#include "protocol/oidc/metadata.h"
#include "protocol/oidc/preset.h"

typedef struct {
    str_t name;
    str_t value;
} oidc_pair_t;

typedef struct {
    const oidc_pair_t *items;
    size_t count;
} oidc_pairs_t;

// One connection. The caller fills in what is configured (connection_id, redirect_uri and client_id
// always) and oidc_relying_complete the rest. Slices of the caller.
typedef struct {
    str_t connection_id;
    oidc_preset_t preset;
    bool is_social; // of the environment; false: of one organization
    bool may_http;  // endpoints without TLS: a setting for development
    str_t issuer;
    str_t authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri;
    str_t emails_endpoint; // OAuth only: <userinfo_endpoint>/emails, never configured
    str_t client_id;
    secret_t client_secret;
    oidc_client_method_t method; // NONE with a secret: to be chosen
    str_t scopes;                // space separated
    str_t prompt;                // empty: none is sent
    str_t response_mode;         // "query", "form_post"; empty: none is sent
    bool is_pkce_on;             // not configured: is_pkce_default of the preset
    str_t algs;                  // pinned for ID tokens, space separated (RFC 8725 3.1)
    bool is_iss_required;        // RFC 9207
    str_t redirect_uri;          // this connection's own (RFC 9700 4.4.2.2)
    oidc_list_t tenants;         // Microsoft: whose people may come, as GUIDs (microsoft.h)
    bool is_email_trusted;       // `email_trust` (flow.md 4.3); of social connections only
    oidc_pairs_t mapping;        // name: our attribute, value: the provider's claim
    oidc_pairs_t extra;          // more parameters for the authorization endpoint
} oidc_relying_t;

// True if the discovery document is needed: an endpoint is neither configured nor preset.
bool oidc_relying_needs_metadata(const oidc_relying_t *configured);

// The issuer that discovery has to ask and to find: the configured one, else the preset's. Empty
// for OAuth at endpoints of one's own: those are not the preset's provider.
str_t oidc_relying_issuer(const oidc_relying_t *configured);

// What is configured, then the preset, then the document (NULL: none was needed). The arena and
// what `configured` and `metadata` point to have to outlive *out. BAD_REQUEST with code
// "connection_incomplete" says what is missing or unfit.
MUST_USE result_t oidc_relying_complete(arena_t *arena, const oidc_relying_t *configured,
                                        const oidc_metadata_t *metadata, oidc_relying_t *out,
                                        err_t *err);

// What is fresh in each request: state, nonce and verifier are 256 random bits each (random_token)
// and are kept with the flow on the server (P-RP-24). The rest may be empty.
typedef struct {
    str_t state;
    str_t nonce;       // sent unless the preset is OAuth only or does not know it
    secret_t verifier; // its S256 is sent if is_pkce_on (RFC 7636 4.2)
    str_t login_hint;
    str_t domain_hint; // a domain in normal form
    str_t prompt;      // of this request ("login"): comes before the connection's
    bool has_max_age;
    int64_t max_age_s;
    str_t ui_locales;
} oidc_relying_request_t;

// The URL in the arena. `extra` never replaces a parameter of the protocol. INTERNAL if state,
// nonce or verifier are not what they should be.
MUST_USE result_t oidc_relying_authorize_url(arena_t *arena, const oidc_relying_t *relying,
                                             const oidc_relying_request_t *request, str_t *out,
                                             err_t *err);

// True if ID tokens of this connection have to carry the nonce.
bool oidc_relying_has_nonce(const oidc_relying_t *relying);
