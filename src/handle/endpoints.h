// The handlers that the route table (routes.c) names: one endpoint, one file. Each runs on a thread
// of its route's lane, fills `out` and returns OK, or returns why it could not do its work.
#pragma once
#include "handle/handle.h"

#define HANDLER(name) MUST_USE result_t name(call_t *call, response_t *out)

// The hosted pages (flow.md 8).
HANDLER(handle_authorize);
HANDLER(handle_login_page);
HANDLER(handle_signup_page);
HANDLER(handle_login_email);
HANDLER(handle_code_page);
HANDLER(handle_code_verify);
HANDLER(handle_code_resend);
HANDLER(handle_code_status);
HANDLER(handle_code_continue);
HANDLER(handle_link_page);
HANDLER(handle_link_finish);
HANDLER(handle_link_number);
HANDLER(handle_restart);
HANDLER(handle_cancel);
HANDLER(handle_organization_page);
HANDLER(handle_organization);
HANDLER(handle_invitation_page);
HANDLER(handle_invitation);

// Sign-in at somebody else's provider.
HANDLER(handle_sso);
HANDLER(handle_pick_page);
HANDLER(handle_pick);
HANDLER(handle_connection_button);
HANDLER(handle_sso_init);
HANDLER(handle_sso_callback);
HANDLER(handle_sso_callback_post);
HANDLER(handle_test_page);
HANDLER(handle_test);

HANDLER(handle_asset);

// OAuth 2.0 and OpenID Connect.
HANDLER(handle_token);
HANDLER(handle_userinfo);
HANDLER(handle_keys);
HANDLER(handle_revoke);
HANDLER(handle_introspect);
HANDLER(handle_logout);
HANDLER(handle_discovery);
HANDLER(handle_cors_preflight);

// The identity provider for developers.
HANDLER(handle_simulator_page);
HANDLER(handle_simulator_choose);
HANDLER(handle_simulator_token);
HANDLER(handle_simulator_userinfo);
HANDLER(handle_simulator_discovery);
HANDLER(handle_simulator_keys);

// The REST API: runs the endpoint that the route's `rest` names (rest/endpoints.h).
HANDLER(handle_rest);
