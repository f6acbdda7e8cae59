// All routes stand here.
#include "handle/endpoints.h"

enum {
    FORM_MAX = 16 * 1024,  // a page's form
    TOKEN_MAX = 32 * 1024, // a token request with a client assertion
    QUICK_MS = 2000,       // answered from memory
    PAGE_MS = 10000,       // some round trips to the database
};

#define PAGE(method_, path_, access_, handler_)                                                    \
    {                                                                                              \
        .method = (method_), .path = (path_), .lane = LANE_DB, .access = (access_),                \
        .body_max = FORM_MAX, .budget_ms = PAGE_MS, .handle = (handler_), .is_page = true          \
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
    MACHINE(METHOD_GET, "/a/auth/status", handle_code_status),

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
};

const size_t handle_routes_count = sizeof(handle_routes) / sizeof(handle_routes[0]);
