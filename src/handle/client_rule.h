// What the fields of an application may be, whoever writes them down: the REST API
// (rest/client_body.c) or `gatehouse apply` (apply_parse.c). Pure; any thread.
#pragma once
#include "flow/facts.h"

enum {
    CLIENT_TOKEN_DEFAULT_S = 300,
    CLIENT_TOKEN_MIN_S = 60,
    CLIENT_TOKEN_MAX_S = 30 * 24 * 3600,
    CLIENT_URIS_MAX = 100,
    CLIENT_SCOPES_MAX = 100,
    CLIENT_TYPES_COUNT = FLOW_CLIENT_M2M + 1,
};

// "WEB_APP", "SPA", "NTV", "M2M": by flow_client_type_t, as the API names them.
extern const char *const client_types[CLIENT_TYPES_COUNT];

// How long an access token lives where nobody says it; `environment_s` 0: the installation does not
// say it either.
int64_t client_token_lifetime_s(flow_client_type_t type, int64_t environment_s);

// One scope of a machine's (RFC 6749 3.3), by itself.
bool client_scope_is_good(str_t scope);

// NULL, or why nobody may be sent to `uri`, in the arena.
const char *client_redirect_judge(arena_t *arena, flow_client_type_t type, bool is_http_allowed,
                                  str_t uri);
