#include "protocol/oidc/preset.h"

#define SCOPES "openid profile email"

// A member that is not named is NULL or false: to be discovered, or configured. Enterprise
// providers have an issuer of each customer's own.
static const oidc_preset_row_t ROWS[] = {
    [OIDC_PRESET_CUSTOM] = {.name = "CUSTOM",
                            .title = "OpenID Connect",
                            .may_be_social = true,
                            .scopes = SCOPES,
                            .is_pkce_default = true},
    [OIDC_PRESET_GOOGLE] = {.name = "GOOGLE",
                            .title = "Google",
                            .may_be_social = true,
                            .issuer = "https://accounts.google.com",
                            .scopes = SCOPES,
                            .is_pkce_default = true,
                            .domain_hint_param = "hd"},
    // One document for all tenants and for personal accounts (microsoft.h).
    [OIDC_PRESET_MICROSOFT] = {.name = "MICROSOFT",
                               .title = "Microsoft",
                               .may_be_social = true,
                               .issuer = "https://login.microsoftonline.com/{tenantid}/v2.0",
                               .scopes = SCOPES,
                               .is_pkce_default = true,
                               .domain_hint_param = "domain_hint"},
    // No discovery document for sign-in; the issuer is what its answers carry as `iss`.
    [OIDC_PRESET_GITHUB] = {.name = "GITHUB",
                            .title = "GitHub",
                            .may_be_social = true,
                            .is_oauth_only = true,
                            .issuer = "https://github.com/login/oauth",
                            .authorization_endpoint = "https://github.com/login/oauth/authorize",
                            .token_endpoint = "https://github.com/login/oauth/access_token",
                            .userinfo_endpoint = "https://api.github.com/user",
                            .scopes = "read:user user:email",
                            .method = OIDC_CLIENT_POST,
                            .is_pkce_default = true},
    [OIDC_PRESET_GITLAB] = {.name = "GITLAB",
                            .title = "GitLab",
                            .may_be_social = true,
                            .issuer = "https://gitlab.com",
                            .scopes = SCOPES,
                            .is_pkce_default = true},
    // Its ID tokens have no nonce, and a code_verifier makes its token endpoint answer
    // invalid_client unless the application was registered as a native one.
    [OIDC_PRESET_LINKEDIN] = {.name = "LINKEDIN",
                              .title = "LinkedIn",
                              .may_be_social = true,
                              .issuer = "https://www.linkedin.com/oauth",
                              .scopes = SCOPES,
                              .method = OIDC_CLIENT_POST,
                              .is_nonce_unknown = true},
    // With scopes it answers by form_post only. The client secret is a JWT that the customer makes.
    [OIDC_PRESET_APPLE] = {.name = "APPLE",
                           .title = "Apple",
                           .may_be_social = true,
                           .issuer = "https://appleid.apple.com",
                           .scopes = "openid name email",
                           .response_mode = "form_post",
                           .method = OIDC_CLIENT_POST,
                           .is_pkce_default = true},
    [OIDC_PRESET_SALESFORCE] = {.name = "SALESFORCE",
                                .title = "Salesforce",
                                .may_be_social = true,
                                .issuer = "https://login.salesforce.com",
                                .scopes = SCOPES,
                                .is_pkce_default = true},
    [OIDC_PRESET_OKTA] = {.name = "OKTA",
                          .title = "Okta",
                          .scopes = SCOPES,
                          .is_pkce_default = true},
    [OIDC_PRESET_MICROSOFT_AD] = {.name = "MICROSOFT_AD",
                                  .title = "Microsoft Entra ID",
                                  .scopes = SCOPES,
                                  .is_pkce_default = true,
                                  .domain_hint_param = "domain_hint"},
    [OIDC_PRESET_AUTH0] = {.name = "AUTH0",
                           .title = "Auth0",
                           .scopes = SCOPES,
                           .is_pkce_default = true},
    [OIDC_PRESET_ONELOGIN] = {.name = "ONELOGIN",
                              .title = "OneLogin",
                              .scopes = SCOPES,
                              .is_pkce_default = true},
    [OIDC_PRESET_PING_IDENTITY] = {.name = "PING_IDENTITY",
                                   .title = "Ping Identity",
                                   .scopes = SCOPES,
                                   .is_pkce_default = true},
    [OIDC_PRESET_JUMPCLOUD] = {.name = "JUMPCLOUD",
                               .title = "JumpCloud",
                               .issuer = "https://oauth.id.jumpcloud.com/",
                               .scopes = SCOPES,
                               .is_pkce_default = true},
    [OIDC_PRESET_ADFS] = {.name = "ADFS",
                          .title = "AD FS",
                          .scopes = SCOPES,
                          .is_pkce_default = true},
    [OIDC_PRESET_IDP_SIMULATOR] = {.name = "IDP_SIMULATOR",
                                   .title = "IdP simulator",
                                   .scopes = SCOPES,
                                   .is_pkce_default = true},
};

const oidc_preset_row_t *oidc_preset_row(oidc_preset_t preset) {
    return &ROWS[preset];
}

bool oidc_preset_find(str_t name, oidc_preset_t *out) {
    for (size_t i = 0; i < OIDC_PRESET_COUNT; i++) {
        if (str_eq_nocase(name, str_from_c(ROWS[i].name))) {
            *out = (oidc_preset_t)i;
            return true;
        }
    }
    return false;
}
