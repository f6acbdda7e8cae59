// A connection of OpenID Connect or OAuth as the protocol needs it: what is configured, the preset
// and the provider's own documents put together. The remote lane only.
#pragma once
#include "handle/document.h"

// "{issuer}/sso/v1/oidc/{id}/callback" or ".../oauth/...": one of its own for each connection (RFC
// 9700 4.4.2.2).
str_t provider_callback_url(arena_t *arena, const settings_t *settings,
                            const store_connection_t *connection);

// What is configured, before anything is asked of anybody.
MUST_USE result_t provider_configured(call_t *call, const store_connection_t *connection,
                                      oidc_relying_t *out);

typedef struct {
    const store_connection_t *connection;
    oidc_relying_t relying; // complete
} provider_t;

// With call->store before and after. A connection that cannot be completed is a fact.
MUST_USE result_t provider_open(call_t *call, const store_connection_t *connection, provider_t *out,
                                fault_t *out_fault);

// The keys of ID tokens, as text; empty for a connection without ID tokens. `is_renewed`: newer
// than the copy at hand (document.h).
MUST_USE result_t provider_keys(call_t *call, const provider_t *provider, bool is_renewed,
                                str_t *out, fault_t *out_fault);
