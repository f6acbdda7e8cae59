#include "handle/rest/connection.h"

#include "handle/connection_rule.h"
#include "handle/connection_test.h"
#include "handle/provider.h"
#include "handle/rest/domain.h"

static const char *const TYPES[] = {
    [CONNECTION_OIDC] = "OIDC", [CONNECTION_OAUTH] = "OAUTH", [CONNECTION_SAML] = "SAML"};
const rest_names_t connection_type_names = {.items = TYPES,
                                            .count = sizeof(TYPES) / sizeof(TYPES[0])};

static const char *const STATES[] = {[CONNECTION_DRAFT] = "DRAFT",
                                     [CONNECTION_IN_PROGRESS] = "IN_PROGRESS",
                                     [CONNECTION_COMPLETED] = "COMPLETED"};
const rest_names_t connection_state_names = {.items = STATES,
                                             .count = sizeof(STATES) / sizeof(STATES[0])};

store_connection_key_t connection_key(rest_t *rest, bool is_environment) {
    return is_environment ? (store_connection_key_t){STR(""), rest->params[0]}
                          : (store_connection_key_t){rest->params[0], rest->params[1]};
}

store_audit_t connection_audit(rest_t *rest, const char *event, const store_connection_key_t *key) {
    store_audit_t audit = rest_audit(
        rest, event, arena_format(rest->call->arena, "connection %.*s", STR_ARG(key->id)));
    audit.connection_id = key->id;
    audit.organization_id = key->organization_id;
    return audit;
}

// ---- the answer ---------------------------------------------------------------------------------

// Those that are asked for: configured, else the preset's.
static void scopes_add(rest_t *rest, json_t *object, const store_connection_t *config) {
    oidc_preset_t preset = OIDC_PRESET_CUSTOM;
    if (config->scopes.count) {
        rest_add_texts(rest, object, "scopes", config->scopes);
        return;
    }
    (void)!oidc_preset_find(config->provider, &preset);
    json_t *list = rest_add_list(rest, object, "scopes");
    str_t left = str_from_c(oidc_preset_row(preset)->scopes);
    while (left.len) {
        const size_t end = str_find(left, ' ');
        const str_t scope = str_sub(left, 0, end);
        if (list && json_array_append_new(list, json_str(scope)) != 0) {
            rest->is_broken = true;
        }
        left = str_sub(left, end + 1, left.len);
    }
}

// Of OpenID Connect and of OAuth alike. The secret goes in and never comes out.
static void config_common_add(rest_t *rest, json_t *object, const store_connection_row_t *row) {
    const store_connection_t *config = &row->config;
    const call_t *call = rest->call;
    rest_add_text(rest, object, "authorize_uri", config->authorize_uri);
    rest_add_text(rest, object, "token_uri", config->token_uri);
    rest_add_text(rest, object, "user_info_uri", config->userinfo_uri);
    rest_add_text(rest, object, "client_id", config->client_id);
    rest_add_text(rest, object, "client_secret", STR(""));
    scopes_add(rest, object, config);
    rest_add_text(rest, object, "redirect_uri",
                  provider_callback_url(call->arena, call->settings, config));
    rest_add_bool(rest, object, "pkce_enabled", config->is_pkce_on);
    rest_add_bool(rest, object, "sync_user_profile_on_login", config->is_profile_synced);
    rest_add_text(rest, object, "prompt", config->prompt);
}

static void oidc_config_add(rest_t *rest, json_t *object, const store_connection_row_t *row) {
    const store_connection_t *config = &row->config;
    rest_add_text(rest, object, "issuer", config->issuer);
    rest_add_text(rest, object, "discovery_endpoint", config->discovery_endpoint);
    rest_add_text(rest, object, "jwks_uri", config->jwks_uri);
    rest_add_text(rest, object, "token_auth_type", connection_token_auth_said(config->token_auth));
    rest_add_bool(rest, object, "idp_logout_required", row->is_logout_wanted);
    rest_add_bool(rest, object, "jit_provisioning_with_sso_enabled", !str_eq(row->jit, STR("off")));
    rest_add_text(rest, object, "response_mode", config->response_mode);
    rest_add_text(rest, object, "algs", config->algs);
    rest_add_texts(rest, object, "tenants", config->tenants);
}

static void domains_add(rest_t *rest, json_t *object, const store_connection_row_t *row) {
    json_t *domains = rest_add_list(rest, object, "domains");
    for (size_t i = 0; i < row->domain_count; i++) {
        domain_add(rest, rest_append_object(rest, domains), &row->domains[i]);
    }
}

// Whoever has it may run a test login, for an hour; its result is asked for by the id in it.
static result_t test_url_make(rest_t *rest, const store_connection_row_t *row, str_t *out) {
    call_t *call = rest->call;
    test_t test = {.connection_id = row->config.facts.id,
                   .expires_at = call_now(call) + (time_ms_t)TEST_LIFETIME_S * 1000};
    str_t token;
    TRY(rest_id(rest, "test", &test.test_id));
    TRY(test_token_make(call->arena, call->master, &test, &token, &call->err));
    *out = arena_format(call->arena, "%.*s/a/auth/test?test_id=%.*s&token=%.*s",
                        STR_ARG(call->settings->issuer), STR_ARG(test.test_id), STR_ARG(token));
    return OK;
}

static void connection_add(rest_t *rest, json_t *object, const store_connection_row_t *row,
                           str_t test_url) {
    const store_connection_t *config = &row->config;
    const bool is_oauth = str_eq(config->protocol, STR("OAUTH"));
    rest_add_text(rest, object, "id", config->facts.id);
    rest_add_text(rest, object, "provider", config->provider);
    rest_add_text(rest, object, "type", config->protocol);
    rest_add_text(rest, object, "status", row->status);
    rest_add_bool(rest, object, "enabled", row->is_enabled);
    rest_add_bool(rest, object, "debug_enabled", false);
    rest_add_text_if(rest, object, "organization_id", config->facts.organization_id);
    rest_add_text(rest, object, "ui_button_title", config->facts.name);
    rest_add_text(rest, object, "configuration_type", row->configuration_type);
    rest_add_text(rest, object, "test_connection_uri", test_url);
    rest_add_json(rest, object, "attribute_mapping", config->attribute_mapping);
    rest_add_time(rest, object, "create_time", row->created_at);
    rest_add_time(rest, object, "update_time", row->updated_at);
    rest_add_text(rest, object, "provider_key", row->provider_key);
    rest_add_text(rest, object, "jit", row->jit);
    rest_add_text(rest, object, "idp_initiated", row->idp_initiated);
    rest_add_bool(rest, object, "email_trust", config->is_email_trusted);
    domains_add(rest, object, row);
    json_t *own = rest_add_object(rest, object, is_oauth ? "oauth_config" : "oidc_config");
    config_common_add(rest, own, row);
    if (!is_oauth) {
        oidc_config_add(rest, own, row);
    }
}

result_t connection_answer(rest_t *rest, const store_connection_row_t *row, response_t *out) {
    SCOPED(json_t) answer = json_object();
    str_t test_url = STR("");
    if (str_eq(row->status, STR("COMPLETED"))) {
        TRY(test_url_make(rest, row, &test_url));
    }
    connection_add(rest, rest_add_object(rest, answer, "connection"), row, test_url);
    return rest_answer(rest, 200, answer, out);
}
