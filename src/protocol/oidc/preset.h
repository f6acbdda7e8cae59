// What is known of each provider before anybody configures it. Static tables; any thread.
#pragma once
#include "protocol/oidc/client.h"

typedef enum {
    OIDC_PRESET_CUSTOM, // any OpenID provider
    OIDC_PRESET_GOOGLE,
    OIDC_PRESET_MICROSOFT,
    OIDC_PRESET_GITHUB,
    OIDC_PRESET_GITLAB,
    OIDC_PRESET_LINKEDIN,
    OIDC_PRESET_APPLE,
    OIDC_PRESET_SALESFORCE,
    OIDC_PRESET_OKTA,
    OIDC_PRESET_MICROSOFT_AD,
    OIDC_PRESET_AUTH0,
    OIDC_PRESET_ONELOGIN,
    OIDC_PRESET_PING_IDENTITY,
    OIDC_PRESET_JUMPCLOUD,
    OIDC_PRESET_ADFS,
    OIDC_PRESET_IDP_SIMULATOR,
} oidc_preset_t;
enum { OIDC_PRESET_COUNT = OIDC_PRESET_IDP_SIMULATOR + 1 };

// Defaults: whatever a connection configures itself comes first, and what is NULL here comes from
// the provider's discovery document or must be configured.
typedef struct {
    const char *name;   // "GOOGLE", as the REST interface has it
    const char *title;  // "Google", for people
    bool may_be_social; // for the whole environment, not of one organization
    bool is_oauth_only; // no ID token: who it is comes from an API (github.h)
    const char *issuer;
    const char *authorization_endpoint, *token_endpoint, *userinfo_endpoint;
    const char *scopes;
    const char *response_mode;   // NULL: the provider's own, which is query for a code
    oidc_client_method_t method; // NONE: what the discovery document offers, Basic first
    bool is_pkce_default;
    bool is_nonce_unknown;         // it does not give a nonce back, so none is sent
    const char *domain_hint_param; // "hd": a hint for the provider's page and never a check
} oidc_preset_row_t;

const oidc_preset_row_t *oidc_preset_row(oidc_preset_t preset); // never NULL

// By the name of the REST interface, upper or lower case ("google" of the authorize request).
bool oidc_preset_find(str_t name, oidc_preset_t *out);
