// All routes stand here.
#include "handle/endpoints.h"
#include "handle/rest/endpoints.h"

enum {
    FORM_MAX = 16 * 1024,  // a page's form
    TOKEN_MAX = 32 * 1024, // a token request with a client assertion
    JSON_MAX = 64 * 1024,  // a request of the REST API
    QUICK_MS = 2000,       // answered from memory
    PAGE_MS = 10000,       // some round trips to the database
    REMOTE_MS = 30000,     // and somebody else's server
};

#define PAGE(method_, path_, access_, handler_)                                                    \
    {                                                                                              \
        .method = (method_), .path = (path_), .lane = LANE_DB, .access = (access_),                \
        .body_max = FORM_MAX, .budget_ms = PAGE_MS, .handle = (handler_), .is_page = true          \
    }
#define REMOTE(method_, path_, access_, handler_)                                                  \
    {                                                                                              \
        .method = (method_), .path = (path_), .lane = LANE_REMOTE, .access = (access_),            \
        .body_max = FORM_MAX, .budget_ms = REMOTE_MS, .handle = (handler_), .is_page = true        \
    }
#define MACHINE(method_, path_, handler_)                                                          \
    {                                                                                              \
        .method = (method_), .path = (path_), .lane = LANE_DB, .access = ACCESS_PUBLIC,            \
        .body_max = TOKEN_MAX, .budget_ms = PAGE_MS, .handle = (handler_)                          \
    }
#define SHARED(method_, path_, handler_)                                                           \
    {                                                                                              \
        .method = (method_), .path = (path_), .lane = LANE_DB, .access = ACCESS_PUBLIC,            \
        .body_max = TOKEN_MAX, .budget_ms = PAGE_MS, .handle = (handler_), .has_cors = true        \
    }
#define MEMORY(method_, path_, handler_)                                                           \
    {                                                                                              \
        .method = (method_), .path = (path_), .lane = LANE_LOOP, .access = ACCESS_PUBLIC,          \
        .body_max = 0, .budget_ms = QUICK_MS, .handle = (handler_)                                 \
    }

#define API(method_, path_, rest_)                                                                 \
    {                                                                                              \
        .method = (method_), .path = "/api/v1" path_, .lane = LANE_DB, .access = ACCESS_PUBLIC,    \
        .body = BODY_JSON, .body_max = JSON_MAX, .budget_ms = PAGE_MS, .handle = handle_rest,      \
        .rest = (rest_), .is_api = true                                                            \
    }

// Asks somebody else's server before it answers.
#define API_REMOTE(method_, path_, rest_)                                                          \
    {                                                                                              \
        .method = (method_), .path = "/api/v1" path_, .lane = LANE_REMOTE,                         \
        .access = ACCESS_PUBLIC, .body = BODY_JSON, .body_max = JSON_MAX, .budget_ms = REMOTE_MS,  \
        .handle = handle_rest, .rest = (rest_), .is_api = true                                     \
    }
// The body may be the list itself that belongs in this member.
#define API_LIST(method_, path_, list_, rest_)                                                     \
    {                                                                                              \
        .method = (method_), .path = "/api/v1" path_, .lane = LANE_DB, .access = ACCESS_PUBLIC,    \
        .body = BODY_JSON, .body_max = JSON_MAX, .budget_ms = PAGE_MS, .handle = handle_rest,      \
        .rest = (rest_), .rest_list = (list_), .is_api = true                                      \
    }

#define MEMBERSHIPS "/memberships/organizations/{organization_id}"
#define MEMBER "/organizations/{organization_id}/users/{user_id}"
#define CONNECTION "/organizations/{organization_id}/connections/{id}"

