// From a provider's answer to who it is: the code is exchanged, the ID token judged, and what it
// does not say is asked of userinfo (OpenID Connect Core 3.1.3, 5.3), or of GitHub's API.
#pragma once
#include "handle/provider.h"
#include "handle/sso_begin.h"
#include "protocol/oidc/callback.h"
#include "protocol/oidc/identity.h"

typedef struct {
    const provider_t *provider;
    const oidc_callback_t *callback; // checked: it has a code
    const sso_secrets_t *secrets;
    bool has_max_age; // was sent
    int64_t max_age_s;
    time_ms_t login_asked_at; // when prompt=login was sent; 0: it was not
} sso_exchange_t;

// With call->store before; it may be released afterwards. Whatever is wrong with the provider's
// answers is a fact. VIEW_NOTICE_SSO_BUSY is one of before the code was sent to anybody.
MUST_USE result_t sso_exchange(call_t *call, const sso_exchange_t *in, oidc_identity_t *out,
                               fault_t *out_fault);
