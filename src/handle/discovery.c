// GET /.well-known/openid-configuration and /.well-known/oauth-authorization-server, from the
// settings alone: no header of a request reaches the document (P-OP-35).
#include "protocol/oidc/discovery.h"
#include "base/buffer.h"
#include "handle/endpoints.h"

static const char *locales_text(arena_t *arena) {
    buf_t text = buf_new(arena, 16);
    for (int i = 0; i < VIEW_LOCALE_COUNT; i++) {
        buf_add(&text, view_locale_tag((view_locale_t)i));
        buf_add_char(&text, ' ');
    }
    return arena_c(arena, buf_str(&text));
}

result_t handle_discovery(call_t *call, response_t *out) {
    const oidc_discovery_t discovery = {
        .issuer = call->settings->issuer,
        .policy_url = call->settings->privacy_url,
        .terms_url = call->settings->terms_url,
        .ui_locales = locales_text(call->arena),
    };
    str_t json;
    TRY(oidc_discovery_text(call->arena, &discovery, &json, &call->err));
    response_json(out, 200, json);
    out->is_cors_open = true;
    out->cache_control = STR("public, max-age=300");
    return OK;
}