const route_t handle_routes[] = {
    // The application's browser redirect: cross-site by nature, so public; it changes nothing that
    // a
    // stranger could use.
    PAGE(METHOD_GET, "/oauth/authorize", ACCESS_PUBLIC, handle_authorize),
    PAGE(METHOD_POST, "/oauth/authorize", ACCESS_PUBLIC, handle_authorize),

    PAGE(METHOD_GET, "/a/auth/login", ACCESS_PUBLIC, handle_login_page),
    PAGE(METHOD_POST, "/a/auth/login", ACCESS_FORM, handle_login_email),
    PAGE(METHOD_GET, "/a/auth/signup", ACCESS_PUBLIC, handle_signup_page),
    PAGE(METHOD_GET, "/a/auth/code", ACCESS_PUBLIC, handle_code_page),
    PAGE(METHOD_POST, "/a/auth/code", ACCESS_FORM, handle_code_verify),
    PAGE(METHOD_POST, "/a/auth/resend", ACCESS_FORM, handle_code_resend),
    PAGE(METHOD_POST, "/a/auth/continue", ACCESS_FORM, handle_code_continue),
    PAGE(METHOD_GET, "/a/auth/link", ACCESS_PUBLIC, handle_link_page),
    PAGE(METHOD_POST, "/a/auth/link", ACCESS_FORM, handle_link_finish),
    PAGE(METHOD_POST, "/a/auth/number", ACCESS_FORM, handle_link_number),
    PAGE(METHOD_POST, "/a/auth/restart", ACCESS_FORM, handle_restart),
    PAGE(METHOD_GET, "/a/auth/cancel", ACCESS_PUBLIC, handle_cancel),
    PAGE(METHOD_GET, "/a/auth/organization", ACCESS_PUBLIC, handle_organization_page),
    PAGE(METHOD_POST, "/a/auth/organization", ACCESS_FORM, handle_organization),
    PAGE(METHOD_GET, "/a/auth/invitation", ACCESS_PUBLIC, handle_invitation_page),
    PAGE(METHOD_POST, "/a/auth/invitation", ACCESS_FORM, handle_invitation),
    MACHINE(METHOD_GET, "/a/auth/status", handle_code_status),

    // To a provider and back. A callback comes from another site by nature: its state and the
    // browser's cookie say whose it is.
    REMOTE(METHOD_GET, "/a/auth/sso", ACCESS_PUBLIC, handle_sso),
    REMOTE(METHOD_POST, "/a/auth/sso", ACCESS_FORM, handle_sso),
    PAGE(METHOD_GET, "/a/auth/pick", ACCESS_PUBLIC, handle_pick_page),
    PAGE(METHOD_POST, "/a/auth/pick", ACCESS_FORM, handle_pick),
    PAGE(METHOD_POST, "/a/auth/connection", ACCESS_FORM, handle_connection_button),
    PAGE(METHOD_GET, "/a/auth/test", ACCESS_PUBLIC, handle_test_page),
    PAGE(METHOD_POST, "/a/auth/test", ACCESS_FORM, handle_test),
    PAGE(METHOD_GET, "/sso/v1/oidc/{id}/init", ACCESS_PUBLIC, handle_sso_init),
    PAGE(METHOD_GET, "/sso/v1/oauth/{id}/init", ACCESS_PUBLIC, handle_sso_init),
    REMOTE(METHOD_GET, "/sso/v1/oidc/{id}/callback", ACCESS_PUBLIC, handle_sso_callback),
    PAGE(METHOD_POST, "/sso/v1/oidc/{id}/callback", ACCESS_PUBLIC, handle_sso_callback_post),
    REMOTE(METHOD_GET, "/sso/v1/oauth/{id}/callback", ACCESS_PUBLIC, handle_sso_callback),

    // RP-initiated logout: cross-site by nature; what ends without a question is decided by the
    // hint.
    PAGE(METHOD_GET, "/oidc/logout", ACCESS_PUBLIC, handle_logout),
    PAGE(METHOD_POST, "/oidc/logout", ACCESS_PUBLIC, handle_logout),

    SHARED(METHOD_POST, "/oauth/token", handle_token),
    SHARED(METHOD_GET, "/userinfo", handle_userinfo),
    SHARED(METHOD_POST, "/userinfo", handle_userinfo),
    SHARED(METHOD_POST, "/revoke", handle_revoke),
    MACHINE(METHOD_POST, "/oauth/introspect", handle_introspect),

    MEMORY(METHOD_OPTIONS, "/oauth/token", handle_cors_preflight),
    MEMORY(METHOD_OPTIONS, "/userinfo", handle_cors_preflight),
    MEMORY(METHOD_OPTIONS, "/revoke", handle_cors_preflight),
    MEMORY(METHOD_OPTIONS, "/keys", handle_cors_preflight),
    MEMORY(METHOD_GET, "/keys", handle_keys),
    MEMORY(METHOD_GET, "/.well-known/openid-configuration", handle_discovery),
    MEMORY(METHOD_GET, "/.well-known/oauth-authorization-server", handle_discovery),
    MEMORY(METHOD_GET, "/assets/*", handle_asset),
    MEMORY(METHOD_GET, "/favicon.ico", handle_asset),

    // The identity provider for developers: 404, all of it, unless it is switched on.
    PAGE(METHOD_GET, "/simulator/authorize", ACCESS_PUBLIC, handle_simulator_page),
    {.method = METHOD_POST,
     .path = "/simulator/authorize",
     .lane = LANE_DB,
     .access = ACCESS_FORM,
     .body_max = TOKEN_MAX, // the request comes along
     .budget_ms = PAGE_MS,
     .handle = handle_simulator_choose,
     .is_page = true},
    {.method = METHOD_POST,
     .path = "/simulator/token",
     .lane = LANE_REMOTE, // it can be told to be slow
     .access = ACCESS_PUBLIC,
     .body_max = TOKEN_MAX,
     .budget_ms = REMOTE_MS,
     .handle = handle_simulator_token},
    MACHINE(METHOD_GET, "/simulator/userinfo", handle_simulator_userinfo),
    MACHINE(METHOD_POST, "/simulator/userinfo", handle_simulator_userinfo),
    MACHINE(METHOD_GET, "/simulator/keys", handle_simulator_keys),
    MEMORY(METHOD_GET, "/simulator/.well-known/openid-configuration", handle_simulator_discovery),

    API(METHOD_POST, "/organizations", rest_organization_create),
    API(METHOD_GET, "/organizations", rest_organization_list),
    API(METHOD_GET, "/organizations:external/{external_id}", rest_organization_get_external),
    API(METHOD_GET, "/organizations/{id}", rest_organization_get),
    API(METHOD_PATCH, "/organizations/{id}", rest_organization_update),
    API(METHOD_DELETE, "/organizations/{id}", rest_organization_delete),
    API(METHOD_PATCH, "/organizations/{id}/settings", rest_organization_settings),
    API(METHOD_GET, "/organizations/{id}/session-policy", rest_session_policy_get),
    API(METHOD_PATCH, "/organizations/{id}/session-policy", rest_session_policy_update),
    API(METHOD_GET, "/organizations/{id}/settings/usermanagement", rest_user_limit_get),
    API(METHOD_PATCH, "/organizations/{id}/settings/usermanagement", rest_user_limit_update),

    API(METHOD_POST, "/organizations/{organization_id}/domains", rest_domain_create),
    API(METHOD_GET, "/organizations/{organization_id}/domains", rest_domain_list),
    API(METHOD_GET, "/organizations/{organization_id}/domains/{id}", rest_domain_get),
    API(METHOD_PATCH, "/organizations/{organization_id}/domains/{id}", rest_domain_update),
    API_REMOTE(METHOD_PATCH, "/organizations/{organization_id}/domains/{id}:verify",
               rest_domain_verify),
    API(METHOD_DELETE, "/organizations/{organization_id}/domains/{id}", rest_domain_delete),

    API(METHOD_GET, "/users", rest_user_list),
    API(METHOD_GET, "/users:search", rest_user_search),
    API(METHOD_GET, "/users/{id}", rest_user_get),
    API(METHOD_PATCH, "/users/{id}", rest_user_update),
    API(METHOD_DELETE, "/users/{id}", rest_user_delete),
    API(METHOD_GET, "/users:external/{external_id}", rest_user_get_external),
    API(METHOD_PATCH, "/users:external/{external_id}", rest_user_update_external),
    API(METHOD_DELETE, "/users:external/{external_id}", rest_user_delete_external),
    API(METHOD_GET, "/organizations/{organization_id}/users", rest_member_list),
    API(METHOD_POST, "/organizations/{organization_id}/users", rest_user_create),
    API(METHOD_GET, "/organizations/{organization_id}/users:search", rest_member_search),
    API(METHOD_POST, MEMBERSHIPS "/users/{id}", rest_membership_create),
    API(METHOD_PATCH, MEMBERSHIPS "/users/{id}", rest_membership_update),
    API(METHOD_DELETE, MEMBERSHIPS "/users/{id}", rest_membership_delete),
    API(METHOD_POST, MEMBERSHIPS "/users:external/{external_id}", rest_membership_create_external),
    API(METHOD_PATCH, MEMBERSHIPS "/users:external/{external_id}", rest_membership_update_external),
    API(METHOD_DELETE, MEMBERSHIPS "/users:external/{external_id}",
        rest_membership_delete_external),
    API(METHOD_PATCH, "/invites/organizations/{organization_id}/users/{id}/resend",
        rest_invite_resend),
    API(METHOD_GET, MEMBER "/roles", rest_user_role_list),
    API_LIST(METHOD_POST, MEMBER "/roles", "roles", rest_user_role_assign),
    API(METHOD_DELETE, MEMBER "/roles/{role_name}", rest_user_role_remove),
    API(METHOD_GET, MEMBER "/permissions", rest_user_permission_list),

    API(METHOD_GET, "/organizations/-/connections", rest_connection_list_all),
    API(METHOD_GET, "/organizations/-/connections:search", rest_connection_search),
    API(METHOD_POST, "/organizations/{organization_id}/connections", rest_connection_create),
    API(METHOD_GET, CONNECTION, rest_connection_get),
    API_REMOTE(METHOD_PATCH, CONNECTION, rest_connection_update),
    API(METHOD_DELETE, CONNECTION, rest_connection_delete),
    API(METHOD_PATCH, CONNECTION ":enable", rest_connection_enable),
    API(METHOD_PATCH, CONNECTION ":disable", rest_connection_disable),
    API(METHOD_PUT, CONNECTION "/domains", rest_connection_domains),
    API(METHOD_GET, "/connections", rest_connection_list),
    API(METHOD_POST, "/connections", rest_social_create),
    API(METHOD_GET, "/connections/{id}", rest_social_get),
    API_REMOTE(METHOD_PATCH, "/connections/{id}", rest_social_update),
    API(METHOD_DELETE, "/connections/{id}", rest_social_delete),
    API(METHOD_PATCH, "/connections/{id}:enable", rest_social_enable),
    API(METHOD_PATCH, "/connections/{id}:disable", rest_social_disable),
    API(METHOD_GET, "/connections/{id}/test-requests/{test_id}", rest_connection_test_get),

    API(METHOD_GET, "/clients", rest_client_list),
    API(METHOD_POST, "/clients", rest_client_create),
    API(METHOD_GET, "/clients/{client_id}", rest_client_get),
    API(METHOD_PATCH, "/clients/{client_id}", rest_client_update),
    API(METHOD_DELETE, "/clients/{client_id}", rest_client_delete),
    API(METHOD_POST, "/clients/{client_id}/secrets", rest_client_secret_create),
    API(METHOD_PUT, "/clients/{client_id}/secrets/{secret_id}", rest_client_secret_update),
    API(METHOD_PATCH, "/clients/{client_id}/secrets/{secret_id}", rest_client_secret_update),
    API(METHOD_DELETE, "/clients/{client_id}/secrets/{secret_id}", rest_client_secret_delete),

    API(METHOD_GET, "/sessions/{session_id}", rest_session_get),
    API(METHOD_POST, "/sessions/{session_id}/revoke", rest_session_revoke),
    API(METHOD_GET, "/users/{user_id}/sessions", rest_session_list),
    API(METHOD_POST, "/users/{user_id}/sessions/revoke", rest_session_revoke_all),

    API(METHOD_GET, "/logs/authentication/requests", rest_log_list),
};

const size_t handle_routes_count = sizeof(handle_routes) / sizeof(handle_routes[0]);
