// Sending a person to a provider: the request goes out with a state, a nonce and a verifier of its
// own each time (RFC 9700 2.1.1, 4.7), which only the database and the provider's answer together
// can open again.
#pragma once
#include "handle/page.h"
#include "handle/provider.h"

typedef struct {
    secret_t nonce, verifier;
} sso_secrets_t;

// With call->store before; 303 to the provider, or the page that says why not. `page` was judged,
// `begin` is what it was judged by.
MUST_USE result_t sso_begin(call_t *call, const page_t *page, const store_begin_t *begin,
                            response_t *out);

// REFUSED if `sealed` was not made for this state at this connection.
typedef struct {
    str_t connection_id;
    secret_t state;
} sso_state_t;
MUST_USE result_t sso_secrets_open(call_t *call, const sso_state_t *state, bytes_t sealed,
                                   sso_secrets_t *out);

// Whether the request that went out asked the provider for a new sign-in (OIDC Core 3.1.2.1):
// because the application does, or because the connection is set up so.
bool sso_is_login_asked(const store_request_t *request, const oidc_relying_t *relying);

// The page for a fault on the way to or from a provider. Written into the audit rows first.
typedef struct {
    const store_flow_t *flow;
    const flow_connection_t *connection;
    const fault_t *fault;
    const char *event;
    str_t retry_url; // as page_notice_t has it
} sso_fault_page_t;
MUST_USE result_t sso_fault_show(call_t *call, const sso_fault_page_t *in, response_t *out);
