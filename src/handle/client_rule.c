#include "handle/client_rule.h"

#include "handle/tokens.h"
#include "protocol/oidc/redirect.h"
#include "protocol/oidc/scope.h"

const char *const client_types[CLIENT_TYPES_COUNT] = {[FLOW_CLIENT_WEB_APP] = "WEB_APP",
                                                      [FLOW_CLIENT_SPA] = "SPA",
                                                      [FLOW_CLIENT_NATIVE] = "NTV",
                                                      [FLOW_CLIENT_M2M] = "M2M"};

int64_t client_token_lifetime_s(flow_client_type_t type, int64_t environment_s) {
    if (type == FLOW_CLIENT_M2M) {
        return TOKENS_MACHINE_LIFETIME_S;
    }
    return environment_s > 0 ? environment_s : CLIENT_TOKEN_DEFAULT_S;
}

bool client_scope_is_good(str_t scope) {
    return oidc_scope_is_well_formed(scope) && str_find(scope, ' ') == scope.len;
}

const char *client_redirect_judge(arena_t *arena, flow_client_type_t type, bool is_http_allowed,
                                  str_t uri) {
    const oidc_redirect_rules_t rules = {.is_native = type == FLOW_CLIENT_NATIVE,
                                         .is_http_allowed = is_http_allowed};
    err_t why = {0};
    return oidc_redirect_check(uri, rules, &why) == OK ? NULL
                                                       : arena_dup(arena, str_from_c(why.text)).ptr;
}
